"""The input in pieces that can be parsed one by one, in this process or in others."""

from __future__ import annotations

import gzip
import os
import stat
import sys
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from newsml.errors import InputError
from newsml.posts.parquet import read_batches
from newsml.posts.sources import STDIN, Kind, Source

MAX_BYTES = 64 * 2**20
"""Size of a file or line from which it is not read."""

# What is parsed together: files always, lines where several processes share the work.
CHUNK_FILES = 256
CHUNK_LINES = 256
CHUNK_BYTES = 2**20

# What may stand before the brace of a record: white space, byte order marks, the other half of UTF-16.
BEFORE_RECORD = b" \t\r\n\0\xef\xbb\xbf\xfe\xff"


class Chunk(NamedTuple):
    """A piece of the input, yet to be parsed.

    Attributes:
        kind: of its sources.
        file: that the lines or rows are of; empty for sources that are files themselves.
        first: number of the first line or row.
        items: lines (None for one too long to hold), sources, or a batch of Parquet.
    """

    kind: Kind
    file: str
    first: int
    items: Any


def cut(sources: Iterable[Source], *, single: bool) -> Iterator[Chunk]:
    """Yield the input in pieces, unparsed: files, and single lines or several at a time."""
    for kind, group in groupby(sources, key=lambda source: source.kind):
        if kind == "jsonl":
            for source in group:
                yield from _cut_lines(source.id, 1 if single else CHUNK_LINES)
        elif kind == "parquet":
            for source in group:
                yield from _cut_rows(source.id)
        elif kind == "error":
            for source in group:
                yield Chunk(kind, "", 0, (source,))
        else:
            yield from _cut_files(kind, group)


def _cut_files(kind: Kind, sources: Iterable[Source]) -> Iterator[Chunk]:
    held: list[Source] = []
    weight = 0
    for source in sources:
        checked, size = _checked(source)
        held.append(checked)
        weight += size
        if len(held) == CHUNK_FILES or weight > CHUNK_BYTES:
            yield Chunk(kind, "", 0, held)
            held, weight = [], 0
    if held:
        yield Chunk(kind, "", 0, held)


def _checked(source: Source) -> tuple[Source, int]:
    """Return a file and its size in bytes; in the place of one not to be opened, what is wrong with it."""
    try:
        status = os.stat(source.id)  # noqa: PTH116 - a Path for each of 100,000 files takes seconds
    except OSError as error:
        return Source(source.id, "error", error.strerror or str(error)), 0
    if not stat.S_ISREG(status.st_mode):  # opening a pipe or device may do something, or wait
        return Source(source.id, "error", "is no regular file"), 0
    if status.st_size > MAX_BYTES:
        return Source(source.id, "error", f"is larger than {MAX_BYTES // 2**20} MiB", "too-large"), 0
    return source, status.st_size


def _cut_lines(name: str, size: int) -> Iterator[Chunk]:
    held: list[bytes | None] = []
    number = weight = 0
    blank = True
    failure: object = ""
    try:
        with _open_lines(name) as lines:
            read = _bounded_lines(lines) if name != STDIN else _records(_bounded_lines(lines))
            for number, line in enumerate(read, 1):
                held.append(line)
                weight += len(line or b"")
                blank = blank and line is not None and not line.strip()
                if len(held) == size or weight > CHUNK_BYTES:
                    yield Chunk("jsonl", name, number - len(held) + 1, held)
                    held, weight = [], 0
    except InputError as error:
        yield Chunk("error", name, 0, (Source(name, "error", str(error), error.code),))
        return
    except (OSError, EOFError, zlib.error) as error:
        failure = getattr(error, "strerror", None) or error
    if held:
        yield Chunk("jsonl", name, number - len(held) + 1, held)
    if failure:
        place = f"{name}:{number + 1}"
        yield Chunk("error", name, number + 1, (Source(place, "error", str(failure)),))
    elif blank:
        yield Chunk("error", name, 0, (Source(name, "error", "is empty", "empty"),))


def _records(lines: Iterator[bytes | None]) -> Iterator[bytes | None]:
    """Yield the lines as they are, once the first of them have shown that they may be records.

    Raises:
        InputError: there are several and no more, and none begins as a record does: they are those of a post.
    """
    head: list[bytes | None] = []
    told = weight = 0
    for line in lines:
        head.append(line)
        if line is None or line.lstrip(BEFORE_RECORD).startswith(b"{"):
            break
        told += bool(line.strip())
        weight += len(line)
        if len(head) == CHUNK_LINES or weight > CHUNK_BYTES:
            break
    else:
        if told > 1:
            raise InputError('is not JSONL, one {"text": …} a line; name the file instead', code="json")
    yield from chain(head, lines)


def _cut_rows(name: str) -> Iterator[Chunk]:
    number = 0
    try:
        for batch in read_batches(name):
            yield Chunk("parquet", name, number + 1, batch)
            number += batch.num_rows
        if number == 0:
            raise InputError("is empty", code="empty")
    except (InputError, OSError) as error:
        place = f"{name}:{number + 1}" if number else name
        failure = str(getattr(error, "strerror", None) or error)
        source = Source(place, "error", failure, getattr(error, "code", "unreadable"))
        yield Chunk("error", name, number and number + 1, (source,))


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
