"""The network in PyTorch: encoder, pooling, linear heads."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from newsml.errors import ArgumentError, ModelError, UsageError, reason
from newsml.files import replaced
from newsml.labels import LabelScheme
from newsml.model.hf import load_encoder, save_encoder
from newsml.model.layout import Layout
from newsml.model.scoring import LOGITS
from newsml.model.tokenization import Window

LENGTH_STEP = 16
"""Batches have lengths of so many tokens and multiples: a CPU makes ready for each size of matrix anew."""


class Network(nn.Module):
    """An encoder with linear heads.

    Args:
        encoder: transformers' model; its ``config.hidden_size`` is the width.
        widths: the outputs (``scoring.LOGITS``, ``scoring.SALIENCE``), each with the number of its values.
        pooling: of the logits: ``mean``, ``cls`` or ``max`` over the token vectors.
        dropout: before the heads, 0 to 1.
    """

    def __init__(
        self, encoder: Any, widths: Mapping[str, int], pooling: str = "mean", dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.dropout = nn.Dropout(dropout)
        width = encoder.config.hidden_size
        self.heads = nn.ModuleDict({name: nn.Linear(width, values) for name, values in widths.items()})

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs, in the order of the heads.

        Args:
            input_ids: *Shape:* ``(batch, seq_len)``, int64.
            attention_mask: *Shape:* ``(batch, seq_len)``, 1 for a token and 0 for padding.

        Returns:
            Logits of shape ``(batch, labels)``, salience of shape ``(batch, seq_len, channels)``.
        """
        hidden = self._hidden(input_ids, attention_mask)
        return tuple(
            head(self.dropout(pool(hidden, attention_mask, self.pooling) if name == LOGITS else hidden))
            for name, head in self.heads.items()
        )

    def features(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return what the head of the logits reads. *Shape:* ``(batch, width)``."""
        return pool(self._hidden(input_ids, attention_mask), attention_mask, self.pooling)

    def _hidden(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden: Tensor = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return hidden


def pool(hidden: Tensor, attention_mask: Tensor, pooling: str) -> Tensor:
    """Make one vector of a text's token vectors.

    Args:
        hidden: *Shape:* ``(batch, seq_len, width)``.
        attention_mask: *Shape:* ``(batch, seq_len)``.
        pooling: ``mean``, ``cls`` or ``max``.

    Returns:
        *Shape:* ``(batch, width)``.
    """
    mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
    if pooling == "cls":
        return hidden[:, 0]
    if pooling == "max":
        return (hidden + (mask - 1) * 1e4).max(1).values
    return (hidden * mask).sum(1) / mask.sum(1)


def pad_windows(windows: Sequence[Sequence[int]], pad_id: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return windows of token ids as one batch, and its attention mask. *Shape:* ``(batch, seq_len)``.

    The length is the next multiple of `LENGTH_STEP`.
    """
    rows = [torch.tensor(window) for window in windows]
    ids = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad_id)
    ids = nn.functional.pad(ids, (0, -ids.shape[1] % LENGTH_STEP), value=pad_id)
    lengths = torch.tensor([len(row) for row in rows])
    mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
    return ids.to(device), mask.to(device)


def pool_windows(logits: Tensor, counts: Sequence[int], scheme: LabelScheme) -> Tensor:
    """Make the logits of texts of those of their windows, as ``scoring.pool_logits`` does.

    Args:
        logits: *Shape:* ``(windows, labels)``.
        counts: windows of each text.
        scheme: of a single-label one the mean is taken, else the greatest.

    Returns:
        *Shape:* ``(texts, labels)``.
    """
    parts = torch.split(logits, list(counts))
    return torch.stack([part.mean(0) if scheme.mode == "single" else part.amax(0) for part in parts])


def choose_device(name: str) -> torch.device:
    """Return the device of that name; ``auto`` is the fastest there is.

    Raises:
        UsageError: the device is not there.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    if (name == "cuda" and not cuda) or (name == "mps" and not mps):
        raise ArgumentError(f"device {name}: no such device on this machine", "device")
    return torch.device(name)


def save_network(network: Network, files: Mapping[str, Path], layout: Layout, *, half: bool = False) -> None:
    """Save the encoder for transformers and the heads beside it.

    Args:
        network: the network.
        files: where the head of each output goes.
        layout: where the encoder goes.
        half: in float16.
    """
    save_encoder(network.encoder, layout.folder, half=half)
    dtype = torch.float16 if half else torch.float32
    for name, path in files.items():
        head = network.heads[name].state_dict()
        save_tensors({f"head.{key}": value.to("cpu", dtype) for key, value in head.items()}, path)
    for path in (layout.encoder, *files.values()):  # safetensors lets their owner alone read them
        shutil.copymode(layout.encoder_config, path)


def load_network(
    widths: Mapping[str, int], files: Mapping[str, Path], layout: Layout, pooling: str
) -> Network:
    """Load a checkpoint, in float32.

    Args:
        widths: the outputs, each with the number of its values.
        files: where the head of each output lies.
        layout: where the encoder lies.
        pooling: of the logits.

    Raises:
        ModelError: files that are missing, or weights that do not fit.
    """
    encoder, _ = load_encoder(str(layout.folder))
    network = Network(encoder, widths, pooling)
    for name, path in files.items():
        try:
            tensors = {key.removeprefix("head."): value.float() for key, value in load_file(path).items()}
            network.heads[name].load_state_dict(tensors)
        except Exception as error:  # noqa: BLE001 - safetensors and torch raise several kinds
            raise ModelError(f"{path}: does not fit the model: {reason(error)}") from None
    return network.eval()


def save_tensors(tensors: dict[str, Tensor], path: Path) -> None:
    """Write tensors to a safetensors file, atomically.

    Raises:
        UsageError: it cannot be written, as on a full disk.
    """
    try:
        with replaced(path) as partial:
            save_file({key: value.contiguous() for key, value in tensors.items()}, partial)
    except SafetensorError as error:
        raise UsageError(f"{path}: {error}") from None


class TorchBackend:
    """Runs a network in PyTorch; see ``scoring.Backend``."""

    def __init__(self, network: Network, device: torch.device) -> None:
        self._network = network.to(device)
        self._device = device

    def run(
        self, outputs: Sequence[str], windows: Sequence[Window], *, pad_id: int, batch_size: int
    ) -> list[list[NDArray[np.float32]]]:
        """Return outputs of the network, run in batches of like length; see ``scoring.Backend``."""
        rows: list[list[NDArray[np.float32]]] = [[np.empty(0, np.float32)] * len(windows) for _ in outputs]
        order = sorted(range(len(windows)), key=lambda i: len(windows[i]))
        training = self._network.training
        self._network.eval()
        try:
            for at in range(0, len(order), batch_size):
                batch = order[at : at + batch_size]
                with torch.inference_mode():
                    values = self._network(*pad_windows([windows[i] for i in batch], pad_id, self._device))
                found = dict(zip(self._network.heads, values, strict=True))
                for kind, name in enumerate(outputs):
                    for i, row in zip(batch, found[name].float().cpu().numpy(), strict=True):
                        rows[kind][i] = row if row.ndim == 1 else row[: len(windows[i])]
        finally:
            self._network.train(training)
        return rows
