"""The optimiser of a fine-tuning and the course of its learning rate."""

from __future__ import annotations

import torch
from torch import nn

from newsml.config import TrainConfig


def build_optimizer(network: nn.Module, settings: TrainConfig) -> torch.optim.AdamW:
    """Return AdamW with a learning rate of its own for the head, and no decay of biases and norms.

    Each group holds its highest learning rate as ``peak``; see `set_learning_rate`.

    Source: Loshchilov, Hutter 2019, "Decoupled Weight Decay Regularization".
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        head = ".encoder." not in f".{name}"
        groups.setdefault((head, parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "peak": settings.head_learning_rate if head else settings.learning_rate,
                "weight_decay": settings.weight_decay if matrix else 0.0,
            }
            for (head, matrix), parameters in sorted(groups.items(), key=lambda item: item[0])
        ],
        lr=settings.learning_rate,
    )


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
