"""How a post is told in one line of a digest."""

from __future__ import annotations

import pytest

from newsml.boilerplate import boilerplate_spans
from newsml.digest import telling, write_lines
from newsml.digest.lines import line_by_salience
from newsml.digest.salience import measure_salience
from newsml.digest.telling import tell
from newsml.domain import Post
from newsml.summarization.model import load_summarizer

LONG = "远山科技的产能在全国各地的工厂里都偏紧，" * 4 + "订单已经排到明年三月。"


def told(text: str, *scores: float) -> str:
    return tell(text, lambda sentences: [*scores, *[0.0] * len(sentences)][: len(sentences)], "lead").text


RUMOUR, DENIAL = "有消息称远山科技将停产三座工厂，裁员2000人。", "远山科技对此予以否认，称订单排到了5月。"


@pytest.mark.parametrize(
    ("text", "scores", "line"),
    [
        # A rumour comes with its denial, where they fit; a denial with what it denies.
        (RUMOUR + DENIAL + "望海港全年吞吐量增长3%。", (3, 1, 2), RUMOUR + DENIAL),
        (RUMOUR + DENIAL, (1, 3), RUMOUR + DENIAL),
        # What tells little is filled up: in a few characters, or without a figure.
        ("业绩公布。全年营收12亿元，增长5%。", (2, 1), "业绩公布。全年营收12亿元，增长5%。"),
        (
            "远山科技今天在望海召开了今年以来的第一次新品发布会。共推出5款产品。",
            (2, 1),
            "远山科技今天在望海召开了今年以来的第一次新品发布会。共推出5款产品。",
        ),
        (f"{LONG}价格未变。", (2, 1), LONG),
        (
            "全年营收为12亿元，净利润为1.5亿元，都创下新高。价格未变。",
            (2, 1),
            "全年营收为12亿元，净利润为1.5亿元，都创下新高。",
        ),
        (
            "望海市就优化营商环境的若干措施向社会公开征求意见，随后召开座谈会。措施涉及开办企业和纳税。",
            (2, 1),
            "望海市就优化营商环境的若干措施向社会公开征求意见，随后召开座谈会。措施涉及开办企业和纳税。",
        ),
        # No title stands beside it, nor a row of a table.
        ("【宏观】央行下调利率。\n【公司】远山科技派息。", (0, 2), "央行下调利率。"),
        ("钢价回升。\n月份 | 均价（元）", (2, 1), "钢价回升。"),
        # There is nothing else.
        ("价格未变。", (1,), "价格未变。"),
    ],
)
def test_a_line_has_what_its_sentence_needs(text: str, scores: tuple[float, ...], line: str) -> None:
    assert told(text, *scores) == line


def test_a_sentence_whose_needs_do_not_fit_is_passed_over(monkeypatch) -> None:
    text = RUMOUR + DENIAL + "望海港全年吞吐量增长3%，创下新高，明年还要扩建。"
    monkeypatch.setattr(telling, "LONGEST", 40)
    assert told(text, 3, 1, 2) == "望海港全年吞吐量增长3%，创下新高，明年还要扩建。"
    assert told(RUMOUR + DENIAL, 3, 1) == RUMOUR


@pytest.mark.parametrize(
    ("text", "scores", "line"),
    [
        # The first sentence comes before the second where it names who tells.
        (
            "远山证券沈某表示，数据符合预期，经济平稳。如果保持下去，明年还会加息。",
            (1, 2),
            "远山证券沈某表示，数据符合预期，经济平稳。如果保持下去，明年还会加息。",
        ),
        (
            "随着新机发布，消费回暖！全年营收12亿元，都创下了历史新高。",
            (1, 2),
            "全年营收12亿元，都创下了历史新高。",
        ),
        # A list of prices goes on.
        (
            "国际油价全线上涨，望海原油涨0.67%。远山原油涨0.45%。霖州原油涨0.3%。成交平稳。",
            (2, 0, 0, 1),
            "国际油价全线上涨，望海原油涨0.67%。远山原油涨0.45%。霖州原油涨0.3%。",
        ),
        # Of a long sentence its beginning; a date is no figure; what is beside the point does not fill.
        (
            f"远山部门12月27日发布《办法》。《办法》提出，到2025年建成10个中心，{'覆盖城镇，' * 26}完善。",
            (2, 1),
            f"远山部门12月27日发布《办法》。《办法》提出，到2025年建成10个中心{'，覆盖城镇' * 16}",
        ),
        # Nor is a code.
        (
            "海绵科技（688655）公告，公司收到证监会出具的立案告知书。因虚增收入6.3亿元，公司被立案调查。",
            (2, 1),
            "海绵科技（688655）公告，公司收到证监会出具的立案告知书。因虚增收入6.3亿元，公司被立案调查。",
        ),
        ("望海机场开通新航线。另有报道称，机场去年亏损3亿元。", (2, 1), "望海机场开通新航线。"),
        # What somebody asks is no news, and fills no line.
        (
            "望海港获批扩建。有外媒提问称，投资是否达300亿元。沈某回应称，没有。",
            (2, 1, 0),
            "望海港获批扩建。",
        ),
    ],
)
def test_what_stands_beside_a_sentence(text: str, scores: tuple[float, ...], line: str) -> None:
    assert told(text, *scores) == line


