"""``newsml classify``: categories for each post."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsml.cli.console import Console
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
from newsml.cli.output import Done, Record, View, open_writer
from newsml.cli.review import open_review
from newsml.cli.stream import read_stream
from newsml.cli.write_back import WriteBack
from newsml.domain import Post, Prediction, Unusable
from newsml.errors import UsageError
from newsml.posts.sources import STDIN
from newsml.text import escape_markdown

if TYPE_CHECKING:
    from newsml.model.classifier import Classifier
    from newsml.model.scoring import DecisionRule

FIELD = "newsml_categories"


def _markdown(record: Record) -> str:
    labels = " ".join(f"`{label}`" for label in record["labels"])
    said = labels or escape_markdown(record["error"] or "")
    return f"- {escape_markdown(record['title'] or record['id'])}: {said}"


def _sure(record: Record) -> str:
    return " ".join(f"{record['scores'][label]:.2f}" for label in record["labels"])


COLUMNS: dict[str, Callable[[Record], str]] = {
    "id": lambda r: r["id"],
    "labels": lambda r: " ".join(r["labels"]),
    "scores": _sure,
    "title": lambda r: r["title"] if r["error"] is None else r["error"],
}
VIEW = View(
    columns=COLUMNS,
    widths=(28, 24, 15),
    markdown=_markdown,
    sheet=COLUMNS | {"title": lambda r: r["title"], "error": lambda r: r["error"] or ""},
)


def classify(
    inputs: Inputs,
    model: ModelName = "topics",
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            "--threshold",
            metavar="[LABEL=]P",
            help="In the place of the model's own thresholds, 0 to 1; of all labels or of one. Repeatable.",
        ),
    ] = None,
    min_labels: Annotated[
        int | None, typer.Option("--min-labels", help="At least so many labels a post.")
    ] = None,
    max_labels: Annotated[
        int | None, typer.Option("--max-labels", help="At most so many labels a post.")
    ] = None,
    top_k: Annotated[
        int | None, typer.Option("--top-k", help="The best so many labels, whatever the thresholds.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the labels into the front matter of each post's file.")
    ] = False,
    field: Annotated[
        str, typer.Option("--field", metavar="NAME", help="Of the front matter, for --write.")
    ] = FIELD,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --write: print the changes as a diff, and make none.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Add the spans of the text that speak most for each label.")
    ] = False,
    review: Annotated[
        str | None,
        typer.Option(
            "--review", metavar="FILE", help="Write a list of the doubtful posts, least sure first."
        ),
    ] = None,
    style: OutputFormat = None,
    output: OutputFile = None,
    device: DeviceName = Device.auto,
    batch_size: BatchSize = 16,
    jobs: Jobs = 0,
    max_tokens: MaxTokens = MAX_TOKENS,
    quiet: Quiet = False,
    resume: Resume = False,
) -> None:
    """Say the categories of each post."""
    from newsml.model.classifier import load_model
    from newsml.model.scoring import DecisionRule
    from newsml.posts import read_entries

    if not write and (dry_run or field != FIELD):
        raise UsageError(f"{'--dry-run' if dry_run else '--field'} needs --write")
    if dry_run and (output is not None or resume or review is not None or explain):
        raise UsageError(
            "--dry-run goes with none of --output, --resume, --review, --explain: it prints a diff only"
        )
    if review is not None and resume:
        raise UsageError("--review and --resume exclude one another: a post that is skipped is not judged")
    of_all, of_some = _read_thresholds(threshold or [])
    rule = DecisionRule(of_all, min_labels, max_labels, top_k, of_some)
    console = Console(quiet)
    back = WriteBack(field, inputs, dry_run=dry_run, console=console) if write else None
    entries = read_entries(checked_inputs(inputs, output, review), console.note)
    format_ = Format.jsonl if explain and style is None and output is None else choose_format(style, output)
    if explain and format_ is not Format.jsonl:
        raise UsageError(f"--explain needs the format jsonl: {format_.value} has no place for spans")
    classifier = load_model(model, device=device.value, threads=jobs)
    rule.cut(classifier.spec.scheme, classifier.spec.thresholds)  # before anything is written
    if classifier.spec.single and rule != DecisionRule(top_k=top_k):
        console.note(f"{model} gives one label a post, whatever --threshold, --min-labels and --max-labels")
    reader = ModelReader(classifier, rule, batch_size, max_tokens)
    # A dry run prints a diff and nothing besides.
    like = to_record(Unusable("", ""), None) | ({"evidence": {}} if explain else {})
    like["scores"] = dict.fromkeys(classifier.spec.scheme.names)
    target = (
        nullcontext((None, Done()))
        if dry_run
        else open_writer(output, format_, VIEW, resume=resume, like=like)
    )
    with target as (writer, done), open_review(review, output) as doubtful:
        console.carry_over(done.errors)
        if back is not None and done.ids:
            console.note(f"--write: {done.ids.total()} posts with a record are passed over, their files too")
        rest = done.rest_of(entries)
        posts = back.watch(rest) if back is not None else (entry.post for entry in rest)
        for post, prediction in console.track(reader.read(posts, live=STDIN in inputs), "classifying"):
            if isinstance(post, Unusable):
                console.error(post)
            elif prediction is not None:
                doubtful.add(post, prediction)
                if back is not None:
                    back.write(post, prediction.labels)
            if writer is not None:
                record = to_record(post, prediction)
                writer.write(record | {"evidence": reader.explain(post, prediction)} if explain else record)
    if back is not None:
        back.tell()
    raise typer.Exit(console.exit_code)


def _read_thresholds(given: Sequence[str]) -> tuple[float | None, dict[str, float]]:
    """Return the threshold of all labels, and those of single ones."""
    found: dict[str, float] = {}
    for text in given:
        name, equals, value = text.rpartition("=")
        if equals and not name.strip():
            raise UsageError(f"--threshold {text}: names no label")
        try:
            threshold = float(value)
        except ValueError:
            raise UsageError(f"--threshold {text}: is neither P nor LABEL=P, P being a number") from None
        if name in found:
            raise UsageError(f"--threshold {text}: there is one of {name or 'all labels'} already")
        found[name] = threshold
    return found.pop("", None), found


@dataclass(frozen=True)
class ModelReader:
    """Runs a stream of posts through a model, in order and in constant memory."""

    classifier: Classifier
    rule: DecisionRule
    batch_size: int
    max_tokens: int

    def read(
        self, posts: Iterable[Post | Unusable], *, live: bool
    ) -> Iterator[tuple[Post | Unusable, Prediction | None]]:
        """Return each post with its prediction; None for one that is unusable."""
        return read_stream(posts, self._predict, live=live)

    def _predict(self, posts: list[Post]) -> list[Prediction]:
        return self.classifier.predict(
            [post.model_input for post in posts],
            rule=self.rule,
            batch_size=self.batch_size,
            max_tokens=self.max_tokens,
        )

    def explain(self, post: Post | Unusable, prediction: Prediction | None) -> dict[str, list[list[int]]]:
        """Return the spans that speak for each label of a post; none for one that is unusable."""
        if isinstance(post, Unusable) or prediction is None:
            return {}
        evidence = self.classifier.explain(
            post, prediction.labels, batch_size=self.batch_size, max_tokens=self.max_tokens
        )
        return {label: [list(span) for span in spans] for label, spans in evidence.items()}


def to_record(post: Post | Unusable, prediction: Prediction | None) -> dict[str, Any]:
    """Return the record of the contract; every key is there in every case."""
    return {
        "id": post.id,
        "title": post.title,
        "labels": list(prediction.labels) if prediction else [],
        "scores": {label: round(p, 4) for label, p in prediction.scores.items()} if prediction else {},
        "tokens": prediction.tokens if prediction else 0,
        "tokens_read": prediction.tokens_read if prediction else 0,
        "error": post.error if isinstance(post, Unusable) else None,
    }
