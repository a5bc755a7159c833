"""The optimiser of a fine-tuning, its length, the course of its learning rate and the mean of its weights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from newsml.config import TrainConfig

# By itself a training takes about so many steps, in so many epochs: few examples are read often.
AUTO_STEPS = 1500
AUTO_EPOCHS = (2, 20)

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
        fused=True,
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


def count_epochs(settings: TrainConfig, batches: int) -> int:
    """Return how many epochs a training lasts at most, given the batches of one."""
    if settings.epochs != "auto":
        return settings.epochs
    least, most = AUTO_EPOCHS
    return min(max(round(AUTO_STEPS / batches), least), most)


class MeanWeights:
    """The exponential mean of a network's parameters over the steps of its training.

    Args:
        network: the network.
        decay: share of the mean that each step keeps, 0 to 1 exclusive; 0 for no mean. While it covers
            more steps than there have been, it keeps less.

    Source: Tarvainen, Valpola 2017, "Mean teachers are better role models" (the mean and its warm-up).
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._parameters, self._decay = dict(network.named_parameters()), decay
        self.tensors = {name: p.detach().clone() for name, p in self._parameters.items()} if decay else {}

    def update(self, step: int) -> None:
        """Take in the parameters as they are after a step, counted from 0."""
        kept = min(self._decay, (step + 1) / (step + 10))
        with torch.no_grad():
            for name, mean in self.tensors.items():
                mean.lerp_(self._parameters[name], 1 - kept)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Let the network have its mean for a while."""
        own = {name: self._parameters[name].detach().clone() for name in self.tensors}
        self._copy(self.tensors)
        try:
            yield
        finally:
            self._copy(own)

    def _copy(self, tensors: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, tensor in tensors.items():
                self._parameters[name].copy_(tensor)
