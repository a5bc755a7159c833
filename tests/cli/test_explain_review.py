"""`newsml classify --explain` and `--review`."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest

from newsml.cli.review import REVIEWED, unsure_labels
from tests.conftest import write_jsonl

TEXT = "比特币价格跌破关口，全网爆仓金额上升，多家交易平台一度无法登录。监管机构提示风险，投资者观望。"
CLEAR, VAGUE = "比特币价格跌破关口，全网爆仓金额上升。", "他说，天气不错，大家都来了。"


@pytest.fixture
def posts(tmp_path):
    texts = {
        "a": CLEAR,
        "b": VAGUE,
        "c": "沪指午后拉升，两市成交额超万亿元。",
        "d": "会议将于下周召开，各方代表出席。",
    }
    return write_jsonl(
        tmp_path / "posts.jsonl", [{"id": i, "title": f"第{i}条", "text": t} for i, t in texts.items()]
    )


def test_evidence_is_given_for_each_label(newsml, tmp_path):
    records = [{"id": "a", "title": "虚拟货币快讯", "text": TEXT}, {"id": "b", "title": "", "text": ""}]
    source = write_jsonl(tmp_path / "posts.jsonl", records)
    outcome = newsml("classify", source, "--explain")
    assert outcome.code == 3
    good, bad = outcome.records
    assert list(good)[-2:] == list(bad)[-2:] == ["error", "evidence"]
    assert bad["evidence"] == {}
    assert list(good["evidence"]) == good["labels"]
    spans = [span for found in good["evidence"].values() for span in found]
    assert 0 < sum(end - start for start, end in spans) <= len(TEXT) / 5
    assert all(0 <= start < end <= len(TEXT) for start, end in spans)


def test_a_run_with_evidence_is_taken_up(newsml, posts, tmp_path):
    target = tmp_path / "out.jsonl"
    assert newsml("classify", posts, "--explain", "--output", target).code == 0
    whole = target.read_text(encoding="utf-8")
    target.unlink()
    (tmp_path / ".out.jsonl.partial").write_text(
        "".join(whole.splitlines(keepends=True)[:2]), encoding="utf-8"
    )
    assert newsml("classify", posts, "--explain", "--output", target, "--resume").code == 0
    again = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [(r["id"], list(r["evidence"])) for r in again] == [
        (r["id"], list(r["evidence"])) for r in map(json.loads, whole.splitlines())
    ]
    assert newsml("classify", posts, "--output", target).code == 0
    write_jsonl(posts, [{"id": "new", "text": CLEAR}])
    assert newsml("classify", posts, "--explain", "--output", target, "--resume").code == 2


def test_the_review_names_the_doubtful_posts_least_sure_first(newsml, posts, tmp_path):
    target = tmp_path / "review.jsonl"
    outcome = newsml("classify", posts, "--review", target)
    doubt = {
        r["id"]: 1 - math.prod(p if label in r["labels"] else 1 - p for label, p in r["scores"].items())
        for r in outcome.records
    }
    listed = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [list(r) for r in listed] == [["id", "title", "labels", "uncertainty", "unsure"]] * len(listed)
    assert {r["id"] for r in listed} == {i for i, d in doubt.items() if d >= REVIEWED}
    assert 0 < len(listed) < len(doubt)
    assert [r["uncertainty"] for r in listed] == sorted((r["uncertainty"] for r in listed), reverse=True)
    for record in listed:
        assert record["uncertainty"] == pytest.approx(doubt[record["id"]], abs=1e-3)
        assert record["unsure"]


def test_a_post_without_words_is_the_first_of_the_review(newsml, tmp_path):
    records = [{"id": "a", "text": VAGUE}, {"id": "b", "text": "🔥🔥🔥"}, {"id": "c", "text": "1936"}]
    target = tmp_path / "review.jsonl"
    outcome = newsml("classify", write_jsonl(tmp_path / "posts.jsonl", records), "--review", target)
    assert [len(record["labels"]) > 0 for record in outcome.records] == [True] * 3
    listed = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [(r["id"], r["uncertainty"]) for r in listed[:2]] == [("b", 1.0), ("c", 1.0)]


def test_the_review_is_written_in_the_format_of_its_suffix(newsml, posts, tmp_path):
    table, page = tmp_path / "review.csv", tmp_path / "review.md"
    assert newsml("classify", posts, "--review", table).code == 0
    assert newsml("classify", posts, "--review", page).code == 0
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"))))
    assert rows[0]["title"].startswith("第")
    assert len(page.read_text(encoding="utf-8").splitlines()) == len(rows)


def test_unsure_labels_are_those_likeliest_wrong():
    scores = {"公司": 0.95, "外国": 0.3, "债券": 0.6, "期货": 0.02}
    assert unsure_labels(("公司", "债券"), scores) == ["债券", "外国"]
    assert unsure_labels(("公司",), {"公司": 0.95, "外国": 0.06}) == ["外国"]


@pytest.mark.parametrize(
    "options",
    [
        ("--explain", "--format", "csv"),
        ("--explain", "--output", "{folder}/out.md"),
        ("--explain", "--write", "--dry-run"),
        ("--review", "{folder}/r.jsonl", "--write", "--dry-run"),
        ("--review", "{folder}/r.jsonl", "--output", "{folder}/o.jsonl", "--resume"),
        ("--review", "{folder}/r.jsonl", "--output", "{folder}/r.jsonl"),
        ("--review", "{folder}"),
        ("--review", "{folder}/posts.jsonl/r.jsonl"),
    ],
)
def test_options_that_do_not_go_together(newsml, posts, tmp_path, options):
    outcome = newsml("classify", posts, *(option.format(folder=tmp_path) for option in options))
    assert (outcome.code, outcome.out) == (2, "")
    assert len(outcome.err.splitlines()) == 1
    assert not {"--explain", "--review"}.isdisjoint(outcome.err.replace(":", " ").replace(",", " ").split())
