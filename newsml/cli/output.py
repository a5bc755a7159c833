"""Records -> jsonl, csv, Markdown or a table, on stdout or atomically into a file."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import typer

from newsml.cli.options import Format
from newsml.errors import InputError, UsageError
from newsml.text import printable

Record = dict[str, Any]
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")


@dataclass(frozen=True)
class View:
    """How people see a record, where it is not JSON.

    Attributes:
        columns: name -> text of the cell.
        widths: of the table's columns in terminal cells; the last takes what is left.
        markdown: one record as a line or paragraph of Markdown.
        row: one record as a line of the table, in the place of columns under a head.
    """

    columns: dict[str, Callable[[Record], str]]
    widths: Sequence[int]
    markdown: Callable[[Record], str]
    row: Callable[[Record], str] | None = None


def choose_format(given: Format | None, output: str | None) -> Format:
    """Return the format asked for, else the one that the output's suffix or the terminal suggests."""
    if given is not None:
        return given
    if output is not None:
        suffix = Path(output).suffix.lstrip(".").lower()
        return Format(suffix) if suffix in ("csv", "md", "jsonl") else Format.jsonl
    return Format.table if sys.stdout.isatty() else Format.jsonl


class Writer:
    """Writes records one by one.

    Args:
        stream: where to.
        style: the format.
        view: of the records, for people.
        fresh: whether the stream is at its beginning.
    """

    def __init__(self, stream: TextIO, style: Format, view: View, *, fresh: bool = True) -> None:
        self._stream, self._style, self._view = stream, style, view
        if fresh and style is Format.csv:
            # A byte order mark, without which spreadsheets read UTF-8 as something else.
            self._line("\ufeff" + _csv_line(view.columns))
        elif fresh and style is Format.table and view.row is None:
            self._line(self._table_row([name.upper() for name in view.columns]))

    def write(self, record: Record) -> None:
        """Write one record."""
        if self._style is Format.jsonl:
            self._line(json.dumps(record, ensure_ascii=False))
        elif self._style is Format.md:
            self._line(self._view.markdown(record))
        elif self._style is Format.table and self._view.row is not None:
            self._line(self._view.row(record))
        else:
            cells = [cell(record) for cell in self._view.columns.values()]
            table = self._style is Format.table
            self._line(self._table_row(cells) if table else _csv_line(cells))

    def _line(self, text: str) -> None:
        try:
            self._stream.write(text + "\n")
        except BrokenPipeError:  # the reader has gone, as `| head` does
            raise typer.Exit from None

    def _table_row(self, cells: Sequence[str]) -> str:
        from rich.cells import set_cell_size

        width = shutil.get_terminal_size((100, 24)).columns
        rest = max(width - sum(self._view.widths) - 2 * len(self._view.widths), 20)
        row = zip(cells, (*self._view.widths, rest), strict=True)
        return "  ".join(_ellipsis(printable(cell), size, set_cell_size) for cell, size in row).rstrip()


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


@contextmanager
def open_writer(
    output: str | None, style: Format, view: View, *, resume: bool
) -> Iterator[tuple[Writer, Counter[str]]]:
    """Open stdout or a file for records.

    A file is written beside its place and moved there at the end, so that a reader never sees a part
    of it; what a killed run has left is taken up with ``resume``.

    Yields:
        The writer, and the ids that are in the file already, with how often.

    Raises:
        UsageError: ``resume`` without a file, or in a format that it cannot be read back from.
        InputError: the file cannot be written.
    """
    if resume and (output is None or style is not Format.jsonl):
        raise UsageError("--resume needs --output FILE in the format jsonl")
    if output is None:
        yield Writer(sys.stdout, style, view), Counter()
        return
    path = Path(output)
    if path.exists() and not path.is_file():  # a folder, or a device that a file would replace
        raise UsageError(f"--output {output}: is no regular file")
    partial = path.with_name(f".{path.name}.partial")
    try:
        done = _take_up(path, partial) if resume else Counter[str]()
        stream = partial.open(
            "a" if resume else "w", encoding="utf-8", errors="backslashreplace", newline="\n"
        )
    except OSError as error:
        raise UsageError(f"--output {output}: {error.strerror or error}") from None
    with stream:
        yield Writer(stream, style, view), done
    partial.replace(path)


def _take_up(path: Path, partial: Path) -> Counter[str]:
    """Prepare the partial file of a run that goes on, and return the ids of its whole lines."""
    if not partial.exists() and path.exists():
        shutil.copyfile(path, partial)
    done: Counter[str] = Counter()
    if not partial.exists():
        return done
    good = 0
    with partial.open("rb") as lines:
        for line in lines:
            try:
                record = json.loads(line)
                done[record["id"]] += 1
            except (ValueError, KeyError, TypeError):
                if line.endswith(b"\n"):
                    raise InputError(
                        f"{path}: --resume: holds a line that is no record of newsml's"
                    ) from None
                break
            if not line.endswith(b"\n"):
                done[record["id"]] -= 1
                break
            good += len(line)
    with partial.open("rb+") as file:
        file.truncate(good)
    return done


def without_done(items: Iterable[Any], done: Counter[str]) -> Iterator[Any]:
    """Yield the items whose id is not there already."""
    for item in items:
        if done[item.id] > 0:
            done[item.id] -= 1
        else:
            yield item
