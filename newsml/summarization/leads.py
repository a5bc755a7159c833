"""Which sentences of a text say what it is about."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice

from newsml.domain import Sentence
from newsml.summarization.selection import is_title, points, usable
from newsml.text import char_ngrams

LEAD, EVENT, RESULTS = 1.5, 3.0, 4.0
"""Log-odds that the first sentence gets besides those of the model, that one gets which tells what a report
is about, and a company's results. Gold of long texts are their theses, which seldom tell either; a reader
misses them first of all."""

VIEW = 3.5
"""The same of a report's rating or target price."""

UNFIT, PASSED_OVER = -1.5, -3.0
"""The same of a sentence with a number of a list before it or figures that have lost digits, and of what
tells nothing by itself: a question, a short heading, that a report is out, what is torn from a longer one."""

TITLE, LEAST_SHARED = 5.0, 0.2
"""The same of the sentence that says most of what its title says, if it says this share of it; less of others
in proportion."""

REPORT = 6
"""Usable sentences of a text that may be a broker report though it tells no results."""

MAX_HEADING = 20
"""Characters of a sentence without figures that may be the heading of those after it."""

# That a report is out; with `results`, that a company's results are, which are told after it.
_IS_OUT = re.compile(
    r"[^；;。%％亿]{0,60}(?:发布|公布|公告|披露)(?:[^；;。%％亿]{0,40}"
    r"(?:(?P<results>[年季中财]报|年度报告|季度报告|业绩(?:预告|快报|公告)?)|报告)"
    r"|[^；;。，,%％亿]{0,20}(?P<figures>(?:(?:经营|销售|运营)(?:数据|情况|简报)|数据快报)))[。！]?"
)
_HELD = re.compile(
    r"[^，。；;]{0,50}(?:举行|召开)[^，。；;]{0,40}(?:会议?|论坛)(?:，?(?:介绍|通报)[^，。；;]{0,20})?。"
)
_EVENT_HEADING = r"(?:最新|重大)?事件(?:描述|概述|点评|回顾)?"
_HEADING, _HEADED = re.compile(rf"{_EVENT_HEADING}[:：]?"), re.compile(rf"{_EVENT_HEADING}[:：].{{10}}")
_PASSED = re.compile(
    r"[^，。；;]{0,30}召开[^。；;%％亿]{2,40}(?:会议?|大会)[^。；;%％亿]{0,40}审议通过[^。；;%％亿]{0,60}议案[》”]?。"
)
_AMOUNT = re.compile(r"\d\s?(?:[万亿元股%％]|美元|港元|欧元)")
_ASKED = re.compile(
    r"(?:媒体?|记者|网友|投资者|分析师)[^，。；;]{0,12}(?:提问|追问|(?<!答记者)(?<!访)问道?)(?:称|道)?[，,：:]"
)
_ANSWERED = re.compile(r"回应|回答|答[复称道]|答[:：]|表示|指出|强调")
_TOLD = re.compile(r"[^。；;]{0,30}(?:公告|发布|披露|公布|签订)")
_CHANGE = re.compile(r"\d[%％]")
_QUARTER = re.compile(r".{0,12}(?:单季|[Qq][1-4](?!.{0,4}业绩)|第[一二三四]季度)")
_PROFIT, _REVENUE = "净利(?!率)", "营收|收入"
_FORECAST = re.compile(
    r"预[计测].{0,12}\d{2,4}E?\s?[-~—～至]\s?\d{2,4}|^(?!.*(?:预告|快报)).*预[计测期].{0,20}净利"
    r"|[上下]调.{0,20}(?:盈利|营收|净利|20\d\d)"
)
_VIEW = re.compile(
    r"目标价(?!格)|(?:维持|给予|首次覆盖|[上下]调)[^，。；]{0,12}(?<!信用)(?<!主权)评级|评级[：:]"
    r"|(?:维持|给予)[^，。；]{0,6}[“\"](?:买入|增持|推荐|中性|减持)[”\"]"
)
_EVENT = re.compile(r"公司|董事|被|拟|宣布|公告|[一二两三四五六七八九十]")
_ITEM = re.compile(
    r"\w{0,6}[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})[）)](?!\d)|[①-⑳]"
    r"|[一二三四五六七八九十]{1,2}、|\d{1,2}[、.．](?!\d)"
)
_NUMBERING = re.compile(r"(?<=[：:；;，,。、])\s?(?:\d{1,2}|[a-z一二三四五六七八九十])[）)]")
_LOST = re.compile(r"(?<![\da-zA-Z.．])[.．]\d|\d\.[%％]|(?<!\d)20\d年")
_BRACKETS = (("“", "”"), ("《", "》"), ("（", "）"), ("(", ")"), ("【", "】"), ("「", "」"))


