"""Measures of a summary beside ROUGE: its marked characters, and what it says twice."""

from __future__ import annotations

from collections.abc import Iterable

from newsml.domain import Span
from newsml.text import char_ngrams


def highlight_f1(gold: Iterable[Span], predicted: Iterable[Span]) -> float:
    """Return the F1 of the characters in two sets of spans, 0 to 100."""
    wanted = {i for start, end in gold for i in range(start, end)}
    found = {i for start, end in predicted for i in range(start, end)}
    total = len(wanted) + len(found)
    return 200 * len(wanted & found) / total if total else 0.0


def redundancy(summary: str) -> float:
    """Return the share of a summary's character bigrams that stand in it before, 0 to 1.

    It is 1 less the ratio of unique n-grams, which wants no cut into sentences and so treats a headline
    and a brief alike.

    Source: Xiao & Carenini 2020, "Systematically Exploring Redundancy Reduction in Summarizing Long
    Documents", after Peyrard, Botschen & Gurevych 2017.
    """
    grams = char_ngrams(summary)
    return 1 - len(set(grams)) / len(grams) if grams else 0.0
