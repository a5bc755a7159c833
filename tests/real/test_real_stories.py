"""Stories of real posts, read from a local copy that is no part of the project: NEWSML_TEST_DATA names it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from newsml.digest import group_stories
from newsml.domain import Post
from newsml.posts import read_posts
from newsml.posts.stocks import find_stocks

DATA = Path(os.environ.get("NEWSML_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")

pytestmark = pytest.mark.skipif(
    not (DATA / "story_pairs.jsonl").is_file(),
    reason=f"no real pairs in {DATA}; NEWSML_TEST_DATA names their folder",
)


def test_one_announcement_from_two_sources_is_one_story() -> None:
    posts = [post for post in read_posts(DATA / "posts") if isinstance(post, Post)]
    names = [[Path(posts[i].id).stem[:2] for i in story] for story in group_stories(posts)]
    assert [sorted(story) for story in names if len(story) > 1] == [["60", "61"]]


def test_labelled_pairs() -> None:
    pairs = [json.loads(line) for line in (DATA / "story_pairs.jsonl").read_text("utf-8").splitlines()]
    gold, found = [], []
    for pair in pairs:
        posts = [Post("", "", text, stocks=find_stocks(text)) for text in (pair["a"], pair["b"])]
        gold.append(pair["same"])
        found.append(len(group_stories(posts)) == 1)
    hits = sum(a and b for a, b in zip(gold, found, strict=True))
    assert 2 * hits / (sum(gold) + sum(found)) >= 0.85
