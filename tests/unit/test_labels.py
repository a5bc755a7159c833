"""Label schemes: raw labels as people wrote them, and what becomes of them."""

from __future__ import annotations

import pytest

from newsml.config import load_config
from newsml.errors import UsageError
from newsml.labels import LabelCounts, LabelScheme

SCHEME = LabelScheme(("股票", "债券", "期货"), aliases={"股市": "股票", "转债": "债券"})
PATH = ["财经", "证券", "债市"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (["债券"], ("债券",)),
        (["股市"], ("股票",)),
        ([" 股票 ", ""], ("股票",)),
        (["股票", "股市", "股票"], ("股票",)),
        (["债券股票"], ("股票", "债券")),
        (["转债股市期货"], ("股票", "债券", "期货")),
        (["债券、期货"], ("债券", "期货")),
        (["债券/期货|股市；转债"], ("股票", "债券", "期货")),
        (["债券 和"], ()),
        (["大债券"], ()),
        (["天气"], ()),
        ([], ()),
    ],
)
def test_raw_labels(raw: list[str], expected: tuple[str, ...]) -> None:
    assert SCHEME.read(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("中国大盘", ("中国", "大盘")),
        ("大盘中国", ("中国", "大盘")),
        ("外国债券", ("外国", "债券")),
        ("经济新冠", ("经济", "新冠")),
        ("虚拟火币", ("虚拟货币",)),
        ("外国际", ("外国",)),
        ("外国际债券", ("外国", "债券")),
        ("外中国", ("中国",)),
        ("汇率", ("外汇",)),
        ("转债", ("债券",)),
        ("企业", ("公司",)),
        ("天气", ()),
    ],
)
def test_slips_of_the_topics_that_ship(raw: str, expected: tuple[str, ...]) -> None:
    assert load_config("topics").labels.scheme().read([raw]) == expected


def test_labels_come_in_the_order_of_the_scheme() -> None:
    assert SCHEME.read(["期货", "债券", "股票"]) == ("股票", "债券", "期货")


def test_a_scheme_without_names_takes_labels_as_they_stand() -> None:
    assert LabelScheme().read(["乙", "甲乙", " 乙"]) == ("乙", "甲乙")


def test_mended_and_dropped_labels_are_counted() -> None:
    counts = LabelCounts()
    for raw in (["股票", "股市"], ["股市", "天气"], ["债券期货", "天气"]):
        SCHEME.read(raw, counts)
    assert counts.mended == {("股市", ("股票",)): 2, ("债券期货", ("债券", "期货")): 1}
    assert counts.dropped == {"天气": 2}


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("all", ("财经", "证券", "债市")),
        ("first", ("财经",)),
        ("last", ("债市",)),
        (1, ("财经",)),
        (2, ("证券",)),
        (3, ("债市",)),
        (4, ()),
    ],
)
def test_levels_of_a_category_path(level: str | int, expected: tuple[str, ...]) -> None:
    assert LabelScheme(level=level).read(PATH) == expected
    assert LabelScheme(level=level).read([]) == ()


def test_blank_entries_are_no_levels() -> None:
    assert LabelScheme(level="last").read(["财经", "债市", " "]) == ("债市",)


def test_a_single_label_is_the_first_that_counts() -> None:
    scheme = LabelScheme(("股票", "债券"), mode="single")
    assert scheme.read(["天气", "债券", "股票"]) == ("债券",)
    assert scheme.read(["天气"]) == ()


def test_a_single_label_is_not_made_of_two_others() -> None:
    counts = LabelCounts()
    learned = LabelScheme(mode="single").with_support(["金融", "金融", "科技", "科技", "金融科技"], 2)
    assert learned.read(["金融科技"], counts) == ()
    assert counts.dropped == {"金融科技": 1}
    assert learned.read(["金融、科技"]) == learned.read(["金融 "]) == ("金融",)
    collecting = LabelScheme(("金融", "科技", "其他"), mode="single", other="其他")
    assert collecting.read(["金融科技"]) == ("其他",)


def test_ids_follow_the_names() -> None:
    assert SCHEME.label2id == {"股票": 0, "债券": 1, "期货": 2}


