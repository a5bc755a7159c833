"""Files, folders and standard input -> a stream of posts, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from newsml.domain import Post, Unusable
from newsml.errors import InputError
from newsml.posts.chunks import MAX_BYTES, Chunk, cut
from newsml.posts.encoding import decode
from newsml.posts.parse import parse_post, parse_text
from newsml.posts.record import parse_record, read_record
from newsml.posts.sources import Source, find_sources

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A post with its place.

    Attributes:
        file: that holds it, as given.
        line: or row of the file, from 1; 0 where the file is the post.
        post: or what stands in its place.
        notes: what is worth knowing of it, a line each.
    """

    file: str
    line: int
    post: Post | Unusable
    notes: tuple[str, ...] = ()


def read_posts(
    inputs: str | Path | Iterable[str | Path], note: Note | None = None, jobs: int = 1
) -> Iterator[Post | Unusable]:
    """Read posts from files, folders and ``-`` (JSONL on standard input), one at a time.

    Args:
        inputs: paths, in the order in which their posts are wanted.
        note: called with one line for what is worth knowing and is no error, such as a file that
            was read as GB18030.
        jobs: processes that parse; posts and notes come in the same order whatever their number.

    Yields:
        A ``Post`` for each post, or an ``Unusable`` in its place that says what is wrong and where.
    """
    return (entry.post for entry in read_entries(inputs, note, jobs))


def read_entries(
    inputs: str | Path | Iterable[str | Path], note: Note | None = None, jobs: int = 1
) -> Iterator[Entry]:
    """Read posts as `read_posts` does, each with its place."""
    names = [inputs] if isinstance(inputs, str | Path) else inputs
    chunks = cut(find_sources(str(name) for name in names), single=jobs == 1)
    noted = ""
    for entries in _parse_all(chunks, jobs):
        for entry in entries:
            if note is not None and entry.notes and not (entry.line and entry.file == noted):
                for line in entry.notes:
                    note(line)
                noted = entry.file  # of which the first line speaks for all
            yield entry


def _parse_all(chunks: Iterator[Chunk], jobs: int) -> Iterator[list[Entry]]:
    if jobs == 1:
        return map(_parse, chunks)
    from newsml.posts.workers import map_in_order  # its imports take longer than reading a few posts

    return map_in_order(_parse, chunks, jobs)


def _parse(chunk: Chunk) -> list[Entry]:
    """Parse a piece of the input, in whichever process."""
    if chunk.kind == "parquet":
        rows = enumerate(chunk.items.to_pylist(), chunk.first)
        return [_parse_row(chunk.file, number, row) for number, row in rows]
    if chunk.kind == "jsonl":
        lines = enumerate(chunk.items, chunk.first)
        return [
            _parse_line(chunk.file, number, line) for number, line in lines if line is None or line.strip()
        ]
    entries = []
    for source in chunk.items:
        notes: list[str] = []
        if source.kind == "error":
            post: Post | Unusable = Unusable(source.id, f"{source.id}: {source.error}", line=chunk.first)
        else:
            post = _read_file(source, notes.append)
        entries.append(Entry(chunk.file or source.id, chunk.first, post, tuple(notes)))
    return entries


def _read_file(source: Source, note: Note | None) -> Post | Unusable:
    try:
        path = Path(source.id)
        if not path.is_file():
            raise InputError("is no regular file")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"is larger than {MAX_BYTES // 2**20} MiB")
        data = path.read_bytes()
        if not data.strip():
            raise InputError("is empty")
        text, encoding = decode(data)
        if source.kind == "text":
            post = parse_text(text, source.id)
        else:
            html = path.suffix.lower() in (".html", ".htm")
            post = parse_post(text, source.id, html=html)
    except InputError as error:
        return Unusable(source.id, f"{source.id}: {error}", code=error.code, line=error.line)
    except OSError as error:
        return Unusable(source.id, f"{source.id}: {error.strerror or error}")
    if note is not None and encoding != "utf-8":
        note(f"{source.id}: read as {encoding.upper()}")
    return post


def _parse_line(name: str, number: int, line: bytes | None) -> Entry:
    where = f"{name}:{number}"
    try:
        if line is None:
            raise InputError(f"a line of over {MAX_BYTES // 2**20} MiB")
        text, encoding = decode(line)
        post = parse_record(text, where)
    except InputError as error:
        return Entry(name, number, Unusable(where, f"{where}: {error}", code=error.code, line=number))
    notes = (f"{where}: read as {encoding.upper()}",) if encoding != "utf-8" else ()
    return Entry(name, number, post, notes)


def _parse_row(name: str, number: int, row: dict[str, object]) -> Entry:
    where = f"{name}:{number}"
    try:
        return Entry(name, number, read_record(row, where))
    except InputError as error:
        return Entry(name, number, Unusable(where, f"{where}: {error}", code=error.code, line=number))
