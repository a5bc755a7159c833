"""The spans of a post that speak most for each label: what its score falls without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest

import numpy as np

from newsml.arrays import Floats
from newsml.domain import Post, Span
from newsml.simplified import simplify
from newsml.text import atom_spans

SHARE = 5
"""The spans of all labels together are at most one in so many characters of the text."""

PIECE = 3
"""Characters of the longest piece; numbers, Latin words and tokens stay whole."""

FINE = 64
"""Pieces that are erased one by one; of a longer text its best parts are found first."""

COARSE = 32
KEPT = 4
"""Parts that a text is cut into, and how many of them are cut again; more where they are short."""

FAINT = 0.2
"""A piece speaks for a label if its fall a character is at least this share of the greatest."""

ScoreTexts = Callable[[Sequence[str]], Floats]
"""Texts -> the score of each label, one that adds up, such as a logit. *Shape:* ``(texts, labels)``."""

_WORDS = re.compile(r"[^\W_]+")


def find_evidence(post: Post, score_texts: ScoreTexts, tokens: Iterable[Span] = ()) -> list[tuple[Span, ...]]:
    """Return, for each label, the spans of ``post.text`` without which its score falls most.

    Each piece of what the model reads is erased by itself. The labels take turns in choosing the
    piece with the greatest fall a character, until a fifth of the text is used; a piece chosen for two
    labels counts twice. The headline that is put before the text is read but never chosen.

    Of a text with more than 64 pieces, 32 parts are erased and only the best are cut up, again and
    again: 32 texts to score for every eightfold length, and 65 for the rest.

    Args:
        post: read as its ``model_input``.
        score_texts: scores the labels to explain.
        tokens: of the ``model_input``; one of several characters is most often a word, and is not torn.

    Returns:
        Ascending and disjoint spans for each label; none where nothing lowers its score.

    Source: Zeiler, Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2
        (occlusion); Li, Monroe, Jurafsky 2016, "Understanding Neural Networks through Representation
        Erasure", equation 1.
    """
    text, places = post.model_input, post.news_places
    head = len(text) - len(places)
    whole = score_texts([text])[0]

    def falls(spans: Sequence[Span]) -> Floats:
        return np.asarray(whole - score_texts([text[:start] + text[end:] for start, end in spans]))

    def in_post(span: Span) -> Span:
        return places[span[0] - head], places[span[1] - 1 - head] + 1

    # A piece that boilerplate was cut out of would bring it back.
    pieces = [
        (start, end)
        for start, end in split_pieces(text, head, tokens)
        if places[end - 1 - head] - places[start - head] < end - start
    ]
    pieces = _best_pieces(pieces, falls)
    chosen: list[list[Span]] = [[] for _ in whole]
    left = len(post.text) // SHARE
    if pieces and left:
        for label, index in _in_turn(falls(pieces), pieces):
            start, end = pieces[index]
            if end - start <= left:
                left -= end - start
                chosen[label].append(in_post(pieces[index]))
    return [_join(spans) for spans in chosen]


def split_pieces(text: str, start: int = 0, tokens: Iterable[Span] = ()) -> list[Span]:
    """Cut a text into pieces to erase, from a character on.

    They are numbers and Latin words, whole, tokens of several characters, and runs of two or three others; a
    single one stays with the piece before it. Punctuation and white space are in none.
    """
    ends = {first: last for first, last in tokens if last - first > 1}
    pieces: list[Span] = []
    at = start
    for atom in (*atom_spans(simplify(text)), (len(text), len(text))):
        if atom[0] < at:
            continue
        for word in _WORDS.finditer(text, at, atom[0]):
            for first, last in _split_word(*word.span(), ends):
                if pieces and last - first == 1 and pieces[-1][1] == first:
                    pieces[-1] = (pieces[-1][0], last)  # the 月 of `9月`
                else:
                    pieces.append((first, last))
        pieces.append(atom)
        at = atom[1]
    return pieces[:-1]


def _split_word(first: int, last: int, ends: Mapping[int, int]) -> Iterator[Span]:
    """Yield the tokens of several characters, by their starts, and what lies between them in short runs."""
    begin = at = first
    while at < last:
        end = ends.get(at, last + 1)
        if end > last:
            at += 1
            continue
        yield from _short_runs(begin, at)
        yield at, end
        begin = at = end
    yield from _short_runs(begin, last)


def _short_runs(first: int, last: int) -> Iterator[Span]:
    count = -(-(last - first) // PIECE)
    return pairwise(first + (last - first) * i // max(count, 1) for i in range(count + 1))


def _best_pieces(pieces: list[Span], falls: Callable[[Sequence[Span]], Floats]) -> list[Span]:
    """Return about as many pieces as are erased one by one: those of the parts that matter most."""
    runs = [pieces]
    while (count := sum(map(len, runs))) > FINE:
        parts = [part for run in runs for part in _cut(run, COARSE // len(runs))]
        keep = max(KEPT, FINE * len(parts) // count)
        spans = [(part[0][0], part[-1][1]) for part in parts]
        best = dict.fromkeys(index for _, index in _in_turn(falls(spans), spans))
        runs = [parts[index] for index in sorted(list(best)[:keep])]
    return [piece for run in runs for piece in run]


def _cut(run: list[Span], count: int) -> list[list[Span]]:
    cuts = [len(run) * i // count for i in range(count + 1)]
    return [run[a:b] for a, b in pairwise(cuts) if a < b]


def _in_turn(falls: Floats, spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Yield a label and its next span, by the fall a character, until that is faint; labels in turn."""
    rates = falls / np.array([[end - start] for start, end in spans])
    orders = [
        [i for i in np.argsort(-rate, kind="stable") if rate[i] > 0 and rate[i] >= FAINT * rate.max()]
        for rate in rates.T
    ]
    for turn in zip_longest(*orders):
        yield from ((label, int(index)) for label, index in enumerate(turn) if index is not None)


def _join(spans: Sequence[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)
