"""Extractive summaries by named methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from newsml.boilerplate import news_sentences
from newsml.domain import Sentence, Summary
from newsml.errors import UsageError
from newsml.simplified import simplify
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


def summarize(
    text: str,
    *,
    title: str = "",
    method: str = "auto",
    style: str = "brief",
    sentences: int | None = None,
    max_chars: int | None = None,
) -> Summary:
    """Summarise a text by its own sentences or clauses.

    Args:
        text: any text; a blank one has a summary without spans.
        title: by its editor; a brief of the model prefers what it says.
        method: ``model``, the embedded one, which ``auto`` means; or a name in `METHODS`.
        style: one of `STYLES`; the methods without a model know ``brief`` alone.
        sentences: of a brief, 1 or more.
        max_chars: code points of the summary, 1 or more, instead of `sentences`. With neither, a brief has a
            third of the sentences, at most three.

    Raises:
        UsageError: a method or style that does not exist, a length below 1, or both lengths.
    """
    name, model = choose_method(method, style, embedded)
    if model is not None:
        (summary,) = model.summarize(
            [text], titles=[title], style=style, sentences=sentences, max_chars=max_chars
        )
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
    method: str, style: str, load: Callable[[], SalienceModel]
) -> tuple[str, SalienceModel | None]:
    """Return the name of the method that is used, and the model where it is one.

    Args:
        method: as for `summarize`.
        style: as for `summarize`.
        load: loads the model.

    Raises:
        UsageError: no such method or style, or two that do not go together.
        ModelError: raised by `load`.
    """
    if method not in ("auto", "model", *METHODS):
        raise UsageError(f"no method '{method}'; there are auto, model, {', '.join(METHODS)}")
    check_style(style)
    if method in ("auto", "model"):
        return "model", load()
    if style != "brief":
        raise UsageError(f"the method {method} makes briefs only, no {style}; take the method model")
    return method, None


@cache
def embedded() -> SalienceModel:
    """Return the embedded model, loaded once."""
    from newsml.summarization.model import load_summarizer

    return load_summarizer()


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
    read = simplify(text)
    pieces = news_sentences(read)
    spans = choose_spans(read, pieces, summarizer.scores(pieces), budget)
    joiner = joiner_of([read[start:end] for start, end in spans])
    return Summary.from_spans(text, spans, joiner=joiner, method=method)
