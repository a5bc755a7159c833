"""Extractive summaries by named methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from newsml.boilerplate import news_sentences
from newsml.domain import Sentence, Summary
from newsml.errors import ModelError, UsageError
from newsml.summarization.centroid import Centroid
from newsml.summarization.lead import Lead
from newsml.summarization.selection import Budget, choose_spans, joiner_of
from newsml.summarization.textrank import TextRank

if TYPE_CHECKING:
    from newsml.summarization.model import SalienceModel


class Summarizer(Protocol):
    """Anything that can say how much each sentence of a text matters."""

    def scores(self, sentences: Sequence[Sentence]) -> list[float]:
        """Return one salience for each sentence; only their order counts."""
        ...


STYLES = ("brief", "headline", "highlight")
"""``brief``: whole sentences; ``headline``: clauses, as a title; ``highlight``: what an editor would set in
bold."""

METHODS: Mapping[str, Callable[[], Summarizer]] = MappingProxyType(
    {"lead": Lead, "textrank": TextRank, "centroid": Centroid}
)
"""The methods that need no model, by name."""

FALLBACK = "lead"
"""What ``auto`` is without a model that summarises: the best of `METHODS` by one-sentence ROUGE on financial
news."""


def summarize(
    text: str,
    *,
    method: str = "auto",
    style: str = "brief",
    sentences: int | None = None,
    max_chars: int | None = None,
) -> Summary:
    """Summarise a text by its own sentences or clauses.

    Args:
        text: any text; a blank one has a summary without spans.
        method: ``model``, the embedded one; a name in `METHODS`; or ``auto``, the model where there is one.
        style: one of `STYLES`; the methods without a model know ``brief`` alone.
        sentences: of a brief, 1 or more.
        max_chars: code points of the summary, 1 or more, instead of `sentences`. With neither, a brief has a
            third of the sentences, at most three.

    Raises:
        UsageError: a method or style that does not exist, a length below 1, or both lengths.
        ModelError: the method ``model``, and the embedded model does not summarise.
    """
    name, model = choose_method(method, style, _embedded)
    if model is not None:
        (summary,) = model.summarize([text], style=style, sentences=sentences, max_chars=max_chars)
        return summary
    return extract(text, METHODS[name](), method=name, sentences=sentences, max_chars=max_chars)


def check_style(style: str, budget: Budget | None = None) -> None:
    """Check that there is such a style, and that a length goes with it.

    Raises:
        UsageError: no such style, or a number of sentences for one that is made of clauses.
    """
    if style not in STYLES:
        raise UsageError(f"no style '{style}'; there are {', '.join(STYLES)}")
    if budget is not None and budget.sentences is not None and style != "brief":
        raise UsageError(f"a number of sentences goes with the style brief, not {style}")


def choose_method(
    method: str, style: str, load: Callable[[], SalienceModel | None]
) -> tuple[str, SalienceModel | None]:
    """Return the name of the method that is used, and the model where it is one.

    Args:
        method: as for `summarize`.
        style: as for `summarize`.
        load: loads the model; None where it does not summarise.

    Raises:
        UsageError: no such method or style, or two that do not go together.
        ModelError: the method ``model`` without a model that summarises.
    """
    if method not in ("auto", "model", *METHODS):
        raise UsageError(f"no method '{method}'; there are auto, model, {', '.join(METHODS)}")
    check_style(style)
    model = load() if method in ("auto", "model") else None
    if model is not None:
        return "model", model
    if method == "model" or (method == "auto" and style != "brief"):
        needs = "the method model" if method == "model" else f"the style {style}"
        raise ModelError(f"the model does not summarise, as {needs} needs")
    if style != "brief":
        raise UsageError(f"the method {method} makes briefs only, no {style}; take the method model")
    return FALLBACK if method == "auto" else method, None


@cache
def _embedded() -> SalienceModel | None:
    from newsml.model.reader import load_reader
    from newsml.summarization.model import SalienceModel

    reader = load_reader()
    return SalienceModel(reader) if reader.salience else None


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
    pieces = news_sentences(text)
    spans = choose_spans(text, pieces, summarizer.scores(pieces), budget)
    joiner = joiner_of([text[start:end] for start, end in spans])
    return Summary.from_spans(text, spans, joiner=joiner, method=method)
