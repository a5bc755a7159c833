"""Posts -> stories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from newsml.dataset.near_duplicates import group_near_duplicates
from newsml.domain import Post


def group_stories(posts: Sequence[Post]) -> list[list[int]]:
    """Return the indices of the posts of each story, its representative first."""
    groups: dict[int, list[int]] = defaultdict(list)
    for i, group in enumerate(group_near_duplicates([post.text for post in posts], 0.5)):
        groups[group].append(i)
    return list(groups.values())
