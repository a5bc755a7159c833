"""Statistics of an archive -> a picture, or a page that needs nothing besides itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from pathlib import Path
from typing import Any

from newsml.dataset.statistics import WINDOW, ArchiveStatistics
from newsml.evaluate.plots import open_picture, tick_names

MOST = 40  # labels, months or sources in a picture
PAGE = """<!DOCTYPE html>
<html lang="zh"><head><meta charset="utf-8"><title>newsml data stats</title><style>
body {{ font: 14px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 60em; color: #222 }}
table {{ border-collapse: collapse; margin-bottom: 1em }}
td, th {{ padding: .1em .6em; text-align: right; font-weight: normal }}
th {{ text-align: left; white-space: nowrap }}
.bar {{ width: 30em; text-align: left }} .bar div {{ background: #2f67d1; height: .8em }}
.matrix {{ overflow-x: auto }} .matrix td {{ font-size: 12px; padding: .1em .4em }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


def plot_statistics(statistics: ArchiveStatistics, path: Path) -> None:
    """Draw labels, lengths, months and labels that stand together, as PNG, whole or not at all.

    Where no installed font has Chinese, labels are numbers, in the order of the table and of the JSON.

    Raises:
        UsageError: matplotlib is not installed.
    """
    labels = dict(list(statistics.labels.items())[:MOST])
    ticks = tick_names(list(labels), first=1)
    title = "posts by label" + ("" if ticks == list(labels) else ", numbered as in the table")
    size = max(4.0, 0.25 * len(labels) + 1)
    with open_picture(path, 14, size + 4, dpi=120) as figure:
        grid = figure.subplots(2, 2, height_ratios=(size, 4))
        _bars(grid[0, 0], ticks, list(labels.values()), title)
        _plot_together(figure, grid[0, 1], statistics, ticks)
        tokens = {f"≤ {bound}": n for bound, n in statistics.tokens.histogram.items()}
        title = f"tokens ({statistics.over_window:.1%} of the posts over {WINDOW})"
        _bars(grid[1, 0], list(tokens), list(tokens.values()), title)
        months = dict(list(statistics.months.items())[-MOST:])
        _bars(grid[1, 1], [m or "no date" for m in months], list(months.values()), "posts by month")


def _bars(axes: Any, names: list[str], counts: list[int], title: str) -> None:
    axes.barh(range(len(names)), counts, color="#2f67d1")
    for place, count in enumerate(counts):
        axes.text(count, place, f" {count}", va="center", fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_title(title, fontsize=10)
    axes.invert_yaxis()


def _plot_together(figure: Any, axes: Any, statistics: ArchiveStatistics, ticks: list[str]) -> None:
    """Draw for each label (row) the share of its posts that have another."""
    rows = [row[: len(ticks)] for row in statistics.together[: len(ticks)]]
    shares = [[n / max(row[i], 1) if i != j else 0 for j, n in enumerate(row)] for i, row in enumerate(rows)]
    axes.set_title("share of a label's posts (row) that have another", fontsize=10)
    if shares:
        figure.colorbar(axes.imshow(shares, cmap="Blues", vmin=0, vmax=1), ax=axes)
        axes.set_yticks(range(len(ticks)), ticks, fontsize=8)
        axes.set_xticks(range(len(ticks)), ticks, fontsize=8, rotation=90)


def render_html(statistics: ArchiveStatistics) -> str:
    """Return a page with everything; it loads nothing and runs nothing."""
    tree = statistics.tree()
    facts = {
        name.replace("_", " "): tree[name]
        for name in ("posts", "labelled", "unusable", "mode", "copies", "near_duplicates")
    }
    mended = [(f"{row['label']} → {' '.join(row['as'])}", row["posts"]) for row in tree["mended"]]
    parts = [
        _table("", facts.items()),
        _bar_table("Labels", tree["labels"].items()),
        _bar_table("Labels of a post", tree["labels_per_post"].items()),
        _matrix(statistics),
        _length_tables("Characters", tree["characters"]),
        _length_tables("Tokens", tree["tokens"]),
        _bar_table("Months", [(month or "no date", n) for month, n in tree["months"].items()]),
        _bar_table("Sources", [(source or "unknown", n) for source, n in tree["sources"].items()]),
        _table("Labels mended", mended),
        _table("Labels dropped", tree["dropped"].items()),
        _table("Labels collected", tree["collected"].items()),
    ]
    return PAGE.format(title=f"{statistics.posts} posts", body="\n".join(filter(None, parts)))


def _heading(title: str) -> str:
    return f"<h2>{escape(title)}</h2>" if title else ""


def _table(title: str, rows: Collection[tuple[str, Any]]) -> str:
    cells = (f"<tr><th>{escape(str(name))}</th><td>{escape(str(value))}</td></tr>" for name, value in rows)
    return f"{_heading(title)}<table>{''.join(cells)}</table>" if rows else ""


def _bar_table(title: str, rows: Collection[tuple[str, int]]) -> str:
    most = max((n for _, n in rows), default=0) or 1
    cells = (
        f"<tr><th>{escape(name)}</th><td>{n}</td>"
        f'<td class="bar"><div style="width:{100 * n / most:.1f}%"></div></td></tr>'
        for name, n in rows
    )
    return f"{_heading(title)}<table>{''.join(cells)}</table>" if rows else ""


def _length_tables(title: str, tree: Mapping[str, Any]) -> str:
    facts = [(name, value) for name, value in tree.items() if name != "histogram"]
    histogram = [(f"≤ {bound}", n) for bound, n in tree["histogram"].items()]
    return _table(title, facts) + _bar_table("", histogram)


def _matrix(statistics: ArchiveStatistics) -> str:
    names = list(statistics.labels)[:MOST]
    if statistics.mode == "single" or not names:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = (
        f"<tr><th>{escape(name)}</th>{''.join(f'<td>{n}</td>' for n in row[:MOST])}</tr>"
        for name, row in zip(names, statistics.together, strict=False)
    )
    table = f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table>"
    return f'{_heading("Labels together")}<div class="matrix">{table}</div>'
