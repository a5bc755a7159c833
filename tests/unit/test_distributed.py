"""Several processes of one training; that they learn what one does stands in test_classification_task."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from newsml.errors import UsageError
from newsml.model.distributed import Group, join_processes, process_rank

CPU = torch.device("cpu")


def test_without_torchrun_there_is_one_process(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert process_rank() == 0
    with join_processes(CPU) as group:
        assert (group.first, group.size, group.device) == (True, 1, CPU)
        weight = nn.Parameter(torch.ones(2))
        assert group.add_up([weight], 0.5) == 0.5
        assert weight.grad is None
        assert group.agree(0.7) == 0.7


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_every_row_is_in_one_share(size):
    shares = [Group(rank, size, CPU).share([5, 3, 8]) for rank in range(size)]
    assert sorted(row for share in shares for row in share) == [3, 5, 8]
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_more_processes_than_devices_are_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    for kind in ("cuda", "mps"):
        with pytest.raises(UsageError, match="torchrun"), join_processes(torch.device(kind)):
            pass
