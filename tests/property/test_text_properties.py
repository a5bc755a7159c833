"""What holds of the pieces of any text."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsml.domain import Sentence
from newsml.text import normalise_space, split_clauses, split_sentences

WORDS = [
    "晨光科技",
    "公告",
    "的",
    "说。",
    "4.15亿",
    "3,000万",
    "-1.5%",
    "08:30",
    "1：10",
    "49，779，255",
    "1.",
    "U.S.",
]
WORDS += ["No.1", "Inc.", "ABC.N", "it's", "https://example.com/a?b=1,2;c", "……", "...", "\r\n"]
FRAGMENTS = st.sampled_from([*WORDS, *'“”（）()《》【】"‘’。！？.!?，；：、,:\n \u3000'])
TEXTS = st.one_of(st.lists(FRAGMENTS, max_size=60).map("".join), st.text(max_size=80))
SPLITTERS = pytest.mark.parametrize("split", [split_sentences, split_clauses])

TORN = re.compile(r"[0-9A-Za-z]{2}|[0-9][.,:：][0-9]")


@SPLITTERS
@settings(deadline=None)
@given(text=TEXTS)
def test_offsets_and_coverage(split: Callable[[str], list[Sentence]], text: str) -> None:
    end = 0
    for piece in split(text):
        assert piece.text == text[piece.start : piece.end] == piece.text.strip() != ""
        assert not text[end : piece.start].strip()
        assert not re.search(r"(?<![，、])(?<![，、]\r)\n", piece.text)
        assert piece.start >= end
        end = piece.end
    assert not text[end:].strip()


@SPLITTERS
@settings(deadline=None)
@given(text=TEXTS)
def test_no_number_or_word_is_torn(split: Callable[[str], list[Sentence]], text: str) -> None:
    for piece in split(text):
        for edge in (piece.start, piece.end):
            assert not TORN.fullmatch(text[max(edge - 1, 0) : edge + 1]), (text, edge)
            assert not re.match(r"[0-9][.,:：][0-9]", text[max(edge - 2, 0) : edge + 1]), (text, edge)


@settings(deadline=None)
@given(text=TEXTS)
def test_clauses_lie_within_sentences(text: str) -> None:
    ends = {piece.end for piece in split_clauses(text)}
    assert {piece.end for piece in split_sentences(text)} <= ends


@settings(deadline=None)
@given(text=TEXTS)
def test_normalise_space_is_idempotent(text: str) -> None:
    once = normalise_space(text)
    assert normalise_space(once) == once
    assert "".join(once.split()) == "".join(text.split())


PLAIN = st.lists(st.sampled_from(["晨光科技", "公告", "营收4.15亿元", "增长3%", "，", "、"]), min_size=1).map(
    "".join
)


@settings(deadline=None)
@given(sentences=st.lists(PLAIN.filter(lambda body: body.strip("，、")), max_size=8))
def test_plain_sentences_are_found_again(sentences: list[str]) -> None:
    wanted = [body.rstrip("，、").lstrip("，、") + "。" for body in sentences]
    assert [piece.text for piece in split_sentences("".join(wanted))] == wanted
