"""Posts -> the lines that tell them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from newsml.domain import Line, Post, Span
from newsml.model.salience import Salience
from newsml.summarization import FALLBACK, METHODS, Summarizer, extract
from newsml.summarization.model import summarize_by_salience
from newsml.summarization.salient import chances, choose_highlight
from newsml.text import char_ngrams, split_clauses

LineWriter = Callable[[Sequence[Post]], Sequence[Line]]
"""Tells posts in one line each, in order."""

LONGEST = 120
"""Characters of a line from which on clauses are chosen in the place of a whole sentence."""

FACTS = 4
"""Figures and securities in a line that make it as salient as a line can be."""

Run = tuple[str, bool]
"""A piece of a line, and whether it is bold."""

# With its unit: the figures of dates and names say little.
_FIGURE = re.compile(r"\d[\d.,]*(?:[%％‰万亿元点倍股吨桶]|个?(?:百分点|基点)|美元)")


def write_lines(posts: Sequence[Post], method: str = FALLBACK) -> list[Line]:
    """Tell each post by one of its sentences, its likeliest clause in bold.

    The clause is the one that shares most with the post's title, without a title with its text. Salience is
    the number of figures and securities in the line, of `FACTS`.

    Args:
        posts: what to tell.
        method: a name in ``newsml.summarization.METHODS``.
    """
    return [_write_line(post, METHODS[method](), method) for post in posts]


def _write_line(post: Post, summarizer: Summarizer, method: str) -> Line:
    summary = extract(post.text, summarizer, method=method, sentences=1)
    if len(summary.text) > LONGEST:
        summary = extract(post.text, summarizer, method=method, max_chars=LONGEST)
    common = Counter(char_ngrams(post.title or post.text))
    clauses = _common([(clause.start, clause.end) for clause in split_clauses(post.text)], summary.spans)
    bold = max(clauses, key=lambda span: _likeness(post.text[slice(*span)], common), default=None)
    facts = len(_FIGURE.findall(summary.text)) + len(
        {s.code for s in post.stocks if any(start <= s.start < end for start, end in summary.spans)}
    )
    return Line(summary, (bold,) if bold else (), min(facts / FACTS, 1.0))


def line_by_salience(post: Post, salience: Salience) -> Line:
    """Tell a post by one of its sentences, in bold what an editor would highlight of it.

    Where that lies outside the sentence, its likeliest clause for a headline is bold. The salience of the
    line is the probability of that clause.

    Args:
        post: what to tell.
        salience: what a model said of its ``model_input``.
    """
    text = post.text
    salience = salience.moved(len(post.model_input) - len(post.news_places), post.news_places)
    summary = summarize_by_salience(text, salience, sentences=1)
    if len(summary.text) > LONGEST:
        summary = summarize_by_salience(text, salience, max_chars=LONGEST)
    clauses = [(clause.start, clause.end) for clause in split_clauses(text)]
    told = _common(clauses, summary.spans)
    odds = chances(salience.of("headline", told))
    run = choose_highlight(text, clauses, salience)
    bold = _common(summary.spans, [run]) if run else []
    if not bold and told:
        bold = [told[int(odds.argmax())]]
    return Line(summary, tuple(bold), float(odds.max(initial=0.0)))


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
