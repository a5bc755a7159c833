"""The state of a training that may be cut off: saved now and then, taken up later."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from newsml.errors import UsageError, reason
from newsml.files import write_json
from newsml.model.network import save_tensors
from newsml.model.optimisation import MeanWeights

STATE = "state.json"


@dataclass(slots=True)
class State:
    """Where a training stands; saved as JSON beside the tensors.

    Attributes:
        fingerprint: of the settings and the data.
        step: steps done.
        best: best validation score so far.
        stale: epochs since then.
        seconds: spent so far.
        loss: sum of the losses of the steps of this epoch.
        history: a row for every epoch that is over.
    """

    fingerprint: str
    step: int = 0
    best: float = -1.0
    stale: int = 0
    seconds: float = 0.0
    loss: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


def save_state(
    folder: Path, state: State, network: nn.Module, optimizer: torch.optim.Optimizer, mean: MeanWeights
) -> None:
    """Write everything that the rest of the training depends on; the folder before stays until it stands."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    save_tensors(_tensors(network), fresh / "network.safetensors")
    save_tensors(mean.tensors, fresh / "mean.safetensors")
    moments = {
        f"{index}.{key}": value
        for index, entry in optimizer.state_dict()["state"].items()
        for key, value in entry.items()
    }
    save_tensors(moments, fresh / "optimizer.safetensors")
    write_json(fresh / STATE, asdict(state))
    old = folder.with_name(f"{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def mend_state(folder: Path) -> None:
    """Put the state before back in its place where a run was cut off while it replaced it."""
    old = folder.with_name(f"{folder.name}.old")
    if not folder.is_dir() and old.is_dir():  # between the two renames
        old.rename(folder)


def has_state(folder: Path) -> bool:
    """Whether a state is saved here."""
    return (folder / STATE).is_file()


def discard_state(folder: Path) -> None:
    """Delete the state; cut off, it leaves none that looks whole."""
    (folder / STATE).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def restore_state(
    folder: Path,
    fingerprint: str,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    mean: MeanWeights,
) -> State | None:
    """Put network, optimiser and mean of the weights back to where the training was cut off.

    Returns:
        The state; None where nothing was saved.

    Raises:
        UsageError: the state belongs to other data or settings, or is damaged.
    """
    if not has_state(folder):
        return None
    try:
        return _restore(folder, fingerprint, network, optimizer, mean)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise UsageError(f"{folder}: is damaged; delete it to train anew ({reason(error)})") from None


def _restore(
    folder: Path,
    fingerprint: str,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    mean: MeanWeights,
) -> State:
    tree = json.loads((folder / STATE).read_text(encoding="utf-8"))
    if tree["fingerprint"] != fingerprint:
        raise UsageError(f"{folder}: cannot be resumed: the interrupted training had other data or settings")
    state = State(**tree)
    with torch.no_grad():
        for tensors, name in ((_tensors(network), "network"), (mean.tensors, "mean")):
            saved = load_file(folder / f"{name}.safetensors")
            for key, tensor in tensors.items():
                tensor.copy_(saved[key])
    moments = optimizer.state_dict()
    for name, value in load_file(folder / "optimizer.safetensors").items():
        index, key = name.split(".", 1)
        moments["state"].setdefault(int(index), {})[key] = value
    optimizer.load_state_dict(moments)
    return state


def _tensors(network: nn.Module) -> dict[str, Tensor]:
    """Return parameters and buffers by name, each once where two parts of the network share it."""
    return {**dict(network.named_parameters()), **dict(network.named_buffers())}
