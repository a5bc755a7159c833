"""Front matter as publishers really write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from newsml.errors import InputError
from newsml.posts import parse_post
from newsml.posts.front_matter import parse_front_matter, split_front_matter
from newsml.posts.metadata import parse_date, parse_labels, parse_title
from newsml.posts.parse import parse_text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("---\ntitle: 快讯\n---\n正文", ("title: 快讯\n", "正文", 2)),
        ("\n\n---\ntitle: 快讯\n---\n正文", ("title: 快讯\n", "正文", 4)),
        ("--- \r\ntitle: 快讯\r\n---\t\r\n正文", ("title: 快讯\r\n", "正文", 2)),
        ("---\ntitle: 快讯\n---", ("title: 快讯\n", "", 2)),
        ("---\ntitle: 快讯\n...\n正文\n---\n", ("title: 快讯\n", "正文\n---\n", 2)),
        ("\ufeff---\ntitle: 快讯\n---\n正文", ("title: 快讯\n", "正文", 2)),
        ("---\n---\n正文", ("", "正文", 2)),
        ("---\na: 一\n---\n上\n---\n下", ("a: 一\n", "上\n---\n下", 2)),
        ("---\na: 一\n --- \n---\n下", ("a: 一\n --- \n", "下", 2)),
        ("正文\n---\na: 一\n---\n", (None, "正文\n---\na: 一\n---\n", 1)),
        ("---- \n正文", (None, "---- \n正文", 1)),
        ("", (None, "", 1)),
    ],
)
def test_split(source: str, expected: tuple[str | None, str, int]) -> None:
    assert split_front_matter(source) == (*expected, "yaml")


@pytest.mark.parametrize(("source", "line"), [("---\ntitle: 快讯\n\n正文\n", 1), ("\n\n---\n正文 ---\n", 3)])
def test_an_unclosed_front_matter_names_its_line(source: str, line: int) -> None:
    with pytest.raises(InputError, match=rf"line {line}: .*never closed"):
        split_front_matter(source)


@pytest.mark.parametrize("scalar", "1936 000001 no 12_00 1e3 0x1F null ~ true 2021-07-06 1:30 3.10".split())
def test_scalars_stay_strings(scalar: str) -> None:
    assert parse_front_matter(f"title: {scalar}\ncategories: [{scalar}]") == {
        "title": scalar,
        "categories": [scalar],
    }


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("晨光科技派息", "晨光科技派息"),
        ("'晨光科技派息'", "晨光科技派息"),
        ('"""""\'晨光科技派息\'"""""', "晨光科技派息"),
        ("'晨光科技\n  宣布\n\n  派息'", "晨光科技 宣布 派息"),
        ("'晨光科技\n1. 派息'", "晨光科技 1. 派息"),
        (">\n  晨光科技\n  派息", "晨光科技 派息"),
        ("晨光科技\u3000派息\u00a0", "晨光科技 派息"),
        ("@晨光小站 关注了晨光科技", "@晨光小站 关注了晨光科技"),
        ("晨光科技: 今年派息", "晨光科技: 今年派息"),
        ("问答: 派息吗: 派", "问答: 派息吗: 派"),
        ("`晨光` 派息", "`晨光` 派息"),
        ("%5的股东: 减持", "%5的股东: 减持"),
        ("[快讯] 晨光科技派息", "[快讯] 晨光科技派息"),
        ("- 晨光科技派息", "- 晨光科技派息"),
        (">5%的股东减持", ">5%的股东减持"),
        ("*ST晨光: 派息", "*ST晨光: 派息"),
        ("'晨光': it's up", "'晨光': it's up"),
        ('"派息"与"回购"', '"派息"与"回购"'),
        ('\'"派息"与"回购"\'', '"派息"与"回购"'),
        ("“派息”", "“派息”"),
        ("''", ""),
        ('""""', ""),
        ("", ""),
    ],
)
def test_titles(written: str, title: str) -> None:
    block = f"title: {written}\ncategories:\n  - 金融\nthumbnail: \n"
    fields = parse_front_matter(block)
    assert parse_title(fields["title"]) == title
    assert fields["categories"] == ["金融"]


@pytest.mark.parametrize("value", [None, [], ["晨光"], {"晨光": "派息"}])
def test_what_is_no_scalar_is_no_title(value: object) -> None:
    assert parse_title(value) == ""


