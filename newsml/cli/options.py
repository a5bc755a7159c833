"""Options that several commands share, and what they mean."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from newsml.errors import UsageError
from newsml.posts.sources import WALKED, check_unread, find_reader

MAX_TOKENS = 4096
"""That of ``newsml.model.reader``, which is loaded once there is something to read."""


ELSEWHERE = (".gz", ".htm", ".html", ".parquet", ".xls", ".xlsx", ".xml")
"""Suffixes of formats in which no records are written."""


class Format(StrEnum):
    """How results are written."""

    table = "table"
    jsonl = "jsonl"
    csv = "csv"
    md = "md"


class Device(StrEnum):
    """Where the network runs."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        help="Files (.md .markdown .html .htm .txt .jsonl .jsonl.gz .json .parquet .xml .rss .atom .rdf), "
        "folders; - is JSONL on stdin.",
        show_default=False,
    ),
]
Data = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA...", help="Posts: files, folders, or - for JSONL on stdin.", show_default=False
    ),
]
DataInputs = Annotated[
    list[str],
    typer.Option("--data", metavar="DATA", help="Labelled posts: a file, a folder or -. Repeatable."),
]
ModelName = Annotated[
    str, typer.Option("--model", metavar="NAME_OR_DIR", help="A model folder, or the name of one that ships.")
]
OutputFormat = Annotated[
    Format | None,
    typer.Option(
        "--format", help="Default: by the suffix of --output, else table on a terminal and jsonl when piped."
    ),
]
OutputFile = Annotated[
    str | None, typer.Option("--output", metavar="FILE", help="Write here, atomically, instead of to stdout.")
]
DeviceName = Annotated[Device, typer.Option("--device", help="Where the network runs.")]
BatchSize = Annotated[
    int, typer.Option("--batch-size", min=1, help="Windows of text in a batch, in PyTorch.")
]
Jobs = Annotated[int, typer.Option("--jobs", min=0, help="CPU threads; 0 for one a core.")]
SchemeConfig = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="CONFIG",
        help="Read labels by the scheme of a configuration; without it as they stand.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="a.b=v", help="Change a setting of CONFIG. Repeatable."),
]
ReadJobs = Annotated[int, typer.Option("--jobs", min=0, help="Processes that read; 0 for one a core.")]
MaxTokens = Annotated[
    int,
    typer.Option(
        "--max-tokens", min=1, help="Read at most so many tokens of a post, spread over the whole of it."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar and no notes on stderr.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="With --output FILE in jsonl: skip the ids that are there already.")
]


def choose_format(given: Format | None, output: str | None, option: str = "--output") -> Format:
    """Return the format asked for, else the one that the output's suffix or the terminal suggests.

    Raises:
        UsageError: a suffix of another format; ``option`` names the file.
    """
    if given is not None:
        return given
    if output is not None:
        suffix = Path(output).suffix.lower()
        if suffix in ELSEWHERE:
            raise UsageError(f"{option} {output}: records are written as .jsonl, .csv or .md, not {suffix}")
        return Format(suffix[1:]) if suffix in (".csv", ".md") else Format.jsonl
    return Format.table if sys.stdout.isatty() else Format.jsonl


def checked_inputs(names: list[str], *written: str | None, page: str | None = None) -> list[str]:
    """Check the inputs; standard input can be read once only.

    Args:
        names: as given.
        written: files that the results replace; None for one that is not asked for.
        page: another, which is left out of a folder that is read.

    Raises:
        UsageError: ``-`` stands there twice, or an input would be replaced, or a post of a folder.
    """
    if names.count("-") > 1:
        raise UsageError("- (standard input) can be given once only")
    read = {os.path.realpath(name) for name in names if name not in ("", "-")}
    for path in (*written, page):
        if path is not None and os.path.realpath(path) in read:
            raise UsageError(f"{path}: is an input, which the results would replace")
    for path in written:
        if path is None or not Path(path).is_file() or not os.path.realpath(path).lower().endswith(WALKED):
            continue
        if (folder := find_reader(path, names)) is not None:
            raise UsageError(f"{path}: is a post of {folder}, which the results would replace")
    return names


def checked_folder(output: str, data: Sequence[str] = ()) -> Path:
    """Check a folder that is to be written, before the work.

    Args:
        output: as given; made later where it is not there.
        data: inputs of which it must be none, nor lie in one; none where only its files must not.

    Raises:
        UsageError: no name, no folder, one where none can be or that is not writable, or one that is read.
    """
    if not output:  # an unset variable of the shell, not the folder one is in
        raise UsageError("--output: names no folder")
    folder = Path(output)
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if not place.is_dir():
        raise UsageError(f"--output {output}: {'is' if place == folder else f'{place} is'} no folder")
    if not os.access(place, os.W_OK):
        raise UsageError(f"--output {output}: {place} is not writable")
    check_unread(output, data)
    return folder
