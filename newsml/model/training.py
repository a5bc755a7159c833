"""The loop of a training: steps, precision, checkpoints; to be resumed where it was cut off."""

from __future__ import annotations

import contextlib
import json
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from newsml.config import Config
from newsml.errors import UsageError
from newsml.files import write_json
from newsml.model.checksums import pin_files
from newsml.model.distributed import Group, join_processes
from newsml.model.layout import Layout
from newsml.model.optimisation import MeanWeights, build_optimizer, count_epochs, set_learning_rate
from newsml.model.resume import State, discard_state, has_state, mend_state, restore_state, save_state


class Progress(Protocol):
    """What training tells of its course."""

    def step(self, step: int, steps: int, loss: float) -> None:
        """A step of the optimiser is done."""

    def note(self, line: str) -> None:
        """One line worth reading."""


@dataclass(frozen=True)
class Validation:
    """How good a network is.

    Attributes:
        metrics: on the validation part.
        main: name of the metric that chooses the checkpoint, the higher the better.
        n: examples of the validation part.
        labels: for each label its scores, where there are labels.
    """

    metrics: Mapping[str, float]
    main: str
    n: int
    labels: Sequence[Mapping[str, Any]] = ()

    @property
    def score(self) -> float:
        """The main metric."""
        return self.metrics[self.main]

    def told(self) -> str:
        """Return the main metric and the one that weighs all labels alike, where there is one."""
        names = dict.fromkeys((self.main, "macro_f1"))
        return ", ".join(f"{name} {self.metrics[name]:.4f}" for name in names if name in self.metrics)


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


T = TypeVar("T", bound=Task)


