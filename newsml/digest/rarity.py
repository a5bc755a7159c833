"""How rare the n-grams of financial news are, from a packaged table of document frequencies."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np

TABLE = Path(__file__).with_name("ngrams.npz")


class Rarity:
    """The inverse document frequency of an n-gram, its weight as evidence.

    Args:
        documents: how many texts were counted.
        frequencies: by CRC-32 of an n-gram's UTF-8 in how many of them it stands; the rare are left out.
    """

    def __init__(self, documents: int, frequencies: dict[int, int]) -> None:
        self._weights = {key: math.log(documents / count) for key, count in frequencies.items()}
        self._unseen = math.log(documents / 2)

    def weigh(self, grams: Iterable[str]) -> dict[str, float]:
        """Return the weight of each n-gram; those that the table lacks have the greatest."""
        return {gram: self._weights.get(crc32(gram.encode()), self._unseen) for gram in grams}


@cache
def load_rarity() -> Rarity:
    """Load the packaged table."""
    with np.load(TABLE, allow_pickle=False) as table:
        keys = np.cumsum(table["steps"], dtype=np.int64)
        counts = np.exp2(table["levels"] / 8)
        return Rarity(int(table["documents"]), dict(zip(keys.tolist(), counts.tolist(), strict=True)))


def save_rarity(documents: int, frequencies: Iterable[tuple[str, int]], path: Path = TABLE) -> None:
    """Write a table: the keys as steps from one to the next, the counts as eighths of a power of two."""
    rows = sorted({crc32(gram.encode()): count for gram, count in frequencies}.items())
    keys = np.array([key for key, _ in rows], dtype=np.int64)
    levels = np.round(8 * np.log2([count for _, count in rows])).astype(np.uint8)
    np.savez_compressed(
        path, documents=documents, steps=np.diff(keys, prepend=0).astype(np.uint32), levels=levels
    )
