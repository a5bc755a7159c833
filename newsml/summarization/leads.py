"""Which sentences of a text say what it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from newsml.domain import Sentence
from newsml.summarization.selection import usable

# That a report is out; with `results`, that a company's results are, which are told after it.
_IS_OUT = re.compile(
    r"[^；;。%％亿]{0,60}(?:发布|公布|披露)[^；;。%％亿]{0,40}"
    r"(?:(?P<results>[年季中]报|年度报告|季度报告|业绩(?:预告|快报))|报告)[。！]?"
)
_CHANGE = re.compile(r"\d[%％]")


def weigh_leads(sentences: Sequence[Sentence]) -> dict[int, int]:
    """Return the indices of sentences to be preferred, with 1, and of those to be passed over, with -1.

    Preferred are the first usable sentence that tells more than that a report is out, and the first that
    tells a company's revenue and profit; passed over is that its results are out.
    """
    candidates = usable(sentences)
    out = {i: found for i in candidates if (found := _IS_OUT.fullmatch(sentences[i].text))}
    first = next((i for i in candidates if i not in out), None)
    results = next((i for i in candidates if _tells_results(sentences[i].text)), None)
    weights = {i: -1 for i, found in out.items() if found["results"]}
    return weights | {i: 1 for i in (first, results) if i is not None}


def _tells_results(sentence: str) -> bool:
    revenue = "营收" in sentence or "收入" in sentence
    return revenue and "净利" in sentence and _CHANGE.search(sentence) is not None
