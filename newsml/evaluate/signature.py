"""The signature of an evaluation: everything that its scores depend on, in one line.

Source: Post 2018, "A Call for Clarity in Reporting BLEU Scores".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import newsml
from newsml.domain import Example, Post
from newsml.metrics.bootstrap import RESAMPLES, SEED
from newsml.model.layout import find_model, load_spec

SHORT = 12  # hexadecimal digits of a fingerprint


def sign_classification(model: str, examples: Sequence[Example], max_tokens: int) -> str:
    """Return the signature of the evaluation of a classifier, the same for the same input.

    Args:
        model: folder of the model, or the name of one that ships.
        examples: what it was evaluated on, in order.
        max_tokens: read of a text.
    """
    layout = find_model(model)
    spec = load_spec(layout)
    parts = {
        "model": f"{spec.name}@{_short_hash(layout.checksums)}",
        "data": fingerprint_examples(examples),
        "n": len(examples),
        "thresholds": "none" if spec.single else "own",
        "max_tokens": max_tokens,
    }
    return _sign(parts)


def sign_summaries(settings: Mapping[str, object], posts: Sequence[Post]) -> str:
    """Return the signature of the evaluation of summaries, the same for the same input.

    Args:
        settings: what the summaries depend on: style, method, lengths.
        posts: what was summarised, in order.
    """
    parts = {
        **settings,
        "data": fingerprint_posts(posts),
        "n": len(posts),
        "rouge": "f1,clipped,codepoints",
        "highlight": "f1,codepoints",
    }
    return _sign(parts)


def sign_summarizer(model: str) -> str:
    """Return what names a model that summarises: its name or folder, and the checksum of all its files."""
    return f"{Path(model).name}@{_short_hash(find_model(model).checksums)}"


def _short_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:SHORT]


def _sign(parts: Mapping[str, object]) -> str:
    parts = {"newsml": newsml.__version__, **parts, "bootstrap": RESAMPLES, "seed": SEED}
    return "|".join(f"{name}:{value}" for name, value in parts.items())


def fingerprint_examples(examples: Iterable[Example]) -> str:
    """Return a short SHA-256 over the ids, texts and labels of examples, in their order."""
    return _fingerprint([e.id, e.text, list(e.labels)] for e in examples)


def fingerprint_posts(posts: Iterable[Post]) -> str:
    """Return a short SHA-256 over the ids, texts, summaries and highlights of posts, in their order."""
    return _fingerprint([p.id, p.text, p.summary, p.highlights] for p in posts)


def _fingerprint(rows: Iterable[list[object]]) -> str:
    digest = hashlib.sha256()
    for row in rows:
        # In ASCII: a path that is no UTF-8 stands in an id as lone surrogates.
        digest.update(json.dumps(row).encode("ascii") + b"\n")
    return digest.hexdigest()[:SHORT]
