"""The method ``model``: texts -> summaries in any style, by one pass of a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from newsml.boilerplate import news_clauses, news_sentences
from newsml.domain import Sentence, Span, Summary
from newsml.errors import ModelError, UsageError
from newsml.model.layout import EMBEDDED
from newsml.model.reader import MAX_TOKENS, Reader, load_reader
from newsml.model.salience import Salience
from newsml.simplified import simplify
from newsml.summarization.leads import weigh_leads, weigh_title
from newsml.summarization.salient import choose_headline, choose_highlight
from newsml.summarization.selection import Budget, choose_spans, is_title, joiner_of
from newsml.summarization.summarizer import check_style

UNREAD = -1e9  # salience of what the model did not read


class SalienceModel:
    """Summarises texts with one model.

    Args:
        reader: runs the network.

    Raises:
        ModelError: the model does not summarise.
    """

    def __init__(self, reader: Reader) -> None:
        if reader.salience is None:
            raise ModelError(f"{reader.name} classifies only; take one that summarises, such as topics")
        self.reader = reader

    def summarize(
        self,
        texts: Iterable[str],
        *,
        titles: Sequence[str] | None = None,
        style: str = "brief",
        sentences: int | None = None,
        max_chars: int | None = None,
        batch_size: int = 16,
        max_tokens: int = MAX_TOKENS,
    ) -> list[Summary]:
        """Summarise texts.

        Args:
            texts: the texts, of any length.
            titles: of the texts, one each or empty; None for none. A brief prefers what its title says.
            style: one of `STYLES`.
            sentences: of a brief, 1 or more.
            max_chars: code points of a summary, 1 or more, instead of `sentences`.
            batch_size: windows in a batch, in PyTorch.
            max_tokens: read at most so many tokens of a text, spread over the whole of it.

        Raises:
            UsageError: one string in the place of several, not as many titles as texts, no such style, or a
                number out of range.
        """
        check_style(style, Budget(sentences, max_chars))
        texts = texts if isinstance(texts, str) else list(texts)
        if isinstance(titles, str) or (titles is not None and len(titles) != len(texts)):
            raise UsageError("titles: a list of strings is wanted, one for each text")
        encoded = self.reader.encode(texts, max_tokens, places=True)
        saliences = self.reader.saliences(encoded, batch_size)
        return [
            summarize_by_salience(
                text, salience, title=title, style=style, sentences=sentences, max_chars=max_chars
            )
            for text, title, salience in zip(texts, titles or [""] * len(texts), saliences, strict=True)
        ]


def load_summarizer(name: str = EMBEDDED, *, device: str = "auto", threads: int = 0) -> SalienceModel:
    """Load a model that summarises; see `load_reader` for the arguments.

    Raises:
        ModelError: no such model, one that is broken, or one that does not summarise.
        UsageError: no such device, or PyTorch is needed and not installed.
    """
    return SalienceModel(load_reader(name, device=device, threads=threads))


def summarize_by_salience(
    text: str,
    salience: Salience,
    *,
    title: str = "",
    style: str = "brief",
    sentences: int | None = None,
    max_chars: int | None = None,
) -> Summary:
    """Summarise a text by what a model said of it; see `SalienceModel.summarize`."""
    budget = Budget(sentences, max_chars)
    check_style(style, budget)
    read = simplify(text)
    pieces = news_sentences(read)
    spans: list[Span] = []
    if style != "brief":
        clauses = [(clause.start, clause.end) for clause in news_clauses(read, pieces)]
        if style == "headline":
            spans = choose_headline(read, clauses, salience, max_chars)
        elif run := choose_highlight(read, clauses, salience, max_chars):
            spans = [run]
    if not spans:  # also where no clause fits
        whole = budget if style == "brief" or max_chars is not None else Budget(sentences=1)
        # Of a budget of characters a lead might take all.
        spans = choose_spans(
            read, pieces, score_sentences(pieces, salience, title=title, leads=not whole.max_chars), whole
        )
    joiner = " " if style == "headline" else joiner_of([read[start:end] for start, end in spans])
    summary = Summary.from_spans(text, spans, joiner=joiner, style=style, method="model")
    return replace(summary, tokens=salience.tokens, tokens_read=salience.tokens_read)


def score_sentences(
    sentences: Sequence[Sentence], salience: Salience, *, title: str = "", leads: bool = True
) -> list[float]:
    """Return the log-odds that each sentence belongs in a brief.

    Args:
        sentences: of a text that was simplified, in order.
        salience: of the text.
        title: of the text, for `weigh_title`; if empty, the one in 【】 that the text begins with counts.
        leads: whether `weigh_leads` counts too.
    """
    scores = np.nan_to_num(salience.of("brief", [(s.start, s.end) for s in sentences]), nan=UNREAD)
    if not title and sentences and is_title(sentences[0].text):
        title = sentences[0].text
    title = simplify(title)
    scores += weigh_title(sentences, title)
    for index, weight in (weigh_leads(sentences, title) if leads else {}).items():
        scores[index] += weight
    return [float(score) for score in scores]
