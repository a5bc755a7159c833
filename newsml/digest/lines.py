"""Posts -> the lines that tell them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from newsml.digest.telling import tell
from newsml.domain import Line, Post, Span
from newsml.model.reader import MAX_TOKENS
from newsml.model.salience import Salience
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

SHORT, FULL = 10, 300
"""Characters of news from which on a post has something to say, and from which on all there is to say."""

LENGTH = 0.7
"""Weight of the length in a salience; the rest is how sure the model is of the line."""

MOVE, MOVES = 0.1, 3
"""Salience that a post loses by each price move that it lists, and up to how many of them."""

AT_ONCE = 256
"""Posts that a model reads before their lines are written."""

Run = tuple[str, bool]
"""A piece of a line, and whether it is bold."""

_SOURCE = re.compile(r"(?:监测|统计|测算|公布|发布|表明|提出|获悉|数据)\Z")
# Of a price; how much a figure has changed in a year or a month is news.
_MOVE = re.compile(
    r"(?<![同环]比)(?<![同环]比[上下])(?:[涨跌]|[上下]行|报(?=\d))[^，。；、]{0,6}?\d[\d.,]*(?:[%％点]|个?基点|美元)"
)


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
    common = Counter(char_ngrams(post.title or post.text))
    clauses = _common(_clauses(post.text), summary.spans)
    bold = max(clauses, key=lambda span: _likeness(post.text[slice(*span)], common), default=None)
    return Line(summary, (bold,) if bold else (), _salience(post))


def _salience(post: Post, sure: float | None = None) -> float:
    """Return how much a post has to say, from 0 to 1.

    That is its length and how sure a model is of its line, less the price moves that it lists.

    Editors write more of what matters, and every close of a market fills a post with figures.
    """
    news = post.news
    length = min(max(len(news), SHORT), FULL)
    moves = min(len(_MOVE.findall(news)), MOVES)
    told = math.log(length / SHORT) / math.log(FULL / SHORT)
    told = told if sure is None else LENGTH * told + (1 - LENGTH) * sure
    return max(told - MOVE * moves, 0.0)


def line_by_salience(post: Post, salience: Salience) -> Line:
    """Tell a post in one line, in bold what an editor would highlight of it.

    Where that lies outside the line, is nearly all of it or only names a speaker, the line's likeliest clause
    for a headline is bold.

    Args:
        post: what to tell.
        salience: what a model said of its ``model_input``.
    """
    text, places = post.text, post.news_places
    salience = salience.moved(len(post.model_input) - len(places), places)
    summary = tell(text, lambda sentences: score_sentences(sentences, salience), "model")
    clauses = _clauses(text)
    told = _common(clauses, summary.spans)
    run = choose_highlight(text, clauses, salience)
    bold = _common(summary.spans, [run]) if run else []
    odds = chances(salience.of("headline", told))
    whole = _size(bold) > WHOLE * _size(summary.spans)
    if told and (whole or all(_introduces(text, span) for span in bold)):
        likely = odds - np.array([_introduces(text, span) for span in told])
        bold = _common(summary.spans, [_whole_thought(text, told, int(likely.argmax()))])
    return Line(summary, tuple(bold), _salience(post, float(odds.max(initial=0.0))))


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
