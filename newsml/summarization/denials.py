"""Claims that a text goes on to deny: rumours, reports and reproaches.

They are known by words: what a rumour is introduced by, and what denies it or says its opposite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from newsml.domain import Sentence, Span
from newsml.summarization.faults import Fault, Link
from newsml.summarization.fragments import LEADS
from newsml.summarization.sayings import CALLED, NOTICE, SAID, SPEECH
from newsml.text import char_ngrams

REACH = 2
"""Sentences after a rumour in which its denial is looked for."""

MAX_CLAIM = 200
"""Characters of a rumour among which the words of a denial are looked for."""

_RUMOUR = re.compile(
    r"(?<![该此述关])传[闻言]|谣传|[网盛疯误]传(?![统媒染输真播])|流传|坊间|市场传(?![统媒导])|爆料称|被[曝传](?![统染])"
    r"|(?<!\w)传(?![统媒染输导奇递真感动承播达出授记])|(?<![没所具拥])有(?:多家|关)?(?:自?媒体(?!提?问)|报道|消息|网友|人士?称)"
    r"|消息称|发文称|(?<!\w)(?:外媒|媒体)(?:报道|[声宣]?称)"
)
_FALSE = (
    r"(?:纯属|[系为是属])(?:谣言|谣传|[捏伪编]造|虚构|[误讹]传|误读|无稽之谈|子虚乌有|无中生有)|子虚乌有|无稽之谈"
    r"|不实(?=[\W]|\Z)|(?<=[系为是属])(?:不实|虚假|假(?:消息|信息|新闻|的))|不属实|失实|并非(?:事实|属实|实情)"
    r"|(?:没有|毫无|并无|缺乏|查无)(?:任何|事实)*(?:根据|依据|此事)|与(?:事实|实际)(?:情况)?(?:严重|完全)?不符|不符合?(?:事实|实际)"
)
_DENIED = r"(?<![可是])否认(?!为)|辟谣(?![平中网])"
_UNTRUE, _DENIAL = re.compile(_FALSE), re.compile(rf"(?P<false>{_FALSE})|{_DENIED}")
_OPPOSITE = re.compile(rf"{_DENIED}|澄清|(?<![还仍若果])(?:没有|从未|并[未无]|不存在|不会)(?![接收听]|回应)")

_POINTER = r"(?:[该此其这]|这[一个些种]|上述|以上|相关|有关|网传|所谓)"
_THING = (
    r"(?:消息|信息|传[闻言]|报道|说法|指[控责]|猜测|内容|截图|视频|图片|文件|通知|新闻|情况|事情?|举)"
    r"(?:的?(?:内容|真实性))?"
)
_THIS = rf"{_POINTER}*(?:{_THING})?"
_SAYS = rf"{SPEECH}|{NOTICE}|{SAID}|{CALLED}|核实|[写喊]道"
# Stand before and after a denial that does not itself tell what it denies.
_BEFORE = re.compile(
    rf"(?P<said>.*(?:{_SAYS}|[：:]))?[“「『\"]?(?:对此)?(?P<this>{_THIS})(?:完全|全部|纯粹|严重|确实|[均都并皆也实系为是属])*"
)
_AFTER = re.compile(rf"[了过]?(?:{_THIS}(?![：:])|(?:{SAID}|{CALLED}|表示)[，,：:])\W*")
# Names its object before it, or is no denial: `对裁员传闻予以否认`, `均未否认`.
_NEITHER = re.compile(rf"(?:针?对于?|关于|就)(?!{_POINTER}).*|.*[未没不]\w{{0,8}}")
_REPLY = re.compile(r"对此|.*[：:]$|.{,3}$")
_POINTS = re.compile(rf"{_POINTER}|此类")


def denial_links(text: str, sentences: Sequence[Sentence], clauses: Sequence[Sentence]) -> Iterator[Link]:
    """Yield claims with the words that deny them.

    A claim is what a rumour's clause and those after it tell up to a reply, in the sentence of the denial
    or at most `REACH` before; without a rumour, what stands before the denial in its sentence, or else the
    sentence before. Words that deny and tell themselves what (``停产传闻不实``, ``否认造假``), or that only
    say the opposite (``没有停产``), deny no claim but a rumour of the same words.

    Args:
        text: the source.
        sentences: all of it, in order.
        clauses: all of it, in order.
    """
    if not (_RUMOUR.search(text) or _DENIAL.search(text)):
        return
    at = left = 0
    rumour: Span | None = None
    before: Span | None = None  # what the sentence before tells
    for sentence in sentences:
        told: Span | None = None  # by this sentence, up to a reply
        link: Link | None = None
        fresh = replies = False
        while at < len(clauses) and clauses[at].start < sentence.end:
            clause = clauses[at]
            at += 1
            heard = _RUMOUR.search(text, clause.start, clause.end)
            if found := _denial(text, clause, rumour, answers=replies):
                claim = rumour or told or before
                if link:
                    link = Link(link.fault, link.scope, (link.needs[0], found[1]))
                elif claim and not _DENIAL.search(text, *claim):
                    link = Link(Fault("denial", *found), claim, found)
                replies = True
            elif heard and (false := _UNTRUE.search(text, heard.end(), clause.end)):
                yield Link(Fault("denial", *false.span()), (heard.start(), false.start()), false.span())
            elif heard:
                # `有传闻称，` tells no rumour, the clauses after it do.
                leads = LEADS.fullmatch(clause.text) if clause.end < sentence.end else None
                rumour = told = (clause.end if leads and leads["saying"] else clause.start), clause.end
                left, fresh, replies = REACH, True, False
            elif (leads := LEADS.fullmatch(clause.text)) and not leads["beginning"]:
                replies = replies or leads["saying"] is not None
            elif _REPLY.match(clause.text):
                replies = True
            elif not replies:
                told = (told or (clause.start, 0))[0], clause.end
                rumour = told if fresh else rumour
        if link:
            yield link
        rumour = None if link or not left else rumour
        left -= 1
        before = None if link else told


def _denial(text: str, clause: Sentence, rumour: Span | None, *, answers: bool) -> Span | None:
    """Return the words of a clause that deny what is told before it, if there are any."""
    found = _DENIAL.search(text, clause.start, clause.end)
    if found and found["false"] and (leans := _BEFORE.fullmatch(text, clause.start, found.start())):
        return found.span() if answers or rumour or leans["said"] or leans["this"] else None
    if found and not found["false"] and _AFTER.fullmatch(text, found.end(), clause.end):
        return None if _NEITHER.fullmatch(text, clause.start, found.start()) else found.span()
    if rumour is None:
        return None
    own = text[clause.start : found.start()] if found and found["false"] else ""
    if not own and (found := _OPPOSITE.search(text, clause.start, clause.end)):
        own = text[found.end() : clause.end]
    claim = text[rumour[0] : min(rumour[1], rumour[0] + MAX_CLAIM)]
    if found and (found[0] == "澄清" or _POINTS.search(own) or _share_words(own, claim)):
        return found.span()
    return None


def _share_words(a: str, b: str) -> bool:
    return not set(char_ngrams(a)).isdisjoint(char_ngrams(b))