def weigh_leads(sentences: Sequence[Sentence], title: str = "") -> dict[int, float]:
    """Return log-odds by which sentences are preferred or, below 0, passed over, by their indices.

    Preferred is the first usable sentence that tells more than that a report is out or a meeting was held,
    of what the title says if one does, most of all one that tells of an event; of a filing its first amount;
    of a report on a company also its results and, where none of these has one, the last with a rating or
    target price. Passed over are questions, that results are out or a motion was passed, items of a list,
    pieces of a longer sentence, figures that have lost digits and, in such a report, headings.

    Args:
        sentences: of a text, in order.
        title: of it, by an editor; empty where there is none.
    """
    texts = {i: sentences[i].text for i in usable(sentences)}
    results = _results(texts)
    out = {i: found for i, text in texts.items() if (found := _IS_OUT.fullmatch(text))}
    empty = {
        i
        for i, text in texts.items()
        if (i in out and (out[i]["results"] or out[i]["figures"]))
        or (results and _is_heading(text))
        or _PASSED.fullmatch(text)
    }
    torn = {i for i, text in texts.items() if text.endswith(("？", "，")) or not _is_closed(text)}
    torn |= questions(sentences) & texts.keys()
    damaged = {i for i, text in texts.items() if _LOST.search(text)}
    items = {i for i, text in texts.items() if _ITEM.match(text)}
    if items and min(items) == min(texts):  # a list throughout
        items = set()
    weights = dict.fromkeys(damaged | items, UNFIT) | dict.fromkeys(empty | torn, PASSED_OVER)

    shares = _shares(sentences, title)
    titled = (
        {i for i, share in enumerate(shares) if share} if max(shares, default=0) >= LEAST_SHARED else texts
    )
    unfit = empty | torn | damaged | out.keys()
    telling = [i for i in texts if i not in unfit and not _HELD.fullmatch(texts[i])]
    for first in islice((*(i for i in telling if i in titled), *telling), 1):
        weights[first] = EVENT if _TOLD.match(texts[first]) else LEAD
    told = (i for i in texts if i not in out and _tells_event(sentences, i))
    amounts = (i for i in sorted(points(sentences)) if i in texts and _AMOUNT.search(texts[i]))
    for preferred in (told, amounts):
        weights |= dict.fromkeys(islice(preferred, 1), EVENT)
    weights |= dict.fromkeys(results, RESULTS)
    views = [i for i, text in texts.items() if _VIEW.search(text)]
    report = bool(results) or len(texts) >= REPORT
    if report and not any(weights.get(i, 0) > 0 for i in views):
        weights |= dict.fromkeys(views[-1:], VIEW)
    return weights


def weigh_title(sentences: Sequence[Sentence], title: str) -> list[float]:
    """Return log-odds by which sentences are preferred that say what their title says.

    Args:
        sentences: of a text, in order.
        title: by an editor; if it has nothing of the text, no sentence is preferred.

    Source: Edmundson 1969, "New Methods in Automatic Extracting" (the title method).
    """
    shares = _shares(sentences, title)
    most = max([LEAST_SHARED, *shares])
    return [TITLE * share / most for share in shares]


def _shares(sentences: Sequence[Sentence], title: str) -> list[float]:
    """Return the share of the title's character bigrams that each sentence has, of a title in 【】 0.

    A bigram weighs the more the fewer sentences have it; one alone is too little.

    Source: Spärck Jones 1972, "A Statistical Interpretation of Term Specificity and Its Application in
    Retrieval" (the weights).
    """
    if not (wanted := set(char_ngrams(title))):
        return [0.0] * len(sentences)
    shared = [set() if is_title(s.text) else wanted.intersection(char_ngrams(s.text)) for s in sentences]
    counts = Counter(gram for grams in shared for gram in grams)
    worth = {gram: math.log((1 + len(sentences)) / max(counts[gram], 1)) for gram in wanted}
    whole = sum(worth.values())
    return [sum(map(worth.__getitem__, grams)) / whole if len(grams) > 1 else 0.0 for grams in shared]


def questions(sentences: Sequence[Sentence]) -> set[int]:
    """Return the indices of the sentences that tell what somebody asks, up to the answer."""
    asked: set[int] = set()
    asking = False
    for i, sentence in enumerate(sentences):
        found = _ASKED.search(sentence.text)
        asking = bool(found) or (asking and not _ANSWERED.search(sentence.text))
        asked |= {i} if asking else set()
    return asked


def _results(texts: Mapping[int, str]) -> list[int]:
    """Return the indices of the sentences that tell a company's results.

    The first that tells revenue and profit, or the first two in a row, of the whole period before those of a
    quarter; else the first that tells the profit.
    """
    profits = [i for i, text in texts.items() if _tells(text, _PROFIT)]
    whole = [i for i in profits if not _QUARTER.match(texts[i])] or profits
    for i in whole:
        if _tells(texts[i], _REVENUE):
            return [i]
        before = texts.get(i - 1, "")
        if _tells(before, _REVENUE) and not _tells(before, _PROFIT):
            return [i - 1, i]
    return whole[:1]


def _tells(sentence: str, figure: str) -> bool:
    """Say whether a sentence tells how a figure has changed, not how it is expected to in years to come."""
    told = re.search(rf"(?:{figure})[^，。；;]{{0,16}}\d", sentence) and _CHANGE.search(sentence)
    return bool(told) and not _FORECAST.search(sentence)


def _is_closed(sentence: str) -> bool:
    """Say whether every bracket that opens closes, those of a list (`1）`) apart."""
    item = _ITEM.match(sentence)
    bare = _NUMBERING.sub("", sentence[item.end() :] if item else sentence)
    return all(bare.count(opening) == bare.count(closing) for opening, closing in _BRACKETS)


def _tells_event(sentences: Sequence[Sentence], index: int) -> bool:
    """Say whether a sentence follows the heading 事件, or begins with it."""
    headed = index > 0 and _HEADING.fullmatch(sentences[index - 1].text)
    return bool(headed or _HEADED.match(sentences[index].text))


def _is_heading(sentence: str) -> bool:
    tells = re.search(r"\d", sentence) or _EVENT.search(sentence) or _VIEW.search(sentence)
    return len(sentence) <= MAX_HEADING and not tells
