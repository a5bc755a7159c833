"""Posts -> labelled examples, and examples -> ``datasets.Dataset``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsml.boilerplate import mark_repeated
from newsml.domain import Example, Post, Unusable
from newsml.errors import InputError, UsageError, missing_extra
from newsml.labels import LabelCounts, LabelScheme

if TYPE_CHECKING:
    import datasets

    from newsml.arrays import Bools


@dataclass(slots=True)
class ExampleCounts:
    """What became of the posts on their way to examples; ``error`` is that of the first unusable one."""

    examples: int = 0
    unlabelled: int = 0
    unusable: int = 0
    labels: LabelCounts = field(default_factory=LabelCounts)
    error: str = ""

    def told(self) -> list[str]:
        """Return a line for each kind of thing that was left out or mended."""
        left = f"{self.unlabelled} posts without a usable label are left out"
        return [*([left] if self.unlabelled else []), *self.labels.told()]

    def tell(self, note: Callable[[str], object]) -> None:
        """Tell each line of `told`."""
        for line in self.told():
            note(line)

    def none_found(self, inputs: str, wanted: str) -> InputError:
        """Return the error of inputs without an example.

        Args:
            inputs: their names.
            wanted: what their posts lack.
        """
        if self.unlabelled:
            return InputError(f"{inputs}: no post has {wanted}")
        return InputError(f"{inputs}: holds no usable post{f' ({self.error})' if self.error else ''}")


def build_examples(
    posts: Iterable[Post | Unusable],
    scheme: LabelScheme,
    counts: ExampleCounts | None = None,
    on_unusable: Callable[[Unusable], None] = lambda _: None,
) -> list[Example]:
    """Turn posts into examples with the scheme's labels; posts without a usable label are left out.

    Boilerplate is left out of the texts, with the footers that the posts share.

    Args:
        posts: as ``read_posts`` yields them.
        scheme: how labels are read.
        counts: where what was left out or mended is counted.
        on_unusable: called for each input that could not be read.

    Raises:
        UsageError: a path in the place of posts.
    """
    if isinstance(posts, str | Path):
        raise UsageError(f"posts: {str(posts)!r} is a path; give read_posts({str(posts)!r})")
    counts = ExampleCounts() if counts is None else counts
    labelled: list[tuple[Post, tuple[str, ...]]] = []
    for post in posts:
        if isinstance(post, Unusable):
            counts.unusable += 1
            counts.error = counts.error or post.error
            on_unusable(post)
            continue
        labels = scheme.read(post.labels, counts.labels)
        if labels:
            labelled.append((post, labels))
        else:
            counts.unlabelled += 1
    counts.examples += len(labelled)
    marked = mark_repeated([post for post, _ in labelled])
    return [
        Example(post.id, post.model_input, labels) for post, (_, labels) in zip(marked, labelled, strict=True)
    ]


def apply_support(
    examples: Sequence[Example], scheme: LabelScheme, min_support: int, counts: LabelCounts
) -> tuple[list[Example], LabelScheme]:
    """Take the names that the examples support, and read their labels again by these.

    Args:
        examples: with labels as the scheme reads them.
        scheme: without names where the data is to say them.
        min_support: labels with fewer examples are dropped, or collected under ``other``.
        counts: where dropped, collected and mended labels are counted.

    Returns:
        The examples that have a label left, and the scheme with the names.

    Raises:
        UsageError: fewer than two labels have the support.
    """
    labels = (label for example in examples for label in example.labels)
    scheme = scheme.with_support(labels, min_support)
    return relabel(examples, scheme, counts), scheme


def relabel(examples: Iterable[Example], scheme: LabelScheme, counts: LabelCounts) -> list[Example]:
    """Return the examples with their labels as the scheme reads them; those that have none are left out.

    Args:
        examples: with labels of the level that counts.
        scheme: with names.
        counts: where dropped, collected and mended labels are counted.
    """
    scheme = replace(scheme, level="all")
    read = (replace(example, labels=scheme.read(example.labels, counts)) for example in examples)
    return [example for example in read if example.labels]


def gold_matrix(examples: Sequence[Example], scheme: LabelScheme) -> Bools:
    """Return which labels each example has. *Shape:* ``(len(examples), len(scheme.names))``."""
    import numpy as np  # which checking and splitting an archive do without

    gold = np.zeros((len(examples), len(scheme.names)), bool)
    for row, example in enumerate(examples):
        gold[row, [scheme.label2id[name] for name in example.labels]] = True
    return gold


def to_dataset(examples: Sequence[Example], scheme: LabelScheme) -> datasets.Dataset:
    """Return the examples as a ``datasets.Dataset``.

    Columns: ``id`` and ``text`` (strings); ``label`` (a ``ClassLabel``) for a single-label scheme,
    ``labels`` (a list of ``ClassLabel``) for a multi-label one.

    Raises:
        UsageError: a label that the scheme does not name, an example of a single-label scheme with none or
            several, or the package ``datasets`` is not installed.
    """
    try:
        import datasets
    except ImportError:
        raise missing_extra("datasets", "train", "a datasets.Dataset") from None
    for example in examples:
        if unknown := [label for label in example.labels if label not in scheme.label2id]:
            raise UsageError(f"labels: {', '.join(unknown)} of {example.id}: no name of the scheme")
        if scheme.mode == "single" and len(example.labels) != 1:
            raise UsageError(f"labels: {example.id} has {len(example.labels)}; the scheme wants one")
    columns = features(scheme)
    rows = [to_row(example, scheme) for example in examples]
    return datasets.Dataset.from_dict({key: [row[key] for row in rows] for key in columns}, features=columns)


def features(scheme: LabelScheme) -> datasets.Features:
    """Return the columns of a dataset."""
    import datasets

    label = datasets.ClassLabel(names=list(scheme.names))
    columns: dict[str, Any] = {"id": datasets.Value("string"), "text": datasets.Value("string")}
    columns |= {"label": label} if scheme.mode == "single" else {"labels": datasets.List(label)}
    return datasets.Features(columns)


def to_row(example: Example, scheme: LabelScheme) -> dict[str, Any]:
    """Return an example as a row of a dataset."""
    ids = [scheme.label2id[name] for name in example.labels]
    labels = {"label": ids[0]} if scheme.mode == "single" else {"labels": ids}
    return {"id": example.id, "text": example.text, **labels}
