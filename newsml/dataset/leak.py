"""What a split keeps apart: copies of texts, and what a plain random split would have let through."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from newsml.dataset.near_duplicates import near_duplicate_pairs
from newsml.simplified import wording


@dataclass(frozen=True, slots=True)
class Leak:
    """Texts that stand in one part and, the same or nearly so, in another.

    Attributes:
        pairs: how many pairs of texts are on two sides.
        texts: how many texts outside the first part have such a partner.
    """

    pairs: int
    texts: int


def find_copies(texts: Sequence[str]) -> list[int]:
    """Return the places of the texts that repeat an earlier one, white space apart."""
    seen: set[str] = set()
    copies = []
    for i, text in enumerate(texts):
        bare = wording(text)
        if bare in seen:
            copies.append(i)
        seen.add(bare)
    return copies


def measure_leak(texts: Sequence[str], part_of: Sequence[int], near_duplicate: float = 0.8) -> Leak:
    """Count the near-duplicates, copies too, that stand in different parts.

    Args:
        texts: the texts.
        part_of: the part of each text, from 0.
        near_duplicate: Jaccard similarity from which two texts are near-duplicates.
    """
    pairs = 0
    outside: set[int] = set()
    for i, j in near_duplicate_pairs(texts, near_duplicate):
        if part_of[i] != part_of[j]:
            pairs += 1
            outside.update(k for k in (i, j) if part_of[k] > 0)
    return Leak(pairs, len(outside))


def random_parts(count: int, shares: Sequence[float], seed: int) -> list[int]:
    """Return the part of each of so many texts in a plain random split."""
    order = list(range(count))
    random.Random(seed).shuffle(order)  # noqa: S311 - an order, no secret
    parts = [0] * count
    start = end = 0.0
    for part, share in enumerate(shares):
        end = start + share * count
        for place in order[round(start) : round(end)]:
            parts[place] = part
        start = end
    return parts
