"""Near-duplicates: texts whose sets of character 3-grams have a Jaccard similarity at a threshold."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from newsml.simplified import wording
from newsml.space import without_space

Row = tuple[int, ...]
"""The n-grams of a text as their ranks from rare to frequent, ascending."""


def shingles(text: str, n: int = 3) -> frozenset[str]:
    """Return the set of character n-grams of a text without its white space; a shorter text is its own."""
    text = without_space(text)
    return frozenset(text[i : i + n] for i in range(max(len(text) - n + 1, 1)))


def group_near_duplicates(
    texts: Sequence[str], threshold: float = 0.8, also: Sequence[str] | None = None
) -> list[int]:
    """Return a group number for each text; near-duplicates, directly or through others, share one.

    Args:
        texts: the texts.
        threshold: Jaccard similarity from which two texts are near-duplicates, over 0 to 1.
        also: another text of each, such as that without its title; likeness in either counts.
    """
    parent = list(range(len(texts)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def join(i: int, j: int) -> None:
        a, b = find(i), find(j)
        parent[max(a, b)] = min(a, b)

    for view in (texts, also or ()):
        rows, members = _distinct_rows(view)
        for same in members:
            for i in same[1:]:
                join(same[0], i)
        for a, b in _similar_rows(rows, threshold):
            join(members[a][0], members[b][0])
    return [find(i) for i in range(len(texts))]


def near_duplicate_pairs(texts: Sequence[str], threshold: float = 0.8) -> Iterator[tuple[int, int]]:
    """Yield every pair of texts at or over the threshold, exact copies too, the smaller index first.

    Args:
        texts: the texts.
        threshold: Jaccard similarity from which two texts are near-duplicates, over 0 to 1.
    """
    rows, members = _distinct_rows(texts)
    for same in members:
        for place, i in enumerate(same):
            yield from ((i, j) for j in same[place + 1 :])
    for a, b in _similar_rows(rows, threshold):
        for i in members[a]:
            yield from ((min(i, j), max(i, j)) for j in members[b])


def _distinct_rows(texts: Sequence[str]) -> tuple[list[Row], list[list[int]]]:
    """Return the n-grams of each different text, and the indices of the texts that are copies of it."""
    members: dict[str, list[int]] = defaultdict(list)
    for i, text in enumerate(texts):
        members[wording(text)].append(i)
    # Cut twice rather than held: as strings the n-grams of 100,000 texts fill a gigabyte.
    frequency: Counter[str] = Counter()
    for text in members:
        frequency.update(shingles(text))
    rank = {gram: place for place, (gram, _) in enumerate(reversed(frequency.most_common()))}
    rows = [tuple(sorted(map(rank.__getitem__, shingles(text)))) for text in members]
    return rows, list(members.values())


def _similar_rows(rows: Sequence[Row], threshold: float) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rows at or over the threshold.

    The join is exact: two rows at the threshold share one of the first ``|x| - ceil(t * |x|) + 1``
    n-grams from the rare end, so only those are looked up.

    Source: Chaudhuri et al. 2006, "A Primitive Operator for Similarity Joins in Data Cleaning"
    (prefix filter); Bayardo et al. 2007, "Scaling Up All Pairs Similarity Search" (size filter).
    """
    index: dict[int, list[int]] = defaultdict(list)
    for i in sorted(range(len(rows)), key=lambda i: len(rows[i])):
        grams, size = set(rows[i]), len(rows[i])
        least = math.ceil(threshold * size - 1e-9)
        prefix = rows[i][: size - least + 1]
        candidates = {j for gram in prefix for j in index[gram] if len(rows[j]) >= least}
        for j in sorted(candidates):
            shared = len(grams.intersection(rows[j]))
            if shared >= threshold * (size + len(rows[j]) - shared) - 1e-9:
                yield i, j
        for gram in prefix:
            index[gram].append(i)
