"""How well and how fast `newsml.digest.group_stories` finds the posts that tell one event.

    python scripts/bench_stories.py pairs PAIRS [--errors]
    python scripts/bench_stories.py posts POSTS [--pairs 100] [--seed 1]
    python scripts/bench_stories.py time POSTS [--count 10000]

PAIRS is JSONL with `a`, `b` and `same`. `pairs` groups each pair by itself and prints precision, recall and
F1 with 95 % bootstrap intervals. `posts` prints pairs that were merged, drawn at random, and the most similar
ones that were not, to be read. `time` repeats the posts up to a count, each time with other numbers, and
prints seconds of processor time.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from newsml.digest import group_stories
from newsml.digest.comparison import compare
from newsml.digest.evidence import COMMON, read_evidence
from newsml.digest.rarity import load_rarity
from newsml.domain import Post
from newsml.posts import read_posts
from newsml.posts.stocks import find_stocks

DRAWS = 2000
BUCKET = 60


def post_of(text: str) -> Post:
    """Return a text as a post with its stock codes."""
    return Post("", "", text, stocks=find_stocks(text))


def measure_pairs(name: str, show: bool) -> None:
    """Print the figures on labelled pairs, and the pairs that were told wrongly."""
    pairs = [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
    gold = np.array([pair["same"] for pair in pairs])
    found = np.array([len(group_stories([post_of(pair["a"]), post_of(pair["b"])])) == 1 for pair in pairs])
    chance = np.random.default_rng(1)
    draws = np.array(
        [_scores(gold[i], found[i]) for i in chance.integers(len(gold), size=(DRAWS, len(gold)))]
    )
    low, high = np.percentile(draws, (2.5, 97.5), axis=0)
    print(f"{len(gold)} pairs, {gold.sum()} the same")
    for k, label in enumerate(("precision", "recall", "F1")):
        print(f"{label} {_scores(gold, found)[k]:.3f} ({low[k]:.3f} to {high[k]:.3f})")
    for pair, right in zip(pairs, gold == found, strict=True):
        if show and not right:
            print(f"\nsame: {pair['same']}\n  {pair['a'][:160]}\n  {pair['b'][:160]}")


def _scores(gold: np.ndarray, found: np.ndarray) -> tuple[float, float, float]:
    hits = (gold & found).sum()
    return hits / max(found.sum(), 1), hits / max(gold.sum(), 1), 2 * hits / max(gold.sum() + found.sum(), 1)


def show_posts(name: str, count: int, seed: int) -> None:
    """Print pairs of posts to be read."""
    posts = [post for post in read_posts(name) if isinstance(post, Post)]
    stories = group_stories(posts)
    merged = [pair for story in stories for pair in itertools.combinations(sorted(story), 2)]
    print(f"{len(posts)} posts, {len(stories)} stories, {len(merged)} merged pairs")
    drawn = random.Random(seed).sample(merged, min(count, len(merged)))
    _show("merged", posts, drawn)
    story_of = {i: number for number, story in enumerate(stories) for i in story}
    _show("not merged", posts, itertools.islice(_most_similar(posts, story_of), count))


def _show(
    label: str, posts: Sequence[Post], pairs: Iterator[tuple[int, int]] | Sequence[tuple[int, int]]
) -> None:
    for number, pair in enumerate(pairs, 1):
        print(f"\n{label} {number}")
        for i in pair:
            print("  " + re.sub(r"\s+", " ", posts[i].model_input)[:200])


def _most_similar(posts: Sequence[Post], story_of: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of two stories by the cosine of their n-grams, the most similar first."""
    rarity = load_rarity()
    evidence = [read_evidence(post, rarity) for post in posts]
    buckets = defaultdict(list)
    for i, found in enumerate(evidence):
        for gram, weight in found.grams.items():
            if weight > COMMON:
                buckets[gram].append(i)
    pairs = {
        pair
        for bucket in buckets.values()
        if len(bucket) <= BUCKET
        for pair in itertools.combinations(bucket, 2)
        if story_of[pair[0]] != story_of[pair[1]]
    }
    ranked = sorted((-compare(evidence[i], evidence[j])[0], i, j) for i, j in pairs)
    return ((i, j) for _, i, j in ranked)


def measure_time(name: str, count: int) -> None:
    """Print the processor time that a number of posts take."""
    posts = [post for post in read_posts(name) if isinstance(post, Post)]
    chance = random.Random(1)

    def varied(post: Post) -> Post:
        return replace(post, text=re.sub(r"[0-9]", lambda _: str(chance.randrange(10)), post.text))

    more = [
        *posts,
        *(varied(post) for post in itertools.islice(itertools.cycle(posts), max(0, count - len(posts)))),
    ]
    for some in (posts, more[:count], [posts[0]] * count):
        started = time.process_time()
        stories = group_stories(some)
        print(f"{len(some)} posts, {len(stories)} stories: {time.process_time() - started:.1f} s")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    pairs = commands.add_parser("pairs")
    pairs.add_argument("input")
    pairs.add_argument("--errors", action="store_true")
    posts = commands.add_parser("posts")
    posts.add_argument("input")
    posts.add_argument("--pairs", type=int, default=100)
    posts.add_argument("--seed", type=int, default=1)
    timing = commands.add_parser("time")
    timing.add_argument("input")
    timing.add_argument("--count", type=int, default=10_000)
    arguments = parser.parse_args()
    if arguments.command == "pairs":
        measure_pairs(arguments.input, arguments.errors)
    elif arguments.command == "posts":
        show_posts(arguments.input, arguments.pairs, arguments.seed)
    else:
        measure_time(arguments.input, arguments.count)


if __name__ == "__main__":
    main()
