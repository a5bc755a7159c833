"""What a headline may leave out of a clause, so that the rest still reads and says the same.

An editor makes `外交部发言人周三在例行记者会上表示，` into `外交部：`. Of each clause a core stays whatever
is left out; the other parts can go. They are found by words, without a parser: what tells when, asides, the
legal form of a company, whose a profit is, a subject that the speaker just before has named, and of a clause
that names a speaker the end from their office on. None holds a negation or a doubt, or tears an amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsml.domain import Span
from newsml.summarization.sayings import CALLED, NOTICE, SAID, SPEECH
from newsml.text import atom_spans

SHORTEST = 2
"""Characters of a core at least."""

_DAY = (
    r"(?:(?:当地|北京|美东)时间)?(?:(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日(?![元均内线])|今[日天](?!头条|国际)|昨[日天]"
    r"|近[日期]|日前|当[日天]|(?:本|上)?周[一二三四五六日](?!刊))"
    r"(?:上午|中午|下午|傍晚|晚间|晚(?!间)上?|早间|早盘|凌晨|盘后|收盘后)?"
)
_NO_SPAN = r"(?![前后起至到止以之的上下晚早凌、和与及\-—~0-9])"
_LEAD = re.compile(rf"(?:截至)?{_DAY}{_NO_SPAN}(?:消息|电|讯)?[，,]?")
_WHEN = re.compile(rf"(?<!日[为是])(?<![于在至到自从截和与及的年月间，,、:：(（./\-—~0-9]){_DAY}{_NO_SPAN}")
# A short one before the rest of a name is part of it: 青山（北方）有限公司.
_ASIDE = re.compile(r"(?![（(][\u4e00-\u9fff]{1,4}[）)][\u4e00-\u9fff])[（(][^（）()]{1,40}[）)](?!》)")
_FORM = re.compile(
    r"(?<=[\u4e00-\u9fff]{2})(?:集团)?(?:股份)?有限(?:责任)?公司(?![和与及、]|[\u4e00-\u9fff]{0,2}[债券])"
)
_OWNER = re.compile(r"(?:实现)?归属于(?:上市|母|本)?公司(?:普通)?(?:股东|所有者)?的(?=(?:扣非)?净[利亏])")
_SUBJECT = re.compile(r"(?:(?:该|本)?公司|该[国行]|[他她])(?!的|们|国)(?=[\u4e00-\u9fff]{2})")

_SAYING = rf"{NOTICE}|{SPEECH}|介绍|{SAID}|{CALLED}"
_SAYS = re.compile(rf"(?:消息|报道|(?:公布|发布|统计)的?(?:最新)?数据|{_SAYING})\Z")
_SOURCE = re.compile(r"根?据(?![悉此了])")
_OFFICE = (
    r"(?:(?:的[\u4e00-\u9fff]{0,8}|驻[\u4e00-\u9fff]{2,4}|(?<![位名家述]))"
    r"(?:中国区?|亚太区?|全球|宏观|(?:固定收益|外汇|金融|大宗商品|股票|资本|债券|劳动力|(?<![票券本力产币易品]))市场"
    r"|固定收益|新闻|联席|(?:[A-Z]股|外汇|汇率|利率|信用|股票|债券)?策略|首席[\u4e00-\u9fff]{0,4}|高级|资深|常务|联合|执行|有关|相关){0,5}"
    r"(?:发言人|分析师|策略师|经济学家|负责人|研究员|创始人|董事长|副?总裁|副?总经理|执行官|总监|主管|CEO"
    r"|副(?:主任|主席|[部局司行院处]长|秘书长))|(?<=[部局司行院处委会心室所])(?:主任|主席|[部局司行院处]长|秘书长))"
)
_TAIL = re.compile(
    rf"{_OFFICE}|(?<![0-9年月]){_DAY}|在(?!线)(?<![现正存实所]在)|于(?=\d)|(?:最新)?(?:发布|发表|公布|发文|接受|援引)"
    r"|(?<!大)(?<!公开)数据(?!局|港|通|中心)|统计(?!局)|报告|文章"
    rf"|[对向][\u4e00-\u9fff]{{1,8}}(?:{_SAYING})\Z|(?<=[”」』\"])[他她](?:还|也|则|同时|进一步){{0,4}}(?:{_SAYING})\Z"
    rf"|(?<![时后])(?:就此|对此|还|也|则|均|都|曾|再次|明确|进一步|随后|同时|并){{0,4}}(?!回应)(?:{_SAYING})(?<!显示)"
)
# What has no name, and is left hanging without the verb.
_NAMELESS = re.compile(
    rf"一[则份项篇]|(?:但|也|还|另)?有(?![赞研友色限方棵])[\u4e00-\u9fff]{{2,6}}?(?=在|对|向|于|(?:{_SAYING}))"
)
# What would be torn from its verb, or leaves a speaker who has said nothing.
_UNSAID = re.compile(
    r"据此|的一[则份项篇]|的一[名位][\u4e00-\u9fff]{0,6}(?:经济学家|分析师|策略师|研究员)|刊[发登载]|未|没|不(?!久|断|仅|但)|非|否认|拒绝|(?<!回)[拟将能会要应须](?=在|于|公|发|披|宣|表|说|称)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a clause.

    Attributes:
        spans: where it stands, ascending.
        optional: whether the clause reads without it; the core of a clause is not.
    """

    spans: tuple[Span, ...]
    optional: bool

    @property
    def size(self) -> int:
        """Length in characters."""
        return sum(end - start for start, end in self.spans)


def cut_clause(text: str, clause: Span, *, told: bool = False) -> list[Part]:
    """Return the parts of a clause, its core first, then what can be left out; nothing for an empty clause.

    Args:
        text: the text.
        clause: without the marks at its end.
        told: whether the clause before names a speaker, who is then its subject.
    """
    start, end = clause
    optional: list[Span] = []
    at = start
    for a, b in sorted(_optional(text, clause, told=told)):
        if at <= a < b:
            optional.append((a, b))
            at = b
    if optional:
        inside = {start + edge for a, b in atom_spans(text[start:end]) for edge in range(a + 1, b)}
        optional = [span for span in optional if inside.isdisjoint(span)]
    edges = [start, *(edge for span in optional for edge in span), end]
    core = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]
    if sum(b - a for a, b in core) < SHORTEST:
        return [Part((clause,), False)] if start < end else []
    return [Part(tuple(core), False), *(Part((span,), True) for span in optional)]


def names_speaker(text: str, clause: Span) -> bool:
    """Whether a clause, without the marks at its end, tells who says what follows."""
    return _SAYS.search(text, *clause) is not None


def _optional(text: str, clause: Span, *, told: bool) -> Iterator[Span]:
    start, end = clause
    if lead := _LEAD.match(text, start, end):
        yield lead.span()
        start = lead.end()
    unsaid = _UNSAID.search(text, start, end) or _NAMELESS.match(text, start, end)
    says = names_speaker(text, clause) and not unsaid
    source = _SOURCE.match(text, start, end) if says else None
    tail = _TAIL.search(text, (source.end() if source else start) + SHORTEST, end) if says else None
    if source and tail:
        yield source.span()
    if told and (subject := _SUBJECT.match(text, start, end)):
        yield subject.span()
    for pattern in (_ASIDE, _FORM, _OWNER):
        for found in pattern.finditer(text, start, end):
            yield found.span()
    if tail:
        yield tail.start(), end
        end = tail.start()
    for found in _WHEN.finditer(text, start + SHORTEST, end):
        yield found.span()
