"""Records on their way out: formats, atomic files, and runs that are taken up again."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.cells import cell_len

from newsml.cli.options import Format, choose_format
from newsml.cli.output import Done, View, Writer, open_writer
from newsml.domain import Post
from newsml.errors import InputError, UsageError

VIEW = View(
    {"id": lambda r: r["id"], "title": lambda r: r["title"], "labels": lambda r: " ".join(r["labels"])},
    widths=(6, 10),
    markdown=lambda r: f"- {r['title']}",
)


def record(title: str, post_id: str = "a") -> dict:
    return {"id": post_id, "title": title, "labels": ["公司", "债券"]}


def written(style: Format, records: Iterable[dict]) -> str:
    stream = io.StringIO()
    writer = Writer(stream, style, VIEW)
    for one in records:
        writer.write(one)
    return stream.getvalue()


@pytest.mark.parametrize("title", ["派息\n公告", "他说\u2028“好”", '"引号"', "\ud800", "=1+1"])
def test_jsonl_is_one_line_a_record(title: str) -> None:
    text = written(Format.jsonl, [record(title), record("二", "b")])
    assert text.count("\n") == 2
    assert [json.loads(line) for line in text.split("\n")[:2]] == [record(title), record("二", "b")]


def test_jsonl_keeps_chinese_readable() -> None:
    assert "晨光派息" in written(Format.jsonl, [record("晨光派息")])


def test_csv_begins_with_a_mark_and_a_header() -> None:
    assert written(Format.csv, [record("派息")]) == "\ufeffid,title,labels\na,派息,公司 债券\n"


@pytest.mark.parametrize("title", ["逗号,在内", '"引号"', "两\n行", "回\r车", "", "平常"])
def test_csv_cells_survive(title: str) -> None:
    text = written(Format.csv, [record(title), record("二", "b")])
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert rows[1:] == [["a", title, "公司 债券"], ["b", "二", "公司 债券"]]


@pytest.mark.parametrize("title", ["=HYPERLINK(1)", "+1", "-1.5%", "@SUM(1)", "\t=1", "\r=1", '=1,"2"'])
def test_csv_runs_no_formula(title: str) -> None:
    text = written(Format.csv, [record(title)])
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[1][1] == f"'{title}"


def test_markdown_is_the_views() -> None:
    assert written(Format.md, [record("派息"), record("涨停")]) == "- 派息\n- 涨停\n"


@pytest.mark.parametrize("columns", [30, 60])
def test_table_rows_fit_the_terminal(monkeypatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    rows = [record("很长的标题" * 9, "posts/a/long/path"), record("短\n题"), record("mini LED 涨")]
    lines = written(Format.table, rows).splitlines()
    assert len(lines) == 4
    assert lines[0].split() == ["ID", "TITLE", "LABELS"]
    assert all(cell_len(line) <= max(columns, 6 + 10 + 20 + 4) for line in lines)
    starts = [cell_len(line[: line.index("公司")]) for line in lines[1:]]
    assert starts == [cell_len(lines[0][: lines[0].index("LABELS")])] * 3
    assert "…" in lines[1]
    assert "短 题" in lines[2]


@pytest.mark.parametrize(
    ("given", "output", "expected"),
    [
        (Format.md, "a.csv", Format.md),
        (None, "a.csv", Format.csv),
        (None, "A.CSV", Format.csv),
        (None, "a.md", Format.md),
        (None, "a.jsonl", Format.jsonl),
        (None, "a.txt", Format.jsonl),
        (None, "table", Format.jsonl),
        (None, "a.table", Format.jsonl),
        (None, "/dev/stdout", Format.jsonl),
        (Format.jsonl, "a.xml", Format.jsonl),
    ],
)
def test_the_format_follows_the_suffix(given: Format | None, output: str, expected: Format) -> None:
    assert choose_format(given, output) is expected


@pytest.mark.parametrize("output", ["a.xml", "a.jsonl.gz", "a.HTML", "a.parquet"])
def test_a_suffix_of_another_format_is_refused(output: str) -> None:
    with pytest.raises(UsageError, match=rf"^--review {output}: records are written as .jsonl, .csv or .md"):
        choose_format(None, output, "--review")


@pytest.mark.parametrize(("terminal", "expected"), [(True, Format.table), (False, Format.jsonl)])
def test_the_format_follows_the_terminal(monkeypatch, terminal: bool, expected: Format) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal, raising=False)
    assert choose_format(None, None) is expected


def save(path: Path, ids: str, *, resume: bool = False, fail: bool = False) -> Done:
    with open_writer(str(path), Format.jsonl, VIEW, resume=resume) as (writer, done):
        for post_id in ids:
            writer.write(record("题", post_id))
        if fail:
            raise RuntimeError("killed")
    return done


def ids_in(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with open_writer(str(path), Format.jsonl, VIEW, resume=False) as (writer, done):
        writer.write(record("题"))
        assert not path.exists()
        assert done == Done()
    assert ids_in(path) == ["a"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_run_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    save(path, "ab")
    with pytest.raises(RuntimeError):
        save(path, "xyz", fail=True)
    assert ids_in(path) == ["a", "b"]
    save(path, "c")
    assert ids_in(path) == ["c"]


def test_a_failed_run_is_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with pytest.raises(RuntimeError):
        save(path, "aab", fail=True)
    assert save(path, "c", resume=True).ids == {"a": 2, "b": 1}
    assert ids_in(path) == ["a", "a", "b", "c"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_was_changed_since_is_taken_up_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    save(path, "abc")
    with pytest.raises(RuntimeError):
        save(path, "d", resume=True, fail=True)
    left = tmp_path / ".out.jsonl.partial"
    assert ids_in(left) == ["a", "b", "c", "d"]
    path.write_text(
        "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[::2]), encoding="utf-8"
    )
    os.utime(path, ns=(0, left.stat().st_mtime_ns + 1))
    assert save(path, "b", resume=True).ids == {"a": 1, "c": 1}
    assert ids_in(path) == ["a", "c", "b"]
    assert list(tmp_path.iterdir()) == [path]


def test_records_of_another_command_are_refused_though_nothing_is_to_be_done(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    save(path, "a")
    before = path.read_bytes()
    with (
        pytest.raises(UsageError, match="another command"),
        open_writer(str(path), Format.jsonl, VIEW, resume=True, like={"id": "", "summary": ""}),
    ):
        pass
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    with open_writer(str(path), Format.jsonl, VIEW, resume=True, like=record("另")) as (_, done):
        assert done.ids == {"a": 1}


def resumed(path: Path, ids: str) -> None:
    posts = [Post(post_id, "", "") for post_id in ids]
    with open_writer(str(path), Format.jsonl, VIEW, resume=True) as (writer, done):
        for post in done.rest_of(posts):
            writer.write(record("题", post.id))


def test_a_run_killed_at_any_byte_ends_as_an_unbroken_one(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    save(path, "abab")
    whole = path.read_bytes()
    for cut in range(len(whole) + 1):
        path.unlink(missing_ok=True)
        (tmp_path / ".out.jsonl.partial").write_bytes(whole[:cut])
        resumed(path, "abab")
        assert path.read_bytes() == whole, cut
    assert list(tmp_path.iterdir()) == [path]


def test_a_finished_file_without_a_last_line_end_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    save(path, "ab")
    path.write_bytes(path.read_bytes().rstrip())
    resumed(path, "c")
    assert ids_in(path) == ["a", "b", "c"]


def test_a_run_killed_while_it_copied_a_finished_file_loses_nothing(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "out.jsonl"
    save(path, "abc")

    def killed(source: Path, target: Path) -> None:
        Path(target).write_bytes(Path(source).read_bytes()[:20])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("shutil.copyfile", killed)
        resumed(path, "abcd")
    resumed(path, "d")
    assert ids_in(path) == ["a", "b", "c", "d"]


def test_errors_among_the_records_are_kept_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with open_writer(str(path), Format.jsonl, VIEW, resume=False) as (writer, _):
        writer.write(record("题") | {"error": None})
        writer.write(record("题", "b") | {"labels": {}, "error": "b.md: is empty"})
    with open_writer(str(path), Format.jsonl, VIEW, resume=True) as (writer, done):
        assert (done.ids, done.errors) == ({"a": 1, "b": 1}, 1)
        writer.write(record("题", "c") | {"error": None})
    assert ids_in(path) == ["a", "b", "c"]


@pytest.mark.parametrize("change", [{"text": "正文"}, {"scores": {"公司": 0.5}}, {"style": "headline"}])
def test_records_of_another_kind_are_not_mixed(tmp_path: Path, change: dict) -> None:
    path = tmp_path / "out.jsonl"
    ours = record("题") | {"scores": {"债券": 0.5}, "style": "brief", "error": None}
    with open_writer(str(path), Format.jsonl, VIEW, resume=False) as (writer, _):
        writer.write(ours | {"scores": {}, "error": "b.md: is empty"})
        writer.write(ours)
    with open_writer(str(path), Format.jsonl, VIEW, resume=True, like=ours | {"scores": {"债券": None}}) as (
        _,
        done,
    ):
        assert done.ids == {"a": 2}
    with (
        pytest.raises(UsageError, match=r"^--resume: .*out\.jsonl: holds records of another command, model"),
        open_writer(str(path), Format.jsonl, VIEW, resume=True, like=ours | change),
    ):
        pass
    assert ids_in(path) == ["a", "a"]


HOLD = """
import sys
from newsml.cli.options import Format, choose_format
from newsml.cli.output import View, open_writer
with open_writer(sys.argv[1], Format.jsonl, View({}, (), str), resume=False):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_one_run_at_a_time_writes_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"open\n"
        for resume in (False, True):
            with pytest.raises(UsageError, match="another run"):
                save(path, "a", resume=resume)
        other.kill()
        other.wait()
    assert sorted(p.name for p in tmp_path.iterdir()) == [".out.jsonl.lock", ".out.jsonl.partial"]
    save(path, "ab", resume=True)
    assert ids_in(path) == ["a", "b"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize("count", [1, 10_000])
def test_a_full_disk_is_told_of_and_leaves_the_old_file(tmp_path: Path, count: int) -> None:
    path = tmp_path / "out.jsonl"
    save(path, "a")
    (tmp_path / ".out.jsonl.partial").symlink_to("/dev/full")
    with pytest.raises(UsageError, match="No space left"):
        save(path, "b" * count)
    assert ids_in(path) == ["a"]


def test_a_link_and_a_mode_are_kept(tmp_path: Path) -> None:
    path, link = tmp_path / "out.jsonl", tmp_path / "link.jsonl"
    path.write_text("", encoding="utf-8")
    path.chmod(0o600)
    link.symlink_to(path)
    save(link, "a")
    assert link.is_symlink() and ids_in(path) == ["a"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_finished_file_is_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    save(path, "ab")
    assert save(path, "c", resume=True).ids == {"a": 1, "b": 1}
    assert ids_in(path) == ["a", "b", "c"]


def test_there_may_be_nothing_to_take_up(tmp_path: Path) -> None:
    assert save(tmp_path / "out.jsonl", "a", resume=True) == Done()
    assert ids_in(tmp_path / "out.jsonl") == ["a"]


@pytest.mark.parametrize("line", ['{"x": 1}', "[1]", "公司", "3", "\n", '{"id": 3}'])
def test_a_foreign_file_is_left_alone(tmp_path: Path, line: str) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"[/\\]out\.jsonl: line 1 is no record of newsml's"):
        save(path, "a", resume=True)
    assert path.read_text(encoding="utf-8") == line + "\n"
    path.write_text("", encoding="utf-8")  # mended, it is what counts, and no copy of it
    save(path, "a", resume=True)
    assert ids_in(path) == ["a"]


@pytest.mark.parametrize(
    ("output", "style"), [(None, Format.jsonl), ("a.csv", Format.csv), ("a.md", Format.md)]
)
def test_only_a_file_of_jsonl_is_taken_up(output: str | None, style: Format) -> None:
    with (
        pytest.raises(UsageError, match="--resume needs --output"),
        open_writer(output, style, VIEW, resume=True),
    ):
        pass


def test_places_where_no_file_can_be(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for output in ("folder", ".", "", "file/out.jsonl"):
        with (
            pytest.raises(UsageError, match="--output"),
            open_writer(output, Format.jsonl, VIEW, resume=False),
        ):
            pass
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file", tmp_path / "folder"]


def test_the_folder_of_an_output_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "out.jsonl"
    save(path, "a")
    assert ids_in(path) == ["a"] and list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="no regular file"):
        save(pipe, "a")
    assert pipe.is_fifo()


def test_standard_output(capsys) -> None:
    with open_writer(None, Format.jsonl, VIEW, resume=False) as (writer, done):
        writer.write(record("派息"))
    assert done == Done()
    assert json.loads(capsys.readouterr().out) == record("派息")


def test_what_is_done_is_passed_over_as_often_as_it_is_there() -> None:
    posts = [Post(post_id, "", str(i)) for i, post_id in enumerate("abaca")]
    left = Done(Counter({"a": 2, "c": 1, "z": 1})).rest_of(posts)
    assert [post.text for post in left] == ["1", "4"]
