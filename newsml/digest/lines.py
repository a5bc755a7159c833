"""Posts -> the lines that tell them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from newsml.digest.salience import measure_salience
from newsml.digest.telling import tell
from newsml.domain import Line, Post, Span
from newsml.model.reader import MAX_TOKENS
from newsml.model.salience import Salience
from newsml.simplified import simplify
from newsml.summarization import METHODS, Summarizer, choose_method, embedded
from newsml.summarization.fragments import LEADS
from newsml.summarization.integrity import find_faults
from newsml.summarization.model import SalienceModel, score_sentences
from newsml.summarization.salient import chances, choose_highlight
from newsml.summarization.trimming import names_speaker
from newsml.text import char_ngrams, split_clauses

LineWriter = Callable[[Sequence[Post]], Sequence[Line]]
"""Tells posts in one line each, in order."""

WHOLE = 0.9
"""Share of a line from which on bold marks nothing."""

AT_ONCE = 256
"""Posts that a model reads before their lines are written."""

Run = tuple[str, bool]
"""A piece of a line, and whether it is bold."""

_SOURCE = re.compile(r"(?:监测|统计|测算|公布|发布|表明|提出|获悉|数据)\Z")


def write_lines(
    posts: Sequence[Post],
    method: str = "auto",
    *,
    model: SalienceModel | None = None,
    batch_size: int = 16,
    max_tokens: int = MAX_TOKENS,
) -> list[Line]:
    """Tell each post in one line.

    Without a model, the clause is bold that shares most with the post's title, or else with its text.

    Args:
        posts: what to tell.
        method: as for `newsml.summarize`.
        model: that tells them, by the method ``model``; None for the embedded one.
        batch_size: windows in a batch, in PyTorch.
        max_tokens: read at most so many tokens of a post, spread over the whole of it.

    Raises:
        UsageError: no such method.
    """
    name, found = choose_method(method, "brief", lambda: model or embedded())
    if found is None:
        return [_write_line(post, METHODS[name](), name) for post in posts]
    lines: list[Line] = []
    for start in range(0, len(posts), AT_ONCE):
        read = posts[start : start + AT_ONCE]
        encoded = found.reader.encode([post.model_input for post in read], max_tokens, places=True)
        lines += map(line_by_salience, read, found.reader.saliences(encoded, batch_size))
    return lines


def _write_line(post: Post, summarizer: Summarizer, method: str) -> Line:
    summary = tell(post.text, summarizer.scores, method)
    text = simplify(post.text)
    common = Counter(char_ngrams(simplify(post.title) or text))
    clauses = _common(_clauses(text), summary.spans)
    bold = max(clauses, key=lambda span: _likeness(text[slice(*span)], common), default=None)
    return Line(summary, (bold,) if bold else (), measure_salience(post))


def line_by_salience(post: Post, salience: Salience) -> Line:
    """Tell a post in one line, in bold what an editor would highlight of it.

    Where that lies outside the line, is nearly all of it or only names a speaker, the line's likeliest clause
    for a headline is bold.

    Args:
        post: what to tell.
        salience: what a model said of its ``model_input``.
    """
    text, places = simplify(post.text), post.news_places
    salience = salience.moved(len(post.model_input) - len(places), places)
    summary = tell(
        post.text, lambda sentences: score_sentences(sentences, salience, title=post.title), "model"
    )
    clauses = _clauses(text)
    told = _common(clauses, summary.spans)
    run = choose_highlight(text, clauses, salience)
    bold = _common(summary.spans, [run]) if run else []
    odds = chances(salience.of("headline", told))
    whole = _size(bold) > WHOLE * _size(summary.spans)
    if told and (whole or all(_introduces(text, span) for span in bold)):
        likely = odds - np.array([_introduces(text, span) for span in told])
        bold = _common(summary.spans, [_whole_thought(text, told, int(likely.argmax()))])
    return Line(summary, tuple(bold), measure_salience(post, float(odds.max(initial=0.0))))


def _whole_thought(text: str, clauses: Sequence[Span], best: int) -> Span:
    """Return the run around the best clause that tells whose and what it is; the clause where all would."""
    begin, end = clauses[0][0], clauses[-1][1]
    line = text[begin:end]
    first = last = best
    while faults := find_faults(line, [(clauses[first][0] - begin, clauses[last][1] - begin)]):
        opening = faults[0].kind == "opening" and last + 1 < len(clauses)
        first, last = (first, last + 1) if opening else (first - 1, last)
        if first < 0:
            return clauses[best]
    run = clauses[first][0], clauses[last][1]
    return clauses[best] if run[1] - run[0] > WHOLE * (end - begin) else run


def _introduces(text: str, clause: Span) -> bool:
    """Say whether a clause only tells who says what follows, or when or on what occasion it is."""
    end = clause[1] + (text[clause[1] : clause[1] + 1] in "：:，,")
    bare = without_marks(text, clause)
    colon = text[clause[0] : end].rstrip().endswith(("：", ":"))
    leads = LEADS.fullmatch(text[clause[0] : end].strip()) is not None
    return colon or leads or names_speaker(text, bare) or bool(_SOURCE.search(text, *bare))


def _size(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in spans)


def _clauses(text: str) -> list[Span]:
    return [(clause.start, clause.end) for clause in split_clauses(text)]


def _common(pieces: Sequence[Span], spans: Sequence[Span]) -> list[Span]:
    """Return what pieces have in common with spans, piece by piece."""
    both = ((max(a, start), min(b, end)) for a, b in pieces for start, end in spans)
    return [(start, end) for start, end in both if start < end]


def _likeness(clause: str, common: Counter[str]) -> float:
    grams = char_ngrams(clause)
    return sum(common[gram] for gram in grams) / math.sqrt(max(len(grams), 1))


def runs(text: str, line: Line) -> list[Run]:
    """Return a line as the pieces that are bold and those that are not.

    White space is collapsed, so that the line is one; marks at the edge of what is bold are not.

    Args:
        text: of the post.
        line: how it is told.
    """
    bold = {i for start, end in (without_marks(text, span) for span in line.bold) for i in range(start, end)}
    pieces: list[Run] = []
    for start, end in line.headline.spans:
        pieces += [(line.headline.joiner, False)] if pieces else []
        pieces += [(text[i], i in bold) for i in range(start, end)]
    told: list[Run] = []
    for char, heavy in pieces:
        if not char or (char.isspace() and (not told or told[-1][0].endswith(" "))):
            continue
        shown = " " if char.isspace() else char
        if told and told[-1][1] == heavy:
            told[-1] = (told[-1][0] + shown, heavy)
        else:
            told.append((shown, heavy))
    if told and told[-1][0].endswith(" "):
        told[-1] = (told[-1][0].rstrip(), told[-1][1])
    return [run for run in told if run[0]]


def without_marks(text: str, span: Span) -> Span:
    """Return a span without white space and punctuation at its ends, signs and units of numbers kept."""
    start, end = span
    while start < end and not (text[start].isalnum() or text[start] in "+-−±$¥€《“【（("):
        start += 1
    while start < end and not (text[end - 1].isalnum() or text[end - 1] in "%％‰℃》”】）)"):
        end -= 1
    return start, end
