"""Whether two posts tell one event: a logistic regression over what they say for and against it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from newsml.digest.comparison import FEATURES, agree, compare, opposed, others, turned
from newsml.digest.evidence import Evidence

AGREED = 5.0
"""Log-odds that figures which agree throughout add. Set by hand: few labelled pairs have them."""

MODEL = Path(__file__).with_name("same_story.json")


@dataclass(frozen=True, slots=True)
class SameStory:
    """Weights of the features; ``scripts/fit_stories.py`` fits them."""

    bias: float
    weights: Sequence[float]

    def log_odds(self, a: Evidence, b: Evidence) -> float:
        """Return the log-odds that two texts tell one event; none where one thing alone speaks against it."""
        if turned(a, b) or opposed(a, b) or others(a, b):
            return -math.inf
        features = compare(a, b)
        odds = self.bias + sum(w * x for w, x in zip(self.weights, features, strict=True))
        return odds + AGREED if agree(a, b) else odds


@cache
def load_same_story() -> SameStory:
    """Load the packaged weights."""
    found = json.loads(MODEL.read_text("utf-8"))
    return SameStory(found["bias"], tuple(found["weights"][name] for name in FEATURES))
