"""Weights against imbalance: rare labels count for more in the loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CAP = 10.0
"""A label weighs at most so many times as much, and at least that part: a handful of texts must not rule."""


def balanced_weights(targets: NDArray[np.float32], *, single: bool) -> NDArray[np.float32]:
    """Return the weight of each label.

    Args:
        targets: *Shape:* ``(n, labels)``, 0 to 1.
        single: each text has one label: the weights make all labels count alike. Else they are those of
            the texts that have the label, and make these count as much as the texts that lack it.

    Returns:
        *Shape:* ``(labels,)``; 1 for a label without a text.

    Source: King, Zeng 2001, "Logistic Regression in Rare Events Data", section 4.2 (weighting).
    """
    counts, n = targets.sum(0, dtype=np.float64), len(targets)
    there = counts > 0
    wanted = n / max(there.sum(), 1) if single else n - counts
    weights = np.where(there, wanted / np.where(there, counts, 1), 1)
    return np.clip(weights, 1 / CAP, CAP).astype(np.float32)
