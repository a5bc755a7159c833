"""Sentences that resemble many others, by random walk.

Source: Mihalcea & Tarau 2004, "TextRank: Bringing Order into Texts".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from newsml.domain import Sentence
from newsml.text import char_ngrams

MAX_SENTENCES = 300
"""Sentences of a text that take part in the walk; the cost is quadratic in them. Later ones score 0."""

MAX_CHARS = 400
"""Characters of a sentence that are compared."""


class TextRank:
    """Rank sentences by the stationary distribution of a walk along their similarities.

    Words are not marked in Chinese, so that the similarity (section 4.1 of the source) counts common
    character bigrams: ``|A ∩ B| / (log |A| + log |B|)``.

    Args:
        damping: probability, in (0, 1), of following a similarity instead of jumping anywhere.
        tolerance: the walk stops when no salience changes by more than this.
        max_steps: bound on the steps of the walk.
    """

    def __init__(self, damping: float = 0.85, tolerance: float = 1e-6, max_steps: int = 100) -> None:
        self._damping = damping
        self._tolerance = tolerance
        self._max_steps = max_steps

    def scores(self, sentences: Sequence[Sentence]) -> list[float]:
        """Return the share of the walk's time spent at each sentence; the shares sum to 1."""
        weights = _similarities([sentence.text[:MAX_CHARS] for sentence in sentences[:MAX_SENTENCES]])
        ranks: list[float] = self._walk(weights).tolist()
        return ranks + [0.0] * (len(sentences) - len(ranks))

    def _walk(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        n = len(weights)
        if n == 0:
            return np.zeros(0)
        out = weights.sum(axis=1, keepdims=True)
        # A sentence that resembles none leads everywhere alike, which keeps the sum of ranks at 1.
        steps = np.where(out > 0, weights / np.where(out > 0, out, 1), 1 / n)
        ranks = np.full(n, 1 / n)
        for _ in range(self._max_steps):
            following = (1 - self._damping) / n + self._damping * ranks @ steps
            change = np.abs(following - ranks).max()
            ranks = following
            if change < self._tolerance:
                break
        return ranks


def _similarities(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return the weights of the graph. Shape: (sentences, sentences), symmetric, zero diagonal."""
    grams = [set(char_ngrams(text)) for text in texts]
    weights = np.zeros((len(texts), len(texts)))
    for i, a in enumerate(grams):
        for j, b in enumerate(grams[:i]):
            # 1 more than each size keeps the logarithms of one-bigram sentences from zero.
            if common := len(a & b):
                weights[i, j] = weights[j, i] = common / (math.log(len(a) + 1) + math.log(len(b) + 1))
    return weights
