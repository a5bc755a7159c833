"""Classification metrics: statistics of each example first, scores from their sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from newsml.arrays import Bools, Floats
from newsml.domain import Score
from newsml.metrics.bootstrap import interval, samples, without_bias

BINS = 15


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

    def statistics(self) -> Statistics:
        """Return what each example adds to the metrics."""
        hits, bins = self.gold & self.predicted, _bins(self.probs)
        gaps = [((bins == b) * (self.probs - self.gold)).sum(1) for b in range(BINS)]
        return Statistics(
            n=np.ones(len(self.gold)),
            hits=hits.astype(float),
            predicted=self.predicted.astype(float),
            gold=self.gold.astype(float),
            f1=f1(*(m.sum(1).astype(float) for m in (hits, self.predicted, self.gold))),
            matches=(self.gold == self.predicted).all(1).astype(float),
            squares=np.square(self.probs - self.gold).sum(1),
            gaps=np.stack(gaps, axis=1),
        )


@dataclass(frozen=True)
class Statistics:
    """Sums that the metrics are made of. A row is one example, or a sample of examples.

    Attributes:
        n: examples. *Shape:* ``(rows,)``.
        hits: labels that are gold and predicted. *Shape:* ``(rows, labels)``.
        predicted: *Shape:* ``(rows, labels)``.
        gold: *Shape:* ``(rows, labels)``.
        f1: of each example. *Shape:* ``(rows,)``.
        matches: examples whose labels are all right. *Shape:* ``(rows,)``.
        squares: squared distances of probability and truth, over all labels. *Shape:* ``(rows,)``.
        gaps: probability less truth, in bins of the probability. *Shape:* ``(rows, BINS)``.
    """

    n: Floats
    hits: Floats
    predicted: Floats
    gold: Floats
    f1: Floats
    matches: Floats
    squares: Floats
    gaps: Floats

    def over(self, counts: Floats) -> Statistics:
        """Return the sums of samples.

        Args:
            counts: how often a sample has each row. *Shape:* ``(samples, rows)``.
        """
        return Statistics(*(counts @ getattr(self, f.name) for f in fields(self)))


def f1(hits: Floats, predicted: Floats, gold: Floats) -> Floats:
    """Return 2 * hits / (predicted + gold), and 0 where nothing is predicted or gold."""
    total = predicted + gold
    scores = np.zeros_like(total, dtype=float)
    np.divide(2.0 * hits, total, out=scores, where=total > 0)
    return scores


def _bins(probs: Floats) -> NDArray[np.int64]:
    return np.minimum((probs * BINS).astype(np.int64), BINS - 1)


def _micro_f1(s: Statistics) -> Floats:
    return f1(s.hits.sum(1), s.predicted.sum(1), s.gold.sum(1))


def _macro_f1(s: Statistics) -> Floats:
    seen = (s.predicted + s.gold > 0).sum(1)  # a label that stands nowhere does not count
    return np.asarray(f1(s.hits, s.predicted, s.gold).sum(1) / np.maximum(seen, 1))


def _decisions(s: Statistics) -> Floats:
    return np.asarray(s.n * s.gold.shape[1])


METRICS: dict[str, Callable[[Statistics], Floats]] = {
    "micro_f1": _micro_f1,
    "macro_f1": _macro_f1,
    "samples_f1": lambda s: s.f1 / s.n,
    "exact_match": lambda s: s.matches / s.n,
    "ece": lambda s: np.abs(s.gaps).sum(1) / _decisions(s),
    "brier": lambda s: s.squares / _decisions(s),
}
"""Name -> the metric of each row.

- ``micro_f1``: F1 over all label decisions together.
- ``macro_f1``: mean of the labels' F1, over the labels that stand in the gold or the prediction.
- ``samples_f1``: mean of the examples' F1.
- ``exact_match``: share of examples whose predicted labels are the gold ones.
- ``ece``: expected calibration error over all label decisions, in equal-width bins of the probability.
  Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
- ``brier``: mean squared distance of probability and truth over all label decisions.
  Source: Brier 1950, "Verification of Forecasts Expressed in Terms of Probability".
