"""Seeded, stratified splits that keep near-duplicates on one side."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence

from newsml.dataset.near_duplicates import group_near_duplicates
from newsml.domain import Example


def split_examples(
    examples: Sequence[Example], *, validation_share: float, seed: int, near_duplicate: float = 0.8
) -> tuple[list[Example], list[Example]]:
    """Split examples into train and validation parts; see `stratify`.

    Args:
        examples: labelled examples.
        validation_share: share of the examples for validation, 0 to 1 exclusive.
        seed: of the order in which groups of equal rank are placed.
        near_duplicate: Jaccard similarity from which two texts stay on one side.
    """
    shares = (1 - validation_share, validation_share)
    train, validation = stratify(examples, shares, seed=seed, near_duplicate=near_duplicate)
    return train, validation


def stratify(
    examples: Sequence[Example], shares: Sequence[float], *, seed: int, near_duplicate: float = 0.8
) -> list[list[Example]]:
    """Split examples into parts with the same shares of labels, near-duplicates on one side.

    Iterative stratification over groups of near-duplicates: the rarest label still to be placed is
    spread first; each group goes to the part that lacks the larger share of this label, then of
    examples. (Lacking the larger number instead would send whatever comes first to the larger part.)
    The result depends on the texts, labels and the seed alone, not on the order of the examples.

    Args:
        examples: labelled examples.
        shares: share of the examples for each part, each over 0, together 1.
        seed: of the order in which groups of equal rank are placed.
        near_duplicate: Jaccard similarity from which two texts stay on one side.

    Returns:
        One list for each share.

    Source: Sechidis, Tsoumakas, Vlahavas 2011, "On the Stratification of Multi-Label Data".
    """
    examples = sorted(examples, key=lambda e: (e.text, e.labels, e.id))
    groups: dict[int, list[int]] = defaultdict(list)
    for i, group in enumerate(group_near_duplicates([e.text for e in examples], near_duplicate)):
        groups[group].append(i)
    members = list(groups.values())
    random.Random(seed).shuffle(members)  # noqa: S311 - an order, no secret
    counts = [Counter(label for i in group for label in examples[i].labels) for group in members]

    totals = sum(counts, Counter[str]())
    wanted = [{label: n * share for label, n in totals.items()} for share in shares]
    room = [len(examples) * share for share in shares]
    holders: dict[str, list[int]] = defaultdict(list)
    for g, count in enumerate(counts):
        for label in count:
            holders[label].append(g)

    part_of: dict[int, int] = {}
    left = Counter(totals)
    while left:
        rarest = min(left, key=lambda label: (left[label], label))
        for g in holders[rarest]:
            if g in part_of:
                continue
            part = max(range(len(shares)), key=lambda p: (wanted[p][rarest] / shares[p], room[p] / shares[p]))
            part_of[g] = part
            room[part] -= len(members[g])
            for label, n in counts[g].items():
                wanted[part][label] -= n
                left[label] -= n
        left = Counter({label: n for label, n in left.items() if n > 0 and label != rarest})
    parts: list[list[Example]] = [[] for _ in shares]
    for g, rows in enumerate(members):
        parts[part_of[g]].extend(examples[i] for i in rows)
    return parts
