"""`newsml summarize`: records, lengths, methods, the digest."""

import pytest

from tests.conftest import write_jsonl

KEYS = ["id", "title", "summary", "spans", "joiner", "style", "method", "error"]
TEXT = (
    "远泊科技周三公告，上半年营收为4.15亿美元，同比下降1.5%。公司称，海外订单减少是主要原因。"
    "“我们会继续投入研发。”董事长说。分析师认为，行业库存仍高，短期难言反转。公司股价收跌3.2%，报12.08元"
)


@pytest.fixture
def posts(tmp_path):
    return write_jsonl(tmp_path / "posts.jsonl", [{"id": "a", "title": "远泊科技中报", "text": TEXT}])


@pytest.mark.parametrize("method", ["auto", "lead", "textrank", "centroid"])
@pytest.mark.parametrize(
    "length", [(), ("--sentences", 1), ("--sentences", 9), ("--max-chars", 60), ("--max-chars", 9)]
)
def test_every_character_stands_in_the_source(newsml, posts, method, length):
    outcome = newsml("summarize", posts, "--method", method, "--with-text", *length)
    assert outcome.code == 0
    (record,) = outcome.records
    assert list(record) == [*KEYS, "text"]
    assert record["summary"] == record["joiner"].join(record["text"][s:e] for s, e in record["spans"]) != ""
    assert record["method"] == ("lead" if method == "auto" else method)
    if "--max-chars" in length:
        assert len(record["summary"]) <= length[1]
    for start, end in record["spans"]:
        assert not (record["text"][start - 1 : start + 1].isdigit() and start)
        assert "." not in (record["text"][end : end + 1], record["text"][start : start + 1])


def test_an_unterminated_last_sentence_is_a_sentence(newsml, posts):
    (record,) = newsml("summarize", posts, "--sentences", 9).records
    assert record["summary"].endswith("报12.08元")


@pytest.mark.parametrize(
    "options",
    [
        ("--sentences", 0),
        ("--sentences", 1, "--max-chars", 9),
        ("--method", "magic"),
        ("--digest", "d.docx"),
        ("--date", "2025-01-01"),
    ],
)
def test_bad_options_are_usage_errors(newsml, posts, options):
    outcome = newsml("summarize", posts, *options)
    assert (outcome.code, outcome.out) == (2, "")


def test_markdown_and_csv(newsml, posts):
    assert newsml("summarize", posts, "--format", "md").out.startswith("### 远泊科技中报\n")
    assert newsml("summarize", posts, "--format", "csv").out.startswith("\ufeffid,title,summary\n")
