"""What stands in a post and tells nothing of the news: datelines, credits, notices, the forms of filings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from newsml.domain import Post, Sentence, Span
from newsml.simplified import simplify
from newsml.text import split_clauses, split_sentences

MAX_CREDIT = 40
MAX_NOTICE = 150
"""Characters up to which a paragraph may be a credit, or a notice."""

MAX_DATELINE = 160
"""Characters at the beginning of a paragraph, a headline included, in which a dateline is looked for."""

MAX_TAIL = 80
"""Characters at the end of a paragraph in which a credit in brackets is looked for."""

MAX_FOOTER = 3
"""Paragraphs up to which a footer is looked for."""

_ROLE = (
    r"(?:(?:责任|文字|执行|本期|值班|审核)?编辑|责编|编审|校对|审核|审校|排版|作者|图片?|文|撰文|监制"
    r"|(?:本文|文章|图片|信息|稿件|新闻)?来源|转自|原标题|全文|[上下]一篇)"
)
_ROLE_IN_BRACKETS = (
    r"(?:(?:责任|文字|执行)?编辑|责编|校对|审核|作者|记者|(?:本文|文章|图片|稿件)?来源|图片|转自|原标题)"
)
_PAPER = "(?:社|报|台|刊|记|网|财经|财讯|新闻|头条|在线|客户端)"
_CREDIT = re.compile(
    rf"[（(【\[]?\s*{_ROLE}\s*[:：/|][^。！？!?]{{0,40}}[。！？!?\s]*"
    r"|[（(]?(?:本报)?记者\s*[:：/|][\w\s]{2,12}[）)]?"
    rf"|\w{{0,12}}{_PAPER}[（(]\s?记者\s?[^（）()。]{{2,12}}[）)]"
    r"|[（(]\s*(?:本文)?完\s*[）)]"
)
# Each alternative begins with a character, by which the search skips all others.
_NOTICE = re.compile(
    r"查看更多|点击(?:此处|这里|下方|上方|图片|链接|阅读原文)?(?:查看|阅读|下载|进入|关注)"
    r"|扫码.{0,10}关注|长按.{0,10}关注|欢迎.{0,10}关注"
    r"|长按(?:[上下左右][方侧边])?二维码|扫描(?:[上下左右][方侧边])?二维码|扫码(?:[上下左右][方侧边])?二维码"
    r"|识别(?:[上下左右][方侧边])?二维码|扫码下载"
    r"|未经.{0,8}(?:授权|许可|同意).{0,12}(?:不得|严禁|禁止)|转载.{0,12}(?:注明|声明|联系)|仅供参考|以供参考"
    r"|不构成.{0,8}建议|投资需谨慎|敬请[^，。]{0,8}注意[^，。]{0,4}投资风险"
    r"|(?:业绩预告|公告所载)[^。]{0,60}未经[^。]{0,12}审计|不代表.{0,12}(?:观点|立场)|版权.{0,8}所有|免责声明"
    r"|更多.{0,20}(?:请|敬请|欢迎)(?:关注|下载|访问|登录|点击)|尽在.{0,12}(?:APP|客户端|公众号)|视频加载中"
    r"|每日更新.{0,4}不迷路|详[细情]?.{0,12}(?:可查看|请见|参见|请查看)|(?:网页|原文|全文)链接\s*\Z"
)
_NOTICE_HEAD = re.compile(
    r"[（(【\[※*]?\s*(?:注|声明|(?:免责|特别|郑重|版权|本站|风险)(?:声明|提示|申明)|版权说明)\s*[】\]]?\s*[:：]"
)
# Of a stock exchange's filing: the codes, who answers for it, how it ends, who signs it and when.
_OF_SECURITY = "(?:[ABH]股|证券|股票|债券|转债|基金)"
_FILING = re.compile(
    rf"(?:(?:(?:{_OF_SECURITY}代码|(?:公告)?编号)\s*[:：]\s*[0-9A-Za-z\-－.（）()〔〕临第年字、]{{1,30}}号?"
    rf"|{_OF_SECURITY}简称\s*[:：]\s*[^\s:：，。！？“”]{{1,20}})(?:\s+|\Z))+"
    r"|(?:本?公司|本行|董事会|[^，。]{2,20}有限公司)[^，。]{0,20}(?:董事|监事|成员|负责人)[^，。无不未]{0,60}(?<!能)保证(?!金)"
    r"[^。]{0,60}(?:真实|虚假)[^。]{0,120}(?:遗漏|责任|完整)。?"
    r"|特此(?:公告|通知|声明|说明|披露|报告)[。！]?"
    r"|(?:[^\s，。：；、]{2,30}公司)?\s?(?:董事会|监事会)"
    r"|(?:\d{4}|[二〇○零一三四五六七八九]{4})\s?年\s?[\d一二三四五六七八九十]{1,2}\s?月\s?[\d一二三四五六七八九十]{1,3}\s?日"
)
_TAIL = re.compile(
    rf"(?:\s*[（(【\[]\s*{_ROLE_IN_BRACKETS}\s*[:：/|]?\s*[^（）()【】\[\]。]{{1,30}}[）)】\]])+\s*$"
)
_LETTER = r"[^\s，,。:：;；（）()【】《》“”、！？!?|丨]"
_NAME = rf"{_LETTER}{{0,16}}?"
_DAY = r"(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日(?:[上下]午|早间|晚间?)?"
_REPORTER = r"(?:\s?[（(][^（）()。]{1,30}[）)])?"
_AGENCY = rf"{_NAME}(?:社|报|电台|电视台|本台|刊|网站?|财经|财讯|新闻|头条|在线|客户端|APP|e公司|氪|汇)"
_PLACE = r"(?:北京|上海|天津|重庆|广州|深圳|香港)?"
_FLASH = r"(?:每日|盘中|最新|财经|市场|每经(?:AI)?)?快讯"
# 讯, 电 and the like, after a day or the name of who reports; `中兴通讯`, `A股快讯`, `证监会1月10日消息` and
# `南方电网7月8日电网负荷` are news.
_DATELINE = re.compile(
    r"(?!据)(?:"
    rf"【{_NAME}(?:社|报|网|{_DAY})[讯电]】"
    rf"|(?:{_AGENCY}{_LETTER}{{0,6}}?{_DAY}{_REPORTER}[讯电]|{_PLACE}{_DAY}{_REPORTER}[讯电]"
    rf"|{_AGENCY}{_REPORTER}\s?讯|(?:{_AGENCY})?{_FLASH}){_REPORTER}(?:[，,：:\s丨|]+|(?<=[）)]))"
    rf"|{_NAME}(?:社|新网|华网){_LETTER}{{0,6}}?{_DAY}电(?![话视影商力子动池信价机站网气解缆梯芯源容阻磁竞荒厂脑煤流压量费]){_REPORTER}"
    rf"|{_NAME}(?:社|报|汇|财经|APP){_LETTER}{{0,6}}?{_DAY}[丨|]"
    rf"|{_NAME}{_PAPER}[（(]{_LETTER}{{2,8}}[，,]\s?记者\s{_LETTER}{{2,4}}[）)]"
    r")\s*",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"[，、]\s")
_WIRE = re.compile("[讯电丨|]|记者")  # without one of which there is none
_HEADLINE = re.compile(r"\s*(?:【[^】]*】)?\s*")
_CLOSING = ("）", ")", "】", "]")
_SENTENCE = re.compile(r"[^。！？!?]+[。！？!?]*")
_ASIDE = re.compile(r"[（(][^（()）。！？]{1,20}[）)]")


def is_boilerplate(sentence: str) -> bool:
    """Say whether a sentence is a credit, words in brackets, a short notice, or the form of a filing."""
    form = _CREDIT.fullmatch(sentence) or _ASIDE.fullmatch(sentence) or _is_filing(sentence)
    return bool(form or (len(sentence) <= 100 and _NOTICE.search(sentence)))


def is_row(sentence: str) -> bool:
    """Say whether a sentence, as `split_sentences` returns it, is a row of a table."""
    bars = sentence.count(" | ")
    # `宏观 | 央行降准，释放资金` tells news under its section.
    return (bars > 1 or (bars == 1 and "，" not in sentence)) and not sentence.endswith(("。", "！", "？"))


def is_untold(sentence: str) -> bool:
    """Say whether no summary tells a sentence: boilerplate or a row of a table."""
    return is_row(sentence) or is_boilerplate(sentence)


def untold_places(text: str) -> bytearray:
    """Return for each character of a text 1 where it is boilerplate or in a row of a table, else 0."""
    places = bytearray(len(text))
    rows = ((s.start, s.end) for s in split_sentences(text) if is_untold(s.text))
    for start, end in (*boilerplate_spans(text), *rows):
        places[start:end] = b"\1" * (end - start)
    return places


def boilerplate_spans(text: str, title: str = "") -> tuple[Span, ...]:
    """Return the spans of a text that tell nothing of the news, ascending and disjoint.

    They are whole paragraphs (credits, notices, the title once more before any news, the codes, guarantee and
    signature of a filing), the dateline that a paragraph begins with (`某某社北京1月5日电（记者 张三）`) and
    credits in brackets at its end. A sentence of news that names its source stays.

    Args:
        text: one paragraph a line.
        title: of the post.
    """
    text, title = simplify(text), simplify(title)
    spans: list[Span] = []
    start, several, told = 0, "\n" in text, False
    for paragraph in text.split("\n"):
        end = start + len(paragraph)
        if several and (_is_notice(paragraph) or (paragraph == title and not told)):
            spans.append((start, end))
        else:
            told = told or bool(paragraph.strip())
            dateline = _dateline(paragraph)
            spans += [(start + a, start + b) for a, b in (dateline, _tail(paragraph, dateline[1])) if a < b]
        start = end + 1
    return tuple(spans)


def news_sentences(text: str) -> list[Sentence]:
    """Cut a text into sentences, as they stand without datelines.

    One that goes on in the next line ends before a notice there. A text of nothing else is as it is.
    """
    sentences = split_sentences(text)
    notices = [start for start, _ in boilerplate_spans(text)] if _GOES_ON.search(text) else []
    return [piece for sentence in sentences if (piece := _bare(text, sentence, notices))] or sentences


def news_clauses(text: str, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Cut the sentences of a text, as `news_sentences` returns them, into clauses."""
    clauses, at = [], 0
    for clause in split_clauses(text):
        while at < len(sentences) and sentences[at].end <= clause.start:
            at += 1
        if at == len(sentences):
            break
        start, end = max(clause.start, sentences[at].start), min(clause.end, sentences[at].end)
        if (start, end) == (clause.start, clause.end):
            clauses.append(clause)
        elif start < end:
            clauses.append(Sentence(text[start:end], start, end))
    return clauses


