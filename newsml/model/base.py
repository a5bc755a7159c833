"""The encoder that a training starts from, with its tokenizer."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from newsml.config import ModelConfig
from newsml.model.checksums import verify_files
from newsml.model.hf import enable_gradient_checkpointing, encoder_folder, load_encoder, save_tokenizer
from newsml.model.layout import Layout
from newsml.model.network import LENGTH_STEP
from newsml.model.tokenization import TextEncoder


@dataclass(frozen=True)
class Base:
    """An encoder and what cuts texts into its windows.

    Attributes:
        encoder: transformers' model.
        tokenizer: transformers' tokenizer, to be saved with the model.
        text_encoder: the same tokenizer, as newsml uses it.
        window: tokens that the encoder reads at once, special tokens included.
    """

    encoder: Any
    tokenizer: Any
    text_encoder: TextEncoder
    window: int


def load_base(settings: ModelConfig, device: torch.device, *, gradient_checkpointing: bool = False) -> Base:
    """Load the encoder that a configuration names.

    Args:
        settings: name it.
        device: where it will run.
        gradient_checkpointing: it keeps what a layer reads, and computes the rest again for the gradients.

    Raises:
        UsageError: transformers is not installed, or the encoder knows no gradient checkpointing.
        ModelError: no such encoder, one of another kind, or a damaged model of newsml's.
    """
    source = Layout(Path(encoder_folder(settings.base)))
    if source.checksums.is_file():  # a model of newsml's
        verify_files(source)
    encoder, tokenizer = load_encoder(settings.base, eager=device.type == "cpu")
    if gradient_checkpointing:
        enable_gradient_checkpointing(encoder)
    positions = getattr(encoder.config, "max_position_embeddings", 512)
    if "roberta" in encoder.config.model_type:  # which counts them from behind the padding's
        positions -= encoder.config.pad_token_id + 1
    window = min(settings.window, positions - positions % LENGTH_STEP)  # batches are padded to whole steps
    with tempfile.TemporaryDirectory() as folder:
        save_tokenizer(tokenizer, Path(folder))
        text_encoder = TextEncoder(Layout(Path(folder)).tokenizer, window)
    return Base(encoder, tokenizer, text_encoder, window)
