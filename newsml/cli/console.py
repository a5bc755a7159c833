"""What goes to stderr: notes, errors of single inputs, and a progress bar on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from newsml.domain import Post, Unusable
from newsml.errors import InputError
from newsml.text import printable

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")


class Console:
    """Tells of what happens, on stderr.

    Args:
        quiet: no progress and no notes; errors are told all the same.
        mute: nothing at all; another process tells the same.
    """

    def __init__(self, quiet: bool = False, *, mute: bool = False) -> None:
        self.quiet = quiet or mute
        self._mute = mute
        self.unusable = 0
        self._progress: Progress | None = None

    @property
    def exit_code(self) -> int:
        """0, or 3 where some input was unusable."""
        return InputError.exit_code if self.unusable else 0

    def note(self, line: str) -> None:
        """Tell one thing that is no error."""
        if not self.quiet:
            self._print(line)

    def error(self, unusable: Unusable) -> None:
        """Tell of an input that could not be used, and count it."""
        self.unusable += 1
        self._print(unusable.error)

    def carry_over(self, errors: int) -> None:
        """Count the errors among the records of a run that is taken up."""
        self.unusable += errors
        if errors:
            self._print(f"{errors} of the records there have an error and are not tried again")

    def _print(self, line: str) -> None:
        if self._mute:
            return
        text = f"newsml: {printable(line)}"
        if self._progress is not None:
            self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
            return
        try:
            print(text, file=sys.stderr, flush=True)  # noqa: T201 - the command line prints
        except OSError:  # no reader, as by `2>&1 | head`, or a full disk: the records are wanted all the same
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())

    @contextmanager
    def progress(self, what: str, total: int | None = None) -> Iterator[Progress | None]:
        """Show a bar on stderr while it is a terminal and not told to be quiet."""
        if self.quiet or not sys.stderr.isatty():
            yield None
            return
        from rich.console import Console as RichConsole
        from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn(),
            *Progress.get_default_columns()[:2],
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=RichConsole(stderr=True), transient=True)
        self._progress.add_task(what, total=total)
        try:
            with self._progress:
                yield self._progress
        finally:
            self._progress = None

    @contextmanager
    def counting(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show a bar that moves on by as many as the function that is yielded is told."""
        with self.progress(what, total) as bar:
            yield (lambda n: None) if bar is None else partial(bar.advance, bar.task_ids[0])

    def track(self, items: Iterable[T], what: str) -> Iterator[T]:
        """Yield the items, and show how many were taken."""
        with self.counting(what) as advance:
            for item in items:
                yield item
                advance(1)

    def usable(self, posts: Iterable[Post | Unusable], what: str = "reading") -> Iterator[Post]:
        """Yield the posts, and tell of the inputs that stand in the place of one."""
        for post in self.track(posts, what):
            if isinstance(post, Unusable):
                self.error(post)
            else:
                yield post
