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
from newsml.summarization.integrity import Dependencies, repair
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
"""Pieces of clauses, or runs of clauses, the likeliest, that stand for all."""

_TAIL = "，,；;：: \u3000"  # of a highlight; an editor leaves it plain
_TITLE = re.compile(r"\s*【([^【】\n]{6,60})】")
_ASIDE = re.compile(r"[（(][^（）()]{1,40}[）)]")
_LEAD = re.compile(
    r"(?:当地时间|北京时间|截至)?(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日(?![元均内线])(?:上午|下午|晚间|晚|早间|凌晨|盘后)?(?:消息|电|讯)?"
    r"|今日(?!头条)|今天(?!国际)|昨[日天]|近[日期]|日前"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a clause that a headline takes or leaves.

    Attributes:
        start: in code points of the text.
        end: of it, exclusive.
        clause: index of its clause.
        density: share of its characters that the reference is expected to have.
    """

    start: int
    end: int
    clause: int
    density: float


def chances(logits: Floats) -> Floats:
    """Return probabilities; 0 for NaN, which stands for what was not read."""
    return np.nan_to_num(sigmoid(logits), nan=0.0)


def headline_units(text: str, clauses: Sequence[Span], salience: Salience) -> list[Unit]:
    """Cut clauses into the pieces that a headline takes or leaves, each with its density.

    A clause is cut around an aside in brackets and after a date at its beginning, nowhere else.
    """
    chosen = chances(salience.of("headline", clauses))
    pieces: list[Span] = []
    owners: list[int] = []
    for index, (start, end) in enumerate(clauses):
        for piece in _pieces(text, start, end):
            pieces.append(piece)
            owners.append(index)
    kept = chances(salience.of("kept", pieces))
    return [
        Unit(start, end, owner, float(chosen[owner] * k + (1 - chosen[owner]) * CHANCE))
        for (start, end), owner, k in zip(pieces, owners, kept, strict=True)
    ]


def _pieces(text: str, start: int, end: int) -> list[Span]:
    start, end = bare_clause(text, (start, end))
    edges = [start]
    if (lead := _LEAD.match(text, start, end)) and lead.end() < end:
        edges.append(lead.end())
    for aside in _ASIDE.finditer(text, start, end):
        edges += [edge for edge in aside.span() if edges[-1] < edge < end]
    return [(a, b) for a, b in zip(edges, [*edges[1:], end], strict=True) if a < b]


def choose_headline(
    text: str, clauses: Sequence[Span], salience: Salience, max_chars: int | None = None
) -> list[Span]:
    """Return the spans of a headline: the units whose expected F1 with the editor's is greatest.

    A title in 【】 that the text begins with is its headline. Else the best set holds every unit whose
    density is over half of the F1 that the set has, so units are tried from the densest on. A unit counts
    no character pair that one before it has told. What a clause needs to be understood comes with it, where
    the headline is better with both.

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
        if not any(start <= unit.start < end for start, end in notices)
    ]
    limit = max_chars or LONGEST
    ranked = sorted(units, key=lambda unit: (-unit.density, unit.start))
    chosen: list[Unit] = []
    told: set[str] = set()
    gained, length, best = 0.0, 0, 0.0
    for unit in ranked:
        grams = set(char_ngrams(text[unit.start : unit.end]))
        fresh = len(grams - told) / len(grams) if grams else 0.0
        size = unit.end - unit.start
        if length + size + len(chosen) > limit:
            continue
        f1 = 2 * (gained + unit.density * fresh * size) / (length + size + REFERENCE)
        if f1 <= best:
            continue
        chosen.append(unit)
        told |= grams
        gained, length, best = gained + unit.density * fresh * size, length + size, f1
    return _merge(text, _with_what_they_need(text, clauses, units, chosen, limit))


def _with_what_they_need(
    text: str, clauses: Sequence[Span], units: Sequence[Unit], chosen: Sequence[Unit], limit: int
) -> list[Unit]:
    """Return the units of the headline in order, none without the clauses that its own needs.

    Clauses are tried together with what they need, that of the best expected F1 first, and passed over
    where the headline is too long or no better with them. Of the chosen clauses the chosen units are taken.
    """
    taken = set(chosen)
    best = 0.0
    parts: dict[int, list[Unit]] = {}
    for unit in units:
        parts.setdefault(unit.clause, []).append(unit)

    def units_of(indices: Sequence[int]) -> list[Unit]:
        held = [parts.get(index, []) for index in indices]
        return [u for own in held for u in own if u in taken or taken.isdisjoint(own)]

    def fits(indices: Sequence[int]) -> bool:
        nonlocal best
        found = units_of(indices)
        if sum(u.end - u.start + 1 for u in found) - 1 > limit or (f1 := _expected_f1(text, found)) <= best:
            return False
        best = f1
        return True

    dependencies = Dependencies(text, [Sentence(text[start:end], start, end) for start, end in clauses])
    densest = [*chosen, *sorted(units, key=lambda unit: (-unit.density, unit.start))[:LIKELY]]
    wanted = list(dict.fromkeys(unit.clause for unit in densest))
    groups = {index: dependencies.group(index, (), wanted) for index in wanted}
    wanted.sort(key=lambda index: -_expected_f1(text, units_of(groups[index] or [])))
    kept = repair(dependencies, wanted, fits)
    return units_of(kept) if best else sorted(chosen, key=lambda unit: unit.start)


def _expected_f1(text: str, units: Sequence[Unit]) -> float:
    """Return the F1 with the editor's headline that is expected of units together."""
    gained, length = 0.0, 0
    told: set[str] = set()
    for unit in sorted(units, key=lambda unit: (-unit.density, unit.start)):
        grams = set(char_ngrams(text[unit.start : unit.end]))
        fresh = len(grams - told) / len(grams) if grams else 0.0
        told |= grams
        gained += unit.density * fresh * (unit.end - unit.start)
        length += unit.end - unit.start
    return 2 * gained / (length + REFERENCE)


def _merge(text: str, units: Sequence[Unit]) -> list[Span]:
    """Return the spans of units, neighbours with a mark at most between them as one."""
    spans: list[Span] = []
    for unit in units:
        gap = text[spans[-1][1] : unit.start] if spans else ""
        if spans and len(gap) <= 1 and not gap.strip(_TAIL):
            spans[-1] = (spans[-1][0], unit.end)
        else:
            spans.append((unit.start, unit.end))
    return spans


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
