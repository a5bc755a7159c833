"""The model card: what a model is, written from its specification and metrics."""

from __future__ import annotations

import json
from typing import Any

from newsml.model.layout import Layout, load_spec, write_atomic


def write_card(layout: Layout) -> None:
    """Write the card of a trained model beside its weights."""
    spec = load_spec(layout)
    metrics = json.loads(layout.metrics.read_text(encoding="utf-8"))
    training: Any = spec.training
    settings = training["train"]
    scores = "\n".join(
        f"| {name} | {value:.4f} |" for name, value in metrics.items() if isinstance(value, float)
    )
    optimisation = (
        f"{settings['epochs']} epochs, batch {settings['batch_size']}, "
        f"learning rate {settings['learning_rate']}, seed {settings['seed']}; "
        f"epoch {metrics['epoch']} chosen by {metrics['selected_by']}"
        if metrics["epoch"]
        else f"logistic regression on the frozen encoder, seed {settings['seed']}"
    )
    base = (
        f"{training['model']['base']}; {spec.pooling} pooling, a linear head, windows of {spec.window} tokens"
    )
    similarity = training["data"]["near_duplicate"]
    apart = f"near-duplicates (Jaccard {similarity}) on one side where newsml made the split"
    write_atomic(
        layout.card,
        f"""# {spec.name}

A text classifier for Chinese financial news, trained with newsml.

- Labels ({spec.scheme.mode}): {" ".join(spec.scheme.names)}
- Base: {base}
- Trained on {metrics["n_train"]} examples: {optimisation}
- Validated on {metrics["n"]} examples, {apart}

| metric | validation |
|---|---|
{scores}
""",
    )