@pytest.mark.parametrize("odd", ["\x0b", "\x08", "\x7f", "\x85", "\u2028", "\ufffe"])
@pytest.mark.parametrize(
    "written", ["title: 晨光{}派息\n", "title: 快讯: 晨光{}派息\n", "title: >\n  晨光{}派息\n"]
)
def test_characters_that_yaml_takes_nowhere_cost_no_post(written: str, odd: str) -> None:
    block = written.format(odd if ">" not in written or odd not in "\x85\u2028" else " ") + "author: 晨光社\n"
    post = parse_post(f"---\n{block}---\n正文", "a.md")
    assert post.title.removeprefix("快讯: ") == "晨光 派息"
    assert post.author == "晨光社"


def test_a_value_that_needs_mending_keeps_its_line_ends() -> None:
    fields = parse_front_matter("title: 派息: 今年\r\nauthor: 晨光社\r\n")
    assert fields == {"title": "派息: 今年", "author": "晨光社"}


def test_a_value_that_needs_mending_keeps_its_inner_spaces() -> None:
    spaces = " " * 100_000  # over which a search that turned back at each would take a minute
    assert parse_front_matter(f"title: @晨光{spaces}派息 \t\n") == {"title": f"@晨光{spaces}派息"}


def test_a_list_over_several_lines_survives_the_mending_of_a_title() -> None:
    fields = parse_front_matter("title: @晨光\ncategories: [金融,\n  快讯]\n")
    assert fields == {"title": "@晨光", "categories": ["金融", "快讯"]}


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("title: 快讯\ncategories: [金融, 快讯\nauthor: 晨光社\n", (11, 12, 13)),
        ("title: 快讯\ncategories:\n    - 金融\n  - 快讯\n", (13,)),
        ("title: 快讯\n\tauthor: 晨光社\n", (11,)),
        ("? [金融]\n: 快讯\n", (10,)),
        ("- 金融\n- 快讯\n", (10,)),
        ("快讯\n", (10,)),
    ],
)
def test_broken_yaml_names_its_line(block: str, line: tuple[int, ...]) -> None:
    with pytest.raises(InputError) as caught:
        parse_front_matter(block, 10)
    assert int(str(caught.value).removeprefix("line ").split(":")[0]) in line


def test_the_line_of_broken_yaml_counts_from_the_top_of_the_file() -> None:
    source = "\n---\ntitle: 快讯\ncategories:\n    - 金融\n  - 快讯\n---\n正文"
    with pytest.raises(InputError, match="line 6: broken YAML"):
        parse_post(source, "a.md")


@pytest.mark.parametrize("block", ["", "\n\n", "# 只有注释\n"])
def test_no_fields(block: str) -> None:
    assert parse_front_matter(block) == {}


def test_tags_build_no_objects() -> None:
    assert parse_front_matter("title: !!python/object/apply:os.getcwd []") == {"title": []}


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        ("\n  - 金融\n  - 快讯", ("金融", "快讯")),
        ("\n- 金融\n- - 快讯\n  - [公司, [派息]]\n- 要闻", ("金融", "快讯", "公司", "派息", "要闻")),
        ("[金融, 快讯, 金融]", ("金融", "快讯")),
        ("金融", ("金融",)),
        ("金融, 快讯，公司、派息", ("金融", "快讯", "公司", "派息")),
        ("[' 金融 ', '', ' ']", ("金融",)),
        ("[1936, no, 000001]", ("1936", "no", "000001")),
        ("[金融, {级: 快讯}]", ("金融", "级", "快讯")),
        ("{级: [快讯, {派息: }]}", ("级", "快讯", "派息")),
        ("|\n  金融\n  快讯", ("金融", "快讯")),
        ("", ()),
    ],
)
def test_labels(written: str, labels: tuple[str, ...]) -> None:
    assert parse_labels(parse_front_matter(f"categories: {written}")["categories"]) == labels


def test_no_categories_are_no_labels() -> None:
    assert parse_labels(None) == ()


@pytest.mark.parametrize("nothing", ["", " ~", " null"])
def test_fields_of_nothing_are_not_there(nothing: str) -> None:
    block = "".join(f"{field}:{nothing}\n" for field in ("categories", "tags", "author", "date", "link"))
    post = parse_post(f"---\ntitle: 派息\n{block}category: 金融\n---\n正文", "a.md")
    assert (post.labels, post.tags, post.author, post.date, post.url) == (("金融",), (), "", None, "")
    assert post.problems == ()


