"""Splits: seeded, stratified, near-duplicates on one side."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from newsml.dataset import group_near_duplicates, split_by_date, split_examples
from newsml.dataset.leak import Leak, find_copies, measure_leak, random_parts
from newsml.domain import Example
from newsml.errors import UsageError

LABELS = {"公司": 0.6, "债券": 0.3, "期货": 0.15, "外汇": 0.08}


def make_examples(count: int, seed: int = 3) -> list[Example]:
    chance = random.Random(seed)
    examples = []
    for i in range(count):
        text = "".join(chance.choices("甲乙丙丁戊己庚辛壬癸", k=40))
        labels = tuple(label for label, share in LABELS.items() if chance.random() < share) or ("公司",)
        examples.append(Example(str(i), text, labels))
    return examples


def with_copies(examples: list[Example]) -> list[Example]:
    copies = [Example(f"{e.id}+", e.text + "。", ("期货",)) for e in examples[::2]]
    return examples + copies


def ids(part: list[Example]) -> list[str]:
    return [example.id for example in part]


def test_every_example_stands_on_one_side() -> None:
    examples = with_copies(make_examples(100))
    train, validation = split_examples(examples, validation_share=0.2, seed=1)
    assert sorted(ids(train) + ids(validation)) == sorted(ids(examples))


@pytest.mark.parametrize("share", [0.1, 0.25, 0.45])
def test_the_share_is_kept(share: float) -> None:
    examples = make_examples(400)
    _, validation = split_examples(examples, validation_share=share, seed=1)
    assert len(validation) == pytest.approx(share * len(examples), abs=4)


@pytest.mark.parametrize("seed", range(5))
def test_labels_have_the_same_shares(seed: int) -> None:
    examples = make_examples(400)
    _, validation = split_examples(examples, validation_share=0.2, seed=seed)
    totals = Counter(label for e in examples for label in e.labels)
    placed = Counter(label for e in validation for label in e.labels)
    assert {label: placed[label] for label in LABELS} == {
        label: pytest.approx(0.2 * totals[label], abs=2) for label in LABELS
    }


@pytest.mark.parametrize("share", [0, 1, 2, -0.1, float("nan")])
def test_a_share_is_one(share: float) -> None:
    with pytest.raises(UsageError, match=f"validation_share {share} does not lie between 0 and 1"):
        split_examples(make_examples(10), validation_share=share, seed=1)


def test_examples_without_labels_are_split_too() -> None:
    examples = [replace(e, labels=()) for e in make_examples(50)]
    train, validation = split_examples([*examples, *make_examples(50, 4)], validation_share=0.2, seed=1)
    assert (len(train), len(validation)) == (80, 20)
    assert [len(part) for part in split_examples(examples, validation_share=0.2, seed=1)] == [40, 10]


def test_a_label_seen_once_is_for_training() -> None:
    examples = [*make_examples(40), Example("rare", "只有一条的新闻", ("能源",))]
    for seed in range(10):
        train, _ = split_examples(examples, validation_share=0.2, seed=seed)
        assert "rare" in ids(train)


def test_no_part_is_empty_where_every_label_is_seen_once() -> None:
    examples = [Example(str(i), f"{i * 7919}号航线停航。", (f"甲{i}",)) for i in range(40)]
    train, validation = split_examples(examples, validation_share=0.1, seed=13)
    assert validation and len(train) > len(validation)


def test_near_duplicates_stay_on_one_side() -> None:
    examples = with_copies(make_examples(120))
    for threshold in (0.8, 0.9):
        train, validation = split_examples(examples, validation_share=0.3, seed=2, near_duplicate=threshold)
        groups = group_near_duplicates([e.text for e in train + validation], threshold)
        assert validation
        assert set(groups[: len(train)]).isdisjoint(groups[len(train) :])
        assert len(set(groups)) < len(examples)


def test_the_threshold_decides_what_stays_together() -> None:
    pairs = [
        Example(f"{kind}{i}", f"{kind}{i:03}号", ("公司",)) for i in range(60) for kind in ("公告", "快讯")
    ]
    chained, _ = split_examples(pairs, validation_share=0.3, seed=1, near_duplicate=0.01)
    free, kept = split_examples(pairs, validation_share=0.3, seed=1, near_duplicate=1.0)
    assert len(chained) in (0, len(pairs))
    assert (len(free), len(kept)) == (84, 36)


def test_the_seed_decides() -> None:
    examples = make_examples(150)
    splits = [split_examples(examples, validation_share=0.2, seed=seed) for seed in (1, 1, 2)]
    assert splits[0] == splits[1]
    assert set(ids(splits[0][1])) != set(ids(splits[2][1]))


def test_the_order_of_the_examples_does_not_matter() -> None:
    examples = with_copies(make_examples(100))
    expected = split_examples(examples, validation_share=0.2, seed=1)
    for order in range(3):
        shuffled = random.Random(order).sample(examples, len(examples))
        assert split_examples(shuffled, validation_share=0.2, seed=1) == expected


SHARES = (0.6, 0.2, 0.2)


def days_of(*counts: int) -> list[date]:
    """Return so many times the first day, the second, and so on."""
    return [date(2024, 8, 30) + timedelta(d) for d, count in enumerate(counts) for _ in range(count)]


def texts_of(count: int) -> list[str]:
    return [example.text for example in make_examples(count)]


def test_time_runs_from_part_to_part() -> None:
    days = days_of(*[5] * 20)
    order = random.Random(1).sample(range(100), 100)
    parts, late = split_by_date(texts_of(100), [days[i] for i in order], SHARES)
    assert late == []
    assert [len(part) for part in parts] == [60, 20, 20]
    kept = [[days[order[i]] for i in part] for part in parts]
    assert [day for part in kept for day in part] == days


@pytest.mark.parametrize(
    ("counts", "sizes"),
    [
        ((1, 97, 1, 1), [98, 1, 1]),
        ((98, 1, 1), [98, 1, 1]),
        ((1, 1, 98), [1, 1, 98]),
        ((50, 15, 35), [50, 15, 35]),
    ],
)
def test_days_stay_whole_and_no_part_is_empty(counts: tuple[int, ...], sizes: list[int]) -> None:
    parts, _ = split_by_date(texts_of(sum(counts)), days_of(*counts), SHARES)
    assert [len(part) for part in parts] == sizes


def test_too_few_days() -> None:
    with pytest.raises(UsageError, match="2 days are too few for 3 parts"):
        split_by_date(texts_of(4), days_of(2, 2), SHARES)


def test_a_near_duplicate_of_an_earlier_part_is_left_out() -> None:
    texts = texts_of(100)
    texts[95] = texts[3] + "。"
    texts[70] = texts[96] = texts[69]
    texts[50] = texts[4]
    parts, late = split_by_date(texts, days_of(*[10] * 10), SHARES)
    assert late == [95, 96]
    assert [len(part) for part in parts] == [60, 20, 18]
    assert {50, 69, 70} <= {i for part in parts for i in part}


def test_copies_are_found_after_the_first() -> None:
    assert find_copies(["指数 涨", "债券跌", "指数涨\n", "指数涨。", "债券跌"]) == [2, 4]


def test_a_leak_is_what_stands_on_two_sides() -> None:
    text = "甲乙丙丁戊己庚辛壬癸子丑"
    texts = [text, text + "寅", "毫无相同之处", text, "毫无相同之处"]
    assert measure_leak(texts, [0, 1, 2, 0, 2]) == Leak(pairs=2, texts=1)
    assert measure_leak(texts, [2, 1, 0, 1, 0]) == Leak(pairs=2, texts=3)
    assert measure_leak(texts, [0] * 5) == Leak(0, 0)


def test_a_plain_random_split_keeps_the_shares_and_the_seed() -> None:
    parts = random_parts(200, (0.8, 0.1, 0.1), seed=4)
    assert Counter(parts) == {0: 160, 1: 20, 2: 20}
    assert parts == random_parts(200, (0.8, 0.1, 0.1), seed=4)
    assert parts != random_parts(200, (0.8, 0.1, 0.1), seed=5)
