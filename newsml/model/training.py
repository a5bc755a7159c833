"""The loop of a training: steps, precision, checkpoints; to be resumed where it was cut off."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from newsml.config import Config
from newsml.errors import UsageError
from newsml.model.layout import Layout, write_json
from newsml.model.optimisation import build_optimizer, set_learning_rate
from newsml.model.resume import State, restore_state, save_state


class Progress(Protocol):
    """What training tells of its course."""

    def step(self, step: int, steps: int, loss: float) -> None:
        """A step of the optimiser is done."""

    def say(self, line: str) -> None:
        """One line worth reading."""


@dataclass(frozen=True)
class Validation:
    """How good a network is.

    Attributes:
        metrics: on the validation part.
        main: name of the metric that chooses the checkpoint, the higher the better.
        n: examples of the validation part.
    """

    metrics: Mapping[str, float]
    main: str
    n: int

    @property
    def score(self) -> float:
        """The main metric."""
        return self.metrics[self.main]


class Task(Protocol):
    """What is trained, on which examples, and how good it is."""

    @property
    def network(self) -> nn.Module:
        """The network, on its device. What is no part of an ``encoder`` in it learns at the head's rate."""

    @property
    def lengths(self) -> Sequence[int]:
        """The lengths of the training examples, in tokens."""

    @property
    def fingerprint(self) -> str:
        """Of settings and data: what a resumed run must have in common with the one that was cut off."""

    def loss(self, rows: Sequence[int]) -> Tensor:
        """Return the mean loss of some training examples, by their places."""
        ...

    def validate(self) -> Validation:
        """Score the network as it is now."""
        ...

    def save_best(self) -> None:
        """Save the network that was validated last."""
        ...


