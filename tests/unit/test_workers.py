"""Reading in several processes: the same posts in the same order, and a clean end."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from newsml.errors import UsageError
from newsml.posts import read_posts
from newsml.posts.workers import LOOK_AHEAD, map_in_order
from tests.conftest import write_jsonl


@pytest.fixture(params=["fork", "spawn"])
def start_method(request):
    if request.param not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {request.param}")
    before = multiprocessing.get_start_method()
    multiprocessing.set_start_method(request.param, force=True)
    yield
    multiprocessing.set_start_method(before, force=True)


def slow_first(number: int) -> int:
    time.sleep(0.2 if number == 0 else 0)
    return number


class Ended:
    """In a circle of its own, so that it ends with the garbage; tells in which process."""

    def __init__(self, told: Path) -> None:
        self.told, self.itself = told, self

    def __del__(self) -> None:
        with self.told.open("a") as file:
            print(os.getpid(), file=file)


def collect(number: int) -> int:
    gc.collect()
    return number


def kill_one(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail(number: int) -> int:
    raise ZeroDivisionError(f"number {number}")


@pytest.fixture
def archive(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "posts"
    folder.mkdir()
    for i in range(40):
        text = f"---\ntitle: 快讯{i}\n---\n\n<p>第{i}条快讯，内容各不相同。</p>\n"
        data = text.encode("gbk" if i % 7 == 0 else "utf-8") if i % 5 else b""
        (folder / f"{i:02d}.md").write_bytes(data)
    lines = write_jsonl(tmp_path / "lines.jsonl", [{"text": f"第{i}条。"} for i in range(600)])
    gbk = tmp_path / "gbk.jsonl"
    gbk.write_bytes('{"text": "晨光科技宣布派息。"}\n'.encode("gbk") * 600)
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(b"no gzip")
    return [folder, lines, gbk, tmp_path / "missing.md", broken, folder]


def test_processes_are_bounded(monkeypatch) -> None:
    asked = []

    def pool(jobs: int, **options) -> ProcessPoolExecutor:
        asked.append(jobs)
        return ProcessPoolExecutor(1, **options)

    monkeypatch.setattr("newsml.posts.workers.ProcessPoolExecutor", pool)
    assert list(map_in_order(abs, [-1, 2], 100_000)) == [1, 2]
    assert asked == [61]


def test_posts_and_notes_do_not_depend_on_the_number_of_processes(archive, start_method) -> None:
    def read(jobs: int) -> tuple[list, list[str]]:
        notes: list[str] = []
        return list(read_posts(archive, notes.append, jobs)), notes

    one, two = read(1), read(2)
    assert len(one[0]) == 40 + 600 + 600 + 1 + 1 + 40
    assert sum("gbk.jsonl" in note for note in one[1]) == 1
    assert two == one


def test_0_processes_are_one_a_core_and_fewer_are_a_usage_error(monkeypatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert [post.id for post in read_posts("missing.md", jobs=0)] == ["missing.md"]
    with pytest.raises(UsageError, match=r"^jobs -1 is less than 0"):
        next(read_posts("missing.md", jobs=-1))


def test_results_stand_in_order_and_work_is_taken_as_it_is_asked_for() -> None:
    work = itertools.count()
    results = map_in_order(slow_first, work, 2)
    assert list(itertools.islice(results, 50)) == list(range(50))
    assert next(work) <= 50 + 2 * LOOK_AHEAD
    results.close()
    assert multiprocessing.active_children() == []


def test_a_killed_process_is_one_clear_error() -> None:
    with pytest.raises(UsageError, match="was killed"):
        list(map_in_order(kill_one, range(100), 2))
    assert multiprocessing.active_children() == []


def test_an_error_in_a_process_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError, match="number 0"):
        list(map_in_order(fail, range(100), 2))
    assert multiprocessing.active_children() == []


class Interrupting:
    """Ctrl-C in the hooks of the next fork."""

    def __init__(self) -> None:
        os.register_at_fork(after_in_parent=self.interrupt)
        self.armed = True

    def interrupt(self) -> None:
        if self.armed:
            self.armed = False
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="this system forks no workers")
def test_an_interrupt_during_the_start_is_not_lost() -> None:
    hook = Interrupting()
    with pytest.raises(KeyboardInterrupt):
        list(map_in_order(slow_first, range(100), 2))
    assert not hook.armed
    assert multiprocessing.active_children() == []


def test_garbage_ends_in_its_own_process(tmp_path):
    gc.disable()
    try:
        Ended(tmp_path / "told")
        assert list(map_in_order(collect, range(4), 2)) == [0, 1, 2, 3]
    finally:
        gc.enable()
    gc.collect()
    assert (tmp_path / "told").read_text() == f"{os.getpid()}\n"