class Trainer:
    """Trains the network of a task.

    Args:
        task: what is trained. Two tasks on one encoder are a task made of both.
        config: the settings.
        layout: the folder that becomes the model.
        group: the processes that train together; the network is on its device.
        progress: is told of every step, in the first process.
    """

    def __init__(
        self, task: Task, config: Config, layout: Layout, *, group: Group, progress: Progress
    ) -> None:
        self._task, self._layout, self._group, self._progress = task, layout, group, progress
        self._settings = config.train
        self._room = config.train.micro_batch_size * config.model.window
        self._optimizer = build_optimizer(task.network, config.train)
        self._mean = MeanWeights(task.network, config.train.ema_decay)
        self._batches_an_epoch = -(-len(task.lengths) // config.train.batch_size)
        self._steps = self._batches_an_epoch * count_epochs(config.train, self._batches_an_epoch)
        self._state = State(task.fingerprint)

    def run(self, *, resume: bool = False) -> None:
        """Train to the end and leave the best checkpoint and its metrics in the folder; see `finish`.

        Args:
            resume: go on from the state of a run that was cut off, where there is one.

        Raises:
            UsageError: the state belongs to other data or settings, or the training diverges.
        """
        if resume:
            self._restore()
        self._layout.folder.mkdir(parents=True, exist_ok=True)
        precision = self._precision()
        scaler = torch.amp.GradScaler(enabled=precision == torch.float16)
        begun = time.monotonic() - self._state.seconds
        self._task.network.train()
        while not self._over():
            epoch, position = divmod(self._state.step, self._batches_an_epoch)
            for rows in self._batches(epoch)[position:]:
                loss = self._step(rows, precision, scaler)
                self._state.step += 1
                self._state.loss += loss
                self._state.seconds = time.monotonic() - begun
                if self._group.first:
                    self._progress.step(self._state.step, self._steps, loss)
                ended = self._state.step % self._batches_an_epoch == 0
                if ended:
                    with self._mean.applied():
                        self._validate(epoch + 1)
                if self._group.first and (ended or self._state.step % self._settings.save_steps == 0):
                    network, optimizer = self._task.network, self._optimizer
                    save_state(self._layout.resume, self._state, network, optimizer, self._mean)

    def _over(self) -> bool:
        """Whether all steps are done, or none has helped for too long.

        Source: Prechelt 1998, "Early Stopping - But When?" (the third class of criteria).
        """
        patience = self._settings.patience
        return self._state.step >= self._steps or (patience > 0 and self._state.stale >= patience)

    def _restore(self) -> None:
        if self._group.first:
            mend_state(self._layout.resume)
        self._group.wait()  # the others read what the first has mended
        parts = (self._task.network, self._optimizer, self._mean)
        saved = restore_state(self._layout.resume, self._state.fingerprint, *parts)
        if saved is not None:
            self._state = saved
            self._note(f"resumed at step {self._state.step} of {self._steps}")

    def _precision(self) -> torch.dtype:
        wanted, kind = self._settings.precision, self._group.device.type
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
        # What is random in a step depends on its number alone, so that no state of it need be kept.
        torch.manual_seed(hash((self._settings.seed, self._state.step, self._group.rank)) % 2**63)
        set_learning_rate(self._optimizer, self._state.step, self._steps, self._settings.warmup_share)
        self._optimizer.zero_grad(set_to_none=True)
        mixed = precision != torch.float32
        mean, own = 0.0, self._group.share(rows)
        for part in micro_batches(own, self._task.lengths, self._settings.micro_batch_size, self._room):
            with torch.autocast(self._group.device.type, precision) if mixed else contextlib.nullcontext():
                loss = self._task.loss(part) * (len(part) / len(rows))
            scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            mean += float(loss.detach())
        mean = self._group.add_up(self._task.network.parameters(), mean)
        if not math.isfinite(mean):
            raise UsageError(f"the loss has become {mean}: lower [train.learning_rate]")
        scaler.unscale_(self._optimizer)
        nn.utils.clip_grad_norm_(self._task.network.parameters(), self._settings.max_grad_norm)
        scaler.step(self._optimizer)
        scaler.update()
        self._mean.update(self._state.step)
        return mean

    def _validate(self, epoch: int) -> None:
        """Score the network on the validation part and save it where it is the best so far."""
        validation = self._task.validate() if self._group.first else None
        score = self._group.agree(validation.score if validation else 0.0)
        best = score > self._state.best
        self._state.stale = 0 if best else self._state.stale + 1
        self._state.best = max(score, self._state.best)
        if validation is not None:
            self._note(f"epoch {epoch}: {validation.told()}{' (best so far)' if best else ''}")
            row = {"epoch": epoch, "loss": self._state.loss / self._batches_an_epoch, **validation.metrics}
            self._state.history.append(row | {"best": best})
            self._state.loss = 0.0
            write_json(self._layout.history, self._state.history)
            if best:
                self._task.save_best()
                write_metrics(self._layout, validation, len(self._task.lengths), epoch)
        if self._over() and self._state.step < self._steps:
            self._note(f"stopped: no better epoch after {self._state.stale} more")

    def _note(self, line: str) -> None:
        if self._group.first:
            self._progress.note(line)


def write_metrics(layout: Layout, validation: Validation, n_train: int, epoch: int) -> None:
    """Write ``metrics.json`` of the checkpoint of an epoch, by examples to train on."""
    sizes = {"n": validation.n, "n_train": n_train, "epoch": epoch}
    labels = {"labels": list(validation.labels)} if validation.labels else {}
    write_json(layout.metrics, {**sizes, **validation.metrics, "selected_by": validation.main, **labels})


def finish(layout: Layout, fingerprint: str, write_card: Callable[[Layout], None]) -> None:
    """Turn the folder of a training that came to its end into a model.

    Cut off at any point, this can be done again: the state goes last.

    Args:
        layout: the folder.
        fingerprint: of the training, written into ``metrics.json``.
        write_card: writes the model card.
    """
    metrics = json.loads(layout.metrics.read_text(encoding="utf-8"))
    write_json(layout.metrics, {**metrics, "fingerprint": fingerprint})
    write_card(layout)
    pin_files(layout)
    discard_state(layout.resume)


def finished_metrics(layout: Layout, fingerprint: str) -> dict[str, Any] | None:
    """Return the metrics of the training of this fingerprint, where it came to its end in the folder.

    Raises:
        UsageError: another training came to its end there.
    """
    if has_state(layout.resume) or not layout.checksums.is_file() or not layout.metrics.is_file():
        return None
    metrics = dict(json.loads(layout.metrics.read_text(encoding="utf-8")))
    if metrics.get("fingerprint", fingerprint) != fingerprint:
        raise UsageError(f"{layout.folder}: cannot be resumed: holds a model of other data or settings")
    return metrics if "fingerprint" in metrics else None


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


def train_task(
    build: Callable[[torch.device], T],
    layout: Layout,
    learn: Callable[[T, Group], None],
    write_card: Callable[[Layout], None],
    *,
    seed: int,
    device: torch.device,
    resume: bool,
    progress: Progress,
) -> dict[str, Any]:
    """Train a task in all processes and turn the folder into a model, or return what was done before.

    Args:
        build: makes the task on a device.
        layout: the folder.
        learn: trains it; writes in the first process only.
        write_card: writes the model card.
        seed: of the head's first weights.
        device: asked for; each process has its own.
        resume: a training that came to its end is not done again.
        progress: is told, in the first process.

    Returns:
        The metrics on the validation part, as ``metrics.json`` holds them.

    Raises:
        UsageError: a model of other data or settings in the folder.
    """
    with join_processes(device) as group:
        torch.manual_seed(seed)
        task = build(group.device)
        done = finished_metrics(layout, task.fingerprint) if resume else None
        group.wait()  # no process writes before all have looked
        if done is not None:
            if group.first:
                progress.note(f"{layout.folder}: this training is done")
            return done
        learn(task, group)
        if group.first:
            finish(layout, task.fingerprint, write_card)
        group.wait()  # the others read what the first has written
        return dict(json.loads(layout.metrics.read_text(encoding="utf-8")))
