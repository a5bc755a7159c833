"""What a text says of an event, and what two texts say for and against its being the same."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta, timezone

from newsml.digest.rarity import Rarity
from newsml.domain import Post

GRAM = 3
"""Characters of an n-gram."""

COMMON = 5.0
"""Weight up to which an n-gram is common: it stands in more than one text of 150."""

_LEAST_REASON = 20.0  # less is no reason: two n-grams can be shared by chance

_SPACE = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w%]+")
_DIGITS = re.compile(r"[0-9][0-9.,]*")
_CLAUSE = re.compile(r"(?:[^,。;:【】]|(?<=[0-9])[,:](?=[0-9]))+")

_HAN_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
_DATE = re.compile(
    r"(?P<year>20[0-9]{2})年(?:度)?(?:(?P<month>1[0-2]|0?[1-9])月)?(?:(?P<day>3[01]|[12][0-9]|0?[1-9])日)?"
    r"|(?P<month_only>1[0-2]|0?[1-9])月(?:份|(?P<day_after>3[01]|[12][0-9]|0?[1-9])日)?(?!期)"
    r"|(?P<day_only>3[01]|[12][0-9]|0?[1-9])日(?![元圆])"
)
_TODAY = re.compile(r"今[日天]|现[报涨跌]|日内|盘[中初前后]|[开收]盘|短线|[北南]向资金")
_CHINA = timezone(timedelta(hours=8))
_CLOCK = re.compile(r"[0-2]?[0-9]:[0-5][0-9]")
_PERIOD = re.compile(r"第?([1-4])季|Q([1-4])(?![0-9])|(半年|前三季|全年|年度)")
_WEEKDAY = re.compile(r"周([1-6日])(?![内前后以])")

_NUMBER = re.compile(
    r"(?P<value>[0-9][0-9,]*(?:\.[0-9]+)?)(?P<scale>[百千万亿]*)(?P<unit>[%‰]|个百分点|个基点)?"
)
_SCALE = {"百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8}
_MOVE = re.compile(
    r"(?:[涨跌挫扬]|走[高低强弱]|[高低]开|拉升|反弹|收窄|扩大|幅|现?报|触及|站上|失守|突破)[^0-9,。、]{0,4}$"
)
_MOVE_WORD = re.compile(r"[涨跌挫扬]|走[高低强弱]|[高低]开|拉升|反弹|板块|概念股")
_UP = re.compile(r"涨|走[高强]|上扬|拉升|反弹")
_DOWN = re.compile(r"跌|走[低弱]|下挫|齐挫")

Numbers = Mapping[str, int]
"""A number with the kind of its unit -> the significant digits that write it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a text says of its event.

    Attributes:
        grams: its n-grams with their weights, numbers masked.
        reason: those outside the clauses that only tell by how much a price moved.
        facts: the numbers, without dates and the measures of a price move.
        moves: by how much prices moved and where they stand.
        days: of the month, as it names them; where it tells of its own day and names none, that of its post.
        periods: years, months, quarters and weekdays that it names, each kind by itself.
        codes: of the securities that it names.
        ways: whether prices rise, fall or both in it.
        weight: sum over the n-grams.
        norm: root of the sum of their squared weights.
    """

    grams: Mapping[str, float]
    reason: AbstractSet[str]
    facts: Numbers
    moves: Numbers
    days: AbstractSet[str]
    periods: tuple[AbstractSet[str], ...]
    codes: AbstractSet[str]
    ways: AbstractSet[str]
    weight: float
    norm: float


def read_evidence(post: Post, rarity: Rarity) -> Evidence:
    """Read what a post says of its event."""
    text = _SPACE.sub("", unicodedata.normalize("NFKC", post.model_input))  # commas and colons are ASCII now
    grams = {gram: rarity(gram) for gram in _grams(text)}
    days, periods, undated = _read_dates(text)
    if post.date and not days and _TODAY.search(text):
        days = frozenset([str((post.date.astimezone(_CHINA) if post.date.tzinfo else post.date).day)])
    facts, moves = _read_numbers(undated)
    told = ",".join(clause for clause in _CLAUSE.findall(text) if not _tells_a_move(clause))
    return Evidence(
        grams,
        grams.keys() & set(_grams(told)),
        facts,
        moves,
        days,
        periods,
        frozenset(mention.code for mention in post.stocks),
        frozenset(name for name, way in (("up", _UP), ("down", _DOWN)) if way.search(text)),
        sum(grams.values()),
        math.sqrt(sum(weight * weight for weight in grams.values())),
    )


def _grams(text: str) -> Iterator[str]:
    text = _NOT_WORD.sub("", _DIGITS.sub("0", text))
    return (text[i : i + GRAM] for i in range(len(text) - GRAM + 1))


def _read_dates(text: str) -> tuple[frozenset[str], tuple[frozenset[str], ...], str]:
    """Return the days and the periods that a text names, and the text without them."""
    years, months, days = set(), set(), set()
    for match in _DATE.finditer(text):
        years.add(match["year"])
        months.add(match["month"] or match["month_only"])
        days.add(match["day"] or match["day_after"] or match["day_only"])
    plain = _CLOCK.sub("#", _DATE.sub("#", text))
    arabic = plain.translate(_HAN_DIGITS)
    quarters = {"".join(groups) for groups in _PERIOD.findall(arabic)}
    weekdays = set(_WEEKDAY.findall(arabic))
    named = (
        frozenset(value.lstrip("0") for value in kind if value)
        for kind in (years, months, quarters, weekdays)
    )
    return frozenset(day.lstrip("0") for day in days if day), tuple(named), plain


def _read_numbers(text: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return the numbers that state facts, and those that measure price moves."""
    facts: dict[str, int] = {}
    moves: dict[str, int] = {}
    for match in _NUMBER.finditer(text):
        start = match.start()
        if text[start - 1 : start].isascii() and text[start - 1 : start].isalpha():
            continue  # part of a name
        digits = match["value"].replace(",", "")
        value = float(digits) * math.prod(_SCALE[scale] for scale in match["scale"])
        kind = moves if _MOVE.search(text, max(0, start - 8), start) else facts
        kind[f"{value:.6g}{match['unit'] or ''}"] = len(digits.replace(".", "").strip("0")) or 1
    return facts, moves


