"""``newsml data stats``: what is in an archive, in numbers and as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsml.cli.console import Console
from newsml.cli.labelled import read_labelled
from newsml.cli.options import Data, Quiet, ReadJobs, SchemeConfig, Settings, checked_inputs
from newsml.errors import InputError, UsageError
from newsml.text import printable

if TYPE_CHECKING:
    from newsml.dataset.statistics import ArchiveStatistics, Lengths

SUFFIXES = (".png", ".html", ".json")
TOGETHER = 15  # pairs of labels, and sources, in the table


def stats(
    data: Data,
    output: Annotated[
        str | None,
        typer.Option("--output", metavar="FILE", help="Also write a .png, .html or .json, by its suffix."),
    ] = None,
    config: SchemeConfig = None,
    set_: Settings = None,
    jobs: ReadJobs = 1,
    quiet: Quiet = False,
) -> None:
    """Count labels, lengths, dates, sources and duplicates."""
    from newsml.dataset.statistics import collect_statistics
    from newsml.model.layout import Layout, embedded_folder
    from newsml.model.tokenization import TextEncoder

    checked_inputs(data, output)
    path = Path(output) if output is not None else None
    if path is not None and path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"--output {output}: the suffix is none of {' '.join(SUFFIXES)}")
    if path is not None and path.exists() and not path.is_file():
        raise UsageError(f"--output {output}: is no regular file")
    if path is not None and path.suffix.lower() == ".png":
        from newsml.evaluate.plots import require_matplotlib

        require_matplotlib()
    console = Console(quiet)
    labelled = read_labelled(data, config, set_, jobs, console)
    if not labelled.posts:
        raise InputError(f"{' '.join(data)}: holds no usable post")
    encoder = TextEncoder(Layout(embedded_folder()).tokenizer, 512)
    statistics = collect_statistics(
        labelled.posts,
        labelled.examples,
        labelled.scheme,
        labelled.counts.labels,
        encoder.count_tokens,
        unusable=labelled.counts.unusable,
        near_duplicate=labelled.near_duplicate,
    )
    if path is not None:
        write_statistics(statistics, path)
    for line in table(statistics):
        typer.echo(line)
    raise typer.Exit(console.exit_code)


def write_statistics(statistics: ArchiveStatistics, path: Path) -> None:
    """Write a picture, a page or JSON, as the suffix says, atomically."""
    from newsml.evaluate.archive_report import plot_statistics, render_html
    from newsml.files import write_atomic, write_json

    suffix = path.suffix.lower()
    if suffix == ".json":
        write_json(path, statistics.tree())
    elif suffix == ".html":
        write_atomic(path, render_html(statistics))
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        plot_statistics(statistics, path)


def table(statistics: ArchiveStatistics) -> Iterator[str]:
    """Yield the lines of the table."""
    from newsml.dataset.statistics import WINDOW

    s = statistics
    yield f"{s.posts} posts, {s.labelled} labelled ({s.mode}), {s.unusable} unusable inputs"
    yield (
        f"{s.copies} exact copies; {s.near_duplicates} texts in {s.near_duplicate_groups} groups of"
        " near-duplicates"
    )
    yield from _lengths("characters", s.characters)
    yield from _lengths("tokens", s.tokens)
    yield f"over {WINDOW} tokens: {s.over_window:.1%}"
    # Numbered: a picture without a Chinese font names labels by their number.
    labels = [(f"{place} {name}", n) for place, (name, n) in enumerate(s.labels.items(), 1)]
    yield from _counts("labels", labels, s.labelled)
    yield from _counts("labels of a post", [(str(k), n) for k, n in s.labels_per_post.items()], s.labelled)
    yield from _counts("labels together", _pairs(s), s.labelled)
    yield from _counts("months", [(month or "no date", n) for month, n in s.months.items()], s.posts)
    sources = [(name or "unknown", n) for name, n in s.sources.items()]
    yield from _counts("sources", sources[:TOGETHER], s.posts)
    counts = s.counts
    mended = [(f"{raw} -> {' '.join(names)}", n) for (raw, names), n in counts.mended.most_common()]
    yield from _counts("labels mended", mended, None)
    yield from _counts("labels dropped", counts.dropped.most_common(), None)
    yield from _counts("labels collected", counts.collected.most_common(), None)


def _lengths(unit: str, lengths: Lengths) -> Iterator[str]:
    shortest, q1, median, q3, p95, longest = lengths.percentiles
    yield (
        f"{unit}: mean {lengths.mean:.1f}, shortest {shortest}, quarters {q1} {median} {q3}, 95 % {p95},"
        f" longest {longest}"
    )


def _counts(title: str, counts: Sequence[tuple[str, int]], total: int | None) -> Iterator[str]:
    """Yield a title and a line for each name; two that look alike, as a source ``unknown``, stay two."""
    if counts:
        yield ""
        yield title
    for name, n in counts:
        share = f" {100 * n / total:5.1f}%" if total else ""
        yield f"{n:>8}{share}  {printable(name)}"


def _pairs(statistics: ArchiveStatistics) -> list[tuple[str, int]]:
    names = list(statistics.labels)
    pairs = [
        (f"{names[j]} {names[i]}", n)
        for i, row in enumerate(statistics.together)
        for j, n in enumerate(row[:i])
        if n
    ]
    return sorted(pairs, key=lambda pair: -pair[1])[:TOGETHER]