def test_labels_of_nested_lists_do_not_recurse() -> None:
    nested: list = ["快讯"]
    for _ in range(5000):
        nested = [nested]
    assert parse_labels(nested) == ("快讯",)


def test_an_alias_bomb_is_an_error() -> None:
    levels = [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9)}]" for i in range(1, 12)]
    block = "\n".join(["x0: &x0 [金融]", *levels, "categories: *x11"])
    with pytest.raises(InputError, match="10,000"):
        parse_labels(parse_front_matter(block)["categories"])


def test_a_list_within_itself_is_an_error() -> None:
    loop: list = ["金融"]
    loop.append(loop)
    with pytest.raises(InputError, match="10,000"):
        parse_labels(loop)


@pytest.mark.parametrize("block", ["categories: " + "[" * 50_000, "a:\n" + "- " * 50_000 + "金融"])
def test_deep_yaml_is_an_error(block: str) -> None:
    with pytest.raises(InputError, match=r"line [12]: broken YAML"):
        parse_front_matter(block)


BEIJING = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("Tue, 06 Jul 2021 10:34:00 GMT", datetime(2021, 7, 6, 10, 34, tzinfo=UTC)),
        ("Tue, 06 Jul 2021 10:34:00 +0800", datetime(2021, 7, 6, 10, 34, tzinfo=BEIJING)),
        ("06 Jul 2021 10:34:00 GMT", datetime(2021, 7, 6, 10, 34, tzinfo=UTC)),
        ("2021-07-06T10:34:00Z", datetime(2021, 7, 6, 10, 34, tzinfo=UTC)),
        (" 2021-07-06T10:34:00+08:00 ", datetime(2021, 7, 6, 10, 34, tzinfo=BEIJING)),
        ("2021-07-06 10:34", datetime(2021, 7, 6, 10, 34)),
        ("2021-07-06", datetime(2021, 7, 6)),
    ],
)
def test_dates(written: str, date: datetime) -> None:
    parsed = parse_date(written)
    assert parsed is not None
    assert (parsed, parsed.utcoffset()) == (date, date.utcoffset())


@pytest.mark.parametrize(
    "written",
    [
        "Invalid Date",
        "",
        " ",
        None,
        ["2021-07-06"],
        "昨天",
        "2021-02-30",
        "Tue, 99 Jul 2021 10:34:00 GMT",
        "Tue, 06 Jul 2021 10:34:00 +9999",
        "Tue, 06 Jul 99999 10:34:00 GMT",
    ],
)
def test_what_is_no_date(written: object) -> None:
    assert parse_date(written) is None


def test_the_fields_of_a_post() -> None:
    source = (
        "---\ntitle: 派息\ncategory: 公司\nauthor: '晨光社\n  记者'\nlink: https://example.com/a\n"
        "date: Invalid Date\n---\n\n<p>晨光科技宣布派息。</p>\n"
    )
    post = parse_post(source, "a.md")
    assert (post.title, post.text, post.labels) == ("派息", "晨光科技宣布派息。", ("公司",))
    assert (post.author, post.url, post.date) == ("晨光社 记者", "https://example.com/a", None)


# TOML and JSON


TOML = """+++
title = "晨光科技: 派息"
date = {date}
draft = false
weight = 000001
categories = ["金融", "快讯"]
tags = ["派息", '回购']
authors = ["王小明", "李小红"]
[extra]
cover = "https://example.com/a.png"
+++

晨光科技宣布**派息**。
"""


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2021-07-06", datetime(2021, 7, 6)),
        ("2021-07-06T10:34:00", datetime(2021, 7, 6, 10, 34)),
        ("2021-07-06T10:34:00+08:00", datetime(2021, 7, 6, 10, 34, tzinfo=timezone(timedelta(hours=8)))),
        ('"Tue, 06 Jul 2021 10:34:00 GMT"', datetime(2021, 7, 6, 10, 34, tzinfo=UTC)),
    ],
)
def test_toml(written: str, date: datetime) -> None:
    source = TOML.replace("{date}", written).replace("weight = 000001\n", "")
    post = parse_post(source, "a.md")
    assert (post.title, post.text, post.date) == ("晨光科技: 派息", "晨光科技宣布派息。", date)
    assert (post.labels, post.tags, post.author) == (("金融", "快讯"), ("派息", "回购"), "王小明、李小红")
    assert post.problems == ()


