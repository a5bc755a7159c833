"""Texts at the edges of what is a text: every method has a sensible summary of each, or none of nothing."""

from __future__ import annotations

import pytest

from newsml.domain import Summary
from newsml.summarization import METHODS, STYLES, extract, summarize
from newsml.summarization.random import Random
from newsml.text import atom_spans
from tests.conftest import write_jsonl

LONG, SHORTER = 100_000, 20_000
NUMBERED = "".join(f"第{i}批货轮抵达港口" for i in range(LONG // 10))
ODD = {
    "one character": "涨",
    "one mark": "。",
    "a mark that highlights end without": "；",
    "no Chinese": "Shares of Acme Corp. rose 1.5% to $12.08. Analysts were surprised.",
    "Japanese": "日経平均は続伸した。円は対ドルで下落。",
    "punctuation": "？！……，，；。。。——《》（）“”",
    "unclosed": "（（（【【《《““" * 20,
    "emoji": "📈📈🚀 🇨🇳 👨‍👩‍👧 ❤️",
    "emoji and news": "🚀沪指收涨1.5%🚀！📉原油跌2%📉！",
    "digits": "3.14159 1,000,000 12:30 -5%",
    "numbers without end": "0123456789" * 300,
    "control characters": "沪指\x00收涨\x1b[31m。\x7f深成指\u200b收跌。\ufeff",
    "surrogate": "沪指\ud83d收涨。",
    "combining": "e\u0301" * 50 + "。",
    "right to left": "ارتفعت الأسهم اليوم. انخفض النفط.",
    "lines": "沪指收涨\n" * 50,
    "same again": "沪指收涨。" * 500,
    "one sentence": NUMBERED[:LONG],
    "one clause a mark": "沪指收涨，" * (SHORTER // 5),
    "one character again": "涨" * SHORTER,
    "notices without end": "订单增加，\n责任编辑：张三\n" * (SHORTER // 13),
    "marks without end": "，" * SHORTER,
    "brackets without end": "（" * SHORTER,
    # Repetitions within the words of a pattern, each of which can be read in two ways.
    "offices without end": "央行" + "首席高级" * 40 + "表示，股价上涨。",
    "times without end": "近日" * 40 + "发展，股价上涨。",
    "adverbs without end": "他" + "也" * 3000 + "表示，股价上涨。",
}
BUDGETS: list[dict[str, int]] = [{}, {"sentences": 2}, {"max_chars": 20}, {"max_chars": 1}]


def check(text: str, summary: Summary, max_chars: int | None = None) -> None:
    assert summary.text == summary.joiner.join(text[start:end] for start, end in summary.spans) != ""
    if max_chars is not None and len(summary.text) > max_chars:
        assert summary.spans[0] in set(atom_spans(text))  # a number or word that no cut may tear


@pytest.mark.parametrize("budget", BUDGETS, ids=str)
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("method", METHODS)
def test_a_summary_that_stands_in_the_text(method: str, text: str, budget: dict[str, int]) -> None:
    check(text, summarize(text, method=method, **budget), budget.get("max_chars"))


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_chance_too(text: str) -> None:
    check(text, extract(text, Random(), method="random", max_chars=20), 20)


@pytest.mark.parametrize("text", ["", " ", "\n\u3000\t", "\x0b\x1c\u2028"])
@pytest.mark.parametrize("method", METHODS)
def test_nothing_of_nothing(method: str, text: str) -> None:
    assert summarize(text, method=method) == Summary((), "", method=method)


def test_a_mark_or_emoji_is_not_taken_where_there_are_words() -> None:
    assert summarize("🚀🚀🚀\n？！\n沪指收涨。", sentences=1).text == "沪指收涨。"


@pytest.mark.parametrize("style", STYLES)
def test_odd_texts_from_a_file(newsml, tmp_path, style) -> None:
    odd = {name: text for name, text in ODD.items() if len(text) < SHORTER and name != "surrogate"}
    records = [{"id": name, "text": text} for name, text in {**odd, "blank": " ", "empty": ""}.items()]
    outcome = newsml("summarize", write_jsonl(tmp_path / "odd.jsonl", records), "--style", style)
    assert outcome.code == 3  # for the two that hold nothing
    *told, blank, empty = outcome.records
    assert [record["id"] for record in told] == list(odd)
    assert all(record["summary"] and record["error"] is None for record in told)
    assert "has neither title nor text" in blank["error"] and "has neither title nor text" in empty["error"]
    assert len(outcome.err.splitlines()) == 2
