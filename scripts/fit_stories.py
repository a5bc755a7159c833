"""Count n-grams and fit the trees by which `newsml.digest` tells whether two posts are one story.

    python scripts/fit_stories.py count TEXTS... [--without PAIRS]   # writes newsml/digest/ngrams.npz
    python scripts/fit_stories.py fit PAIRS [--test PAIRS]           # writes newsml/digest/same_story.json

TEXTS are posts as `newsml` reads them, or `.txt.gz` with one text a line. PAIRS is JSONL with `a`, `b`,
`same` and, where a pair counts more than once, `weight`; the texts of `--without` are
left out of the counts. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeRegressor

from newsml.digest.comparison import FEATURES, compare
from newsml.digest.evidence import read_evidence
from newsml.digest.rarity import Rarity, load_rarity, save_rarity
from newsml.digest.same_story import MODEL
from newsml.digest.stories import LEAST_ODDS
from newsml.domain import Post
from newsml.posts import read_posts
from newsml.posts.stocks import find_stocks

LEAST = 7
"""Texts in which an n-gram must stand to be in the table."""

TREES, DEPTH = 300, 3
"""Trees, and decisions of each on the way to a leaf: docs/stories.md says how they were chosen."""

RATE = 0.05
"""Share of each tree that counts."""


def post_of(text: str) -> Post:
    """Return a text as a post with its stock codes."""
    return Post("", "", text, stocks=find_stocks(text))


def read_texts(names: Iterable[str]) -> Iterator[str]:
    """Yield the texts of files and folders."""
    for name in names:
        if name.endswith(".txt.gz"):
            with gzip.open(name, "rt", encoding="utf-8") as lines:
                yield from (line.strip().replace("<N>", "0") for line in lines if line.strip())
        else:
            yield from (post.model_input for post in read_posts(name) if isinstance(post, Post))


def read_pairs(name: str) -> list[dict[str, object]]:
    """Return labelled pairs."""
    return [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]


def count(names: Iterable[str], without: str | None) -> None:
    """Write the table of document frequencies; copies count once."""
    unspaced = re.compile(r"\s+").sub
    seen = {unspaced("", str(p[side])) for p in read_pairs(without) for side in "ab"} if without else set()
    unweighted = Rarity(2, {})
    frequency: Counter[str] = Counter()
    documents = 0
    for text in read_texts(names):
        key = unspaced("", text)
        if key not in seen:
            seen.add(key)
            documents += 1
            found = read_evidence(Post("", "", text), unweighted)
            frequency.update(found.grams.keys() | found.pairs.keys())
    kept = [(gram, n) for gram, n in frequency.items() if n >= LEAST]
    save_rarity(documents, kept)
    print(f"{documents} texts, {len(kept)} of {len(frequency)} n-grams")


def features(pairs: list[dict[str, object]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the features of each pair, which are the same story, and how much each counts."""
    rarity = load_rarity()
    rows = [compare(*(read_evidence(post_of(str(p[s])), rarity) for s in "ab")) for p in pairs]
    weights = np.array([p.get("weight", 1.0) for p in pairs])
    return np.array(rows), np.array([bool(p["same"]) for p in pairs]), weights


def fit(name: str, test: str | None) -> None:
    """Write boosted trees, and print how good they are where they have not been fitted."""
    x, y, weights = features(read_pairs(name))
    model = GradientBoostingClassifier(
        n_estimators=TREES, max_depth=DEPTH, learning_rate=RATE, subsample=0.7, random_state=1
    )
    print(f"{len(y)} pairs, {y.sum()} the same")
    folds = StratifiedKFold(10, shuffle=True, random_state=1)
    odds = np.zeros(len(y))
    for known, held in folds.split(x, y):
        odds[held] = model.fit(x[known], y[known], sample_weight=weights[known]).decision_function(x[held])
    score(name, y, odds)
    model.fit(x, y, sample_weight=weights)
    if test:
        x_test, y_test, _ = features(read_pairs(test))
        score(test, y_test, model.decision_function(x_test))
    prior = float(np.average(y, weights=weights))
    lines = [json.dumps(tree_of(stage[0])) for stage in model.estimators_]
    bias, names = round(math.log(prior / (1 - prior)), 4), json.dumps(FEATURES)
    trees = ",\n  ".join(lines)
    MODEL.write_text(
        f'{{"features": {names},\n "bias": {bias},\n "trees": [\n  {trees}\n ]}}\n', encoding="utf-8"
    )


def tree_of(fitted: DecisionTreeRegressor, node: int = 0) -> float | list[object]:
    """Return a tree as `newsml.digest.same_story` reads it."""
    tree = fitted.tree_
    if tree.children_left[node] < 0:
        return round(RATE * float(tree.value[node][0][0]), 4)
    sides = [tree_of(fitted, int(side[node])) for side in (tree.children_left, tree.children_right)]
    return [int(tree.feature[node]), round(float(tree.threshold[node]), 4), *sides]


def score(label: str, gold: np.ndarray, odds: np.ndarray) -> None:
    """Print precision, recall and F1 of the same story at the odds that `newsml.digest` demands."""
    predicted = odds > LEAST_ODDS
    hits = (gold & predicted).sum()
    precision, recall = hits / max(predicted.sum(), 1), hits / gold.sum()
    f1 = 2 * hits / (predicted.sum() + gold.sum())
    print(f"{label}: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    counting = commands.add_parser("count")
    counting.add_argument("texts", nargs="+")
    counting.add_argument("--without")
    fitting = commands.add_parser("fit")
    fitting.add_argument("pairs")
    fitting.add_argument("--test")
    arguments = parser.parse_args()
    if arguments.command == "count":
        count(arguments.texts, arguments.without)
    else:
        fit(arguments.pairs, arguments.test)


if __name__ == "__main__":
    main()
