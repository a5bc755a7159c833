"""Work spread over processes, with results in the order of the work."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from newsml.errors import UsageError

MOST = 61  # processes; they are started at once, and Windows waits for no more
LOOK_AHEAD = 4  # pieces of work under way for each process, those that are done included

T = TypeVar("T")
R = TypeVar("R")


def map_in_order(function: Callable[[T], R], items: Iterable[T], jobs: int) -> Iterator[R]:
    """Yield ``function(item)`` for each item, in order, computed by so many processes.

    Items are taken as results are asked for, a few ahead, so that an endless stream takes no more
    memory than a short one. Closing the iterator, Ctrl-C or the end of this process ends the others.

    Args:
        function: importable by its name, as are its arguments and results by pickle.
        items: the work.
        jobs: number of processes; `MOST` where it is more.

    Raises:
        UsageError: one of the processes was killed.
    """
    jobs = min(jobs, MOST)
    pending: deque[Future[R]] = deque()
    pool = ProcessPoolExecutor(jobs, initializer=_begin)
    try:
        for item in items:
            with _forking():
                pending.append(pool.submit(function, item))
            if len(pending) >= LOOK_AHEAD * jobs:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool:
        raise UsageError("a reading process was killed (out of memory?); fewer jobs take less") from None
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _forking() -> Iterator[None]:
    """Keep what is there out of a child's garbage: a model would wait there for threads that do not exist."""
    gc.freeze()
    try:
        with _holding_interrupts():
            yield
    finally:
        gc.unfreeze()


@contextmanager
def _holding_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back until the end: Python loses one that falls into the hooks of a fork."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: held.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
    if held.is_set():
        raise KeyboardInterrupt


def _begin() -> None:
    """Leave Ctrl-C to the parent, and end when it does, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
