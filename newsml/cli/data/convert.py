"""``newsml data convert``: posts into clean records."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from newsml.cli.console import Console
from newsml.cli.options import Data, Format, Quiet, ReadJobs, checked_inputs
from newsml.domain import Post
from newsml.errors import InputError


def convert(
    data: Data,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Write a .jsonl, .jsonl.gz or .parquet, atomically, instead of JSONL to stdout.",
        ),
    ] = None,
    jobs: ReadJobs = 1,
    quiet: Quiet = False,
) -> None:
    """Read posts into clean records, which newsml reads back to the same posts."""
    from newsml.posts import open_records, read_posts

    console = Console(quiet)
    posts = console.usable(read_posts(checked_inputs(data, output), console.note, jobs))
    with open_records(output) if output is not None else _stdout() as write:
        written = 0
        for post in posts:
            write(post)
            written += 1
        if output is not None and console.unusable and not written:  # a mistyped name, say
            raise InputError(f"--output {output}: is not written: no usable post is left")
    raise typer.Exit(console.exit_code)


@contextmanager
def _stdout() -> Iterator[Callable[[Post], object]]:
    from newsml.cli.output import View, Writer
    from newsml.posts.record import to_record

    writer = Writer(sys.stdout, Format.jsonl, View({}, (), str))
    yield lambda post: writer.write(to_record(post))
