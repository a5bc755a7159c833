"""What holds of the summary of any text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from newsml.domain import Summary
from newsml.summarization import METHODS, summarize
from newsml.text import atom_spans, split_sentences

WORDS = ["晨光科技", "公告", "营收", "增长", "派息", "工厂", "4.15亿", "3,000万", "1.5%", "ABC.N", "Mini LED"]
WORDS += [
    "https://example.com/a",
    "责任编辑：张三",
    "（晨光社）",
    "Nestle\u0301",
    "1\u200b2",
    "\u2003",
    "\x1c",
]
FRAGMENTS = st.sampled_from([*WORDS, *"。。！？，，；：“”（）【】 \n"])
TEXTS = st.one_of(st.lists(FRAGMENTS, max_size=50).map("".join), st.text(max_size=60))
NAMES = st.sampled_from(sorted(METHODS))


def _check(text: str, summary: Summary) -> None:
    assert summary.text == summary.joiner.join(text[start:end] for start, end in summary.spans)
    assert summary.joiner in ("", " ")
    last = 0
    for start, end in summary.spans:
        assert last <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]
        last = end
    assert bool(summary.text) == bool(text.strip())
    edges = {edge for span in summary.spans for edge in span}
    for start, end in atom_spans(text):
        assert edges.isdisjoint(range(start + 1, end)), text[start:end]


@settings(deadline=None)
@given(text=TEXTS, method=NAMES, count=st.integers(1, 6))
def test_sentence_budget(text: str, method: str, count: int) -> None:
    summary = summarize(text, method=method, sentences=count)
    _check(text, summary)
    assert len(summary.spans) <= count
    assert set(summary.spans) <= {(piece.start, piece.end) for piece in split_sentences(text)}


@settings(deadline=None)
@given(text=TEXTS, method=NAMES)
def test_default_budget(text: str, method: str) -> None:
    summary = summarize(text, method=method)
    _check(text, summary)
    assert len(summary.spans) <= 3


@settings(deadline=None)
@given(text=TEXTS, method=NAMES, max_chars=st.integers(1, 60))
def test_character_budget(text: str, method: str, max_chars: int) -> None:
    summary = summarize(text, method=method, max_chars=max_chars)
    _check(text, summary)
    if len(summary.text) > max_chars:  # only where nothing else is left: one atom, too long but whole
        assert summary.spans[0] in set(atom_spans(text))
        assert min(end - start for start, end in atom_spans(text)) > max_chars
