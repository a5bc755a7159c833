"""Summaries: methods, budgets, and what is never chosen."""

from __future__ import annotations

import pytest

from newsml.domain import Sentence
from newsml.errors import UsageError
from newsml.summarization import METHODS, extract, summarize
from newsml.summarization.random import Random
from newsml.summarization.selection import joiner_of, usable
from newsml.summarization.textrank import MAX_SENTENCES, TextRank
from newsml.text import split_sentences

TEXT = (
    "晨光科技今日公布年报，全年营收4.15亿元。"
    "晨光科技营收增长主要来自海外订单，海外营收占全年营收六成。"
    "天气预报说明天有雨。"
    "公司计划在南方新建一座工厂。"
    "分析师认为，海外订单将继续推动晨光科技的营收。"
    "工厂预计于明年投产。"
)


def test_auto_names_the_method_used() -> None:
    assert summarize(TEXT).method == "model"
    assert summarize(TEXT) == summarize(TEXT, method="model")
    assert "".join(summarize(TEXT, style="headline").text.split()) != ""


def test_a_method_without_the_model_makes_briefs_only() -> None:
    with pytest.raises(UsageError, match="briefs only"):
        summarize(TEXT, method="lead", style="highlight")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_scores_every_sentence(method: str) -> None:
    sentences = split_sentences(TEXT)
    assert len(METHODS[method]().scores(sentences)) == len(sentences)
    assert METHODS[method]().scores([]) == []
    assert summarize(TEXT, method=method, sentences=2).method == method


@pytest.mark.parametrize("method", ["textrank", "centroid"])
def test_the_odd_one_out_scores_low(method: str) -> None:
    scores = METHODS[method]().scores(split_sentences(TEXT))
    assert scores[2] < min(scores[0], scores[1], scores[4])


def test_textrank_is_a_distribution_and_bounded() -> None:
    sentences = split_sentences(TEXT * 100)
    scores = TextRank().scores(sentences)
    assert sum(scores) == pytest.approx(1)
    assert len(scores) == len(sentences) > MAX_SENTENCES
    assert not any(scores[MAX_SENTENCES:])


def test_random_is_the_same_for_a_seed() -> None:
    sentences = split_sentences(TEXT)
    assert Random(1).scores(sentences) == Random(1).scores(sentences) != Random(2).scores(sentences)


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (3, 1), (4, 2), (6, 2), (9, 3), (40, 3)])
def test_default_is_a_third_and_at_most_three(count: int, expected: int) -> None:
    numbers = "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒"
    text = "".join(f"{sign}号产线投产。" for sign in numbers[:count])
    assert len(summarize(text, method="lead").spans) == expected


def test_document_order_is_restored() -> None:
    class LastFirst:
        def scores(self, sentences: list[Sentence]) -> list[float]:
            return [float(index) for index in range(len(sentences))]

    summary = extract(TEXT, LastFirst(), method="last", sentences=2)
    assert summary.text == "分析师认为，海外订单将继续推动晨光科技的营收。工厂预计于明年投产。"
    assert summary.method == "last"


def test_the_same_is_not_told_twice() -> None:
    text = "晨光科技全年营收增长三成。晨光科技全年营收增长三成！公司计划派息。"
    assert summarize(text, method="lead", sentences=2).text == "晨光科技全年营收增长三成。公司计划派息。"


def test_the_same_figures_are_not_told_twice() -> None:
    text = (
        "晨光科技营收12.5亿元，同比增长30%。公司不派息。上半年晨光科技实现营收12.5亿元，增长30%，超出预期。"
    )
    assert (
        summarize(text, method="lead", sentences=2).text == "晨光科技营收12.5亿元，同比增长30%。公司不派息。"
    )


@pytest.mark.parametrize(
    "risks",
    ["风险提示：原料涨价。", "新品推广不及预期、行业竞争加剧。", "产能投放低于预期，汇率大幅波动。"],
)
def test_lists_of_risks_are_passed_over(risks: str) -> None:
    assert summarize(f"{risks}公司计划派息。", method="lead", sentences=2).text == "公司计划派息。"
    assert summarize(risks).text == risks


