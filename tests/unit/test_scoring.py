"""Windows become probabilities, probabilities become labels."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from newsml.errors import UsageError
from newsml.labels import LabelScheme
from newsml.model.calibration import Calibration
from newsml.model.scoring import DecisionRule, join_tokens, pool_logits, uncertainties
from newsml.model.tokenization import Encoded

NAMES = ("甲", "乙", "丙", "丁")
MULTI, SINGLE = LabelScheme(NAMES), LabelScheme(NAMES, mode="single")
PROBS = np.array([[0.3, 0.9, 0.6, 0.1], [0.1, 0.2, 0.3, 0.15]])


def chosen(rule: DecisionRule, scheme: LabelScheme = MULTI, thresholds: float = 0.5) -> list[str]:
    mask = rule.decide(PROBS, scheme, [thresholds] * len(NAMES))
    return ["".join(itertools.compress(NAMES, row)) for row in mask]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (DecisionRule(), ["乙丙", "丙"]),
        (DecisionRule(threshold=0.25), ["甲乙丙", "丙"]),
        (DecisionRule(threshold=0.3), ["甲乙丙", "丙"]),
        (DecisionRule(threshold=0), ["甲乙丙丁", "甲乙丙丁"]),
        (DecisionRule(threshold=1), ["乙", "丙"]),
        (DecisionRule(thresholds={"甲": 0.3}), ["甲乙丙", "丙"]),
        (DecisionRule(threshold=1, thresholds={"丙": 0.25, "丁": 0}), ["丙丁", "丙丁"]),
        (DecisionRule(thresholds={"甲": 0.3}, max_labels=2), ["乙丙", "丙"]),
        (DecisionRule(min_labels=0), ["乙丙", ""]),
        (DecisionRule(min_labels=3), ["甲乙丙", "乙丙丁"]),
        (DecisionRule(min_labels=9), ["甲乙丙丁", "甲乙丙丁"]),
        (DecisionRule(max_labels=1), ["乙", "丙"]),
        (DecisionRule(threshold=0, max_labels=2), ["乙丙", "乙丙"]),
        (DecisionRule(min_labels=2, max_labels=2), ["乙丙", "乙丙"]),
        (DecisionRule(top_k=1), ["乙", "丙"]),
        (DecisionRule(top_k=3), ["甲乙丙", "乙丙丁"]),
        (DecisionRule(top_k=3, threshold=1), ["甲乙丙", "乙丙丁"]),
        (DecisionRule(top_k=2, min_labels=1, max_labels=3), ["乙丙", "乙丙"]),
        (DecisionRule(top_k=9), ["甲乙丙丁", "甲乙丙丁"]),
    ],
)
def test_decisions(rule: DecisionRule, expected: list[str]) -> None:
    assert chosen(rule) == expected


def test_each_label_has_its_own_threshold() -> None:
    thresholds = [0.3, 0.95, 0.61, 0.1]

    def labels(**options: int) -> str:
        mask = DecisionRule(**options).decide(PROBS[:1], MULTI, thresholds)
        return "".join(itertools.compress(NAMES, mask[0]))

    assert labels() == labels(min_labels=2) == labels(max_labels=2) == "甲丁"
    assert labels(min_labels=3) == "甲乙丁"
    assert labels(max_labels=1) == labels(min_labels=0, max_labels=1) == "甲"


def test_a_threshold_of_no_label_is_told() -> None:
    with pytest.raises(UsageError, match=r"^threshold of 戊, 己: no label of the model \(甲 乙 丙 丁\)$"):
        chosen(DecisionRule(thresholds={"戊": 0.5, "甲": 0.5, "己": 0.5}))


def test_a_threshold_names_its_label_in_traditional_characters_or_as_an_alias_too() -> None:
    scheme = LabelScheme(names=("债券", "公司"), aliases={"企业": "公司"})
    rule = DecisionRule(thresholds={"債券": 0.1, "企業": 0.9})
    assert rule.cut(scheme, [0.5, 0.5]).tolist() == [0.1, 0.9]
    with pytest.raises(UsageError, match=r"^threshold of 债券, 債券: 债券 is named twice$"):
        DecisionRule(thresholds={"债券": 0.1, "債券": 0.2}).cut(scheme, [0.5, 0.5])
    with pytest.raises(UsageError, match=r"^threshold of 债券公司: no label of the model"):
        DecisionRule(thresholds={"债券公司": 0.1}).cut(scheme, [0.5, 0.5])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"top_k": 1.5}, "top_k 1.5 is no whole number"),
        ({"min_labels": "1"}, "min_labels '1' is no whole number"),
        ({"threshold": "0.5"}, "threshold '0.5' is no number"),
        ({"thresholds": {"甲": None}}, "threshold None is no number"),
    ],
)
def test_a_rule_is_made_of_numbers(wrong, told) -> None:
    with pytest.raises(UsageError, match=f"^{told}$"):
        DecisionRule(**wrong)
    assert DecisionRule(threshold=np.float32(0.5), top_k=np.int64(2)).top_k == 2


def test_a_rule_can_be_a_key_and_takes_a_mapping_only() -> None:
    assert {DecisionRule(): 1}[DecisionRule()] == 1
    with pytest.raises(UsageError, match="is no mapping of labels"):
        DecisionRule(thresholds=None)


def test_the_model_s_own_thresholds_are_left_as_they_are() -> None:
    own = np.full((2, 4), 0.5)
    assert DecisionRule(thresholds={"乙": 0.1}).cut(MULTI, own).tolist() == [[0.5, 0.1, 0.5, 0.5]] * 2
    assert own.tolist() == [[0.5] * 4] * 2


def test_the_scheme_says_how_many_labels_at_least() -> None:
    assert chosen(DecisionRule(), LabelScheme(NAMES, min_labels=2)) == ["乙丙", "乙丙"]
    assert chosen(DecisionRule(), LabelScheme(NAMES, min_labels=0)) == ["乙丙", ""]
    assert chosen(DecisionRule(max_labels=1), LabelScheme(NAMES, min_labels=3)) == ["乙", "丙"]


def test_a_single_label_is_the_most_probable() -> None:
    assert chosen(DecisionRule(), SINGLE) == ["乙", "丙"]
    assert chosen(DecisionRule(threshold=0), SINGLE) == ["乙", "丙"]
    assert chosen(DecisionRule(top_k=2), SINGLE) == ["乙丙", "乙丙"]


def test_ties_go_by_the_order_of_the_scheme() -> None:
    mask = DecisionRule(top_k=2).decide(np.full((1, 4), 0.5), MULTI, [0.5] * 4)
    assert mask.tolist() == [[True, True, False, False]]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"threshold": -0.01}, "threshold -0.01 does not lie between 0 and 1"),
        ({"threshold": 1.01}, "threshold 1.01 does not lie between 0 and 1"),
        ({"threshold": float("nan")}, "threshold nan does not lie between 0 and 1"),
        ({"threshold": 0.5, "thresholds": {"甲": 2}}, "threshold 2 does not lie between 0 and 1"),
        ({"min_labels": -1}, "min_labels -1 is less than 0"),
        ({"max_labels": 0}, "max_labels 0 is less than 1 or than min_labels"),
        ({"max_labels": -1}, "max_labels -1 is less than 1 or than min_labels"),
        ({"min_labels": 3, "max_labels": 2}, "max_labels 2 is less than 1 or than min_labels"),
        ({"top_k": 0}, "top_k 0 is less than 1"),
        ({"top_k": 3, "max_labels": 2}, "top_k 3 is less than min_labels or more than max_labels"),
        ({"top_k": 1, "min_labels": 2}, "top_k 1 is less than min_labels or more than max_labels"),
    ],
)
def test_rules_that_do_not_hold(options: dict[str, float], told: str) -> None:
    with pytest.raises(UsageError, match=rf"^{told}$"):
        DecisionRule(**options)


def window_logits(window: tuple[int, ...]) -> list[float]:
    return [x / 100 for x in (sum(window), len(window), window[0], window[-1])]


def probabilities(texts: list[Encoded], scheme: LabelScheme) -> np.ndarray:
    rows = [np.array(window_logits(w), np.float32) for text in texts for w in text.windows]
    logits = pool_logits(rows, texts, single=scheme.mode == "single")
    return Calibration.identity(len(NAMES)).probabilities(logits, single=scheme.mode == "single")


def random_texts(count: int, windows: int) -> list[Encoded]:
    chance = random.Random(4)
    return [
        Encoded(
            tuple(
                tuple(chance.randrange(8, 60) for _ in range(chance.randrange(2, 20)))
                for _ in range(chance.randrange(1, windows + 1))
            ),
            0,
            0,
        )
        for _ in range(count)
    ]


def test_multi_label_windows_are_pooled_by_the_greatest() -> None:
    texts = random_texts(12, 4)
    for text, row in zip(texts, probabilities(texts, MULTI), strict=True):
        greatest = [max(column) for column in zip(*map(window_logits, text.windows), strict=True)]
        assert row.tolist() == pytest.approx([1 / (1 + math.exp(-x)) for x in greatest])


def test_single_label_windows_are_pooled_by_the_mean() -> None:
    texts = random_texts(12, 4)
    for text, row in zip(texts, probabilities(texts, SINGLE), strict=True):
        columns = zip(*map(window_logits, text.windows), strict=True)
        powers = [math.exp(sum(column) / len(column)) for column in columns]
        assert row.tolist() == pytest.approx([power / sum(powers) for power in powers])


@pytest.mark.parametrize("single", [False, True])
def test_great_logits_do_not_overflow(single: bool) -> None:
    with np.errstate(all="raise", under="ignore"):
        probs = Calibration.identity(4).probabilities(np.array([[1e4, -1e4, 0, 0]]), single=single)
    assert probs[0, :2].tolist() == pytest.approx([1, 0])


def test_values_of_tokens_are_joined_over_windows() -> None:
    text = Encoded(((0, 10, 11, 12, 2), (0, 12, 13, 14, 2)), 6, 5, (0, 2))
    rows = [np.array([[9], [1], [2], [3], [9]], np.float32), np.array([[9], [5], [6], [7], [9]], np.float32)]
    (values,) = join_tokens(rows, [text])
    assert values[:5, 0].tolist() == [1, 2, 4, 6, 7]  # the token in both windows has their mean
    assert np.isnan(values[5, 0])  # in no window


def test_uncertainty_is_the_probability_of_a_wrong_label() -> None:
    probs = np.array([[0.9, 0.2, 0.0], [0.5, 0.5, 0.5]])
    mask = np.array([[True, False, False], [True, False, False]])
    multi, single = LabelScheme(NAMES[:3]), LabelScheme(NAMES[:3], "single")
    assert uncertainties(probs, mask, multi) == pytest.approx([1 - 0.9 * 0.8, 1 - 0.5**3])
    assert uncertainties(np.array([[0.7, 0.2, 0.1]]), mask[:1], single) == pytest.approx([0.3])
    two = np.array([[True, True, False]])
    assert uncertainties(np.array([[0.7, 0.2, 0.1]]), two, single) == pytest.approx([0.1])
