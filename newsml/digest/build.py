"""Posts -> stories -> a digest."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from newsml.digest.config import DigestConfig
from newsml.digest.lines import LineWriter
from newsml.digest.ranking import by_weight, comparable, newest_date, weigh
from newsml.digest.state import Memory, NoMemory, Told, fingerprint
from newsml.digest.stock_names import find_named
from newsml.digest.stories import group_stories
from newsml.domain import Line, Post, Prediction, Story
from newsml.labels import LabelScheme

OTHER = "其他"

LIKELY = 0.2
"""Probability of the likeliest topic from which on a post that has a region alone stands under it."""

DEFAULT = DigestConfig()


@dataclass(frozen=True, slots=True)
class Section:
    """The stories told under one label, the weightiest first."""

    name: str
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything told, each post in one story of one section.

    Attributes:
        date: the day asked for, else that of the newest post; None where no post has a date.
        newest: the newest date of the posts, on the reader's clock.
        top: the few stories that matter most, weightiest first.
        sections: none of them empty.
    """

    date: date | None
    newest: datetime | None
    top: tuple[Story, ...]
    sections: tuple[Section, ...]

    @property
    def stories(self) -> Iterator[Story]:
        """The stories, section by section."""
        return (story for section in self.sections for story in section.stories)


@dataclass(frozen=True, slots=True)
class _Group:
    """A story before it is told."""

    members: tuple[Post, ...]
    prediction: Prediction
    known: tuple[Told, ...]
    news: bool


def build_digest(
    entries: Sequence[tuple[Post, Prediction]],
    scheme: LabelScheme,
    write_lines: LineWriter,
    *,
    config: DigestConfig = DEFAULT,
    day: date | None = None,
    memory: Memory | None = None,
) -> Digest:
    """Make a digest of posts.

    Args:
        entries: posts with what the classifier says of them.
        scheme: the classifier's labels.
        write_lines: tells the posts that stand for the stories.
        config: the reader's wishes.
        day: the day of the digest; without it that of the newest post.
        memory: what earlier digests have told.

    Raises:
        UsageError: a section asked for that is no label.
    """
    config = with_sections(config, scheme)
    if config.labels == "given":
        entries = [(post, _as_labelled(post, prediction, scheme)) for post, prediction in entries]
    newest = newest_date((post for post, _ in entries), config)
    groups = _groups(entries, memory or NoMemory(), config)
    lines = write_lines([group.members[0] for group in groups])
    stories = by_weight(
        (
            _tell(group, key, line, newest, config)
            for group, key, line in zip(groups, _ids(groups, config), lines, strict=True)
        ),
        config,
    )
    top = [story for story in stories if story.status != "told" and config.wants(story)][: config.top]
    day = day or (newest.date() if newest else None)
    return Digest(day, newest, tuple(top), _sections(stories, scheme, config))


def with_sections(config: DigestConfig, scheme: LabelScheme, source: str | None = None) -> DigestConfig:
    """Return the reader's wishes with the sections asked for by the names of the classifier's labels.

    Args:
        config: the reader's wishes.
        scheme: the classifier's labels.
        source: file of the wishes, which the error names.

    Raises:
        UsageError: a section that is no label, or a label named twice.
    """
    labels = [name for name in config.sections if name != OTHER or OTHER in scheme.names]
    names = scheme.find_all(labels, f"{source}: [sections]:" if source else "[sections]:")
    known = dict(zip(labels, names, strict=True))
    return replace(config, sections=tuple(known.get(name, name) for name in config.sections))


