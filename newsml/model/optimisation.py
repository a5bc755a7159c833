"""The optimiser of a fine-tuning and the course of its learning rate."""

from __future__ import annotations

import re

import torch
from torch import nn

from newsml.config import TrainConfig

_LAYER = re.compile(r"\.layers?\.(\d+)\.")


def build_optimizer(network: nn.Module, settings: TrainConfig) -> torch.optim.AdamW:
    """Return AdamW with a learning rate of its own for the head, and no decay of biases and norms.

    Each group holds its highest learning rate as ``peak``; see `set_learning_rate`. In the encoder the rate
    falls from the last layer to the embeddings, by the factor ``layer_decay`` a layer.

    Source: Loshchilov, Hutter 2019, "Decoupled Weight Decay Regularization"; Howard, Ruder 2018, "Universal
        Language Model Fine-tuning for Text Classification", section 3.2 (a rate for each layer).
    """
    parameters = dict(network.named_parameters())
    depths = layer_depths(list(parameters))
    groups: dict[tuple[bool, int, bool], list[nn.Parameter]] = {}
    for name, parameter in parameters.items():
        head = ".encoder." not in f".{name}"
        groups.setdefault((head, 0 if head else depths[name], parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": members,
                "peak": settings.head_learning_rate
                if head
                else settings.learning_rate * settings.layer_decay**depth,
                "weight_decay": settings.weight_decay if matrix else 0.0,
            }
            for (head, depth, matrix), members in sorted(groups.items(), key=lambda item: item[0])
        ],
        lr=settings.learning_rate,
    )


def layer_depths(names: list[str]) -> dict[str, int]:
    """Return how many layers stand above each parameter: 0 for the last, most for the embeddings.

    Args:
        names: of the parameters of a network; those of layers hold ``layer.N`` or ``layers.N``.
    """
    places = {name: int(found[1]) for name in names if (found := _LAYER.search(name))}
    layers = max(places.values(), default=-1) + 1
    depths = {}
    for name in names:
        if name in places:
            depths[name] = layers - 1 - places[name]
        else:
            depths[name] = layers if "embed" in name else 0
    return depths


def set_learning_rate(optimizer: torch.optim.Optimizer, step: int, steps: int, warmup_share: float) -> None:
    """Set the learning rates of a step: linear warm-up to the peak, then linear decay to nothing.

    Args:
        optimizer: of `build_optimizer`.
        step: from 0.
        steps: of the whole training.
        warmup_share: share of the steps for the warm-up, 0 to 1 exclusive.
    """
    warmup = max(round(steps * warmup_share), 1)
    share = min((step + 1) / warmup, (steps - step) / max(steps - warmup, 1))
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share
