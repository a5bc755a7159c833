"""Posts -> a file of records that `read_posts` reads back to the same posts."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from newsml.domain import Post
from newsml.errors import ArgumentError
from newsml.files import replaced
from newsml.posts.parquet import ParquetWriter
from newsml.posts.record import to_record

SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")

BUFFER = 2**18
"""Bytes that are held before they are written."""

encode_json = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


@contextmanager
def open_records(output: str) -> Iterator[Callable[[Post], object]]:
    """Open a file for records; it stands in its place once it is whole, and only then.

    The folder is made where it is not there.

    Args:
        output: path; its suffix, one of `SUFFIXES`, names the format.

    Yields:
        A function that writes one post.

    Raises:
        UsageError: another suffix, something that is no file stands there, the disk is full, or pyarrow is
            missing.
    """
    path = Path(output)
    if not output.lower().endswith(SUFFIXES):
        raise ArgumentError(f"output {output}: the suffix is none of {' '.join(SUFFIXES)}", "output")
    if path.exists() and not path.is_file():
        raise ArgumentError(f"output {output}: is no regular file", "output")
    try:
        Path(os.path.realpath(path)).parent.mkdir(parents=True, exist_ok=True)
        with replaced(path) as partial, _open(partial, output) as write:
            yield write
    except OSError as error:  # of a full disk, say, which names no file
        raise ArgumentError(f"output {output}: {error.strerror or error}", "output") from error


@contextmanager
def _open(partial: Path, output: str) -> Iterator[Callable[[Post], object]]:
    with partial.open("wb", BUFFER) as file:
        if output.lower().endswith(".parquet"):
            with closing(ParquetWriter(file)) as rows:
                yield lambda post: rows.write(to_record(post))
            return
        # Without a time or a name in its head, the same posts make the same compressed bytes.
        zipped = output.lower().endswith(".gz")
        raw = gzip.GzipFile("", "wb", fileobj=file, mtime=0) if zipped else file
        # A path that is no UTF-8 stands in ids as lone surrogates.
        with io.TextIOWrapper(raw, "utf-8", "backslashreplace", "\n") as lines:
            yield lambda post: lines.write(encode_json(to_record(post)) + "\n")
