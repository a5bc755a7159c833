"""``newsml data split``: train, validation and test parts that share no text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from newsml.cli.console import Console
from newsml.cli.labelled import LabelledPosts, read_labelled, require_labels
from newsml.cli.options import (
    Data,
    Quiet,
    ReadJobs,
    SchemeConfig,
    Settings,
    checked_folder,
    checked_inputs,
)
from newsml.domain import Example
from newsml.errors import InputError, UsageError
from newsml.text import printable

PARTS = ("train", "validation", "test")
DEFAULT_SEED = 13


class FileFormat(StrEnum):
    """How the parts are written."""

    jsonl = "jsonl"
    parquet = "parquet"


def split(
    data: Data,
    output: Annotated[str, typer.Option("--output", metavar="DIR", help="Folder for the parts.")],
    shares: Annotated[
        str, typer.Option("--shares", metavar="A,B,C", help="Shares of train, validation and test.")
    ] = "0.8,0.1,0.1",
    seed: Annotated[int, typer.Option("--seed", help="Of everything random.")] = DEFAULT_SEED,
    by_date: Annotated[
        bool, typer.Option("--by-date", help="The earliest days to train, the latest to test.")
    ] = False,
    config: SchemeConfig = None,
    set_: Settings = None,
    style: Annotated[FileFormat, typer.Option("--format", help="Of the parts.")] = FileFormat.jsonl,
    jobs: ReadJobs = 1,
    quiet: Quiet = False,
) -> None:
    """Split labelled posts into train, validation and test, near-duplicates on one side."""
    from newsml.dataset.leak import find_copies, measure_leak, random_parts
    from newsml.dataset.split import stratified_indices
    from newsml.posts import open_records

    console = Console(quiet)
    wanted = parse_shares(shares)
    folder = checked_folder(output)
    files = [folder / f"{part}.{style.value}" for part in PARTS]
    checked_inputs(data, *map(str, files))
    labelled = read_labelled(data, config, set_, jobs, console)
    labelled.counts.tell(console.note)
    require_labels(labelled, data)
    texts = [example.text for example in labelled.examples]
    near = labelled.near_duplicate
    leak = measure_leak(texts, random_parts(len(texts), wanted, seed), near)
    copies = set(find_copies(texts))
    examples = [example for i, example in enumerate(labelled.examples) if i not in copies]
    bodies = [labelled.post_of(example).text for example in examples]
    if by_date:
        parts = _split_by_date(labelled, examples, wanted, console)
    else:
        parts = [
            [examples[i] for i in part]
            for part in stratified_indices(examples, wanted, seed=seed, near_duplicate=near, bodies=bodies)
        ]
    folder.mkdir(parents=True, exist_ok=True)
    for file, part in zip(files, parts, strict=True):
        with open_records(str(file)) as write:
            for example in part:
                write(labelled.post_of(example))
    empty = [name for name, part in zip(PARTS, parts, strict=True) if not part]
    if empty:
        console.note(f"no post is left for {' and '.join(empty)}: too few posts that differ")
    _print_table(labelled.scheme.names, parts)
    typer.echo(f"{len(copies)} exact copies taken out")
    typer.echo(
        f"leak prevented: a plain random split would have put {leak.texts} posts of validation and test "
        f"beside a copy or near-duplicate in another part ({leak.pairs} pairs)"
    )
    raise typer.Exit(console.exit_code)


def parse_shares(given: str) -> tuple[float, ...]:
    """Return the shares of the three parts.

    Raises:
        UsageError: not three numbers over 0 that make 1.
    """
    try:
        shares = tuple(float(share) for share in given.split(","))
    except ValueError:
        shares = ()
    if len(shares) != len(PARTS) or not all(share > 0 for share in shares) or abs(sum(shares) - 1) > 1e-6:
        raise UsageError(f"--shares {given}: give three shares over 0 that make 1, as 0.8,0.1,0.1")
    return shares


def _split_by_date(
    labelled: LabelledPosts, examples: Sequence[Example], shares: Sequence[float], console: Console
) -> list[list[Example]]:
    """Split by the days on which the posts were published; those without a date are left out.

    Raises:
        InputError: fewer days than parts.
    """
    from newsml.dataset import split_by_date

    dates = [labelled.posts[int(example.id)].date for example in examples]
    dated = [(example, date.date()) for example, date in zip(examples, dates, strict=True) if date]
    if len(dated) < len(examples):
        console.note(f"{len(examples) - len(dated)} posts without a date are left out")
    days = [day for _, day in dated]
    if len(set(days)) < len(shares):
        raise InputError(f"the posts stand on {len(set(days))} days: too few for {len(shares)} parts by date")
    texts = [example.text for example, _ in dated]
    bodies = [labelled.post_of(example).text for example, _ in dated]
    near = labelled.near_duplicate
    parts, late = split_by_date(texts, days, shares, near_duplicate=near, bodies=bodies)
    if late:
        console.note(f"{len(late)} posts left out: near-duplicates of earlier ones across a cut")
    return [[dated[i][0] for i in part] for part in parts]


def _print_table(names: Sequence[str], parts: Sequence[Sequence[Example]]) -> None:
    counts = [Counter(label for example in part for label in example.labels) for part in parts]
    typer.echo("".join(f"{name:>12}" for name in PARTS) + "  label")
    typer.echo("".join(f"{len(part):>12}" for part in parts) + "  posts")
    for name in names:
        cells = (
            f"{c[name]:>5} {100 * c[name] / max(len(p), 1):5.1f}%" for c, p in zip(counts, parts, strict=True)
        )
        typer.echo("".join(f"{cell:>12}" for cell in cells) + f"  {printable(name)}")
