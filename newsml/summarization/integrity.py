"""What an extract may tell wrongly though every word of it stands in the text, and how to avoid it.

Seven kinds of fault are found. They are decided by words, without a parser, so that a rate of them
compares summaries of one kind with each other; it is no proof that one summary is right.

- ``number``: an edge of the extract falls inside an amount. An amount is a number with what gives it
  its size and sense: comparator (同比, 环比, 较上年), direction (下降, 亏损), bound (约, 不超过), currency,
  sign, range and unit. Only the amount may be left out: ``净利润同比下降|5%``.
- ``negation``: it begins after a negation that governs what it tells, or ends in one.
- ``quote``: it holds words that someone said, but not who. Speech follows or precedes a verb such as
  表示 or 认为 in quotation marks, or follows it as the rest of the sentence after ``，`` or ``：``.
  What a notice or a report of the press says (公告称, 据…报道) is no speech; a rumour (有消息称) is, and
  so is what the press has from nobody it names (援引知情人士报道).
- ``pronoun``: a clause of it begins with a word that leans on what comes before (其, 该公司, 对此, 但, 其中),
  which is left out: the sentence before or, of a clause within a sentence, the beginning of this one, of
  但, 而 and 以便 the clause before.
- ``subject``: a clause of it begins with a predicate, a ratio or a comparison (拟, 均, 同比, 降幅) and leaves
  out its subject or the figure that it is of; or it leaves out the name and colon that the text begins with.
- ``opening``: it holds a condition, an occasion, a question or a verb of saying without what that leads to,
  or what a condition leads to without the condition, what is aimed at without by when, or what may be
  without the 但 that takes it back.
- ``denial``: it holds a rumour, a report, a reproach or an error without the words that deny it or put it
  right (纯属谣言, 经营正常, 应为), or a plan without those that say that it came to nothing (届满未减持).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from newsml.boilerplate import news_clauses, news_sentences
from newsml.domain import Sentence, Span
from newsml.summarization.denials import denial_links
from newsml.summarization.faults import Fault, Link
from newsml.summarization.fragments import LEADS, fragment_links, turn_links
from newsml.summarization.outcomes import outcome_links
from newsml.summarization.sayings import CALLED, SAID, SPEECH

MAX_NEEDED = 3
"""Pieces that one piece may pull in; one that needs more is avoided."""

MAX_EXPECTED = 8
"""Sentences after what someone said in which the same one may go on to say what is expected."""

MAX_QUOTATION = 400
"""Characters of a quotation whose speaker is looked for."""

_NUMERAL = (
    r"(?:[0-9]{1,2}月[0-9]{1,2}日|[0-9０-９]+(?:(?:[.:：/．]|[,，](?=\d{3}(?!\d)))[0-9０-９]+)*|\.[0-9]+"
    r"|[一二两三四五六七八九十百千万亿半几]+)"
)
_UNIT = (
    r"(?:[%％‰℃]|个?百分点|个?基点|[bB][pP]s?|pcts?|[成倍折股手户家人只点辆台套桶吨年月日号时分秒岁次批份项件座]"
    r"|盎司|蒲式耳|[美港欧日澳加]?元|英镑|人民币|美分|平方米|公顷|公里|千瓦时?|兆瓦|个月?)"
    r"(?:/(?:万?吨|桶|股|盎司|蒲式耳|年|日|平方米|千瓦时))?"
)
_COMPARATOR = r"(?:同比|环比|按[年季月]|较(?:上年|去年|上月|上周|此前|年初)(?:同期|末)?)"
_DIRECTION = (
    r"(?:(?:增长|下降|上涨|下跌|上升|下滑|减少|增加|回落|提高|降低|扩大|收窄|[上下][调行]|亏损"
    r"|[增减涨跌升降亏])了?)"
)
_BOUND = (
    r"(?:不超过?|不低于|不高于|不少于|不足|不到|超过?|低于|高于|少于|多于|至少|至多|最[多少高低]"
    r"|大约|约为?|接近|近|逾|至|到|达到?)"
)
_AMOUNT = re.compile(
    rf"(?=\S)(?P<sense>{_COMPARATOR}?[ ]?{_DIRECTION})?{_BOUND}{{0,2}}[ ]?(?:[A-Z]{{2}}\$|[$￥¥€£])?"
    rf"(?:(?<![0-9A-Za-z])[+\-−±－])?(?<![0-9.,:A-Za-z]){_NUMERAL}[百千万亿]*"
    rf"(?:[-—~～至到]{{1,2}}{_NUMERAL}[百千万亿]*)?(?:[ ]?[十百千万亿]*{_UNIT})?"
)

# What follows or stands before the one-character words makes other words of them: 不断, 未来, 南非.
_NEGATION = (
    r"(?P<no>没有|并非|否认|拒绝|禁止|难以"
    r"|(?<![能是会要得])不(?!得不|断|仅|但|过|久|少|同|料|锈|良|动产|足|超|到|低于|高于|等|只|光|管|论|妨|愧|禁|如|无)"
    r"|未(?!来|知|遂)|(?<![沉淹出埋覆吞])没(?!有|收|落)"
    r"|(?<![有虚从])无(?!论|锡|人|线|形|疑|不|限|菌|缝|障|接触|症|非|极|机)"
    r"|(?<![南北东西中是除莫并])非(?!常|农|洲|银|公开|法|凡|遗|标|流通|金融|经常|关联|控股|执行|核心))"
)
_AFTER_NEGATION = re.compile(_NEGATION + r"[^\W的]{0,6} ?\Z")
_ENDS_IN_NEGATION = re.compile(_NEGATION + r"[能会再可曾将被是在对]{0,2}\Z")

_SAYING = (
    rf"(?:{SPEECH}|网传|(?<=链|场|内|间)传出(?=[，,：:])|(?<!据)(?:介绍|预[测计]|猜测)|[写喊问]道|{SAID}"
    rf"|(?<!公告)(?<!报道)(?<!(?<!有)消息)(?<!通知)(?<!通报){CALLED}"
    r"|(?:援引|引述|引用)[^，,。：:]{0,16}(?:人士|知情者)[^，,。：:]{0,6}(?:报道|称|话|消息|说法))"
)
_SPEECH = re.compile(
    rf"(?P<verb>{_SAYING})(?:(?P<colon>[：:])|(?P<comma>[，,])|(?=[“「『\"。！]))[ ]?(?P<quote>[“「『\"])?"
)
_SPEAKER_AFTER = re.compile(r"[”」』][，,]?[\w、·]{1,40}\Z")
_CLOSERS = {"“": "”", "「": "」", "『": "』", '"': '"'}
_OPENERS = {"”": "“", "」": "「", "』": "『"}

_ANAPHOR = re.compile(
    r"(?:[0-9一二三四五六七八九十]{1,3}[、.]|我们(?:认为|判断|预计)"
    r"|(?:(?:截至)?目前|当前|如今)(?=该|其|这|[他她它]|上述|双方|[两二]者))?"
    r"(?P<word>与此同时|不仅如此|尽管如此|另一方面"
    r"|其(?!他|它|余|次|实|间|后|外|乐|[一二三])中?|该(?!死|当|涨|跌|买|卖)"
    r"|[\u4e00-\u9fff]{0,12}?(?:否认|辟谣|[不未]予置评|拒绝置评|未回应置评请求)(?=[。！])|[对为因据由就至从受]此|为?与此(?!同)|此(?!前|刻|间)外?"
    r"|这(?!里|么|[几两些][年天]|[周阵段]|个[月周季世])|[他她它](?!国|人|乡|日|经济)|[上前]述|[前后]者|[两二]者|双方"
    r"|以上(?![海市周年月证交汽半限游饶升调涨千百])(?=[两三四五六七八九十几各所]"
    r"|[\u4e00-\u9fff]{0,3}(?:项目|措施|病例|因素|内容|数据|情况|议案|事项|方案|公司|人员|交易|产品))"
    r"|(?:本次)?交易完成后|本次(?=[回收增定重减])"
    r"|鉴于此|[二三四五六]是|[其第][二三四五六](?=[，,、：:是])"
    r"|同时(?!期|代)|另外|(?P<joins>但(?!斌|丁|凡|愿)|且(?!末|慢)|然而|不过|而(?!今|立)|并且|以(?=[便免防]|确保))"
    r"|因此|所以|于是|相反|反之|否则|会上(?![海升涨调市线])|(?:自|从|于)?(?:次日|当日|同日|届时)(?![元均内])"
    r"|(?:通知|征求意见稿|意见|方案|规划|办法|条例|公报|纪要|文件|计划|会议)(?=指出|提[出到]|明确|要求|强调|显示|称)"
    r"|与会(?:单位|人士|代表|专家|各方)|[本此]次(?:发布会|活动|调整|发行|交易|收购|合作|事件)"
    r"|(?:工作人员|对方|专家|市场|[\u4e00-\u9fff]{2}人士)则(?=表示|认为|[指回]|称))"
)
# Leans on the sentence before, also where who says it stands before it; 该公司 is then who says it.
_SPOKEN_OF = re.compile(
    rf"(?:.*?(?:{SPEECH}|{SAID}|{CALLED})|[^，,：:]{{2,16}}(?=对此))?"
    r"(?P<word>对此(?=予以|表示|回应|作出|否认|[未没不])|(?:[该此]|上述|这[一些次项款则])"
    r"(?=传[闻言]|消息|信息|说法|报道|指[控责]|事[件项]?[^故]|举|车|款|产品|项目|交易|政策|计划|协议|案|药|模型))"
)
_ASIDE = re.compile(r"[（(【].*[）)】]|\W*")
_OTHER = re.compile(rf"{_SPEECH.pattern}|据|显示|公告|披露|报道|通报|宣布|数据")
_EXPECTS = re.compile(r"(?:预[计料期]|有望|可能|或将|我们|应该?(?![用收付])|建议(?!书))")
_PREFACE = re.compile(r"(?:我们(?:认为|判断|预计|相信)|此外|另外|据悉|与此同时|目前)[，,：:]")


def find_faults(text: str, spans: Iterable[Span]) -> list[Fault]:
    """Return what the extract made of these spans tells wrongly, in order of place.

    Time is linear in the length of the text.

    Args:
        text: the source, simplified.
        spans: ascending and disjoint; those with mere white space between them count as one.
    """
    runs = _runs(text, spans)
    faults = {*_torn_amounts(text, runs), *_lost_negations(text, runs)}
    ends = [end for _, end in runs]
    for link in links(text):
        if _touches(runs, ends, link.scope) and not _touches(runs, ends, link.needs):
            faults.add(link.fault)
    return sorted(faults, key=lambda fault: (fault.start, fault.end, fault.kind))


class Dependencies:
    """Which pieces of a text need which others to be understood: those with a speaker or an antecedent.

    Args:
        text: the source.
        pieces: its sentences or its clauses, in order.
        named: whether 公司 needs one of the first clauses, which may name it, and what is expected who does;
            a brief does without.
    """

    def __init__(self, text: str, pieces: Sequence[Sentence], *, named: bool = False) -> None:
        starts, ends = [piece.start for piece in pieces], [piece.end for piece in pieces]
        self._needs: dict[int, list[range]] = {}
        for link in links(text, named=named):
            needed = range(bisect_right(ends, link.needs[0]), bisect_left(starts, link.needs[1]))
            for index in range(bisect_right(ends, link.scope[0]), bisect_left(starts, link.scope[1])):
                if needed and index not in needed:
                    self._needs.setdefault(index, []).append(needed)

    def group(self, index: int, chosen: Collection[int] = (), wanted: Sequence[int] = ()) -> list[int] | None:
        """Return a piece and those that it needs beside the chosen ones, ascending.

        Of several pieces that would do, it is the most wanted, or else the first, where a sentence has its
        subject.

        Returns:
            None where it needs more than `MAX_NEEDED`.
        """
        group = [index]
        for member in group:  # which grows
            for needed in self._needs.get(member, ()):
                if not any(other in chosen or other in group for other in needed):
                    group.append(next((other for other in wanted if other in needed), needed[0]))
            if len(group) > 1 + MAX_NEEDED:
                return None
        return sorted(group)


def repair(
    dependencies: Dependencies, chosen: Sequence[int], fits: Callable[[Sequence[int]], bool]
) -> list[int]:
    """Return the chosen pieces, ascending, with those that they need; what does not fit is left out.

    Args:
        dependencies: of the pieces.
        chosen: indices of pieces, the most wanted first.
        fits: says whether a summary of these indices, ascending, will do.

    Returns:
        The chosen ones as they are, ascending, where otherwise nothing would be left.
    """
    kept: set[int] = set()
    for index in chosen:
        group = dependencies.group(index, kept, chosen)
        if group is not None and fits(wanted := sorted(kept.union(group))):
            kept = set(wanted)
    return sorted(kept or chosen)


def _runs(text: str, spans: Iterable[Span]) -> list[Span]:
    runs: list[Span] = []
    for start, end in spans:
        if runs and not text[runs[-1][1] : start].strip():
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _touches(runs: Sequence[Span], ends: Sequence[int], span: Span) -> bool:
    at = bisect_right(ends, span[0])
    return at < len(runs) and runs[at][0] < span[1]


def _torn_amounts(text: str, runs: Sequence[Span]) -> Iterator[Fault]:
    begins, ends = {start for start, _ in runs}, {end for _, end in runs}
    for amount in _AMOUNT.finditer(text):
        start, end = amount.span()
        for edge in range(start + 1, end):
            # `净利润下降` is whole without the number after it.
            if edge in begins or (edge in ends and edge != amount.end("sense")):
                yield Fault("number", start, end)


def _lost_negations(text: str, runs: Sequence[Span]) -> Iterator[Fault]:
    last = 0
    for start, end in runs:
        if found := _AFTER_NEGATION.search(text, max(last, start - 14), start):
            yield Fault("negation", *found.span("no"))
        following = end + text.startswith(" ", end)
        if text[following : following + 1].isalnum() and (
            found := _ENDS_IN_NEGATION.search(text, max(start, end - 8), end)
        ):
            yield Fault("negation", *found.span("no"))
        last = end


def links(text: str, *, named: bool = False) -> Iterator[Link]:
    """Yield what the parts of a text need to be understood; see `Dependencies`."""
    sentences = news_sentences(text)
    clauses = news_clauses(text, sentences)
    yield from _anaphors(text, sentences, clauses)
    yield from _speeches(text, sentences, clauses, named=named)
    yield from fragment_links(text, sentences, clauses, named=named)
    yield from turn_links(text, sentences, clauses)
    yield from denial_links(text, sentences, clauses)
    yield from outcome_links(sentences)


def _anaphors(text: str, sentences: Sequence[Sentence], clauses: Sequence[Sentence]) -> Iterator[Link]:
    """Yield the words at the beginning of a clause that lean on the sentence before, or on this one.

    但, 而 and the like join their clause to the one before.
    """
    at, before, last = 0, (0, 0), 0
    for clause in clauses:
        while sentences[at].end <= clause.start:
            if not _ASIDE.fullmatch(sentences[at].text):
                before = (sentences[at].start, sentences[at].end)
            at += 1
        found = _ANAPHOR.match(text, clause.start)
        start = sentences[at].start
        begin = last if found and found["joins"] else start
        opens = clause.start == start or _PREFACE.fullmatch(text, start, clause.start)
        said = LEADS.fullmatch(text[start : clause.start].rstrip()) if last == start < clause.start else None
        if (clause.start == start or (said and said["saying"])) and (
            spoken := _SPOKEN_OF.match(text, clause.start, clause.end)
        ):
            found, opens = spoken, True
        needs = before if opens else (begin, clause.start)
        last = clause.start
        if found and needs[0] < needs[1]:
            word = found.span("word")
            yield Link(Fault("pronoun", *word), word, needs)


def _speeches(
    text: str, sentences: Sequence[Sentence], clauses: Sequence[Sentence], *, named: bool
) -> Iterator[Link]:
    """Yield what is said, with the words before the verb, some of which name its speaker.

    Where the speaker must be named, the sentences that follow and begin with what is expected are said by the
    same one, up to a sentence that names another source.
    """
    sentence_ends, clause_starts = [s.end for s in sentences], [c.start for c in clauses]
    tags = list(_SPEECH.finditer(text))
    said = 0
    for place, tag in enumerate(tags):
        verb = tag.span("verb")
        fault = Fault("quote", *verb)
        clause = clause_starts[bisect_right(clause_starts, verb[0]) - 1]
        quotation = None if tag["colon"] else _quotation_before(text, verb[0])
        begin = quotation[1] + 1 if quotation else clause
        speaker = (begin, verb[0]) if begin < verb[0] else verb
        if quotation and quotation[0] >= said:
            yield Link(fault, quotation, speaker)
        end = tag.end()
        if tag["quote"]:
            close = text.find(_CLOSERS[tag["quote"]], tag.end(), tag.end() + MAX_QUOTATION)
            end = max(end, close)
        if tag["colon"] or tag["comma"]:
            rest = sentence_ends[bisect_right(sentence_ends, tag.start())]
            if place + 1 < len(tags):  # whose clause names another speaker
                following = bisect_right(clause_starts, tags[place + 1].start()) - 1
                rest = min(rest, clause_starts[following])
            end = max(end, rest)
        if end > tag.end():
            yield Link(fault, (tag.end(), end), speaker)
            said = end
        if named and tag["comma"] and not tag["quote"]:
            for sentence in sentences[(at := bisect_left(sentence_ends, end) + 1) : at + MAX_EXPECTED]:
                if _OTHER.search(sentence.text):
                    break
                if _EXPECTS.match(sentence.text):
                    yield Link(fault, (sentence.start, sentence.end), speaker)


def _quotation_before(text: str, verb: int) -> Span | None:
    """Return the inside of the quotation whose speaker stands between it and the verb, if there is one."""
    found = _SPEAKER_AFTER.search(text, max(verb - 44, 0), verb)
    if found is None:
        return None
    close = found.start()
    start = text.rfind(_OPENERS[text[close]], max(close - MAX_QUOTATION, 0), close)
    # `所谓“慢牛”的说法，他认为` holds a term and no speech.
    if start < 0 or (start and text[start - 1].isalnum()):
        return None
    return (start + 1, close)
