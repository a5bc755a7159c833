"""Files are replaced whole, or stay as they were."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from newsml.files import replaced, write_atomic, write_json


def test_files_are_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.txt"
    for text in ("第一行\n第二行\n", "短"):
        write_atomic(path, text)
        assert path.read_bytes() == text.encode()
        assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_replaced_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OSError):
        write_atomic(tmp_path / "a.txt", "新")
    assert list(tmp_path.iterdir()) == [tmp_path / "a.txt"]


def test_surrogates_of_odd_paths_are_escaped(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"id": "\udcb2.md"})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"id": "\udcb2.md"}


def test_json_that_cannot_be_written_leaves_the_old_one_alone(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"甲": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"甲": object()})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"甲": 1}


def test_what_breaks_off_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("旧", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), replaced(path) as partial:
        partial.write_text("新", encoding="utf-8")
        raise KeyboardInterrupt
    assert path.read_text(encoding="utf-8") == "旧"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_and_the_mode_of_a_file_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "a.txt", tmp_path / "link.txt"
    path.write_text("旧", encoding="utf-8")
    path.chmod(0o640)
    link.symlink_to(path)
    write_atomic(link, "新")
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == "新"
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_killed_runs_have_left_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    kept = [f".a.txt.{os.getppid()}.tmp", f".b.txt.{gone.pid}.tmp", ".a.txt.mine.tmp"]
    for name in (*kept, f".a.txt.{gone.pid}.tmp", f".a.txt.{10**30}.tmp"):
        (tmp_path / name).touch()
    write_atomic(tmp_path / "a.txt", "新")
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt", *kept}