def test_scalars_of_toml_and_json_are_strings() -> None:
    wanted = {"a": "1936", "b": "true", "c": ["1.50", "x"], "d": {"e": "2"}}
    assert parse_front_matter("a = 1936\nb = true\nc = [1.50, 'x']\nd.e = 2", kind="toml") == wanted
    block = '{"a": 1936, "b": true, "c": [1.50, "x"], "d": {"e": 2}}'
    assert parse_front_matter(block, kind="json") == wanted
    assert parse_front_matter('{"a": null, "b": 1e400, "c": NaN}', kind="json") == {
        "a": "",
        "b": "1e400",
        "c": "NaN",
    }


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("+++\ntitle = '派息'\nweight = 000001\n+++\n正文", 3),
        ("+++\ntitle = '派息'\ntitle = '派息'\n+++\n正文", 3),
        ("+++\ntitle = '派息\n+++\n正文", 2),
        ("\n+++\ntitle = '派息'\n\n正文", 2),
        ("+++\na = " + "[" * 5000 + "\n+++\n正文", 2),
        ('{\n  "title": "派息",\n  "date"\n}\n正文', 4),
        ('\n{\n  "title": "派息"\n', 4),
        ('{"a": ' + "[" * 50_000, 1),
    ],
)
def test_broken_toml_and_json_name_their_line(source: str, line: int) -> None:
    with pytest.raises(InputError, match=rf"^line {line}: ") as caught:
        parse_post(source, "a.md")
    assert (caught.value.code, caught.value.line) == ("front-matter", line)
    assert "\n" not in str(caught.value)


def test_json() -> None:
    source = (
        '\ufeff{\n  "title": "派息: 3元",\n  "tags": ["派息"],\n  "date": 1625567640\n}\n\n晨光科技派息。\n'
    )
    post = parse_post(source.lstrip("\ufeff"), "a.md")
    assert (post.title, post.text, post.tags) == ("派息: 3元", "晨光科技派息。", ("派息",))
    assert post.date == datetime(2021, 7, 6, 10, 34, tzinfo=UTC)


@pytest.mark.parametrize(
    "body", ["{% asset_img a.png %}\n\n晨光科技派息。", "{{< figure >}}\n晨光科技派息。"]
)
def test_a_tag_at_the_top_is_no_json(body: str) -> None:
    post = parse_post(body, "a.md")
    assert post.text == "晨光科技派息。"


def test_a_front_matter_of_a_book_is_refused() -> None:
    with pytest.raises(InputError, match="line 2: a front matter of over"):
        parse_post("---\na: " + "x" * 300_000 + "\n---\n正文", "a.md")


# problems


def problems_of(block: str, body: str = "正文") -> list[tuple[str, int]]:
    post = parse_post(f"---\n{block}\n---\n{body}\n", "a.md")
    return [(problem.code, problem.line) for problem in post.problems]


@pytest.mark.parametrize(
    ("block", "problems"),
    [
        ("title: 派息\ndate: 2021-07-06", []),
        ("title: 派息\ndate: ", []),
        ("author: 晨光社", [("title-missing", 0)]),
        ("author: 晨光社\ntitle: \"'派息'\"", [("title-mended", 3)]),
        ("author: 晨光社\ntitle: @晨光: 派息", [("yaml-mended", 3)]),
        ("title: 派息\n\ndate: Invalid Date", [("date-invalid", 4)]),
        ("title: 派息\npubDate: [a]", [("date-invalid", 3)]),
        ("title: 派息\ntags: [a]\ntags: [b]", [("field-duplicate", 3)]),
        ("title: 派息\nTags: [a]\ntags: [b]", [("field-duplicate", 3)]),
        ("title: 派息\nextra:\n  tags: [a]\n  tags: [b]\ntags: [c]", []),
    ],
)
def test_what_is_odd_is_said(block: str, problems: list[tuple[str, int]]) -> None:
    assert problems_of(block) == problems


def test_a_post_without_a_body_is_odd() -> None:
    assert problems_of("title: 派息", "<!-- 空 -->") == [("body-missing", 0)]


def test_a_post_without_words_is_odd() -> None:
    assert problems_of("title: 1936", "🔥 12.5%") == [("no-words", 0)]
    assert [problem.code for problem in parse_text("🔥🔥🔥", "a.txt").problems] == ["no-words"]


