"""Evaluate a classifier on labelled posts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from newsml.dataset.examples import gold_matrix
from newsml.domain import Example, Post, Score
from newsml.errors import UsageError
from newsml.labels import LabelScheme
from newsml.metrics.bootstrap import RESAMPLES, describe_difference
from newsml.metrics.classification import (
    METRICS,
    Decisions,
    bootstrap,
    mcnemar,
    measure,
    score_decisions,
    score_labels,
)
from newsml.model.classifier import Classifier
from newsml.model.reader import MAX_TOKENS
from newsml.model.scoring import DecisionRule

WORST = 50
CONFUSIONS = 20


@dataclass(frozen=True)
class ClassificationResult:
    """What an evaluation found.

    Attributes:
        scheme: the labels.
        examples: what was classified.
        decisions: gold, predicted and probabilities, a row for each example.
        scores: the metrics with their intervals.
        thresholds: those of the labels; none where the most probable label is chosen.
    """

    scheme: LabelScheme
    examples: Sequence[Example]
    decisions: Decisions
    scores: list[Score]
    thresholds: Sequence[float] = ()

    def per_label(self) -> list[dict[str, Any]]:
        """Return precision, recall, F1, support and threshold of each label, in the order of the scheme."""
        rows = score_labels(self.decisions.gold, self.decisions.predicted)
        table: list[dict[str, Any]] = [
            {"label": name, **row} for name, row in zip(self.scheme.names, rows, strict=True)
        ]
        for row, threshold in zip(table, self.thresholds, strict=False):
            row["threshold"] = threshold
        return table

    def worst(self) -> list[dict[str, Any]]:
        """Return the examples of the highest loss (mean cross-entropy of their label decisions) first."""
        d = self.decisions
        likelihood = np.where(d.gold, d.probs, 1 - d.probs)
        loss = -np.log(np.clip(likelihood, 1e-7, 1)).mean(1)
        return [
            self._case(i) | {"loss": round(float(loss[i]), 4)}
            for i in np.argsort(-loss, kind="stable")[:WORST]
        ]

    def _case(self, i: int) -> dict[str, Any]:
        """Return an example with the scores of the labels that are gold or predicted."""
        example, d, names = self.examples[i], self.decisions, self.scheme.names
        concerned = np.flatnonzero(d.gold[i] | d.predicted[i])
        return {
            "id": example.id,
            "gold": list(example.labels),
            "predicted": [names[k] for k in np.flatnonzero(d.predicted[i])],
            "scores": {names[k]: round(float(d.probs[i, k]), 4) for k in concerned},
            "text": example.text,
        }

    def confusions(self) -> list[dict[str, Any]]:
        """Return the most frequent pairs of a label missed and one wrongly given in the same example.

        For single-label examples that is each wrong prediction with its gold label.
        """
        d, names = self.decisions, self.scheme.names
        missed, wrong = d.gold & ~d.predicted, d.predicted & ~d.gold
        counts = missed.T.astype(np.int64) @ wrong.astype(np.int64)
        order = np.argsort(-counts, axis=None, kind="stable")[:CONFUSIONS]
        pairs = [divmod(int(cell), len(names)) for cell in order]
        return [
            {"gold": names[g], "predicted": names[p], "count": int(counts[g, p])}
            for g, p in pairs
            if counts[g, p]
        ]

    def confusion(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return counts of gold (rows) by predicted (columns) for single-label examples."""
        gold, predicted = self.decisions.gold.argmax(1), self.decisions.predicted.argmax(1)
        size = len(self.scheme.names)
        return np.bincount(gold * size + predicted, minlength=size * size).reshape(size, size)


def evaluate_classifier(
    classifier: Classifier,
    examples: Sequence[Example],
    *,
    batch_size: int = 16,
    max_tokens: int = MAX_TOKENS,
    advance: Callable[[int], None] = lambda _: None,
) -> ClassificationResult:
    """Classify labelled examples and score the outcome.

    Args:
        classifier: the model.
        examples: at least one, with labels of the model's scheme.
        batch_size: windows in a batch, in PyTorch.
        max_tokens: read at most so many tokens of a text.
        advance: told how many examples were done, now and then.

    Raises:
        UsageError: no examples.
    """
    if not examples:
        raise UsageError("there are no examples to evaluate with")
    scheme, single = classifier.spec.scheme, classifier.spec.single
    rule = DecisionRule()
    gold = gold_matrix(examples, scheme)
    parts = []
    for at in range(0, len(examples), 256):
        texts = [example.text for example in examples[at : at + 256]]
        parts.append(classifier.probabilities(classifier.encode(texts, max_tokens), batch_size))
        advance(len(texts))
    probs = np.concatenate(parts)
    decisions = Decisions(gold, rule.decide(probs, scheme, classifier.spec.thresholds), probs)
    scores = score_decisions(decisions, single=single, resamples=RESAMPLES)
    thresholds = () if single else classifier.spec.thresholds
    return ClassificationResult(scheme, examples, decisions, scores, thresholds)


def add_evidence(
    classifier: Classifier,
    cases: Sequence[dict[str, Any]],
    *,
    batch_size: int = 16,
    max_tokens: int = MAX_TOKENS,
    advance: Callable[[int], None] = lambda _: None,
) -> None:
    """Add to each case, as ``evidence``, the spans of its text that speak most for its labels.

    That costs some 65 readings a case, and more of long texts; see `Classifier.explain`.

    Args:
        classifier: the model.
        cases: of `ClassificationResult.worst`; the labels are those predicted and those missed.
        batch_size: windows in a batch, in PyTorch.
        max_tokens: read at most so many tokens of a text.
        advance: told of each case.
    """
    for case in cases:
        post = Post(id=case["id"], title="", text=case["text"])
        labels = list(case["scores"])
        spans = classifier.explain(post, labels, batch_size=batch_size, max_tokens=max_tokens)
        case["evidence"] = {label: [list(span) for span in found] for label, found in spans.items()}
        advance(1)


def compare(ours: ClassificationResult, theirs: ClassificationResult) -> dict[str, dict[str, Any]]:
    """Compare two models on the same examples by paired bootstrap.

    Returns:
        For each metric a row of `describe_difference`.

    Raises:
        ValueError: the examples differ.
    """
    if [e.id for e in ours.examples] != [e.id for e in theirs.examples]:
        raise ValueError("the two models were evaluated on different examples")
    a, b = measure(ours.decisions), measure(theirs.decisions)
    drawn_a, drawn_b = bootstrap([ours.decisions, theirs.decisions], RESAMPLES)
    table = {
        name: describe_difference(b[name], a[name] - b[name], drawn_a[name] - drawn_b[name])
        for name in METRICS
    }
    return table | ({"accuracy": table["exact_match"]} if ours.scheme.mode == "single" else {})


def compare_matches(ours: ClassificationResult, theirs: ClassificationResult) -> dict[str, Any]:
    """Compare on how many of the same examples two models have every label right, by McNemar's test.

    Returns:
        Examples that only the one and only the other has right, and the two-sided ``p``.
    """
    right, other = ((r.decisions.gold == r.decisions.predicted).all(1) for r in (ours, theirs))
    only_ours, only_theirs = int((right & ~other).sum()), int((other & ~right).sum())
    return {"only_ours": only_ours, "only_theirs": only_theirs, "p": mcnemar(only_ours, only_theirs)}
