"""A model folder, loaded: texts -> what one pass through the network says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from newsml.arrays import Floats
from newsml.domain import Post
from newsml.errors import ArgumentError, ModelError, UsageError, missing_extra
from newsml.model.checksums import verify_files
from newsml.model.layout import EMBEDDED, Layout, ModelSpec, find_model, load_spec
from newsml.model.onnx_backend import OnnxBackend, count_cores
from newsml.model.salience import CHANNELS, Salience, SalienceSpec, load_salience_spec
from newsml.model.scoring import (
    LOGITS,
    SALIENCE,
    Backend,
    join_tokens,
    pool_logits,
)
from newsml.model.tokenization import Encoded, TextEncoder

PASSAGE = 2.0
"""By how much the logits of a paragraph alone, which is sooner mistaken than a window, are lowered."""

MAX_TOKENS = 4096


class Reader:
    """Reads texts with one network.

    Args:
        topics: what the model says of a text as a whole; None where it does not classify.
        salience: what it says of its parts; None where it does not summarise.
        text_encoder: cuts texts into windows.
        backend: runs the network.
        name: of the model, for errors.
    """

    def __init__(
        self,
        topics: ModelSpec | None,
        salience: SalienceSpec | None,
        text_encoder: TextEncoder,
        backend: Backend,
        name: str = "this model",
    ) -> None:
        self.name = name
        self.topics = topics
        self.salience = salience
        self._text_encoder = text_encoder
        self._backend = backend

    def encode(
        self, texts: Iterable[str], max_tokens: int = MAX_TOKENS, *, places: bool = False
    ) -> list[Encoded]:
        """Cut texts into windows of tokens; see `TextEncoder.encode`.

        Raises:
            UsageError: one string in the place of several, what is no string, or a number out of range.
        """
        if isinstance(texts, str):  # a sequence of strings too, of a character each
            raise UsageError("texts: a list of strings is wanted, not one string")
        texts = list(texts)
        if wrong := [text for text in texts if not isinstance(text, str)]:
            hint = " (give its model_input)" if isinstance(wrong[0], Post) else ""
            raise UsageError(f"texts: {type(wrong[0]).__name__} in the place of a string{hint}")
        if max_tokens < 1:
            raise ArgumentError(f"max_tokens {max_tokens} is less than 1", "max_tokens")
        return self._text_encoder.encode(texts, max_tokens, places=places)

    def logits(self, encoded: Sequence[Encoded], batch_size: int = 16) -> Floats:
        """Return the logit of each label, before calibration. *Shape:* ``(len(encoded), labels)``."""
        (rows,) = self._rows((LOGITS,), encoded, batch_size)
        return self._pooled(rows, encoded, batch_size)

    def saliences(self, encoded: Sequence[Encoded], batch_size: int = 16) -> list[Salience]:
        """Return what the model says of the parts of each text, which was encoded with places."""
        (rows,) = self._rows((SALIENCE,), encoded, batch_size)
        return self._located(rows, encoded)

    def logits_and_saliences(
        self, encoded: Sequence[Encoded], batch_size: int = 16
    ) -> tuple[Floats, list[Salience]]:
        """Return both, in one pass through the network."""
        labels, tokens = self._rows((LOGITS, SALIENCE), encoded, batch_size)
        return self._pooled(labels, encoded, batch_size), self._located(tokens, encoded)

    def _rows(
        self, outputs: Sequence[str], encoded: Sequence[Encoded], batch_size: int
    ) -> list[list[NDArray[np.float32]]]:
        if batch_size < 1:
            raise ArgumentError(f"batch_size {batch_size} is less than 1", "batch_size")
        windows = [window for text in encoded for window in text.windows]
        found = self._backend.run(outputs, windows, pad_id=self._text_encoder.pad_id, batch_size=batch_size)
        if not all(np.isfinite(row).all() for rows in found for row in rows):
            raise ModelError("what the model says is no number: its weights are damaged")
        return found

    def _pooled(
        self, rows: Sequence[NDArray[np.float32]], encoded: Sequence[Encoded], batch_size: int
    ) -> Floats:
        if not encoded:
            return np.zeros((0, len(self.topics.scheme.names) if self.topics else 0))
        single = self.topics is not None and self.topics.single
        pooled = pool_logits(rows, encoded, single=single)
        # A text of one label is told by the whole of it.
        places = [] if single else [i for i, text in enumerate(encoded) if text.passages]
        if places:
            passages = [Encoded(encoded[i].passages, encoded[i].tokens, 0) for i in places]
            (rows,) = self._rows((LOGITS,), passages, batch_size)
            told = pool_logits(rows, passages, single=False) - PASSAGE
            pooled[places] = np.maximum(pooled[places], told)
        return pooled

    @staticmethod
    def _located(rows: Sequence[NDArray[np.float32]], encoded: Sequence[Encoded]) -> list[Salience]:
        tokens = join_tokens(rows, encoded)
        return [Salience(e.places, values, e.tokens_read) for e, values in zip(encoded, tokens, strict=True)]


def load_reader(name: str | Path = EMBEDDED, *, device: str = "auto", threads: int = 0) -> Reader:
    """Load a model folder.

    A package for ONNX Runtime runs on the CPU, that in 8 bits first; a checkpoint, or any model with
    ``device`` set to ``cuda`` or ``mps``, runs in PyTorch.

    Args:
        name: folder of a model, or the name of one that ships (``topics``).
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        threads: CPU threads; 0, or more than there are cores, for one a core.

    Raises:
        ModelError: no such model, or one that is broken.
        UsageError: no such device, fewer threads than 0, or PyTorch is needed and not installed.
    """
    if threads < 0:
        raise ArgumentError(f"threads {threads} is less than 0", "threads")
    if device not in ("auto", "cpu", "cuda", "mps"):
        raise ArgumentError(f"device {device}: is none of auto, cpu, cuda, mps", "device")
    threads = min(threads, count_cores())  # more than that wait for one another, and hardly get on
    layout = find_model(name)
    topics, salience = load_specs(layout)
    verify_files(layout)
    window = (topics or salience).window  # type: ignore[union-attr] # one of them is there
    text_encoder = TextEncoder(layout.tokenizer, window)
    packages = [path for path in (layout.onnx_int8, layout.onnx) if path.is_file()]
    if packages and device in ("auto", "cpu"):
        onnx = OnnxBackend(packages[0], widths_of(topics, salience), threads)
        return Reader(topics, salience, text_encoder, onnx, str(layout.folder))
    backend = _torch_backend(layout, topics, salience, device, threads)
    return Reader(topics, salience, text_encoder, backend, str(layout.folder))


def load_specs(layout: Layout) -> tuple[ModelSpec | None, SalienceSpec | None]:
    """Read what a model folder says of itself; one of the two at least.

    Raises:
        ModelError: the folder is no model, or one whose parts do not fit.
    """
    salience = load_salience_spec(layout) if layout.salience_spec.is_file() else None
    topics = load_spec(layout) if salience is None or layout.spec.is_file() else None
    if topics and salience and topics.window != salience.window:
        raise ModelError(f"{layout.folder}: reads windows of {topics.window} and of {salience.window} tokens")
    return topics, salience


def widths_of(topics: ModelSpec | None, salience: SalienceSpec | None) -> dict[str, int]:
    """Return the outputs of a network, each with the number of its values."""
    widths = {}
    if topics is not None:
        widths[LOGITS] = len(topics.scheme.names)
    if salience is not None:
        widths[SALIENCE] = len(CHANNELS)
    return widths


def head_files(layout: Layout, topics: ModelSpec | None, salience: SalienceSpec | None) -> dict[str, Path]:
    """Return where the head of each output of a checkpoint lies."""
    files = {}
    if topics is not None:
        files[LOGITS] = layout.head(topics.name)
    if salience is not None:
        files[SALIENCE] = layout.head(SALIENCE)
    return files


def _torch_backend(
    layout: Layout, topics: ModelSpec | None, salience: SalienceSpec | None, device: str, threads: int
) -> Backend:
    if not layout.encoder.is_file():
        packed = layout.onnx.is_file() or layout.onnx_int8.is_file()
        told = f"no checkpoint for {device}" if packed else f"no weights, nor {layout.onnx_int8.name}"
        raise ModelError(f"{layout.folder}: holds {told} ({layout.encoder.name} is missing)")
    try:
        import torch

        from newsml.model.network import TorchBackend, choose_device, load_network
    except ImportError as error:
        raise missing_extra(error.name or "torch", "train", f"{layout.folder} runs in PyTorch and") from None
    if threads:
        torch.set_num_threads(threads)
    files = head_files(layout, topics, salience)
    pooling = topics.pooling if topics else "mean"
    network = load_network(widths_of(topics, salience), files, layout, pooling)
    return TorchBackend(network, choose_device(device))
