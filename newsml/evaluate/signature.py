"""The signature of an evaluation: everything that its scores depend on, in one line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import newsml
from newsml.domain import Example
from newsml.evaluate.classification import RESAMPLES
from newsml.metrics.classification import SEED
from newsml.model.layout import find_model, load_spec

SHORT = 12  # hexadecimal digits of a fingerprint


def sign_classification(model: str, examples: Sequence[Example], max_tokens: int) -> str:
    """Return the signature of the evaluation of a classifier, the same for the same input.

    Args:
        model: folder of the model, or the name of one that ships.
        examples: what it was evaluated on, in order.
        max_tokens: read of a text.

    Source: Post 2018, "A Call for Clarity in Reporting BLEU Scores".
    """
    layout = find_model(model)
    spec = load_spec(layout)
    fingerprint = hashlib.sha256(layout.spec.read_bytes()).hexdigest()[:SHORT]
    parts = {
        "newsml": newsml.__version__,
        "model": f"{spec.name}@{fingerprint}",
        "data": fingerprint_examples(examples),
        "n": len(examples),
        "thresholds": "none" if spec.single else "own",
        "max_tokens": max_tokens,
        "bootstrap": RESAMPLES,
        "seed": SEED,
    }
    return "|".join(f"{name}:{value}" for name, value in parts.items())


def fingerprint_examples(examples: Sequence[Example]) -> str:
    """Return a short SHA-256 over the ids, texts and labels of examples, in their order."""
    digest = hashlib.sha256()
    for example in examples:
        # In ASCII: a path that is no UTF-8 stands in an id as lone surrogates.
        digest.update(json.dumps([example.id, example.text, list(example.labels)]).encode("ascii") + b"\n")
    return digest.hexdigest()[:SHORT]
