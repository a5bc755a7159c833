"""Posts -> the lines that tell them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from newsml.domain import Line, Post, Span
from newsml.summarization import summarize
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


def write_lines(posts: Sequence[Post], method: str = "auto") -> list[Line]:
    """Tell each post by one of its sentences, its likeliest clause in bold.

    The clause is the one that shares most with the post's title, without a title with its text. Salience is
    the number of figures and securities in the line, of `FACTS`.

    Args:
        posts: what to tell.
        method: a name in ``newsml.summarization.METHODS``, or ``auto``.
    """
    return [_write_line(post, method) for post in posts]


def _write_line(post: Post, method: str) -> Line:
    summary = summarize(post.text, method=method, sentences=1)
    if len(summary.text) > LONGEST:
        summary = summarize(post.text, method=method, max_chars=LONGEST)
    clauses = [
        (start + clause.start, start + clause.end)
        for start, end in summary.spans
        for clause in split_clauses(post.text[start:end])
    ]
    common = Counter(char_ngrams(post.title or post.text))
    bold = max(clauses, key=lambda span: _likeness(post.text[slice(*span)], common), default=None)
    facts = len(_FIGURE.findall(summary.text)) + len(
        {s.code for s in post.stocks if any(start <= s.start < end for start, end in summary.spans)}
    )
    return Line(summary, (bold,) if bold else (), min(facts / FACTS, 1.0))


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
    bold = {i for start, end in (_without_marks(text, span) for span in line.bold) for i in range(start, end)}
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


def _without_marks(text: str, span: Span) -> Span:
    """Return a span without white space and punctuation at its ends, signs and units of numbers kept."""
    start, end = span
    while start < end and not (text[start].isalnum() or text[start] in "+-−±$¥€《“【（("):
        start += 1
    while start < end and not (text[end - 1].isalnum() or text[end - 1] in "%％‰℃》”】）)"):
        end -= 1
    return start, end
