"""Labelled posts for commands: read by a scheme, and what was mended or dropped told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from newsml.cli.console import Console
from newsml.domain import Example, Post
from newsml.errors import InputError, UsageError
from newsml.labels import LabelScheme

if TYPE_CHECKING:
    from newsml.dataset import ExampleCounts


@dataclass(frozen=True)
class LabelledPosts:
    """Posts with their labels.

    Attributes:
        posts: every usable one, labelled or not, in the order of the input.
        examples: those with a label; the id is the place in ``posts``.
        scheme: the labels, most frequent first where no configuration lists them.
        counts: what was left out and mended.
        near_duplicate: Jaccard similarity from which two texts are near-duplicates.
    """

    posts: Sequence[Post]
    examples: Sequence[Example]
    scheme: LabelScheme
    counts: ExampleCounts
    near_duplicate: float

    def post_of(self, example: Example) -> Post:
        """Return the post of an example, with the labels of the scheme."""
        return replace(self.posts[int(example.id)], labels=example.labels)


def read_labelled(
    data: list[str], config: str | None, overrides: list[str] | None, jobs: int, console: Console
) -> LabelledPosts:
    """Read posts and their labels: by the scheme of a configuration, else as they stand.

    Raises:
        UsageError: a configuration that does not hold, overrides without one, or too few labels.
    """
    from newsml.config import DataConfig, LabelConfig, load_config
    from newsml.dataset import ExampleCounts, apply_support, build_examples
    from newsml.posts import read_posts

    if overrides and config is None:
        raise UsageError("--set changes a configuration: it needs --config")
    settings = load_config(config, overrides or ()) if config else None
    labels = settings.labels if settings else LabelConfig()
    counts = ExampleCounts()
    posts = list(console.usable(read_posts(data, console.note, jobs)))
    counts.unusable = console.unusable
    numbered = (replace(post, id=str(place)) for place, post in enumerate(posts))
    scheme = labels.scheme()
    examples = build_examples(numbered, scheme, counts)
    if settings:
        examples, scheme = apply_support(examples, scheme, labels.min_support, counts.labels)
        counts.unlabelled = len(posts) - len(examples)
    else:
        scheme = _scheme_as_it_stands(examples)
    near_duplicate = (settings.data if settings else DataConfig()).near_duplicate
    return LabelledPosts(posts, examples, scheme, counts, near_duplicate)


def require_labels(labelled: LabelledPosts, data: list[str]) -> None:
    """Refuse posts without any label.

    Raises:
        InputError: there is none.
    """
    if not labelled.examples:
        raise InputError(f"{' '.join(data)}: no post has a usable label")


def _scheme_as_it_stands(examples: Sequence[Example]) -> LabelScheme:
    counts = Counter(label for example in examples for label in example.labels)
    names = sorted(counts, key=lambda name: (-counts[name], name))
    single = all(len(example.labels) == 1 for example in examples)
    return LabelScheme(tuple(names), "single" if single else "multi")
