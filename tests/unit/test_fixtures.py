"""The posts of tests/fixtures/posts, each odd in one way, against what a reader sees in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from newsml.domain import Post, Unusable
from newsml.posts import read_posts

FOLDER = Path(__file__).parents[1] / "fixtures" / "posts"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
USABLE = [name for name, wanted in EXPECTED.items() if "error" not in wanted]
UNUSABLE = [name for name, wanted in EXPECTED.items() if "error" in wanted]


def test_every_post_has_its_expectation() -> None:
    assert {path.name for path in FOLDER.iterdir()} - {"expected.json"} == set(EXPECTED)


@pytest.mark.parametrize("name", USABLE)
def test_usable(name: str) -> None:
    wanted = EXPECTED[name]
    (post,) = read_posts(FOLDER / name)
    assert isinstance(post, Post)
    assert post.title == wanted["title"]
    assert list(post.labels) == wanted["labels"]
    assert (post.date and post.date.isoformat()) == wanted["date"]
    assert [piece for piece in wanted["contains"] if piece not in post.text] == []
    assert [piece for piece in wanted["excludes"] if piece in post.text] == []
    assert post.text.split("\n") == wanted.get("paragraphs", post.text.split("\n"))
    mentions = [[stock.code, post.text[stock.start : stock.end]] for stock in post.stocks]
    assert mentions == wanted.get("stocks", [])


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable(name: str) -> None:
    (found,) = read_posts(FOLDER / name)
    assert isinstance(found, Unusable)
    assert found.error.startswith(f"{FOLDER / name}: ")


def test_only_the_post_in_gb18030_is_noted() -> None:
    notes: list[str] = []
    assert len(list(read_posts(FOLDER, notes.append))) == len(EXPECTED)
    assert notes == [f"{FOLDER}/gbk.md: read as GB18030"]
