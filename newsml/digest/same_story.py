"""Whether two posts tell one event: boosted trees over what they say for and against it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from newsml.digest.comparison import FEATURES, compare
from newsml.digest.evidence import Evidence
from newsml.digest.rules import agree, collects, concur, opposed, others, recurs, repeats, share_cause, turned

AGREED = 5.0
"""Log-odds that figures which agree throughout add. Set by hand: few labelled pairs have them."""

MODEL = Path(__file__).with_name("same_story.json")

Tree = float | tuple[int, float, "Tree", "Tree"]
"""Log-odds; or a feature, a cut, and the trees for up to that and for more."""


class SameStory:
    """A sum of decision trees over the features of a pair; ``scripts/fit_stories.py`` fits them.

    Args:
        bias: log-odds to begin with.
        trees: what they add.

    Source: Friedman 2001, "Greedy Function Approximation: A Gradient Boosting Machine".
    """

    def __init__(self, bias: float, trees: Sequence[Tree]) -> None:
        self.bias, self.trees = bias, trees
        nodes: list[tuple[int, float, int, int, float]] = []  # a leaf leads to itself
        self._roots = np.array([_flatten(tree, nodes) for tree in trees])
        feature, cut, low, high, leaf = zip(*nodes, strict=True)
        self._feature, self._cut = np.array(feature), np.array(cut)
        self._low, self._high = np.array(low), np.array(high)
        self._leaf = np.array(leaf)
        self._depth = max(map(_depth, trees))

    def log_odds(self, a: Evidence, b: Evidence) -> float:
        """Return the log-odds that two texts tell one event; none where one thing alone speaks against it."""
        if collects(a, b) or turned(a, b) or opposed(a, b) or others(a, b):
            return -math.inf
        features = compare(a, b)
        if recurs(features):
            return -math.inf
        odds = self.bias + self._sum(np.array(features))
        if odds <= -AGREED:
            return odds
        one = repeats(features) or agree(a, b) or concur(a, b) or share_cause(a, b)
        return odds + AGREED if one else odds

    def _sum(self, features: np.ndarray) -> float:
        """Walk down all trees at once, which is many times as fast as one after another."""
        below = np.where(features[self._feature] > self._cut, self._high, self._low)
        at = self._roots
        for _ in range(self._depth):
            at = below[at]
        return float(self._leaf[at].sum())


def _flatten(tree: Tree, nodes: list[tuple[int, float, int, int, float]]) -> int:
    """Append a tree's nodes, and return which of them is its root."""
    root = len(nodes)
    nodes.append((0, 0.0, root, root, 0.0))
    if isinstance(tree, tuple):
        feature, cut, low, high = tree
        nodes[root] = feature, cut, _flatten(low, nodes), _flatten(high, nodes), 0.0
    else:
        nodes[root] = 0, 0.0, root, root, tree
    return root


def _depth(tree: Tree) -> int:
    return 1 + max(map(_depth, tree[2:])) if isinstance(tree, tuple) else 0


@cache
def load_same_story() -> SameStory:
    """Load the packaged trees.

    Raises:
        ValueError: they were fitted on other features.
    """
    found = json.loads(MODEL.read_text("utf-8"))
    if tuple(found["features"]) != FEATURES:
        raise ValueError(f"{MODEL}: was fitted on other features")
    return SameStory(found["bias"], tuple(map(_read_tree, found["trees"])))


def _read_tree(node: float | list[object]) -> Tree:
    if not isinstance(node, list):
        return float(node)
    feature, cut, low, high = node
    return int(feature), float(cut), _read_tree(low), _read_tree(high)  # type: ignore[call-overload, arg-type]
