"""A model ready for use: texts in, predictions out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from newsml.arrays import Floats
from newsml.domain import Post, Prediction, Span
from newsml.errors import ModelError, UsageError
from newsml.model.explain import find_evidence
from newsml.model.layout import EMBEDDED
from newsml.model.reader import MAX_TOKENS, Reader, load_reader
from newsml.model.scoring import DecisionRule, uncertainties
from newsml.model.tokenization import Encoded
from newsml.space import has_words

DEFAULT_RULE = DecisionRule()


class Classifier:
    """Classifies texts with one model.

    Args:
        reader: runs the network.

    Raises:
        ModelError: the model does not classify.
    """

    def __init__(self, reader: Reader) -> None:
        if reader.topics is None:
            raise ModelError(f"{reader.name} summarises only; take one that classifies, such as topics")
        self.spec = reader.topics
        self.reader = reader

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the model, in order."""
        return self.spec.scheme.names

    def encode(self, texts: Iterable[str], max_tokens: int = MAX_TOKENS) -> list[Encoded]:
        """Cut texts into windows of tokens."""
        return self.reader.encode(texts, max_tokens)

    def logits(self, encoded: Sequence[Encoded], batch_size: int = 16) -> Floats:
        """Return the logit of each label, before calibration. *Shape:* ``(len(encoded), labels)``."""
        return self.reader.logits(encoded, batch_size)

    def probabilities(self, encoded: Sequence[Encoded], batch_size: int = 16) -> Floats:
        """Return the calibrated probability of each label. *Shape:* ``(len(encoded), labels)``."""
        return self.spec.probabilities(self.logits(encoded, batch_size))

    def predict(
        self,
        texts: Iterable[str],
        *,
        rule: DecisionRule = DEFAULT_RULE,
        batch_size: int = 16,
        max_tokens: int = MAX_TOKENS,
    ) -> list[Prediction]:
        """Classify texts; the title of a post stands in 【】 before its body (``Post.model_input``).

        What is said of a text without a word is a guess, and its uncertainty 1.

        Args:
            texts: the texts, of any length.
            rule: how probabilities become labels.
            batch_size: windows in a batch, in PyTorch.
            max_tokens: read at most so many tokens of a text, spread over the whole of it.

        Raises:
            UsageError: one string in the place of several, what is no string, or a number out of range.
        """
        texts = texts if isinstance(texts, str) else list(texts)
        encoded = self.encode(texts, max_tokens)
        predictions = self.decide(encoded, self.logits(encoded, batch_size), rule)
        return [
            prediction if has_words(text) else replace(prediction, uncertainty=1.0)
            for text, prediction in zip(texts, predictions, strict=True)
        ]

    def decide(
        self, encoded: Sequence[Encoded], logits: Floats, rule: DecisionRule = DEFAULT_RULE
    ) -> list[Prediction]:
        """Turn the logits of texts into predictions. *Shape of the logits:* ``(len(encoded), labels)``."""
        probs = self.spec.probabilities(logits)
        chosen = rule.decide(probs, self.spec.scheme, self.spec.thresholds)
        unsure = uncertainties(probs, chosen, self.spec.scheme).tolist()
        predictions = []
        for text, row, mask, doubt in zip(encoded, probs, chosen, unsure, strict=True):
            scores = dict(zip(self.labels, row.tolist(), strict=True))
            best = [label for label, taken in zip(self.labels, mask, strict=True) if taken]
            best.sort(key=lambda label: -scores[label])
            predictions.append(Prediction(tuple(best), scores, text.tokens, text.tokens_read, doubt))
        return predictions

    def explain(
        self, post: Post, labels: Sequence[str], *, batch_size: int = 16, max_tokens: int = MAX_TOKENS
    ) -> dict[str, tuple[Span, ...]]:
        """Return the spans of ``post.text`` that speak most for each label, a fifth of it at most.

        Args:
            post: as it was classified, by its ``model_input``.
            labels: those to explain, usually those that were predicted.
            batch_size: windows in a batch, in PyTorch.
            max_tokens: as for `predict`.

        Raises:
            UsageError: a label that the model does not have, or a number out of range.
        """
        if unknown := [label for label in labels if label not in self.labels]:
            raise UsageError(f"{', '.join(unknown)}: no label of the model {self.spec.name}")
        columns = [self.labels.index(label) for label in labels]

        def score_texts(texts: Sequence[str]) -> Floats:
            logits = self.logits(self.encode(texts, max_tokens), batch_size)
            if self.spec.single:  # what raises all logits alike speaks for none
                logits -= np.logaddexp.reduce(logits, axis=1, keepdims=True)
            return logits[:, columns]

        (whole,) = self.reader.encode([post.model_input], max_tokens, places=True)
        return dict(zip(labels, find_evidence(post, score_texts, whole.places), strict=True))


def load_model(name: str | Path = EMBEDDED, *, device: str = "auto", threads: int = 0) -> Classifier:
    """Load a classifier; see `load_reader` for the arguments.

    Raises:
        ModelError: no such model, one that is broken, or one that does not classify.
        UsageError: no such device, or PyTorch is needed and not installed.
    """
    return Classifier(load_reader(name, device=device, threads=threads))
