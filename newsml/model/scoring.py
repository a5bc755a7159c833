"""Windows -> logits of a text, and probabilities -> decisions, the same for every backend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from newsml.arrays import Bools, Floats
from newsml.errors import ArgumentError
from newsml.labels import LabelScheme
from newsml.model.tokenization import Encoded, Window

LOGITS, SALIENCE = "logits", "salience"


class Backend(Protocol):
    """Something that runs the network."""

    def run(
        self, outputs: Sequence[str], windows: Sequence[Window], *, pad_id: int, batch_size: int
    ) -> list[list[NDArray[np.float32]]]:
        """Return outputs of the network for each window.

        Args:
            outputs: their names: `LOGITS` of shape ``(labels,)``, `SALIENCE` of shape
                ``(seq_len, channels)``.
            windows: ids of tokens, special tokens included, a row of any length each.
            pad_id: id of the padding token.
            batch_size: windows that go through the network together, where it reads several at once.

        Returns:
            For each output the values of all windows, in their order.
        """
        ...


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """How probabilities become labels.

    Attributes:
        threshold: in the place of the model's own per-label thresholds, 0 to 1.
        thresholds: of single labels, in the place of either, 0 to 1.
        min_labels: at least so many labels, whatever the thresholds; None for the scheme's.
        max_labels: at most so many.
        top_k: exactly the best so many, whatever the thresholds.

    Raises:
        UsageError: values of another kind or out of range, or that contradict one another.
    """

    threshold: float | None = None
    min_labels: int | None = None
    max_labels: int | None = None
    top_k: int | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not isinstance(self.thresholds, Mapping):
            raise ArgumentError(f"thresholds {self.thresholds!r} is no mapping of labels", "threshold")
        given = [*self.thresholds.values(), *([] if self.threshold is None else [self.threshold])]
        if wrong := [value for value in given if not isinstance(value, Real)]:
            raise ArgumentError(f"threshold {wrong[0]!r} is no number", "threshold")
        for name in ("min_labels", "max_labels", "top_k"):
            if not isinstance(value := getattr(self, name), Integral | None):
                raise ArgumentError(f"{name} {value!r} is no whole number", name)
        if outside := [value for value in given if not 0 <= value <= 1]:
            raise ArgumentError(f"threshold {outside[0]} does not lie between 0 and 1", "threshold")
        if self.min_labels is not None and self.min_labels < 0:
            raise ArgumentError(f"min_labels {self.min_labels} is less than 0", "min_labels")
        if self.max_labels is not None and self.max_labels < max(self.min_labels or 0, 1):
            told = f"max_labels {self.max_labels} is less than 1 or than min_labels"
            raise ArgumentError(told, "max_labels", "min_labels")
        if self.top_k is not None and self.top_k < 1:
            raise ArgumentError(f"top_k {self.top_k} is less than 1", "top_k")
        if self.top_k is not None and not (self.min_labels or 0) <= self.top_k <= (
            self.max_labels or self.top_k
        ):
            told = f"top_k {self.top_k} is less than min_labels or more than max_labels"
            raise ArgumentError(told, "top_k", "min_labels", "max_labels")

    def decide(self, probs: Floats, scheme: LabelScheme, thresholds: Sequence[float] | Floats) -> Bools:
        """Choose labels.

        Args:
            probs: *Shape:* ``(n, labels)``.
            scheme: of the model; of a single-label one the most probable label is chosen.
            thresholds: the model's own, one for each label; or one for each decision.

        Returns:
            *Shape:* ``(n, labels)``, True for the labels chosen.

        Raises:
            UsageError: a threshold of what is no label, or two of one.
        """
        # Ranks are by probability, ties by the order of the scheme.
        rank = np.argsort(np.argsort(-probs, axis=1, kind="stable"), axis=1, kind="stable")
        if self.top_k is not None:
            return np.asarray(rank < self.top_k)
        if scheme.mode == "single":
            return np.asarray(rank < 1)
        cut = self.cut(scheme, thresholds)
        least = scheme.min_labels if self.min_labels is None else self.min_labels
        if self.max_labels is not None:
            least = min(least, self.max_labels)
        # Labels that reach their threshold go before a more probable one that does not reach its own.
        reached = probs >= cut
        place = np.argsort(np.argsort(rank - probs.shape[1] * reached, axis=1), axis=1)
        chosen = reached | (place < least)
        return np.asarray(chosen if self.max_labels is None else chosen & (place < self.max_labels))

    def cut(self, scheme: LabelScheme, thresholds: Sequence[float] | Floats) -> Floats:
        """Return the thresholds by which `decide` decides, in the shape of the model's own.

        Raises:
            UsageError: one of what is no label, or two of one.
        """
        named = scheme.find_all(self.thresholds, "threshold of")
        own = np.asarray(thresholds, dtype=np.float64)
        cut = own.copy() if self.threshold is None else np.full_like(own, self.threshold)
        for name, value in zip(named, self.thresholds.values(), strict=True):
            cut[..., scheme.label2id[name]] = value
        return cut


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


def pool_logits(rows: Sequence[NDArray[np.float32]], encoded: Sequence[Encoded], *, single: bool) -> Floats:
    """Make one row of the logits of a text's windows.

    Args:
        rows: the logits of each window. *Shape of each:* ``(labels,)``.
        encoded: the texts of the windows.
        single: take the mean, as a text has one label; else the greatest: a topic told in one place is a
            topic of the text.

    Returns:
        *Shape:* ``(len(encoded), labels)``.
    """
    pooled: list[NDArray[np.float32]] = []
    at = 0
    for text in encoded:
        part = np.stack(rows[at : at + len(text.windows)])
        pooled.append(part.mean(0) if single else part.max(0))
        at += len(text.windows)
    return np.stack(pooled).astype(np.float64)


def join_tokens(rows: Sequence[NDArray[np.float32]], encoded: Sequence[Encoded]) -> list[Floats]:
    """Make one row for each token of a text out of those of its windows.

    Args:
        rows: values of each window, special tokens included. *Shape of each:* ``(seq_len, channels)``.
        encoded: the texts of the windows.

    Returns:
        One array a text. *Shape:* ``(tokens, channels)``: the mean over the windows that hold a token, NaN
        where none does.
    """
    joined = []
    at = 0
    for text in encoded:
        part = rows[at : at + len(text.windows)]
        total = np.zeros((text.tokens, part[0].shape[1]))
        count = np.zeros((text.tokens, 1))
        for start, values in zip(text.starts, part, strict=True):
            inner = values[1:-1]
            total[start : start + len(inner)] += inner
            count[start : start + len(inner)] += 1
        joined.append(np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0))
        at += len(text.windows)
    return joined
