"""``newsml data errors``: labels that are likely wrong, worst first."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from newsml.cli.console import Console
from newsml.cli.labelled import read_labelled, require_labels
from newsml.cli.options import (
    Data,
    Format,
    OutputFile,
    OutputFormat,
    Quiet,
    ReadJobs,
    SchemeConfig,
    Settings,
    checked_inputs,
    choose_format,
)
from newsml.cli.output import Record, View, open_writer
from newsml.errors import InputError
from newsml.labels import list_labels
from newsml.text import escape_markdown


def _names(key: str, record: Record) -> str:
    return " ".join(record[key])


VIEW = View(
    columns={
        "score": lambda r: f"{r['score']:.4f}",
        "id": lambda r: r["id"],
        "labels": lambda r: _names("labels", r),
        "suggested": lambda r: _names("suggested", r),
        "text": lambda r: r["text"],
    },
    widths=(6, 24, 16, 16),
    markdown=lambda r: (
        f"- {r['score']:.4f} {escape_markdown(r['id'])}: {escape_markdown(_names('labels', r))}"
        f" → {escape_markdown(_names('suggested', r))}"
    ),
)


def errors(
    data: Data,
    folds: Annotated[
        int,
        typer.Option(
            "--folds", min=2, max=100, help="Parts of which each is judged by a model of the others."
        ),
    ] = 5,
    config: SchemeConfig = None,
    set_: Settings = None,
    style: OutputFormat = None,
    output: OutputFile = None,
    jobs: ReadJobs = 1,
    quiet: Quiet = False,
) -> None:
    """List labels that are likely wrong, worst first, with those that a linear model suggests."""
    from newsml.config import TrainConfig
    from newsml.dataset.examples import gold_matrix
    from newsml.dataset.label_errors import LEAST, find_label_errors
    from newsml.dataset.linear import out_of_fold_probabilities, require_scikit_learn

    require_scikit_learn()
    console = Console(quiet)
    checked_inputs(data, output)
    labelled = read_labelled(data, config, set_, jobs, console)
    labelled.counts.tell(console.note)
    require_labels(labelled, data)
    examples, scheme = labelled.examples, labelled.scheme
    if len(scheme.names) < 2:
        raise InputError(f"{' '.join(data)}: every post has the same label: nothing to tell apart")
    used = Counter(label for example in examples for label in example.labels)
    if rare := Counter({name: count for name, count in used.items() if count < LEAST}):
        console.note(f"{len(rare)} labels too rare to judge (under {LEAST} posts): {list_labels(rare)}")
    format_ = choose_format(style, output)
    # Opened before the learning, which may take long, and not be for nothing.
    with open_writer(output, format_, VIEW, resume=False) as (writer, _):
        with console.counting("learning", folds) as advance:
            probs = out_of_fold_probabilities(
                examples,
                scheme,
                folds=folds,
                seed=TrainConfig.seed,
                near_duplicate=labelled.near_duplicate,
                advance=advance,
            )
        found = find_label_errors(probs, gold_matrix(examples, scheme), mode=scheme.mode, least=LEAST)
        for i in found.ranking():
            post = labelled.post_of(examples[i])
            names = [name for name, taken in zip(scheme.names, found.suggested[i], strict=True) if taken]
            record = {
                "id": post.id,
                "labels": list(post.labels),
                "suggested": names,
                "score": round(float(found.scores[i]), 4),
            }
            writer.write(record if format_ is Format.jsonl else {**record, "text": examples[i].text})
    raise typer.Exit(console.exit_code)
