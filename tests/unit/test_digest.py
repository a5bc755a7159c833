"""Digests: every post told once, under what it is about, and shown as it is."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from newsml.digest import Digest, build_digest, render_markdown
from newsml.domain import Post, Prediction, Story, Summary
from newsml.labels import LabelScheme

SCHEME = LabelScheme(("中国", "外国", "公司", "债券", "期货"), secondary=("中国", "外国"))
CHINA = timezone(timedelta(hours=8))


def story(
    post_id: str,
    scores: Mapping[str, float],
    *,
    title: str = "",
    text: str = "今日收涨。",
    author: str = "",
    moment: datetime | None = None,
) -> Story:
    post = Post(post_id, title, text, author=author, date=moment)
    ranked = tuple(sorted(scores, key=lambda label: -scores[label]))
    summary = Summary.from_spans(text, [(0, len(text))], method="lead")
    return Story(post, summary, Prediction(ranked, scores, 1, 1, 0.0))


def layout(digest: Digest) -> list[tuple[str, list[str]]]:
    return [(section.name, [told.post.id for told in section.stories]) for section in digest.sections]


def test_stories_stand_under_their_surest_topic() -> None:
    digest = build_digest(
        [
            story("a", {"债券": 0.6, "公司": 0.7}),
            story("b", {"债券": 0.8, "公司": 0.7}),
            story("c", {"公司": 0.9}),
        ],
        SCHEME,
    )
    assert layout(digest) == [("公司", ["c", "a"]), ("债券", ["b"])]


def test_regions_are_sections_only_of_posts_without_a_topic() -> None:
    stories = [
        story("a", {"中国": 0.99, "公司": 0.5}),
        story("b", {"外国": 0.6, "中国": 0.9}),
        story("c", {}),
    ]
    assert layout(build_digest(stories, SCHEME)) == [("中国", ["b"]), ("公司", ["a"]), ("其他", ["c"])]


def test_large_sections_come_first() -> None:
    stories = [story("a", {"公司": 0.9}), *(story(i, {"期货": 0.5}) for i in "bcd")]
    assert layout(build_digest(stories, SCHEME)) == [("期货", ["b", "c", "d"]), ("公司", ["a"])]


@given(
    st.lists(st.dictionaries(st.sampled_from(SCHEME.names), st.floats(0, 1), max_size=5), max_size=12),
)
@settings(max_examples=50, deadline=None)
def test_every_post_stands_in_one_section(rows: list[dict[str, float]]) -> None:
    digest = build_digest([story(str(i), scores) for i, scores in enumerate(rows)], SCHEME)
    told = [post_id for _, ids in layout(digest) for post_id in ids]
    assert sorted(told, key=int) == [str(i) for i in range(len(rows))]
    for name, ids in layout(digest):
        for post_id in ids:
            labels = rows[int(post_id)]
            assert name in labels or (name == "其他" and not labels)
            if name in SCHEME.secondary:
                assert set(labels) <= set(SCHEME.secondary)


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ([], None),
        ([None, None], None),
        ([None, datetime(2024, 5, 1, 9), datetime(2024, 4, 30, 23)], date(2024, 5, 1)),
        # 1 May, 7:00 in China is 30 April, 23:00 in UTC, before half past eleven.
        ([datetime(2024, 5, 1, 7, tzinfo=CHINA), datetime(2024, 4, 30, 23, 30)], date(2024, 4, 30)),
        ([datetime(2024, 5, 1, 8, tzinfo=CHINA), datetime(2024, 4, 30, 23, 30)], date(2024, 5, 1)),
        ([datetime(2024, 5, 1, 1, tzinfo=CHINA), datetime(2024, 4, 30, 16, tzinfo=UTC)], date(2024, 5, 1)),
    ],
)
def test_the_date_is_that_of_the_newest_post(moments: list[datetime | None], expected: date | None) -> None:
    stories = [story(str(i), {"公司": 0.5}, moment=moment) for i, moment in enumerate(moments)]
    assert build_digest(stories, SCHEME).date == expected


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the system sets no time zone for a process")
@pytest.mark.parametrize("zone", ["Etc/GMT-14", "Etc/GMT+12"])
def test_the_date_does_not_depend_on_where_it_is_made(monkeypatch, zone: str) -> None:
    moments = [datetime(2024, 5, 1, 8, tzinfo=CHINA), datetime(2024, 4, 30, 23, 30)]
    with monkeypatch.context() as local:
        local.setenv("TZ", zone)
        time.tzset()
        test_the_date_is_that_of_the_newest_post(moments, date(2024, 5, 1))
        test_the_date_is_that_of_the_newest_post([moments[1], moments[0].replace(hour=7)], date(2024, 4, 30))
    time.tzset()


def test_markdown() -> None:
    moment = datetime(2024, 5, 1, tzinfo=CHINA)
    stories = [
        story("a", {"公司": 0.9}, title="晨光派息", author="晨光社", moment=moment),
        story("b", {"公司": 0.8}),
        story("c", {"公司": 0.7}, title="今日收涨。"),
    ]
    assert render_markdown(build_digest(stories, SCHEME)).splitlines() == [
        "# 财经摘要 2024-05-01",
        "",
        "共 3 条",
        "",
        "## 公司（3）",
        "",
        "- **晨光派息** 今日收涨。（晨光社）",
        "- 今日收涨。",
        "- 今日收涨。",
    ]


def test_a_digest_of_nothing() -> None:
    assert render_markdown(build_digest([], SCHEME)).splitlines() == ["# 财经摘要", "", "共 0 条"]


def shown(markdown: str) -> tuple[str, set[str]]:
    """Return the text that a browser shows, and the names of the elements around it."""
    page = MarkdownIt("gfm-like", {"html": True, "linkify": False}).disable("linkify").render(markdown)
    text = html.unescape(re.sub(r"<[^>]*>", "", page))
    return " ".join(text.split()), set(re.findall(r"<(\w+)", page))


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[点这里](javascript:alert(1))",
    "![图](https://example.com/a.png)",
    "[a]: https://example.com",
    "<https://example.com>",
    "甲|乙|丙",
    "`code` 与 ```",
    "**粗** _斜_ ~~删~~",
    "*",
    "\\*反斜线\\",
    "&lt;b&gt; 与 &amp;",
    "# 标题",
    "## 标题 ##",
    "> 引用",
    "- 一条",
    "+ 一条",
    "1. 一条",
    "2024) 一条",
    "---",
    "- - -",
    "===",
    "第一行\n\n# 第二行",
    "一行\n- 另一行",
    "[ ] 待办",
    "-1.5%",
    "1.5亿元",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_posts_is_shown_as_it_is(text: str) -> None:
    expected = " ".join(text.split())
    stories = [
        story("a", {"公司": 0.9}, title="快讯", text=text, author=text),
        story("b", {text: 0.5}, title=text),
        story("c", {"公司": 0.5}, text=text),
    ]
    page, elements = shown(render_markdown(build_digest(stories, SCHEME)))
    assert elements == {"h1", "h2", "p", "ul", "li", "strong"}
    assert f"快讯 {expected}（{expected}）" in page
    assert f"{expected} 今日收涨。" in page
    assert f"{expected}（1）" in page
    assert page.count(expected) >= 5


@given(st.text("ab甲1 \n*_`[]()<>!#|~\\&;-+.:=/\"'", min_size=1, max_size=20).filter(str.strip))
@settings(max_examples=150, deadline=None)
def test_any_summary_is_shown_as_it_is(text: str) -> None:
    page, elements = shown(render_markdown(build_digest([story("a", {"公司": 0.5}, text=text)], SCHEME)))
    assert page == f"财经摘要 共 1 条 公司（1） {' '.join(text.split())}"
    assert elements == {"h1", "h2", "p", "ul", "li"}