def test_names_are_learned_by_frequency_then_name() -> None:
    scheme = LabelScheme(mode="single", level="last", aliases={"港股": "A", "雨": "天气"}, secondary=("B",))
    learned = scheme.with_support(["B", "A", "C", "C", "B", "A", "C", "天气"], 2)
    assert learned.names == ("C", "A", "B")
    assert learned.aliases == {"港股": "A"}
    assert (learned.mode, learned.level, learned.secondary) == ("single", "last", ("B",))


def test_learning_needs_two_labels_of_the_support() -> None:
    with pytest.raises(UsageError, match="1 of 3 labels have 2 examples or more; at least two") as caught:
        LabelScheme().with_support(["甲", "甲", "乙", "丙"], 2)
    assert str(caught.value).endswith("(labels.min_support=1 would do)")
    with pytest.raises(UsageError, match=r"labels\.min_support=3 would do\)$"):
        SCHEME.with_support(["股票"] * 4 + ["债券"] * 3, 5)
    for one in (["甲"] * 9, []):  # where nothing less would do
        with pytest.raises(UsageError, match=r"at least two are needed$"):
            LabelScheme(other="其他").with_support([*one, *["其他"] * 9], 2)


def test_a_string_is_no_list_of_labels() -> None:
    with pytest.raises(UsageError, match=r"'公司' is one label; give a list, \['公司'\]"):
        LabelScheme(("公司", "外国")).read("公司")


def test_the_support_holds_for_listed_names_too_and_keeps_their_order() -> None:
    uses = ["期货"] * 3 + ["债券"] * 2 + ["股票"]
    assert SCHEME.with_support(uses, 0) == SCHEME
    kept = SCHEME.with_support(uses, 2)
    assert kept.names == ("债券", "期货")
    assert kept.aliases == {"转债": "债券"}
    assert kept.read(["股市", "期货"]) == ("期货",)


def test_a_label_collects_those_that_are_unknown() -> None:
    counts = LabelCounts()
    scheme = LabelScheme(("其他", "股票", "债券"), aliases={"股市": "股票"}, other="其他")
    assert scheme.read(["天气", "股市", "体育"], counts) == ("其他", "股票")
    assert counts.collected == {"天气": 1, "体育": 1}
    assert counts.dropped == {}


def test_a_single_label_is_collected_only_where_no_other_counts() -> None:
    scheme = LabelScheme(("其他", "股票"), mode="single", other="其他")
    assert scheme.read(["天气", "股票"]) == ("股票",)
    assert scheme.read(["天气", "体育"]) == ("其他",)
    assert scheme.read([]) == ()


def test_a_label_that_collects_needs_no_support_and_stands_last_where_it_is_new() -> None:
    uses = ["甲"] * 3 + ["乙"] * 3 + ["丙"]
    assert LabelScheme(other="其他").with_support(uses, 2).names == ("乙", "甲", "其他")
    listed = LabelScheme(("其他", "甲", "乙", "丙"), other="其他").with_support(uses, 2)
    assert listed.names == ("其他", "甲", "乙")
    with pytest.raises(UsageError, match="1 of 4 labels have 3"):
        LabelScheme(("其他", "甲", "乙", "丙"), other="其他").with_support(uses[1:], 3)


def test_a_label_that_collects_is_one_of_the_names() -> None:
    with pytest.raises(UsageError, match="other is 其它, which is none of the names"):
        LabelScheme(("甲", "其他"), other="其它")


def test_names_stand_once() -> None:
    with pytest.raises(UsageError, match="names is '公司', one string; give a list"):
        LabelScheme("公司")
    with pytest.raises(UsageError, match="甲 stand twice"):
        LabelScheme(("甲", "乙", "甲"))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"mode": "both"}, "mode is both, which is none of multi, single"),
        ({"level": 0}, "level is 0, not all, first, last or a number from 1"),
        ({"level": "second"}, "level is second"),
    ],
)
def test_modes_and_levels_that_do_not_exist(wrong: dict, error: str) -> None:
    with pytest.raises(UsageError, match=error):
        LabelScheme(("甲", "乙"), **wrong)


def test_aliases_lead_to_names() -> None:
    with pytest.raises(UsageError, match="unknown names: 丙"):
        LabelScheme(("甲", "乙"), aliases={"一": "甲", "三": "丙"})


def test_aliases_hold_before_the_names_are_learned() -> None:
    assert LabelScheme(aliases={"港股": "股票"}).read(["港股"]) == ("股票",)
