"""Summaries by what a model says of the clauses and sentences of a text.

Every choice is the one with the best expected score under the model's probabilities: for a headline the
expected F1 of its characters, for a highlight the expected overlap with the editor's span.

Source: Kumar & Byrne 2004, "Minimum Bayes-Risk Decoding for Statistical Machine Translation"; Dembczyński et
al. 2011, "An Exact Algorithm for F-Measure Maximization" (the best set for F1 is a cut at half of it).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from newsml.arrays import Bools, Floats
from newsml.boilerplate import is_boilerplate, is_untold, untold_places
from newsml.dataset.salience import bare_clause
from newsml.domain import Sentence, Span
from newsml.model.calibration import sigmoid
from newsml.model.salience import Salience
from newsml.summarization.denials import HEARSAY
from newsml.summarization.integrity import Dependencies, links, repair
from newsml.summarization.trimming import Part, cut_clause, names_speaker
from newsml.text import char_ngrams, split_sentences

Ints = NDArray[np.int64]

REFERENCE = 30.0
"""Characters that an editor's headline is taken to have; more of them make headlines longer."""

CHANCE = 0.08
"""Share of a clause's characters that a headline has although it does not tell the clause."""

BOUNDS, MARKED = 0.6, 0.25
"""Weights of what the model says of the first and last clause of a highlight, which it has learned from a
thousand texts and is too sure of, and of what it says of the clauses between them."""

BREAK = 0.02
"""Expected F1 that a headline must gain by each clause that does not follow the one before it in the text."""

LONGEST = 75
"""Most characters of a headline where no length is asked for."""

MAX_HIGHLIGHTED = 80
"""Clauses of a text among which a highlight is sought; it stands near the beginning."""

LIKELY = 200
"""Pieces of clauses, or runs of clauses, the likeliest, that stand for all."""

