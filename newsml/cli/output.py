"""Records -> jsonl, csv, Markdown or a table, on stdout or atomically into a file."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TextIO, TypeVar

import typer

from newsml.cli.options import Format
from newsml.errors import InputError, UsageError
from newsml.text import printable

Record = dict[str, Any]
OTHER_RECORDS = "holds records of another command, model, --style, --method, --explain or --with-text"
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


class HasId(Protocol):
    """A post, or what stands in its place."""

    @property
    def id(self) -> str:
        """As in its record."""


T = TypeVar("T", bound=HasId)


@dataclass(frozen=True)
class View:
    """How people see a record, where it is not JSON.

    Attributes:
        columns: name -> text of the cell.
        sheet: the same for csv, where it has others.
        widths: of the table's columns in terminal cells; the last takes what is left.
        markdown: one record as a line or paragraph of Markdown.
        row: one record as a line of the table, in the place of columns under a head.
    """

    columns: dict[str, Callable[[Record], str]]
    widths: Sequence[int]
    markdown: Callable[[Record], str]
    row: Callable[[Record], str] | None = None
    sheet: dict[str, Callable[[Record], str]] | None = None


class Writer:
    """Writes records one by one.

    Args:
        stream: where to.
        style: the format.
        view: of the records, for people.
    """

    def __init__(self, stream: TextIO, style: Format, view: View) -> None:
        self._stream, self._style, self._view = stream, style, view
        self._columns = view.sheet if style is Format.csv and view.sheet else view.columns
        if style is Format.csv:
            # A byte order mark, without which spreadsheets read UTF-8 as something else.
            self._line("\ufeff" + _csv_line(self._columns))
        elif style is Format.table and view.row is None:
            self._line(self._table_row([name.upper() for name in view.columns]))

    def write(self, record: Record) -> None:
        """Write one record.

        Raises:
            UsageError: the place takes no more.
        """
        if self._style is Format.jsonl:
            self._line(json.dumps(record, ensure_ascii=False))
        elif self._style is Format.md:
            self._line(self._view.markdown(record))
        elif self._style is Format.table and self._view.row is not None:
            self._line(self._view.row(record))
        else:
            cells = [cell(record) for cell in self._columns.values()]
            table = self._style is Format.table
            self._line(self._table_row(cells) if table else _csv_line(cells))

    def _line(self, text: str) -> None:
        write_text(self._stream, text + "\n")

    def _table_row(self, cells: Sequence[str]) -> str:
        from rich.cells import set_cell_size

        width = shutil.get_terminal_size((100, 24)).columns
        rest = max(width - sum(self._view.widths) - 2 * len(self._view.widths), 20)
        row = zip(cells, (*self._view.widths, rest), strict=True)
        return "  ".join(_ellipsis(printable(cell), size, set_cell_size) for cell, size in row).rstrip()


def write_text(stream: TextIO, text: str) -> None:
    """Write a text at once; a reader that has gone, as `| head` does, ends the command.

    Raises:
        UsageError: the place takes no more, as a full disk.
    """
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        raise typer.Exit from None
    except OSError as error:
        raise UsageError(f"{stream.name}: {error.strerror or error}") from None


def _ellipsis(text: str, size: int, fit: Callable[[str, int], str]) -> str:
    from rich.cells import cell_len

    return fit(text, size) if cell_len(text) <= size else fit(fit(text, size - 1).rstrip() + "…", size)


def _csv_line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    # An apostrophe keeps a spreadsheet from running a cell as a formula.
    # Cells are quoted for the characters of the line's end, whatever it is: so not an empty one.
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([f"'{c}" if c.startswith(FORMULA) else c for c in cells])
    return buffer.getvalue().removesuffix("\r\n")


@dataclass
class Done:
    """What an output holds already.

    Attributes:
        ids: of its records, with how often.
        errors: how many records tell of an unusable input; they are kept like the rest.
    """

    ids: Counter[str] = field(default_factory=Counter)
    errors: int = 0

    def rest_of(self, items: Iterable[T]) -> Iterator[T]:
        """Yield the items, each with an ``id``, that are not there already, as often as they are not."""
        for item in items:
            if self.ids[item.id] > 0:
                self.ids[item.id] -= 1
            else:
                yield item


@contextmanager
def open_writer(
    output: str | None,
    style: Format,
    view: View,
    *,
    resume: bool,
    like: Record | None = None,
    option: str = "--output",
) -> Iterator[tuple[Writer, Done]]:
    """Open stdout or a file for records.

    A file is written beside its place and moved there at the end, so that a reader never sees a part
    of it; what a killed run has left is taken up with ``resume``, unless the file has been changed since. One
    run at a time writes a file. ``like`` is a record such as will be written, in its keys, labels, style and
    method; those of a file that is taken up must be like it. ``option`` names the file in errors.

    Yields:
        The writer, and what is in the file already.

    Raises:
        UsageError: ``resume`` without a file, or in a format that it cannot be read back from; a file
            that cannot be written, that another run is writing, or that holds records of another kind.
        InputError: ``resume`` with a file that holds something else than records.
    """
    if resume and (output is None or style is not Format.jsonl):
        raise UsageError("--resume needs --output FILE in the format jsonl")
    if output is None:
        yield Writer(sys.stdout, style, view), Done()
        return
    path, name = Path(os.path.realpath(output)), f"{option} {output}"  # a link stays one
    if path.exists() and not path.is_file():  # a folder, or a device that a file would replace
        raise UsageError(f"{name}: is no regular file")
    partial = path.with_name(f".{path.name}.partial")
    with ExitStack() as run:
        with _failing_as(name):
            path.parent.mkdir(parents=True, exist_ok=True)
            run.enter_context(_only_run(path, name))
            done = _take_up(path, partial, like) if resume else Done()
            stream = partial.open(
                "a" if resume else "w", encoding="utf-8", errors="backslashreplace", newline="\n"
            )
        try:
            yield Writer(stream, style, view), done
        except BaseException:
            with suppress(OSError):  # a full disk, which has been told of
                stream.close()
            raise
        with _failing_as(name):
            stream.close()
            if path.exists():
                shutil.copymode(path, partial)
            partial.replace(path)


@contextmanager
def _failing_as(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror or error}") from None


@contextmanager
def _only_run(path: Path, name: str) -> Iterator[None]:
    """Hold the lock of an output; the system lets go of it where a run is killed."""
    place = path.with_name(f".{path.name}.lock")
    with place.open("a") as lock:
        # A lock whose file has been removed is that of a run that has just ended.
        if not _try_lock(lock) or not os.path.samestat(os.fstat(lock.fileno()), place.stat()):
            raise UsageError(f"{name}: another run is writing this file")
        try:
            yield
        finally:
            if sys.platform == "win32":  # where an open file cannot be removed
                lock.close()
            with suppress(OSError):
                place.unlink()


def _try_lock(file: TextIO) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # which worker processes do not inherit
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system without locks
        pass
    return True


def _take_up(path: Path, partial: Path, like: Record | None) -> Done:
    """Prepare the partial file of a run that goes on, and return what its whole lines hold."""
    done = Done()
    source = path if _is_newer(path, partial) else partial
    if not source.exists():
        return done
    good = 0
    ended = True
    with source.open("rb") as file:
        for number, line in enumerate(file, 1):
            record = _parse_record(line)
            ended = line.endswith(b"\n")
            if record is None and ended:
                raise InputError(f"--resume: {source}: line {number} is no record of newsml's")
            if record is None:
                ended = True  # as far as it is taken
                break
            failed = record.get("error") is not None
            if like is not None and not _alike(record, like, whole=not failed):
                raise UsageError(f"--resume: {source}: {OTHER_RECORDS}")
            done.ids[record["id"]] += 1
            done.errors += failed
            good += len(line)
    if source is path:
        copy = path.with_name(f".{path.name}.copy")
        shutil.copyfile(path, copy)
        copy.replace(partial)  # at once: half a copy would pass for all that was done
    with partial.open("rb+") as file:
        file.truncate(good)
        file.seek(good)
        file.write(b"" if ended else b"\n")
    return done


def _is_newer(path: Path, partial: Path) -> bool:
    """Say whether a file has been written by others since a run was cut off; so, where none was."""
    if not partial.exists():
        return True
    return path.exists() and path.stat().st_mtime_ns > partial.stat().st_mtime_ns


def _parse_record(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("id"), str) else None


def _alike(one: Record, other: Record, *, whole: bool) -> bool:
    """Say whether two records are of one command, model and options; by their keys alone, if not whole."""
    if one.keys() != other.keys() or not whole:
        return one.keys() == other.keys()
    labels = [list(record.get("scores", ())) for record in (one, other)]
    return labels[0] == labels[1] and all(one.get(key) == other.get(key) for key in ("style", "method"))
