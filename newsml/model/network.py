"""The network in PyTorch: encoder, pooling, linear head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from newsml.errors import ModelError, UsageError
from newsml.labels import LabelScheme
from newsml.model.checksums import verify_files
from newsml.model.hf import load_encoder, save_encoder
from newsml.model.layout import Layout, ModelSpec


class Network(nn.Module):
    """An encoder with a classification head.

    Args:
        encoder: transformers' model; its ``config.hidden_size`` is the width.
        labels: number of outputs.
        pooling: ``mean``, ``cls`` or ``max`` over the token vectors.
        dropout: on the pooled vector, 0 to 1.
    """

    def __init__(self, encoder: Any, labels: int, pooling: str, dropout: float = 0.0) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, labels)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return the logits.

        Args:
            input_ids: *Shape:* ``(batch, seq_len)``, int64.
            attention_mask: *Shape:* ``(batch, seq_len)``, 1 for a token and 0 for padding.

        Returns:
            *Shape:* ``(batch, labels)``.
        """
        logits: Tensor = self.head(self.dropout(self.features(input_ids, attention_mask)))
        return logits

    def features(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return what the head reads. *Shape:* ``(batch, width)``."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return pool(hidden, attention_mask, self.pooling)


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
    """Return windows of token ids as one batch, and its attention mask. *Shape:* ``(batch, seq_len)``."""
    rows = [torch.tensor(window) for window in windows]
    ids = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad_id)
    lengths = torch.tensor([len(row) for row in rows])
    mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
    return ids.to(device), mask.to(device)


def pool_windows(logits: Tensor, counts: Sequence[int], scheme: LabelScheme) -> Tensor:
    """Make the logits of texts of those of their windows, as ``scoring.pooled_logits`` does.

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
        raise UsageError(f"--device {name}: no such device on this machine")
    return torch.device(name)


def save_network(network: Network, spec: ModelSpec, layout: Layout, *, half: bool = False) -> None:
    """Save the encoder for transformers and the head beside it.

    Args:
        network: the network.
        spec: names the head.
        layout: where to.
        half: in float16.
    """
    save_encoder(network.encoder, layout.folder, half=half)
    dtype = torch.float16 if half else torch.float32
    head = {f"head.{key}": value.to("cpu", dtype) for key, value in network.head.state_dict().items()}
    save_tensors(head, layout.head(spec.name))


def load_network(spec: ModelSpec, layout: Layout) -> Network:
    """Load a checkpoint, in float32.

    Raises:
        ModelError: files that are missing, or weights that do not fit the specification.
    """
    head = layout.head(spec.name)
    verify_files(layout, layout.spec, layout.encoder_config, layout.encoder, layout.tokenizer, head)
    encoder, _ = load_encoder(str(layout.folder))
    network = Network(encoder, len(spec.scheme.names), spec.pooling)
    try:
        tensors = {key.removeprefix("head."): value.float() for key, value in load_file(head).items()}
        network.head.load_state_dict(tensors)
    except Exception as error:  # noqa: BLE001 - safetensors and torch raise several kinds
        raise ModelError(f"{head}: does not fit the model: {' '.join(str(error).split())[:160]}") from None
    return network.eval()


def save_tensors(tensors: dict[str, Tensor], path: Path) -> None:
    """Write tensors to a safetensors file, atomically."""
    temporary = path.with_name(f".{path.name}.tmp")
    save_file({key: value.contiguous() for key, value in tensors.items()}, temporary)
    temporary.replace(path)


class TorchBackend:
    """Runs a network in PyTorch; see ``scoring.Backend``."""

    def __init__(self, network: Network, device: torch.device) -> None:
        self._network = network.to(device)
        self._device = device

    def logits(self, input_ids: NDArray[np.int64], attention_mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the logits. *Shape:* ``(batch, labels)``."""
        training = self._network.training
        self._network.eval()
        with torch.inference_mode():
            ids = torch.from_numpy(input_ids).to(self._device)
            mask = torch.from_numpy(attention_mask).to(self._device)
            logits = self._network(ids, mask).float().cpu().numpy()
        self._network.train(training)
        return np.asarray(logits, np.float32)
