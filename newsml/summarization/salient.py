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

import numpy as np

from newsml.boilerplate import boilerplate_spans
from newsml.dataset.salience import bare_clause
from newsml.domain import Sentence, Span
from newsml.model.calibration import Floats, sigmoid
from newsml.model.salience import Salience
from newsml.summarization.integrity import repair
from newsml.summarization.trimming import Part, cut_clause, names_speaker
from newsml.text import char_ngrams

REFERENCE = 30.0
"""Characters that an editor's headline is taken to have; more of them make headlines longer."""

CHANCE = 0.08
"""Share of a clause's characters that a headline has although it does not tell the clause."""

BOUNDS, MARKED = 0.6, 0.25
"""Weights of what the model says of the first and last clause of a highlight, which it has learned from a
thousand texts and is too sure of, and of what it says of the clauses between them."""

LONGEST = 75
"""Most characters of a headline where no length is asked for."""

MAX_HIGHLIGHTED = 80
"""Clauses of a text among which a highlight is sought; it stands near the beginning."""

LIKELY = 200
"""Runs of clauses, the likeliest, that stand for all."""

_TAIL = "，,；;：: \u3000"  # of a highlight; an editor leaves it plain
_TITLE = re.compile(r"\s*【([^【】\n]{6,60})】")
_RATIO = re.compile(r"(?:同比|环比|增幅|涨幅|降幅|跌幅|幅度|即)")


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
    no character pair that one before it has told. The speaker of a quotation and what a pronoun refers to
    come with it where they fit.

    Args:
        text: the text.
        clauses: of the text.
        salience: of the text.
        max_chars: most characters of the headline, joined by single spaces; None for `LONGEST`.
    """
    title = _TITLE.match(text)
    if title and (max_chars is None or len(title[1]) <= max_chars):
        return [title.span(1)]
    notices = boilerplate_spans(text)
    units = [
        unit
        for unit in headline_units(text, clauses, salience)
        if not any(start <= clauses[unit.clause][0] < end for start, end in notices)
    ]
    limit = max_chars or LONGEST
    chosen: list[Unit] = []
    told: set[str] = set()
    gained, length, best = 0.0, 0, 0.0
    for unit in sorted(units, key=lambda unit: (-unit.density, unit.clause, unit.part.optional)):
        if unit.part.optional and unit.clause not in {other.clause for other in chosen}:
            continue
        grams = {gram for start, end in unit.part.spans for gram in char_ngrams(text[start:end])}
        fresh = len(grams - told) / len(grams) if grams else 0.0
        if _length([*chosen, unit]) > limit:
            continue
        expected = gained + unit.density * fresh * unit.part.size
        f1 = 2 * expected / (length + unit.part.size + REFERENCE)
        if f1 <= best:
            continue
        chosen.append(unit)
        told |= grams
        gained, length, best = expected, length + unit.part.size, f1
    return _spans(_with_what_they_need(text, clauses, units, chosen, limit))


def _with_what_they_need(
    text: str, clauses: Sequence[Span], units: Sequence[Unit], chosen: Sequence[Unit], limit: int
) -> list[Unit]:
    """Return chosen units, with the cores of the clauses that theirs lean on.

    Those are of speakers and antecedents, and before a ratio (`同比增长5%`) that of what it is a ratio of.
    The last clause has its end. What is too long with them is left out, the least dense first.
    """
    ranked = list(dict.fromkeys(unit.clause for unit in chosen))
    leaning = {i for i in ranked if i and _RATIO.match(text, clauses[i][0])}
    wanted = [i for index in ranked for i in ([index - 1, index] if index in leaning else [index])]
    wanted = list(dict.fromkeys(wanted))
    taken = set(chosen)

    def units_of(indices: Sequence[int]) -> list[Unit]:
        held, last = set(indices), max(indices, default=0)
        return [
            unit
            for unit in units
            if unit.clause in held
            and (unit in taken or not unit.part.optional or (unit.clause == last and ends(unit)))
        ]

    def ends(unit: Unit) -> bool:
        return unit.part.spans[-1][1] == bare_clause(text, clauses[unit.clause])[1]

    def fits(indices: Sequence[int]) -> bool:
        return _length(units_of(indices)) <= limit

    pieces = [Sentence(text[start:end], start, end) for start, end in clauses]
    return units_of(repair(text, pieces, wanted, fits))


def _spans(units: Sequence[Unit]) -> list[Span]:
    """Return the spans of units, ascending, those that touch as one."""
    spans: list[Span] = []
    for start, end in sorted(span for unit in units for span in unit.part.spans):
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _length(units: Sequence[Unit]) -> int:
    """Return the characters of a headline, its spans joined by single spaces."""
    spans = _spans(units)
    return sum(end - start + 1 for start, end in spans) - 1


def choose_highlight(
    text: str, clauses: Sequence[Span], salience: Salience, max_chars: int | None = None
) -> Span | None:
    """Return the run of clauses whose expected F1 with the editor's highlight is greatest.

    The model's first and last clauses make a distribution over runs; each run is scored against every
    other by its share of it.

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
    if max_chars is not None:
        expected[sizes > max_chars] = -1.0
    if expected.max() < 0:
        return None
    best = int(np.argmax(expected))
    start, end = int(starts[best]), int(ends[best])
    return start, start + len(text[start:end].rstrip(_TAIL))
