"""Names of files and folders -> what there is to read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from newsml.errors import ArgumentError

MARKUP = (".md", ".markdown", ".html", ".htm")
WALKED = (*MARKUP, ".txt")
JSONL = (".jsonl", ".jsonl.gz")
PARQUET = ".parquet"
FEED = (".xml", ".rss", ".atom", ".rdf")
JSON = ".json"
STDIN = "-"

Kind = Literal["post", "text", "jsonl", "parquet", "feed", "json", "error"]


class Source(NamedTuple):
    """One thing to read posts from: a file, standard input (``-``), or a name that is neither.

    Attributes:
        id: the path as given; for a file found in a folder, the folder as given and the path below it.
        kind: how it is read; ``error`` for what cannot be.
        error: why not.
        code: of the error, as of an ``Unusable``.
    """

    id: str
    kind: Kind
    error: str = ""
    code: str = "unreadable"


def find_sources(inputs: Iterable[str]) -> Iterator[Source]:
    """Yield what the inputs name, folders walked in sorted order.

    Hidden files are skipped; a link that leads back into the folder is followed once.
    """
    for name in inputs:
        path = Path(name)
        if name == STDIN:
            yield Source(name, "jsonl")
        elif name and _is_folder(path):  # as a path, no name at all would be this folder
            found = False
            for source in _walk(name.rstrip("/") or "/", set()):
                found = True
                yield source
            if not found:
                yield Source(name, "error", f"no posts in this folder ({' '.join(WALKED)})", "empty")
        elif not os.path.exists(name):  # noqa: PTH110 - False for a name that no system takes
            yield Source(name, "error", "no such file or folder", "missing")
        elif name.lower().endswith(JSONL):
            yield Source(name, "jsonl")
        elif name.lower().endswith(PARQUET):
            yield Source(name, "parquet")
        elif name.lower().endswith(FEED):
            yield Source(name, "feed")
        elif name.lower().endswith(JSON):
            yield Source(name, "json")
        elif path.suffix.lower() in WALKED:
            yield Source(name, "text" if path.suffix.lower() == ".txt" else "post")
        else:
            known = " ".join((*WALKED, *JSONL, JSON, PARQUET, *FEED))
            yield Source(name, "error", f"not a kind of file that holds posts ({known})", "kind")


def find_reader(path: str | Path, inputs: Iterable[str]) -> str | None:
    """Return the input with which a path is read, or would be if it were a post; None for none."""
    place = Path(os.path.realpath(path))
    for name in inputs:
        folder = Path(os.path.realpath(name))
        if name in ("", STDIN) or not place.is_relative_to(folder):
            continue
        if not any(part.startswith(".") for part in place.relative_to(folder).parts):
            return name
    return None


def check_unread(output: str | Path, inputs: Iterable[str]) -> None:
    """Demand that a folder to be written is none that is read, and lies in none.

    Raises:
        UsageError: it does, so that what is written would be read as a post.
    """
    if (name := find_reader(output, inputs)) is None:
        return
    inside = "" if os.path.realpath(output) == os.path.realpath(name) else f"lies in {name}, which "
    raise ArgumentError(f"output {output}: {inside}is read; take another folder", "output")


def _walk(folder: str, seen: set[tuple[int, int]]) -> Iterator[Source]:
    try:
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Source(folder, "error", error.strerror or str(error))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        name = f"{folder.rstrip('/')}/{entry.name}"
        if _is_folder(entry):
            yield from _walk(name, seen)
        elif entry.name.lower().endswith(WALKED):
            yield Source(name, "text" if entry.name.lower().endswith(".txt") else "post")


def _is_folder(entry: os.DirEntry[str] | Path) -> bool:
    try:
        return entry.is_dir()
    except (OSError, ValueError):  # a link that leads to itself, or a name that no system takes
        return False
