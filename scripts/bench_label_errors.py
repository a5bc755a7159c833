"""How many wrong labels `newsml data errors` finds, where some were made wrong on purpose.

    python scripts/bench_label_errors.py --topics FINNL --sections WIND [--seeds 3]

FINNL: posts with sets of topics; in 5 % of them one label is replaced by another, drawn evenly.
WIND: posts with a category path; of the ten largest last levels, the first 40 characters of each text, 5 % of
the labels replaced. Prints the share of the replaced that stand in the first 5 % and 8 % of the ranking.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from newsml.config import load_config
from newsml.dataset import build_examples
from newsml.dataset.examples import gold_matrix
from newsml.dataset.label_errors import find_label_errors
from newsml.dataset.linear import out_of_fold_probabilities
from newsml.domain import Example, Post
from newsml.labels import LabelScheme
from newsml.posts import read_posts

REPLACED = 0.05
SECTIONS = 10
CHARACTERS = 40


def read_sections(name: str) -> tuple[list[Example], LabelScheme]:
    """Return short texts of the largest categories."""
    posts = [post for post in read_posts(name) if isinstance(post, Post)]
    examples = build_examples(posts, LabelScheme(mode="single", level="last"))
    short = {post.id: post.text[:CHARACTERS] for post in posts}
    largest = Counter(e.labels[0] for e in examples).most_common(SECTIONS)
    scheme = LabelScheme(tuple(sorted(label for label, _ in largest)), "single")
    return [replace(e, text=short[e.id]) for e in examples if e.labels[0] in scheme.label2id], scheme


def replace_labels(
    examples: Sequence[Example], scheme: LabelScheme, seed: int
) -> tuple[list[Example], set[str]]:
    """Replace one label of some examples; return all of them, and the ids of those."""
    chance = random.Random(seed)
    chosen = set(chance.sample([e.id for e in examples], round(REPLACED * len(examples))))
    changed = []
    for example in examples:
        if example.id in chosen:
            old = chance.choice(example.labels)
            new = chance.choice([name for name in scheme.names if name not in example.labels])
            names = {*example.labels, new} - {old}
            example = replace(example, labels=tuple(sorted(names, key=scheme.label2id.__getitem__)))  # noqa: PLW2901
        changed.append(example)
    return changed, chosen


def measure(name: str, examples: Sequence[Example], scheme: LabelScheme, seed: int) -> None:
    """Print the share of the replaced labels that stand first."""
    changed, chosen = replace_labels(examples, scheme, seed)
    probs = out_of_fold_probabilities(changed, scheme, folds=5, seed=13)
    found = find_label_errors(probs, gold_matrix(changed, scheme), mode=scheme.mode)
    hits = [changed[i].id in chosen for i in found.ranking()]
    shares = (sum(hits[: round(part * len(hits))]) / len(chosen) for part in (0.05, 0.08))
    first, second = shares
    print(f"{name}, seed {seed}: {len(chosen)} of {len(hits)} replaced; ", end="")
    print(f"in the first 5 %: {first:.3f}, 8 %: {second:.3f}, of the first 50: {sum(hits[:50])}", flush=True)


def main() -> None:
    """Measure on both sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--topics", help="posts with sets of topics")
    parser.add_argument("--sections", help="posts with a category path")
    parser.add_argument("--seeds", type=int, default=3, help="how often labels are replaced anew")
    options = parser.parse_args()
    sets = {}
    if options.sections:
        sets["sections"] = read_sections(options.sections)
    if options.topics:
        scheme = load_config("topics").labels.scheme()
        sets["topics"] = build_examples(read_posts(options.topics), scheme), scheme
    for seed in range(1, options.seeds + 1):
        for name, (examples, names) in sets.items():
            measure(name, examples, names, seed)


if __name__ == "__main__":
    main()
