"""A model ready for use: texts in, predictions out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from newsml.domain import Post, Prediction, Span
from newsml.errors import ModelError, UsageError, missing_extra
from newsml.model.checksums import verify_files
from newsml.model.explain import find_evidence
from newsml.model.layout import EMBEDDED, Layout, ModelSpec, find_model, load_spec
from newsml.model.scoring import Backend, DecisionRule, Floats, pooled_logits, uncertainties
from newsml.model.tokenization import Encoded, TextEncoder

DEFAULT_RULE = DecisionRule()
MAX_TOKENS = 4096


class Classifier:
    """Classifies texts with one model.

    Args:
        spec: what the model is.
        text_encoder: cuts texts into windows.
        backend: runs the network.
    """

    def __init__(self, spec: ModelSpec, text_encoder: TextEncoder, backend: Backend) -> None:
        self.spec = spec
        self._text_encoder = text_encoder
        self._backend = backend

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the model, in order."""
        return self.spec.scheme.names

    def encode(self, texts: Sequence[str], max_tokens: int = MAX_TOKENS) -> list[Encoded]:
        """Cut texts into windows of tokens."""
        if max_tokens < 1:
            raise UsageError(f"--max-tokens {max_tokens} is less than 1")
        return self._text_encoder.encode(texts, max_tokens)

    def logits(self, encoded: Sequence[Encoded], batch_size: int = 16) -> Floats:
        """Return the logit of each label, before calibration. *Shape:* ``(len(encoded), labels)``."""
        if batch_size < 1:
            raise UsageError(f"--batch-size {batch_size} is less than 1")
        return pooled_logits(
            self._backend, encoded, self.spec.scheme, pad_id=self._text_encoder.pad_id, batch_size=batch_size
        )

    def probabilities(self, encoded: Sequence[Encoded], batch_size: int = 16) -> Floats:
        """Return the calibrated probability of each label. *Shape:* ``(len(encoded), labels)``."""
        return self.spec.probabilities(self.logits(encoded, batch_size))

    def predict(
        self,
        texts: Sequence[str],
        *,
        rule: DecisionRule = DEFAULT_RULE,
        batch_size: int = 16,
        max_tokens: int = MAX_TOKENS,
    ) -> list[Prediction]:
        """Classify texts; the title of a post stands in 【】 before its body (``Post.model_input``).

        Args:
            texts: the texts, of any length.
            rule: how probabilities become labels.
            batch_size: windows in a batch.
            max_tokens: read at most so many tokens of a text, spread over the whole of it.

        Raises:
            UsageError: a number out of range.
        """
        encoded = self.encode(texts, max_tokens)
        probs = self.probabilities(encoded, batch_size)
        chosen = rule.decide(probs, self.spec.scheme, self.spec.thresholds)
        unsure = uncertainties(probs, chosen, self.spec.scheme).tolist()
        predictions = []
        for text, row, mask, doubt in zip(encoded, probs, chosen, unsure, strict=True):
            scores = dict(zip(self.labels, row.tolist(), strict=True))
            best = [label for label, taken in zip(self.labels, mask, strict=True) if taken]
            best.sort(key=lambda label: -scores[label])
            predictions.append(Prediction(tuple(best), scores, text.tokens, text.tokens_read, doubt))
        return predictions

    def explain(
        self, post: Post, labels: Sequence[str], *, batch_size: int = 16, max_tokens: int = MAX_TOKENS
    ) -> dict[str, tuple[Span, ...]]:
        """Return the spans of ``post.text`` that speak most for each label, a fifth of it at most.

        Args:
            post: as it was classified, by its ``model_input``.
            labels: those to explain, usually those that were predicted.
            batch_size: windows in a batch.
            max_tokens: as for `predict`.

        Raises:
            UsageError: a label that the model does not have, or a number out of range.
        """
        if unknown := [label for label in labels if label not in self.labels]:
            raise UsageError(f"{', '.join(unknown)}: no label of the model {self.spec.name}")
        columns = [self.labels.index(label) for label in labels]

        def score_texts(texts: Sequence[str]) -> Floats:
            logits = self.logits(self.encode(texts, max_tokens), batch_size)
            if self.spec.single:  # what raises all logits alike speaks for none
                logits -= np.logaddexp.reduce(logits, axis=1, keepdims=True)
            return logits[:, columns]

        return dict(zip(labels, find_evidence(post, score_texts), strict=True))


def load_model(name: str = EMBEDDED, *, device: str = "auto", threads: int = 0) -> Classifier:
    """Load a model.

    A package for ONNX Runtime runs on the CPU, 8-bit weights first; a checkpoint, or any model with
    ``device`` set to ``cuda`` or ``mps``, runs in PyTorch.

    Args:
        name: folder of a model, or the name of one that ships (``topics``).
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        threads: CPU threads; 0 for one a core.

    Raises:
        ModelError: no such model, or one that is broken.
        UsageError: no such device, or PyTorch is needed and not installed.
    """
    if device not in ("auto", "cpu", "cuda", "mps"):
        raise UsageError(f"--device {device}: is none of auto, cpu, cuda, mps")
    layout = find_model(name)
    spec = load_spec(layout)
    verify_files(layout, layout.spec, layout.tokenizer)
    text_encoder = TextEncoder(layout.tokenizer, spec.window)
    packages = [path for path in (layout.onnx_int8, layout.onnx) if path.is_file()]
    if packages and device in ("auto", "cpu"):
        from newsml.model.onnx_backend import OnnxBackend

        verify_files(layout, packages[0])
        return Classifier(spec, text_encoder, OnnxBackend(packages[0], len(spec.scheme.names), threads))
    return Classifier(spec, text_encoder, _torch_backend(layout, spec, device, threads))


def _torch_backend(layout: Layout, spec: ModelSpec, device: str, threads: int) -> Backend:
    if not layout.encoder.is_file():
        raise ModelError(
            f"{layout.folder}: holds no weights ({layout.encoder.name} or {layout.onnx_int8.name})"
        )
    try:
        import torch

        from newsml.model.network import TorchBackend, choose_device, load_network
    except ImportError as error:
        raise missing_extra(error.name or "torch", "train", f"{layout.folder} runs in PyTorch and") from None
    if threads:
        torch.set_num_threads(threads)
    return TorchBackend(load_network(spec, layout), choose_device(device))
