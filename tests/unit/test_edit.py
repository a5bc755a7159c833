"""One field set in the bytes of a post, and nothing else."""

from __future__ import annotations

import codecs

import pytest

from newsml.errors import InputError, UsageError
from newsml.posts.edit import check_field_name, set_field
from newsml.posts.encoding import decode
from newsml.posts.front_matter import parse_front_matter, split_front_matter

NEW = 'c: ["公司", "no"]'
LABELS = ["公司", "no"]


def edited(source: str, labels: list[str] = LABELS) -> str:
    return set_field(source.encode(), "c", labels).decode()


@pytest.mark.parametrize(
    ("source", "old"),
    [
        ("---\n◆---\n正文\n", ""),
        ("---\ntitle: 派息\n◆---\n正文", ""),
        ("\n\n---\ntitle: 派息\n◆---", ""),
        ("\n--- \ntitle: 派息\n# 注\n\n◆---\t\n\n<p>正文</p>\n---\nc: x\n---\n", ""),
        ('---\ntitle: """""\'派息\'"""""\nauthor: @晨光\n◆---\n', ""),
        ("---\ntitle: 12_00\nold: 000001\ncategories:\n - 金融\n    \n◆---\n", ""),
        ("---\ntext: |+\n  一\n\n◆---\n", ""),
        ("---\ntext: 'c: 一\nc: 二'\n◆---\n", ""),
        ("---\ntext: |\n  c: 一\nd: {c: 一}\n◆---\n", ""),
        ("---\n◆title: 派息\n---\n", "c:\n"),
        ("---\n◆title: 派息\n---\n", "c: 公司\n"),
        ("---\n◆\n# 下一项\ntitle: 派息\n---\n", "c:\n  - 公司\n  # 注\n  - 债券\n"),
        ("---\n◆title: 派息\n---\n", "c:\n- 公司\n- - 债券\n  - 外汇\n"),
        ("---\n◆---\n", "c:\n    - 公司\n    - 债券\n"),
        ("---\na: 1\n◆title: 派息\n---\n", "c: {公司: 1,\n  债券: 2}\n"),
        ("---\na: 1\n◆title: 派息\n---\n", "c: '公司\n\n  # 债券'\n"),
        ("---\na: 1\n◆title: 派息\n---\n", "c: 公司\n  债券\n"),
        ("---\na: 1\n◆\ntitle: 派息\n---\n", "c: |\n  公司\n\n  债券\n"),
        ("---\na: 1\n◆title: 派息\n---\n", "? c\n: 公司\n"),
        ("---\na: 1\n◆title: 派息\n---\n", '"c" : 公司\n'),
        ("---\na: &x [公司]\n◆title: *x\n---\n", "c: *x\n"),
        ("---\nc: 公司\na: 1\n◆title: 派息\n---\n", "c: 债券\n"),
        ("---\ntitle: @晨光\n◆author: 晨光: 社\n---\n", "c: @公司\n"),
        ("---\ntitle: '一\u2028二'\n◆author: 晨光社\n---\n", "c: 公司\n"),
        ("---\ntitle: 一\u2028二\n◆author: 晨光\x0b社\n---\n", "c: 公司\n"),
        ("\ufeff---\ntitle: 派息\n◆...\n正文\n---\n", ""),
        # Strings to newsml, but not to every reader of YAML.
        ("---\n◆title: 派息\n---\n", "c: [公司, no]\n"),
        ("---\n◆title: 派息\n---\n", "c:\n  - 公司\n  - no\n"),
    ],
)
def test_only_the_field_changes(source: str, old: str) -> None:
    """The source has ◆ in the place of the field, and ``old`` is what stood there."""
    for line_end in ("\n", "\r\n"):
        before, after = (source.replace("◆", x).replace("\n", line_end) for x in (old, f"{NEW}\n"))
        assert edited(before) == after
        assert edited(after) == after


@pytest.mark.parametrize("old", ["c: 公司", "c: [公司]", "c:", "c: [公司,\n  债券\n  ]", "c: '公司'"])
def test_a_remark_behind_the_field_stays(old: str) -> None:
    source = "---\ntitle: 派息 # 甲\n◆  # 人工核对过\ndate: 2024-01-02 # 乙\n---\n"
    for line_end in ("\n", "\r\n"):
        before, after = (source.replace("◆", x).replace("\n", line_end) for x in (old, NEW))
        assert edited(before) == after


def test_a_remark_of_another_field_is_not_copied() -> None:
    source = "---\ntags: &x [甲] # 乙\n◆---\n"
    assert edited(source.replace("◆", "c: *x\n")) == source.replace("◆", f"{NEW}\n")


def test_bytes_that_cannot_be_read_are_no_harm_to_the_rest() -> None:
    data = (
        "---\ntitle: 中央銀行調降".encode("big5")
        + b"\xff"
        + "存款準備率\n---\n中央銀行決定調降利率。\n".encode("big5")
    )
    with pytest.raises(InputError, match="without harm"):
        set_field(data, "c", LABELS)


