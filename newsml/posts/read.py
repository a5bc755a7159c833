"""Files, folders and standard input -> a stream of posts, in constant memory."""

from __future__ import annotations

import gzip
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

from newsml.domain import Post, Problem, Unusable
from newsml.errors import InputError
from newsml.posts.encoding import decode
from newsml.posts.parse import parse_post, parse_record, parse_text

MARKUP = (".md", ".markdown", ".html", ".htm")
WALKED = (*MARKUP, ".txt")
JSONL = (".jsonl", ".jsonl.gz")
MAX_BYTES = 64 * 2**20
STDIN = "-"

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to read posts from: a file, standard input (``-``), or a name that is neither.

    Attributes:
        id: the path as given; for a file found in a folder, the folder as given and the path below it.
        kind: how it is read; ``error`` for what cannot be.
        error: why not.
        code: of the error.
    """

    id: str
    kind: Literal["post", "text", "jsonl", "error"]
    error: str = ""
    code: str = ""


def find_sources(inputs: Iterable[str]) -> Iterator[Source]:
    """Yield what the inputs name, folders walked in sorted order.

    Hidden files are skipped; a link that leads back into the folder is followed once.
    """
    for name in inputs:
        path = Path(name)
        if name == STDIN:
            yield Source(name, "jsonl")
        elif _is_folder(path):
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
        elif path.suffix.lower() in WALKED:
            yield Source(name, "text" if path.suffix.lower() == ".txt" else "post")
        else:
            known = " ".join((*WALKED, *JSONL))
            yield Source(name, "error", f"not a kind of file that holds posts ({known})", "kind")


def _walk(folder: str, seen: set[tuple[int, int]]) -> Iterator[Source]:
    try:
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Source(folder, "error", error.strerror or str(error), "unreadable")
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


def read_posts(
    inputs: str | Path | Iterable[str | Path], note: Note | None = None
) -> Iterator[Post | Unusable]:
    """Read posts from files, folders and ``-`` (JSONL on standard input), one at a time.

    Args:
        inputs: paths, in the order in which their posts are wanted.
        note: called with one line for what is worth knowing and is no error, such as a file that
            was read as GB18030.

    Yields:
        A ``Post`` for each post, or an ``Unusable`` in its place that says what is wrong and where.
    """
    names = [inputs] if isinstance(inputs, str | Path) else inputs
    for source in find_sources(str(name) for name in names):
        if source.kind == "error":
            yield Unusable(source.id, f"{source.id}: {source.error}", code=source.code)
        elif source.kind == "jsonl":
            yield from _read_jsonl(source.id, note)
        else:
            yield _read_file(source, note)


def _read_file(source: Source, note: Note | None) -> Post | Unusable:
    try:
        path = Path(source.id)
        if not path.is_file():
            raise InputError("is no regular file")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"is larger than {MAX_BYTES // 2**20} MiB", code="too-large")
        data = path.read_bytes()
        if not data.strip():
            raise InputError("is empty", code="empty")
        decoded = decode(data)
        if source.kind == "text":
            post = parse_text(decoded.text, source.id)
        else:
            html = path.suffix.lower() in (".html", ".htm")
            post = parse_post(decoded.text, source.id, html=html)
    except InputError as error:
        return Unusable(source.id, f"{source.id}: {error}", code=error.code, line=error.line)
    except OSError as error:
        return Unusable(source.id, f"{source.id}: {error.strerror or error}")
    if note is not None and decoded.encoding != "utf-8":
        note(f"{source.id}: read as {decoded.encoding.upper()}")
    return _with_problems(post, decoded.problems)


def _with_problems(post: Post, problems: tuple[Problem, ...]) -> Post:
    return replace(post, problems=problems + post.problems) if problems else post


def _read_jsonl(name: str, note: Note | None) -> Iterator[Post | Unusable]:
    number = 0
    noted = False
    try:
        with _open_lines(name) as lines:
            for line in _bounded_lines(lines):
                number += 1
                if line is not None and not line.strip():
                    continue
                where = f"{name}:{number}"
                try:
                    if line is None:
                        raise InputError(f"a line of over {MAX_BYTES // 2**20} MiB", code="too-large")
                    decoded = decode(line)
                    post = parse_record(decoded.text, where)
                except InputError as error:
                    yield Unusable(where, f"{where}: {error}", code=error.code, line=number)
                    continue
                if note is not None and decoded.encoding != "utf-8" and not noted:
                    note(f"{where}: read as {decoded.encoding.upper()}")
                    noted = True
                yield _with_problems(post, decoded.problems)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        yield Unusable(f"{name}:{number + 1}", f"{name}:{number + 1}: {reason}", line=number + 1)
        return
    if number == 0:
        yield Unusable(name, f"{name}: is empty", code="empty")


def _open_lines(name: str) -> BinaryIO:
    if name == STDIN:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    if name.lower().endswith(".gz"):
        return gzip.open(name, "rb")  # type: ignore[return-value]
    return Path(name).open("rb")


def _bounded_lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines, which end at ``\\n`` only; None in the place of one that is too long to hold."""
    while line := stream.readline(MAX_BYTES + 1):
        if len(line) <= MAX_BYTES:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_BYTES)
        yield None
