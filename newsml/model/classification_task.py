"""Learning to classify: what the loop of ``training`` trains for ``newsml train``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from newsml.arrays import Floats
from newsml.config import Config
from newsml.dataset.examples import gold_matrix
from newsml.domain import Example
from newsml.errors import UsageError
from newsml.labels import LabelScheme
from newsml.metrics.classification import Decisions, score_decisions, score_labels
from newsml.model.base import load_base
from newsml.model.calibration import Calibration, cross_fit, fit_calibration, fit_thresholds
from newsml.model.card import write_card
from newsml.model.class_weights import balanced_weights
from newsml.model.distributed import Group
from newsml.model.hf import save_tokenizer
from newsml.model.layout import Layout, ModelSpec, save_spec
from newsml.model.network import Network, TorchBackend, choose_device, pad_windows, pool_windows, save_network
from newsml.model.probe import fit_head
from newsml.model.reader import MAX_TOKENS, Reader
from newsml.model.scoring import LOGITS, DecisionRule
from newsml.model.tokenization import Window
from newsml.model.training import (
    Progress,
    Trainer,
    Validation,
    micro_batches,
    train_task,
    write_metrics,
)

PROBE_BATCH = 32
FEW = 8  # examples of a label, below which little is to be expected


class ClassificationTask:
    """Labels of whole texts; see ``training.Task``.

    Args:
        config: the settings.
        scheme: the labels, with their names.
        train: examples to learn from.
        validation: examples that choose the checkpoint.
        layout: the folder that becomes the model.
        device: where the network runs.
    """

    def __init__(
        self,
        config: Config,
        scheme: LabelScheme,
        train: Sequence[Example],
        validation: Sequence[Example],
        layout: Layout,
        *,
        device: torch.device,
    ) -> None:
        if not train or not validation:
            raise UsageError(
                f"{len(train)} examples to train on and {len(validation)} to validate with: too few"
            )
        self._seed, self._scheme, self._layout, self._device = config.train.seed, scheme, layout, device
        base = load_base(config.model, device, gradient_checkpointing=config.train.gradient_checkpointing)
        self._tokenizer, self._text_encoder = base.tokenizer, base.text_encoder
        labels = len(scheme.names)
        self.network = Network(base.encoder, {LOGITS: labels}, config.model.pooling, config.model.dropout)
        self.network.to(device)
        self.spec = ModelSpec(
            config.name,
            scheme,
            config.model.pooling,
            base.window,
            (0.5,) * labels,
            Calibration.identity(labels),
            asdict(config),
        )
        self._encoded, self._encoded_validation = (
            base.text_encoder.encode([e.text for e in part], max_tokens)
            for part, max_tokens in ((train, config.train.max_tokens), (validation, MAX_TOKENS))
        )
        self.cut = sum(text.tokens_read < text.tokens for text in self._encoded)
        self.lengths = [sum(map(len, text.windows)) for text in self._encoded]
        self._targets = gold_matrix(train, scheme).astype(np.float32)
        self._weights = (
            torch.from_numpy(balanced_weights(self._targets, single=self.spec.single)).to(device)
            if config.train.class_weights == "balanced"
            else None
        )
        self._gold = gold_matrix(validation, scheme)
        self._logits: Floats = np.zeros((0, labels))
        content: list[Any] = [asdict(config), scheme.names]
        content += [(e.text, e.labels) for part in (train, validation) for e in part]
        self.fingerprint = hashlib.sha256(json.dumps(content).encode() + self._targets.tobytes()).hexdigest()

    def support(self) -> dict[str, float]:
        """Return how many training examples each label has."""
        return dict(zip(self._scheme.names, self._targets.sum(0).tolist(), strict=True))

    def loss(self, rows: Sequence[int]) -> Tensor:
        """Return the mean cross-entropy of some examples, their windows pooled as in prediction."""
        texts = [self._encoded[row].windows for row in rows]
        (values,) = self.network(*self._pad(texts))
        logits = pool_windows(values.float(), [len(text) for text in texts], self._scheme)
        target = torch.from_numpy(self._targets[rows]).to(self._device)
        if self.spec.single:
            return nn.functional.cross_entropy(logits, target, self._weights)
        return nn.functional.binary_cross_entropy_with_logits(logits, target, pos_weight=self._weights)

    def fit_probe(self) -> None:
        """Fit the head to the frozen encoder's features, the mean over the windows of a text."""
        head = cast(nn.Linear, self.network.heads[LOGITS])
        features = np.zeros((len(self._encoded), head.in_features))
        room = PROBE_BATCH * self.spec.window
        self.network.eval()
        for rows in micro_batches(range(len(self._encoded)), self.lengths, PROBE_BATCH, room):
            texts = [self._encoded[row].windows for row in rows]
            with torch.inference_mode():
                vectors = self.network.features(*self._pad(texts)).float().cpu()
            parts = torch.split(vectors, [len(text) for text in texts])
            features[rows] = torch.stack([part.mean(0) for part in parts]).numpy()
        weights, biases = fit_head(features, self._targets > 0.5, single=self.spec.single, seed=self._seed)
        with torch.no_grad():
            head.weight.copy_(torch.from_numpy(weights))
            head.bias.copy_(torch.from_numpy(biases))

    def _pad(self, texts: Sequence[tuple[Window, ...]]) -> tuple[Tensor, Tensor]:
        windows = [window for text in texts for window in text]
        return pad_windows(windows, self._text_encoder.pad_id, self._device)

    def validate(self) -> Validation:
        """Score the network on the validation part.

        The scores are of calibration and thresholds that were fitted on the other folds of the part.
        """
        reader = Reader(self.spec, None, self._text_encoder, TorchBackend(self.network, self._device))
        self._logits = reader.logits(self._encoded_validation, 32)
        single = self.spec.single
        probs, thresholds = cross_fit(self._logits, self._gold, single=single, seed=self._seed)
        predicted = DecisionRule().decide(probs, self._scheme, thresholds)
        scores = score_decisions(Decisions(self._gold, predicted, probs), single=single)
        main = "accuracy" if single else "micro_f1"
        rows = score_labels(self._gold, predicted)
        labels = [{"label": name, **row} for name, row in zip(self._scheme.names, rows, strict=True)]
        return Validation({score.name: score.value for score in scores}, main, len(self._gold), labels)

    def save_best(self) -> None:
        """Save the model, with calibration and thresholds fitted on the whole validation part."""
        single = self.spec.single
        calibration = fit_calibration(self._logits, self._gold, single=single)
        fitted = calibration.probabilities(self._logits, single=single)
        cuts = fit_thresholds(fitted, self._gold, single=single)
        save_tokenizer(self._tokenizer, self._layout.folder)
        save_network(self.network, {LOGITS: self._layout.head(self.spec.name)}, self._layout)
        save_spec(replace(self.spec, calibration=calibration, thresholds=cuts), self._layout)


