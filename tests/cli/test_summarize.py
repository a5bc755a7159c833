"""`newsml summarize`: records, lengths, methods, the digest."""

import pytest

from tests.conftest import write_jsonl

KEYS = ["id", "title", "summary", "spans", "joiner", "style", "method", "tokens", "tokens_read", "error"]
TEXT = (
    "远泊科技周三公告，上半年营收为4.15亿美元，同比下降1.5%。公司称，海外订单减少是主要原因。"
    "“我们会继续投入研发。”董事长说。分析师认为，行业库存仍高，短期难言反转。公司股价收跌3.2%，报12.08元"
)


@pytest.fixture
def posts(tmp_path):
    return write_jsonl(tmp_path / "posts.jsonl", [{"id": "a", "title": "远泊科技中报", "text": TEXT}])


@pytest.mark.parametrize("method", ["auto", "model", "lead", "textrank", "centroid"])
@pytest.mark.parametrize(
    "length", [(), ("--sentences", 1), ("--sentences", 9), ("--max-chars", 60), ("--max-chars", 9)]
)
def test_every_character_stands_in_the_source(newsml, posts, method, length):
    outcome = newsml("summarize", posts, "--method", method, "--with-text", *length)
    assert outcome.code == 0
    (record,) = outcome.records
    assert list(record) == [*KEYS, "text"]
    assert record["summary"] == record["joiner"].join(record["text"][s:e] for s, e in record["spans"]) != ""
    assert record["method"] == ("model" if method == "auto" else method)
    assert record["tokens_read"] == record["tokens"]
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


@pytest.mark.parametrize("style", ["headline", "highlight"])
def test_styles_of_the_model(newsml, posts, style):
    (record,) = newsml("summarize", posts, "--style", style, "--with-text").records
    assert (record["style"], record["method"]) == (style, "model")
    assert record["summary"] == record["joiner"].join(record["text"][s:e] for s, e in record["spans"]) != ""
    (short,) = newsml("summarize", posts, "--style", style, "--max-chars", 12).records
    assert 0 < len(short["summary"]) <= 12


def test_a_highlight_as_markdown_is_the_text_with_it_in_bold(newsml, posts):
    (record,) = newsml("summarize", posts, "--style", "highlight", "--with-text").records
    page = newsml("summarize", posts, "--style", "highlight", "--format", "md").out
    assert f"**{record['summary'].rstrip('。，”')}**" in page
    assert "报12.08元" in page


def test_bold_keeps_paragraphs_and_spaces():
    from newsml.cli.summarize import _in_bold

    text = "小王\n央行降准。Shares rose and fell."
    assert _in_bold(text, [[3, 8]]) == "小王\n\n**央行降准**。Shares rose and fell."
    assert _in_bold("rates rose, it said", [[6, 11]]) == "rates **rose**, it said"


def test_a_style_without_its_method_is_told(newsml, posts):
    outcome = newsml("summarize", posts, "--style", "headline", "--method", "lead")
    assert outcome.code == 2
    assert "briefs only" in outcome.err


def test_tokens_that_were_not_read_are_told(newsml, tmp_path):
    data = write_jsonl(tmp_path / "long.jsonl", [{"text": TEXT * 40}])
    (record,) = newsml("summarize", data, "--max-tokens", 64, "--sentences", 2).records
    assert record["tokens_read"] <= 64 < record["tokens"]
    assert record["summary"]


def test_a_digest_and_the_records_are_two_files(newsml, posts, tmp_path):
    both = tmp_path / "d.json"
    outcome = newsml("summarize", posts, "--digest", both, "--output", both)
    assert (outcome.code, outcome.out, both.exists()) == (2, "", False)
    assert "is the file of --output" in outcome.err


def test_a_number_of_sentences_is_for_briefs(newsml, posts, tmp_path):
    wanted = ("--style", "headline", "--sentences", 2, "--output", tmp_path / "h.jsonl")
    for more in ((), ("--digest", tmp_path / "d.json")):
        outcome = newsml("summarize", posts, *wanted, *more)
        assert outcome.code == 2 and "goes with the style brief" in outcome.err
        assert [path.name for path in tmp_path.iterdir()] == ["posts.jsonl"]
