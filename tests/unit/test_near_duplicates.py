"""Near-duplicate groups agree with the comparison of every pair."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsml.dataset import group_near_duplicates, near_duplicate_pairs


def similarity(a: str, b: str) -> Fraction:
    bare = ("".join(text.split()) for text in (a, b))
    x, y = ({text[i : i + 3] for i in range(max(1, len(text) - 2))} for text in bare)
    return Fraction(len(x & y), len(x | y))


def brute_force(texts: list[str], threshold: float) -> list[set[int]]:
    groups: list[set[int]] = [{i} for i in range(len(texts))]
    for i, j in itertools.combinations(range(len(texts)), 2):
        if similarity(texts[i], texts[j]) >= Fraction(str(threshold)):
            joined = groups[i] | groups[j]
            for k in joined:
                groups[k] = joined
    return groups


def as_sets(numbers: list[int]) -> list[set[int]]:
    return [{j for j, other in enumerate(numbers) if other == number} for number in numbers]


THRESHOLDS = st.sampled_from([0.1, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1.0])


@given(st.lists(st.text("涨跌 \n", max_size=14), max_size=14), THRESHOLDS)
@settings(max_examples=150, deadline=None)
def test_agreement_with_brute_force(texts: list[str], threshold: float) -> None:
    assert as_sets(group_near_duplicates(texts, threshold)) == brute_force(texts, threshold)


@given(st.lists(st.text("涨跌 \n", max_size=14), max_size=14), THRESHOLDS)
@settings(max_examples=150, deadline=None)
def test_every_pair_is_found_once(texts: list[str], threshold: float) -> None:
    expected = [
        (i, j)
        for i, j in itertools.combinations(range(len(texts)), 2)
        if similarity(texts[i], texts[j]) >= Fraction(str(threshold))
    ]
    assert sorted(near_duplicate_pairs(texts, threshold)) == expected


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.95])
def test_agreement_on_edited_copies(threshold: float) -> None:
    chance = random.Random(5)
    texts = ["".join(chance.choices("甲乙丙丁戊己庚辛", k=60)) for _ in range(15)]
    for text in list(texts):
        copy = list(text)
        for _ in range(chance.randrange(5)):
            copy[chance.randrange(len(copy))] = "变"
        texts.append("".join(copy))
    expected = brute_force(texts, threshold)
    assert any(len(group) > 1 for group in expected)
    assert as_sets(group_near_duplicates(texts, threshold)) == expected


@pytest.mark.parametrize(("shared", "total"), [(4, 5), (3, 5), (7, 10), (9, 10), (3, 10), (2, 3)])
def test_the_threshold_belongs_to_near_duplicates(shared: int, total: int) -> None:
    text = "甲乙丙丁戊己庚辛壬癸子丑"
    texts = [text[: total + 2], text[: shared + 2]]
    at, above = (group_near_duplicates(texts, t) for t in (shared / total, shared / total + 1e-6))
    assert at[0] == at[1]
    assert above[0] != above[1]


def test_groups_reach_through_others() -> None:
    text = "甲乙丙丁戊己庚辛壬癸子丑寅卯"
    groups = group_near_duplicates([text[:12], text[1:13], text[2:]], 0.8)
    assert similarity(text[:12], text[2:]) < Fraction("0.8")
    assert len(set(groups)) == 1


def test_white_space_does_not_count() -> None:
    assert len(set(group_near_duplicates(["指数 上涨。", "指数上涨。\n", "指\u3000数上涨。"], 1.0))) == 1


def test_short_texts_are_alike_when_they_are_the_same() -> None:
    groups = group_near_duplicates(["涨", "涨 ", "涨停", "", " "], 0.5)
    assert groups[0] == groups[1] != groups[2]
    assert groups[3] == groups[4] != groups[0]


def test_no_texts() -> None:
    assert group_near_duplicates([]) == []
