"""Files, folders and standard input -> a stream of posts, in constant memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from newsml.domain import Post, Problem, Unusable
from newsml.errors import ArgumentError, InputError
from newsml.posts.chunks import MAX_BYTES, Chunk, cut
from newsml.posts.encoding import Decoded, decode
from newsml.posts.feed import Feed, parse_feed, parse_json
from newsml.posts.parquet import rows_of
from newsml.posts.parse import Draft, parse_drafts, parse_text
from newsml.posts.record import id_of, load_record, read_record
from newsml.posts.sources import Source, find_sources

Note = Callable[[str], None]


class Entry(NamedTuple):
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

    @property
    def id(self) -> str:
        """That of the post."""
        return self.post.id


def read_posts(
    inputs: str | Path | Iterable[str | Path], note: Note | None = None, jobs: int = 1
) -> Iterator[Post | Unusable]:
    """Read posts from files, folders and ``-`` (JSONL on standard input), one at a time.

    Args:
        inputs: paths, in the order in which their posts are wanted.
        note: called with one line for what is worth knowing and is no error, such as a file that
            was read as GB18030.
        jobs: processes that parse, 0 for one a core; posts and notes come in the same order whatever their
            number.

    Yields:
        A ``Post`` for each post, or an ``Unusable`` in its place that says what is wrong and where.

    Raises:
        UsageError: fewer than 0 processes, one that was killed, or Parquet without the package ``pyarrow``.
    """
    return (entry.post for entry in read_entries(inputs, note, jobs))


def read_entries(
    inputs: str | Path | Iterable[str | Path], note: Note | None = None, jobs: int = 1
) -> Iterator[Entry]:
    """Read posts as `read_posts` does, each with its place."""
    if jobs < 0:
        raise ArgumentError(f"jobs {jobs} is less than 0", "jobs")
    jobs = jobs or os.cpu_count() or 1
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
        rows = enumerate(rows_of(chunk.items), chunk.first)
        return [_parse_row(chunk.file, number, row) for number, row in rows]
    if chunk.kind == "jsonl":
        lines = enumerate(chunk.items, chunk.first)
        return [
            _parse_line(chunk.file, number, line) for number, line in lines if line is None or line.strip()
        ]
    if chunk.kind == "error":
        return [_failed(source, chunk) for source in chunk.items]
    if chunk.kind in ("feed", "json"):
        parse = parse_feed if chunk.kind == "feed" else parse_json
        return [entry for source in chunk.items for entry in _parse_several(source, parse)]
    drafts = [_open(source) for source in chunk.items]
    return list(map(_entry, drafts, parse_drafts(drafts)))


def _failed(source: Source, chunk: Chunk) -> Entry:
    shown = source.id or '""'
    unusable = _unusable(source.id, shown, InputError(source.error, code=source.code, line=chunk.first))
    return Entry(chunk.file or source.id, chunk.first, unusable)


def _open(source: Source) -> Draft:
    """Read a file, and parse it where it is plain text."""
    draft = Draft(source.id, html=source.id.lower().endswith((".html", ".htm")))
    try:
        decoded = _decoded(source)
        draft.source, draft.encoding, draft.problems = decoded.text, decoded.encoding, [*decoded.problems]
        if source.kind == "text":
            draft.outcome = _with_problems(parse_text(decoded.text, source.id), decoded.problems)
    except InputError as error:
        draft.fail(error)
    except OSError as error:
        draft.fail(InputError(error.strerror or str(error)))
    return draft


def _decoded(source: Source) -> Decoded:
    if source.kind == "error":
        raise InputError(source.error, code=source.code)
    with open(source.id, "rb", buffering=0) as file:  # noqa: PTH123 - a Path for each takes seconds
        data = file.read()
    if not data.strip():
        raise InputError("is empty", code="empty")
    return decode(data)


def _parse_several(source: Source, parse: Callable[[str, str], Feed]) -> list[Entry]:
    name = source.id
    try:
        decoded = _decoded(source)
        feed = parse(decoded.text, name)
    except InputError as error:
        return [Entry(name, 0, _unusable(name, name, error))]
    except OSError as error:
        return [Entry(name, 0, _unusable(name, name, InputError(error.strerror or str(error))))]
    notes = [f"{name}: read as {decoded.encoding.upper()}"] if decoded.encoding != "utf-8" else []
    problems = decoded.problems
    if feed.broken:
        broken = f"broken XML, read as far as it makes sense: {feed.broken}"
        notes.append(f"{name}: {broken}")
        problems += (Problem("feed-mended", broken),)
    entries = []
    for number, (record, outcome) in enumerate(feed.items, 1):
        if isinstance(outcome, InputError):
            entries.append(_unusable_record(name, number, record, outcome))
        else:
            entries.append(Entry(name, number, _with_problems(outcome, problems)))
            problems = ()  # of the file, told once
    return [entries[0]._replace(notes=tuple(notes)), *entries[1:]]


def _entry(draft: Draft, outcome: Post | InputError) -> Entry:
    name = draft.id
    if isinstance(outcome, InputError):
        return Entry(name, 0, _unusable(name, name, outcome))
    notes = (f"{name}: read as {draft.encoding.upper()}",) if draft.encoding != "utf-8" else ()
    return Entry(name, 0, outcome, notes)


def _with_problems(post: Post, problems: tuple[Problem, ...]) -> Post:
    return replace(post, problems=problems + post.problems) if problems else post


def _parse_line(name: str, number: int, line: bytes | None) -> Entry:
    where = f"{name}:{number}"
    record: dict[str, object] = {}
    try:
        if line is None:
            raise InputError(f"a line of over {MAX_BYTES // 2**20} MiB", code="too-large")
        decoded = decode(line)
        record = load_record(decoded.text)
        post = _with_problems(read_record(record, where), decoded.problems)
    except InputError as error:
        return _unusable_record(name, number, record, error)
    notes = (f"{where}: read as {decoded.encoding.upper()}",) if decoded.encoding != "utf-8" else ()
    return Entry(name, number, post, notes)


def _parse_row(name: str, number: int, row: dict[str, object] | InputError) -> Entry:
    if isinstance(row, InputError):
        return _unusable_record(name, number, {}, row)
    try:
        return Entry(name, number, read_record(row, f"{name}:{number}"))
    except InputError as error:
        return _unusable_record(name, number, row, error)


def _unusable_record(name: str, number: int, record: Mapping[str, object], error: InputError) -> Entry:
    """Return the entry of a record that cannot be used, under its id where it has one."""
    where, given = f"{name}:{number}", id_of(record)
    unusable = _unusable(where if given is None else given, where, error)
    return Entry(name, number, replace(unusable, line=number))


def _unusable(key: str, where: str, error: InputError) -> Unusable:
    return Unusable(key, f"{where}: {error}", code=error.code, line=error.line, message=str(error))