def test_a_key_that_stands_twice_in_json_is_odd() -> None:
    post = parse_post('{\n"title": "派息",\n"tags": ["甲"],\n"tags": ["乙"]}\n正文', "a.md")
    assert post.tags == ("乙",)
    assert [(p.code, p.line) for p in post.problems] == [("field-duplicate", 3)]


# other fields


@pytest.mark.parametrize(
    ("block", "field", "value"),
    [
        ("tags: 派息，回购, 增持", "tags", ("派息", "回购", "增持")),
        ("keywords: [派息]", "tags", ("派息",)),
        ("Categories:\n- - 金融\n  - 快讯\n- [公司]", "labels", ("金融", "快讯", "公司")),
        ("source: 晨光网", "source", "晨光网"),
        ("source: https://example.com/a", "url", "https://example.com/a"),
        ("source: https://example.com/a", "source", ""),
        ("url: https://example.com/b\nsource: https://example.com/a", "url", "https://example.com/b"),
        ("author: {name: 王小明}", "author", "王小明"),
        ("headimg: a.png", "thumbnail", "a.png"),
        ("thumbnail: ''\ncover: a.png", "thumbnail", "a.png"),
        ("images: [a.png, b.png]", "thumbnail", "a.png"),
    ],
)
def test_fields(block: str, field: str, value: object) -> None:
    assert getattr(parse_post(f"---\ntitle: 派息\n{block}\n---\n正文", "a.md"), field) == value


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2024-08-28 10:00:00", datetime(2024, 8, 28, 10)),
        ("2024-08-28 10:00:00 +0800", datetime(2024, 8, 28, 10, tzinfo=BEIJING)),
        ("2024-08-28 10:00:00 CST", datetime(2024, 8, 28, 10, tzinfo=BEIJING)),
        ("Wed, 28 Aug 2024 10:00:00 CST", datetime(2024, 8, 28, 10, tzinfo=BEIJING)),
        ("2024年8月28日 10时30分", datetime(2024, 8, 28, 10, 30)),
        ("2024年08月28日10:30:05", datetime(2024, 8, 28, 10, 30, 5)),
        ("2024 年 8 月 28 日 星期三 下午3:05", datetime(2024, 8, 28, 15, 5)),
        ("2024年8月28日（周三）", datetime(2024, 8, 28)),
        ("2024年8月28日 10:30 （北京时间）", datetime(2024, 8, 28, 10, 30, tzinfo=BEIJING)),
        ("2024年8月28日", datetime(2024, 8, 28)),
        ("2024/8/28", datetime(2024, 8, 28)),
        ("2024/8/28 9:05", datetime(2024, 8, 28, 9, 5)),
        ("2024.08.28", datetime(2024, 8, 28)),
        ("1724839200", datetime(2024, 8, 28, 10, tzinfo=UTC)),
        ("1724839200000", datetime(2024, 8, 28, 10, tzinfo=UTC)),
        ("1724839200000.0", datetime(2024, 8, 28, 10, tzinfo=UTC)),
        ("20240828", datetime(2024, 8, 28)),
        ("2024年8月28号晚8时", datetime(2024, 8, 28, 20)),
        ("2024年8月28日 下午3时", datetime(2024, 8, 28, 15)),
        ("2024年8月28日 傍晚6点", datetime(2024, 8, 28, 18)),
        ("2024年8月28日 凌晨12:05", datetime(2024, 8, 28, 0, 5)),
        ("2024/8/28 上午12:05:09", datetime(2024, 8, 28, 0, 5, 9)),
        ("2024年8月28日 中午12时", datetime(2024, 8, 28, 12)),
        ("2024年8月28日 中午11:50", datetime(2024, 8, 28, 11, 50)),
        ("2024年8月28日 下午15:30", datetime(2024, 8, 28, 15, 30)),
        ("2024年8月28日 晚上12时", datetime(2024, 8, 29)),
        ("2024-08-28T24:00:00", datetime(2024, 8, 29)),
        ("2024-08-28 10:00 GMT+8", datetime(2024, 8, 28, 10, tzinfo=BEIJING)),
        ("2024-08-28 10:00:00 UTC+08:00", datetime(2024, 8, 28, 10, tzinfo=BEIJING)),
        ("2024-08-28 10:00:00 -0330", datetime(2024, 8, 28, 10, tzinfo=timezone(-timedelta(hours=3.5)))),
        ("Wed Aug 28 10:00:00 CST 2024", datetime(2024, 8, 28, 10, tzinfo=BEIJING)),
        ("Wed Aug 28 10:00:00 +0800 2024", datetime(2024, 8, 28, 10, tzinfo=BEIJING)),
        ("Wed Aug 28 2024 10:00:00 GMT+0800 (CST)", datetime(2024, 8, 28, 10, tzinfo=BEIJING)),
        ("Wed Aug 28 2024 10:00:00 GMT+0800 (中国标准时间)", datetime(2024, 8, 28, 10, tzinfo=BEIJING)),
        ("Wed, 28 Aug 2024 10:00:00 +08:00", datetime(2024, 8, 28, 10, tzinfo=BEIJING)),
        ("Wed, 28 Aug 2024 10:00:00 HKT", datetime(2024, 8, 28, 10, tzinfo=BEIJING)),
        ("August 28, 2024 10:05 PM", datetime(2024, 8, 28, 22, 5)),
        ("August 28, 2024 12:05 AM", datetime(2024, 8, 28, 0, 5)),
        ("August 28, 2024", datetime(2024, 8, 28)),
        ("Aug. 28th, 2024 at 10:05 p.m. CST", datetime(2024, 8, 28, 22, 5, tzinfo=BEIJING)),
        ("28 Aug 2024", datetime(2024, 8, 28)),
        ("28-Aug-2024 10:05", datetime(2024, 8, 28, 10, 5)),
        ("Wed, 28 Aug 2024", datetime(2024, 8, 28)),
        ("Wednesday, August 28, 2024, 10:05", datetime(2024, 8, 28, 10, 5)),
        ("Wed, 28 Aug 24 10:00:00 GMT", datetime(2024, 8, 28, 10, tzinfo=UTC)),
        ("Wed, 28 Aug 2024 24:00:00 GMT", datetime(2024, 8, 29, tzinfo=UTC)),
        ("Wed, 28 Aug 2024 10:00:00 EDT", datetime(2024, 8, 28, 10, tzinfo=timezone(-timedelta(hours=4)))),
        ("2024-08-28 9:30 PM", datetime(2024, 8, 28, 21, 30)),
        ("2024-08-28 09:30am", datetime(2024, 8, 28, 9, 30)),
        ("2024-08-28 12:30 AM +0800", datetime(2024, 8, 28, 0, 30, tzinfo=BEIJING)),
        ("2024/8/28 9:30:00 PM", datetime(2024, 8, 28, 21, 30)),
        ("2024/8/28 9 PM", datetime(2024, 8, 28, 21)),
        ("2024年8月28號 週三 下午3點30分", datetime(2024, 8, 28, 15, 30)),
        ("2024-08-28 09時30分", datetime(2024, 8, 28, 9, 30)),
    ],
)
def test_dates_as_they_are_written(written: str, date: datetime) -> None:
    parsed = parse_date(written)
    assert parsed is not None
    assert (parsed.replace(tzinfo=None), parsed.utcoffset()) == (date.replace(tzinfo=None), date.utcoffset())


