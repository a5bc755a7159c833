"""``newsml summarize``: an extractive summary of each post, or a digest of all."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from enum import StrEnum
from typing import Annotated, Any

import typer

from newsml.cli.classify import ModelReader
from newsml.cli.console import Console
from newsml.cli.digest import ConfigFile, Day, DigestFile, Since, StateFile, Until, read_options
from newsml.cli.options import (
    BatchSize,
    Device,
    DeviceName,
    Inputs,
    Jobs,
    MaxTokens,
    ModelName,
    OutputFile,
    OutputFormat,
    Quiet,
    Resume,
    split_inputs,
)
from newsml.cli.output import Record, View, choose_format, open_writer
from newsml.domain import Post, Prediction, Summary, Unusable
from newsml.errors import UsageError
from newsml.text import escape_markdown


class Method(StrEnum):
    """The algorithms of ``newsml.summarization.METHODS``, and ``auto``."""

    auto = "auto"
    lead = "lead"
    textrank = "textrank"
    centroid = "centroid"


class Style(StrEnum):
    """The styles of a summary."""

    brief = "brief"


def _markdown(record: Record) -> str:
    title = escape_markdown(record["title"] or record["id"])
    return f"### {title}\n\n{escape_markdown(record['summary'] or record['error'] or '')}\n"


VIEW = View(
    columns={
        "id": lambda r: r["id"],
        "title": lambda r: r["title"],
        "summary": lambda r: r["summary"] if r["error"] is None else r["error"],
    },
    widths=(24, 32),
    markdown=_markdown,
)


def summarize(
    inputs: Inputs,
    style: Annotated[Style, typer.Option("--style", help="brief: whole sentences.")] = Style.brief,
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
    method: Annotated[Method, typer.Option("--method", help="How sentences are chosen.")] = Method.auto,
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
    max_tokens: MaxTokens = 4096,
    quiet: Quiet = False,
    resume: Resume = False,
) -> None:
    """Summarise each post by its own sentences, or all of them as a digest."""
    from newsml.posts import read_posts
    from newsml.summarization import summarize as summarize_text

    if sentences is not None and max_chars is not None:
        raise UsageError("--sentences and --max-chars exclude one another")
    if digest is not None and resume:
        raise UsageError("--digest and --resume exclude one another")
    wanted = read_options(digest, day=day, since=since, until=until, state=state, config=digest_config)
    console = Console(quiet)
    posts: Iterable[Post | Unusable] = read_posts(split_inputs(inputs), console.note)

    def summary_of(post: Post | Unusable) -> Summary | None:
        if isinstance(post, Unusable):
            console.error(post)
            return None
        return summarize_text(post.text, method=method.value, sentences=sentences, max_chars=max_chars)

    if wanted is None:
        with open_writer(output, choose_format(format_, output), VIEW, resume=resume) as (writer, done):
            console.carry_over(done.errors)
            for post in console.track(done.rest_of(posts), "summarising"):
                writer.write(to_record(post, summary_of(post), with_text=with_text))
        raise typer.Exit(console.exit_code)

    from newsml.model.classifier import load_model
    from newsml.model.scoring import DecisionRule

    classifier = load_model(model, device=device.value, threads=jobs)
    reader = ModelReader(classifier, DecisionRule(), batch_size, max_tokens)
    entries: list[tuple[Post, Prediction]] = []
    # Nothing is printed beside a digest, unless a file for the records is named.
    target = (
        open_writer(output, choose_format(format_, output), VIEW, resume=False) if output else nullcontext()
    )
    with target as opened:
        for post, prediction in console.track(reader.read(wanted.select(posts, console)), "digesting"):
            if opened is not None:
                opened[0].write(to_record(post, summary_of(post), with_text=with_text))
            elif isinstance(post, Unusable):
                console.error(post)
            if isinstance(post, Post) and prediction is not None:
                entries.append((post, prediction))
    wanted.write(entries, classifier.spec.scheme, method.value, console)
    raise typer.Exit(console.exit_code)


def to_record(post: Post | Unusable, summary: Summary | None, *, with_text: bool) -> dict[str, Any]:
    """Return the record of the contract; every key is there in every case."""
    record = {
        "id": post.id,
        "title": post.title,
        "summary": summary.text if summary else "",
        "spans": [list(span) for span in summary.spans] if summary else [],
        "joiner": summary.joiner if summary else "",
        "style": summary.style if summary else Style.brief.value,
        "method": summary.method if summary else "",
        "error": post.error if isinstance(post, Unusable) else None,
    }
    return record | ({"text": post.text if isinstance(post, Post) else ""} if with_text else {})
