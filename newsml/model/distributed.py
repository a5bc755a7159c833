"""One training in several processes, as ``torchrun`` starts them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from newsml.errors import UsageError

if TYPE_CHECKING:
    import torch
    from torch import nn

PATIENCE = timedelta(hours=2)  # the others wait while the first process validates


def process_rank() -> int:
    """Return the number of this process, from 0; only the first writes and talks."""
    return int(os.environ.get("RANK", "0"))


@dataclass(frozen=True)
class Group:
    """The processes of a training.

    Attributes:
        rank: number of this one, from 0.
        size: how many there are.
        device: where tensors are exchanged.
    """

    rank: int
    size: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and talks."""
        return self.rank == 0

    def share(self, rows: Sequence[int]) -> list[int]:
        """Return the part of a batch that is this process's; it can be empty."""
        return list(rows[self.rank :: self.size])

    def add_up(self, parameters: Iterable[nn.Parameter], loss: float) -> float:
        """Make every gradient its sum over the processes, and return the sum of the losses.

        With losses that are divided by the size of the whole batch this is the step that one process
        would take, however the batch was shared; a mean of means would not be where the last batch is uneven.

        Source: Li et al. 2020, "PyTorch Distributed: Experiences on Accelerating Data Parallel Training".
        """
        import torch

        if self.size == 1:
            return loss
        learning = [p for p in parameters if p.requires_grad]
        for p in learning:
            if p.grad is None:  # another process may have used it
                p.grad = torch.zeros_like(p)
        total = torch.tensor([loss], device=self.device)
        whole = torch.cat([*(p.grad.flatten() for p in learning if p.grad is not None), total])
        torch.distributed.all_reduce(whole)
        at = 0
        for p in learning:
            p.grad = whole[at : at + p.numel()].view_as(p)
            at += p.numel()
        return float(whole[-1])

    def wait(self) -> None:
        """Wait until all processes are here."""
        self.agree(0)

    def agree(self, value: float) -> float:
        """Return the value that the first process has."""
        import torch

        if self.size == 1:
            return value
        told = torch.tensor([value], dtype=torch.float64, device=self.device)
        torch.distributed.broadcast(told, 0)
        return float(told[0])


@contextmanager
def join_processes(device: torch.device) -> Iterator[Group]:
    """Join the other processes of a ``torchrun``, each on a GPU of its own; alone without one.

    Args:
        device: as `choose_device` chose it.

    Raises:
        UsageError: more processes than GPUs.
    """
    import torch

    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Group(0, 1, device)
        return
    place = int(os.environ.get("LOCAL_RANK", "0"))
    if device.type == "mps" or (device.type == "cuda" and place >= torch.cuda.device_count()):
        raise UsageError(
            f"torchrun: no {device.type} device for process {place}; start fewer, or take the device cpu"
        )
    if device.type == "cuda":
        device = torch.device("cuda", place)
        torch.cuda.set_device(device)
    torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Group(process_rank(), size, device)
    finally:
        torch.distributed.destroy_process_group()
