"""When the posts of each section came, as a small picture in the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape

from newsml.digest.page import Page

ROWS = 12
"""Sections in the picture; the others are left out of it."""

CELL, GAP, LABEL, HEAD = 11, 1, 62, 14  # in units of the picture, which is as wide as a phone
HOURS = 24


def render_chart(page: Page) -> Iterator[str]:
    """Yield a grid of posts by section and hour of the day; nothing where no post has a date."""
    counts = {
        shown.section.name: Counter(
            moment.hour
            for story in shown.section.stories
            if story.status != "told"
            for post in story.members
            if (moment := page.time(post))
        )
        for shown in page.sections
    }
    rows = [(page.words.section_name(name), hours) for name, hours in counts.items() if hours][:ROWS]
    if not rows:
        return
    most = max(count for _, hours in rows for count in hours.values())
    width, height = LABEL + HOURS * (CELL + GAP), HEAD + len(rows) * (CELL + GAP)
    cells = "".join(_row(page, name, hours, most, place) for place, (name, hours) in enumerate(rows))
    marks = "".join(
        f'<text x="{LABEL + hour * (CELL + GAP)}" y="{HEAD - 4}">{hour}</text>' for hour in range(0, HOURS, 3)
    )
    told = "; ".join(f"{name} {sum(hours.values())}" for name, hours in rows)
    label = escape(f"{page.words.chart}: {told}")
    yield '<figure class="chart">'
    yield f"<figcaption><b>{page.words.chart}</b> {page.words.chart_note}</figcaption>"
    yield (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {width} {height}">{marks}{cells}</svg></figure>'
    )


def _row(page: Page, name: str, hours: Counter[int], most: int, place: int) -> str:
    y = HEAD + place * (CELL + GAP)
    short = name if len(name) <= 5 else f"{name[:4]}…"
    label = f'<text x="{LABEL - 6}" y="{y + CELL - 2}" text-anchor="end">{escape(short)}</text>'
    ground = (
        f'<rect class="ground" x="{LABEL}" y="{y}" width="{HOURS * (CELL + GAP) - GAP}" height="{CELL}"/>'
    )
    cells = (
        f'<rect x="{LABEL + hour * (CELL + GAP)}" y="{y}" width="{CELL}" height="{CELL}"'
        f' fill-opacity="{0.25 + 0.75 * count / most:.2f}">'
        f"<title>{escape(page.words.chart_cell(name, hour, count))}</title></rect>"
        for hour, count in sorted(hours.items())
    )
    return f"{label}{ground}{''.join(cells)}"
