"""Posts -> labelled examples, and examples -> ``datasets.Dataset``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from newsml.boilerplate import mark_repeated
from newsml.domain import Example, Post, Unusable
from newsml.errors import missing_extra
from newsml.labels import LabelCounts, LabelScheme

if TYPE_CHECKING:
    import datasets


@dataclass(slots=True)
class ExampleCounts:
    """What became of the posts on their way to examples."""

    examples: int = 0
    unlabelled: int = 0
    unusable: int = 0
    labels: LabelCounts = field(default_factory=LabelCounts)


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
    """
    counts = ExampleCounts() if counts is None else counts
    labelled: list[tuple[Post, tuple[str, ...]]] = []
    for post in posts:
        if isinstance(post, Unusable):
            counts.unusable += 1
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


def to_dataset(examples: Sequence[Example], scheme: LabelScheme) -> datasets.Dataset:
    """Return the examples as a ``datasets.Dataset``.

    Columns: ``id`` and ``text`` (strings); ``label`` (a ``ClassLabel``) for a single-label scheme,
    ``labels`` (a list of ``ClassLabel``) for a multi-label one.

    Raises:
        UsageError: the package ``datasets`` is not installed.
    """
    try:
        import datasets
    except ImportError:
        raise missing_extra("datasets", "train", "a datasets.Dataset") from None
    label = datasets.ClassLabel(names=list(scheme.names))
    columns: dict[str, Any] = {"id": datasets.Value("string"), "text": datasets.Value("string")}
    single = scheme.mode == "single"
    columns |= {"label": label} if single else {"labels": datasets.List(label)}
    rows: dict[str, list[Any]] = {"id": [e.id for e in examples], "text": [e.text for e in examples]}
    ids = [[scheme.label2id[name] for name in e.labels] for e in examples]
    rows |= {"label": [row[0] for row in ids]} if single else {"labels": ids}
    return datasets.Dataset.from_dict(rows, features=datasets.Features(columns))
