"""What a text says of an event."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta, timezone

from newsml.digest.measures import Measured, find_acts, read_measures
from newsml.digest.rarity import Rarity
from newsml.digest.spelling import SPELLINGS
from newsml.digest.stances import read_mentions, read_stances
from newsml.domain import Post
from newsml.simplified import simplify

GRAM = 3
"""Characters of an n-gram."""

PAIR = 2
"""Characters of a shorter n-gram, many of which are words: other sentences share them sooner."""

COMMON = 5.0
"""Weight up to which an n-gram is common: it stands in more than one text of 150."""

MOST_NUMBERS = 300
"""Facts, and moves, that are compared: a text with more is a table."""

HEAD = 40
"""Characters with which a text begins to tell its news."""

SLOT = 5
"""Characters of a sentence before a number, or after it, that tell what it measures."""

_LEAST_SLOT = 3  # where the sentence begins before five

_SPACE = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w%]+")
_DIGITS = re.compile(r"[0-9][0-9.,]*")
_CLAUSE = re.compile(r"(?:[^,。;:【】]|(?<=[0-9])[,:](?=[0-9]))+")

_HAN_DIGITS = str.maketrans("一二两三四五六七八九", "1223456789")
_DATE = re.compile(
    r"(?P<year>20[0-9]{2})年(?:度)?(?:(?P<month>1[0-2]|0?[1-9])月)?(?:(?P<day>3[01]|[12][0-9]|0?[1-9])日)?"
    r"|(?P<month_only>1[0-2]|0?[1-9])月(?:份|(?P<day_after>3[01]|[12][0-9]|0?[1-9])日)?(?!期)"
    r"|(?<![近前后])(?P<day_only>3[01]|[12][0-9]|0?[1-9])日(?![元圆])"
)
_TODAY = re.compile(r"今[日天]|现[报涨跌]|日内|盘[中初前后]|[开收]盘|短线|[北南]向资金")
_CHINA = timezone(timedelta(hours=8))
_CODE = re.compile(r"\([0-9]{5,6}(?:\.[A-Z]{2})?\)")
_CLOCK = re.compile(r"[0-2]?[0-9]:[0-5][0-9]")
_PERIOD = re.compile(r"第?([1-4])季|Q([1-4])(?![0-9])|(半年|前三季|全年|年度)")
_WEEKDAY = re.compile(r"周([1-6日])(?![内前后以])")

_NUMBER = re.compile(
    r"(?P<value>[0-9][0-9,]*(?:\.[0-9]+)?)(?P<scale>[百千万亿]{0,3})(?P<unit>[%‰]|个百分点|个基点)?"
)
_SCALE = {"百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8}
_UNITS = {"%": ("%", 1.0), "个百分点": ("%", 1.0), "个基点": ("%", 0.01), "‰": ("%", 0.1)}
_MOVE = re.compile(
    r"(?:[涨跌挫扬]|走[高低强弱]|[高低]开|拉升|反弹|收窄|扩大|幅|现?报(?![告道])|触及|站上|失守|突破)[^0-9,。、]{0,4}$"
)
_MOVE_WORD = re.compile(r"[涨跌挫扬]|走[高低强弱]|[高低]开|拉升|反弹|板块|概念股")
_NOT_SLOT = re.compile(r"[^\w%,#]+")
_SENTENCE_END = re.compile(r"[。;]")
_UPWARD = str.maketrans("跌降减低", "涨升增高")
_ROUND = re.compile(r"第([0-9]{1,2})([轮批届次个号])|([0-9]{1,2})(轮|连板)")
_MATURING = re.compile(r"[另日有无].*")
_SUBJECT = re.compile(r"【?(?:[^,:;。()【】|]{2,8}\|)?([^,:;。()【】|]{2,16}?)(?:\([^)]*\))?(?:公告[,称:]|:)")
_REGIONS = (
    "北京|上海|天津|重庆|河[北南]|山[西东]|辽宁|吉林|黑龙江|江[苏西]|浙江|安徽|福建|湖[北南]|广[东西]|海南|四川|贵州|云南|陕西"
    "|甘肃|青海|内蒙古|西藏|宁夏|新疆|香港|澳门|台湾|深圳|南京|成都|武汉|西安|厦门|青岛|大连|合肥|长沙|东莞|佛山|无锡|宁波"
    "|济南|昆明|南昌|南宁|哈尔滨|长春|沈阳|石家庄|太原|海口|三亚|珠海|郑州|杭州|苏州|广州"
)
_REGION = re.compile(_REGIONS)
_COUNTRY = re.compile(
    "[美英法德韩泰中]国|日本|印度|印尼|俄罗斯|欧元区|欧盟|欧洲|加拿大|澳大利亚|新西兰|巴西|土耳其|瑞[士典]|挪威|意大利|西班牙"
    "|葡萄牙|希腊|波兰|乌克兰|哈萨克斯坦|伊朗|伊拉克|以色列|沙特|越南|马来西亚|新加坡|菲律宾|墨西哥|阿根廷|智利|南非|埃及|朝鲜"
)
# At the beginning of a clause; not what is of a kind (商业银行, 支持科技创新).
_COMPANY = re.compile(
    r"(?<!\w)(?!商业|中央|世界|投资|国有|外资|民营|中小|大型|股份|农村|城市|全[国球]|[我中美国][国家]|今年|进口|.[家大]|支持|促进|加[快强]"
    r"|推[动进]|发展|鼓励)[\u4e00-\u9fff]{2,4}?"
    r"(?:银行|证券|股份|集团|科技|医疗|药业|电子|精工|矿业|地产|航空|重工|传媒|生物)(?![间业制创成部进体保器服机卫商信产元交])"
)
_LATIN = re.compile("[A-Za-z]{3,}")
_NAMED_IN = 60  # characters with which a text begins
_PLACE = re.compile(f"([\u4e00-\u9fff]{{1,4}}[省市州县区]|{_REGIONS}):")
_LEAD = re.compile(r"(?:【[^】]*】(?=.))?(?:[^,:。]{0,16}(?:日|晚间?|上午|下午|讯|电|消息|获悉)[,:])*")
_MARKET = re.compile(r"(?:创业|科创|主)板(?!指)|北交所")
_UP = re.compile(r"涨|走[高强]|上扬|拉升|反弹")
_DOWN = re.compile(r"跌|走[低弱]|下挫|齐挫")

Numbers = Mapping[tuple[str, float], int]
"""The kind of its unit and a number -> the significant digits that write it."""

Slots = Mapping[tuple[str, str], AbstractSet[float]]
"""The characters before and after a number -> the numbers that stand there."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a text says of its event.

    Attributes:
        grams: its n-grams with their weights, numbers masked.
        pairs: its shorter n-grams likewise, within words and between punctuation marks.
        head: those with which it begins.
        reason: those outside the clauses that only tell by how much a price moved.
        facts: the numbers, without dates and the measures of a price move.
        moves: by how much prices moved and where they stand.
        numbers: all of these.
        slots: the numbers that state facts by the words around them, rounds, and what falls due.
        move_slots: the numbers that measure moves, by the words around them.
        items: headlines in brackets; several make a round-up.
        measures: the numbers by what they measure.
        acts: the kinds of acts that it tells of.
        first_acts: those with which it begins.
        markets: the boards that shares are listed on.
        days: of the month, as it names them; where it tells of its own day and names none, that of its post.
        periods: years, months, quarters and weekdays that it names, each kind by itself.
        codes: of the securities that it names.
        names: regions of China and countries with which it begins, and words in Latin letters, each apart.
        companies: n-grams of each company with which it begins, as far as names tell that they are one's.
        subject: n-grams of the name before the first colon, of whom or what the text tells.
        opening: the first clause after headline, time and agency, with a place and colon, numbers masked.
        ways: whether prices rise, fall or both in it.
        stances: of what its first sentence tells that has an opposite (上调, 减持, 终止), which of the two.
        mentions: the same of all of it, however it is put.
        weight: sum over the n-grams.
        pairs_weight, head_weight, reason_weight: sums over these.
        norm: root of the sum of their squared weights.
    """

    grams: Mapping[str, float]
    pairs: Mapping[str, float]
    head: AbstractSet[str]
    reason: AbstractSet[str]
    facts: Numbers
    moves: Numbers
    numbers: Numbers
    slots: Slots
    move_slots: Slots
    items: int
    measures: Measured
    acts: AbstractSet[str]
    first_acts: AbstractSet[str]
    markets: AbstractSet[str]
    days: AbstractSet[str]
    periods: tuple[AbstractSet[str], ...]
    codes: AbstractSet[str]
    names: tuple[AbstractSet[str], ...]
    companies: Collection[AbstractSet[str]]
    subject: AbstractSet[str]
    opening: str
    ways: AbstractSet[str]
    stances: AbstractSet[str]
    mentions: AbstractSet[str]
    weight: float
    pairs_weight: float
    head_weight: float
    reason_weight: float
    norm: float


def read_evidence(post: Post, rarity: Rarity) -> Evidence:
    """Read what a post says of its event."""
    text = simplify(unicodedata.normalize("NFKC", post.model_input))  # commas and colons are ASCII now
    text = SPELLINGS.replace(_SPACE.sub("", text))
    grams = rarity.weigh(_grams(text))
    pairs = _pairs(text)
    days, periods, undated = _read_dates(text)
    if post.date and not days and _TODAY.search(text):
        days = frozenset([str((post.date.astimezone(_CHINA) if post.date.tzinfo else post.date).day)])
    facts, moves, measures = _read_numbers(undated)
    subject = _SUBJECT.match(text)
    told = ",".join(clause for clause in _CLAUSE.findall(text) if not _tells_a_move(clause))
    weights, head, reason = rarity.weigh(pairs), pairs & _pairs(text[:HEAD]), grams.keys() & set(_grams(told))
    return Evidence(
        grams,
        weights,
        head,
        reason,
        facts,
        moves,
        {**facts, **moves},
        *_read_slots(undated),
        text.count("【"),
        measures,
        *find_acts(text, HEAD),
        frozenset(_MARKET.findall(text)),
        days,
        periods,
        frozenset(mention.code for mention in post.stocks),
        _names(text),
        tuple(frozenset(_grams(name[0])) for name in _COMPANY.finditer(text[:HEAD])),
        frozenset(_grams(subject[1])) if subject else frozenset(),
        _opening(text),
        frozenset(name for name, way in (("up", _UP), ("down", _DOWN)) if way.search(text)),
        read_stances(_SENTENCE_END.split(_LEAD.sub("", text, count=1), maxsplit=1)[0]),
        read_mentions(text),
        sum(grams.values()),
        sum(weights.values()),
        sum(map(weights.__getitem__, head)),
        sum(map(grams.__getitem__, reason)),
        math.sqrt(sum(weight * weight for weight in grams.values())),
    )


def _grams(text: str) -> Iterator[str]:
    text = _NOT_WORD.sub("", _DIGITS.sub("0", text))
    return (text[i : i + GRAM] for i in range(len(text) - GRAM + 1))


def _pairs(text: str) -> AbstractSet[str]:
    words = _NOT_WORD.split(_DIGITS.sub("0", text))
    return {word[i : i + PAIR] for word in words for i in range(len(word) - PAIR + 1)}


def _names(text: str) -> tuple[frozenset[str], ...]:
    head = text[:_NAMED_IN]
    latin = frozenset(word.lower() for word in _LATIN.findall(text))
    return frozenset(_REGION.findall(head)), frozenset(_COUNTRY.findall(head)), latin


def _opening(text: str) -> str:
    """Return the first clause. The name before a colon is one; a place stands with what follows it."""
    text = _CODE.sub("", _LEAD.sub("", text, count=1))
    place = _PLACE.match(text)
    clause = _CLAUSE.search(text, place.end() if place else 0)
    return (place[1] if place else "") + (_DIGITS.sub("0", clause[0]) if clause else "")


def _read_dates(text: str) -> tuple[frozenset[str], tuple[frozenset[str], ...], str]:
    """Return the days and the periods that a text names, and the text without them."""
    years, months, days = set(), set(), set()
    for match in _DATE.finditer(text):
        years.add(match["year"])
        months.add(match["month"] or match["month_only"])
        days.add(match["day"] or match["day_after"] or match["day_only"])
    plain = _CLOCK.sub("#", _DATE.sub("#", _CODE.sub("", text)))
    arabic = plain.translate(_HAN_DIGITS)
    quarters = {"".join(groups) for groups in _PERIOD.findall(arabic)}
    weekdays = set(_WEEKDAY.findall(arabic))
    named = (
        frozenset(value.lstrip("0") for value in kind if value)
        for kind in (years, months, quarters, weekdays)
    )
    return frozenset(day.lstrip("0") for day in days if day), tuple(named), plain


def _read_numbers(text: str) -> tuple[Numbers, Numbers, Measured]:
    """Return the numbers that state facts, those that tell of price moves, and all by what they measure."""
    facts: dict[tuple[str, float], int] = {}
    moves: dict[tuple[str, float], int] = {}
    found = []
    for match in _NUMBER.finditer(text):
        start = match.start()
        if text[start - 1 : start].isascii() and text[start - 1 : start].isalpha():
            continue  # part of a name
        digits = match["value"].replace(",", "")
        unit, size = _UNITS.get(match["unit"], ("", 1.0))
        kind = moves if _MOVE.search(text, max(0, start - 8), start) else facts
        if len(kind) < MOST_NUMBERS:
            number = unit, float(f"{_value(match) * size:.6g}")
            kind[number] = (
                len(digits.replace(".", "").lstrip("0") if "." in digits else digits.strip("0")) or 1
            )
            found.append((start, match.end(), number, kind[number]))
    return facts, moves, read_measures(text, found)


def _value(number: re.Match[str]) -> float:
    return float(number["value"].replace(",", "")) * math.prod(_SCALE[scale] for scale in number["scale"])


def _words(text: str) -> str:
    return _DIGITS.sub("0", _NOT_SLOT.sub("", text))


def _read_slots(text: str) -> tuple[Slots, Slots]:
    """Return what stands where: the numbers that state facts, with rounds, and those that measure moves."""
    facts: dict[tuple[str, str], set[float]] = defaultdict(set)
    moves: dict[tuple[str, str], set[float]] = defaultdict(set)
    for match in _NUMBER.finditer(text):
        start, end, value = match.start(), match.end(), _value(match)
        moved = _MOVE.search(text, max(0, start - 8), start)
        before = _words(_SENTENCE_END.split(text[max(0, start - 14) : start])[-1])[-SLOT:]
        after = _words(_SENTENCE_END.split(text[end : end + 14])[0])[:SLOT]
        if len(before) >= _LEAST_SLOT:
            kind = moves if moved else facts
            kind[before.translate(_UPWARD), match["unit"] or text[end : end + 2]].add(value)
        if len(after) == SLOT and not moved:
            facts["", after].add(value)
    for match in _ROUND.finditer(text.translate(_HAN_DIGITS)):
        facts["第", match[2] or match[4]].add(float(match[1] or match[3]))
    for clause in _CLAUSE.findall(text) if "逆回购到期" in text else ():
        # What falls due tells one day's operation from another's.
        if maturing := _MATURING.search(clause[: max(clause.rfind("逆回购到期"), 0)]):
            amounts = (_value(n) for n in _NUMBER.finditer(maturing[0]) if "亿" in n["scale"])
            facts["逆回购", "到期"].add(sum(amounts))
    return facts, moves


def _tells_a_move(clause: str) -> bool:
    numbers = (match.start() for match in _NUMBER.finditer(clause))
    return bool(_MOVE_WORD.search(clause)) or any(
        _MOVE.search(clause, max(0, start - 8), start) for start in numbers
    )
