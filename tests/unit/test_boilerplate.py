"""What tells nothing of the news is marked; news is not."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import newsml
from newsml.boilerplate import (
    boilerplate_spans,
    is_boilerplate,
    mark_repeated,
    news_clauses,
    news_sentences,
)
from newsml.dataset import build_examples
from newsml.domain import Post
from newsml.errors import InputError
from newsml.labels import LabelScheme
from newsml.posts import parse_post, read_posts
from newsml.posts.record import parse_record
from newsml.summarization import METHODS, extract
from newsml.summarization.integrity import find_faults

NEWS = "晨光科技今日公告，拟派息3.5亿元。"
BOILERPLATE = [
    "来源：晨光网",
    "（来源：晨光社）",
    "文章来源：晨光财经",
    "责任编辑：王小明",
    "（责任编辑：王小明 SF001）",
    "作者：李小红",
    "本报记者：李小红",
    "原标题：晨光科技派息",
    "（完）",
    "点击查看更多公告",
    "点击下载晨光APP",
    "更多精彩内容，请关注晨光财经公众号。",
    "更多资讯，请下载晨光APP",
    "海量资讯，尽在晨光财经APP",
    "扫码关注晨光财经",
    "长按二维码，欢迎关注",
    "转载请注明出处。",
    "未经授权，不得转载。",
    "版权归晨光社所有，未经许可不得转载。",
    "敬请广大投资者注意投资风险。",
    "本次业绩预告未经会计师事务所审计。",
    "免责声明：本文不构成投资建议，据此操作，风险自担。",
    "声明：本文仅代表作者个人观点，不代表本网立场。",
    "风险提示：以上内容仅供参考，不构成投资建议。投资有风险，入市需谨慎。",
    "（注：本文系资讯，不构成投资建议，投资需谨慎。）",
    "晨光周刊（望海，记者 李小红）",
    "晨光周刊（记者 李小红）",
    "证券代码：301234    证券简称：远山科技    公告编号：2031-017",
    "A股代码：601234 A股简称：远山科技 编号：临2031-017号",
    "本公司董事会及全体董事保证公告内容不存在虚假记载，并对其准确性依法承担法律责任。",
    "本公司及监事会全体成员保证信息披露的内容真实、准确、完整，没有误导性陈述或重大遗漏。",
    "特此公告。",
    "远山科技股份有限公司董事会",
    "董事会",
    "2031年3月5日",
    "二〇三一年三月五日",
]
NO_BOILERPLATE = [
    "公司利润的主要来源是海外业务，来源：公告显示，占比超过六成，且今年以来仍在提高，毛利率也有所改善。",
    "消息来源称，双方正在谈判。",
    "资金来源为自有资金。",
    "三部门发布联合声明，深化双边合作。",
    "公司声明与此事无关。",
    "交易所下发关注函，要求说明资金来源。",
    "分析师建议重点关注能源板块。",
    "用户可通过扫码支付完成购买。",
    "国家版权局发布通知，规范音乐版权市场。",
    "更多企业将受益于减税政策。",
    "编辑部大楼拍卖成交。",
    "作者李小红的新书发布。",
    "机场要求旅客扫码测温后进站。",
    "公司提醒投资者注意投资风险，近期股价涨幅较大。",
    "公司提醒投资者注意风险，股价短期涨幅较大，市盈率高于行业平均水平。",
    "（附表）",
    "（上接第一版）",
    "公司董事长（原记者 李小红）",
    "证券简称：远山科技，今日停牌。",
    "公司董事会保证按期复产。",
    "监管层要求董事会保证披露真实，否则承担责任。",
    "特此公告的还有三家公司。",
    "远山科技的董事会",
    "2031年3月5日复牌",
]


@pytest.mark.parametrize("paragraph", BOILERPLATE)
def test_boilerplate(paragraph: str) -> None:
    text = f"{NEWS}\n{paragraph}"
    assert boilerplate_spans(text) == ((len(NEWS) + 1, len(text)),)


@pytest.mark.parametrize("paragraph", NO_BOILERPLATE)
def test_news(paragraph: str) -> None:
    assert boilerplate_spans(f"{NEWS}\n{paragraph}\n{NEWS}") == ()


@pytest.mark.parametrize(
    "tail", ["（责任编辑：王小明）", " (来源：晨光社) (责任编辑：DF001)", "【责编 李小红】"]
)
def test_a_credit_at_the_end_of_a_paragraph(tail: str) -> None:
    assert boilerplate_spans(NEWS + tail) == ((len(NEWS), len(NEWS + tail)),)
    assert boilerplate_spans(f"{NEWS}（其中现金3亿元）") == ()


DATELINES = [
    "晨光社3月22日讯，",
    "晨光社4月21日讯（编辑 王小明），",
    "晨光社（上海，编辑 王小明）讯，",
    "晨光财讯11月28日电，",
    "【晨光网讯】",
    "【晨光社3月22日讯】",
    "晨光时报e公司讯，",
    "晨光汇3月22日丨",
    "晨光财经APP讯，",
    "本报讯 ",
    "快讯：",
    "晨光社长沙12月2日电(记者李小红)",
    "晨光社沈阳1月16日电 ",
    "晨光社沈阳1月16日电",
    "晨光网成都1月23日讯（记者李小红）",
    "晨光网1月5日电 (李小红)",
    "晨光周刊（望海，记者 李小红）",
]
NO_DATELINES = [
    "晨光通讯：",
    "海岚讯飞，",
    "证监会1月10日消息，",
    "据晨光社北京1月5日电，",
    "某国总理1月10日致电，",
    "晨光网站1月26日消息，",
    "晨光社1月13日报道，",
    "晨光报社1月5日电话采访，",
    "1月5日电网负荷创新高，",
    "海岚信用下调青山重工评级快讯：",
    "晨光社获悉，",
    "【快讯】",
    "A股快讯：",
    "比特币快讯：",
    "南方电网7月8日",
    "晨光财经1月5日电气设备",
    "晨光时报1月5日电解铝",
    "晨光社1月5日电缆",
    "晨光茅台1月5日讯，",
    "晨光电网1月5日|",
]


@pytest.mark.parametrize("dateline", DATELINES)
def test_a_dateline_is_boilerplate_and_begins_no_summary(dateline: str) -> None:
    length = len(dateline)
    assert boilerplate_spans(dateline + NEWS) == ((0, length),)
    text = f"【派息】{dateline}{NEWS}（责任编辑：王小明）"
    assert [text[start:end] for start, end in boilerplate_spans(text)] == [dateline, "（责任编辑：王小明）"]
    assert extract(dateline + NEWS, METHODS["lead"](), method="lead").text == NEWS
    assert newsml.summarize(dateline + NEWS).text == NEWS
    assert "讯" not in newsml.summarize(dateline + NEWS, style="headline").text


@pytest.mark.parametrize("beginning", NO_DATELINES)
def test_what_only_looks_like_a_dateline(beginning: str) -> None:
    assert boilerplate_spans(beginning + NEWS) == ()


def test_a_text_that_is_a_dateline_keeps_it() -> None:
    assert Post("a", "", "本报讯 ", boilerplate=boilerplate_spans("本报讯 ")).news == "本报讯 "
    assert newsml.summarize("晨光社3月22日讯，").text


def test_the_title_once_more_is_boilerplate_of_a_longer_text() -> None:
    assert boilerplate_spans(f"晨光科技派息\n{NEWS}", "晨光科技派息") == ((0, 6),)
    assert boilerplate_spans("晨光科技派息", "晨光科技派息") == ()
    text = f"证券代码：301234\n晨光科技派息\n{NEWS}\n晨光科技派息"
    assert boilerplate_spans(text, "晨光科技派息") == ((0, 11), (12, 18))


@pytest.mark.parametrize(
    "piece",
    ["证券代码：1", "证券代码：301234 证券简称：远山 ", "公司董事保证真实", "有限公司", "望海（北城，记者 "],
)
def test_time_is_linear(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    lines = "\n".join(text[:149] for _ in range(600))
    assert all(
        0 <= start < end <= len(each) for each in (text, lines) for start, end in boilerplate_spans(each)
    )
    assert not is_boilerplate(text)


def test_the_model_reads_no_boilerplate() -> None:
    text = f"来源：晨光网\n{NEWS}（记者 李小红）\n二段。\n责任编辑：王小明"
    post = Post("a", "派息", text, boilerplate=boilerplate_spans(text))
    assert post.text == text
    assert post.model_input == f"【派息】{NEWS}\n二段。"


def test_a_post_of_boilerplate_alone_keeps_its_text() -> None:
    text = "来源：晨光网\n责任编辑：王小明"
    post = Post("a", "", text, boilerplate=boilerplate_spans(text))
    assert len(post.boilerplate) == 2
    assert post.model_input == text


def test_posts_of_every_kind_are_marked(tmp_path: Path) -> None:
    body = f"{NEWS}\n\n责任编辑：王小明\n"
    markdown = parse_post(f"---\ntitle: 派息\n---\n{body}", "a.md")
    (tmp_path / "a.txt").write_text(body, encoding="utf-8")
    (plain,) = read_posts(tmp_path / "a.txt")
    record = parse_record(json.dumps({"text": markdown.text}), "a")
    for post in (markdown, plain, record):
        assert isinstance(post, Post)
        assert [post.text[s:e] for s, e in post.boilerplate] == ["责任编辑：王小明"]


def test_marks_of_a_record_are_read_back() -> None:
    text = f"{NEWS}\n责任编辑：王小明"
    assert parse_record(json.dumps({"text": text, "boilerplate": [[0, 4]]}), "a").boilerplate == ((0, 4),)
    assert parse_record(json.dumps({"text": text, "boilerplate": []}), "a").boilerplate == ()
    for wrong in ("x", [[1]], [[0, 999]]):
        with pytest.raises(InputError, match="boilerplate") as caught:
            parse_record(json.dumps({"text": text, "boilerplate": wrong}), "a")
        assert caught.value.code == "record"


FOOTER = "晨光早报每日七点与您相见\n晨光财经，懂你的财经"


def archive(footed: int, plain: int) -> list[Post]:
    posts = [Post(str(i), "", f"第{i}号公告。\n利润{i}亿元。\n{FOOTER}", ("公司",)) for i in range(footed)]
    return posts + [Post(f"p{i}", "", f"第{i}号新闻。\n成交{i}亿元。", ("公司",)) for i in range(plain)]


@pytest.mark.parametrize("spans", [((0, 8), (2, 4)), ((0, 5), (3, 8)), ((6, 8), (0, 6)), ((0, 8), (0, 8))])
def test_marks_may_overlap(spans: tuple) -> None:
    post = Post("a", "", "晨光网晨光网讯：派息。", boilerplate=spans)
    assert (post.news, list(post.news_places)) == ("派息。", [8, 9, 10])


def test_a_footer_that_posts_share_is_marked() -> None:
    marked = mark_repeated(archive(6, 50))
    assert all(post.model_input == f"第{i}号公告。\n利润{i}亿元。" for i, post in enumerate(marked[:6]))
    assert all(post.boilerplate == () for post in marked[6:])


@pytest.mark.parametrize(("footed", "plain"), [(4, 4), (5, 95), (0, 9)])
def test_a_rare_footer_is_none(footed: int, plain: int) -> None:
    posts = archive(footed, plain)
    assert mark_repeated(posts) == posts


def test_copies_of_a_post_share_no_footer() -> None:
    posts = [Post(str(i), "", f"晨光科技公告。\n{FOOTER}") for i in range(9)]
    assert mark_repeated(posts) == posts


def test_a_footer_takes_in_the_boilerplate_within() -> None:
    posts = [
        Post(
            str(i), "", text := f"第{i}号公告。\n来源：晨光网\n{FOOTER}", boilerplate=boilerplate_spans(text)
        )
        for i in range(6)
    ]
    for post in mark_repeated(posts):
        assert post.boilerplate == ((post.text.index("\n") + 1, len(post.text)),)


def test_examples_hold_no_footers() -> None:
    examples = build_examples(archive(6, 50), LabelScheme(("公司",)))
    assert not any("晨光" in example.text for example in examples)


MARKS = st.sampled_from(
    [
        "快讯",
        "，",
        "丨",
        "|",
        "讯",
        "晨光社",
        "1月5日",
        "（记者，张）",
        "\n",
        "、",
        "责任编辑：张三",
        "电",
        "。",
        NEWS,
    ]
)


@given(text=st.lists(MARKS, max_size=9).map("".join))
def test_pieces_without_datelines(text: str) -> None:
    sentences = news_sentences(text)
    clauses = news_clauses(text, sentences)
    for pieces in (sentences, clauses):
        assert all(piece.text == text[piece.start : piece.end] for piece in pieces)
        assert all(a.end <= b.start for a, b in pairwise(pieces))
    assert all(any(s.start <= c.start and c.end <= s.end for s in sentences) for c in clauses)
    summary = extract(text, METHODS["lead"](), method="lead")
    find_faults(text, summary.spans)
    assert bool(summary.text) == bool(text.strip())


def test_a_notice_in_the_line_after_a_comma_stays_out() -> None:
    text = f"{NEWS[:-1]}，\n责任编辑：王小明"
    assert extract(text, METHODS["lead"](), method="lead").text == f"{NEWS[:-1]}，"
    assert newsml.summarize(f"{NEWS}\n快讯，丨").text == NEWS
