"""The model card: what a model is, written from its specification and metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from newsml.files import write_atomic
from newsml.model.layout import Layout, load_spec
from newsml.model.salience import load_salience_spec
from newsml.text import escape_markdown, printable


def write_card(layout: Layout) -> None:
    """Write the card of a trained model beside its weights."""
    spec = load_spec(layout)
    metrics = json.loads(layout.metrics.read_text(encoding="utf-8"))
    training: Any = spec.training
    settings = training["train"]
    scores = _score_rows(metrics)
    optimisation = (
        _optimisation(metrics, settings)
        if metrics["epoch"]
        else f"logistic regression on the frozen encoder, seed {settings['seed']}"
    )
    encoder = escape_markdown(training["model"]["base"])
    base = f"{encoder}; {spec.pooling} pooling, a linear head, windows of {spec.window} tokens"
    names = ", ".join(escape_markdown(printable(name)) for name in spec.scheme.names)
    similarity = training["data"]["near_duplicate"]
    apart = f"near-duplicates (Jaccard {similarity}) on one side where newsml made the split"
    write_atomic(
        layout.card,
        f"""# {spec.name}

A text classifier for Chinese financial news, trained with newsml.

- Labels ({spec.scheme.mode}): {names}
- Base: {base}
- Trained on {metrics["n_train"]} examples: {optimisation}
- Validated on {metrics["n"]} examples, {apart}

| metric | validation |
|---|---|
{scores}
{_label_rows(metrics)}""",
    )


def write_salience_card(layout: Layout) -> None:
    """Write the card of a trained summariser beside its weights."""
    spec = load_salience_spec(layout)
    metrics = json.loads(layout.metrics.read_text(encoding="utf-8"))
    training: Any = spec.training
    base = escape_markdown(training["model"]["base"])
    write_atomic(
        layout.card,
        f"""# {training["name"]}

An extractive summariser for Chinese financial news, trained with newsml: headlines, highlights, briefs.

- Base: {base}; a linear head on each token, windows of {spec.window} tokens
- Trained on {metrics["n_train"]} windows: {_optimisation(metrics, training["train"])}
- Validated on {metrics["n"]} texts, by ROUGE of headlines and the F1 of highlighted characters

| metric | validation |
|---|---|
{_score_rows(metrics)}
""",
    )


def _optimisation(metrics: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    return (
        f"epochs {settings['epochs']}, batch {settings['batch_size']}, "
        f"learning rate {settings['learning_rate']}, seed {settings['seed']}; "
        f"epoch {metrics['epoch']} chosen by {metrics['selected_by']}"
    )


def _label_rows(metrics: Mapping[str, Any]) -> str:
    rows = [
        f"| {escape_markdown(printable(row['label']))} | {row['precision']:.3f} | {row['recall']:.3f} "
        f"| {row['f1']:.3f} | {row['support']} |\n"
        for row in metrics.get("labels", ())
    ]
    head = "\n| label | precision | recall | F1 | examples |\n|---|---|---|---|---|\n"
    return head + "".join(rows) if rows else ""


def _score_rows(metrics: Mapping[str, Any]) -> str:
    return "\n".join(
        f"| {name} | {value:.4f} |" for name, value in metrics.items() if isinstance(value, float)
    )
