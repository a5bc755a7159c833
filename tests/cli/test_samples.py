"""``newsml samples``: whole files or none, and words for what is no folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from newsml.cli.samples import SAMPLES

NAMES = sorted(path.name for path in SAMPLES.glob("*.md"))


def whole(path: Path) -> bool:
    return path.read_bytes() == (SAMPLES / path.name).read_bytes()


def test_the_samples_are_written_and_what_is_there_is_left_alone(newsml, tmp_path):
    folder = tmp_path / "deep" / "posts"
    assert newsml("samples", folder).out == f"{len(NAMES)} sample posts written to {folder}\n"
    assert sorted(path.name for path in folder.iterdir()) == NAMES
    assert all(whole(path) for path in folder.iterdir())
    (folder / NAMES[0]).write_text("mine", encoding="utf-8")
    (folder / NAMES[1]).unlink()
    assert newsml("samples", folder).out == f"1 sample posts written to {folder}\n"
    assert (folder / NAMES[0]).read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_disk_that_takes_no_more_leaves_no_part_of_a_file(newsml, tmp_path):
    shell = f"ulimit -f 1; {sys.executable} -m newsml samples posts"  # kilobytes, in bash
    done = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (2, b"newsml: posts: File too large\n")
    written = list((tmp_path / "posts").iterdir())
    assert 0 < len(written) < len(NAMES)
    assert all(whole(path) for path in written)


@pytest.mark.parametrize(("name", "error"), [("file", "file: is no folder"), ("", "DIR: names no folder")])
def test_what_is_no_folder_is_a_usage_error(newsml, tmp_path, monkeypatch, name, error):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    outcome = newsml("samples", name)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"newsml: {error}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
