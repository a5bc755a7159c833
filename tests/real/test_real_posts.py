"""Real posts, read from a local copy that is no part of the project: NEWSML_TEST_DATA names it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import pytest

from newsml.domain import Post, Unusable
from newsml.posts import read_posts
from newsml.summarization import METHODS, summarize

DATA = Path(os.environ.get("NEWSML_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")

pytestmark = pytest.mark.skipif(
    not (DATA / "posts").is_dir(), reason=f"no real posts in {DATA}; NEWSML_TEST_DATA names their folder"
)

LEFTOVERS = ("<p", "</", "<br", "<script", "<a ", "STCNTTTP", "-->", "&nbsp;", "&amp;", "\u3000", "\u200b")
QUOTES = "'\""


def read(folder: str) -> dict[str, Post | Unusable]:
    """Return the posts of a folder by the number or word with which their file names begin."""
    return {Path(post.id).stem: post for post in read_posts(DATA / folder)}


@pytest.fixture(scope="module")
def posts() -> dict[str, Post | Unusable]:
    return read("posts")


@pytest.fixture(scope="module")
def finnl() -> dict[str, Post | Unusable]:
    return read("finnl")


def by_number(posts: dict[str, Post | Unusable], number: str) -> Post:
    (found,) = (post for name, post in posts.items() if name.startswith(f"{number}-"))
    assert isinstance(found, Post)
    return found


def test_all_posts_are_read(posts: dict[str, Post | Unusable]) -> None:
    assert len(posts) == 24
    for name, post in posts.items():
        assert isinstance(post, Post), name
        assert post.title and post.author, name
        assert len(post.labels) >= 2, name
        assert post.date is not None and post.date.utcoffset() == UTC.utcoffset(None), name
        assert 2018 <= post.date.year <= 2021, name


def test_no_markup_is_left(posts: dict[str, Post | Unusable]) -> None:
    left = [(n, piece) for n, post in posts.items() for piece in LEFTOVERS if piece in post.text]
    assert left == []
    assert not any("\n\n" in post.text or post.text != post.text.strip() for post in posts.values())


def test_odd_titles(posts: dict[str, Post | Unusable]) -> None:
    quoted = by_number(posts, "15").title
    assert quoted[0] not in QUOTES and quoted[-1] not in QUOTES
    assert by_number(posts, "16").title.startswith("@")
    assert by_number(posts, "17").title == "12_00"
    multiline = by_number(posts, "66").title
    assert multiline.startswith("【") and "\n" not in multiline and len(multiline) > 60


def test_a_post_of_one_picture_has_its_title_as_text(posts: dict[str, Post | Unusable]) -> None:
    post = by_number(posts, "17")
    assert post.text == post.title


def test_tables_are_rows(posts: dict[str, Post | Unusable]) -> None:
    rows = [row for row in by_number(posts, "30").text.split("\n") if " | " in row]
    assert len(rows) == 12
    assert len({row.count(" | ") for row in rows}) == 1


def test_pseudo_tags_are_text(posts: dict[str, Post | Unusable]) -> None:
    text = by_number(posts, "46").text
    assert "<" in text and text.count("<") == text.count(">")


def test_lists_are_paragraphs(posts: dict[str, Post | Unusable]) -> None:
    assert by_number(posts, "48").text.count("\n") > 20


def test_stock_codes_point_at_names(posts: dict[str, Post | Unusable]) -> None:
    for number, count in (("00", 1), ("02", 5)):
        post = by_number(posts, number)
        assert len(post.stocks) == count
        for stock in post.stocks:
            name = post.text[stock.start : stock.end]
            assert re.fullmatch(r"[0-9]{6}\.S[HZ]", stock.code)
            assert 3 <= len(name) <= 6 and name == name.strip()


@pytest.mark.parametrize("method", sorted(METHODS))
def test_summary_spans_point_into_the_text(posts: dict[str, Post | Unusable], method: str) -> None:
    for name, post in posts.items():
        summary = summarize(post.text, method=method)
        assert summary.text.strip(), name
        assert summary.text == summary.joiner.join(post.text[s:e] for s, e in summary.spans), name


def test_finnl_is_read_whole(finnl: dict[str, Post | Unusable]) -> None:
    assert len(finnl) == 7071
    assert [name for name, post in finnl.items() if isinstance(post, Unusable) or not post.text] == []
    assert all(post.labels for post in finnl.values())
    titled = [post for post in finnl.values() if post.title]
    assert 3127 <= len(titled) < 7071


def test_finnl_leads_point_into_the_text(finnl: dict[str, Post | Unusable]) -> None:
    for name, post in finnl.items():
        summary = summarize(post.text, method="lead")
        assert summary.text == summary.joiner.join(post.text[s:e] for s, e in summary.spans) != "", name


def test_labels_are_written_into_copies_and_nothing_else_changes(tmp_path: Path, newsml: Callable) -> None:
    shutil.copytree(DATA / "posts", tmp_path / "posts")

    def git(*arguments: str) -> str:
        command = ["git", "-c", "core.autocrlf=false", "-c", "user.name=n", "-c", "user.email=n", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, timeout=60
        ).stdout.decode()

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "posts")
    outcome = newsml("classify", tmp_path / "posts", "--write", "--max-tokens", 64)
    assert outcome.code == 0 and len(outcome.records) == 24
    numbers = [line.split("\t")[:2] for line in git("diff", "--numstat").splitlines()]
    assert numbers == [["1", "0"]] * 24
    changed = [line for line in git("diff", "-U0").splitlines() if re.match(r"[-+](?![-+])", line)]
    assert len(changed) == 24
    assert all(line.startswith('+newsml_categories: ["') for line in changed)
    git("commit", "-qam", "labels")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "posts").iterdir()}
    assert newsml("classify", tmp_path / "posts", "--write", "--max-tokens", 64).records == outcome.records
    assert git("diff") == git("status", "--porcelain") == ""
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "posts").iterdir()} == times