"""


def measure(d: Decisions) -> dict[str, float]:
    """Return every metric."""
    whole = d.statistics().over(np.ones((1, len(d.gold))))
    return {name: float(metric(whole)[0]) for name, metric in METRICS.items()}


def ece(d: Decisions) -> float:
    """Expected calibration error over all label decisions."""
    return measure(d)["ece"]


def bootstrap(models: Sequence[Decisions], resamples: int) -> list[dict[str, Floats]]:
    """Return every metric of bootstrap samples, the same ones for each model.

    The sums of a sample are a product of how often it has each example with the examples' statistics.

    Args:
        models: their decisions on the same examples.
        resamples: samples of as many examples, drawn with replacement.

    Returns:
        For each model: name -> values, those of ``ece`` without their bias. *Shape:* ``(resamples,)``.
    """
    statistics = [d.statistics() for d in models]
    parts: list[list[dict[str, Floats]]] = [[] for _ in models]
    for counts in samples(len(models[0].gold), resamples):
        for s, part in zip(statistics, parts, strict=True):
            sums = s.over(counts)
            part.append({name: metric(sums) for name, metric in METRICS.items()})
    drawn = [{name: np.concatenate([p[name] for p in part]) for name in METRICS} for part in parts]
    return [
        values | {"ece": without_bias(values["ece"], ece(d))} for d, values in zip(models, drawn, strict=True)
    ]


def score_labels(gold: Bools, predicted: Bools) -> list[dict[str, float]]:
    """Return ``precision``, ``recall``, ``f1`` and ``support`` of each label; 0 where there is nothing.

    Args:
        gold: *Shape:* ``(n, labels)``.
        predicted: the same.
    """
    hits, told, right = (m.sum(0).astype(float) for m in (gold & predicted, predicted, gold))
    precision = np.divide(hits, told, out=np.zeros_like(hits), where=told > 0)
    recall = np.divide(hits, right, out=np.zeros_like(hits), where=right > 0)
    rows = zip(precision, recall, f1(hits, told, right), right, strict=True)
    return [
        {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)} for p, r, f, n in rows
    ]


def score_decisions(d: Decisions, *, single: bool, resamples: int = 0) -> list[Score]:
    """Return every metric; with bootstrap 95 % intervals where resamples are asked for.

    Args:
        d: the decisions.
        single: add ``accuracy``, which means something for single-label tasks only.
        resamples: bootstrap samples of the examples; 0 for no intervals.
    """
    intervals: dict[str, tuple[float, float]] = {}
    if resamples:
        intervals = {name: interval(v) for name, v in bootstrap([d], resamples)[0].items()}
    scores = [Score(name, value, intervals.get(name)) for name, value in measure(d).items()]
    if single:
        scores += [Score("accuracy", s.value, s.ci95) for s in scores if s.name == "exact_match"]
    return scores


@dataclass(frozen=True, slots=True)
class Bin:
    """Label decisions of about the same probability.

    Attributes:
        low: the least probability of the bin.
        n: decisions in it.
        confidence: their mean probability; 0 where there is none.
        accuracy: share of them whose label is gold; 0 where there is none.
    """

    low: float
    n: int
    confidence: float
    accuracy: float


def reliability(d: Decisions) -> list[Bin]:
    """Return how often labels are right, in equal-width bins of their probability.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2.
    """
    bins = _bins(d.probs).ravel()
    n = np.bincount(bins, minlength=BINS)
    confidence = np.bincount(bins, d.probs.ravel(), BINS) / np.maximum(n, 1)
    accuracy = np.bincount(bins, d.gold.ravel(), BINS) / np.maximum(n, 1)
    return [Bin(i / BINS, int(n[i]), float(confidence[i]), float(accuracy[i])) for i in range(BINS)]


def mcnemar(only_ours: int, only_theirs: int) -> float:
    """Return the p-value of McNemar's exact test, two-sided.

    Args:
        only_ours: examples that we alone have right.
        only_theirs: examples that the other alone has right.

    Source: McNemar 1947, "Note on the sampling error of the difference between correlated
    proportions or percentages"; its exact form is the sign test on the examples that differ.
    """
    n = only_ours + only_theirs
    ways = term = 1
    for k in range(min(only_ours, only_theirs)):
        term = term * (n - k) // (k + 1)
        ways += term
    return min(1.0, 2 * ways / (1 << n))
