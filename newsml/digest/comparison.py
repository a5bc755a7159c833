"""What two texts say for and against their telling the same event."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet

from newsml.digest.evidence import COMMON, Evidence, Numbers, Slots

LEAST_REASON = 20.0
"""Weight below which n-grams are no reason: two can be shared by chance."""

NAMELESS = "0今昨明近本据该全我各"
"""With which texts begin that do not begin with a name, numbers masked."""

RAREST = 6
"""Shared n-grams, the rarest, whose weight counts."""

NEAR = 0.06
"""Share by which a number may differ from its rounding to two digits."""

FEATURES = (
    "cosine",
    "contained",
    "shared",
    "reason",
    "reason_contained",
    "telling",
    "facts_missing",
    "moves_shared",
    "moves_missing",
    "contradicted",
    "moves_contradicted",
    "days_apart",
    "periods_apart",
    "subjects_apart",
    "codes_shared",
    "pairs_contained",
    "pairs_shared",
    "rarest",
    "figures",
    "figures_missing",
    "exact",
    "head_contained",
    "heads_shared",
    "named",
    "names_apart",
    "longer",
    "measured",
    "measured_apart",
    "acts_shared",
    "acts_apart",
)
"""What ``compare`` measures, in order."""


def compare(a: Evidence, b: Evidence) -> tuple[float, ...]:
    """Return what two texts say for and against one event, in the order of ``FEATURES``."""
    short, long = (a, b) if (a.weight, a.norm) <= (b.weight, b.norm) else (b, a)
    both = short.grams.keys() & long.grams.keys()
    weights = [short.grams[gram] for gram in both]
    reason = short.reason & long.reason
    least = min(short.reason_weight, long.reason_weight)
    facts, facts_missing = agreement(short.facts, long.facts, NEAR)
    moves, moves_missing = agreement(short.moves, long.moves)
    return (
        sum(weight * weight for weight in weights) / (short.norm * long.norm or 1.0),
        sum(weights) / (short.weight or 1.0),
        math.log1p(excess(both, short.grams)),
        math.log1p(excess(reason, short.grams)),
        weigh(reason, short.grams) / max(least, LEAST_REASON),
        math.log1p(sum(max(0, digits - 2) for digits in facts)),
        facts_missing,
        math.log1p(sum(moves)),
        moves_missing,
        math.log1p(apart(short.markets, long.markets) + contradicted(short.slots, long.slots)),
        math.log1p(contradicted(short.move_slots, long.move_slots)),
        float(apart(short.days, long.days)),
        float(sum(map(apart, short.periods, long.periods))),
        float(lacks(short, long) and lacks(long, short)),
        float(bool(short.codes & long.codes)),
        *_compare_pairs(short, long),
        *_compare_figures(short, long),
        *_compare_heads(short, long),
        float(told_of(a, b) + told_of(b, a)),
        float(any(map(apart, (short.codes, *short.names), (long.codes, *long.names)))),
        math.log((long.weight or 1.0) / (short.weight or 1.0)),
        *_compare_measures(short, long),
        *_compare_acts(short, long),
    )


def _compare_pairs(short: Evidence, long: Evidence) -> tuple[float, float, float]:
    both = short.pairs.keys() & long.pairs.keys()
    rarest = sorted(map(short.pairs.__getitem__, both))[-RAREST:]
    return (
        weigh(both, short.pairs) / (short.pairs_weight or 1.0),
        math.log1p(excess(both, short.pairs)),
        sum(rarest) / RAREST,
    )


def _compare_figures(short: Evidence, long: Evidence) -> tuple[float, float, float]:
    digits, missing = agreement(short.numbers, long.numbers, NEAR)
    return math.log1p(sum(digits)), missing, float(max(digits, default=0))


def _compare_heads(short: Evidence, long: Evidence) -> tuple[float, float]:
    told = weigh(short.head & long.pairs.keys(), short.pairs)
    shared = math.log1p(excess(short.head & long.head, short.pairs))
    return told / (short.head_weight or 1.0), shared


def _compare_measures(short: Evidence, long: Evidence) -> tuple[float, float]:
    digits, differing = measured_alike(short, long)
    return math.log1p(sum(digits)), math.log1p(differing)


def _compare_acts(short: Evidence, long: Evidence) -> tuple[float, float]:
    shared = (short.first_acts & long.acts) | (long.first_acts & short.acts)
    return float(len(shared)), float(bool(short.first_acts and long.first_acts and not shared))


def measured_alike(a: Evidence, b: Evidence) -> tuple[list[int], int]:
    """Return the digits of each figure that both have of one thing, and of how many things theirs differ."""
    shared: list[int] = []
    differing = 0
    for name in a.measures.keys() & b.measures.keys():
        first, second = a.measures[name], b.measures[name]
        digits, _ = agreement(first, second, NEAR)
        shared += digits
        differing += not digits and not _units(first).isdisjoint(_units(second))
    return shared, differing


def _units(numbers: Numbers) -> AbstractSet[str]:
    return {unit for unit, _ in numbers}


def told_of(a: Evidence, b: Evidence) -> bool:
    """Say whether the name with which a text begins stands in another."""
    begins = a.opening[:2] == b.opening[:2] or a.opening[:3] in b.grams
    return begins and a.opening[:1] not in NAMELESS


def weigh(grams: Collection[str], weights: Mapping[str, float]) -> float:
    return sum(map(weights.__getitem__, grams))


def excess(grams: Collection[str], weights: Mapping[str, float]) -> float:
    """Return by how much the weights of n-grams exceed that of common ones."""
    return sum(max(0.0, weights[gram] - COMMON) for gram in grams)


def agreement(a: Numbers, b: Numbers, near: float = 0.0) -> tuple[list[int], float]:
    """Return the digits of each number both have, and the share of those that only the poorer has.

    Args:
        a: of one text.
        b: of another.
        near: share by which one number may differ from the other that it rounds.
    """
    poor, rich = (a, b) if sum(a.values()) <= sum(b.values()) else (b, a)
    if not poor:
        return [], 0.0
    ordered = sorted(rich)
    shared, told = [], 0
    for (unit, value), digits in poor.items():
        first = bisect_left(ordered, (unit, value * (1 - near)))
        last = bisect_right(ordered, (unit, value * (1 + near)))
        if found := [rich[n] for n in ordered[first:last] if _rounds_to(value, n[1])]:
            shared.append(min(digits, max(found)))
            told += digits
    return shared, 1 - told / sum(poor.values())


def lacks(a: Evidence, b: Evidence) -> bool:
    """Say whether a text names its subject, and at most half of the name stands in another."""
    return bool(a.subject) and 2 * len(a.subject & b.grams.keys()) <= len(a.subject)


def apart(a: AbstractSet[str], b: AbstractSet[str]) -> bool:
    """Say whether both name something, and nothing that is the same."""
    return bool(a and b and a.isdisjoint(b))


def contradicted(a: Slots, b: Slots) -> int:
    """Return between how many of the same words two texts have other numbers."""
    return sum(_differ(a[slot], b[slot]) for slot in a.keys() & b.keys())


def _differ(a: AbstractSet[float], b: AbstractSet[float]) -> bool:
    """Say whether fewer than half of the values of the poorer stand in the richer too."""
    poor, rich = sorted((a, b), key=len)
    return 2 * sum(any(_rounds_to(x, y) for y in rich) for x in poor) < len(poor)


def _rounds_to(a: float, b: float) -> bool:
    """Say whether two values are one, or one is the other rounded to two digits or more."""
    digits = max(2, min(_precision(a), _precision(b)))
    return f"{a:.{digits - 1}e}" == f"{b:.{digits - 1}e}"


def _precision(value: float) -> int:
    """Return the significant digits of a value, up to six, without zeros at the end."""
    return len(f"{value:.5e}"[:7].rstrip("0")) - 1
