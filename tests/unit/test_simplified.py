"""Texts in traditional characters are read as simplified ones, place for place."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

import newsml
from newsml import simplified
from newsml.boilerplate import boilerplate_spans
from newsml.dataset.check import check_posts
from newsml.dataset.leak import find_copies
from newsml.dataset.near_duplicates import group_near_duplicates
from newsml.digest import DigestConfig, group_stories, write_lines
from newsml.digest.page import headline_of, rubric_of, told_by
from newsml.domain import Post, Summary
from newsml.evaluate.summarization import measure_summary
from newsml.labels import LabelScheme
from newsml.posts.read import Entry
from newsml.posts.stocks import find_stocks
from newsml.simplified import simplify, wording
from newsml.summarization import METHODS, STYLES
from tests.digests import digest_of, entry

FIXTURES = Path(__file__).parents[1] / "fixtures"
BACK = {simple: char for char, simple in simplified._TABLE.items()}
POSTS = [
    post
    for post in newsml.read_posts([str(Path(newsml.__file__).parent / "samples")])
    if isinstance(post, newsml.Post)
]


def traditional(text: str) -> str:
    """Return a text in traditional characters, if not always in those that a writer would choose."""
    return text.translate(BACK)


def in_traditional(post: Post) -> Post:
    return replace(post, title=traditional(post.title), text=traditional(post.text))


def is_gb2312(char: str) -> bool:
    return bool(char.encode("gb2312", "ignore"))


def test_simplified_texts_stay() -> None:
    """All that simplified texts are written in is GB 2312, which holds a few of the others as rare words."""
    chars = set(map(chr, simplified._TABLE))
    assert {char for char in chars if is_gb2312(char)} == set("夥後徵摺於菸麴麽")
    assert all(map(is_gb2312, map(chr, simplified._TABLE.values())))
    assert chars.isdisjoint(map(chr, simplified._TABLE.values()))
    assert len(chars) > 2500


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ""),
        ("A股🚀", "A股🚀"),
        ("據路透社報道，發改委下發通知後，淨利潤同比增長", "据路透社报道，发改委下发通知后，净利润同比增长"),
        ("滙豐控股衞星綫纜於臺灣", "汇丰控股卫星线缆于台湾"),
        ("隨著著名品牌顯著復甦，標誌著", "随着著名品牌显著复苏，标志着"),
        ("記者瞭解到，瞭望臺反覆覆蓋", "记者了解到，瞭望台反复覆盖"),
        ("乾隆年間乾淨憑藉慰藉", "乾隆年间干净凭借慰藉"),
        ("乾旱，乾元，拙著", "干旱，乾元，拙著"),
        ("回覆，路透社報導，报导，領導", "回复，路透社报道，报道，领导"),
        ("説爲産奬", "说为产奖"),
        (
            "昇腾芯片、乾崑智驾显著领先，著作、瞭望、狼藉、覆盖",
            "昇腾芯片、干崑智驾显著领先，著作、瞭望、狼藉、覆盖",
        ),
    ],
)
def test_simplify(text: str, read: str) -> None:
    assert simplify(text) == read
    assert simplify(read) == read


def test_labels_scores_and_evidence_are_those_of_the_simplified_text() -> None:
    model = newsml.load_model()
    texts = [post.model_input for post in POSTS]
    others = list(map(traditional, texts))
    assert all(a != b for a, b in zip(texts, others, strict=True))
    assert model.predict(others) == model.predict(texts)
    post = Post("", "", "远泊海运营收达12亿元，净利润3亿5千万元，拟回购500万股。")
    for told in (POSTS[0], post):
        (labels,) = [prediction.labels for prediction in model.predict([told.model_input])]
        assert model.explain(in_traditional(told), labels) == model.explain(told, labels)


@pytest.mark.parametrize("style", STYLES)
def test_summaries_stand_where_those_of_the_simplified_text_stand(style: str) -> None:
    model = newsml.load_summarizer()
    titles, texts = [post.title for post in POSTS], [post.text for post in POSTS]
    others = list(map(traditional, texts))
    found = model.summarize(others, titles=list(map(traditional, titles)), style=style)
    wanted = model.summarize(texts, titles=titles, style=style)
    assert [summary.spans for summary in found] == [summary.spans for summary in wanted]
    for text, summary in zip(others, found, strict=True):
        assert summary.text == summary.joiner.join(text[start:end] for start, end in summary.spans)


@pytest.mark.parametrize("method", [*METHODS, "model"])
def test_lines_of_a_digest_too(method: str) -> None:
    found, wanted = (write_lines(posts, method) for posts in (list(map(in_traditional, POSTS)), POSTS))
    for post, mine, its in zip(POSTS, found, wanted, strict=True):
        assert (mine.headline.spans, mine.bold, mine.salience) == (its.headline.spans, its.bold, its.salience)
        assert simplify(mine.headline.text) == simplify(its.headline.text), post.id


def test_splitting() -> None:
    cases = [
        json.loads(line) for line in (FIXTURES / "splitting.jsonl").read_text("utf-8").strip().split("\n")
    ]
    for case in cases:
        text = traditional(case["text"])
        for split in (newsml.split_sentences, newsml.split_clauses):
            spans = [(piece.start, piece.end) for piece in split(text)]
            assert spans == [(piece.start, piece.end) for piece in split(case["text"])]
            assert [piece.text for piece in split(text)] == [text[start:end] for start, end in spans]


def test_a_rumour_without_its_denial_is_a_fault() -> None:
    text = "網傳遠泊海運將裁員三成。遠泊海運回應稱，該消息不實。"
    half = Summary.from_spans(text, [(0, 12)], method="lead")
    assert measure_summary(Post("", "", text), half)["fault_denial"] == 1
    whole = Summary.from_spans(text, [(0, len(text))], method="lead")
    assert measure_summary(Post("", "", text), whole)["fault_denial"] == 0


def test_boilerplate_and_codes() -> None:
    text = "證券代碼：600000\n遠泊海運今日公告，擬回購股份。\n責任編輯：張三\n特此公告。"
    assert boilerplate_spans(text) == boilerplate_spans(simplify(text)) != ()
    (stock,) = find_stocks("遠泊海運（證券代碼：600000）公告")
    assert stock.code == "600000.SH"


def test_copies_in_the_other_script() -> None:
    text = POSTS[0].text
    assert wording(f" {traditional(text)}\u3000") == wording(text)
    assert find_copies([text, traditional(text)]) == [1]
    assert group_near_duplicates([text, POSTS[1].text, traditional(text)]) == [0, 1, 0]
    entries = [Entry("a.jsonl", 1 + i, Post(str(i), "", t)) for i, t in enumerate((text, traditional(text)))]
    assert [finding.code for finding in check_posts(entries)] == ["duplicate"]
    posts = [replace(post, date=None) for post in (POSTS[0], POSTS[1], in_traditional(POSTS[0]))]
    assert sorted(map(len, group_stories(posts))) == [1, 2]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        *product(["远泊海运", "遠泊海運"], ["远泊海运今日收涨。", "遠泊海運今日收漲。"]),
        ("乾景园林", "华为昇腾芯片发布，乾景园林今日涨停，臺灣股市上漲。"),
        ("回覆", "遠泊海運回覆交易所。"),
    ],
)
def test_keywords_and_names_of_stocks(word: str, text: str) -> None:
    config = DigestConfig(keywords={word: 2.0}, stocks={"600000.SH": 1.0}, stock_names={word: "600000.SH"})
    (story,) = digest_of(entry("a", text=text), config=config).stories
    assert (story.weight.keywords, story.weight.stocks) == (2.0, 1.0)


def test_titles() -> None:
    assert told_by("遠泊海運否認裁員", "远泊海运否认将裁员三成。")
    column = Post("", "債市綜述", "今日收漲。")
    assert (headline_of(column), rubric_of(column)) == ("", "債市綜述")


def test_labels() -> None:
    scheme = LabelScheme(("中国", "债券", "经济"), mode="multi", aliases={"转债": "债券"})
    assert scheme.read(["中國", "經濟"]) == ("中国", "经济")
    assert scheme.read(["轉債"]) == ("债券",)
    assert scheme.read(["臺灣"]) == ()
    assert LabelScheme().read(["經濟"]) == ("經濟",)
    own = LabelScheme(("財經", "股市"), mode="multi", aliases={"總經": "財經"})
    assert own.read(["財經股市"]) == own.read(["總經/股市"]) == ("財經", "股市")
