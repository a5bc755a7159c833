"""Runs that are killed for real and taken up again: the file of an unbroken run, byte for byte."""

import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import write_jsonl

RECORDS = 1500
KILLS = (0.1, 0.4, 0.7)  # of the output


@pytest.fixture
def posts(tmp_path):
    text = "晨光科技今日宣布派息。公司表示项目按计划推进！分析人士认为影响有限。"
    records = [
        {"id": str(i % 700), "title": f"第{i}条", "text": f"编号{i}。{text * 3}"} for i in range(RECORDS)
    ]
    records[RECORDS // 3] = {"id": "empty", "text": ""}  # an error stays where it stands
    return write_jsonl(tmp_path / "posts.jsonl", records)


def test_a_run_killed_time_and_again_ends_as_an_unbroken_one(newsml, posts, tmp_path):
    options = ["summarize", posts, "--method", "textrank", "--with-text"]
    unbroken = tmp_path / "unbroken.jsonl"
    assert newsml(*options, "--output", unbroken).code == 3
    size = unbroken.stat().st_size
    target, partial = tmp_path / "out.jsonl", tmp_path / ".out.jsonl.partial"
    command = [sys.executable, "-m", "newsml", *map(str, options), "--output", str(target), "--resume"]
    for share in KILLS:
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as run:
            while run.poll() is None and (not partial.exists() or partial.stat().st_size < share * size):
                time.sleep(0.005)
            run.send_signal(signal.SIGKILL)
        assert run.returncode == -signal.SIGKILL, "it ended before it was killed"
        assert share * size <= partial.stat().st_size < size and not target.exists()
    outcome = newsml(*options, "--output", target, "--resume")
    assert outcome.code == 3
    assert "1 of the records there have an error" in outcome.err
    assert target.read_bytes() == unbroken.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "posts.jsonl", "unbroken.jsonl"]


@pytest.mark.parametrize("options", [("--method", "textrank"), ("--style", "headline")])
def test_summaries_of_another_kind_are_not_added(newsml, tmp_path, options):
    text = "晨光科技今日宣布派息。公司表示项目按计划推进！"
    first = write_jsonl(tmp_path / "first.jsonl", [{"id": "a", "text": text}])
    both = write_jsonl(tmp_path / "both.jsonl", [{"id": "a", "text": text}, {"id": "b", "text": text}])
    target = tmp_path / "out.jsonl"
    assert newsml("summarize", first, "--method", "lead", "--output", target).code == 0
    before = target.read_bytes()
    for posts in (both, first):  # also where nothing is left to be done
        outcome = newsml("summarize", posts, *options, "--output", target, "--resume")
        assert outcome.code == 2
        assert f"--resume: {target}: holds records of another" in outcome.err
        assert target.read_bytes() == before