def test_a_block_that_is_indented_stays_so() -> None:
    head = "---\n  title: 派息\n  author: 晨光社\n"
    assert edited(f"{head}---\n") == edited(f"{head}  c: x\n---\n") == f"{head}  {NEW}\n---\n"


@pytest.mark.parametrize(
    "source",
    [
        "---\nc: ['公司', \"no\"]\ntitle: 派息\n---\n",
        "---\nc:\n  - 公司\n  # 注\n  - 'no'\n---\n",
        "---\nc: [公司,\n  'no']\n---\n",
    ],
)
def test_a_field_that_says_so_already_is_left_as_it_is_written(source: str) -> None:
    assert edited(source) == source


@pytest.mark.parametrize(
    "labels",
    [
        [],
        ["no", "~", "1936", "000001", "2021-07-06", "1e3", "true", ""],
        ["a: b", "- x", "#x", "'x'", '"x"', "x\\y", "[x]", "{x}", "*x", "&x", "!x", "%x", "@x", "|", ">-"],
        ["一\n二", "一\r\n二", "---", "\n---\n", "\t", " 公司 ", "\x7f\x85\u2028\ufeff", "😀", "\0"],
        ["公司" * 200],
    ],
)
def test_any_label_comes_back(labels: list[str]) -> None:
    import yaml

    new = edited("---\ntitle: 派息\n---\n正文\n", labels)
    assert new.count("\n") == 5
    assert yaml.safe_load(new.split("---\n")[1])["c"] == labels
    assert edited(new, labels) == new


TEXT = "\n---\ntitle: '晨光科技宣布派息，股价上涨'\n---\n\n<p>晨光科技今日宣布派息。</p>"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "gb18030"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_encoding_is_kept(mark: bytes, encoding: str, line_end: str) -> None:
    source = TEXT.replace("\n", line_end)
    head, field, tail = source.rpartition(f"---{line_end}")
    new = mark + f"{head}{NEW}{line_end}{field}{tail}".encode(encoding)
    assert set_field(mark + source.encode(encoding), "c", LABELS) == new
    assert set_field(new, "c", LABELS) == new


def test_a_label_that_the_encoding_lacks_is_escaped() -> None:
    source = "---\ntitle: 中央銀行調降存款準備率\n◆---\n中央銀行決定調降利率。\n"
    before, after = (
        source.replace("◆", field).encode("big5")
        for field in ("", r'c: ["\u503A\u5238", "公司", "\u7ECF"]' "\n")
    )
    assert set_field(before, "c", ["债券", "公司", "经"]) == after
    assert set_field(after, "c", ["债券", "公司", "经"]) == after
    block, _, line, _ = split_front_matter(decode(after).text)
    assert parse_front_matter(block or "", line)["c"] == ["债券", "公司", "经"]


def test_a_name_that_the_encoding_lacks_is_refused() -> None:
    with pytest.raises(InputError, match="UTF-8 has no"):
        set_field(b"---\na: 1\n---\n", "c\ud800", [])


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("正文", "no front matter"),
        ("+++\ntitle = '派息'\n+++\n正文", "no front matter"),
        ('{"title": "派息"}\n\n正文', "no front matter"),
        ("---\rtitle: 派息\r---\r正文", "no front matter"),
        ("---\ntitle: 派息\n正文", "never closed"),
        ("---\ntitle: 派息\na:\n    - b\n  - c\n---\n", "line 5: broken YAML"),
        ("---\n- 派息\n---\n", "no fields"),
        ("---\n{title: 派息}\n---\n", "without harm"),
        ("---\n{c: 公司, title: 派息}\n---\n", "without harm"),
        ("---\nc: &x [公司]\ntitle: *x\n---\n", "without harm"),
        ("---\n''\n---\n", "without harm"),
    ],
)
def test_what_cannot_be_changed_without_harm_is_refused(source: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        edited(source)


def test_an_alias_bomb_takes_no_time() -> None:
    levels = [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9)}]" for i in range(1, 40)]
    block = "\n".join(["x0: &x0 [金融]", *levels])
    assert edited(f"---\n{block}\n---\n") == f"---\n{block}\n{NEW}\n---\n"
    assert edited(f"---\n{block}\nc: *x39\n---\n") == f"---\n{block}\n{NEW}\n---\n"


@pytest.mark.parametrize("depth", [200, 20_000])
def test_deep_yaml_is_changed_or_refused(depth: int) -> None:
    source = f"---\na: {'[' * depth}{']' * depth}\n---\n"
    try:
        new = edited(source)
    except InputError:
        return
    assert new == source[:-4] + f"{NEW}\n---\n"


@pytest.mark.parametrize(
    "name", ["newsml_categories", "categories", "category", "tags", "分类", "a-b", "_x", "x1"]
)
def test_names_that_a_field_can_have(name: str) -> None:
    check_field_name(name)


@pytest.mark.parametrize(
    "name",
    ["", " ", "a b", "a:", "-a", "1a", "a\n", "'a'", "#a", "no", "null", "True", "title", "date", "Url"],
)
def test_names_that_no_field_can_have(name: str) -> None:
    with pytest.raises(UsageError):
        check_field_name(name)
