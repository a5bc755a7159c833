"""``newsml evaluate``: how good a model is on labelled posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsml.cli.console import Console
from newsml.cli.options import (
    MAX_TOKENS,
    BatchSize,
    DataInputs,
    Device,
    DeviceName,
    Jobs,
    MaxTokens,
    ModelName,
    Quiet,
    checked_folder,
    checked_inputs,
)
from newsml.cli.summaries import ModelUse, open_summaries
from newsml.cli.summarize import Method, Style
from newsml.domain import Example, Post, Summary
from newsml.errors import InputError, UsageError
from newsml.text import printable

if TYPE_CHECKING:
    from newsml.evaluate.classification import ClassificationResult
    from newsml.labels import LabelScheme
    from newsml.summarization.selection import Budget


class Task(StrEnum):
    """What is evaluated."""

    classify = "classify"
    summarize = "summarize"


OF_SUMMARIES = ("style", "method", "sentences", "max_chars")


def evaluate(
    context: typer.Context,
    data: DataInputs,
    output: Annotated[str, typer.Option("--output", metavar="DIR", help="Folder for the report.")],
    model: ModelName = "topics",
    task: Annotated[Task, typer.Option("--task", help="What is evaluated.")] = Task.classify,
    gate: Annotated[
        str | None,
        typer.Option(
            "--gate",
            metavar="FILE",
            help="YAML, metric: floor (of ece, brier, redundancy and fault_… a ceiling); exit 5 beyond one.",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="MODEL",
            help="Compare with another model, paired; summaries with those by another method, or random.",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain/--no-explain", help="Find the evidence in the worst cases of a classifier."),
    ] = True,
    style: Annotated[Style, typer.Option("--style", help="Of the summaries.")] = Style.brief,
    method: Annotated[Method, typer.Option("--method", help="Of the summaries.")] = Method.auto,
    sentences: Annotated[int | None, typer.Option("--sentences", min=1, help="Of the summaries.")] = None,
    max_chars: Annotated[int | None, typer.Option("--max-chars", min=1, help="Of the summaries.")] = None,
    device: DeviceName = Device.auto,
    batch_size: BatchSize = 16,
    jobs: Jobs = 0,
    max_tokens: MaxTokens = MAX_TOKENS,
    quiet: Quiet = False,
) -> None:
    """Score a model, or the summaries, on posts with gold labels, summaries or highlights."""
    from newsml.evaluate.plots import require_matplotlib
    from newsml.evaluate.report import MEASURED, check_gate, read_gate
    from newsml.model.layout import Layout
    from newsml.summarization.selection import Budget

    for option in OF_SUMMARIES if task is Task.classify else ():
        if getattr(context.get_parameter_source(option), "name", "") == "COMMANDLINE":
            raise UsageError(f"--{option.replace('_', '-')} needs --task summarize")
    require_matplotlib()
    bounds = read_gate(Path(gate), MEASURED[task]) if gate is not None else {}
    console = Console(quiet)
    folder = checked_folder(output, data)
    checked_inputs(data, str(folder / "worst.jsonl"), str(folder / "report.md"))
    if Layout(folder).checksums.exists():
        raise UsageError(f"--output {output}: holds a model; take another folder")
    use = ModelUse(model, device.value, jobs, batch_size, max_tokens)
    if task is Task.summarize:
        budget = Budget(sentences, max_chars)
        metrics = _evaluate_summaries(
            data, folder, style.value, method.value, budget, use, against=against, console=console
        )
    else:
        metrics = _evaluate_classifier(data, folder, use, against=against, explain=explain, console=console)
    try:
        _print_table(metrics)
    except BrokenPipeError:  # `| grep -q`: the gate holds all the same
        check_gate(metrics, bounds)
        raise
    check_gate(metrics, bounds)
    raise typer.Exit(console.exit_code)


def _evaluate_classifier(
    data: list[str], folder: Path, use: ModelUse, *, against: str | None, explain: bool, console: Console
) -> dict[str, Any]:
    from newsml.evaluate.classification import add_evidence, compare, compare_matches, evaluate_classifier
    from newsml.evaluate.markdown import render_report
    from newsml.evaluate.plots import plot_labels, plot_reliability
    from newsml.evaluate.report import metrics_tree
    from newsml.evaluate.signature import sign_classification
    from newsml.metrics.classification import reliability
    from newsml.model.classifier import Classifier

    uses = [use] if against is None else [use, replace(use, model=against)]
    classifiers = [Classifier(one.reader) for one in uses]
    scheme = classifiers[0].spec.scheme
    if any((set(c.labels), c.spec.scheme.mode) != (set(scheme.names), scheme.mode) for c in classifiers):
        raise UsageError(f"--against {against}: has other labels than {use.model}, or another mode")
    examples, skipped = _read_examples(data, use.model, scheme, console)
    settings = {"batch_size": use.batch_size, "max_tokens": use.max_tokens}

    def run(classifier: Classifier) -> ClassificationResult:
        with console.counting("evaluating", len(examples)) as advance:
            return evaluate_classifier(classifier, examples, **settings, advance=advance)

    results = [run(classifier) for classifier in classifiers]
    result = results[0]
    signature = sign_classification(use.model, examples, use.max_tokens)
    more = {"model": use.model, "signature": signature, "n": len(examples), "skipped": skipped}
    bins = reliability(result.decisions)
    metrics = metrics_tree(result.scores, **more) | {
        "labels": result.per_label(),
        "confusions": result.confusions(),
        "reliability": [asdict(b) for b in bins],
    }
    if against is not None:
        metrics["against"] = {
            "model": against,
            "signature": sign_classification(against, examples, use.max_tokens),
            **compare(results[0], results[1]),
            "mcnemar": compare_matches(results[0], results[1]),
        }
    worst = result.worst()
    if explain:
        with console.counting("explaining the worst", len(worst)) as advance:
            add_evidence(classifiers[0], worst, **settings, advance=advance)
    pictures = {
        "confusion.png" if scheme.mode == "single" else "labels.png": partial(plot_labels, result),
        "reliability.png": partial(plot_reliability, bins),
    }
    _write(folder, metrics, worst, pictures, render_report)
    return metrics


def _read_examples(
    data: list[str], model: str, scheme: LabelScheme, console: Console
) -> tuple[list[Example], int]:
    """Return the examples that have labels of the scheme, and how many posts have none."""
    from newsml.dataset import ExampleCounts, build_examples
    from newsml.posts import read_posts

    counts = ExampleCounts()
    examples = build_examples(read_posts(data, console.note), scheme, counts, console.error)
    counts.tell(console.note)
    if not examples:
        raise InputError(f"{' '.join(data)}: no post has a label of {model} ({', '.join(scheme.names)})")
    return examples, counts.unlabelled


def _evaluate_summaries(
    data: list[str],
    folder: Path,
    style: str,
    method: str,
    budget: Budget,
    use: ModelUse,
    *,
    against: str | None,
    console: Console,
) -> dict[str, Any]:
    from newsml.evaluate.markdown import render_summary_report
    from newsml.evaluate.plots import plot_summaries
    from newsml.evaluate.report import metrics_tree
    from newsml.evaluate.signature import sign_summaries, sign_summarizer
    from newsml.evaluate.summarization import SummaryResult, compare_summaries, evaluate_summaries

    methods = [method] if against is None else [method, against]
    summarizers = [_summarizer(one, style, budget, use) for one in methods]
    posts, skipped = _read_gold(data, console)

    def run(summarize: Callable[[list[str]], list[Summary]]) -> SummaryResult:
        with console.counting("evaluating", len(posts)) as advance:
            return evaluate_summaries(posts, summarize, advance=advance)

    given: dict[str, Any] = {key: value for key, value in asdict(budget).items() if value}

    def about(result: SummaryResult) -> dict[str, Any]:
        told: dict[str, Any] = {
            "style": style,
            "method": result.method,
            **(given or {"budget": "default"}),
        }
        if result.method == "model":
            told |= {"model": sign_summarizer(use.model), "max_tokens": use.max_tokens}
        return told | {"signature": sign_summaries(told, posts)}

    results = [run(summarize) for summarize in summarizers]
    metrics = metrics_tree(results[0].scores, **about(results[0]), n=len(posts), skipped=skipped)
    if len(results) > 1:
        metrics["against"] = about(results[1]) | compare_summaries(results[0], results[1])
    worst = results[0].worst()
    _write(
        folder, metrics, worst, {"summaries.png": partial(plot_summaries, results[0])}, render_summary_report
    )
    return metrics


def _write(
    folder: Path,
    metrics: dict[str, Any],
    worst: list[dict[str, Any]],
    pictures: Mapping[str, Callable[[Path], None]],
    render: Callable[[dict[str, Any], list[dict[str, Any]], list[str]], str],
) -> None:
    """Write the files of a report: numbers, worst cases, pictures, and the page that shows them."""
    from newsml.evaluate.report import write_report
    from newsml.files import write_atomic

    write_report(folder, metrics, worst)
    for name, plot in pictures.items():
        plot(folder / name)
    write_atomic(folder / "report.md", render(metrics, worst, list(pictures)))


def _summarizer(
    method: str, style: str, budget: Budget, use: ModelUse
) -> Callable[[list[str]], list[Summary]]:
    """Return what summarises texts by a method; ``random`` is one for an evaluation only, as its floor."""
    from newsml.summarization import extract
    from newsml.summarization.random import Random

    if method == "random":
        return lambda texts: [extract(text, Random(), method=method, **asdict(budget)) for text in texts]
    if method not in list(Method):
        raise UsageError(f"--against {method}: no method of summaries; there are {', '.join(Method)}, random")
    return open_summaries(method, style, budget, use).summarize


def _read_gold(data: list[str], console: Console) -> tuple[list[Post], int]:
    """Return the posts that have a summary or highlights, and how many have none."""
    from newsml.evaluate.summarization import has_gold
    from newsml.posts import read_posts

    posts, skipped = [], 0
    for post in console.usable(read_posts(data, console.note)):
        if has_gold(post):
            posts.append(post)
        else:
            skipped += 1
    if not posts:
        raise InputError(f"{' '.join(data)}: no post has a summary or highlights to evaluate against")
    return posts, skipped


def _print_table(metrics: dict[str, Any]) -> None:
    for name, value in metrics.items():
        interval = metrics.get(f"{name}_ci95")
        if isinstance(value, float) and interval:
            typer.echo(f"{name:<14} {value:8.4f}  [{interval[0]:.4f}, {interval[1]:.4f}]")
        elif isinstance(value, str | int | float):
            typer.echo(f"{name:<14} {value}")
    for row in metrics.get("labels", []):
        numbers = "  ".join(
            f"{key} {row[key]:.3f}" for key in ("precision", "recall", "f1", "threshold") if key in row
        )
        typer.echo(f"{numbers}  n {row['support']:5d}  {printable(row['label'])}")
    if "against" in metrics:
        _print_comparison(metrics["against"])


def _print_comparison(against: dict[str, Any]) -> None:
    typer.echo(f"against {against.get('model') or against['method']}\nsignature      {against['signature']}")
    for name, row in against.items():
        if isinstance(row, dict) and "ci95" in row:
            low, high = row["ci95"]
            typer.echo(f"{name:<14} {row['difference']:+8.4f}  [{low:+.4f}, {high:+.4f}]  p {row['p']:.3f}")
    if "mcnemar" in against:
        test = against["mcnemar"]
        only = f"right alone {test['only_ours']}, the other alone {test['only_theirs']}"
        typer.echo(f"{'mcnemar':<14} {only}  p {test['p']:.3g}")
