"""``newsml train``: fine-tune a classifier or a summariser."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsml.cli.console import Console
from newsml.cli.labelled import tell_labels, tell_unlabelled
from newsml.cli.options import (
    DataInputs,
    Device,
    DeviceName,
    Quiet,
    ReadJobs,
    checked_folder,
    checked_inputs,
)
from newsml.domain import Example
from newsml.errors import InputError, UsageError, missing_extra
from newsml.labels import LabelCounts, LabelScheme

if TYPE_CHECKING:
    from rich.progress import Progress

    from newsml.config import Config


class TrainingProgress:
    """Tells of a training on stderr: a bar on a terminal, else a line now and then."""

    EVERY = 30.0  # seconds between two lines

    def __init__(self, console: Console, bar: Progress | None) -> None:
        self._console, self._bar, self._begun, self._told = console, bar, time.monotonic(), 0.0
        self._first = sys.maxsize

    def step(self, step: int, steps: int, loss: float) -> None:
        """Show how far it is."""
        now = time.monotonic()
        self._first = min(self._first, step - 1)  # a training that is taken up begins later
        if self._bar is not None:
            self._bar.update(
                self._bar.task_ids[0], completed=step, total=steps, description=f"loss {loss:.4f}"
            )
        elif now - self._told > self.EVERY:
            self._told = now
            left = (steps - step) * (now - self._begun) / max(step - self._first, 1)
            spent = f"{now - self._begun:.0f} s, some {left:.0f} s left"
            self._console.note(f"step {step} of {steps}, loss {loss:.4f}, {spent}")

    def say(self, line: str) -> None:
        """Print one line."""
        self._console.note(line)


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
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="a.b=v", help="Change a setting of CONFIG. Repeatable."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an interrupted training stopped.")
    ] = False,
    device: DeviceName = Device.auto,
    jobs: ReadJobs = 1,
    quiet: Quiet = False,
) -> None:
    """Train a classifier on labelled posts, or a summariser on posts with summaries or highlights."""
    from newsml.config import load_config
    from newsml.model.distributed import process_rank
    from newsml.model.layout import Layout

    settings = load_config(config, set_ or [])
    console = Console(quiet, mute=process_rank() > 0)
    base = [settings.model.base] if Path(settings.model.base).is_dir() else []
    layout = Layout(checked_folder(output, [*data, *(validation or []), *base]))
    model = (layout.spec, layout.salience_spec, layout.resume, layout.encoder_config, layout.encoder)
    if not resume and any(path.exists() for path in model):
        raise UsageError(f"--output {output}: holds a model already; take another folder, or --resume")
    learn = _learn_salience if settings.task == "summarize" else _learn_labels
    run = learn(settings, data, validation, console, jobs)
    with console.progress("training") as bar:
        progress = TrainingProgress(console, bar)
        metrics = run(layout, device=device.value, resume=resume, progress=progress)
    chosen = metrics["selected_by"]
    console.note(f"{output}: {chosen} {metrics[chosen]:.4f} on {metrics['n']} examples")
    raise typer.Exit(console.exit_code)


def _learn_labels(
    settings: Config, data: list[str], validation: list[str] | None, console: Console, jobs: int
) -> Callable[..., dict[str, Any]]:
    """Read the labelled posts and return what trains on them."""
    try:
        from newsml.model.classification_task import train_classifier
    except ImportError as error:
        raise missing_extra(error.name or "torch", "train", "training") from None
    examples, held_out, scheme = _read_examples(settings, data, validation, console, jobs)
    console.note(
        f"{len(examples)} examples to train on, {len(held_out)} to validate with, {len(scheme.names)} labels"
    )
    return partial(train_classifier, settings, scheme, examples, held_out)


def _learn_salience(
    settings: Config, data: list[str], validation: list[str] | None, console: Console, jobs: int
) -> Callable[..., dict[str, Any]]:
    """Read the posts with summaries or highlights and return what trains on them.

    Raises:
        InputError: no post has a summary, highlights or a title of its own.
    """
    from newsml.dataset.salience import SalienceExample, build_salience_examples, split_salience_examples
    from newsml.posts import read_posts

    try:
        from newsml.summarization.training import train_salience
    except ImportError as error:
        raise missing_extra(error.name or "torch", "train", "training") from None

    def read(names: list[str]) -> list[SalienceExample]:
        posts = read_posts(checked_inputs(names), console.note, jobs)
        found = build_salience_examples(console.track(posts, "reading"), console.error)
        if not found:
            raise InputError(f"{' '.join(names)}: no post has a summary, highlights or a title of its own")
        return found

    examples, held_out = read(data), read(validation) if validation else []
    if not validation:
        examples, held_out = split_salience_examples(
            examples,
            validation_share=settings.data.validation_share,
            seed=settings.train.seed,
            near_duplicate=settings.data.near_duplicate,
        )
    console.note(f"{len(examples)} examples to train on, {len(held_out)} to validate with")
    return partial(train_salience, settings, examples, held_out)


def _read_examples(
    settings: Config, data: list[str], validation: list[str] | None, console: Console, jobs: int
) -> tuple[list[Example], list[Example], LabelScheme]:
    """Read and split the examples; the names of the scheme are learned where it has none.

    Raises:
        InputError: no labelled post.
    """
    from newsml.dataset import ExampleCounts, apply_support, build_examples, split_examples
    from newsml.posts import read_posts

    scheme = settings.labels.scheme()
    if (data + (validation or [])).count("-") > 1:
        raise UsageError("- (standard input) can be given once only")

    def read(names: list[str]) -> list[Example]:
        counts = ExampleCounts()
        posts = read_posts(checked_inputs(names), console.note, jobs)
        found = build_examples(console.track(posts, "reading"), scheme, counts, console.error)
        tell_unlabelled(counts, console)
        if not found and not counts.unlabelled:
            raise InputError(f"{' '.join(names)}: holds no usable post")
        if not found:
            raise InputError(f"{' '.join(names)}: no post has {_wanted(scheme)}")
        return found

    examples, held_out = read(data), read(validation) if validation else []
    rare = LabelCounts()
    given = len(examples)
    examples, scheme = apply_support(examples, scheme, settings.labels.min_support, rare)
    tell_labels(rare, console)
    if len(examples) < given:
        console.note(f"{given - len(examples)} examples left out: their labels are too rare to learn")
    if validation:
        held_out = _hold_out(held_out, examples, scheme, " ".join(validation), console)
    else:
        examples, held_out = split_examples(
            examples,
            validation_share=settings.data.validation_share,
            seed=settings.train.seed,
            near_duplicate=settings.data.near_duplicate,
        )
    return examples, held_out, scheme


def _wanted(scheme: LabelScheme) -> str:
    """Return what a post lacks that has no usable label."""
    level = "" if scheme.level == "all" else f" of [labels.level] {scheme.level}"
    kind = "a label that the configuration knows" if scheme.names else "a label"
    return f'{kind}{level} (in "labels" of JSONL and Parquet, or the categories of a front matter)'


def _hold_out(
    held_out: list[Example], examples: list[Example], scheme: LabelScheme, source: str, console: Console
) -> list[Example]:
    """Return the validation examples that have labels of the training; what that costs and flatters is told.

    Raises:
        InputError: none has.
    """
    from newsml.dataset import relabel
    from newsml.dataset.near_duplicates import SPACE

    counts = LabelCounts()
    found = relabel(held_out, scheme, counts)
    tell_labels(counts, console)
    if not found:
        raise InputError(f"{source}: no post has a label of the training data ({', '.join(scheme.names)})")
    if len(found) < len(held_out):
        left = len(held_out) - len(found)
        console.note(f"{left} validation examples left out: the training data has too few of their labels")
    known = {SPACE.sub("", example.text) for example in examples}
    copies = sum(SPACE.sub("", example.text) in known for example in found)
    if copies:
        console.note(f"{copies} validation texts stand in the training data too, which flatters the scores")
    return found
