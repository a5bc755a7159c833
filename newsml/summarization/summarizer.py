"""Extractive summaries by named methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from newsml.domain import Sentence, Summary
from newsml.errors import UsageError
from newsml.summarization.centroid import Centroid
from newsml.summarization.lead import Lead
from newsml.summarization.selection import Budget, choose_spans, joiner_of
from newsml.summarization.textrank import TextRank
from newsml.text import split_sentences


class Summarizer(Protocol):
    """Anything that can say how much each sentence of a text matters."""

    def scores(self, sentences: Sequence[Sentence]) -> list[float]:
        """Return one salience for each sentence; only their order counts."""
        ...


METHODS: Mapping[str, Callable[[], Summarizer]] = MappingProxyType(
    {"lead": Lead, "textrank": TextRank, "centroid": Centroid}
)
"""The methods that need no model, by name."""

AUTO_METHOD = "lead"
"""What ``auto`` stands for: the best of `METHODS` by one-sentence ROUGE on financial news."""


def summarize(
    text: str, *, method: str = "auto", sentences: int | None = None, max_chars: int | None = None
) -> Summary:
    """Summarise a text by its own sentences.

    Args:
        text: any text; a blank one has a summary without spans.
        method: a name in `METHODS`, or ``auto``.
        sentences: number of sentences, 1 or more.
        max_chars: code points of the summary, 1 or more, instead of `sentences`. With neither, a third
            of the sentences, at most three.

    Raises:
        UsageError: a method that does not exist, a length below 1, or both lengths.
    """
    name = AUTO_METHOD if method == "auto" else method
    if name not in METHODS:
        raise UsageError(f"no method '{method}'; there are auto, {', '.join(METHODS)}")
    return extract(text, METHODS[name](), method=name, sentences=sentences, max_chars=max_chars)


def extract(
    text: str,
    summarizer: Summarizer,
    *,
    method: str,
    sentences: int | None = None,
    max_chars: int | None = None,
) -> Summary:
    """Summarise a text by any summarizer; `method` is the name that the summary records.

    Raises:
        UsageError: a length below 1, or both lengths.
    """
    budget = Budget(sentences, max_chars)
    pieces = split_sentences(text)
    spans = choose_spans(text, pieces, summarizer.scores(pieces), budget)
    joiner = joiner_of([text[start:end] for start, end in spans])
    return Summary.from_spans(text, spans, joiner=joiner, method=method)
