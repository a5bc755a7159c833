"""Whether two posts tell one event: boosted trees over what they say for and against it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from newsml.digest.comparison import FEATURES, agree, compare, opposed, others, recurs, turned
from newsml.digest.evidence import Evidence

AGREED = 5.0
"""Log-odds that figures which agree throughout add. Set by hand: few labelled pairs have them."""

MODEL = Path(__file__).with_name("same_story.json")

Tree = float | tuple[int, float, "Tree", "Tree"]
"""Log-odds; or a feature, a cut, and the trees for up to that and for more."""


@dataclass(frozen=True, slots=True)
class SameStory:
    """A sum of decision trees over the features of a pair; ``scripts/fit_stories.py`` fits them.

    Source: Friedman 2001, "Greedy Function Approximation: A Gradient Boosting Machine".
    """

    bias: float
    trees: Sequence[Tree]

    def log_odds(self, a: Evidence, b: Evidence) -> float:
        """Return the log-odds that two texts tell one event; none where one thing alone speaks against it."""
        if turned(a, b) or opposed(a, b) or others(a, b):
            return -math.inf
        features = compare(a, b)
        if recurs(features):
            return -math.inf
        odds = self.bias + sum(_leaf(tree, features) for tree in self.trees)
        return odds + AGREED if agree(a, b) else odds


def _leaf(tree: Tree, features: Sequence[float]) -> float:
    while isinstance(tree, tuple):
        feature, cut, low, high = tree
        tree = low if features[feature] <= cut else high
    return tree


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
