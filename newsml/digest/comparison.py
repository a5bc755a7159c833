"""What two texts say for and against their telling the same event."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import takewhile

from newsml.digest.evidence import CALLED_OFF, COMMON, Evidence, Numbers, Slots

SAME_WORDS = 0.6
"""Share of the words of the poorer text in another, by weight, from which on the two are nearly the same."""

SAME_END = 4
"""Characters that the ends of two first clauses share, from which on they tell the same of two names."""

ENOUGH, ENOUGH_OF_ONE = 6, 3
"""Digits of shared figures from which two texts agree by no chance, and of two that are about one name."""

EXACT = 5
"""Digits of one figure that two names do not share by chance."""

COUNTRIES = frozenset("中美英法德日韩俄印澳加意巴")
"""Countries by one character each (`法国队`, `德国队`)."""

PLACES = "州市省县"
"""In which the names of places end, of which one character may differ (`海州`, `霖州`)."""

NAMELESS = "0今昨明近本据该全我各"
"""With which texts begin that do not begin with a name, numbers masked."""

RAREST = 6
"""Shared n-grams, the rarest, whose weight counts."""

NEAR = 0.06
"""Share by which a number may differ from its rounding to two digits."""

_LEAST_REASON = 20.0  # less is no reason: two n-grams can be shared by chance

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
)
"""What ``compare`` measures, in order."""


def compare(a: Evidence, b: Evidence) -> tuple[float, ...]:
    """Return what two texts say for and against one event, in the order of ``FEATURES``."""
    short, long = (a, b) if (a.weight, a.norm) <= (b.weight, b.norm) else (b, a)
    both = short.grams.keys() & long.grams.keys()
    weights = [short.grams[gram] for gram in both]
    reason = short.reason & long.reason
    least = min(_weigh(short.reason, short.grams), _weigh(long.reason, long.grams))
    facts, facts_missing = _agreement(short.facts, long.facts, NEAR)
    moves, moves_missing = _agreement(short.moves, long.moves)
    return (
        sum(weight * weight for weight in weights) / (short.norm * long.norm or 1.0),
        sum(weights) / (short.weight or 1.0),
        math.log1p(_excess(both, short.grams)),
        math.log1p(_excess(reason, short.grams)),
        _weigh(reason, short.grams) / max(least, _LEAST_REASON),
        math.log1p(sum(max(0, digits - 2) for digits in facts)),
        facts_missing,
        math.log1p(sum(moves)),
        moves_missing,
        math.log1p(_apart(short.markets, long.markets) + _contradicted(short.slots, long.slots)),
        math.log1p(_contradicted(short.move_slots, long.move_slots)),
        float(_apart(short.days, long.days)),
        float(sum(map(_apart, short.periods, long.periods))),
        float(_lacks(short, long) and _lacks(long, short)),
        float(bool(short.codes & long.codes)),
        *_compare_pairs(short, long),
        *_compare_figures(short, long),
        *_compare_heads(short, long),
        float(_told_of(a, b) + _told_of(b, a)),
        float(any(map(_apart, (short.codes, *short.names), (long.codes, *long.names)))),
        math.log((long.weight or 1.0) / (short.weight or 1.0)),
    )


def _compare_pairs(short: Evidence, long: Evidence) -> tuple[float, float, float]:
    both = short.pairs.keys() & long.pairs.keys()
    rarest = sorted(map(short.pairs.__getitem__, both))[-RAREST:]
    return (
        _weigh(both, short.pairs) / (sum(short.pairs.values()) or 1.0),
        math.log1p(_excess(both, short.pairs)),
        sum(rarest) / RAREST,
    )


def _compare_figures(short: Evidence, long: Evidence) -> tuple[float, float, float]:
    digits, missing = _agreement(short.numbers, long.numbers, NEAR)
    return math.log1p(sum(digits)), missing, float(max(digits, default=0))


def _compare_heads(short: Evidence, long: Evidence) -> tuple[float, float]:
    told = _weigh(short.head & long.pairs.keys(), short.pairs)
    shared = math.log1p(_excess(short.head & long.head, short.pairs))
    return told / (_weigh(short.head, short.pairs) or 1.0), shared


def recurs(features: Sequence[float]) -> bool:
    """Say whether two texts tell in nearly the same words of another day or period.

    Args:
        features: that `compare` has measured.
    """
    measured = dict(zip(FEATURES, features, strict=True))
    return measured["contained"] >= SAME_WORDS and measured["days_apart"] + measured["periods_apart"] > 0


def turned(a: Evidence, b: Evidence) -> bool:
    """Say whether prices rise in one text and fall in the other, with no reason that both give."""
    return _apart(a.ways, b.ways) and not _excess(a.reason & b.reason, a.grams)


def opposed(a: Evidence, b: Evidence) -> bool:
    """Say whether what one text tells first is the opposite of the other's, or called off in it alone.

    What either of them tells of both ways is no opposite.
    """
    for first, second in ((a, b), (b, a)):
        if CALLED_OFF in first.stances and CALLED_OFF not in second.mentions:
            return True
        ways = first.stances - second.mentions
        if any(f"not {way}" in second.stances - first.mentions for way in ways):
            return True
    return False


def others(a: Evidence, b: Evidence) -> bool:
    """Say whether two texts begin with other companies, or alike but for who they begin with.

    Where both have the same figures and no other ones, of which one has `EXACT` digits, two names are taken
    for one (比特币 and BTC).
    """
    ends = zip(reversed(a.opening), reversed(b.opening), strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    first, second = a.opening[: len(a.opening) - same], b.opening[: len(b.opening) - same]
    apart = min(len(first), len(second)) >= 2 and set(first).isdisjoint(second)
    if len(first) == len(second) == 1 and first != second:
        place = a.opening[len(first) : len(first) + 1] in PLACES and not {first, second} & set(NAMELESS)
        apart = place or {first, second} <= COUNTRIES
    companies = bool(a.companies and b.companies) and not (_names_one_of(a, b) or _names_one_of(b, a))
    return (companies or (same >= SAME_END and apart)) and not _same_figures(a, b)


def _names_one_of(a: Evidence, b: Evidence) -> bool:
    """Say whether a text names a company with which another begins."""
    return any(name <= a.grams.keys() for name in b.companies)


def _same_figures(a: Evidence, b: Evidence) -> bool:
    exact = max((*a.facts.values(), *a.moves.values()), default=0) >= EXACT
    return exact and (a.facts.keys(), a.moves.keys()) == (b.facts.keys(), b.moves.keys())


def agree(a: Evidence, b: Evidence) -> bool:
    """Say whether all figures of the poorer text stand in the other, are enough, and nothing is apart.

    Figures that are the same in both, one of them exact, are enough. Otherwise a name must stand before a
    colon, or that with which one begins in the other: banks that lower their rates have the same figures.
    """
    facts, missing = _agreement(a.facts, b.facts, NEAR)
    named = bool(a.subject or b.subject)
    apart = map(_apart, (a.markets, a.days, *a.periods), (b.markets, b.days, *b.periods))
    enough = sum(facts) >= (ENOUGH_OF_ONE if named else ENOUGH)
    return (
        (_same_figures(a, b) or (enough and (named or _told_of(a, b) or _told_of(b, a))))
        and not missing
        and not any(apart)
        and not (_lacks(a, b) or _lacks(b, a))
        and not (_contradicted(a.slots, b.slots) or _contradicted(a.move_slots, b.move_slots))
    )


def _told_of(a: Evidence, b: Evidence) -> bool:
    """Say whether the name with which a text begins stands in another."""
    begins = a.opening[:2] == b.opening[:2] or a.opening[:3] in b.grams
    return begins and a.opening[:1] not in NAMELESS


def _weigh(grams: Collection[str], weights: Mapping[str, float]) -> float:
    return sum(map(weights.__getitem__, grams))


def _excess(grams: Collection[str], weights: Mapping[str, float]) -> float:
    """Return by how much the weights of n-grams exceed that of common ones."""
    return sum(max(0.0, weights[gram] - COMMON) for gram in grams)


def _agreement(a: Numbers, b: Numbers, near: float = 0.0) -> tuple[list[int], float]:
    """Return the digits of each number both have, and the share of those that only the poorer has.

    Args:
        a: of one text.
        b: of another.
        near: share by which one number may differ from the other that it rounds.
    """
    poor, rich = sorted((a, b), key=lambda numbers: sum(numbers.values()))
    ordered = sorted(rich)
    shared, told = [], 0
    for (unit, value), digits in poor.items():
        first = bisect_left(ordered, (unit, value * (1 - near)))
        last = bisect_right(ordered, (unit, value * (1 + near)))
        if found := [rich[n] for n in ordered[first:last] if _rounds_to(value, n[1])]:
            shared.append(min(digits, max(found)))
            told += digits
    return shared, 1 - told / sum(poor.values()) if poor else 0.0


def _lacks(a: Evidence, b: Evidence) -> bool:
    """Say whether a text names its subject, and at most half of the name stands in another."""
    return bool(a.subject) and 2 * len(a.subject & b.grams.keys()) <= len(a.subject)


def _apart(a: AbstractSet[str], b: AbstractSet[str]) -> bool:
    """Say whether both name something, and nothing that is the same."""
    return bool(a and b and a.isdisjoint(b))


def _contradicted(a: Slots, b: Slots) -> int:
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
