"""What is wrong with an archive, finding by finding."""

from __future__ import annotations

from dataclasses import replace

from newsml.dataset import check_posts
from newsml.domain import Post, Problem, Unusable
from newsml.labels import LabelScheme
from newsml.posts.read import Entry

TEXT = "晨光科技公告，董事会通过回购股份议案，回购资金总额不低于一亿元，不超过两亿元，价格每股不超过三十元。"


def post(name: str, text: str, *labels: str, problems: tuple[Problem, ...] = ()) -> Entry:
    return Entry(name, 0, Post(name, "", text, labels, problems=problems))


def found(*entries: Entry, **options) -> list[tuple[str, int, str]]:
    return [(f.file, f.line, f.code) for f in check_posts(entries, **options)]


def test_clean_posts_have_no_findings() -> None:
    assert found(post("a.md", "第一条。", "公司"), post("b.md", "第二条。", "外国")) == []


def test_unusable_inputs_and_problems_have_their_place() -> None:
    bad = Entry("c.jsonl", 7, Unusable("c.jsonl:7", "", line=7, message="is no JSON object"))
    odd = post("a.md", "第一条。", problems=(Problem("date-invalid", "is no date", 4),))
    in_lines = odd._replace(file="d.jsonl", line=2)
    first, second, third = check_posts(
        [bad, odd, in_lines._replace(post=replace(odd.post, id="d", text="另一条。"))]
    )
    assert (first.id, first.file, first.line) == ("c.jsonl:7", "c.jsonl", 7)
    assert (first.code, first.message) == ("unreadable", "is no JSON object")
    assert (second.file, second.line, second.code, second.message) == (
        "a.md",
        4,
        "date-invalid",
        "is no date",
    )
    assert (third.file, third.line, third.id) == ("d.jsonl", 2, "d")


def test_copies_are_found_whatever_their_white_space() -> None:
    entries = (post("a.md", "第一 条。"), post("b.md", "第一\n条。"), post("c.md", "第二条。"))
    assert found(*entries) == [("b.md", 0, "duplicate")]
    assert "a.md" in next(check_posts(entries)).message


def test_near_duplicates_whose_labels_disagree() -> None:
    near = TEXT.replace("三十元", "四十元")
    entries = (
        post("a.md", TEXT, "公司"),
        post("b.md", near, "公司", "行业"),
        post("c.md", near + "完", "公司"),
        post("d.md", TEXT[::-1], "外国"),
    )
    assert found(*entries, codes=["label-conflict"]) == [("b.md", 0, "label-conflict")]
    assert found(*entries) == [("b.md", 0, "label-conflict")]
    assert found(*entries, codes=["duplicate"]) == []


def test_an_earlier_post_is_named_by_its_place_whatever_its_id() -> None:
    near = TEXT + "完"
    texts = (
        ("甲", TEXT, "公司"),
        ("甲", TEXT, "公司"),
        ("乙", near, "外国"),
    )  # ids of one character are one object
    entries = [
        Entry("a.jsonl", line, Post(name, "", text, (label,)))
        for line, (name, text, label) in enumerate(texts, 1)
    ]
    assert [(f.line, f.code, f.message) for f in check_posts(entries)] == [
        (2, "id-repeated", "甲 is the id of a.jsonl:1 too"),
        (2, "duplicate", "has the text of a.jsonl:1"),
        (3, "label-conflict", "is labelled 外国, its near-duplicate a.jsonl:1 公司"),
    ]


def test_the_order_of_labels_is_no_conflict() -> None:
    assert found(post("a.md", TEXT, "甲", "乙"), post("b.md", TEXT + "完", "乙", "甲")) == []


def test_labels_that_most_others_have_are_missed() -> None:
    entries = (post("a.md", "一。", "甲"), post("b.md", "二。"), post("c.md", "三。", "乙"))
    assert found(*entries) == [("b.md", 0, "label-missing")]
    assert found(entries[1], entries[0]) == []  # half is not most


def test_a_scheme_mends_and_drops_labels_before_they_are_compared() -> None:
    scheme = LabelScheme(("公司", "行业"), aliases={"企业": "公司"})
    entries = (post("a.md", TEXT, "企业"), post("b.md", TEXT + "完", "公司"), post("c.md", "三。", "体育"))
    assert found(*entries, scheme=scheme) == [("a.md", 0, "label-mended"), ("c.md", 0, "label-dropped")]
    assert [row[2] for row in found(*entries)] == ["label-conflict"]