_TAIL = "，,；;：: \u3000"  # of a highlight; an editor leaves it plain
_TAG = re.compile(r"【[^【】\n]{1,60}】")  # before the news; plain too
_TITLE = re.compile(r"\s*【(?=[^【】]*\w)([^【】\n]{6,60})】")
_JOINS = re.compile(
    r"\s*(?:此外|另外|同时|与此同时|其中|对此|不过|但是|然而|因此|所以|据悉|另一方面|相比之下|换言之|也就是说|值得注意的是)"
    r"[，,：:]"
)  # a clause that only joins others
_PIECE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")  # of a line
_CLOSERS = "】）)」』”》 \u3000"


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a clause that a headline takes or leaves.

    Attributes:
        part: the part.
        clause: index of its clause.
        density: share of its characters that the reference is expected to have; of an optional part at
            most that of the core of its clause, without which it is not taken.
    """

    part: Part
    clause: int
    density: float


def chances(logits: Floats) -> Floats:
    """Return probabilities; 0 for NaN, which stands for what was not read."""
    return np.nan_to_num(sigmoid(logits), nan=0.0)


def headline_units(text: str, clauses: Sequence[Span], salience: Salience) -> list[Unit]:
    """Return what a headline takes or leaves of each clause, its core first, with their densities."""
    chosen = chances(salience.of("headline", clauses))
    parts: list[tuple[int, Part]] = []
    told = False
    for index, clause in enumerate(clauses):
        bare = bare_clause(text, clause)
        parts += [(index, part) for part in cut_clause(text, bare, told=told)]
        told = names_speaker(text, bare)
    spans = sorted(span for _, part in parts for span in part.spans)
    kept = dict(zip(spans, chances(salience.of("kept", spans)).tolist(), strict=True))
    units: list[Unit] = []
    core = 0.0
    for index, part in parts:
        characters = sum((end - start) * kept[start, end] for start, end in part.spans)
        density = float(chosen[index]) * characters / part.size + (1 - float(chosen[index])) * CHANCE
        core = core if part.optional else density
        units.append(Unit(part, index, min(density, core)))
    return units


def choose_headline(
    text: str, clauses: Sequence[Span], salience: Salience, max_chars: int | None = None
) -> list[Span]:
    """Return the spans of a headline: the units whose expected F1 with the editor's is greatest.

    A title in 【】 that the text begins with is its headline. Else the best set holds every unit whose
    density is over half of the F1 that the set has, so units are tried from the densest on. A unit counts
    no character pair that one before it has told, and a clause far from the others must gain `BREAK`. What a
    clause needs to be understood comes with it, where the headline is better with both.

    Args:
        text: the text.
        clauses: of the text.
        salience: of the text.
        max_chars: most characters of the headline, joined by single spaces; None for `LONGEST`.
    """
    untold = untold_places(text)
    title = _TITLE.match(text)
    if title and not untold[title.start(1)] and (max_chars is None or len(title[1]) <= max_chars):
        return _in_one_line(text, [title.span(1)])
    units = [
        unit
        for unit in headline_units(text, clauses, salience)
        if not untold[clauses[unit.clause][0]]
        and not is_boilerplate(text[slice(*clauses[unit.clause])].rstrip())
        and not _JOINS.match(text, *clauses[unit.clause])
    ]
    limit = max_chars or LONGEST
    chosen: list[Unit] = []
    best = 0.0
    for unit in sorted(units, key=_rank):
        if 2 * unit.density <= best:  # nor does any after it add to the F1
            break
        if unit.part.optional and unit.clause not in {other.clause for other in chosen}:
            continue
        wider = [*chosen, unit]
        if _length(wider) <= limit and (f1 := _expected_f1(text, wider)) - _cost(chosen, wider) > best:
            chosen, best = wider, f1
    return _in_one_line(text, _spans(_with_what_they_need(text, clauses, units, chosen, limit)))


def _with_what_they_need(
    text: str, clauses: Sequence[Span], units: Sequence[Unit], chosen: Sequence[Unit], limit: int
) -> list[Unit]:
    """Return the units of the headline in order, none without the clauses that its own needs.

    Clauses are tried together with what they need, that of the best expected F1 first, and passed over
    where the headline is too long or no better with them. Of each its core and its chosen parts are taken,
    of the last one its end too.
    """
    taken = set(chosen)
    kept: list[Unit] = []
    best = 0.0
    parts: dict[int, list[Unit]] = {}
    for unit in units:
        parts.setdefault(unit.clause, []).append(unit)

    def units_of(indices: Sequence[int]) -> list[Unit]:
        last = max(indices, default=0)
        return [
            unit
            for index in indices
            for unit in parts.get(index, [])
            if unit in taken or not unit.part.optional or (index == last and ends(unit))
        ]

    def ends(unit: Unit) -> bool:
        return unit.part.spans[-1][1] == bare_clause(text, clauses[unit.clause])[1]

    def fits(indices: Sequence[int]) -> bool:
        nonlocal kept, best
        found = units_of(indices)
        if _length(found) > limit or (f1 := _expected_f1(text, found)) - _cost(kept, found) <= best:
            return False
        kept, best = found, f1
        return True

    pieces = [Sentence(text[start:end], start, end) for start, end in clauses]
    dependencies = Dependencies(text, pieces, named=True)
    densest = [*chosen, *sorted(units, key=_rank)[:LIKELY]]
    wanted = list(dict.fromkeys(unit.clause for unit in densest))
    groups = {index: dependencies.group(index, (), wanted) for index in wanted}
    wanted.sort(key=lambda index: -_expected_f1(text, units_of(groups[index] or [])))
    repair(dependencies, wanted, fits)
    return kept or list(chosen)


def _rank(unit: Unit) -> tuple[float, int, bool]:
    """The densest come first, the core of a clause before its other parts."""
    return -unit.density, unit.clause, unit.part.optional


def _cost(units: Sequence[Unit], wider: Sequence[Unit]) -> float:
    """Return what the breaks cost that more units bring. That they fill one is worth nothing."""
    return BREAK * max(_breaks(wider) - _breaks(units), 0)


def _breaks(units: Sequence[Unit]) -> int:
    """Count the clauses that do not follow the one before them."""
    clauses = sorted({unit.clause for unit in units})
    return sum(after - before > 1 for before, after in pairwise(clauses))


def _expected_f1(text: str, units: Sequence[Unit]) -> float:
    """Return the F1 with the editor's headline that is expected of units together."""
    gained, length = 0.0, 0
    told: set[str] = set()
    for unit in sorted(units, key=_rank):
        grams = {gram for start, end in unit.part.spans for gram in char_ngrams(text[start:end])}
        fresh = len(grams - told) / len(grams) if grams else 0.0
        told |= grams
        gained += unit.density * fresh * unit.part.size
        length += unit.part.size
    return 2 * gained / (length + REFERENCE)


