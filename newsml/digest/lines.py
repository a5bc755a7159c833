"""Posts -> the lines that tell them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from newsml.domain import Line, Post, Span, Summary
from newsml.model.salience import Salience
from newsml.summarization import FALLBACK, METHODS, Summarizer, extract
from newsml.summarization.integrity import find_faults
from newsml.summarization.model import summarize_by_salience
from newsml.summarization.salient import chances, choose_highlight
from newsml.summarization.trimming import names_speaker
from newsml.text import char_ngrams, split_clauses

LineWriter = Callable[[Sequence[Post]], Sequence[Line]]
"""Tells posts in one line each, in order."""

LONGEST = 120
"""Characters of a line; of a longer sentence it is the clauses at its beginning."""

SHORT, FULL = 10, 300
"""Characters of news from which on a post has something to say, and from which on all there is to say."""

LENGTH = 0.7
"""Weight of the length in a salience; the rest is how sure the model is of the line."""

MOVE, MOVES = 0.1, 3
"""Salience that a line loses by each price move that it lists, and up to how many of them."""

Run = tuple[str, bool]
"""A piece of a line, and whether it is bold."""

_MOVE = re.compile(r"(?:[涨跌]|[上下]行|报(?=\d))[^，。；、]{0,6}?\d[\d.,]*(?:[%％点]|个?基点|美元)")
_TAIL = "，,；;、：: "


def write_lines(posts: Sequence[Post], method: str = FALLBACK) -> list[Line]:
    """Tell each post by one of its sentences, its likeliest clause in bold.

    The clause is the one that shares most with the post's title, without a title with its text.

    Args:
        posts: what to tell.
        method: a name in ``newsml.summarization.METHODS``.
    """
    return [_write_line(post, METHODS[method](), method) for post in posts]


def _write_line(post: Post, summarizer: Summarizer, method: str) -> Line:
    summary = _beginning(post.text, extract(post.text, summarizer, method=method, sentences=1))
    if len(summary.text) > LONGEST:
        summary = extract(post.text, summarizer, method=method, max_chars=LONGEST)
    common = Counter(char_ngrams(post.title or post.text))
    clauses = _common([(clause.start, clause.end) for clause in split_clauses(post.text)], summary.spans)
    bold = max(clauses, key=lambda span: _likeness(post.text[slice(*span)], common), default=None)
    return Line(summary, (bold,) if bold else (), _salience(post, summary))


def _beginning(text: str, summary: Summary) -> Summary:
    """Return the clauses that a sentence too long for a line begins with, as many as fit and stand alone."""
    if len(summary.text) <= LONGEST:
        return summary
    start = summary.spans[0][0]
    sentence = text[start : min(summary.spans[0][1], start + 2 * LONGEST)]
    for clause in reversed(split_clauses(sentence)):
        end = len(sentence[: clause.end].rstrip(_TAIL))
        if 0 < end <= LONGEST and not find_faults(sentence, [(0, end)]):
            cut = Summary.from_spans(text, [(start, start + end)], method=summary.method)
            return replace(cut, tokens=summary.tokens, tokens_read=summary.tokens_read)
    return summary


def _salience(post: Post, summary: Summary, sure: float | None = None) -> float:
    """Return how much a post has to say, from 0 to 1.

    That is its length and how sure a model is of its line, less the price moves that it lists.

    Editors write more of what matters, and every close of a market fills a line with figures.
    """
    length = min(max(len(post.news), SHORT), FULL)
    moves = min(len(_MOVE.findall(summary.text)), MOVES)
    told = math.log(length / SHORT) / math.log(FULL / SHORT)
    told = told if sure is None else LENGTH * told + (1 - LENGTH) * sure
    return max(told - MOVE * moves, 0.0)


def line_by_salience(post: Post, salience: Salience) -> Line:
    """Tell a post by one of its sentences, in bold what an editor would highlight of it.

    Where that lies outside the sentence or only names a speaker, its likeliest clause for a headline is bold.

    Args:
        post: what to tell.
        salience: what a model said of its ``model_input``.
    """
    text = post.text
    salience = salience.moved(len(post.model_input) - len(post.news_places), post.news_places)
    summary = _beginning(text, summarize_by_salience(text, salience, sentences=1))
    if len(summary.text) > LONGEST:
        summary = summarize_by_salience(text, salience, max_chars=LONGEST)
    clauses = [(clause.start, clause.end) for clause in split_clauses(text)]
    told = _common(clauses, summary.spans)
    run = choose_highlight(text, clauses, salience)
    bold = _common(summary.spans, [run]) if run else []
    odds = chances(salience.of("headline", told))
    if told and all(names_speaker(text, without_marks(text, span)) for span in bold):
        bold = [told[int(odds.argmax())]]
    return Line(summary, tuple(bold), _salience(post, summary, float(odds.max(initial=0.0))))


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
