"""Stories -> sections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from newsml.domain import Story
from newsml.labels import LabelScheme

OTHER = "其他"


@dataclass(frozen=True, slots=True)
class Section:
    """The stories told under one label, the surest first."""

    name: str
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything told, each post in one section; the date is that of the newest post."""

    date: date | None
    sections: tuple[Section, ...]


def build_digest(stories: Sequence[Story], scheme: LabelScheme) -> Digest:
    """Group stories by label.

    A story stands under the most probable of its labels; one of the scheme's secondary labels (where
    something happens, not what) only where it has no other. Sections come by size, stories by
    probability.
    """
    sections: dict[str, list[Story]] = defaultdict(list)
    for story in stories:
        labels = story.prediction.labels
        primary = [label for label in labels if label not in scheme.secondary]
        sections[(primary or list(labels) or [OTHER])[0]].append(story)
    dates = [story.post.date for story in stories if story.post.date is not None]
    ordered = sorted(sections.items(), key=lambda item: (-len(item[1]), item[0]))
    return Digest(
        max(dates, key=_comparable).date() if dates else None,
        tuple(
            Section(name, tuple(sorted(told, key=lambda story: -story.prediction.scores.get(name, 0.0))))
            for name, told in ordered
        ),
    )


def _comparable(moment: datetime) -> datetime:
    """Dates without a time zone are taken as UTC, for comparison only."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
