"""Fine-tuning: examples -> checkpoint, on CPU or GPU, to be resumed where it was cut off."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from newsml.config import Config
from newsml.domain import Example
from newsml.errors import UsageError
from newsml.labels import LabelScheme
from newsml.metrics.classification import Decisions, score_decisions
from newsml.model.calibration import Calibration, cross_fit, fit_calibration, fit_thresholds
from newsml.model.card import write_card
from newsml.model.checksums import pin_files
from newsml.model.hf import load_encoder, save_tokenizer
from newsml.model.layout import Layout, ModelSpec, save_spec, write_json
from newsml.model.network import Network, TorchBackend, choose_device, save_network
from newsml.model.optimisation import build_optimizer, set_learning_rate
from newsml.model.reader import Reader
from newsml.model.resume import State, restore_state, save_state
from newsml.model.scoring import LOGITS, DecisionRule
from newsml.model.tokenization import Encoded, TextEncoder

# Texts of a batch that go through the network together, sorted by length to save padding. Whole batches of
# like length would train worse: length and topic go together.
MICRO_BATCH = 8


class Progress(Protocol):
    """What training tells of its course."""

    def step(self, step: int, steps: int, loss: float) -> None:
        """A step of the optimiser is done."""

    def say(self, line: str) -> None:
        """One line worth reading."""


class Trainer:
    """Fine-tunes one network.

    Args:
        config: the settings.
        scheme: the labels, with their names.
        train: examples to learn from.
        validation: examples that choose the checkpoint.
        layout: the folder that becomes the model.
        soft_targets: a teacher's probabilities, to learn in the place of the examples' labels (which may
            then be empty). *Shape:* ``(len(train), labels)``, 0 to 1.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        progress: is told of every step.

    Source: Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network" (soft targets).
    """

    def __init__(
        self,
        config: Config,
        scheme: LabelScheme,
        train: Sequence[Example],
        validation: Sequence[Example],
        layout: Layout,
        *,
        soft_targets: NDArray[np.float32] | None = None,
        device: str = "auto",
        progress: Progress,
    ) -> None:
        if not train or not validation:
            raise UsageError(
                f"{len(train)} examples to train on and {len(validation)} to validate with: too few"
            )
        self.config, self.scheme, self.layout, self.progress = config, scheme, layout, progress
        self.train_examples, self.validation = train, validation
        self.device = choose_device(device)
        torch.manual_seed(config.train.seed)
        encoder, self.tokenizer = load_encoder(config.model.base, eager=self.device.type == "cpu")
        window = min(config.model.window, getattr(encoder.config, "max_position_embeddings", 512))
        with tempfile.TemporaryDirectory() as folder:
            save_tokenizer(self.tokenizer, Path(folder))
            self.text_encoder = TextEncoder(Layout(Path(folder)).tokenizer, window)
        labels = len(scheme.names)
        self.spec = ModelSpec(
            config.name,
            scheme,
            config.model.pooling,
            window,
            (0.5,) * labels,
            Calibration.identity(labels),
            asdict(config),
        )
        self.network = Network(encoder, {LOGITS: labels}, config.model.pooling, config.model.dropout)
        self.network.to(self.device)
        self.encoded = self._encode(train)
        self.encoded_validation = self._encode(validation)
        self.targets = self._targets(train) if soft_targets is None else soft_targets
        self.gold = self._targets(validation).astype(bool)
        self.optimizer = build_optimizer(self.network, config.train)
        self.batches_an_epoch = -(-len(train) // config.train.batch_size)
        self.steps = self.batches_an_epoch * config.train.epochs
        self.state = State(self._fingerprint())

    def _encode(self, examples: Sequence[Example]) -> list[Encoded]:
        return self.text_encoder.encode([e.text for e in examples], max_tokens=4096)

    def _targets(self, examples: Sequence[Example]) -> NDArray[np.float32]:
        targets = np.zeros((len(examples), len(self.scheme.names)), np.float32)
        for row, example in enumerate(examples):
            targets[row, [self.scheme.label2id[label] for label in example.labels]] = 1
        return targets

    def _fingerprint(self) -> str:
        """What a resumed run must have in common with the one that was cut off."""
        content: list[Any] = [asdict(self.config), self.scheme.names]
        content += [(e.text, e.labels) for part in (self.train_examples, self.validation) for e in part]
        return hashlib.sha256(json.dumps(content).encode() + self.targets.tobytes()).hexdigest()

    def run(self, *, resume: bool = False) -> dict[str, Any]:
        """Train to the end and leave the best checkpoint in the folder.

        Args:
            resume: go on from the state of a run that was cut off, where there is one.

        Returns:
            The metrics of the best checkpoint on the validation part, as ``metrics.json`` holds them.

        Raises:
            UsageError: the state belongs to other data or settings.
        """
        if resume:
            done = self._done()
            if done is not None:
                self.progress.say(f"{self.layout.folder}: this training is done")
                return done
            saved = restore_state(
                self.layout.resume, self.state.fingerprint, self.network, self.optimizer, self.device
            )
            if saved is not None:
                self.state = saved
                self.progress.say(f"resumed at step {self.state.step} of {self.steps}")
        self.layout.folder.mkdir(parents=True, exist_ok=True)
        save_tokenizer(self.tokenizer, self.layout.folder)
        cut = sum(len(text.windows) > 1 for text in self.encoded)
        if cut:
            self.progress.say(
                f"{cut} texts are longer than {self.spec.window} tokens; training reads their beginning"
            )
        precision = self._precision()
        scaler = torch.amp.GradScaler(enabled=precision == torch.float16)
        begun = time.monotonic() - self.state.seconds
        self.network.train()
        while self.state.step < self.steps:
            epoch, position = divmod(self.state.step, self.batches_an_epoch)
            for rows in self._batches(epoch)[position:]:
                loss = self._step(rows, precision, scaler)
                self.state.step += 1
                self.state.seconds = time.monotonic() - begun
                self.progress.step(self.state.step, self.steps, loss)
                ended = self.state.step % self.batches_an_epoch == 0
                if ended:
                    self._validate(epoch + 1)
                if ended or self.state.step % self.config.train.save_steps == 0:
                    save_state(self.layout.resume, self.state, self.network, self.optimizer, self.device)
        metrics = json.loads(self.layout.metrics.read_text(encoding="utf-8"))
        metrics["fingerprint"] = self.state.fingerprint  # says that the training came to its end
        write_json(self.layout.metrics, metrics)
        shutil.rmtree(self.layout.resume, ignore_errors=True)
        return dict(metrics)

    def _done(self) -> dict[str, Any] | None:
        """Return the metrics of this very training, where it came to its end in the folder.

        Raises:
            UsageError: another training came to its end there.
        """
        if self.layout.resume.is_dir() or not self.layout.metrics.is_file():
            return None
        metrics = dict(json.loads(self.layout.metrics.read_text(encoding="utf-8")))
        if metrics.get("fingerprint", self.state.fingerprint) != self.state.fingerprint:
            raise UsageError(f"{self.layout.folder}: --resume: holds a model of other data or settings")
        return metrics if "fingerprint" in metrics else None

    def _precision(self) -> torch.dtype:
        wanted = self.config.train.precision
        if wanted == "auto":
            wanted = (
                "fp32" if self.device.type != "cuda" else "bf16" if torch.cuda.is_bf16_supported() else "fp16"
            )
        if wanted == "fp16" and self.device.type != "cuda":
            raise UsageError("[train.precision] fp16 needs a GPU")
        return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[wanted]

    def _batches(self, epoch: int) -> list[list[int]]:
        """Return the rows of each batch of an epoch, at random."""
        rows = list(range(len(self.encoded)))
        random.Random(self.config.train.seed * 1000 + epoch).shuffle(rows)  # noqa: S311 - no secret
        size = self.config.train.batch_size
        return [rows[at : at + size] for at in range(0, len(rows), size)]

    def _step(self, rows: list[int], precision: torch.dtype, scaler: torch.amp.GradScaler) -> float:
        set_learning_rate(self.optimizer, self.state.step, self.steps, self.config.train.warmup_share)
        self.optimizer.zero_grad(set_to_none=True)
        rows = sorted(rows, key=lambda i: len(self.encoded[i].windows[0]))
        mean = 0.0
        for at in range(0, len(rows), MICRO_BATCH):
            part = rows[at : at + MICRO_BATCH]
            loss = self._forward(part, precision) * (len(part) / len(rows))
            scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            mean += float(loss.detach())
        scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.train.max_grad_norm)
        scaler.step(self.optimizer)
        scaler.update()
        return mean

    def _forward(self, rows: list[int], precision: torch.dtype) -> Tensor:
        """Return the mean loss of some texts, padded to the longest of them."""
        windows = [torch.tensor(self.encoded[i].windows[0]) for i in rows]
        pad = self.text_encoder.pad_id
        ids = nn.utils.rnn.pad_sequence(windows, batch_first=True, padding_value=pad).to(self.device)
        lengths = torch.tensor([len(window) for window in windows])
        mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long().to(self.device)
        target = torch.from_numpy(self.targets[rows]).to(self.device)
        mixed = precision != torch.float32
        context = torch.autocast(self.device.type, precision) if mixed else contextlib.nullcontext()
        with context:
            return self._loss(self.network(ids, mask)[0], target)

    def _loss(self, logits: Tensor, target: Tensor) -> Tensor:
        if self.scheme.mode == "single":
            return nn.functional.cross_entropy(logits.float(), target)
        return nn.functional.binary_cross_entropy_with_logits(logits.float(), target)

    def _validate(self, epoch: int) -> None:
        """Score the network on the validation part and save it where it is the best so far.

        The scores are of calibration and thresholds that were fitted on the other folds of the part;
        those that are saved are fitted on the whole of it.
        """
        single = self.spec.single
        reader = Reader(self.spec, None, self.text_encoder, TorchBackend(self.network, self.device))
        logits = reader.logits(self.encoded_validation, 32)
        probs, thresholds = cross_fit(logits, self.gold, single=single, seed=self.config.train.seed)
        predicted = DecisionRule().decide(probs, self.scheme, thresholds)
        scores = score_decisions(Decisions(self.gold, predicted, probs), single=single)
        metrics = {score.name: score.value for score in scores}
        main = "accuracy" if single else "micro_f1"
        best = metrics[main] > self.state.best
        self.progress.say(
            f"epoch {epoch}: {main} {metrics[main]:.4f}, macro_f1 {metrics['macro_f1']:.4f}"
            f"{' (best so far)' if best else ''}"
        )
        if best:
            self.state.best = metrics[main]
            calibration = fit_calibration(logits, self.gold, single=single)
            fitted = calibration.probabilities(logits, single=single)
            cuts = fit_thresholds(fitted, self.gold, single=single)
            save_network(self.network, {LOGITS: self.layout.head(self.spec.name)}, self.layout)
            save_spec(replace(self.spec, calibration=calibration, thresholds=cuts), self.layout)
            sizes = {"n": len(self.validation), "n_train": len(self.train_examples), "epoch": epoch}
            write_json(self.layout.metrics, {**sizes, **metrics, "selected_by": main})


def train(
    config: Config,
    scheme: LabelScheme,
    train_examples: Sequence[Example],
    validation: Sequence[Example],
    layout: Layout,
    *,
    soft_targets: NDArray[np.float32] | None = None,
    device: str = "auto",
    resume: bool = False,
    progress: Progress,
) -> dict[str, Any]:
    """Fine-tune a model; see ``Trainer``.

    Returns:
        The metrics on the validation part.
    """
    trainer = Trainer(
        config,
        scheme,
        train_examples,
        validation,
        layout,
        soft_targets=soft_targets,
        device=device,
        progress=progress,
    )
    metrics = trainer.run(resume=resume)
    write_card(layout)
    pin_files(layout)
    return metrics
