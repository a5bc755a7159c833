"""The posts that a person should look at, least sure first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from newsml.cli.options import Format, choose_format
from newsml.cli.output import Record, View, open_writer
from newsml.domain import Post, Prediction
from newsml.errors import UsageError
from newsml.text import escape_markdown

REVIEWED = 0.5  # uncertainty from which a post's labels are rather wrong than right
DOUBT = 0.1  # probability of a wrong decision from which a label is named


def _markdown(record: Record) -> str:
    labels = " ".join(f"`{label}`" for label in record["labels"])
    unsure = " ".join(f"`{label}`" for label in record["unsure"])
    title = escape_markdown(record["title"] or record["id"])
    return f"- {record['uncertainty']:.2f} {title}: {labels}; unsure: {unsure}"


VIEW = View(
    columns={
        "id": lambda r: r["id"],
        "uncertainty": lambda r: f"{r['uncertainty']:.2f}",
        "labels": lambda r: " ".join(r["labels"]),
        "unsure": lambda r: " ".join(r["unsure"]),
        "title": lambda r: r["title"],
    },
    widths=(28, 11, 24, 24),
    markdown=_markdown,
)


class Review:
    """Gathers the posts of which the labels are doubtful."""

    def __init__(self) -> None:
        self._records: list[Record] = []

    def add(self, post: Post, prediction: Prediction) -> None:
        """Take note of a post whose labels are rather wrong than right."""
        if prediction.uncertainty >= REVIEWED:
            self._records.append(
                {
                    "id": post.id,
                    "title": post.title,
                    "labels": list(prediction.labels),
                    "uncertainty": round(prediction.uncertainty, 4),
                    "unsure": unsure_labels(prediction.labels, prediction.scores),
                }
            )

    def ranked(self) -> list[Record]:
        """Return the posts, least sure first, those alike in input order."""
        return sorted(self._records, key=lambda record: -record["uncertainty"])


def unsure_labels(labels: tuple[str, ...], scores: Mapping[str, float]) -> list[str]:
    """Return the labels, chosen or not, whose decision is likeliest wrong; at least one."""
    doubt = {label: 1 - p if label in labels else p for label, p in scores.items()}
    ranked = sorted(doubt, key=lambda label: -doubt[label])
    return [label for label in ranked if doubt[label] >= DOUBT] or ranked[:1]


@contextmanager
def open_review(path: str | None, output: str | None) -> Iterator[Review]:
    """Open the file of a review, which is written at the end, in the format of its suffix.

    Raises:
        UsageError: a file that cannot be written, or that is the output.
    """
    review = Review()
    if path is None:
        yield review
        return
    if output is not None and os.path.realpath(path) == os.path.realpath(output):
        raise UsageError(f"--review {path}: is the file of --output")
    style: Format = choose_format(None, path, "--review")
    with open_writer(path, style, VIEW, resume=False, option="--review") as (writer, _):
        yield review
        for record in review.ranked():
            writer.write(record)
