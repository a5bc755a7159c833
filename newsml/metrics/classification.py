"""Classification metrics: statistics of each example first, scores from their sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from newsml.domain import Score

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Decisions:
    """Gold labels, predicted labels and probabilities of a set of examples.

    Attributes:
        gold: *Shape:* ``(n, labels)``, bool.
        predicted: *Shape:* ``(n, labels)``, bool.
        probs: *Shape:* ``(n, labels)``, 0 to 1.

    Raises:
        ValueError: shapes that differ, or no example.
    """

    gold: Bools
    predicted: Bools
    probs: Floats

    def __post_init__(self) -> None:
        if not self.gold.shape == self.predicted.shape == self.probs.shape or self.gold.ndim != 2:
            raise ValueError(f"shapes {self.gold.shape}, {self.predicted.shape}, {self.probs.shape}")
        if len(self.gold) == 0:
            raise ValueError("no examples")

    def take(self, rows: NDArray[np.int64]) -> Decisions:
        """Return the decisions of the rows named, e.g. a bootstrap sample."""
        return Decisions(self.gold[rows], self.predicted[rows], self.probs[rows])


def f1(hits: Floats, predicted: Floats, gold: Floats) -> Floats:
    """Return 2 * hits / (predicted + gold), and 0 where nothing is predicted or gold."""
    total = predicted + gold
    scores = np.zeros_like(total, dtype=float)
    np.divide(2.0 * hits, total, out=scores, where=total > 0)
    return scores


def _f1_over(d: Decisions, axis: int | None) -> Floats:
    hits = np.asarray((d.gold & d.predicted).sum(axis), dtype=float)
    return f1(hits, np.asarray(d.predicted.sum(axis), dtype=float), np.asarray(d.gold.sum(axis), dtype=float))


def micro_f1(d: Decisions) -> float:
    """F1 over all label decisions together."""
    return float(_f1_over(d, None))


def macro_f1(d: Decisions) -> float:
    """Mean of the labels' F1, over the labels that stand in the gold or the prediction."""
    seen = (d.gold | d.predicted).any(0)
    return float(_f1_over(d, 0)[seen].mean()) if seen.any() else 0.0


def samples_f1(d: Decisions) -> float:
    """Mean of the examples' F1."""
    return float(_f1_over(d, 1).mean())


def exact_match(d: Decisions) -> float:
    """Share of examples whose predicted labels are the gold ones; accuracy for a single label."""
    return float((d.gold == d.predicted).all(1).mean())


def ece(d: Decisions, bins: int = 15) -> float:
    """Expected calibration error over all label decisions, in equal-width bins of the probability.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
    """
    probs, gold = d.probs.ravel(), d.gold.ravel()
    which = np.minimum((probs * bins).astype(int), bins - 1)
    confidence = np.bincount(which, probs, bins)
    accuracy = np.bincount(which, gold, bins)
    return float(np.abs(confidence - accuracy).sum() / len(probs))


METRICS: dict[str, Callable[[Decisions], float]] = {
    "micro_f1": micro_f1,
    "macro_f1": macro_f1,
    "samples_f1": samples_f1,
    "exact_match": exact_match,
    "ece": ece,
}


def score_decisions(d: Decisions, *, single: bool, resamples: int = 0, seed: int = 13) -> list[Score]:
    """Return every metric; with bootstrap 95 % intervals where resamples are asked for.

    Args:
        d: the decisions.
        single: add ``accuracy``, which means something for single-label tasks only.
        resamples: bootstrap samples of the examples; 0 for no intervals.
        seed: of the bootstrap.

    Source: Efron 1979; percentile intervals.
    """
    metrics = METRICS | ({"accuracy": exact_match} if single else {})
    intervals: dict[str, tuple[float, float]] = {}
    if resamples:
        rng = np.random.default_rng(seed)
        samples = [d.take(rng.integers(len(d.gold), size=len(d.gold))) for _ in range(resamples)]
        for name, metric in metrics.items():
            low, high = np.percentile([metric(sample) for sample in samples], [2.5, 97.5])
            intervals[name] = (float(low), float(high))
    return [Score(name, metric(d), intervals.get(name)) for name, metric in metrics.items()]
