"""`newsml classify --write`: labels into the posts' own files, and nothing else."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

import newsml.cli.write_back
from newsml.errors import InputError
from tests.conftest import write_jsonl

POST = "\n---\ntitle: '晨光科技宣布派息'\nauthor: 晨光社\n---\n\n<p>晨光科技今日宣布派息。</p>"
FIELD = "newsml_categories: ["


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in files}


@pytest.fixture
def posts(tmp_path):
    folder = tmp_path / "posts"
    folder.mkdir()
    (folder / "a.md").write_bytes(POST.encode())
    (folder / "b.html").write_bytes(POST.replace("\n", "\r\n").encode("gb18030"))
    (folder / "c.markdown").write_bytes(POST.encode("utf-16"))
    return folder


def test_the_labels_stand_in_each_file_and_in_the_records(newsml, posts):
    before = snapshot(posts)
    outcome = newsml("classify", posts, "--write", "--quiet")
    assert (outcome.code, outcome.err) == (0, "")
    assert len(outcome.records) == 3
    listed = ", ".join(f'"{label}"' for label in outcome.records[0]["labels"])
    field = f"newsml_categories: [{listed}]\n"
    new = POST.replace("---\n\n<p>", f"{field}---\n\n<p>")
    assert (posts / "a.md").read_bytes() == new.encode()
    assert (posts / "b.html").read_bytes() == new.replace("\n", "\r\n").encode("gb18030")
    assert (posts / "c.markdown").read_bytes() == new.encode("utf-16")
    assert len(snapshot(posts)) == len(before)
    written = snapshot(posts)
    assert newsml("classify", posts, "--write").code == 0
    assert snapshot(posts) == written


@pytest.mark.parametrize("given", ["posts", "./posts"])
def test_a_dry_run_is_a_patch_and_changes_nothing(newsml, posts, tmp_path, monkeypatch, given):
    monkeypatch.chdir(tmp_path)
    (posts / "d 1.md").write_text("---\ntitle: 快讯\n---", encoding="utf-8")
    (posts / "c.markdown").unlink()
    (posts / "b.html").unlink()  # a patch is text in one encoding
    before = snapshot(posts)
    outcome = newsml("classify", given, "--write", "--dry-run")
    assert outcome.code == 0
    assert snapshot(posts) == before
    added = [line for line in outcome.out.splitlines() if line.startswith("+") and FIELD in line]
    assert len(added) == 2
    assert "\\ No newline at end of file" in outcome.out
    assert "+++ b/posts/d 1.md\t\n" in outcome.out  # where patch, unlike git, needs the tab
    subprocess.run(["git", "apply", "-"], input=outcome.out.encode(), check=True, timeout=60)
    patched = {name: data for name, (data, _, _) in snapshot(posts).items()}
    for name, (data, _, _) in before.items():
        Path(name).write_bytes(data)
    assert newsml("classify", "posts", "--write").code == 0
    assert {name: data for name, (data, _, _) in snapshot(posts).items()} == patched
    assert newsml("classify", "posts", "--write", "--dry-run").out == ""


def test_no_name_at_all_is_no_folder(newsml, posts, tmp_path, monkeypatch):
    monkeypatch.chdir(posts)
    record = {"id": str(posts / "a.md"), "title": "晨光科技宣布派息", "text": "晨光科技今日宣布派息。"}
    before = snapshot(posts)
    outcome = newsml("classify", "", write_jsonl(tmp_path / "r.jsonl", [record]), "--write", "--quiet")
    assert outcome.code == 3
    assert len(outcome.records) == 2
    assert snapshot(posts) == before


def test_a_named_field_is_replaced(newsml, posts):
    (posts / "a.md").write_text("---\ntags: old\ntitle: 晨光科技派息\n---\n", encoding="utf-8")
    assert newsml("classify", posts / "a.md", "--write", "--field", "tags").code == 0
    lines = (posts / "a.md").read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith('tags: ["') and lines[2:] == ["title: 晨光科技派息", "---"]


def test_inputs_without_front_matter_are_told_of_and_left_alone(newsml, posts):
    (posts / "plain.txt").write_text(POST, encoding="utf-8")
    (posts / "bare.md").write_text("晨光科技派息。\n", encoding="utf-8")
    (posts / "bare.html").write_text("<p>晨光科技派息。</p>\n", encoding="utf-8")
    # A record's id is no leave to write a file of that name.
    records = write_jsonl(posts / "r.jsonl", [{"id": str(posts / "a.md"), "text": "晨光科技派息。"}] * 3)
    before = snapshot(posts)
    names = ["plain.txt", "bare.md", "bare.html"]
    outcome = newsml("classify", *(posts / name for name in names), records, "--write", "--quiet")
    assert outcome.code == 3
    lines = outcome.err.splitlines()
    assert len(lines) == 4
    assert all(any(name in line for line in lines) for name in [*names, "r.jsonl"])
    assert all("no front matter" in line and "left alone" in line for line in lines)
    assert [record["error"] for record in outcome.records] == [None] * 6
    assert snapshot(posts) == before


def test_the_rest_goes_on_where_one_file_cannot_be_changed(newsml, posts):
    (posts / "a.md").write_text("---\n{title: 晨光科技派息}\n---\n", encoding="utf-8")
    before = (posts / "a.md").read_bytes()
    outcome = newsml("classify", posts, "--write", "--quiet")
    assert outcome.code == 3
    assert "a.md: --write: its front matter cannot be changed" in outcome.err
    assert (posts / "a.md").read_bytes() == before
    assert FIELD in (posts / "b.html").read_text(encoding="gb18030")


@pytest.mark.parametrize("late", [False, True])
def test_a_file_that_changes_meanwhile_is_left_alone(newsml, posts, monkeypatch, late):
    changed = POST.replace("派息", "回购").encode()
    where, name = (newsml_write_back(), "set_field") if late else (newsml_write_back().WriteBack, "write")
    original = getattr(where, name)

    def change(*arguments):
        (posts / "a.md").write_bytes(changed)
        return original(*arguments)

    monkeypatch.setattr(where, name, change)
    outcome = newsml("classify", posts / "a.md", "--write")
    assert outcome.code == 3
    assert "a.md: --write: has changed since it was read; left alone" in outcome.err
    assert (posts / "a.md").read_bytes() == changed
    assert sorted(p.name for p in posts.iterdir()) == ["a.md", "b.html", "c.markdown"]


def newsml_write_back():
    return newsml.cli.write_back


def test_a_mode_and_a_link_are_kept(newsml, posts, tmp_path):
    (posts / "a.md").chmod(0o640)
    link = tmp_path / "link.md"
    link.symlink_to(posts / "a.md")
    assert newsml("classify", link, "--write").code == 0
    assert link.is_symlink()
    assert FIELD in (posts / "a.md").read_text(encoding="utf-8")
    assert (posts / "a.md").stat().st_mode & 0o7777 == 0o640


def test_a_link_found_in_a_folder_leads_to_no_other(newsml, posts, tmp_path):
    (tmp_path / "other").mkdir()
    for name in ("deploy.yaml", "other.md"):
        (tmp_path / "other" / name).write_text(POST, encoding="utf-8")
        (posts / f"{name}.md").symlink_to(tmp_path / "other" / name)
    (posts / "inside.md").symlink_to(posts / "a.md")
    before = snapshot(tmp_path / "other")
    outcome = newsml("classify", posts, "--write")
    assert outcome.code == 3 and outcome.err.count("left alone") == 2
    assert f"is a link to {tmp_path / 'other' / 'other.md'}, beyond what was named" in outcome.err
    assert snapshot(tmp_path / "other") == before
    assert newsml("classify", posts / "other.md.md", "--write").code == 0  # which was named
    assert snapshot(tmp_path / "other") != before


def test_posts_that_have_a_record_are_passed_over_and_told(newsml, posts, tmp_path):
    output = tmp_path / "o.jsonl"
    assert newsml("classify", posts, "--output", output).code == 0
    outcome = newsml("classify", posts, "--output", output, "--resume", "--write")
    assert "--write: 3 posts with a record are passed over, their files too" in outcome.err


def test_a_file_that_must_not_be_written_is_left_alone(newsml, posts, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    before = snapshot(posts)
    outcome = newsml("classify", posts, "--write")
    assert outcome.code == 3
    assert outcome.err.count("is not writable; left alone") == 3
    assert snapshot(posts) == before


def test_a_record_with_the_id_of_a_file_is_no_file(newsml, posts, tmp_path):
    file = posts / "a.md"
    other = {"id": str(file), "title": "晨光科技宣布派息", "text": "晨光科技今日宣布派息。"}
    records = write_jsonl(
        tmp_path / "records.jsonl", [other, other | {"title": "", "text": "美联储维持利率不变。"}]
    )
    outcome = newsml("classify", records, file, records, "--write")
    assert (outcome.code, len(outcome.records)) == (3, 5)
    left = f"newsml: {records}: --write: holds records, which have no front matter; left alone"
    assert outcome.err.splitlines() == [left, left, "newsml: --write: 1 files changed, 0 are as they were"]
    written = yaml.safe_load(file.read_text(encoding="utf-8").split("---")[1])["newsml_categories"]
    assert written == outcome.records[2]["labels"] != outcome.records[1]["labels"]


def test_a_full_disk_leaves_the_file(posts, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    before = snapshot(posts)
    with pytest.raises(OSError, match="No space left"):
        newsml_write_back().replace_bytes(posts / "a.md", POST.encode(), b"x")
    monkeypatch.undo()
    with pytest.raises(InputError, match="has changed"):
        newsml_write_back().replace_bytes(posts / "a.md", b"y", b"x")
    assert snapshot(posts) == before


@pytest.mark.parametrize(
    "options",
    [
        ["--dry-run"],
        ["--field", "tags"],
        ["--write", "--field", "title"],
        ["--write", "--field", "a: b"],
        ["--write", "--field", "no"],
        ["--write", "--dry-run", "--output", "x.jsonl"],
        ["--write", "--dry-run", "--resume"],
    ],
)
def test_contradictions_are_usage_errors(newsml, posts, options):
    before = snapshot(posts)
    outcome = newsml("classify", posts, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert len(outcome.err.splitlines()) == 1
    assert snapshot(posts) == before