def _bare(text: str, sentence: Sentence, notices: Sequence[int]) -> Sentence | None:
    """Return a sentence without its dateline and the notice in its next line; None where nothing is left."""
    start = sentence.start + _dateline(sentence.text)[1]
    following = bisect_right(notices, start)
    end = min([*notices[following : following + 1], sentence.end])
    if (start, end) == (sentence.start, sentence.end):
        return sentence
    told = text[start:end].rstrip()
    return Sentence(told, start, start + len(told)) if told else None


def _dateline(paragraph: str) -> Span:
    if _WIRE.search(paragraph, 0, MAX_DATELINE) is None:
        return 0, 0
    headline = _HEADLINE.match(paragraph)
    found = _DATELINE.match(paragraph) or (headline and _DATELINE.match(paragraph, headline.end()))
    return found.span() if found else (0, 0)


def _tail(paragraph: str, least: int) -> Span:
    """Return the credit in brackets that ends a paragraph, nothing before so many characters."""
    if not paragraph.endswith(_CLOSING):
        return 0, 0
    found = _TAIL.search(paragraph, max(least, len(paragraph) - MAX_TAIL))
    return found.span() if found else (0, 0)


def mark_repeated(posts: Sequence[Post], *, least: int = 5, share: float = 0.05) -> list[Post]:
    """Return the posts with the footers that they share among their boilerplate.

    A footer is one to three closing paragraphs that end posts which begin differently; what every paragraph
    of a post belongs to is none.

    Args:
        posts: those of an archive.
        least: posts, from 2, that a footer ends at least.
        share: of all the posts, 0 to 1, that it ends more than.
    """
    beginnings: dict[str, set[str]] = defaultdict(set)
    for post in posts:
        opening = post.text.partition("\n")[0]
        for start in _closings(post.text):
            beginnings[post.text[start:]].add(opening)
    wanted = max(least, int(share * len(posts)) + 1)
    footers = {closing for closing, openings in beginnings.items() if len(openings) >= wanted}
    return [_with_footer(post, footers) for post in posts]


def _with_footer(post: Post, footers: set[str]) -> Post:
    starts = [start for start in _closings(post.text) if post.text[start:] in footers]
    if not starts:
        return post
    kept = [span for span in post.boilerplate if span[1] <= starts[-1]]
    return replace(post, boilerplate=(*kept, (starts[-1], len(post.text))))


def _closings(text: str) -> Iterator[int]:
    """Yield where the last paragraph begins, the last two, and so on; not the first of all."""
    start = len(text)
    for _ in range(MAX_FOOTER):
        start = text.rfind("\n", 0, start)
        if start < 0:
            return
        if text[start:].strip():
            yield start + 1


def _is_notice(paragraph: str) -> bool:
    if len(paragraph) > MAX_NOTICE:
        return False
    if (len(paragraph) <= MAX_CREDIT and _CREDIT.fullmatch(paragraph)) or _is_filing(paragraph.strip()):
        return True
    if _NOTICE.search(paragraph) is None:
        return False
    return bool(_NOTICE_HEAD.match(paragraph)) or all(map(is_boilerplate, _SENTENCE.findall(paragraph)))


def _is_filing(sentence: str) -> bool:
    return len(sentence) <= MAX_NOTICE and _FILING.fullmatch(sentence) is not None
