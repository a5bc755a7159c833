"""A stream of posts through something that reads many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import TypeVar

from newsml.domain import Post, Unusable

MOST = 256  # posts that are read at once
MOST_CHARACTERS = 1_000_000
PAUSE = 0.2  # seconds that a post of a live feed waits for others to be read with

Entry = Post | Unusable

Answer = TypeVar("Answer")


def read_stream(
    posts: Iterable[Entry], read: Callable[[list[Post]], Iterable[Answer]], *, live: bool = False
) -> Iterator[tuple[Entry, Answer | None]]:
    """Yield each post with what is read of it, in order; None for one that is unusable.

    Args:
        posts: of any number; so many are held at once as memory has room for, whatever their length.
        read: returns an answer for each of some posts.
        live: posts may come slowly, and are answered when no more of them wait.
    """
    for chunk in _chunks(_as_they_come(posts) if live else posts):
        answers = iter(read([post for post in chunk if isinstance(post, Post)]))
        for post in chunk:
            yield post, next(answers) if isinstance(post, Post) else None


def _chunks(posts: Iterable[Entry | None]) -> Iterator[list[Entry]]:
    """Yield some posts at a time, those before a None at once."""
    chunk: list[Entry] = []
    size = 0
    for post in posts:
        if post is not None:
            chunk.append(post)
            size += len(post.text) if isinstance(post, Post) else 0
        if chunk and (post is None or len(chunk) == MOST or size >= MOST_CHARACTERS):
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _as_they_come(posts: Iterable[Entry]) -> Iterator[Entry | None]:
    """Yield the posts, which a thread waits for, and None where one has waited for a while."""
    come: Queue[Entry | BaseException | None] = Queue(1)

    def wait() -> None:
        end: BaseException | None = None
        try:
            for post in posts:
                come.put(post)
        except BaseException as error:  # noqa: BLE001 - raised where the posts are wanted
            end = error
        come.put(end)

    Thread(target=wait, daemon=True).start()
    until: float | None = None
    while True:
        try:
            post = come.get(timeout=None if until is None else max(until - monotonic(), 0))
        except Empty:
            until = None
            yield None
            continue
        if isinstance(post, BaseException):
            yield None
            raise post
        if post is None:
            return
        until = until or monotonic() + PAUSE
        yield post
