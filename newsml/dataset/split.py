"""Seeded, stratified splits that keep near-duplicates on one side."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from newsml.dataset.near_duplicates import group_near_duplicates, near_duplicate_pairs
from newsml.domain import Example
from newsml.errors import UsageError


def split_examples(
    examples: Sequence[Example], *, validation_share: float, seed: int, near_duplicate: float = 0.8
) -> tuple[list[Example], list[Example]]:
    """Split examples into train and validation parts; see `stratify`.

    Args:
        examples: labelled examples.
        validation_share: share of the examples for validation, 0 to 1 exclusive.
        seed: of the order in which groups of equal rank are placed.
        near_duplicate: Jaccard similarity from which two texts stay on one side.

    Raises:
        UsageError: a share that does not lie between 0 and 1.
    """
    if not 0 < validation_share < 1:
        raise UsageError(f"validation_share {validation_share} does not lie between 0 and 1")
    shares = (1 - validation_share, validation_share)
    train, validation = stratify(examples, shares, seed=seed, near_duplicate=near_duplicate)
    return train, validation


def stratify(
    examples: Sequence[Example], shares: Sequence[float], *, seed: int, near_duplicate: float = 0.8
) -> list[list[Example]]:
    """Split examples into parts with the same shares of labels, near-duplicates on one side.

    Iterative stratification over groups of near-duplicates: the rarest label still to be placed is
    spread first; each group goes to the part that lacks the larger share of this label, then of
    examples. (Lacking the larger number instead would send whatever comes first to the larger part, which is
    where the only group of a label belongs: what is validated must have been learned.)
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
    parts = stratified_indices(examples, shares, seed=seed, near_duplicate=near_duplicate)
    return [[examples[i] for i in part] for part in parts]


def stratified_indices(
    examples: Sequence[Example],
    shares: Sequence[float],
    *,
    seed: int,
    near_duplicate: float = 0.8,
    bodies: Sequence[str] | None = None,
    learn_first: bool = True,
) -> list[list[int]]:
    """Return the places of the examples of each part; see `stratify`.

    Examples are near-duplicates too where their ``bodies`` are, the texts without their titles. With
    ``learn_first`` the only group of a label goes to the larger part, unless another would be left empty.
    """
    order = sorted(range(len(examples)), key=lambda i: (examples[i].text, examples[i].labels, examples[i].id))
    groups: dict[int, list[int]] = defaultdict(list)
    ordered_bodies = [bodies[i] for i in order] if bodies else None
    numbers = group_near_duplicates([examples[i].text for i in order], near_duplicate, ordered_bodies)
    for i, group in zip(order, numbers, strict=True):
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

    def rank(part: int, label: str, only: bool) -> tuple[float, float]:
        scale = 1.0 if only else shares[part]
        return wanted[part][label] / scale, room[part] / shares[part]

    part_of: dict[int, int] = {}
    left = Counter(totals)
    while left:
        rarest = min(left, key=lambda label: (left[label], label))
        for g in holders[rarest]:
            if g in part_of:
                continue
            only = learn_first and len(holders[rarest]) == 1
            part = max(range(len(shares)), key=lambda p: rank(p, rarest, only))
            part_of[g] = part
            room[part] -= len(members[g])
            for label, n in counts[g].items():
                wanted[part][label] -= n
                left[label] -= n
        left = Counter({label: n for label, n in left.items() if n > 0 and label != rarest})
    for g in [g for g in range(len(members)) if g not in part_of]:  # without labels
        part_of[g] = max(range(len(shares)), key=lambda p: room[p] / shares[p])
        room[part_of[g]] -= len(members[g])
    parts: list[list[int]] = [[] for _ in shares]
    for g, rows in enumerate(members):
        parts[part_of[g]].extend(rows)
    if learn_first and not all(parts):
        return stratified_indices(
            examples, shares, seed=seed, near_duplicate=near_duplicate, bodies=bodies, learn_first=False
        )
    return parts


def split_by_date(
    texts: Sequence[str],
    days: Sequence[date],
    shares: Sequence[float],
    *,
    near_duplicate: float = 0.8,
    bodies: Sequence[str] = (),
) -> tuple[list[list[int]], list[int]]:
    """Split texts by time: the earliest into the first part, the latest into the last, days whole.

    A text that has a near-duplicate in an earlier part is left out: there it would be a leak, and
    among the earlier ones it would be news from after the cut.

    Args:
        texts: the texts.
        days: when each was published.
        shares: share of the texts for each part, as near as whole days allow.
        near_duplicate: Jaccard similarity from which two texts are near-duplicates.
        bodies: the texts without their titles, in which likeness counts too.

    Returns:
        The places of the texts of each part, by day and then as given; and of those left out.

    Raises:
        UsageError: fewer days than parts.
    """
    counts = sorted(Counter(days).items())
    if len(counts) < len(shares):
        raise UsageError(f"{len(counts)} days are too few for {len(shares)} parts")
    ends = list(itertools.accumulate(n for _, n in counts))  # texts up to the end of each day
    part_of_day: dict[date, int] = {}
    first = 0
    for part, wanted in enumerate(itertools.accumulate(shares)):
        after = len(shares) - part - 1  # the parts that need a day each
        last = min(range(first, len(counts) - after), key=lambda d: abs(ends[d] - wanted * len(texts)))
        last = len(counts) - 1 if after == 0 else last
        part_of_day.update((day, part) for day, _ in counts[first : last + 1])
        first = last + 1
    part_of = [part_of_day[day] for day in days]
    late = {
        j if part_of[j] > part_of[i] else i
        for view in (texts, bodies)
        for i, j in near_duplicate_pairs(view, near_duplicate)
        if part_of[i] != part_of[j]
    }
    parts: list[list[int]] = [[] for _ in shares]
    for i in sorted(range(len(texts)), key=lambda i: days[i]):
        if i not in late:
            parts[part_of[i]].append(i)
    return parts, sorted(late)
