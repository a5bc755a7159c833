"""Training from Python and for ``newsml train``: posts of files -> a model folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from newsml.config import Config, Overrides, load_config
from newsml.dataset import ExampleCounts, apply_support, build_examples, relabel, split_examples
from newsml.dataset.salience import SalienceExample, build_salience_examples, split_salience_examples
from newsml.domain import Example, Unusable
from newsml.errors import ArgumentError, InputError, missing_extra
from newsml.labels import LabelCounts, LabelScheme
from newsml.model.layout import Layout, new_folder
from newsml.posts import read_posts
from newsml.posts.sources import check_unread
from newsml.simplified import wording

T = TypeVar("T")


class Watcher(Protocol):
    """Is told how a training goes."""

    def note(self, line: str) -> None:
        """One thing that is no error."""

    def error(self, unusable: Unusable) -> None:
        """An input that could not be used; the rest goes on."""

    def track(self, items: Iterable[T], what: str) -> Iterable[T]:
        """Return the items, as they are read."""
        ...

    def step(self, step: int, steps: int, loss: float) -> None:
        """A step of the optimiser is done."""


class Silence:
    """A watcher that says nothing."""

    def note(self, line: str) -> None:
        """Pass over a line."""

    def error(self, unusable: Unusable) -> None:
        """Pass over an input."""

    def track(self, items: Iterable[T], what: str) -> Iterable[T]:
        """Return the items."""
        return items

    def step(self, step: int, steps: int, loss: float) -> None:
        """Pass over a step."""


def train(
    config: str | Path | Config,
    data: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    validation: str | Path | Sequence[str | Path] = (),
    overrides: Overrides = (),
    resume: bool = False,
    device: str = "auto",
    jobs: int = 1,
    watcher: Watcher | None = None,
) -> dict[str, Any]:
    """Train a classifier on labelled posts, or a summariser on posts with summaries or highlights.

    Args:
        config: a configuration, a file of one, or the name of one that ships: ``topics``, ``category``,
            ``salience``.
        data: files and folders of posts.
        output: the folder that becomes the model: new or empty; none that is read, nor within one.
        validation: files and folders of posts to validate with, instead of a split.
        overrides: settings of the file to change, as ``train.epochs=3`` or as a mapping,
            ``{"train.epochs": 3}``.
        resume: go on where an interrupted training stopped.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        jobs: processes that read the posts; 0 for one a core.
        watcher: is told how it goes.

    Returns:
        The metrics on the validation part, as ``metrics.json`` holds them.

    Raises:
        UsageError: settings that do not hold, overrides of a configuration that was read already, a folder
            with something in it or one that is read, no torch, too little data.
        InputError: no usable post.
        ModelError: no such base encoder.
    """
    if isinstance(config, Config):
        if overrides:
            raise ArgumentError(
                "overrides change the settings of a file; give a Config as it is to be", "overrides"
            )
        settings = config
    else:
        settings = load_config(config, overrides)
    layout = Layout(Path(output))
    if layout.is_taken() and not resume:
        told = f"output {output}: holds a model already; take another folder, or resume"
        raise ArgumentError(told, "output", "resume")
    watcher = Silence() if watcher is None else watcher
    names, held = (
        list(map(str, [given] if isinstance(given, str | Path) else given)) for given in (data, validation)
    )
    base = [settings.model.base] if Path(settings.model.base).is_dir() else []
    check_unread(output, [*names, *held, *base])
    if not layout.is_taken():
        new_folder(output)
    prepare = _read_salience if settings.task == "summarize" else _read_labels
    run = prepare(settings, names, held, watcher, jobs)
    return run(layout, device=device, resume=resume, progress=watcher)


def _read_labels(
    config: Config, data: list[str], validation: list[str], watcher: Watcher, jobs: int
) -> Callable[..., dict[str, Any]]:
    """Read the labelled posts and return what trains on them."""
    try:
        from newsml.model.classification_task import train_classifier
    except ImportError as error:
        raise missing_extra(error.name or "torch", "train", "training") from None
    examples, held_out, scheme = _read_examples(config, data, validation, watcher, jobs)
    watcher.note(
        f"{len(examples)} examples to train on, {len(held_out)} to validate with, {len(scheme.names)} labels"
    )
    return partial(train_classifier, config, scheme, examples, held_out)


def _read_salience(
    config: Config, data: list[str], validation: list[str], watcher: Watcher, jobs: int
) -> Callable[..., dict[str, Any]]:
    """Read the posts with summaries or highlights and return what trains on them."""
    try:
        from newsml.summarization.training import train_salience
    except ImportError as error:
        raise missing_extra(error.name or "torch", "train", "training") from None

    def read(names: list[str]) -> list[SalienceExample]:
        failed: list[Unusable] = []

        def fail(unusable: Unusable) -> None:
            failed.append(unusable)
            watcher.error(unusable)

        posts = read_posts(names, watcher.note, jobs)
        found = build_salience_examples(watcher.track(posts, "reading"), fail)
        if not found:
            told = f" ({failed[0].error})" if failed else ""
            raise InputError(
                f"{' '.join(names)}: no post has a summary, highlights or a title of its own{told}"
            )
        return found

    examples, held_out = read(data), read(validation) if validation else []
    if not validation:
        examples, held_out = split_salience_examples(
            examples,
            validation_share=config.data.validation_share,
            seed=config.train.seed,
            near_duplicate=config.data.near_duplicate,
        )
    watcher.note(f"{len(examples)} examples to train on, {len(held_out)} to validate with")
    return partial(train_salience, config, examples, held_out)


def _read_examples(
    config: Config, data: list[str], validation: list[str], watcher: Watcher, jobs: int
) -> tuple[list[Example], list[Example], LabelScheme]:
    """Read and split the examples; the names of the scheme are learned where it has none.

    Raises:
        InputError: no labelled post.
    """
    scheme = config.labels.scheme()

    def read(names: list[str]) -> list[Example]:
        counts = ExampleCounts()
        posts = read_posts(names, watcher.note, jobs)
        found = build_examples(watcher.track(posts, "reading"), scheme, counts, watcher.error)
        counts.tell(watcher.note)
        if not found:
            raise counts.none_found(" ".join(names), _wanted(scheme))
        return found

    examples, held_out = read(data), read(validation) if validation else []
    rare = LabelCounts()
    given = len(examples)
    examples, scheme = apply_support(examples, scheme, config.labels.min_support, rare)
    rare.tell(watcher.note)
    if len(examples) < given:
        watcher.note(f"{given - len(examples)} examples left out: their labels are too rare to learn")
    if validation:
        held_out = _hold_out(held_out, examples, scheme, " ".join(validation), watcher)
    else:
        examples, held_out = split_examples(
            examples,
            validation_share=config.data.validation_share,
            seed=config.train.seed,
            near_duplicate=config.data.near_duplicate,
        )
    return examples, held_out, scheme


def _wanted(scheme: LabelScheme) -> str:
    """Return what a post lacks that has no usable label."""
    level = "" if scheme.level == "all" else f" of [labels.level] {scheme.level}"
    kind = "a label that the configuration knows" if scheme.names else "a label"
    return f'{kind}{level} (in "labels" of JSONL and Parquet, or the categories of a front matter)'


def _hold_out(
    held_out: list[Example], examples: list[Example], scheme: LabelScheme, source: str, watcher: Watcher
) -> list[Example]:
    """Return the validation examples that have labels of the training; what that costs and flatters is told.

    Raises:
        InputError: none has.
    """
    counts = LabelCounts()
    found = relabel(held_out, scheme, counts)
    counts.tell(watcher.note)
    if not found:
        raise InputError(f"{source}: no post has a label of the training data ({', '.join(scheme.names)})")
    if len(found) < len(held_out):
        left = len(held_out) - len(found)
        watcher.note(f"{left} validation examples left out: the training data has too few of their labels")
    known = {wording(example.text) for example in examples}
    copies = sum(wording(example.text) in known for example in found)
    if copies:
        watcher.note(f"{copies} validation texts stand in the training data too, which flatters the scores")
    return found