@pytest.mark.parametrize("heading", ["风险提示", "【风险提示】", "五、风险因素："])
def test_what_stands_under_a_heading_of_risks_is_passed_over(heading: str) -> None:
    text = f"公司计划派息。\n{heading}\n原料价格大幅上涨；二期项目被否。\n大股东减持。"
    assert summarize(text, method="lead", sentences=3).text == "公司计划派息。"
    more = f"{text}\n【晨光科技派息】\n派息1亿元。"
    assert summarize(more, method="lead", sentences=3).text == "公司计划派息。派息1亿元。"


def test_a_slogan_that_is_repeated_is_passed_over() -> None:
    text = "营收增长稳健，订单充足。晨光科技订单充足，全年营收增长稳健，达12亿元。"
    assert (
        summarize(text, method="lead", sentences=1).text == "晨光科技订单充足，全年营收增长稳健，达12亿元。"
    )


def test_figures_before_a_lost_line_end_are_no_heading() -> None:
    text = "晨光科技实现营收12亿元（同比+5%）　　点评要点　　公司计划派息。"
    told = [split_sentences(text)[i].text for i in usable(split_sentences(text))]
    assert told == ["晨光科技实现营收12亿元（同比+5%）", "公司计划派息。"]


def test_other_numbers_are_another_story() -> None:
    text = "期铜主力合约收盘上涨1%。期铝主力合约收盘上涨2%。期锡主力合约收盘上涨2%。"
    assert summarize(text, method="lead", sentences=3).text == text


def test_a_headline_that_is_repeated_is_passed_over() -> None:
    text = "【晨光科技营收增长三成】晨光科技公告，全年营收增长三成。公司计划派息。"
    assert summarize(text, sentences=1).text == "晨光科技公告，全年营收增长三成。"
    assert summarize("【晨光科技营收增长三成】").text == "【晨光科技营收增长三成】"


@pytest.mark.parametrize("title", ["【北国降准】", "【债市】", "【远山科技：订单充足，明年产能要翻番】"])
def test_a_title_is_no_sentence_of_a_brief(title: str) -> None:
    text = f"{title}股指小幅收涨。成交放大两成。"
    assert summarize(text, method="lead", sentences=2).text == "股指小幅收涨。成交放大两成。"
    assert summarize(f"{title}\n来源：晨光社", method="lead").text == title


def test_a_line_that_ends_in_the_title_of_a_work_is_a_heading() -> None:
    text = "获奖游戏公布。\n《北国往事》\n《望海》\n远山科技的作品落选。"
    assert summarize(text, method="lead", sentences=4).text == "获奖游戏公布。远山科技的作品落选。"


@pytest.mark.parametrize(
    "credit",
    [
        "责任编辑：张三",
        "（来源：晨光社）",
        "（晨光社）",
        "(the example)",
        "记者：李四",
        "点击查看更多资讯",
        "转载请注明出处。",
    ],
)
def test_credits_are_passed_over(credit: str) -> None:
    text = f"{credit}\n公司计划派息。"
    assert summarize(text, method="lead", sentences=2).text == "公司计划派息。"
    assert summarize(credit).text == credit


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("钢价回升。\n月份 | 均价（元）\n3月 | 4120", ["钢价回升。"]),
        ("钢价回升\n月份 | 均价（元）", ["钢价回升"]),
        ("月份 | 均价（亿元）\n3月 | 4120\n4月 | 4250", ["3月 | 4120", "4月 | 4250"]),  # nothing else
        ("品种 | 单位（元）\n螺纹钢 | 吨", ["品种 | 单位（元）", "螺纹钢 | 吨"]),
        ("早盘持平。\n【铁矿停产】矿山检修两周。\n【焦炭涨价】", ["早盘持平。", "矿山检修两周。"]),
        (
            "重要内容提示：\n合同金额：18亿元\n履行期限：三年\n一、合同概况\n双方签了字。\n二、结语：略",
            ["合同金额：18亿元", "履行期限：三年", "双方签了字。", "二、结语：略"],
        ),
        ("合同金额：18亿元\n双方签了字。", ["双方签了字。"]),  # a heading, for all that is known
    ],
)
def test_lines_that_are_sentences(text: str, told: list[str]) -> None:
    sentences = split_sentences(text)
    assert [sentences[i].text for i in usable(sentences)] == told


