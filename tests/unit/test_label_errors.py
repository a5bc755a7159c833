"""Likely wrong labels: those against the evidence come first, those that a model cannot know do not."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from newsml.dataset.label_errors import find_label_errors
from newsml.domain import Example
from newsml.errors import InputError
from newsml.labels import LabelScheme


def flags(*rows: str) -> np.ndarray:
    return np.array([[c == "1" for c in row] for row in rows])


def test_a_single_label_is_judged_by_its_probability() -> None:
    gold = flags("100", "100", "010", "010", "001", "001")
    probs = np.array([[9, 1, 0], [1, 9, 0], [0, 8, 2], [1, 8, 1], [0, 0, 10], [1, 3, 6]]) / 10
    found = find_label_errors(probs, gold, mode="single")
    assert found.ranking()[0] == 1
    assert found.scores[1] == pytest.approx(1 - 0.1 / 0.5)
    assert found.suggested[1].tolist() == [False, True, False]
    assert (found.suggested[[0, 2, 3, 4]] == gold[[0, 2, 3, 4]]).all()
    assert ((found.scores >= 0) & (found.scores <= 1)).all()


def test_a_set_is_as_doubtful_as_its_most_doubtful_label() -> None:
    gold = flags("110", "110", "101", "101", "010")
    probs = np.array([[0.9, 0.9, 0.1], [0.9, 0.9, 0.2], [0.9, 0.1, 0.9], [0.9, 0.95, 0.02], [0.1, 0.9, 0.1]])
    found = find_label_errors(probs, gold, mode="multi")
    assert found.ranking()[0] == 3
    assert found.suggested[3].tolist() == [True, True, False]
    assert (found.suggested[:3] == gold[:3]).all()


def test_a_missing_label_is_found() -> None:
    gold = flags("11", "11", "10", "10", "10", "01")
    probs = np.array([[0.9, 0.8], [0.9, 0.9], [0.9, 0.1], [0.9, 0.97], [0.9, 0.2], [0.2, 0.8]])
    found = find_label_errors(probs, gold, mode="multi")
    assert found.ranking()[0] == 3
    assert found.suggested[3].tolist() == [True, True]


def test_a_label_that_the_model_never_knows_is_no_error() -> None:
    known = np.array([[0.9, 0.02]] * 6 + [[0.05, 0.02]])
    gold = flags("11", "11", "10", "10", "10", "10", "10")
    found = find_label_errors(known, gold, mode="multi")
    assert found.ranking()[0] == 6
    assert found.scores[:2] == pytest.approx(found.scores[2], abs=0.05)


def test_nothing_is_suggested_without_a_label() -> None:
    gold = flags("10", "10", "01", "01")
    probs = np.array([[0.9, 0.0], [0.02, 0.05], [0.0, 0.9], [0.0, 0.9]])
    assert find_label_errors(probs, gold, mode="multi").suggested.any(1).all()


def test_equal_doubts_keep_the_order_of_the_texts() -> None:
    found = find_label_errors(np.full((5, 2), 0.5), flags("10", "01", "10", "01", "10"), mode="single")
    assert found.ranking() == [0, 1, 2, 3, 4]


def test_labels_without_a_text_do_no_harm() -> None:
    for mode in ("single", "multi"):
        found = find_label_errors(np.array([[0.7, 0.3, 0.0]] * 3), flags("100", "100", "100"), mode=mode)
        assert np.isfinite(found.scores).all()
        assert found.suggested.any(1).all()


def test_a_label_too_rare_to_judge_is_taken_to_be_right() -> None:
    gold = flags("100", "100", "100", "010", "010", "001")
    probs = np.array([[9, 1, 0], [1, 9, 0], [8, 1, 1], [2, 8, 0], [1, 9, 0], [9, 1, 0]]) / 10
    for mode, doubt in (("single", 0), ("multi", 0.8)):
        assert find_label_errors(probs, gold, mode=mode).ranking()[0] == 5
        found = find_label_errors(probs, gold, mode=mode, least=2)
        assert found.suggested[5, 2] and not found.suggested[:5, 2].any()
        assert found.scores[5] == pytest.approx(doubt, abs=0.1)  # of a set, for the label that it lacks
        assert found.suggested[5].tolist() == [mode == "multi", False, True]
        assert found.scores[1] > 0.8


SUBJECTS = {
    "公司": ["净利润", "董事会", "股东", "回购"],
    "外汇": ["美元", "汇率", "日元", "央行"],
    "能源": ["原油", "天然气", "煤炭", "电网"],
}


def make_examples(count: int) -> list[Example]:
    chance = random.Random(2)
    examples = []
    for i in range(count):
        label = chance.choice(list(SUBJECTS))
        text = "".join(chance.choices(SUBJECTS[label], k=5)) + str(chance.randrange(10**6))
        examples.append(Example(str(i), text, (label,)))
    return examples


@pytest.mark.parametrize("mode", ["single", "multi"])
def test_labels_that_were_replaced_stand_first(mode: str) -> None:
    pytest.importorskip("sklearn")
    from newsml.dataset.examples import gold_matrix
    from newsml.dataset.linear import out_of_fold_probabilities

    scheme = LabelScheme(tuple(SUBJECTS), mode)
    examples = make_examples(120)
    wrong = (5, 50, 100)
    for i in wrong:
        other = next(name for name in SUBJECTS if name not in examples[i].labels)
        examples[i] = replace(examples[i], labels=(other,))
    rounds = []
    probs = out_of_fold_probabilities(examples, scheme, folds=4, seed=1, advance=rounds.append)
    assert len(rounds) == 4
    assert ((probs >= 0) & (probs <= 1)).all()
    found = find_label_errors(probs, gold_matrix(examples, scheme), mode=mode)
    assert sorted(found.ranking()[:3]) == list(wrong)
    true = {name: i for i, name in enumerate(SUBJECTS)}
    for i in wrong:
        label = next(name for name, words in SUBJECTS.items() if examples[i].text.startswith(tuple(words)))
        assert found.suggested[i].tolist() == [j == true[label] for j in range(3)]


def test_no_text_is_judged_by_a_copy_of_itself() -> None:
    pytest.importorskip("sklearn")
    from newsml.dataset.linear import out_of_fold_probabilities

    examples = make_examples(60)
    odd = [
        Example(f"odd{i}", "原油天然气煤炭电网原油储备一二三四五六" + "。" * i, ("公司",)) for i in range(4)
    ]
    scheme = LabelScheme(tuple(SUBJECTS), "single")
    probs = out_of_fold_probabilities(examples + odd, scheme, folds=4, seed=1)
    assert (probs[-4:].argmax(1) == 2).all()


def test_a_label_of_one_text_and_folds_beyond_the_texts() -> None:
    pytest.importorskip("sklearn")
    from newsml.dataset.linear import out_of_fold_probabilities

    examples = [*make_examples(6), Example("rare", "唯一的一条净利润", ("体育",))]
    for mode in ("single", "multi"):
        scheme = LabelScheme((*SUBJECTS, "体育"), mode)
        probs = out_of_fold_probabilities(examples, scheme, folds=20, seed=1)
        assert np.isfinite(probs).all()


def test_texts_that_share_nothing() -> None:
    pytest.importorskip("sklearn")
    from newsml.dataset.linear import out_of_fold_probabilities

    examples = [Example(c, c, (c,)) for c in "甲乙"]
    with pytest.raises(InputError, match="too few to learn from"):
        out_of_fold_probabilities(examples, LabelScheme(("甲", "乙"), "single"), folds=2, seed=1)
