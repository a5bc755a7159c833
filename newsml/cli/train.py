"""``newsml train``: fine-tune a classifier or a summariser."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Annotated

import typer

from newsml.cli.console import Console
from newsml.cli.options import (
    DataInputs,
    Device,
    DeviceName,
    Quiet,
    ReadJobs,
    Settings,
    checked_folder,
    checked_inputs,
)

if TYPE_CHECKING:
    from rich.progress import Progress


class TrainingWatcher:
    """Tells of a training on stderr: a bar on a terminal, else a line now and then; see ``learn.Watcher``."""

    EVERY = 30.0  # seconds between two lines

    def __init__(self, console: Console) -> None:
        self.note, self.error, self.track = console.note, console.error, console.track
        self._console, self._open = console, ExitStack()
        self._bar: Progress | None = None
        self._begun = self._told = 0.0
        self._first = 0

    def step(self, step: int, steps: int, loss: float) -> None:
        """Show how far it is."""
        now = time.monotonic()
        if not self._begun:
            self._begun, self._first = now, step
            self._bar = self._open.enter_context(self._console.progress("training"))
        if self._bar is not None:
            self._bar.update(
                self._bar.task_ids[0], completed=step, total=steps, description=f"loss {loss:.4f}"
            )
        elif now - self._told > self.EVERY:
            self._told = now
            left = (steps - step) * (now - self._begun) / max(step - self._first, 1)
            spent = f", {now - self._begun:.0f} s, some {left:.0f} s left" if step > self._first else ""
            self._console.note(f"step {step} of {steps}, loss {loss:.4f}{spent}")

    def close(self) -> None:
        """Take the bar away."""
        self._open.close()


def train(
    config: Annotated[
        str,
        typer.Argument(
            metavar="CONFIG",
            help="A YAML file, or the name of one that ships: topics, category, salience, ...",
        ),
    ],
    data: DataInputs,
    output: Annotated[str, typer.Option("--output", metavar="MODEL", help="Folder that becomes the model.")],
    validation: Annotated[
        list[str] | None,
        typer.Option(
            "--validation", metavar="DATA", help="Labelled posts to validate with, instead of a split."
        ),
    ] = None,
    set_: Settings = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an interrupted training stopped.")
    ] = False,
    device: DeviceName = Device.auto,
    jobs: ReadJobs = 1,
    quiet: Quiet = False,
) -> None:
    """Train a classifier on labelled posts, or a summariser on posts with summaries or highlights."""
    from newsml import learn
    from newsml.config import load_config
    from newsml.model.distributed import process_rank

    settings = load_config(config, set_ or [])
    console = Console(quiet, mute=process_rank() > 0)
    checked_folder(output)
    checked_inputs([*data, *(validation or [])])
    with closing(TrainingWatcher(console)) as watcher:
        metrics = learn.train(
            settings,
            data,
            output,
            validation=validation or (),
            resume=resume,
            device=device.value,
            jobs=jobs,
            watcher=watcher,
        )
    chosen = metrics["selected_by"]
    console.note(f"{output}: {chosen} {metrics[chosen]:.4f} on {metrics['n']} examples")
    raise typer.Exit(console.exit_code)
