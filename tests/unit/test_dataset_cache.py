"""The cached dataset: read once, and again only when something it is made from has changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import newsml
from newsml.dataset import cache_folder
from newsml.errors import NewsmlError, UsageError
from newsml.labels import LabelScheme
from tests.conftest import write_jsonl

datasets = pytest.importorskip("datasets")

SCHEME = LabelScheme(("公司", "外国"))


@pytest.fixture
def reads(monkeypatch) -> list[list[str]]:
    """The inputs of each time that posts were read."""
    calls = []
    original = newsml.dataset.cache.read_posts

    def read_posts(inputs, **options):
        calls.append(list(inputs))
        return original(inputs, **options)

    monkeypatch.setattr("newsml.dataset.cache.read_posts", read_posts)
    return calls


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_jsonl(
        tmp_path / "posts.jsonl",
        [
            {"text": "晨光科技派息。", "labels": ["公司"]},
            {"text": "没有标签。"},
            {"title": "标题", "text": "海外公司派息。", "labels": ["外国", "公司"]},
        ],
    )


def rows(dataset) -> list[dict]:
    return [dict(row) for row in dataset]


def test_the_second_call_reads_no_posts(tmp_path, data, reads) -> None:
    first = newsml.load_dataset(data, SCHEME, tmp_path / "cache")
    second = newsml.load_dataset([str(data)], SCHEME, tmp_path / "cache")
    assert len(reads) == 1
    assert rows(first) == rows(second)
    assert rows(first) == [
        {"id": f"{data}:1", "text": "晨光科技派息。", "labels": [0]},
        {"id": f"{data}:3", "text": "【标题】海外公司派息。", "labels": [0, 1]},
    ]
    examples = newsml.build_examples(newsml.read_posts(data), SCHEME)
    in_memory = newsml.to_dataset(examples, SCHEME)
    assert rows(in_memory) == rows(first)
    assert in_memory.features == first.features


def test_a_changed_file_rebuilds_it_even_with_the_same_size_and_time(tmp_path, data, reads) -> None:
    newsml.load_dataset(data, SCHEME, tmp_path / "cache")
    status = data.stat()
    data.write_text(data.read_text("utf-8").replace("晨光", "星光"), encoding="utf-8")
    os.utime(data, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert data.stat().st_size == status.st_size
    again = newsml.load_dataset(data, SCHEME, tmp_path / "cache")
    assert len(reads) == 2
    assert again[0]["text"] == "星光科技派息。"


def test_a_file_that_is_only_touched_does_not(tmp_path, data, reads) -> None:
    newsml.load_dataset(data, SCHEME, tmp_path / "cache")
    os.utime(data, (1, 1))
    newsml.load_dataset(data, SCHEME, tmp_path / "cache")
    assert len(reads) == 1


def test_another_scheme_version_or_file_rebuilds_it(tmp_path, data, reads, monkeypatch) -> None:
    cache = tmp_path / "cache"
    newsml.load_dataset(data, SCHEME, cache)
    single = newsml.load_dataset(data, LabelScheme(("公司", "外国"), mode="single"), cache)
    assert single.features["label"].names == ["公司", "外国"]
    assert len(reads) == 2
    monkeypatch.setattr(newsml, "__version__", "999")
    newsml.load_dataset(data, SCHEME, cache)
    assert len(reads) == 3
    more = write_jsonl(tmp_path / "more.jsonl", [{"text": "日元走低。", "labels": ["外国"]}])
    assert len(newsml.load_dataset([data, more], SCHEME, cache)) == 3
    assert len(reads) == 4


def test_a_folder_is_rebuilt_when_a_post_comes(tmp_path, reads) -> None:
    folder = tmp_path / "posts"
    folder.mkdir()
    for i in range(2):
        text = f"---\ncategories: [公司]\n---\n\n<p>第{i}条。</p>\n"
        (folder / f"{i}.md").write_text(text, encoding="utf-8")
        assert len(newsml.load_dataset(folder, SCHEME, tmp_path / "cache")) == i + 1
    assert len(reads) == 2


def test_unusable_inputs_are_told_of(tmp_path, data) -> None:
    told = []
    newsml.load_dataset([data, tmp_path / "missing.md"], SCHEME, tmp_path / "cache", on_unusable=told.append)
    assert [bad.id for bad in told] == [f"{tmp_path}/missing.md"]


@pytest.mark.parametrize(("inputs", "scheme"), [("-", SCHEME), ("posts", LabelScheme())])
def test_what_cannot_be_cached_is_a_usage_error(tmp_path, inputs, scheme) -> None:
    with pytest.raises(UsageError):
        newsml.load_dataset(inputs, scheme, tmp_path / "cache")


@pytest.mark.parametrize(
    ("jobs", "error"),
    [
        (1, r"missing.md: holds no usable post \(.*missing.md: no such file or folder\)$"),
        (-1, r"^jobs -1 is less than 0"),
    ],
)
def test_an_error_of_the_reading_is_the_one_that_is_raised(tmp_path, jobs, error) -> None:
    for _ in range(2):  # nothing is kept of it
        with pytest.raises(NewsmlError, match=error):
            newsml.load_dataset(tmp_path / "missing.md", SCHEME, tmp_path / "cache", jobs=jobs)


def test_info_names_the_folder(newsml, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "newsml" / "datasets"
    assert str(cache_folder()) in newsml("info").out
