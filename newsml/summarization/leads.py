"""Which sentences of a text say what it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsml.domain import Sentence
from newsml.summarization.selection import usable

LEAD, RESULTS = 1.5, 4.0
"""Log-odds that the first sentence, and a company's results, get besides those of the model. Gold of long
texts are their theses, which seldom tell results; a reader misses them first of all."""

VIEW = 2.0
"""The same of a report's rating or target price."""

PASSED_OVER = -3.0
"""The same of what tells nothing by itself: a question, a short heading, that a report is out."""

MAX_HEADING = 20
"""Characters of a sentence without figures that may be the heading of those after it."""

# That a report is out; with `results`, that a company's results are, which are told after it.
_IS_OUT = re.compile(
    r"[^；;。%％亿]{0,60}(?:发布|公布|披露)(?:[^；;。%％亿]{0,40}"
    r"(?:(?P<results>[年季中]报|年度报告|季度报告|业绩(?:预告|快报))|报告)"
    r"|[^；;。，,%％亿]{0,20}(?P<figures>(?:经营|销售|运营)(?:数据|情况|简报)))[。！]?"
)
_CHANGE = re.compile(r"\d[%％]")
_FORECAST = re.compile(r"预[计测].{0,12}\d{2,4}E?\s?[-~—～至]\s?\d{2,4}")
_VIEW = re.compile(
    r"目标价(?!格)|(?:维持|给予|首次覆盖|[上下]调)[^，。；]{0,12}(?<!信用)(?<!主权)评级|评级[：:]"
    r"|(?:维持|给予)[^，。；]{0,6}[“\"](?:买入|增持|推荐|中性|减持)[”\"]"
)
_EVENT = re.compile(r"公司|董事|被|拟|宣布|公告|[一二两三四五六七八九十]")


def weigh_leads(sentences: Sequence[Sentence]) -> dict[int, float]:
    """Return log-odds by which sentences are preferred or, below 0, passed over, by their indices.

    Preferred is the first usable sentence that tells more than that a report is out; of a report on a company
    also the first that tells its revenue and profit and the last with a rating or target price. Passed over
    are questions, that results are out and, in such a report, headings.
    """
    candidates = usable(sentences)
    texts = {i: sentences[i].text for i in candidates}
    results = next((i for i, text in texts.items() if _tells_results(text)), None)
    out = {i: found for i, text in texts.items() if (found := _IS_OUT.fullmatch(text))}
    weights = {
        i: PASSED_OVER
        for i, text in texts.items()
        if text.endswith("？")
        or (i in out and (out[i]["results"] or out[i]["figures"]))
        or (results is not None and _is_heading(text))
    }
    first = next((i for i in candidates if i not in out and i not in weights), None)
    weights |= {first: LEAD} if first is not None else {}
    if results is not None:
        weights |= dict.fromkeys([i for i, text in texts.items() if _VIEW.search(text)][-1:], VIEW)
        weights[results] = RESULTS
    return weights


def _tells_results(sentence: str) -> bool:
    revenue = "营收" in sentence or "收入" in sentence
    told = revenue and "净利" in sentence and _CHANGE.search(sentence) is not None
    return told and not _FORECAST.search(sentence)


def _is_heading(sentence: str) -> bool:
    tells = re.search(r"\d", sentence) or _EVENT.search(sentence) or _VIEW.search(sentence)
    return len(sentence) <= MAX_HEADING and not tells
