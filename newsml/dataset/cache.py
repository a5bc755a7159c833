"""``datasets.Dataset`` built once for the same posts, labels and version of newsml, and loaded after that."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import newsml
from newsml.dataset.examples import ExampleCounts, build_examples, features, to_row
from newsml.domain import Unusable
from newsml.errors import NewsmlError, UsageError, missing_extra
from newsml.labels import LabelScheme
from newsml.posts import Source, find_sources, read_posts
from newsml.posts.sources import STDIN

if TYPE_CHECKING:
    import datasets


def cache_folder() -> Path:
    """Return the folder that datasets are kept in unless another is named."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "newsml" / "datasets"


def load_dataset(
    inputs: str | Path | Iterable[str | Path],
    scheme: LabelScheme,
    cache_dir: str | Path | None = None,
    *,
    on_unusable: Callable[[Unusable], None] = lambda _: None,
    jobs: int = 1,
) -> datasets.Dataset:
    """Return the labelled posts as a ``datasets.Dataset``, memory-mapped from the cache.

    The posts are read where the cache does not hold them yet. It is told by the names and contents of the
    files, the scheme and the version of newsml. Columns as of `to_dataset`.

    Args:
        inputs: files and folders.
        scheme: how labels are read; with names.
        cache_dir: folder of the cache; `cache_folder` by default.
        on_unusable: called for each input that could not be read, when the posts are read.
        jobs: as of `read_posts`.

    Raises:
        UsageError: standard input, a scheme without names, the package ``datasets`` is not installed, or as
            of `read_posts`.
        InputError: no usable post, or none with a usable label.
    """
    try:
        import datasets
    except ImportError:
        raise missing_extra("datasets", "train", "a datasets.Dataset") from None
    names = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    if STDIN in names:
        raise UsageError("- (standard input) can be read once only, and so has no place in a cache")
    if not scheme.names:
        raise UsageError("labels: a dataset needs a scheme with names")

    def rows() -> Iterator[dict[str, Any]]:
        counts = ExampleCounts()
        examples = build_examples(read_posts(names, jobs=jobs), scheme, counts, on_unusable)
        if not examples:
            raise counts.none_found(" ".join(map(str, names)), "a usable label")
        return (to_row(example, scheme) for example in examples)

    try:
        return datasets.Dataset.from_generator(
            rows,
            features=features(scheme),
            cache_dir=str(cache_dir or cache_folder()),
            fingerprint=fingerprint(find_sources(map(str, names)), scheme),
        )
    except datasets.exceptions.DatasetGenerationError as error:
        if isinstance(error.__cause__, NewsmlError):
            raise error.__cause__ from None
        raise


def fingerprint(sources: Iterable[Source], scheme: LabelScheme) -> str:
    """Return a hash of everything that a dataset is made from: 32 hexadecimal digits.

    The contents count and not the times of the files, which a copy changes and an edit may not.
    """
    whole = sha256()
    fields = {f.name: getattr(scheme, f.name) for f in dataclasses.fields(scheme)}
    whole.update(json.dumps([newsml.__version__, fields], default=dict).encode())
    for source in sources:
        whole.update(json.dumps([source.id, source.kind, source.error, _digest(source)]).encode())
    return whole.hexdigest()[:32]


def _digest(source: Source) -> str:
    if source.kind == "error" or not Path(source.id).is_file():  # a pipe would be used up
        return ""
    try:
        with Path(source.id).open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return str(error)
