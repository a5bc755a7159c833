"""Which sentences a brief of counted sentences prefers and passes over."""

import pytest

from newsml.summarization.leads import (
    EVENT,
    LEAD,
    PASSED_OVER,
    RESULTS,
    TITLE,
    UNFIT,
    VIEW,
    weigh_leads,
    weigh_title,
)
from newsml.text import split_sentences

FILLER = "新厂要到明年年底才能投产。在手订单排到了下一年的夏天。"


def weights(text, title=""):
    """The weights of the sentences that have one, by their text."""
    sentences = split_sentences(text)
    return {sentences[i].text: weight for i, weight in weigh_leads(sentences, title).items()}


def test_questions_are_passed_over_up_to_the_answer():
    asked = "有外媒记者提问称，望海港是否将扩建？据报道，总投资三百亿元。"
    found = weights(f"{asked}沈某回应称，没有这样的计划。{FILLER}")
    assert [text for text, weight in found.items() if weight == PASSED_OVER] == [
        "有外媒记者提问称，望海港是否将扩建？",
        "据报道，总投资三百亿元。",
    ]
    assert PASSED_OVER not in weights(f"沈某答记者问时表示，望海港将扩建。{FILLER}").values()


@pytest.mark.parametrize(
    "results",
    [
        ["上半年归母净利润6.1亿元，同比增长11%。"],
        ["公司预告前三季度归母净利润7100万至8100万元，同比下降三成，即34%至25%。"],
        ["公司发布业绩快报，全年实现营收6.5亿元，同比下降8%。", "实现净利9800万元，同比下降20%。"],
        ["远山科技今年一至九月营收16亿元，比去年多20%，归母净利0.4亿元，比去年少41%。"],
    ],
)
def test_results_are_preferred(results):
    quarter = "第二季度实现营收3亿元，归母净利润1亿元，同比增长3%。"
    found = weights(f"远山科技产能偏紧。{quarter}{''.join(results)}{FILLER}")
    assert [text for text, weight in found.items() if weight == RESULTS] == results


def test_results_of_a_quarter_alone_are_preferred():
    text = "第二季度实现营收3亿元，归母净利润1亿元，同比增长3%。"
    assert weights(f"远山科技产能偏紧。{text}{FILLER}")[text] == RESULTS


@pytest.mark.parametrize(
    "expected",
    [
        "我们预计2024-2026年归母净利润分别为2、3、4亿元，同比增长30%、40%、33%。",
        "我们预计明年公司净利润2亿元，增长36%。",
        "下调2024年营收8亿元，净利润1亿元，降幅22%。",
        "净利率21.7%，同比上升2.7个百分点，三费合计占比9%。",
    ],
)
def test_what_is_expected_is_no_result(expected):
    assert RESULTS not in weights(f"远山科技产能偏紧。{FILLER}{expected}").values()


@pytest.mark.parametrize(
    ("before", "event"),
    [
        ("", "远山科技公告拟以2亿元收购晨光检测七成股权。"),
        ("晨光检测并表在即\n事件：\n", "远山科技以2亿元收购晨光检测七成股权。"),
        ("收购能带来协同。", "事件：远山科技以2亿元收购晨光检测七成股权。"),
        ("", "1、公司公告拟以2亿元收购晨光检测七成股权。"),
    ],
)
def test_an_event_is_preferred(before, event):
    found = weights(before + event + FILLER)
    assert found[event] == EVENT
    assert list(found.values()).count(EVENT) == 1


def test_one_rating_is_preferred():
    view, again = "维持“买入”评级，目标价12元。", "盈利预测不变，维持“买入”评级。"
    assert weights(f"远山科技产能偏紧。{view}{FILLER}{FILLER}{again}")[again] == VIEW
    lead = "产能偏紧，维持“买入”评级。"
    assert weights(f"{lead}{FILLER}{FILLER}{again}") == {lead: LEAD}  # which tells it already
    news = "金价周二大涨2%，首次突破3500美元。"
    assert weights(f"{news}远山证券上调年底目标价。") == {news: LEAD}