def test_no_sentences_no_line() -> None:
    assert told("") == ""
    assert [line.headline.text for line in write_lines([Post("a", "", "")])] == [""]


def test_a_line_begins_with_no_dateline() -> None:
    text = "晨光社3月22日讯，远山科技全年营收12亿元，增长5%。"
    (line,) = write_lines([Post("a", "", text, boilerplate=boilerplate_spans(text))])
    assert line.headline.text == "远山科技全年营收12亿元，增长5%。"


@pytest.mark.parametrize(
    "text",
    [
        "远山科技公告：全年营收12亿元，同比增长5%，净利润1.5亿元。",
        "晨光证券沈某表示，市场转机出现，资金将流入科技股，首选芯片与机器人。",
        "远山科技全年营收12亿元，同比增长5%，净利润1.5亿元，派息3000万元。",
        "近期，远山科技的订单增加了一成，产能偏紧，新厂要到明年才能投产。",
        "远山科技：公司的订单增加了一成，产能偏紧，新厂要到明年才能投产。",
    ],
)
def test_bold_is_a_part_of_a_line_that_tells_something(text: str) -> None:
    model = load_summarizer()
    (salience,) = model.reader.saliences(model.reader.encode([text], 4096, places=True), 1)
    line = line_by_salience(Post("a", "", text), salience)
    bold = "".join(text[start:end] for start, end in line.bold)
    assert 0 < len(bold) < 0.9 * len(line.headline.text)
    assert not bold.rstrip("，：").endswith(("公告", "表示", "近期", "远山科技"))


def test_figures_of_a_year_are_no_price_moves() -> None:
    moves = "美元指数跌0.5%，欧元涨0.57%，英镑涨0.78%。"
    year = "居民消费同比上涨0.5%，食品同比涨0.57%，房租环比上涨0.78%。"
    first, second = write_lines([Post("a", "", moves), Post("b", "", year)])
    assert second.salience - first.salience > 0.25


def test_the_moves_of_all_of_a_post_count() -> None:
    opening = "亚太主要股指收盘多数下跌，投资者观望本周的数据。"
    first, second = write_lines(
        [
            Post("a", "", opening + "日经指数跌0.5%，韩国指数跌0.7%，澳洲指数跌0.3%。"),
            Post("b", "", opening + "交易员说市场没有什么新的消息，成交比上周略少。"),
        ]
    )
    assert second.salience > first.salience + 0.2


@pytest.mark.parametrize(
    "more, less",
    [
        ("央行宣布下调存款准备金率，释放长期资金。", "超市老板宣布下调鸡蛋的价格，吸引附近顾客。"),
        ("国际油价意外走低，交易员减少多头持仓规模。", "国际油价继续走低，交易员减少多头持仓规模。"),
        ("铜价创历史新高，冶炼厂的加工费却继续下滑。", "铜价保持平稳着，冶炼厂的加工费也继续下滑。"),
    ],
)
def test_authorities_and_what_is_new_count(more: str, less: str) -> None:
    assert abs(len(more) - len(less)) < 2
    first, second = (measure_salience(Post("a", "", text)) for text in (more, less))
    assert first > second + 0.05
    first, second = (measure_salience(Post("a", "", "甲" * 120 + text)) for text in (more, less))
    assert abs(first - second) < 0.01  # only where a post begins


def test_salience_lies_between_0_and_1() -> None:
    full = "国务院首次印发意见，" + "各地要落实。" * 60
    assert measure_salience(Post("a", "", full), 1.0) == pytest.approx(1)
    assert measure_salience(Post("a", "", ""), 0.0) == 0
    assert measure_salience(Post("a", "", "金价涨1%，银价跌2%，铜价涨3%，锡价跌4%。"), 0.0) == pytest.approx(
        0, abs=0.05
    )
