"""Evaluate summaries against references, and highlights against gold spans."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from newsml.arrays import Floats
from newsml.domain import Post, Score, Summary
from newsml.errors import UsageError
from newsml.metrics.bootstrap import RESAMPLES, describe_difference, interval, sample_means
from newsml.metrics.rouge import rouge_scores
from newsml.metrics.summarization import highlight_f1, redundancy
from newsml.simplified import simplify
from newsml.summarization.faults import FaultKind
from newsml.summarization.integrity import find_faults

WORST = 50
CHUNK = 256  # texts that are summarised at once

OF_GOLD = ("rouge1", "rouge2", "rougeL", "rouge_mean", "highlight_f1")
FAULTS = tuple(f"fault_{kind}" for kind in get_args(FaultKind))
MEASURES = (*OF_GOLD, *FAULTS, "length", "compression", "redundancy")
"""What is measured of each summary; see `measure_summary`."""


@dataclass(frozen=True)
class SummaryResult:
    """What an evaluation found.

    Attributes:
        posts: what was summarised.
        summaries: one for each post.
        rows: name -> what `measure_summary` says of each post. *Shape:* ``(posts,)``.
        scores: the means of the rows, over the posts that have a value, with their intervals.
    """

    posts: Sequence[Post]
    summaries: Sequence[Summary]
    rows: Mapping[str, Floats]
    scores: list[Score]

    @property
    def method(self) -> str:
        """The method of the summaries; several, where a method left some posts to another."""
        return ",".join(sorted({summary.method for summary in self.summaries}))

    def worst(self) -> list[dict[str, Any]]:
        """Return the posts of the lowest ROUGE, or highlight F1, first."""
        rouge, marked = self.rows["rouge_mean"], self.rows["highlight_f1"]
        values = np.where(np.isnan(rouge), marked, rouge)
        return [self._case(i, float(values[i])) for i in np.argsort(values, kind="stable")[:WORST]]

    def _case(self, i: int, score: float) -> dict[str, Any]:
        post, summary = self.posts[i], self.summaries[i]
        return {
            "id": post.id,
            "score": round(score, 2),
            "summary": summary.text,
            "gold": post.summary,
            "spans": summary.spans,
            "highlights": post.highlights,
            "text": post.text,
        }


def has_gold(post: Post) -> bool:
    """Say whether a post has a reference summary or gold highlights."""
    return post.summary is not None or bool(post.highlights)


def measure_summary(post: Post, summary: Summary) -> dict[str, float]:
    """Return every metric of one summary; NaN for those that the post has no gold of.

    ROUGE and highlight F1 are from 0 to 100; the length is in code points; compression, the length over
    that of the text, and redundancy are shares; a fault is 1 where the summary has one of its kind.
    """
    row = dict.fromkeys(OF_GOLD, math.nan)
    if post.summary is not None:
        rouge = rouge_scores(post.summary, summary.text)
        row |= {name: getattr(rouge, name) for name in ("rouge1", "rouge2", "rougeL")}
        row["rouge_mean"] = rouge.mean
    if post.highlights:
        row["highlight_f1"] = highlight_f1(post.highlights, summary.spans)
    kinds = {fault.kind for fault in find_faults(simplify(post.text), summary.spans)}
    row |= {f"fault_{kind}": float(kind in kinds) for kind in get_args(FaultKind)}
    return row | {
        "length": float(len(summary.text)),
        "compression": len(summary.text) / max(len(post.text), 1),
        "redundancy": redundancy(summary.text),
    }


def evaluate_summaries(
    posts: Sequence[Post],
    summarize: Callable[[list[str]], list[Summary]],
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> SummaryResult:
    """Summarise posts and score the outcome.

    Args:
        posts: at least one, each with gold.
        summarize: texts -> their summaries.
        advance: told how many posts were done, now and then.

    Raises:
        UsageError: no posts.
    """
    if not posts:
        raise UsageError("there are no posts to evaluate with")
    summaries, measured = [], []
    for at in range(0, len(posts), CHUNK):
        chunk = posts[at : at + CHUNK]
        found = summarize([post.text for post in chunk])
        summaries += found
        measured += [measure_summary(post, summary) for post, summary in zip(chunk, found, strict=True)]
        advance(len(chunk))
    rows = {name: np.array([row[name] for row in measured]) for name in measured[0]}
    known = {name: values[~np.isnan(values)] for name, values in rows.items()}
    scores = [
        Score(name, float(values.mean()), interval(sample_means(values, RESAMPLES)))
        for name, values in known.items()
        if len(values)
    ]
    return SummaryResult(posts, summaries, rows, scores)


def compare_summaries(ours: SummaryResult, theirs: SummaryResult) -> dict[str, dict[str, Any]]:
    """Compare two ways to summarise the same posts by paired bootstrap.

    The scores are means over posts, so that the difference of a sample is the mean of the differences in it.

    Returns:
        For each metric a row of `describe_difference`.

    Raises:
        ValueError: the posts differ.
    """
    if ours.posts != theirs.posts:
        raise ValueError("the summaries are of different posts")
    values = {score.name: score.value for score in theirs.scores}
    table = {}
    for name, value in values.items():
        gaps = ours.rows[name] - theirs.rows[name]
        gaps = gaps[~np.isnan(gaps)]
        table[name] = describe_difference(value, float(gaps.mean()), sample_means(gaps, RESAMPLES))
    return table
