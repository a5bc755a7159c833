"""Clauses that tell nothing alone: predicates without their subject, and words that only lead on.

They are known by the words that they begin or end with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from newsml.dataset.salience import bare_clause
from newsml.domain import Sentence, Span
from newsml.summarization.faults import Fault, Link
from newsml.summarization.sayings import CALLED, NOTICE, SAID, SPEECH

_MARKS = "，,。；;"
_RATIO = (
    r"(?:同比|环比|按[年季月](?=[增减升降跌涨上下扩收])|[年季月][增减](?=[约近逾]?\d)|较(?:[高低]点|(?![为大高强好低少多快早长小弱差真轻重难易量劲之]))|与[上去]年"
    r"|比(?:[上去]年?|(?=\d|[今前同]|年初|市场|预期|此前|初值))|分别(?=[增降升跌涨减上下同环])"
    r"|(?:增长|下降|上涨|下跌|上升|下滑|减少|增加)(?=[约近超逾了]?\d)|幅度?(?=[达为约至]?[\d-])"
    r"|占(?![据领用比])|创(?![业作造意始投新板客维])|创新高|创新低|即(?![使将便时日期墨])"
    r"|报(?=[收\d])|达(?=到|\d)|收于|[升降跌涨增]?至(?=\d)|[升降跌涨增]至"
    rf"|[为系](?=20\d\d年|[去上]年|近|历史|自|有史|连续|[^{_MARKS}]{{1,20}}(?:以来|来最|首次|新高|新低))"
    rf"|(?:大幅|略|远|小幅|明显|显著)?(?:[高低好强弱优]于|超[出过]?|不[及如])(?=[^{_MARKS}]{{0,12}}(?:预[期估测]|前值|同期|[前上昨去]一?个?[天日周月季年]))"
    r"|前值|(?:上年|去年)同期(?=\w{0,6}?[盈亏\d])|连续(?=第?[\d两二三四五六七八九十]+(?:个|年|日|周|季|天|月)))"
)
# Compare by a figure that the clause before tells, also the sentence before; or two figures.
_CHANGE = rf"(?:[增降升跌涨]幅|增速)(?![榜第换]|[最居靠排前超大高低在较][^{_MARKS}]{{0,12}}的)"
_BOTH = rf"(?:[为系](?=[^{_MARKS}]{{0,20}}双[降增升跌])|双[降增升跌]|双双(?=.?[增降升跌涨下上亏减创扩超]))"
_ADVERB = (
    r"(?:也(?!门)|还(?![款原本])|均(?![价线衡值])|都(?!市)|仍(?!旧)|将(?![军近])|拟(?!人)|已(?!故)|曾(?=经|在|于|是|获)"
    r"|并(?![购网表列轨行])|再(?=次|度|现|创|添|获)|更是|即将|从而|进一步|继续|持续(?!性)|充分|大力|着力|切实|努力"
    r"|积极(?!性)|全面(?!注册)|有望|必须|需要?(?!求)|应当|能够|可以|要(?![素约闻员点职紧])|不[会能得再存构]|没有"
    r"|无新增|是(?!否)|(?:目前)?正在|目前尚|却|完全|稳[步妥]|愿(?=意|[与同在为应])"
    r"|向(?![好上下日])|把(?!握)|给|让(?!利)|纷纷(?!扰)|同样(?!的|品质|规模|条件)|共(?=[采检])|及时(?=[将对把向])|结果(?=[呈为均都是])|在相关(?:领域|方面)|遂(?!宁|川|昌|平|溪|心)|短期内很?难"
    r"|就(?![业地近算医读停])(?=[^，,。；;]{2,40}(?:交换|交流|沟通|磋商|讨论|会谈|达成)))"
)
_VERB = (
    r"(?:预[计料期]|计划(?![提显]|生育)|要求|决定|希望|建议|鼓励|支持|推[动进]|加[强快大](?!型)|实[现施]|提[升高供出]|促[进使]"
    r"|确保|严[格禁]|强化|完善|打造|坚持|保障(?!房)|引导|聚焦|落实|开展|建[立成]|健全|构建|深化|探索|优化|统筹|增强"
    r"|扩大|发挥|形成|带动|导致|造成|使得|成为|位[居列]|持[有股]|涉及|包括|助力|争取|力争|避免|取得|获得|遭遇|刷新"
    r"|突破|维持|保持|给予|释放|用[于好]|做好|旨在|[标意][志味]着|累计|合计|新增|补充说明|旗下"
    r"|签署(?!仪)|发现|任命(?!书)|允许|听取|倡导|防止|跻身|助推|瞄准|采用|检出|极具|首次(?=突破|超|跌|升|低于|高于|站上|达|实现|出现)"
    r"|共同(?=应对|推[动进]|维护|努力|打造|构建|促进)|(?:目前|此次|截至目前)?本?公司(?!了)|本(?:集团|市)"
    r"|(?!公司|大家|我们)[\u4e00-\u9fff]{2}了(?![解结断]))"
)
_LEANS = re.compile(rf"(?P<change>{_CHANGE})|(?P<both>{_BOTH})|(?P<ratio>{_RATIO})|{_ADVERB}|{_VERB}")

# Begin sentences of reports whose subject is the company that the whole of it is about.
_OF_THE_WHOLE = re.compile(rf"{_RATIO}|预[计料期]|有望|持续|实现")
_DIGIT = re.compile(r"\d")
_RESULT = re.compile(
    r"(?:归属于.{2,12}?的?|归母|扣非|实现|其中)*(?:净利润?|净亏损|营业总?收入|营收|每股收益|毛利率)"
)
_COMPANY = re.compile("(?:目前|此次|截至目前)?本?公司|本(?:集团|市)")

_TIME = (
    r"(?:力争|预计|截至|自|从|[到至于在])?(?:当地|北京|美东)?(?:时间)?"
    r"(?:[\d年月日时分至到—\-~～:：（） ]|上午|下午|[早晚午]间|凌晨|[周星]期?[一二三四五六日]"
    r"|[本今昨去当明][日年天周月]|近[日期]?+|目前|此前|[上下]半年|季度|[第一二三四]|Q|以来|[以之]?[前后]|初|底|末|晚)+"
)
_CONDITION = (
    r"(?:如果?(?=[^下此何今期]).*"
    r"|.{2,16}(?:如果|一旦)(?!.*(?:将(?!军|近)|则|就(?!业|任|医)|会(?![议计员谈])|必|可(?!能)|才|怎么|如何)).*"
    r"|若(?!干).*|假[如若].*|倘若.*|要是.*|一旦.*|除非.*|只[有要].*|除.*外"
    r"|[与和同跟](?![上去前昨年]).{2,}相比"
    r"|(?:这也?是)?自.{2,}以来|.*(?:发布|公布|披露).{0,16}(?:业绩(?:预告|快报)|[年季]报|[年季]度报告)"
    r"|针?对.+(?:企业|用户|客户|人员|机构|项目|地区|产品|业务|者)|.{6,}的)"
)
_OCCASION = (
    r"(?:随着.*|由于.*|鉴于.*|根据.*|按照.*|依据.*|基于.*|考虑到?.*|对于.*|关于.*|尽管.*|虽然.*|即[使便].*|不[仅但].*"
    r"|为(?:了|进一步|更好|切实|加强|整合|[推促]|保障|确保|满足|防止|彻底|贯彻|落实|规范|提[高升]|支持|做好|应对|充分|有效).*"
    r"|因(?![此而素特]|美纳).*|出于.*|受益于.*|得益于.*|受.*(?:影响|推动|提振|拖累|带动|刺激)|[与和同跟].*相比|据.{2,}|[在当].*(?:[下时后中上]|之际|期间|同时|基础上)"
    r"|.*(?:来看|来说|而言|方面|的话|之际|情况下|背景下|的同时|的是))"
)
_SAYING = rf".*(?:{NOTICE}|{SPEECH}|介绍|{SAID}|{CALLED}|获悉|提出|要求|了解到|写道)"
# Leads on too, and yet tells of whom.
_BEGINNING = (
    r"(?:.*(?:如下(?:[调修]整|内容|所示)?|(?:原因|目的|重点|关键|问题|特点|看点)是|在于|包括|分别[为是])"
    r"|包括.+在内的[^，,]{0,6}(?:商|国|企业|公司|机构|银行|人士|团队|地区|城市|产品)"
    r"|.{1,40}在.{1,40}(?:(?:前提|条件|预期|框架|形势|推动|带动|支持)下|基础上))"
)
LEADS = re.compile(
    rf"(?:(?P<condition>{_CONDITION})|(?P<saying>{_SAYING})|(?P<beginning>{_BEGINNING})"
    rf"|(?P<occasion>{_TIME}|{_OCCASION}))[，,：:]"
)
# By when something is to be reached, up to a semicolon; and what the next clause takes back.
_DATED = re.compile(r"目前|当前|如今|[今去明]年|20\d\d年|[到至]20")
_AIM = re.compile(
    r"(?:(?:力争|计划|预计)?[到至](?:20\d\d年[底末]?|“?十[四五]五”?[期末]?末?)|截至.{4,20}止.{0,8})[，,]"
)
_HEDGE = re.compile(r"(?:几乎|基本)?可以肯定的是[，,]|到目前为止[，,]")
_CONCEDES, _TURNS = (
    re.compile(r"虽[然说]|(?<=\w)虽(?!二)|固然|诚然|(?<![不尽])可能|或许|看似"),
    re.compile(r"但(?![斌丁凡愿书求])|却(?!步)|然而|不过(?![度如去来是于])"),
)

# Whose it is: `青山证券：首次给予远山科技买入评级`; `市场消息：` and `投资要点：` name nobody.
_NAME = re.compile(
    rf"(?!据|.*(?:消息|[要观看]点|事件|摘要|点评|来源|作者|辟谣|{SPEECH})[：:])[^，,。；;]{{2,30}}[：:]"
)
_NOTICE_COLON, _OF_NOTICE = (
    re.compile(rf"(?!据)[^，,。；;]{{2,30}}公告称?[{marks}]") for marks in ("：:", "：:，,")
)


def fragment_links(
    text: str, sentences: Sequence[Sentence], clauses: Sequence[Sentence], *, named: bool = False
) -> Iterator[Link]:
    """Yield what clauses need that tell nothing alone.

    A predicate needs its subject, the last clause of its sentence that neither leans on another nor leads on,
    and a ratio what it is a ratio of; where the sentence has none, any words from the first clause of the
    text on that tells something. 双降 needs the last two such clauses, 降幅 and 增速 the clause before, also
    of the sentence before. The first sentence needs the name and colon that it begins with, also where a
    notice of that name tells it. What leads on needs some of what follows it: a condition the next clause,
    which needs the condition too, speech and questions any words, others some of their sentence.

    Args:
        text: the source.
        sentences: all of it, in order.
        clauses: all of it, in order.
        named: whether 公司 at the beginning of a sentence needs one of the first clauses, which may name it,
            and so a result (净利润6亿元), and what a notice tells after a comma whose notice it is.
    """
    first: Span | None = None  # the first clause that tells something
    subject = basis = other = None  # of the sentence so far
    last: Span | None = None  # the clause before
    condition: Link | None = None
    at = 0
    for clause, following in zip_longest(clauses, clauses[1:]):
        while sentences[at].end <= clause.start:
            at, subject, basis, other, condition = at + 1, None, None, None, None
        if condition:
            yield Link(condition.fault, (clause.start, clause.start + 1), condition.scope)
            condition = None
        shown = clause.text.rstrip()
        bare = bare_clause(text, (clause.start, clause.end))
        leads = LEADS.fullmatch(shown)
        tells = leads and (leads["saying"] or leads["beginning"])
        if clause is clauses[0] and (
            _NAME if not leads else _OF_NOTICE if named else _NOTICE_COLON
        ).fullmatch(shown):
            yield Link(Fault("subject", *bare), (clause.end, sentences[at].end), bare)
        if leads or shown.endswith(("？", "?")):
            rest = sentences[at].end if leads and not tells else len(text)
            if following and following.start < rest:
                rest = following.end if leads and leads["condition"] else rest
                link = Link(Fault("opening", *bare), bare, (following.start, rest))
                yield link
                condition = link if leads and leads["condition"] else None
            if not tells:
                continue
        if leans := _LEANS.match(text, clause.start, clause.end):
            ratio = leans["change"] or leans["both"] or leans["ratio"]
            needs = basis if ratio else subject
            needs = last if leans["change"] or (leans["both"] and not basis) else needs
            company = _COMPANY.fullmatch(leans[0])
            if needs is None and first and not _OF_THE_WHOLE.match(leans[0]) and (named or not company):
                needs = (clauses[0].start, first[1]) if company else (first[0], clause.start)
            for needed in (needs, other if leans["both"] else None):
                if needed:
                    yield Link(Fault("subject", *leans.span()), leans.span(), needed)
            basis = basis if ratio else bare
            subject = bare if company and not (leads and leads["saying"]) else subject
        elif bare[0] < bare[1]:
            yield from _whose(text, bare, first if named else None)
            other = basis if basis and _DIGIT.search(text, *basis) else None
            subject = basis = bare
            first = first or (clause.start, clause.end)
        last = bare if bare[0] < bare[1] else last


def _whose(text: str, clause: Span, first: Span | None) -> Iterator[Link]:
    """Yield what a result needs: some of the first clause that tells something, which says whose it is."""
    if first and (result := _RESULT.match(text, *clause)):
        yield Link(Fault("subject", *result.span()), result.span(), first)


def turn_links(text: str, sentences: Sequence[Sentence], clauses: Sequence[Sentence]) -> Iterator[Link]:
    """Yield what is aimed at, with by when, and what may be, with the next clause where that takes it back.

    Args:
        text: the source.
        sentences: all of it, in order.
        clauses: all of it, in order.
    """
    aim: Span | None = None
    at = 0
    for clause, following in zip_longest(clauses, clauses[1:]):
        while sentences[at].end <= clause.start:
            at, aim = at + 1, None
        shown = clause.text.rstrip()
        bare = bare_clause(text, (clause.start, clause.end))
        if _HEDGE.fullmatch(shown) and following:
            yield Link(Fault("opening", *bare), (following.start, following.end), bare)
        elif _AIM.fullmatch(shown):
            aim = bare
        elif aim and not _DATED.match(shown):
            yield Link(Fault("opening", *aim), bare, aim)
        aim = None if shown.endswith(("；", ";")) else aim
        joined = following and following.start < sentences[at].end and _TURNS.match(following.text)
        if joined and _CONCEDES.search(shown):
            yield Link(Fault("opening", *bare), bare, (following.start, following.end))