@pytest.mark.parametrize(
    "written",
    [
        *("2024年13月1日", "2024/2/30", "8月28日", "12345678901", "202408281000", "2024年8月28日发布"),
        *("2024-08-28 25:00", "2024年8月28日-9", "2024-08-28 10:00 GMT+99"),
        *(
            "August 2024",
            "28 Aug",
            "Marvel 28, 2024",
            "August 28, 2024 edition",
            "Wed, 28 Aug 99 10:00:00 GMT",
        ),
        *("Wed, 28 Aug 2024 10:00:00 XYZ", "8/28/2024"),
        *("2025-03-12 PM", "2025/3/12PM", "Mar 12, 2025 PM", "2025-03-10 am"),
    ],
)
def test_other_things_are_no_dates(written: str) -> None:
    assert parse_date(written) is None


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("2025-03-12Z", 0),
        ("2025-03-12 CST", 8),
        ("2025/3/12+08:00", 8),
        ("2025-03-12+08:00", 8),
        ("2025-03-12-05:00", -5),
        ("2025年3月12日 北京时间", 8),
    ],
)
def test_a_day_may_have_a_zone(written: str, zone: int) -> None:
    assert parse_date(written) == datetime(2025, 3, 12, tzinfo=timezone(timedelta(hours=zone)))
