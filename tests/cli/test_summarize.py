"""`newsml summarize`: records, lengths, methods, the digest."""

import csv
import re

import pytest

from newsml.text import atom_spans
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
    assert newsml("summarize", posts, "--format", "csv").out.startswith("\ufeffid,title,summary,error\n")


def test_texts_go_where_there_is_a_place_for_them(newsml, posts, tmp_path, monkeypatch):
    target = tmp_path / "out.csv"
    assert newsml("summarize", posts, tmp_path / "none.md", "--with-text", "--output", target).code == 3
    good, bad = csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines())
    assert list(good) == ["id", "title", "summary", "text", "error"]
    assert (good["text"], good["error"]) == (TEXT, "")
    assert (bad["summary"], bad["text"]) == ("", "") and "no such file" in bad["error"]
    for style in ("table", "md"):
        outcome = newsml("summarize", posts, "--with-text", "--format", style)
        assert (outcome.code, outcome.out) == (2, "")
        assert f"--with-text needs the format jsonl or csv: {style} has no place" in outcome.err
    assert newsml("summarize", posts, "--with-text", "--format", "md", "--style", "highlight").code == 0
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)  # where a table is the default
    assert newsml("summarize", posts, "--with-text").records[0]["text"] == TEXT


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


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("通胀已回落至2.4%，市场预计降息。", (0, 10)),
        ("主席说：“通胀已回落。”市场预计降息。", (0, 12)),
        ("【北国国债】区块链发行。", (0, 6)),
        ("甲\u3000乙涨*1*%，丙跌。", (2, 8)),
    ],
)
def test_bold_closes_wherever_it_ends(text, span):
    from markdown_it import MarkdownIt

    from newsml.cli.summarize import _in_bold

    shown = MarkdownIt().render(_in_bold(text, [list(span)]))
    assert shown.count("<strong>") == 1
    assert re.sub("<[^>]*>", "", shown).strip() == text.replace("\u3000", " ")


@pytest.mark.parametrize(
    "text",
    [
        "央行8.29日晚间宣布下调存款准备金率0.5个百分点，释放长期资金约1万亿元。",
        "央行2024/8/29日宣布下调存款准备金率0.5个百分点，释放长期资金约1万亿元。",
        "远泊科技11/29日公告回购股份不超过3亿元，期限一年，价格上限28元。",
        "央行公告https://example.com/a_(b)c宣布下调存款准备金率0.5个百分点，释放资金1万亿元。",
    ],
)
def test_a_headline_tears_no_date_and_no_address(newsml, tmp_path, text):
    data = write_jsonl(tmp_path / "a.jsonl", [{"text": text}])
    (record,) = newsml("summarize", data, "--style", "headline").records
    atoms = [range(start + 1, end) for start, end in atom_spans(text)]
    assert not any(edge in atom for span in record["spans"] for edge in span for atom in atoms)


@pytest.mark.parametrize("end", ["\r", "\x0b", "\x85", "\u2028"])
def test_a_headline_is_one_line(newsml, tmp_path, end):
    texts = [
        f"【央行宣布下调存款{end}准备金率】央行今日宣布降准。",
        f"央行今日宣布{end}降准，{end}利率不变。",
    ]
    data = write_jsonl(
        tmp_path / "a.jsonl", [{"text": text} for text in [*texts, "【　　　　　　】央行今日降准。"]]
    )
    first, second, blank = newsml("summarize", data, "--style", "headline").records
    assert first["summary"] == "央行宣布下调存款 准备金率"
    assert end not in second["summary"] and second["summary"]
    assert blank["summary"] == "央行今日降准"


@pytest.mark.parametrize(
    ("text", "most", "summary"),
    [
        ("公司拟以三千五百亿元收购海外资产并完成交割", 6, "公司拟以"),
        ("净利润同比增长百分之三十五创历史新高", 8, "净利润同比增长"),
        ("人民币汇率约七点一五元", 9, "人民币汇率约"),
    ],
)
def test_chinese_numerals_are_not_torn(newsml, tmp_path, text, most, summary):
    data = write_jsonl(tmp_path / "a.jsonl", [{"text": text}])
    (record,) = newsml("summarize", data, "--max-chars", most).records
    assert record["summary"] == summary


def test_a_style_without_its_method_is_told(newsml, posts):
    outcome = newsml("summarize", posts, "--style", "headline", "--method", "lead")
    assert outcome.code == 2
    assert "briefs only" in outcome.err


def test_tokens_that_were_not_read_are_told(newsml, tmp_path):
    data = write_jsonl(tmp_path / "long.jsonl", [{"text": TEXT * 40}])
    (record,) = newsml("summarize", data, "--max-tokens", 64, "--sentences", 2).records
    assert record["tokens_read"] <= 64 < record["tokens"]
    assert record["summary"]


def test_a_number_of_sentences_is_for_briefs(newsml, posts, tmp_path):
    wanted = ("--style", "headline", "--sentences", 2, "--output", tmp_path / "h.jsonl")
    for more in ((), ("--digest", tmp_path / "d.json")):
        outcome = newsml("summarize", posts, *wanted, *more)
        assert outcome.code == 2 and "goes with the style brief" in outcome.err
        assert [path.name for path in tmp_path.iterdir()] == ["posts.jsonl"]
