"""``newsml summarize``: an extractive summary of each post, or a digest of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace
from enum import StrEnum
from itertools import groupby, repeat
from operator import itemgetter
from typing import Annotated, Any

import typer

from newsml.cli.console import Console
from newsml.cli.digest import ConfigFile, Day, DigestFile, Since, StateFile, Until, open_digest, read_options
from newsml.cli.options import (
    MAX_TOKENS,
    BatchSize,
    Device,
    DeviceName,
    Format,
    Inputs,
    Jobs,
    MaxTokens,
    ModelName,
    OutputFile,
    OutputFormat,
    Quiet,
    Resume,
    checked_inputs,
    choose_format,
)
from newsml.cli.output import Record, View, open_writer
from newsml.cli.stream import read_stream
from newsml.cli.summaries import ModelUse, open_summaries
from newsml.domain import Post, Prediction, Summary, Unusable
from newsml.errors import InputError, UsageError
from newsml.posts.sources import STDIN
from newsml.text import escape_markdown


class Method(StrEnum):
    """The model, the algorithms of ``newsml.summarization.METHODS``, and ``auto``."""

    auto = "auto"
    model = "model"
    lead = "lead"
    textrank = "textrank"
    centroid = "centroid"


class Style(StrEnum):
    """The styles of ``newsml.summarization.STYLES``."""

    brief = "brief"
    headline = "headline"
    highlight = "highlight"


def _markdown(record: Record) -> str:
    title = escape_markdown(record["title"] or record["id"])
    told = escape_markdown(record["summary"] or record["error"] or "")
    if record["style"] == Style.highlight.value and record["spans"]:
        told = _in_bold(record["text"], record["spans"])
    return f"### {title}\n\n{told}\n"


def _in_bold(text: str, spans: list[list[int]]) -> str:
    """Return a text as Markdown, a paragraph a line, some spans in bold, without marks at their ends."""
    from newsml.digest.lines import without_marks
    from newsml.digest.markdown import emphasise

    bold = {i for start, end in spans for i in range(*without_marks(text, (start, end)))}
    paragraphs, at = [], 0
    for line in text.split("\n"):
        pieces = groupby(range(at, at + len(line)), bold.__contains__)
        runs = [("".join(text[i] for i in places), heavy) for heavy, places in pieces]
        at += len(line) + 1
        paragraphs.append(emphasise(runs, escape_markdown, hexo=False).strip())
    return "\n\n".join(filter(None, paragraphs))


VIEW = View(
    columns={
        "id": lambda r: r["id"],
        "title": lambda r: r["title"],
        "summary": lambda r: r["summary"] if r["error"] is None else r["error"],
    },
    widths=(24, 32),
    markdown=_markdown,
)


def _view(*, with_text: bool) -> View:
    """Return how people see a record; a sheet has room for its text."""
    names = ("id", "title", "summary", "text") if with_text else ("id", "title", "summary")
    sheet: dict[str, Callable[[Record], str]] = {name: itemgetter(name) for name in names}
    return replace(VIEW, sheet=sheet | {"error": lambda r: r["error"] or ""})


def summarize(
    inputs: Inputs,
    style: Annotated[
        Style,
        typer.Option(
            "--style",
            help="brief: whole sentences; headline: a title made of clauses; highlight: what to set in bold.",
        ),
    ] = Style.brief,
    sentences: Annotated[
        int | None,
        typer.Option(
            "--sentences", min=1, help="So many sentences. Default: a third of them, at most three."
        ),
    ] = None,
    max_chars: Annotated[
        int | None,
        typer.Option("--max-chars", min=1, help="At most so many characters, instead of --sentences."),
    ] = None,
    method: Annotated[Method, typer.Option("--method", help="How they are chosen.")] = Method.auto,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Add the text that the spans refer to.")
    ] = False,
    digest: DigestFile = None,
    day: Day = None,
    since: Since = None,
    until: Until = None,
    state: StateFile = None,
    digest_config: ConfigFile = None,
    model: ModelName = "topics",
    format_: OutputFormat = None,
    output: OutputFile = None,
    device: DeviceName = Device.auto,
    batch_size: BatchSize = 16,
    jobs: Jobs = 0,
    max_tokens: MaxTokens = MAX_TOKENS,
    quiet: Quiet = False,
    resume: Resume = False,
) -> None:
    """Summarise each post by its own sentences, or all of them as a digest."""
    from newsml.posts import read_posts
    from newsml.summarization.selection import Budget

    budget = Budget(sentences, max_chars)
    if digest is not None and resume:
        raise UsageError("--digest and --resume exclude one another")
    if digest is not None and output is None:
        idle = {
            "--style": style is not Style.brief,
            "--sentences": sentences is not None,
            "--max-chars": max_chars is not None,
            "--with-text": with_text,
            "--format": format_ is not None,
        }
        _refuse(idle)
    shown, with_text = _format_of(format_, output, style, with_text=with_text)
    view = _view(with_text=with_text)
    checked_inputs(inputs, output, state, page=digest)
    wanted = read_options(
        digest,
        day=day,
        since=since,
        until=until,
        state=state,
        config=digest_config,
        output=output,
    )
    console = Console(quiet)
    use = ModelUse(model, device.value, jobs, batch_size, max_tokens)
    telling = _telling(method, use, console)
    if wanted is None:
        posts = read_posts(inputs, console.note)
        reader = open_summaries(method.value, style.value, budget, telling)
        like = to_record(Unusable("", ""), None, style=style.value, with_text=with_text)
        like["method"] = reader.method
        with open_writer(output, shown, view, resume=resume, like=like) as (writer, done):
            console.carry_over(done.errors)
            told = reader.read(done.rest_of(posts), live=STDIN in inputs)
            for post, summary in console.track(told, "summarising"):
                if isinstance(post, Unusable):
                    console.error(post)
                writer.write(to_record(post, summary, style=style.value, with_text=with_text))
        raise typer.Exit(console.exit_code)

    from newsml.digest.build import with_sections

    digest_reader = open_digest(method.value, use, telling)
    # Sections that are no labels are refused before anything is read.
    with_sections(wanted.config, digest_reader.classifier.spec.scheme, digest_config)
    chosen = wanted.select(wanted.read(inputs, console), console)
    # Nothing is printed beside a digest, unless a file for the records is named.
    records = open_summaries(method.value, style.value, budget, telling) if output else None
    target = open_writer(output, shown, view, resume=False) if output else nullcontext()

    def read(found: list[Post]) -> Iterable[tuple[Prediction, Summary | None]]:
        summaries = records.summarize_posts(found) if records else repeat(None)
        return zip(digest_reader.predict(found), summaries, strict=False)

    entries: list[tuple[Post, Prediction]] = []
    with target as opened:
        for post, answer in console.track(read_stream(chosen, read), "digesting"):
            prediction, summary = answer or (None, None)
            if isinstance(post, Unusable):
                console.error(post)
            elif prediction is not None:
                entries.append((post, prediction))
            if opened is not None:
                opened[0].write(to_record(post, summary, style=style.value, with_text=with_text))
    if console.unusable and not entries:  # a mistyped name, say, which shall not empty the page that is there
        raise InputError(f"--digest {digest}: is not written: no post is left to tell of")
    wanted.write(entries, digest_reader.classifier.spec.scheme, digest_reader.write_lines, console)
    raise typer.Exit(console.exit_code)


def _telling(method: Method, use: ModelUse, console: Console) -> ModelUse:
    """Return the use of the model that summarises."""
    telling = use.telling() if method is Method.auto else use
    if telling is not use:
        console.note(f"{use.model} does not summarise: the embedded model does")
    return telling


def _refuse(idle: dict[str, bool]) -> None:
    """Refuse the options of records where none are written."""
    for option in (name for name, given in idle.items() if given):
        raise UsageError(f"{option} is for records, which --digest writes only with --output FILE")


def _format_of(
    given: Format | None, output: str | None, style: Style, *, with_text: bool
) -> tuple[Format, bool]:
    """Return the format of the records, and whether they hold the text, for which not all have room."""
    shown = Format.jsonl if with_text and given is output is None else choose_format(given, output)
    if style is Style.highlight and shown is Format.md:
        return shown, True  # the page shows the text whole, the highlight in bold
    if with_text and shown in (Format.table, Format.md):
        raise UsageError(f"--with-text needs the format jsonl or csv: {shown.value} has no place for texts")
    return shown, with_text


def to_record(
    post: Post | Unusable, summary: Summary | None, *, style: str, with_text: bool
) -> dict[str, Any]:
    """Return the record of the contract; every key is there in every case."""
    record = {
        "id": post.id,
        "title": post.title,
        "summary": summary.text if summary else "",
        "spans": [list(span) for span in summary.spans] if summary else [],
        "joiner": summary.joiner if summary else "",
        "style": style,
        "method": summary.method if summary else "",
        "tokens": summary.tokens if summary else None,
        "tokens_read": summary.tokens_read if summary else None,
        "error": post.error if isinstance(post, Unusable) else None,
    }
    return record | ({"text": post.text if isinstance(post, Post) else ""} if with_text else {})