def _groups(entries: Sequence[tuple[Post, Prediction]], memory: Memory, config: DigestConfig) -> list[_Group]:
    """Group the posts into stories, together with what was told the days before."""
    posts = [post for post, _ in entries]
    told = [memory.lookup(post) for post in posts]
    here = {fingerprint(post) for post in posts}
    before = [(story, post) for story, post in memory.recent() if fingerprint(post) not in here]
    groups = []
    # A date without a time zone is one on the reader's clock here too.
    compared = [
        replace(post, date=config.local(post.date)) if post.date else post
        for post in (*posts, *(post for _, post in before))
    ]
    for indices in group_stories(compared):
        own = [i for i in indices if i < len(posts)]
        if not own:
            continue
        # What is new stands for a story that goes on.
        first = next((i for i in own if told[i] is None), own[0])
        own.remove(first)
        known = {story for i in (first, *own) if (story := told[i])}
        known |= {before[i - len(posts)][0] for i in indices if i >= len(posts)}
        groups.append(
            _Group(
                (posts[first], *(posts[i] for i in own)),
                entries[first][1],
                tuple(sorted(known, key=lambda story: (story.first_told, story.id))),
                news=told[first] is None,
            )
        )
    return groups


def _ids(groups: Sequence[_Group], config: DigestConfig) -> list[str]:
    """Return an id for each story: that under which it was told first, else one made of its earliest post."""
    taken: set[str] = set()
    ids: dict[int, str] = {}
    for index, group in enumerate(groups):
        if key := next((story.id for story in group.known if story.id not in taken), None):
            ids[index] = key
            taken.add(key)
    for index, group in enumerate(groups):
        if index not in ids:
            key = min((_moment(post, config), fingerprint(post)) for post in group.members)[1]
            while f"s{key[:10]}" in taken:
                key = hashlib.sha256(key.encode()).hexdigest()
            ids[index] = f"s{key[:10]}"
            taken.add(ids[index])
    return [ids[index] for index in range(len(groups))]


def _moment(post: Post, config: DigestConfig) -> datetime:
    return comparable(config.local(post.date)) if post.date else datetime.max.replace(tzinfo=UTC)


def _tell(group: _Group, key: str, line: Line, newest: datetime | None, config: DigestConfig) -> Story:
    named = find_named(group.members, config.stock_names)
    story = Story(key, group.members[0], group.members, line, group.prediction, named)
    story = replace(story, weight=weigh(story, newest, config))
    if not group.known:
        return story
    return replace(story, status="continues" if group.news else "told", first_told=group.known[0].first_told)


def _as_labelled(post: Post, prediction: Prediction, scheme: LabelScheme) -> Prediction:
    """Return a prediction with the labels that a post has, if any of them is the scheme's."""
    labels = sorted(scheme.read(post.labels), key=lambda label: -prediction.scores.get(label, 0.0))
    return replace(prediction, labels=tuple(labels)) if labels else prediction


def _topics(prediction: Prediction, scheme: LabelScheme) -> list[str]:
    """Return the labels that a story may stand under, the best first."""
    secondary = [label for label in prediction.labels if label in scheme.secondary]
    primary = [label for label in prediction.labels if label not in scheme.secondary]
    if secondary and not primary:
        others = {label: score for label, score in prediction.scores.items() if label not in scheme.secondary}
        likeliest = max(others, key=others.__getitem__, default="")
        primary = [likeliest] if others.get(likeliest, 0.0) >= LIKELY else []
    return primary + secondary


def _sections(stories: Sequence[Story], scheme: LabelScheme, config: DigestConfig) -> tuple[Section, ...]:
    """Put each story under its most probable label; under a secondary one only where no other is likely."""
    wanted = config.sections or scheme.names
    told: dict[str, list[Story]] = defaultdict(list)
    for story in stories:
        labels = [label for label in _topics(story.prediction, scheme) if label in wanted]
        told[labels[0] if labels else OTHER].append(story)
    order = {name: place for place, name in enumerate(config.sections)}

    def key(name: str) -> tuple[bool, int, int, str]:
        fresh = sum(story.status != "told" for story in told[name])
        return name == OTHER and name not in order, order.get(name, len(order)), -fresh, name

    return tuple(Section(name, tuple(told[name])) for name in sorted(told, key=key))
