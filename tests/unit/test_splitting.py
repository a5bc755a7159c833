"""The splitter on cases that are hard in real posts; the gold was written before the code was mended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from newsml.domain import Sentence, Span
from newsml.text import split_clauses, split_sentences

FIXTURE = Path(__file__).parents[1] / "fixtures" / "splitting.jsonl"
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in FIXTURE.read_text("utf-8").rstrip("\n").split("\n")
]


def places(text: str, pieces: list[str]) -> list[Span]:
    """Return the spans of the pieces, which must follow each other with nothing but white space between."""
    spans: list[Span] = []
    end = 0
    for piece in pieces:
        start = text.index(piece, end)
        assert not text[end:start].strip(), piece
        end = start + len(piece)
        spans.append((start, end))
    assert not text[end:].strip()
    return spans


def offsets(pieces: list[Sentence]) -> list[Span]:
    return [(piece.start, piece.end) for piece in pieces]


def test_there_are_207_cases() -> None:
    assert len({case["text"] for case in CASES}) == 207


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['note']}: {case['text'][:20]!r}")
def test_hard_cases(case: dict[str, Any]) -> None:
    text = case["text"]
    sentences, clauses = split_sentences(text), split_clauses(text)
    assert [piece.text for piece in sentences] == case["sentences"]
    assert [piece.text for piece in clauses] == case["clauses"]
    assert offsets(sentences) == places(text, case["sentences"])
    assert offsets(clauses) == places(text, case["clauses"])
