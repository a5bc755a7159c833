"""Rules, set by hand, for when two texts tell one event or cannot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import takewhile

from newsml.digest.comparison import (
    FEATURES,
    LEAST_REASON,
    NAMELESS,
    NEAR,
    agreement,
    apart,
    contradicted,
    excess,
    lacks,
    measured_alike,
    told_of,
    weigh,
)
from newsml.digest.evidence import Evidence
from newsml.digest.stances import CALLED_OFF

SAME_WORDS = 0.6
"""Share of the words of the poorer text in another, by weight, from which on the two are nearly the same."""

ALL_WORDS = 0.9
"""Share from which on a text says all that another does."""

NO_LONGER = 1.5
"""Times as much, by weight, up to which it says little more: what says more may run two events together."""

SAME_END = 4
"""Characters that the ends of two first clauses share, from which on they tell the same of two names."""

ENOUGH, ENOUGH_OF_ONE = 6, 3
"""Digits of shared figures from which two texts agree by no chance, and of two that are about one name."""

SAME_CAUSE = 0.8
"""Share of the reason of one text that another gives, from which on two moves have one reason."""

CONCURRING = 4
"""Digits of figures for the same things from which two texts agree by no chance."""

ROUND_UP = 3
"""Headlines in brackets from which on a text is a round-up."""

EXACT = 5
"""Digits of one figure that two names do not share by chance."""

COUNTRIES = frozenset("中美英法德日韩俄印澳加意巴")
"""Countries by one character each (`法国队`, `德国队`)."""

PLACES = "州市省县"
"""In which the names of places end, of which one character may differ (`海州`, `霖州`)."""

AGAINST = (
    "contradicted",
    "moves_contradicted",
    "days_apart",
    "periods_apart",
    "names_apart",
    "subjects_apart",
    "figures_missing",
)
"""What speaks against one event."""


def recurs(features: Sequence[float]) -> bool:
    """Say whether two texts tell in nearly the same words of another day or period.

    Args:
        features: that `compare` has measured.
    """
    measured = dict(zip(FEATURES, features, strict=True))
    return measured["contained"] >= SAME_WORDS and measured["days_apart"] + measured["periods_apart"] > 0


def repeats(features: Sequence[float]) -> bool:
    """Say whether a text holds all that another says and little more, and nothing speaks against one event.

    Args:
        features: that `compare` has measured.
    """
    measured = dict(zip(FEATURES, features, strict=True))
    whole = measured["contained"] >= ALL_WORDS and measured["longer"] <= math.log(NO_LONGER)
    return whole and not any(measured[name] for name in AGAINST)


def turned(a: Evidence, b: Evidence) -> bool:
    """Say whether prices rise in one text and fall in the other, with no reason that both give."""
    return apart(a.ways, b.ways) and not excess(a.reason & b.reason, a.grams)


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
    facts, missing = agreement(a.facts, b.facts, NEAR)
    named = bool(a.subject or b.subject)
    kinds = map(apart, (a.markets, a.days, *a.periods), (b.markets, b.days, *b.periods))
    enough = sum(facts) >= (ENOUGH_OF_ONE if named else ENOUGH)
    return (
        (_same_figures(a, b) or (enough and (named or told_of(a, b) or told_of(b, a))))
        and not missing
        and not any(kinds)
        and not (lacks(a, b) or lacks(b, a))
        and not (contradicted(a.slots, b.slots) or contradicted(a.move_slots, b.move_slots))
    )


def concur(a: Evidence, b: Evidence) -> bool:
    """Say whether two texts measure the same things alike: two figures or more, with hardly another one.

    One in two of as many figures may be another: stock exchanges' turnover is counted in several ways.
    """
    digits, differing = measured_alike(a, b)
    differing += contradicted(a.slots, b.slots) + contradicted(a.move_slots, b.move_slots)
    kinds = map(apart, (a.markets, a.days, *a.periods, *a.names), (b.markets, b.days, *b.periods, *b.names))
    whole = max(sum(map(len, text.measures.values())) for text in (a, b))
    enough = len(digits) >= 2 and sum(digits) >= CONCURRING and 2 * len(digits) >= whole
    return enough and 2 * differing <= len(digits) and not any(kinds)


def share_cause(a: Evidence, b: Evidence) -> bool:
    """Say whether two texts tell of moves of one security, and give the same facts as the reason."""
    if not (a.moves and b.moves and a.codes & b.codes):
        return False
    least = min(a.reason_weight, b.reason_weight)
    _, missing = agreement(a.facts, b.facts, NEAR)
    return not missing and least > LEAST_REASON and weigh(a.reason & b.reason, a.grams) >= SAME_CAUSE * least


def collects(a: Evidence, b: Evidence) -> bool:
    """Say whether one text is a round-up of several news and the other is not."""
    few, many = sorted((a.items, b.items))
    return many >= ROUND_UP and few <= 1
