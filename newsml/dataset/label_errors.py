"""Likely wrong labels: gold labels against the probabilities of a model that has not seen them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from newsml.arrays import Bools, Floats

LEAST = 5
"""Examples of a label from which on it can be judged: a model that saw fewer has not learned it."""


@dataclass(frozen=True)
class LabelErrors:
    """How doubtful the labels of each text are, and what they might be.

    Attributes:
        scores: 0 (as sure as the model is of such labels) to 1 (surely wrong). *Shape:* ``(n,)``.
        suggested: the labels that the same measure prefers, at least one; a label that is not there
            has to be the more probable besides. *Shape:* ``(n, labels)``.
    """

    scores: Floats
    suggested: Bools

    def ranking(self) -> list[int]:
        """Return the places of the texts, the most doubtful first."""
        return [int(i) for i in np.argsort(-self.scores, kind="stable")]


def find_label_errors(
    probs: Floats, gold: Bools, *, mode: Literal["multi", "single"], least: int = 1
) -> LabelErrors:
    """Rank texts by the doubt about their labels: confident learning, for sets of labels too.

    Each decision has a threshold: the mean probability that the model gives to those who have it. A
    model is never sure of a rare label, which is then no sign of an error; so the probability of a
    decision counts as a share of its threshold. A single-label text is judged by its one label; a text
    of several by the most doubtful of its decisions, labels that it lacks among them: one wrong
    label is an error however right the others are, and a mean would hide it.

    Args:
        probs: out-of-fold. *Shape:* ``(n, labels)``.
        gold: the labels as they stand, at least one a text. *Shape:* ``(n, labels)``.
        mode: ``multi``: the labels are independent decisions; ``single``: exactly one is true.
        least: examples of a label from which on it is judged; a rarer one is taken to be right as it stands.

    Source: Northcutt, Jiang, Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset
    Labels" (thresholds, section 3.1; self-confidence, 3.2); Thyagarajan et al. 2022, "Identifying
    Incorrect Annotations in Multi-Label Classification Data" (scores of the labels pooled for a text).
    """
    rare = gold.sum(0) < least
    there = probs / _mean_where(probs, gold)
    if mode == "single":
        unjudged = (gold & rare).any(1)
        suggested = np.zeros_like(gold)
        suggested[np.arange(len(gold)), np.where(rare, -1, there).argmax(1)] = True
        suggested[unjudged] = gold[unjudged]
        return LabelErrors(np.where(unjudged, 0, np.clip(1 - there[gold], 0, 1)), suggested)
    missing = (1 - probs) / _mean_where(1 - probs, ~gold)
    doubt = 1 - np.where(rare, 1, np.where(gold, there, missing)).min(1)
    suggested = np.where(rare, gold, (there > missing) & (gold | (probs >= 0.5)))
    empty = ~suggested.any(1)
    suggested[empty, probs[empty].argmax(1)] = True
    return LabelErrors(np.clip(doubt, 0, 1), suggested)


def _mean_where(values: Floats, chosen: Bools) -> Floats:
    """Return the mean of the chosen values of each column, never 0; 1 where there is none."""
    counts = chosen.sum(0)
    means = np.ones(values.shape[1])
    np.divide((values * chosen).sum(0), counts, out=means, where=counts > 0)
    return np.maximum(means, 1e-9)