@pytest.mark.parametrize(
    "first",
    [
        "北河市召开新闻发布会，介绍旧房改造情况。",
        "第三届清洁能源大会在北河举行第二次全体会议。",
        "事件：公司公告半年度报告。",
        "远山科技公布截至6月30日止全年业绩。",
        "远山科技发布季度财报。",
        "远山科技公布三季度业绩公告。",
        "远山科技披露8月数据快报。",
    ],
)
def test_a_meeting_or_a_report_is_no_lead(first):
    second = "旧房改造一年完成三成。"
    found = weights(first + second + FILLER)
    assert found[second] == LEAD
    assert found.get(first, 0) <= 0


@pytest.mark.parametrize(
    ("piece", "weight"),
    [
        ("2）共建业务的收入占比提高。", UNFIT),
        ("（1）整合零部件业务。", UNFIT),
        ("关注要点1）新品类的需求较强。", UNFIT),
        ("三、渠道继续下沉。", UNFIT),
        ("去年处置股份的收益为 .0 亿元，基数较高。", UNFIT),
        ("收入同比增长8.%，好于行业。", UNFIT),
        ("行业拐点已现》中，我们提示竞争趋缓。", PASSED_OVER),
    ],
)
def test_pieces_are_passed_over(piece, weight):
    assert weights(f"远山科技产能偏紧。{FILLER}{piece}")[piece] == weight


@pytest.mark.parametrize(
    "whole",
    [
        "今年已有3.5亿元到账。",
        "方案为：1）转让股权；2）增资扩股。",
        "“量价齐升”（见图）可期。",
        "制造业指数录得50.2（前值49.8），为四个月来最高。",
        "新增14.2万人（预期 16.5），低于前值。",
        "2021年、2022年连增。",
        "市场份额为No.1的产品在列。",
        "首席执行官（Li Er）与(Q3)负责人都在列。",
    ],
)
def test_whole_sentences_are_not(whole):
    assert whole not in weights(f"远山科技产能偏紧。{FILLER}{whole}")


CALM, HALT = "海面上一片平静。", "望海港三号码头停产检修两周。"


def test_what_the_title_says_is_preferred():
    sentences = split_sentences(f"{CALM}{HALT}停产对三号码头影响有限。{FILLER}")
    calm, halt, effect, *others = weigh_title(sentences, "望海港：三号码头停产")
    assert halt == TITLE > effect > 0 == calm == max(others)
    assert set(weigh_title(sentences, "财经频道首页")) == set(weigh_title(sentences, "")) == {0.0}
    # Little in common is worth little, and one word nothing.
    assert 0 < max(weigh_title(sentences, "北山钢厂、东河钢厂和望海港的工会今年谈成了哪些加薪协议")) < TITLE
    assert set(weigh_title(sentences, "北山钢厂停产")) == {0.0}


def test_a_title_in_brackets_does_not_say_itself():
    sentences = split_sentences(f"【三号码头停产】{CALM}{HALT}")
    assert weigh_title(sentences, sentences[0].text) == [0.0, 0.0, TITLE]


def test_the_lead_is_the_first_sentence_that_says_something_of_the_title():
    assert weights(f"{CALM}{HALT}{FILLER}", "三号码头停产")[HALT] == LEAD
    for title in ("", "财经频道首页"):
        assert weights(f"{CALM}{HALT}{FILLER}", title)[CALM] == LEAD


def test_the_amount_of_a_filing_is_preferred_and_that_a_motion_was_passed_is_not():
    points = "重要内容提示：\n合同类型：供货\n合同金额：18亿元\n履约金：2亿元\n"
    passed = "远山科技于3月召开董事会第八次会议，以9票同意审议通过《关于签订合同的议案》。"
    found = weights(f"{points}一、审议\n{passed}{FILLER}")
    assert found["合同金额：18亿元"] == EVENT and found[passed] == PASSED_OVER
    assert "履约金：2亿元" not in found
    assert PASSED_OVER not in weights("远山科技召开董事会会议，审议通过以5亿元回购的议案。").values()