def _spans(units: Sequence[Unit]) -> list[Span]:
    """Return the spans of units, ascending, those that touch as one."""
    spans: list[Span] = []
    for start, end in sorted(span for unit in units for span in unit.part.spans):
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _in_one_line(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return spans without line ends and space at their ends, the first without marks that close nothing."""
    pieces = (found.span() for span in spans for found in _PIECE.finditer(text, *span))
    line: list[Span] = []
    for start, end in pieces:
        piece = text[start:end].rstrip()
        bare = piece.lstrip() if line else piece.lstrip(_CLOSERS)
        line += [(start + len(piece) - len(bare), start + len(piece))] if bare else []
    return line


def _length(units: Sequence[Unit]) -> int:
    """Return the characters of a headline, its spans joined by single spaces."""
    spans = _spans(units)
    return sum(end - start + 1 for start, end in spans) - 1


def choose_highlight(
    text: str, clauses: Sequence[Span], salience: Salience, max_chars: int | None = None
) -> Span | None:
    """Return the run of clauses whose expected F1 with the editor's highlight is greatest.

    The model's first and last clauses make a distribution over runs; each run is scored against every
    other by its share of it. One that tells a rumour without its denial or as a fact, a predicate without its
    subject, or what leads on without what it leads to is taken only where no other is likely. A tag is none
    of it.

    Args:
        text: the text.
        clauses: of the text.
        salience: of the text.
        max_chars: most characters of the highlight; None for no limit.
    """
    n = min(len(clauses), MAX_HIGHLIGHTED)
    first, last, marked = (
        np.nan_to_num(salience.of(name, clauses[:n]), nan=-30.0) for name in ("first", "last", "marked")
    )
    if not n:
        return None
    i, j = np.triu_indices(n)  # every run of clauses
    until = np.concatenate([[0.0], np.cumsum(marked)])
    weights = BOUNDS * (first[i] + last[j]) + MARKED * (until[j + 1] - until[i])
    weights = np.exp(weights - weights.max())
    likely = np.argsort(-weights, kind="stable")[:LIKELY]
    weights = weights[likely] / weights[likely].sum()
    starts, ends = np.array(clauses[:n]).T
    starts, ends = starts[i[likely]], ends[j[likely]]
    common = np.minimum.outer(ends, ends) - np.maximum.outer(starts, starts)
    sizes = ends - starts
    f1 = 2 * np.clip(common, 0, None) / np.add.outer(sizes, sizes)
    expected = f1 @ weights
    sentences = split_sentences(sought := text[: clauses[n - 1][1]])
    expected[_misleads(sought, starts, ends)] -= 1
    expected[sizes > (max_chars or len(text))] = -np.inf
    for piece in sentences:
        if is_untold(piece.text):
            expected[(starts < piece.end) & (ends > piece.start)] = -np.inf
    tags = {span for span in clauses[:n] if _TAG.fullmatch(text, *span)}
    expected[np.isin(ends, [end for _, end in tags])] = -np.inf
    if np.isinf(expected.max()):
        return None
    best = _best_closed(sought, sentences, starts, ends, expected)
    start = min(start for start, end in clauses if start >= starts[best] and (start, end) not in tags)
    end = int(ends[best])
    length = len(text[start:end].rstrip(_TAIL))
    return (start, start + length) if length else None


def _best_closed(text: str, sentences: Sequence[Sentence], starts: Ints, ends: Ints, expected: Floats) -> int:
    """Return the index of the best run of clauses.

    Where that crosses the end of a sentence and breaks off within the next, it is the best one from the same
    start that ends with a sentence or at a semicolon, as editors end nine in ten of those.
    """
    best = int(np.argmax(expected))
    stops = np.array([sentence.end for sentence in sentences])
    closed = np.isin(ends, stops) | np.array([text[end - 1] in "；;" for end in ends])
    if closed[best] or starts[best] >= stops[stops < ends[best]].max(initial=0):
        return best
    whole = closed & (starts == starts[best]) & np.isfinite(expected)
    return int(np.argmax(np.where(whole, expected, -np.inf))) if whole.any() else best


def _misleads(text: str, starts: Ints, ends: Ints) -> Bools:
    """Say of runs of clauses whether they tell a claim without what denies it or marks it, or not of whom."""
    misleads = np.zeros(len(starts), dtype=bool)
    for link in links(text):
        hearsay = link.fault.kind == "quote" and HEARSAY.search(text, link.needs[0], link.fault.end)
        if hearsay or link.fault.kind in ("denial", "opening", "subject"):
            takes, has = ((starts < end) & (ends > start) for start, end in (link.scope, link.needs))
            misleads |= takes & ~has
    return misleads
