"""Claims that a text goes on to deny or to put right: rumours, reports, reproaches and errors.

They are known by words: what a rumour is introduced by, and what denies it, says its opposite or, of the one
concerned, that all is well.
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
HEARSAY = re.compile(
    rf"{_RUMOUR.pattern}|猜测|知情|消息人士|匿名|不[愿便][具署透公]|接近[^，,。；\d]{{1,8}}人士"
)
"""Who says it is not known."""

# What may well be true: only the one concerned can deny it.
_REPORT = re.compile(
    r"(?<![\w])据(?:悉|.{1,16}?)?报道|(?:此前|早前|先前)(?:有)?报道|(?<![没所具拥])报道[声宣]?称"
)
_ERROR = re.compile(r"有误|误(?:写|报)")
_CORRECTS = re.compile(r"更正|勘误|有误|误(?:写|报)|经.{0,8}核[实查]")
_RIGHT = re.compile(
    r"实际(?![控上])|(?<![供反适响相对效])应[为是]|(?<![确现证落核切])实[为系]|正确\w{0,6}?[为是]"
    r"|该(?:数[字据值额]|金额|比例)[为是系]|更正为|改为"
)
_FALSE = (
    r"(?:纯属|[系为是属])(?:谣言|谣传|[捏伪编]造|虚构|[误讹]传|误读|无稽之谈|子虚乌有|无中生有)|子虚乌有|无稽之谈"
    r"|不实(?=[\W]|\Z)|(?<=[系为是属])(?:不实|虚假|假(?:消息|信息|新闻|的))|不属实|失实|并非(?:事实|属实|实情)"
    r"|(?:没有|毫无|并无|缺乏|查无)(?:任何|事实)*(?:根据|依据|此事)|与(?:事实|实际)(?:情况)?(?:严重|完全)?不符|不符合?(?:事实|实际)"
)
_DENIED = r"(?<![可是])否认(?!为)|辟谣(?![平中网])"
_FALSELY = re.compile(rf"{_FALSE}|没有的事|查无此事")
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
_REPLY = re.compile(r"对此|.*[：:]$|.{,3}$|经.{0,8}核[实查]")
_POINTS = re.compile(rf"{_POINTER}|此类")

# Who is concerned, and who is not or says nothing; what the one concerned says to it, or grants.
_CONCERNED = re.compile(
    r"回应|澄清|[对就]此|发言人|公司|集团|负责人|官方|客服|董[秘办]|部门|[局委厅署]|(?:证监|委员|管理)会"
    r"|该(?:行|企业|平台|厂|校|院|机构)"
)
_OTHERS = re.compile(
    r"分析|业内|市场人士|专家|(?<!监管)机构|券商|研报|投资者|经济学家|策略师|知情|消息|报道|[未没]|拒绝|不予"
)
_SAID = re.compile(rf"{_SAYS}|澄清")
_NOT = re.compile(
    rf"{_DENIED}|澄清|(?:没有|从未|并[未无]|不存在|不会|(?<![尚还])未)"
    r"(?![来对就予作能给]|更多|进一步|具体|立即|透露|披露|回应|说明|提供|公布|置评|接|听)"
)
_BAD = re.compile(
    r"失联|带走|调查|处罚|挤兑|停[产工业牌运售]|裁员|违约|逾期|爆[雷仓]|破产|倒闭|跑路|取消|暂停|冻结|[拖欠]欠|断[裂供]|事故"
    r"|起火|中毒|危机|关[闭停]|辞[职任]|[离卸]任|离职|下架|召回|故障|泄[漏露]|亏损|造假|[减抛]持|抛售|出售|剥离|退[出市]"
    r"|撤[离资出销回]|放弃|终止|转让|下调|被[查抓捕骗罚封]"
)
_WELL = re.compile(
    r"(?<!恢复)(?<![不非])正常(?![化年水])|照常|如常|平稳|(?<!偿付能力)充[足裕]|在[岗职](?![人员])|仍是|仍为(?!\d)"
)
_CALLED_FALSE = re.compile(
    r"[不勿][信传]谣|无此|与[^，,。；;]{1,16}无关|旧(?:视频|图|照片|报告|闻)|(?:拍摄|录制|摄)于|没有的事|没听说过"
    r"|(?:AI|人工智能|后期)[^，,。；;]{0,6}(?:合成|生成|拼接|伪造)"
)
_GRANTS = re.compile(
    r"收到.{0,6}(?:立案|告知书|通知书|决定书)|(?<![不非])属实|证实|承认|确认(?!没|未|不|并)|置评"
)


def denial_links(text: str, sentences: Sequence[Sentence], clauses: Sequence[Sentence]) -> Iterator[Link]:
    """Yield claims with the words that deny them or put them right.

    A claim is what a rumour's clause and those after it tell up to a reply, in the sentence of the denial
    or at most `REACH` before; without a rumour, what stands before the denial in its sentence, or else the
    sentence before. Words that deny and tell themselves what (``停产传闻不实``, ``否认造假``), or that only
    say the opposite (``没有停产``), deny no claim but a rumour of the same words. The one concerned also
    denies a rumour, or what a paper reports, by saying that all is well (``经营正常``). A denial may
    also stand before what it denies.

    Args:
        text: the source.
        sentences: all of it, in order.
        clauses: all of it, in order.
    """
    if not any(words.search(text) for words in (_RUMOUR, _DENIAL, _REPORT, _ERROR)):
        return
    yield from _told_after_denial(sentences)
    corrects = _CORRECTS.search(text) is not None
    at = left = 0
    rumour: Span | None = None
    firm = concerned = False  # it is more than a report; the one concerned speaks
    before: Span | None = None  # what the sentence before tells
    for sentence in sentences:
        told: Span | None = None  # by this sentence, up to a reply
        link: Link | None = None
        fresh = replies = plainly = False
        while at < len(clauses) and clauses[at].start < sentence.end:
            clause = clauses[at]
            at += 1
            heard = _RUMOUR.search(text, clause.start, clause.end)
            reported = _REPORT.search(text, clause.start, clause.end) or _ERROR.search(clause.text)
            leads = LEADS.fullmatch(clause.text)
            says, leads_on = leads and leads["saying"], leads and not leads["beginning"]
            concerned = _is_concerned(text, clause, rumour, before=concerned)
            claim = rumour if firm or concerned else None
            found = _denial(text, clause, claim, answers=replies, concerned=concerned)
            if not (found or reported) and (concerned or not heard):  # `网传视频` may be that of the rumour
                found = _answer(text, clause, rumour, concerned=concerned, corrects=corrects)
                claim = rumour
            if found:
                claim = claim or told or before
                plain = _DENIAL.match(text, *found) is not None
                if link and plain == plainly:
                    link = Link(link.fault, link.scope, (link.needs[0], found[1]))
                elif claim and plain >= plainly and not _DENIAL.search(text, *claim):
                    link, plainly = Link(Fault("denial", *found), claim, found), plain
                replies = True
            elif heard and (false := _UNTRUE.search(text, heard.end(), clause.end)):
                yield Link(Fault("denial", *false.span()), (heard.start(), false.start()), false.span())
            elif heard or (reported and not (rumour and firm)):
                # `有传闻称，` tells no rumour, the clauses after it do.
                skips = clause.end < sentence.end and (says or (leads and not heard))
                rumour = told = (clause.end if skips else clause.start), clause.end
                left, fresh, replies, firm, concerned = REACH, True, False, heard is not None, False
            elif leads_on or _REPLY.match(clause.text):
                replies = replies or not leads_on or says is not None
            elif not replies:
                told = (told or (clause.start, 0))[0], clause.end
                rumour = told if fresh else rumour
        if link:
            yield link
        rumour = None if link or not left else rumour
        left -= 1
        before = None if link else told


def _told_after_denial(sentences: Sequence[Sentence]) -> Iterator[Link]:
    """Yield rumours and reports that are told after their denial, at most `REACH` sentences before."""
    denied: list[tuple[int, Span]] = []
    for i, sentence in enumerate(sentences):
        heard = HEARSAY.search(sentence.text) or _REPORT.search(sentence.text)
        if false := _FALSELY.search(sentence.text):
            denied.append((i, (sentence.start + false.start(), sentence.start + false.end())))
            continue
        for at, words in denied[-REACH:] if heard else ():
            if i - at <= REACH and _share_words(sentence.text, sentences[at].text, 3):
                yield Link(Fault("denial", *words), (sentence.start, sentence.end), words)


def _is_concerned(text: str, clause: Sentence, rumour: Span | None, *, before: bool) -> bool:
    """Say whether who speaks in a clause, or else spoke before it, is the one that a rumour is about."""
    if rumour is None or _GRANTS.search(text, clause.start, clause.end):
        return False
    if not (said := _SAID.search(text, clause.start, clause.end)):
        return before
    who = text[clause.start : said.end()]
    return not _OTHERS.search(who) and bool(_CONCERNED.search(who) or _share_words(who, _words(text, rumour)))


def _answer(
    text: str, clause: Sentence, rumour: Span | None, *, concerned: bool, corrects: bool
) -> Span | None:
    """Return the words of a clause that put a rumour right, or say that all is well, if there are any."""
    if rumour is None:
        return None
    found = _RIGHT.search(text, clause.start, clause.end) if corrects else None
    if found is None and concerned:
        found = _CALLED_FALSE.search(text, clause.start, clause.end)
        if found is None and _BAD.search(_words(text, rumour)):
            found = _WELL.search(text, clause.start, clause.end)
    return found.span() if found else None


def _denial(
    text: str, clause: Sentence, rumour: Span | None, *, answers: bool, concerned: bool
) -> Span | None:
    """Return the words of a clause that deny what is told before it, if there are any."""
    found = _DENIAL.search(text, clause.start, clause.end)
    if found and found["false"] and (leans := _BEFORE.fullmatch(text, clause.start, found.start())):
        return found.span() if answers or rumour or leans["said"] or leans["this"] else None
    if found and not found["false"] and _AFTER.fullmatch(text, found.end(), clause.end):
        return None if _NEITHER.fullmatch(text, clause.start, found.start()) else found.span()
    if rumour is None:
        return None
    own = text[clause.start : found.start()] if found and found["false"] else ""
    opposite = _NOT if concerned else _OPPOSITE
    if not own and (found := opposite.search(text, clause.start, clause.end)):
        own = text[found.end() : clause.end]
    claim = _words(text, rumour)
    if found and (
        found[0] == "澄清"
        or _POINTS.search(own)
        or _share_words(own, claim)
        or (concerned and _BAD.search(own) and _BAD.search(claim))
    ):
        return found.span()
    return None


def _words(text: str, claim: Span) -> str:
    return text[claim[0] : min(claim[1], claim[0] + MAX_CLAIM)]


def _share_words(a: str, b: str, n: int = 2) -> bool:
    return not set(char_ngrams(a, n)).isdisjoint(char_ngrams(b, n))
