"""Faults of extracts on cases whose gold was written by hand, and their repair."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import pytest

from newsml.domain import Span
from newsml.simplified import simplify
from newsml.summarization import METHODS, summarize
from newsml.summarization.faults import FaultKind
from newsml.summarization.integrity import MAX_NEEDED, Dependencies, find_faults, repair
from newsml.text import split_clauses, split_sentences

FIXTURE = Path(__file__).parents[1] / "fixtures" / "integrity.jsonl"
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in FIXTURE.read_text("utf-8").rstrip("\n").split("\n")
]


def read_marked(marked: str) -> tuple[str, list[Span]]:
    """Return a text, simplified, and the spans that ⟦⟧ marks in it."""
    text, spans = "", []
    for index, part in enumerate(simplify(marked).replace("⟧", "⟦").split("⟦")):
        if index % 2:
            spans.append((len(text), len(text) + len(part)))
        text += part
    return text, spans


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['note']}: {case['marked'][:24]}")
def test_faults(case: dict[str, Any]) -> None:
    text, spans = read_marked(case["marked"])
    found = sorted([fault.kind, text[fault.start : fault.end]] for fault in find_faults(text, spans))
    assert found == sorted(case["faults"])


def test_the_cases_hold_faults_and_traps_of_every_kind() -> None:
    kinds = [kind for case in CASES for kind, _ in case["faults"]]
    assert len(CASES) >= 100
    assert {kind: kinds.count(kind) >= 15 for kind in set(kinds)} == dict.fromkeys(get_args(FaultKind), True)
    assert sum(not case["faults"] for case in CASES) >= 40


@pytest.mark.parametrize(
    "text", ["", "。", "\n", "称", "称，", "“", "”他说。", "其", "不", "🚀", "1", "：表示：“"]
)
def test_odd_texts_whole_and_empty_have_no_faults(text: str) -> None:
    assert find_faults(text, []) == []
    assert find_faults(text, [(0, len(text))] if text else []) == []


def test_all_of_a_text_has_no_fault() -> None:
    for case in CASES:
        text, _ = read_marked(case["marked"])
        assert find_faults(text, [(0, len(text))]) == []
        assert find_faults(text, [(piece.start, piece.end) for piece in split_clauses(text)]) == []


TEXT = "晨光科技公布年报。该公司营收增长三成。其股价涨停。董事长表示，订单充足，产能将翻番。央行今日降准。"


def within(pieces: Sequence[Any], max_chars: int) -> Any:
    return lambda chosen: sum(len(pieces[i].text) for i in chosen) <= max_chars


@pytest.mark.parametrize(
    ("chosen", "max_chars", "repaired"),
    [
        ([0], 99, [0]),
        ([1], 99, [0, 1]),
        ([2], 99, [0, 1, 2]),
        ([2, 4], 20, [4]),  # what needs too much is avoided
        ([4, 1], 20, [4]),
        ([1, 4], 30, [0, 1, 4]),
        ([2], 10, [2]),  # better than nothing
        ([], 99, []),
    ],
)
def test_repair_of_sentences(chosen: list[int], max_chars: int, repaired: list[int]) -> None:
    pieces = split_sentences(TEXT)
    assert repair(Dependencies(TEXT, pieces), chosen, within(pieces, max_chars)) == repaired


def test_repair_of_clauses_brings_the_speaker() -> None:
    pieces = split_clauses(TEXT)
    texts = [piece.text for piece in pieces]
    chosen = [texts.index("产能将翻番。")]
    assert [texts[i] for i in repair(Dependencies(TEXT, pieces), chosen, within(pieces, 99))] == [
        "董事长表示，",
        "产能将翻番。",
    ]


def test_repair_brings_the_denial_or_leaves_out_the_claim() -> None:
    text = "网传晨光科技停产。晨光科技称，消息不实，订单充足。央行今日降准。"
    pieces = split_clauses(text)
    texts = [piece.text for piece in pieces]
    chosen = [0, texts.index("央行今日降准。")]

    def repaired(max_chars: int) -> list[str]:
        return [texts[i] for i in repair(Dependencies(text, pieces), chosen, within(pieces, max_chars))]

    assert repaired(99) == ["网传晨光科技停产。", "晨光科技称，", "消息不实，", "央行今日降准。"]
    assert repaired(12) == ["央行今日降准。"]


def test_a_piece_pulls_in_few_others() -> None:
    text = "晨光科技停产。" + "此外，股价下跌。" * (MAX_NEEDED + 1)
    dependencies = Dependencies(text, split_sentences(text))
    assert dependencies.group(MAX_NEEDED) == list(range(MAX_NEEDED + 1))
    assert dependencies.group(MAX_NEEDED + 1) is None
    assert dependencies.group(MAX_NEEDED + 1, {1}) == list(range(2, MAX_NEEDED + 2))


def test_repaired_extracts_have_no_fault_where_there_is_room() -> None:
    draw = random.Random(3)
    for case in CASES:
        text, _ = read_marked(case["marked"])
        for pieces in (split_sentences(text), split_clauses(text)):
            chosen = draw.sample(range(len(pieces)), 1)
            kept = repair(Dependencies(text, pieces), chosen, lambda _: True)
            assert set(chosen) <= set(kept)
            faults = find_faults(text, [(pieces[i].start, pieces[i].end) for i in kept])
            assert not [fault for fault in faults if fault.kind not in ("number", "negation")], text


@pytest.mark.parametrize("method", METHODS)
def test_summaries_begin_with_no_anaphor(method: str) -> None:
    text = "晨光科技公布年报。" + TEXT * 2
    for sentences in (1, 2, 3):
        summary = summarize(text, method=method, sentences=sentences)
        assert len(summary.spans) == sentences
        assert find_faults(text, summary.spans) == []


def test_as_many_sentences_as_asked_for_even_if_they_need_others() -> None:
    text = "晨光科技年报\n其营收增长三成。"  # no heading is ever taken
    assert summarize(text, sentences=1).text == "其营收增长三成。"


def test_a_result_needs_the_company_in_a_headline() -> None:
    text = "翠屏酒业披露年报，全年营收17亿元，比上年多5%；归母净利润8亿元，比上年多3%。"
    pieces = split_clauses(text)
    names = [piece.text for piece in pieces]
    dependencies = Dependencies(text, pieces, named=True)
    for result in ("归母净利润8亿元，",):
        assert 0 in dependencies.group(names.index(result), set())
