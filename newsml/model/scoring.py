"""Windows -> logits of a text, and probabilities -> decisions, the same for every backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from newsml.errors import UsageError
from newsml.labels import LabelScheme
from newsml.model.tokenization import Encoded

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Backend(Protocol):
    """Something that runs the network."""

    def logits(self, input_ids: NDArray[np.int64], attention_mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the logits of a batch of windows.

        Args:
            input_ids: *Shape:* ``(batch, seq_len)``.
            attention_mask: *Shape:* ``(batch, seq_len)``, 1 for a token and 0 for padding.

        Returns:
            *Shape:* ``(batch, labels)``.
        """
        ...


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """How probabilities become labels.

    Attributes:
        threshold: in the place of the model's own per-label thresholds, 0 to 1.
        min_labels: at least so many labels, whatever the thresholds; None for the scheme's.
        max_labels: at most so many.
        top_k: exactly the best so many, whatever the thresholds.

    Raises:
        UsageError: values out of range, or that contradict one another.
    """

    threshold: float | None = None
    min_labels: int | None = None
    max_labels: int | None = None
    top_k: int | None = None

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise UsageError(f"--threshold {self.threshold} does not lie between 0 and 1")
        if self.min_labels is not None and self.min_labels < 0:
            raise UsageError(f"--min-labels {self.min_labels} is less than 0")
        if self.max_labels is not None and self.max_labels < max(self.min_labels or 0, 1):
            raise UsageError(f"--max-labels {self.max_labels} is less than 1 or than --min-labels")
        if self.top_k is not None and self.top_k < 1:
            raise UsageError(f"--top-k {self.top_k} is less than 1")

    def decide(self, probs: Floats, scheme: LabelScheme, thresholds: Sequence[float] | Floats) -> Bools:
        """Choose labels.

        Args:
            probs: *Shape:* ``(n, labels)``.
            scheme: of the model; of a single-label one the most probable label is chosen.
            thresholds: the model's own, one for each label; or one for each decision.

        Returns:
            *Shape:* ``(n, labels)``, True for the labels chosen.
        """
        # Ranks are by probability, ties by the order of the scheme.
        rank = np.argsort(np.argsort(-probs, axis=1, kind="stable"), axis=1, kind="stable")
        if self.top_k is not None:
            return np.asarray(rank < self.top_k)
        if scheme.mode == "single":
            return np.asarray(rank < 1)
        cut = np.asarray(thresholds if self.threshold is None else self.threshold)
        least = scheme.min_labels if self.min_labels is None else self.min_labels
        if self.max_labels is not None:
            least = min(least, self.max_labels)
        # Labels that reach their threshold go before a more probable one that does not reach its own.
        reached = probs >= cut
        place = np.argsort(np.argsort(rank - probs.shape[1] * reached, axis=1), axis=1)
        chosen = reached | (place < least)
        return np.asarray(chosen if self.max_labels is None else chosen & (place < self.max_labels))


def uncertainties(probs: Floats, chosen: Bools, scheme: LabelScheme) -> Floats:
    """Return for each text the probability that its labels are not right.

    Args:
        probs: calibrated. *Shape:* ``(n, labels)``.
        chosen: *Shape:* ``(n, labels)``.
        scheme: multi-label decisions are taken as independent of one another.

    Returns:
        *Shape:* ``(n,)``.
    """
    if scheme.mode == "single":
        return np.asarray(np.clip(1 - (probs * chosen).sum(1), 0, 1))
    return np.asarray(1 - np.where(chosen, probs, 1 - probs).prod(1))


def pooled_logits(
    backend: Backend, encoded: Sequence[Encoded], scheme: LabelScheme, *, pad_id: int, batch_size: int
) -> Floats:
    """Return the logit of each label for each text.

    Windows are run in batches of like length. The logits of a text's windows are pooled: the greatest
    for multi-label (a topic told in one place is a topic of the text), the mean for single-label.

    Args:
        backend: runs the network.
        encoded: texts in windows.
        scheme: labels and mode.
        pad_id: id of the padding token.
        batch_size: windows in a batch.

    Returns:
        *Shape:* ``(len(encoded), labels)``.
    """
    windows = [window for text in encoded for window in text.windows]
    logits = np.zeros((len(windows), len(scheme.names)))
    order = sorted(range(len(windows)), key=lambda i: len(windows[i]))
    for at in range(0, len(order), batch_size):
        rows = order[at : at + batch_size]
        input_ids = np.full((len(rows), len(windows[rows[-1]])), pad_id, np.int64)
        attention_mask = np.zeros_like(input_ids)
        for row, i in enumerate(rows):
            input_ids[row, : len(windows[i])] = windows[i]
            attention_mask[row, : len(windows[i])] = 1
        logits[rows] = backend.logits(input_ids, attention_mask)
    pooled = np.zeros((len(encoded), len(scheme.names)))
    at = 0
    for row, text in enumerate(encoded):
        part = logits[at : at + len(text.windows)]
        pooled[row] = part.mean(0) if scheme.mode == "single" else part.max(0)
        at += len(text.windows)
    return pooled