def train_classifier(
    config: Config,
    scheme: LabelScheme,
    train: Sequence[Example],
    validation: Sequence[Example],
    layout: Layout,
    *,
    device: str = "auto",
    resume: bool = False,
    progress: Progress,
) -> dict[str, Any]:
    """Fine-tune a classifier; for the arguments see ``ClassificationTask`` and ``training.Trainer``.

    Returns:
        The metrics on the validation part, as ``metrics.json`` holds them.

    Raises:
        UsageError: too few examples, no such device, or a state to resume of other data or settings.
    """

    def build(place: torch.device) -> ClassificationTask:
        return ClassificationTask(config, scheme, train, validation, layout, device=place)

    def learn(task: ClassificationTask, group: Group) -> None:
        if group.first:
            _tell_limits(task, progress)
        if config.train.method == "finetune":
            Trainer(task, config, layout, group=group, progress=progress).run(resume=resume)
        elif group.first:
            _fit_probe(task, layout)

    return train_task(
        build,
        layout,
        learn,
        write_card,
        seed=config.train.seed,
        device=choose_device(device),
        resume=resume,
        progress=progress,
    )


def _fit_probe(task: ClassificationTask, layout: Layout) -> None:
    layout.folder.mkdir(parents=True, exist_ok=True)
    task.fit_probe()
    validation = task.validate()
    task.save_best()
    write_metrics(layout, validation, len(task.lengths), 0)


def _tell_limits(task: ClassificationTask, progress: Progress) -> None:
    """Say which labels have too few examples, and how many texts are not read whole."""
    rare = {label: n for label, n in task.support().items() if n < FEW}
    if rare:
        told = ", ".join(f"{label} ({n:.0f})" for label, n in sorted(rare.items(), key=lambda item: item[1]))
        progress.note(f"fewer than {FEW} examples to learn from, expect little of them: {told}")
    if task.cut:
        progress.note(
            f"{task.cut} texts are longer than [train.max_tokens]: windows spread over them are read"
        )
