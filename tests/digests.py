"""Posts with made-up predictions, for tests of the digest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from newsml.digest import Digest, build_digest
from newsml.domain import Line, Post, Prediction, Summary
from newsml.labels import LabelScheme

SCHEME = LabelScheme(("中国", "外国", "公司", "债券", "期货"), secondary=("中国", "外国"))
CHINA = timezone(timedelta(hours=8))
NOON = datetime(2024, 5, 1, 12, tzinfo=CHINA)

Entry = tuple[Post, Prediction]


def entry(post_id: str, scores: Mapping[str, float] | None = None, **fields: Any) -> Entry:
    """Return a post, with a text of its own where none is given, and what a classifier says of it."""
    scores = {"公司": 0.9} if scores is None else scores
    fields = {"title": "", "text": f"{post_id}公司今日收涨。"} | fields
    ranked = tuple(sorted(scores, key=lambda label: -scores[label]))
    return Post(post_id, **fields), Prediction(ranked, scores, 1, 1, 0.0)


def whole_lines(posts: Sequence[Post]) -> list[Line]:
    """Tell each post by its whole text."""
    return [Line(Summary.from_spans(p.text, [(0, len(p.text))], method="lead")) for p in posts]


def by_text(posts: Sequence[Post]) -> list[list[int]]:
    """Group posts of the same text."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, post in enumerate(posts):
        groups[post.text].append(index)
    return list(groups.values())


def digest_of(*entries: Entry, **options: Any) -> Digest:
    """Make a digest of posts, told by their whole texts where nothing else is said."""
    scheme, write = options.pop("scheme", SCHEME), options.pop("write_lines", whole_lines)
    return build_digest(list(entries), scheme, write, **options)


def layout(digest: Digest) -> list[tuple[str, list[str]]]:
    """Return the ids of the posts that stand for the stories of each section."""
    return [(section.name, [story.post.id for story in section.stories]) for section in digest.sections]
