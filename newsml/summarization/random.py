"""A summary by chance: the floor that every method must clear in an evaluation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from newsml.domain import Sentence


class Random:
    """Rank sentences by chance, the same way each time for one seed and text."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def scores(self, sentences: Sequence[Sentence]) -> list[float]:
        """Return a random salience in [0, 1) for each sentence."""
        # The places in the text are part of the seed, so that texts of n sentences differ in their choice.
        places = [sentence.end for sentence in sentences]
        values: list[float] = np.random.default_rng([self._seed, *places]).random(len(sentences)).tolist()
        return values
