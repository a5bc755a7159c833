"""How far a score would move with other texts of the same kind: bootstrap samples, intervals, p-values.

Source: Efron 1979, "Bootstrap Methods: Another Look at the Jackknife".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from newsml.arrays import Floats

RESAMPLES = 1000
SEED = 13
CHUNK = 1 << 22  # cells of the table of resamples by examples that are in memory at once


def samples(n: int, resamples: int, seed: int = SEED) -> Iterator[Floats]:
    """Yield tables of how often a sample (row) has each of n examples, drawn with replacement."""
    rng = np.random.default_rng(seed)
    rows = max(CHUNK // n, 1)
    for at in range(0, resamples, rows):
        drawn = range(at, min(at + rows, resamples))
        yield np.stack([np.bincount(rng.integers(n, size=n), minlength=n) for _ in drawn]).astype(float)


def sample_means(values: Floats, resamples: int, seed: int = SEED) -> Floats:
    """Return the mean of each of so many bootstrap samples of the values.

    Args:
        values: one for each example. *Shape:* ``(n,)``, n at least 1.
        resamples: samples of n values; the same ones for the same n and seed.
        seed: of the samples.

    Returns:
        *Shape:* ``(resamples,)``.
    """
    n = len(values)
    return np.concatenate([counts @ values for counts in samples(n, resamples, seed)]) / n


def without_bias(values: Floats, value: float) -> Floats:
    """Return bootstrap values of a score of error, moved so that their mean is its value, then cut at 0.

    A sample repeats some examples and lacks others: noise, which a sum of absolute values adds up. So the
    interval of such a score would lie above it, and may leave it out.

    Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 10: the bias of a score is
    estimated by how far the mean of its bootstrap values lies from its value.
    """
    return np.asarray(np.maximum(values - (values.mean() - value), 0))


def interval(values: Floats) -> tuple[float, float]:
    """Return the 95 % percentile interval of bootstrap values."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def describe_difference(theirs: float, difference: float, drawn: Floats) -> dict[str, Any]:
    """Return a row of a paired comparison.

    Args:
        theirs: the other's score.
        difference: our score less theirs.
        drawn: the same of bootstrap samples of the examples, each seen by both. *Shape:* ``(resamples,)``.

    Returns:
        The other's ``value``, the ``difference`` with its ``ci95``, and ``p``, one-sided: the share of the
        samples in which its sign is another.

    Source: Koehn 2004, "Statistical Significance Tests for Machine Translation Evaluation".
    """
    return {
        "value": theirs,
        "difference": difference,
        "ci95": list(interval(drawn)),
        "p": float((drawn <= 0).mean() if difference > 0 else (drawn >= 0).mean()),
    }