class Trainer:
    """Trains the network of a task.

    Args:
        task: what is trained. Two tasks on one encoder are a task made of both.
        config: the settings.
        layout: the folder that becomes the model.
        device: where the network is.
        progress: is told of every step.
    """

    def __init__(
        self, task: Task, config: Config, layout: Layout, *, device: torch.device, progress: Progress
    ) -> None:
        self._task, self._layout, self._device, self._progress = task, layout, device, progress
        self._settings = config.train
        self._room = config.train.micro_batch_size * config.model.window
        self._optimizer = build_optimizer(task.network, config.train)
        self._batches_an_epoch = -(-len(task.lengths) // config.train.batch_size)
        self._steps = self._batches_an_epoch * config.train.epochs
        self._state = State(task.fingerprint)

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
                self._progress.say(f"{self._layout.folder}: this training is done")
                return done
            self._restore()
        self._layout.folder.mkdir(parents=True, exist_ok=True)
        precision = self._precision()
        scaler = torch.amp.GradScaler(enabled=precision == torch.float16)
        begun = time.monotonic() - self._state.seconds
        self._task.network.train()
        while self._state.step < self._steps:
            epoch, position = divmod(self._state.step, self._batches_an_epoch)
            for rows in self._batches(epoch)[position:]:
                loss = self._step(rows, precision, scaler)
                self._state.step += 1
                self._state.seconds = time.monotonic() - begun
                self._progress.step(self._state.step, self._steps, loss)
                ended = self._state.step % self._batches_an_epoch == 0
                if ended:
                    self._validate(epoch + 1)
                if ended or self._state.step % self._settings.save_steps == 0:
                    save_state(self._layout.resume, self._state, self._task.network, self._optimizer)
        metrics = json.loads(self._layout.metrics.read_text(encoding="utf-8"))
        metrics["fingerprint"] = self._state.fingerprint  # says that the training came to its end
        write_json(self._layout.metrics, metrics)
        shutil.rmtree(self._layout.resume, ignore_errors=True)
        return dict(metrics)

    def _done(self) -> dict[str, Any] | None:
        """Return the metrics of this very training, where it came to its end in the folder.

        Raises:
            UsageError: another training came to its end there.
        """
        if self._layout.resume.is_dir() or not self._layout.metrics.is_file():
            return None
        metrics = dict(json.loads(self._layout.metrics.read_text(encoding="utf-8")))
        if metrics.get("fingerprint", self._state.fingerprint) != self._state.fingerprint:
            raise UsageError(f"{self._layout.folder}: --resume: holds a model of other data or settings")
        return metrics if "fingerprint" in metrics else None

    def _restore(self) -> None:
        fingerprint = self._state.fingerprint
        saved = restore_state(self._layout.resume, fingerprint, self._task.network, self._optimizer)
        if saved is not None:
            self._state = saved
            self._progress.say(f"resumed at step {self._state.step} of {self._steps}")

    def _precision(self) -> torch.dtype:
        wanted, kind = self._settings.precision, self._device.type
        if wanted == "auto":
            wanted = "fp32" if kind != "cuda" else "bf16" if torch.cuda.is_bf16_supported() else "fp16"
        if wanted == "fp16" and kind != "cuda":
            raise UsageError("[train.precision] fp16 needs a GPU")
        return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[wanted]

    def _batches(self, epoch: int) -> list[list[int]]:
        """Return the rows of each batch of an epoch, at random."""
        rows = list(range(len(self._task.lengths)))
        random.Random(self._settings.seed * 1000 + epoch).shuffle(rows)  # noqa: S311 - no secret
        size = self._settings.batch_size
        return [rows[at : at + size] for at in range(0, len(rows), size)]

    def _step(self, rows: list[int], precision: torch.dtype, scaler: torch.amp.GradScaler) -> float:
        """Learn from a batch and return its mean loss."""
        # What is random in a step depends on its number alone, so that no state need be kept.
        torch.manual_seed(self._settings.seed * 1_000_003 + self._state.step)
        set_learning_rate(self._optimizer, self._state.step, self._steps, self._settings.warmup_share)
        self._optimizer.zero_grad(set_to_none=True)
        mixed = precision != torch.float32
        mean = 0.0
        for part in micro_batches(rows, self._task.lengths, self._settings.micro_batch_size, self._room):
            with torch.autocast(self._device.type, precision) if mixed else contextlib.nullcontext():
                loss = self._task.loss(part) * (len(part) / len(rows))
            scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            mean += float(loss.detach())
        scaler.unscale_(self._optimizer)
        nn.utils.clip_grad_norm_(self._task.network.parameters(), self._settings.max_grad_norm)
        scaler.step(self._optimizer)
        scaler.update()
        return mean

    def _validate(self, epoch: int) -> None:
        """Score the network on the validation part and save it where it is the best so far."""
        validation = self._task.validate()
        best = validation.score > self._state.best
        told = ", ".join(f"{name} {value:.4f}" for name, value in _main_first(validation))
        self._progress.say(f"epoch {epoch}: {told}{' (best so far)' if best else ''}")
        if best:
            self._state.best = validation.score
            self._task.save_best()
            sizes = {"n": validation.n, "n_train": len(self._task.lengths), "epoch": epoch}
            chosen = {"selected_by": validation.main}
            write_json(self._layout.metrics, {**sizes, **validation.metrics, **chosen})


def _main_first(validation: Validation) -> list[tuple[str, float]]:
    """Return the main metric and the one that weighs all labels alike, where there is one."""
    names = dict.fromkeys((validation.main, "macro_f1"))
    return [(name, validation.metrics[name]) for name in names if name in validation.metrics]


def micro_batches(rows: Sequence[int], lengths: Sequence[int], size: int, room: int) -> list[list[int]]:
    """Cut a batch into parts that go through the network together, of like length to save padding.

    (Whole batches of like length would train worse: length and topic go together.)

    Args:
        rows: the batch.
        lengths: of all examples, in tokens.
        size: examples in a part, at most.
        room: tokens in a part with its padding, at most; a longer example stands alone.
    """
    parts: list[list[int]] = []
    for row in sorted(rows, key=lambda row: lengths[row]):
        if parts and len(parts[-1]) < size and lengths[row] * (len(parts[-1]) + 1) <= room:
            parts[-1].append(row)
        else:
            parts.append([row])
    return parts
