"""Posts become examples, and examples a `datasets.Dataset`."""

from __future__ import annotations

import pytest

from newsml.dataset import ExampleCounts, apply_support, build_examples, to_dataset
from newsml.domain import Example, Post, Unusable
from newsml.errors import UsageError
from newsml.labels import LabelCounts, LabelScheme

NAMES = ("公司", "债券", "期货")
POSTS = [
    Post("a", "晨光派息", "公司今日公告派息。", labels=("公司", "天气")),
    Unusable("b", "b: is empty"),
    Post("c", "", "今日无事。"),
    Post("d", "", "国债期货收涨。", labels=("期货债券",)),
    Post("e", "", "明日有雨。", labels=("天气",)),
]


def test_posts_become_examples_in_order() -> None:
    assert build_examples(POSTS, LabelScheme(NAMES)) == [
        Example("a", "【晨光派息】公司今日公告派息。", ("公司",)),
        Example("d", "国债期货收涨。", ("债券", "期货")),
    ]


def test_a_path_is_no_posts(tmp_path) -> None:
    for path in ("archive", tmp_path):
        with pytest.raises(UsageError, match=r"^posts: '.*' is a path; give read_posts\('"):
            build_examples(path, LabelScheme(NAMES))


def test_what_is_left_out_is_counted_and_told() -> None:
    counts, told = ExampleCounts(), []
    build_examples(POSTS, LabelScheme(NAMES), counts, told.append)
    assert (counts.examples, counts.unlabelled, counts.unusable) == (2, 2, 1)
    assert counts.labels.dropped == {"天气": 2}
    assert counts.labels.mended == {("期货债券", ("期货", "债券")): 1}
    assert told == [POSTS[1]]


def test_counts_add_up_over_several_sources() -> None:
    counts = ExampleCounts()
    for _ in range(2):
        build_examples(iter(POSTS), LabelScheme(NAMES), counts)
    assert (counts.examples, counts.unlabelled, counts.unusable) == (4, 4, 2)


EXAMPLES = [
    Example("a", "甲", ("公司", "天气")),
    Example("b", "乙", ("公司", "债券")),
    Example("c", "丙", ("债券", "体育")),
    Example("d", "丁", ("体育",)),
    Example("e", "戊", ("公司债券",)),
]


def test_rare_labels_are_dropped_and_glued_ones_taken_apart() -> None:
    counts = LabelCounts()
    scheme = LabelScheme(level="last")
    examples, learned = apply_support(EXAMPLES, scheme, 2, counts)
    assert learned.names == ("体育", "债券", "公司")
    assert [(e.id, e.labels) for e in examples] == [
        ("a", ("公司",)),
        ("b", ("债券", "公司")),
        ("c", ("体育", "债券")),
        ("d", ("体育",)),
        ("e", ("债券", "公司")),
    ]
    assert counts.dropped == {"天气": 1}
    assert counts.mended == {("公司债券", ("公司", "债券")): 1}


def test_examples_of_rare_labels_alone_are_left_out_or_collected() -> None:
    names = ("公司", "债券", "体育", "天气", "公司债券")
    examples, _ = apply_support(EXAMPLES[:4], LabelScheme(names), 2, LabelCounts())
    assert [e.labels for e in examples] == [("公司",), ("公司", "债券"), ("债券", "体育"), ("体育",)]
    counts = LabelCounts()
    scheme = LabelScheme((*names, "其他"), other="其他")
    examples, learned = apply_support([*EXAMPLES, EXAMPLES[1], EXAMPLES[1]], scheme, 3, counts)
    assert learned.names == ("公司", "债券", "其他")
    assert [e.labels for e in examples][:4] == [
        ("公司", "其他"),
        ("公司", "债券"),
        ("债券", "其他"),
        ("其他",),
    ]
    assert counts.collected == {"天气": 1, "体育": 2}
    assert counts.dropped == {}


def test_a_multi_label_dataset() -> None:
    datasets = pytest.importorskip("datasets")
    scheme = LabelScheme(NAMES)
    data = to_dataset(build_examples(POSTS, scheme), scheme)
    assert data.column_names == ["id", "text", "labels"]
    assert data.features["labels"] == datasets.List(datasets.ClassLabel(names=list(NAMES)))
    assert data[:] == {
        "id": ["a", "d"],
        "text": ["【晨光派息】公司今日公告派息。", "国债期货收涨。"],
        "labels": [[0], [1, 2]],
    }


def test_a_single_label_dataset() -> None:
    datasets = pytest.importorskip("datasets")
    scheme = LabelScheme(NAMES, mode="single")
    posts = [*POSTS, Post("f", "", "期货收涨。", labels=("期货、债券",))]
    data = to_dataset(build_examples(posts, scheme), scheme)
    assert data.column_names == ["id", "text", "label"]
    assert data.features["label"] == datasets.ClassLabel(names=list(NAMES))
    assert [data.features["label"].int2str(i) for i in data["label"]] == ["公司", "期货"]


def test_a_dataset_of_nothing_keeps_its_columns() -> None:
    pytest.importorskip("datasets")
    data = to_dataset([], LabelScheme(NAMES))
    assert (data.num_rows, data.column_names) == (0, ["id", "text", "labels"])


@pytest.mark.parametrize(
    ("mode", "labels", "error"),
    [
        ("multi", ("公司", "体育"), "labels: 体育 of a: no name of the scheme"),
        ("single", (), "labels: a has 0; the scheme wants one"),
        ("single", ("公司", "债券"), "labels: a has 2; the scheme wants one"),
    ],
)
def test_labels_that_do_not_fit_the_scheme_are_a_usage_error(mode: str, labels: tuple, error: str) -> None:
    pytest.importorskip("datasets")
    with pytest.raises(UsageError, match=error):
        to_dataset([Example("a", "公司派息。", labels)], LabelScheme(NAMES, mode=mode))
