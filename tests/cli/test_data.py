"""`newsml data check` and `data convert`."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import newsml as library
from newsml.posts import read_posts
from tests.conftest import write_jsonl

FIXTURES = Path(__file__).parent.parent / "fixtures" / "posts"
KEYS = """
id title text labels author date url source tags thumbnail stocks boilerplate summary highlights problems
"""


def usable(inputs):
    return [post for post in read_posts(inputs) if isinstance(post, library.Post)]


@pytest.fixture
def archive(tmp_path):
    folder = tmp_path / "posts"
    folder.mkdir()
    for name, body in {"a": "第一条。", "b": "第一条。", "c": ""}.items():
        text = f"---\ntitle: 快讯\ncategories: [金融]\n---\n\n<p>{body}</p>\n" if body else ""
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


# convert


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.gz", "parquet"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_converted_posts_are_the_same_posts(newsml, tmp_path, suffix, jobs):
    output = tmp_path / f"posts.{suffix}"
    outcome = newsml("data", "convert", FIXTURES, "--output", output, "--jobs", jobs)
    assert (outcome.code, outcome.out) == (3, "")  # some fixtures are broken
    assert list(read_posts(output)) == usable(FIXTURES)


def test_records_go_to_stdout_without_an_output(newsml, archive):
    outcome = newsml("data", "convert", archive)
    assert outcome.code == 3
    assert [list(record) for record in outcome.records] == [KEYS.split()] * 2
    assert outcome.records[0]["id"] == f"{archive}/a.md"
    assert outcome.err == f"newsml: {archive}/c.md: is empty\n"


def test_a_mistyped_input_empties_no_file(newsml, tmp_path):
    target = tmp_path / "keep.jsonl"
    target.write_text("{}\n", encoding="utf-8")
    outcome = newsml("data", "convert", tmp_path / "nosuch", "--output", target)
    assert outcome.code == 3
    assert outcome.err.endswith(f"newsml: --output {target}: is not written: no usable post is left\n")
    assert target.read_text(encoding="utf-8") == "{}\n" and list(tmp_path.iterdir()) == [target]


def test_converting_twice_changes_nothing(newsml, tmp_path):
    once, twice = tmp_path / "once.jsonl", tmp_path / "twice.jsonl"
    newsml("data", "convert", FIXTURES, "--output", once)
    assert newsml("data", "convert", once, "--output", twice).code == 0
    assert once.read_bytes() == twice.read_bytes()


@pytest.mark.parametrize("output", ["x.csv", "posts/a.md/x.jsonl", "posts"])
def test_an_output_that_cannot_be_written_is_exit_2(newsml, archive, tmp_path, output):
    outcome = newsml("data", "convert", archive, "--output", tmp_path / output)
    assert outcome.code == 2
    assert len(outcome.err.splitlines()) == 1
    assert output in outcome.err


@pytest.mark.parametrize("command", ["convert", "stats"])
def test_an_output_without_a_name_is_exit_2(newsml, archive, command):
    outcome = newsml("data", command, archive, "--output", "")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--output : the suffix is none of" in outcome.err


def test_the_file_is_written_though_nobody_reads_stderr(tmp_path):
    (tmp_path / "bad.jsonl").write_text("{\n" * 3000 + '{"text": "派息"}\n', encoding="utf-8")
    output = tmp_path / "x.jsonl"
    command = f"{sys.executable} -m newsml data convert {tmp_path / 'bad.jsonl'} --output {output}"
    shell = f"{command} 2>&1 | head -n 1; exit ${{PIPESTATUS[0]}}"
    head = subprocess.run(["bash", "-c", shell], capture_output=True, timeout=120, check=False)
    assert head.returncode == 3
    assert head.stderr == b""
    assert [post.text for post in usable(output)] == ["派息"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_interrupted_is_130_and_leaves_nothing(tmp_path, jobs):
    (tmp_path / "out").mkdir()
    data = write_jsonl(tmp_path / "posts.jsonl", [{"text": f"第{i}条。" * 200} for i in range(3000)])
    inputs = [str(data)] * 200
    output = tmp_path / "out" / "x.jsonl"
    command = [sys.executable, "-m", "newsml", "data", "convert", *inputs, "--jobs", str(jobs)]
    process = subprocess.Popen(
        [*command, "--output", str(output)], stderr=subprocess.PIPE, start_new_session=True
    )
    for _ in range(600):
        if list(output.parent.iterdir()):
            break
        time.sleep(0.05)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to every process
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.decode() == "newsml: interrupted\n"
    assert list(output.parent.iterdir()) == []


def test_what_a_killed_run_has_left_is_swept_by_the_next(newsml, archive, tmp_path):
    (tmp_path / "out").mkdir()
    output = tmp_path / "out" / "x[1].jsonl"
    gone = subprocess.Popen(["true"])
    gone.wait()
    kept = [f".{output.name}.{os.getppid()}.tmp", f".x.jsonl.{gone.pid}.tmp", f".{output.name}.mine.tmp"]
    for name in [*kept, f".{output.name}.{gone.pid}.tmp", f".{output.name}.{10**30}.tmp"]:
        (output.parent / name).touch()
    newsml("data", "convert", archive, "--output", output)
    assert {path.name for path in output.parent.iterdir()} == {output.name, *kept}


# check


def test_findings_as_lines(newsml, archive):
    outcome = newsml("data", "check", archive, "--format", "table")
    assert outcome.code == 3
    assert outcome.out.splitlines() == [
        f"{archive}/b.md:0: duplicate has the text of {archive}/a.md",
        f"{archive}/c.md:0: empty is empty",
    ]
    assert outcome.err.splitlines()[0] == f"newsml: {archive}/c.md: is empty"


def test_findings_as_records(newsml, archive, tmp_path):
    lines = write_jsonl(tmp_path / "x.jsonl", [{"id": "x", "text": "第二条。"}, {"id": "y", "text": 1}])
    outcome = newsml("data", "check", lines, archive)
    assert outcome.code == 3
    assert outcome.records[0] == {
        "id": "y",
        "line": 2,
        "code": "record",
        "message": '"text" is no string',
    }
    assert [list(record) for record in outcome.records] == [["id", "line", "code", "message"]] * 4
    rows = list(csv.reader(io.StringIO(newsml("data", "check", lines, archive, "--format", "csv").out)))
    assert rows[0] == ["\ufefffile", "line", "id", "code", "message"]
    assert rows[1] == [str(lines), "2", "y", "record", '"text" is no string']


def test_a_clean_archive_is_exit_0(newsml, archive):
    outcome = newsml("data", "check", archive / "a.md")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "newsml: nothing found\n")
    assert newsml("data", "check", archive / "a.md", "--quiet").err == ""


def test_codes_are_filtered_and_unusable_input_is_told_all_the_same(newsml, archive):
    outcome = newsml("data", "check", archive, "--code", "duplicate", "--code", "label-missing")
    assert [record["code"] for record in outcome.records] == ["duplicate"]
    assert outcome.code == 3
    assert f"{archive}/c.md: is empty" in outcome.err


def test_a_code_that_there_is_not_is_a_usage_error(newsml, archive):
    outcome = newsml("data", "check", archive, "--code", "duplicate", "--code", "duplicates")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("newsml: --code duplicates: is none of binary body-missing date-invalid ")


def test_labels_are_read_by_a_configuration(newsml, tmp_path):
    data = write_jsonl(tmp_path / "x.jsonl", [{"text": "一。", "labels": ["中国大盘", "体育"]}])
    assert newsml("data", "check", data).records == []
    records = newsml("data", "check", data, "--config", "topics").records
    assert [record["code"] for record in records] == ["label-mended", "label-dropped"]
    assert newsml("data", "check", data, "--config", "no-such").code == 2


def test_findings_do_not_depend_on_the_number_of_processes(newsml):
    one, two = (newsml("data", "check", FIXTURES, "--jobs", jobs) for jobs in (1, 2))
    assert one == two
    assert len(one.records) > 5


def test_findings_are_written_to_a_file(newsml, archive, tmp_path):
    output = tmp_path / "findings.jsonl"
    assert newsml("data", "check", archive, "--output", output).out == ""
    assert len([json.loads(line) for line in output.read_text("utf-8").splitlines()]) == 2
