"""Evaluate summaries against references, and highlights against gold spans."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from newsml.domain import Post, Score, Span, Summary
from newsml.errors import InputError
from newsml.metrics.rouge import rouge_scores

RESAMPLES = 1000
WORST = 50
ROUGE = ("rouge1", "rouge2", "rougeL", "rouge_mean")


@dataclass(frozen=True)
class SummaryResult:
    """What an evaluation found.

    Attributes:
        n: texts evaluated.
        scores: ROUGE and highlight F1 where there is gold, length and compression.
        worst: the texts of the lowest ROUGE, or highlight F1, first.
    """

    n: int
    scores: list[Score]
    worst: list[dict[str, Any]]


def highlight_f1(gold: Iterable[Span], predicted: Iterable[Span]) -> float:
    """Return the F1 of the characters in two sets of spans, 0 to 100."""
    wanted = {i for start, end in gold for i in range(start, end)}
    found = {i for start, end in predicted for i in range(start, end)}
    total = len(wanted) + len(found)
    return 200 * len(wanted & found) / total if total else 0.0


def evaluate_summaries(
    posts: Iterable[Post], summarize: Callable[[str], Summary], *, seed: int = 13
) -> SummaryResult:
    """Summarise posts that have a reference summary or gold highlights and score the outcome.

    Args:
        posts: those without gold are passed over.
        summarize: text -> summary.
        seed: of the bootstrap.

    Raises:
        InputError: no post has gold.
    """
    rows: list[dict[str, float]] = []
    cases: list[dict[str, Any]] = []
    for post in posts:
        if post.summary is None and not post.highlights:
            continue
        summary = summarize(post.text)
        row = {"length": float(len(summary.text)), "compression": len(summary.text) / len(post.text)}
        if post.summary is not None:
            rouge = rouge_scores(post.summary, summary.text)
            row |= dict(zip(ROUGE, (rouge.rouge1, rouge.rouge2, rouge.rougeL, rouge.mean), strict=True))
        if post.highlights:
            row["highlight_f1"] = highlight_f1(post.highlights, summary.spans)
        rows.append(row)
        score = row.get("rouge_mean", row.get("highlight_f1", 0.0))
        cases.append({"id": post.id, "score": round(score, 2), "summary": summary.text, "gold": post.summary})
    if not rows:
        raise InputError("no post has a summary or highlights to evaluate against")
    scores = []
    rng = np.random.default_rng(seed)
    for name in (*ROUGE, "highlight_f1", "length", "compression"):
        values = np.array([row[name] for row in rows if name in row])
        if len(values):
            means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(RESAMPLES)]
            low, high = np.percentile(means, [2.5, 97.5])
            scores.append(Score(name, float(values.mean()), (float(low), float(high))))
    return SummaryResult(len(rows), scores, sorted(cases, key=lambda case: case["score"])[:WORST])
