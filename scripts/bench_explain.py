"""Faithfulness of `newsml classify --explain`: how much a label owes to its evidence, and to chance.

    python scripts/bench_explain.py POSTS [--every 70] [--count 100] [--draws 5] [--seed 1] [--jobs N]

Of each label of each post, deletes the evidence, and as many characters of the text drawn at random, and
prints how much the label's calibrated probability falls: means over labels, and their ratio.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Collection
from itertools import islice

import numpy as np

import newsml


def without(post: newsml.Post, deleted: Collection[int]) -> str:
    """Return what the model reads of a post without some characters of its text."""
    whole, places = post.model_input, post.news_places
    head = whole[: len(whole) - len(places)]
    return head + "".join(post.text[i] for i in places if i not in deleted)


def falls(
    model: newsml.Classifier, post: newsml.Post, draws: int, chance: random.Random
) -> list[tuple[float, float, float]]:
    """Return for each label with evidence the fall without it, without as much at random, and its share."""
    (prediction,) = model.predict([post.model_input])
    rows = []
    for label, spans in model.explain(post, prediction.labels).items():
        evidence = {i for start, end in spans for i in range(start, end)}
        if not evidence:
            continue
        sets = [evidence, *(set(chance.sample(post.news_places, len(evidence))) for _ in range(draws))]
        probs = model.probabilities(model.encode([without(post, deleted) for deleted in sets]))
        falls = prediction.scores[label] - probs[:, model.labels.index(label)]
        rows.append((falls[0], falls[1:].mean(), len(evidence) / len(post.text)))
    return rows


def main() -> None:
    """Print the means and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("posts")
    parser.add_argument("--every", type=int, default=70, help="take one post in so many")
    parser.add_argument("--count", type=int, default=100, help="of posts")
    parser.add_argument("--draws", type=int, default=5, help="random deletions for each label")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=0, help="CPU threads; 0 for one a core")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    model = newsml.load_model(threads=options.jobs)
    posts = (post for post in newsml.read_posts(options.posts) if isinstance(post, newsml.Post))
    rows: list[tuple[float, float, float]] = []
    for number, post in enumerate(islice(posts, 0, options.every * options.count, options.every), 1):
        rows += falls(model, post, options.draws, chance)
        if number % 5 == 0 or number == options.count:
            evidence, drawn, share = np.mean(rows, axis=0)
            print(
                f"{number} posts, {len(rows)} labels: the probability falls by {evidence:.4f} without the "
                f"evidence ({share:.1%} of the text), by {drawn:.4f} without as many random characters; "
                f"ratio {evidence / drawn:.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
