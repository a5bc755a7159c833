"""Count n-grams and fit the weights by which `newsml.digest` tells whether two posts are one story.

    python scripts/fit_stories.py count TEXTS... [--without PAIRS]   # writes newsml/digest/ngrams.npz
    python scripts/fit_stories.py fit PAIRS [--test PAIRS]           # writes newsml/digest/same_story.json

TEXTS are posts as `newsml` reads them, or `.txt.gz` with one text a line. PAIRS is JSONL with `a`, `b` and
`same`; the texts of `--without` are left out of the counts. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from newsml.digest.comparison import FEATURES, compare
from newsml.digest.evidence import read_evidence
from newsml.digest.rarity import Rarity, load_rarity, save_rarity
from newsml.digest.same_story import MODEL
from newsml.domain import Post
from newsml.posts import read_posts
from newsml.posts.stocks import find_stocks

LEAST = 7
"""Texts in which an n-gram must stand to be in the table."""

STRENGTH = 1.0
"""Inverse of the regularisation, chosen by cross-validation on the pairs."""


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
            frequency.update(read_evidence(Post("", "", text), unweighted).grams.keys())
    kept = [(gram, n) for gram, n in frequency.items() if n >= LEAST]
    save_rarity(documents, kept)
    print(f"{documents} texts, {len(kept)} of {len(frequency)} n-grams")


def features(pairs: list[dict[str, object]]) -> tuple[np.ndarray, np.ndarray]:
    """Return the features of each pair, and which are the same story."""
    rarity = load_rarity()
    rows = [compare(*(read_evidence(post_of(str(p[s])), rarity) for s in "ab")) for p in pairs]
    return np.array(rows), np.array([bool(p["same"]) for p in pairs])


def fit(name: str, test: str | None) -> None:
    """Write the weights of a logistic regression, the features' scale folded into them."""
    x, y = features(read_pairs(name))
    scale = x.std(axis=0)
    scale[scale == 0] = 1
    model = LogisticRegression(C=STRENGTH, max_iter=5000).fit(x / scale, y)
    weights = model.coef_[0] / scale
    named = {k: round(float(v), 4) for k, v in zip(FEATURES, weights, strict=True)}
    found = {"bias": round(float(model.intercept_[0]), 4), "weights": named}
    MODEL.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"{len(y)} pairs, {y.sum()} the same")
    for label, (a, b) in [(name, (x, y))] + ([(test, features(read_pairs(test)))] if test else []):
        score(label, b, a @ weights + model.intercept_[0] > 0)


def score(label: str, gold: np.ndarray, predicted: np.ndarray) -> None:
    """Print precision, recall and F1 of the same story."""
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
