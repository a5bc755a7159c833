"""Near-duplicates: texts whose sets of character 3-grams have a Jaccard similarity at a threshold."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

SPACE = re.compile(r"\s+")


def shingles(text: str, n: int = 3) -> frozenset[str]:
    """Return the set of character n-grams of a text without its white space; a shorter text is its own."""
    text = SPACE.sub("", text)
    return frozenset(text[i : i + n] for i in range(max(len(text) - n + 1, 1)))


def group_near_duplicates(texts: Sequence[str], threshold: float = 0.8) -> list[int]:
    """Return a group number for each text; near-duplicates, directly or through others, share one.

    The join is exact: with the n-grams of a text ordered from rare to frequent, two texts at the
    threshold share one of the first ``|x| - ceil(t * |x|) + 1``, so only those are looked up.

    Args:
        texts: the texts.
        threshold: Jaccard similarity from which two texts are near-duplicates, over 0 to 1.

    Source: Chaudhuri et al. 2006, "A Primitive Operator for Similarity Joins in Data Cleaning"
    (prefix filter); Bayardo et al. 2007, "Scaling Up All Pairs Similarity Search" (size filter).
    """
    grams = [shingles(text) for text in texts]
    frequency = Counter(gram for row in grams for gram in row)
    parent = list(range(len(texts)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    index: dict[str, list[int]] = defaultdict(list)
    for i in sorted(range(len(texts)), key=lambda i: len(grams[i])):
        size = len(grams[i])
        least = math.ceil(threshold * size - 1e-9)
        prefix = sorted(grams[i], key=lambda gram: (frequency[gram], gram))[: size - least + 1]
        candidates = {j for gram in prefix for j in index[gram] if len(grams[j]) >= least}
        for j in candidates:
            shared = len(grams[i] & grams[j])
            if find(i) != find(j) and shared >= threshold * (size + len(grams[j]) - shared) - 1e-9:
                parent[max(find(i), find(j))] = min(find(i), find(j))
        for gram in prefix:
            index[gram].append(i)
    return [find(i) for i in range(len(texts))]
