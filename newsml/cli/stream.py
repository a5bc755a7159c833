"""A stream of posts through something that reads many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from newsml.domain import Post, Unusable

MOST = 256  # posts that are read at once
MOST_CHARACTERS = 1_000_000

Answer = TypeVar("Answer")


def read_stream(
    posts: Iterable[Post | Unusable], read: Callable[[list[Post]], Iterable[Answer]]
) -> Iterator[tuple[Post | Unusable, Answer | None]]:
    """Yield each post with what is read of it, in order; None for one that is unusable.

    Args:
        posts: of any number; so many are held at once as memory has room for, whatever their length.
        read: returns an answer for each of some posts.
    """
    for chunk in _chunks(posts):
        answers = iter(read([post for post in chunk if isinstance(post, Post)]))
        for post in chunk:
            yield post, next(answers) if isinstance(post, Post) else None


def _chunks(posts: Iterable[Post | Unusable]) -> Iterator[list[Post | Unusable]]:
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