@pytest.mark.parametrize(
    "text", ["记者：公司今年会派息吗？董事会尚未决定，要看下半年的现金流情况。", "公司编辑部迁址。"]
)
def test_news_about_writers_is_no_credit(text: str) -> None:
    assert usable(split_sentences(text)) == list(range(len(split_sentences(text))))


@pytest.mark.parametrize(
    ("max_chars", "expected"),
    [
        (500, TEXT),
        (20, "天气预报说明天有雨。工厂预计于明年投产。"),
        (10, "天气预报说明天有雨。"),
    ],
)
def test_max_chars_takes_whole_sentences(max_chars: int, expected: str) -> None:
    assert summarize(TEXT, method="lead", max_chars=max_chars).text == expected


def test_clauses_where_no_sentence_fits() -> None:
    text = "据报道，晨光科技公告，全年营收4.15亿元，同比增长三成；公司计划派息。"
    assert summarize(text, max_chars=20).text == "晨光科技公告，全年营收4.15亿元"
    assert summarize(text, max_chars=6).text in {"晨光科技公告", "同比增长三成", "公司计划派息"}


@pytest.mark.parametrize(
    ("text", "max_chars", "expected"),
    [
        ("晨光科技公布全年营收4.15亿元。", 13, "晨光科技公布全年营收"),
        ("晨光科技公布全年营收4.15亿元。", 3, "晨光科"),
        ("3.1415926亿元的订单已经签下", 4, "元的订单"),
        ("Antidisestablishmentarianism上涨", 5, "上涨"),
        ("（（（晨光科技公布", 2, "晨光"),
        ("？！？！？！", 2, "？！"),
        ("晨光\u2003科技公布", 3, "晨光"),
        ("晨光入股Nestle\u0301集团", 10, "晨光入股"),
        ("Chenguang Technology", 2, "Chenguang"),  # no cut is safe, and a summary is never empty
    ],
)
def test_safe_cuts(text: str, max_chars: int, expected: str) -> None:
    assert summarize(text, max_chars=max_chars).text == expected


def test_joiner() -> None:
    assert joiner_of(["甲。", "乙"]) == ""
    assert joiner_of(["甲", "乙。"]) == " "
    text = "第一段没有句号\n第二段也没有"
    summary = summarize(text, sentences=2)
    assert (summary.joiner, summary.text) == (" ", "第一段没有句号 第二段也没有")
    assert len(summarize(text, max_chars=14).text) <= 14


@pytest.mark.parametrize("text", ["", " \n\u3000"])
def test_blank_text(text: str) -> None:
    summary = summarize(text)
    assert (summary.text, summary.spans) == ("", ())
    assert summarize(text, max_chars=3).spans == ()


@pytest.mark.parametrize(
    "options",
    [
        {"method": "magic"},
        {"sentences": 0},
        {"max_chars": 0},
        {"max_chars": -1},
        {"sentences": 1, "max_chars": 9},
    ],
)
def test_bad_options(options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        summarize(TEXT, **options)  # type: ignore[arg-type]


def test_the_usual_length_has_room_for_what_the_best_sentence_needs() -> None:
    text = "网传翠屏银行发生挤兑。当地警方通报，该消息为谣言，造谣者已被拘留。"
    for method in ("lead", "model"):
        assert summarize(text, method=method).text == text
    assert summarize(text, method="lead", sentences=1).spans == ((0, 11),)


@pytest.mark.parametrize("options", [{"sentences": 1.5}, {"max_chars": "9"}])
def test_lengths_are_whole_numbers(options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="is no whole number"):
        summarize("铜价走高。", method="lead", **options)