def _tells_a_move(clause: str) -> bool:
    numbers = (match.start() for match in _NUMBER.finditer(clause))
    return bool(_MOVE_WORD.search(clause)) or any(_MOVE.search(clause, 0, start) for start in numbers)


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
    "days_apart",
    "periods_apart",
    "codes_shared",
)
"""What ``compare`` measures, in order."""


def compare(a: Evidence, b: Evidence) -> tuple[float, ...]:
    """Return what two texts say for and against one event, in the order of ``FEATURES``."""
    short, long = (a, b) if (a.weight, a.norm) <= (b.weight, b.norm) else (b, a)
    both = short.grams.keys() & long.grams.keys()
    weights = [short.grams[gram] for gram in both]
    reason = short.reason & long.reason
    least = min(_weigh(short.reason, short.grams), _weigh(long.reason, long.grams))
    facts, facts_missing = _agreement(short.facts, long.facts)
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
        float(_apart(short.days, long.days)),
        float(sum(map(_apart, short.periods, long.periods))),
        float(bool(short.codes & long.codes)),
    )


def turned(a: Evidence, b: Evidence) -> bool:
    """Say whether prices rise in one text and fall in the other, with no reason that both give."""
    return _apart(a.ways, b.ways) and not _excess(a.reason & b.reason, a.grams)


def _weigh(grams: Collection[str], weights: Mapping[str, float]) -> float:
    return sum(map(weights.__getitem__, grams))


def _excess(grams: Collection[str], weights: Mapping[str, float]) -> float:
    """Return by how much the weights of n-grams exceed that of common ones."""
    return sum(max(0.0, weights[gram] - COMMON) for gram in grams)


def _agreement(a: Numbers, b: Numbers) -> tuple[list[int], float]:
    """Return the digits of each number both have, and the share of those that only the poorer has."""
    shared = [a[number] for number in a.keys() & b.keys()]
    least = min(sum(a.values()), sum(b.values()))
    return shared, max(0.0, 1 - sum(shared) / least) if least else 0.0


def _apart(a: AbstractSet[str], b: AbstractSet[str]) -> bool:
    """Say whether both name something, and nothing that is the same."""
    return bool(a and b and a.isdisjoint(b))
