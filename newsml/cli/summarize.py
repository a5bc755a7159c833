"""``newsml summarize``: an extractive summary of each post, or a digest of all."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from newsml.cli.classify import ModelReader
from newsml.cli.console import Console
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
from newsml.domain import Post, Story, Summary, Unusable
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
    digest: Annotated[
        str | None,
        typer.Option("--digest", metavar="FILE.md", help="Write a digest of all posts, by category."),
    ] = None,
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
    if digest is not None and Path(digest).suffix.lower() != ".md":
        raise UsageError(f"--digest {digest}: a digest is written as Markdown, to a file that ends in .md")
    if digest is not None and resume:
        raise UsageError("--digest and --resume exclude one another")
    console = Console(quiet)
    posts: Iterable[Post | Unusable] = read_posts(split_inputs(inputs), console.note)

    def summary_of(post: Post | Unusable) -> Summary | None:
        if isinstance(post, Unusable):
            console.error(post)
            return None
        return summarize_text(post.text, method=method.value, sentences=sentences, max_chars=max_chars)

    if digest is None:
        with open_writer(output, choose_format(format_, output), VIEW, resume=resume) as (writer, done):
            console.carry_over(done.errors)
            for post in console.track(done.rest_of(posts), "summarising"):
                writer.write(to_record(post, summary_of(post), with_text=with_text))
        raise typer.Exit(console.exit_code)

    from newsml.digest import build_digest, render_markdown
    from newsml.model.classifier import load_model
    from newsml.model.layout import write_atomic
    from newsml.model.scoring import DecisionRule

    classifier = load_model(model, device=device.value, threads=jobs)
    reader = ModelReader(classifier, DecisionRule(), batch_size, max_tokens)
    stories: list[Story] = []
    # Nothing is printed beside a digest, unless a file for the records is named.
    target = (
        open_writer(output, choose_format(format_, output), VIEW, resume=False) if output else nullcontext()
    )
    with target as opened:
        for post, prediction in console.track(reader.read(posts), "digesting"):
            summary = summary_of(post)
            if opened is not None:
                opened[0].write(to_record(post, summary, with_text=with_text))
            if isinstance(post, Post) and summary is not None and prediction is not None:
                stories.append(Story(post, summary, prediction))
    try:
        write_atomic(Path(digest), render_markdown(build_digest(stories, classifier.spec.scheme)))
    except OSError as error:
        raise UsageError(f"--digest {digest}: {error.strerror or error}") from None
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
