"""``newsml data check``: what is wrong with an archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

from newsml.cli.console import Console
from newsml.cli.options import (
    Data,
    Format,
    OutputFile,
    OutputFormat,
    Quiet,
    ReadJobs,
    SchemeConfig,
    checked_inputs,
    choose_format,
)
from newsml.cli.output import Record, View, open_writer
from newsml.domain import Unusable
from newsml.errors import UsageError
from newsml.text import escape_markdown, printable


def _line(record: Record) -> str:
    return printable("{file}:{line}: {code} {message}".format(**record))


def _column(name: str) -> Callable[[Record], str]:
    return lambda record: str(record[name])


VIEW = View(
    columns={name: _column(name) for name in ("file", "line", "id", "code", "message")},
    widths=(),
    markdown=lambda r: f"- {escape_markdown(_line(r))}",
    row=_line,
)


def check(
    data: Data,
    code: Annotated[
        list[str] | None,
        typer.Option("--code", metavar="CODE", help="Only findings of this code. Repeatable."),
    ] = None,
    config: SchemeConfig = None,
    style: OutputFormat = None,
    output: OutputFile = None,
    jobs: ReadJobs = 1,
    quiet: Quiet = False,
) -> None:
    """List what is wrong with posts: unreadable, odd, doubled, labels that are missing or disagree."""
    from newsml.config import load_config
    from newsml.dataset.check import CODES, check_posts
    from newsml.posts import read_entries

    if unknown := sorted(set(code or ()) - CODES):
        raise UsageError(f"--code {unknown[0]}: is none of {' '.join(sorted(CODES))}")
    scheme = load_config(config).labels.scheme() if config else None
    console = Console(quiet)
    inputs = checked_inputs(data, output)
    found: Counter[str] = Counter()
    format_ = choose_format(style, output)

    def entries() -> Iterator[Any]:
        for entry in console.track(read_entries(inputs, jobs=jobs), "checking"):
            if isinstance(entry.post, Unusable):
                console.error(entry.post)
            yield entry

    with open_writer(output, format_, VIEW, resume=False) as (writer, _):
        for finding in check_posts(entries(), scheme, code or ()):
            record = {key: getattr(finding, key) for key in ("id", "line", "code", "message")}
            writer.write(record if format_ is Format.jsonl else {**record, "file": finding.file})
            found[finding.code] += 1
    console.note(", ".join(f"{name} {n}" for name, n in found.most_common()) or "nothing found")
    raise typer.Exit(console.exit_code)
