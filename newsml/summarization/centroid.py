"""Sentences near the centre of their text.

Source: Radev, Jing, Styś & Tam 2004, "Centroid-based summarization of multiple documents".
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from newsml.domain import Sentence
from newsml.text import char_ngrams


class Centroid:
    """Rank sentences by their nearness to the centroid, their place and their likeness to the first one.

    The score is the ``C + P + F`` of the source, each from 0 to 1. Terms are character bigrams and
    trigrams. Their inverse frequency is over the sentences of the text itself: a single post has no
    collection around it. C is a cosine where the source takes a sum, which would favour long sentences.

    Args:
        centre: weight of C, the cosine of the sentence and the centroid.
        position: weight of P, which falls from 1 for the first sentence towards 0.
        first: weight of F, the cosine of the sentence and the first one.
    """

    def __init__(self, centre: float = 1.0, position: float = 1.0, first: float = 1.0) -> None:
        self._centre = centre
        self._position = position
        self._first = first

    def scores(self, sentences: Sequence[Sentence]) -> list[float]:
        """Return a salience from 0 to the sum of the three weights for each sentence."""
        if not sentences:
            return []
        vectors = _tfidf([_terms(sentence.text) for sentence in sentences])
        centroid: dict[str, float] = {}
        for vector in vectors:
            for term, weight in vector.items():
                centroid[term] = centroid.get(term, 0.0) + weight
        centroid_norm, norms = _norm(centroid), [_norm(vector) for vector in vectors]
        centres = [_cosine(vector, centroid, norms[i] * centroid_norm) for i, vector in enumerate(vectors)]
        highest = max(centres) or 1.0
        n = len(sentences)
        return [
            self._centre * centres[i] / highest
            + self._position * (n - i) / n
            + self._first * _cosine(vectors[i], vectors[0], norms[i] * norms[0])
            for i in range(n)
        ]


def _terms(text: str) -> Counter[str]:
    return Counter(char_ngrams(text, 2) + char_ngrams(text, 3))


def _tfidf(counts: Sequence[Counter[str]]) -> list[dict[str, float]]:
    frequency = Counter(term for count in counts for term in count)
    n = len(counts)
    return [{term: tf * math.log(1 + n / frequency[term]) for term, tf in count.items()} for count in counts]


def _cosine(a: Mapping[str, float], b: Mapping[str, float], norms: float) -> float:
    """Return the cosine of two vectors, the product of whose lengths is given; 0 where that is 0."""
    return sum(weight * b.get(term, 0.0) for term, weight in a.items()) / norms if norms else 0.0


def _norm(vector: Mapping[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in vector.values()))
