"""A stream of posts in chunks that a model reads at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from newsml.domain import Post, Unusable

MOST = 256  # posts in a chunk
MOST_CHARACTERS = 1_000_000


def chunks(posts: Iterable[Post | Unusable]) -> Iterator[list[Post | Unusable]]:
    """Yield the posts in order, so many at once as memory holds whatever their length."""
    chunk: list[Post | Unusable] = []
    size = 0
    for post in posts:
        chunk.append(post)
        size += len(post.text) if isinstance(post, Post) else 0
        if len(chunk) == MOST or size >= MOST_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
