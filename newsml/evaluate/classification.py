"""Evaluate a classifier on labelled posts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from newsml.domain import Example, Score
from newsml.labels import LabelScheme
from newsml.metrics.classification import METRICS, Decisions, f1, score_decisions
from newsml.model.classifier import Classifier
from newsml.model.scoring import DecisionRule

RESAMPLES = 1000
WORST = 50


@dataclass(frozen=True)
class ClassificationResult:
    """What an evaluation found.

    Attributes:
        scheme: the labels.
        examples: what was classified.
        decisions: gold, predicted and probabilities, a row for each example.
        scores: the metrics with their intervals.
    """

    scheme: LabelScheme
    examples: Sequence[Example]
    decisions: Decisions
    scores: list[Score]

    def per_label(self) -> list[dict[str, Any]]:
        """Return precision, recall, F1 and support of each label, in the order of the scheme."""
        d = self.decisions
        hits, predicted, gold = (
            (m.sum(0)).astype(float) for m in (d.gold & d.predicted, d.predicted, d.gold)
        )
        precision = np.divide(hits, predicted, out=np.zeros_like(hits), where=predicted > 0)
        recall = np.divide(hits, gold, out=np.zeros_like(hits), where=gold > 0)
        rows = zip(self.scheme.names, precision, recall, f1(hits, predicted, gold), gold, strict=True)
        return [
            {"label": name, "precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
            for name, p, r, f, n in rows
        ]

    def worst(self) -> list[dict[str, Any]]:
        """Return the examples of the highest loss (mean cross-entropy of their label decisions) first."""
        d = self.decisions
        likelihood = np.where(d.gold, d.probs, 1 - d.probs)
        loss = -np.log(np.clip(likelihood, 1e-7, 1)).mean(1)
        return [
            {
                "id": self.examples[i].id,
                "loss": round(float(loss[i]), 4),
                "gold": list(self.examples[i].labels),
                "predicted": [n for n, taken in zip(self.scheme.names, d.predicted[i], strict=True) if taken],
                "text": self.examples[i].text,
            }
            for i in np.argsort(-loss, kind="stable")[:WORST]
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
    max_tokens: int = 4096,
    advance: Callable[[int], None] = lambda _: None,
) -> ClassificationResult:
    """Classify labelled examples and score the outcome.

    Args:
        classifier: the model.
        examples: at least one, with labels of the model's scheme.
        batch_size: windows in a batch.
        max_tokens: read at most so many tokens of a text.
        advance: told how many examples were done, now and then.
    """
    scheme = classifier.spec.scheme
    rule = DecisionRule()
    gold = np.zeros((len(examples), len(scheme.names)), bool)
    for row, example in enumerate(examples):
        gold[row, [scheme.label2id[label] for label in example.labels]] = True
    parts = []
    for at in range(0, len(examples), 256):
        texts = [example.text for example in examples[at : at + 256]]
        parts.append(classifier.probabilities(classifier.encode(texts, max_tokens), batch_size))
        advance(len(texts))
    probs = np.concatenate(parts)
    decisions = Decisions(gold, rule.decide(probs, scheme, classifier.spec.thresholds), probs)
    scores = score_decisions(decisions, single=scheme.mode == "single", resamples=RESAMPLES)
    return ClassificationResult(scheme, examples, decisions, scores)


def compare(
    ours: ClassificationResult, theirs: ClassificationResult, seed: int = 13
) -> dict[str, dict[str, Any]]:
    """Compare two models on the same examples by paired bootstrap.

    Returns:
        For each metric the other model's value, the difference (ours less theirs) with its 95 %
        interval, and the share of the samples in which its sign is another (``p``, one-sided).

    Raises:
        ValueError: the examples differ.

    Source: Koehn 2004, "Statistical Significance Tests for Machine Translation Evaluation".
    """
    if [e.id for e in ours.examples] != [e.id for e in theirs.examples]:
        raise ValueError("the two models were evaluated on different examples")
    rng = np.random.default_rng(seed)
    n = len(ours.examples)
    samples = [rng.integers(n, size=n) for _ in range(RESAMPLES)]
    table = {}
    for name, metric in METRICS.items():
        difference = metric(ours.decisions) - metric(theirs.decisions)
        drawn = np.array([metric(ours.decisions.take(s)) - metric(theirs.decisions.take(s)) for s in samples])
        low, high = np.percentile(drawn, [2.5, 97.5])
        table[name] = {
            "value": metric(theirs.decisions),
            "difference": difference,
            "ci95": [float(low), float(high)],
            "p": float((drawn <= 0).mean() if difference > 0 else (drawn >= 0).mean()),
        }
    return table
