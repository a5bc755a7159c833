"""Evaluation of summaries: metrics, cases, intervals, comparison, signature, report."""

from __future__ import annotations

import dataclasses
import json
from typing import get_args

import numpy as np
import pytest

from newsml.domain import Post, Summary
from newsml.evaluate.markdown import render_summary_report
from newsml.evaluate.plots import plot_summaries
from newsml.evaluate.report import metrics_tree
from newsml.evaluate.signature import fingerprint_posts, sign_summaries
from newsml.evaluate.summarization import compare_summaries, evaluate_summaries, has_gold, measure_summary
from newsml.metrics.bootstrap import sample_means
from newsml.metrics.summarization import highlight_f1, redundancy
from newsml.summarization.faults import FaultKind


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ([(0, 4)], [(0, 4)], 100),
        ([(0, 4)], [(4, 8)], 0),
        ([(0, 4)], [], 0),
        ([], [], 0),
        ([(0, 4), (10, 16)], [(2, 4), (10, 12)], 100 * 2 * 4 / 14),
        ([(0, 4), (2, 6)], [(0, 6)], 100),
        ([(0, 3), (3, 6)], [(0, 6)], 100),
    ],
)
def test_highlight_f1(gold: list, predicted: list, expected: float) -> None:
    assert highlight_f1(gold, predicted) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("", 0),
        ("？！", 0),
        ("涨", 0),
        ("晨光派息", 0),
        ("派息。派息", 1 / 3),  # 派息 息派 派息
        ("涨涨涨涨涨", 3 / 4),
    ],
)
def test_redundancy(summary: str, expected: float) -> None:
    assert redundancy(summary) == pytest.approx(expected)


def test_means_of_samples_are_those_of_the_drawn_values() -> None:
    means = sample_means(np.array([0.0, 1.0]), 2000)
    shares = np.array([(means == value).mean() for value in (0, 0.5, 1)])
    assert shares.sum() == 1
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.05)
    assert (sample_means(np.array([3.0]), 5) == 3).all()
    assert (
        sample_means(np.arange(9.0), 4, seed=1).tolist() != sample_means(np.arange(9.0), 4, seed=2).tolist()
    )


def first_four(texts: list[str]) -> list[Summary]:
    return [Summary.from_spans(text, [(0, min(4, len(text)))], method="lead") for text in texts]


def last_four(texts: list[str]) -> list[Summary]:
    return [Summary.from_spans(text, [(len(text) - 4, len(text))], method="tail") for text in texts]


FAULTS = tuple(f"fault_{kind}" for kind in get_args(FaultKind))
TEXT = "晨光派息，股价上涨。"
POSTS = [
    Post("right", "", TEXT, summary="晨光派息"),
    Post("wrong", "", TEXT, summary="今日降雨"),
    Post("bold", "", TEXT, highlights=((2, 4), (5, 9))),
]


def test_gold_is_a_summary_or_highlights() -> None:
    assert [has_gold(post) for post in [*POSTS, Post("none", "", TEXT)]] == [True, True, True, False]
    assert has_gold(Post("empty", "", TEXT, summary=""))  # told to say nothing


def test_summaries_against_their_gold() -> None:
    result = evaluate_summaries(POSTS, first_four)
    assert {score.name: score.value for score in result.scores} == {
        "rouge1": 50,
        "rouge2": 50,
        "rougeL": 50,
        "rouge_mean": 50,
        "highlight_f1": pytest.approx(100 * 2 * 2 / (6 + 4)),
        "length": 4,
        "compression": pytest.approx(0.4),
        "redundancy": 0,
        **dict.fromkeys(FAULTS, 0),
    }
    assert result.method == "lead"
    assert [case["id"] for case in result.worst()] == ["wrong", "bold", "right"]
    assert result.worst()[0] == {
        "id": "wrong",
        "score": 0.0,
        "summary": "晨光派息",
        "gold": "今日降雨",
        "spans": ((0, 4),),
        "highlights": (),
        "text": TEXT,
    }


def test_every_post_has_a_row_of_every_metric() -> None:
    rows = [measure_summary(post, *first_four([post.text])) for post in POSTS]
    assert len({tuple(row) for row in rows}) == 1
    assert [np.isnan(row["highlight_f1"]) for row in rows] == [True, True, False]
    assert [np.isnan(row["rouge1"]) for row in rows] == [False, False, True]
    assert measure_summary(Post("blank", "", "", summary="涨"), Summary((), ""))["compression"] == 0


def test_scores_without_gold_of_their_kind_are_left_out() -> None:
    names = {score.name for score in evaluate_summaries(POSTS[2:], first_four).scores}
    assert names == {"highlight_f1", "length", "compression", "redundancy", *FAULTS}


def test_faults_are_counted() -> None:
    post = Post("a", "", "分析师认为，明年有望降息。此举利好债市。", summary="降息")
    told = Summary.from_spans(post.text, [(6, 13)], method="lead")
    row = measure_summary(post, told)
    assert [name for name in FAULTS if row[name]] == ["fault_quote"]


def test_intervals_of_summaries_hold_the_value_and_are_seeded() -> None:
    one, again = (evaluate_summaries(POSTS * 5, first_four).scores for _ in range(2))
    assert one == again
    for score in one:
        assert score.ci95 is not None
        assert score.ci95[0] - 1e-9 <= score.value <= score.ci95[1] + 1e-9


def test_worst_cases_are_few() -> None:
    assert len(evaluate_summaries(POSTS[:1] * 60, first_four).worst()) == 50


def test_comparison_of_two_methods() -> None:
    posts = POSTS[:1] * 30 + POSTS[1:2] * 30 + POSTS[2:]
    ours, theirs = (evaluate_summaries(posts, method) for method in (first_four, last_four))
    rows = compare_summaries(ours, theirs)
    row = rows["rouge_mean"]
    assert (row["value"], row["difference"], row["p"]) == (0, 50, 0)
    assert 30 < row["ci95"][0] < 50 < row["ci95"][1] < 70
    assert compare_summaries(theirs, ours)["rouge_mean"]["difference"] == -50
    assert rows["highlight_f1"]["difference"] == pytest.approx(40 - 100 * 2 * 3 / 10)
    assert rows["length"] == {"value": 4, "difference": 0, "ci95": [0, 0], "p": 1}
    with pytest.raises(ValueError, match="different posts"):
        compare_summaries(ours, evaluate_summaries(POSTS, first_four))


def test_signatures_tell_data_and_settings_apart() -> None:
    one = sign_summaries({"style": "brief", "method": "lead"}, POSTS)
    assert one.startswith("newsml:") and "|style:brief|method:lead|data:" in one and "|n:3|" in one
    assert one != sign_summaries({"style": "brief", "method": "tail"}, POSTS)
    first = POSTS[0]
    changed = [
        dataclasses.replace(first, **{key: value})
        for key, value in [
            ("id", "x"),
            ("text", "x"),
            ("summary", "x"),
            ("summary", None),
            ("highlights", ((0, 1),)),
        ]
    ]
    assert len({fingerprint_posts([post, *POSTS[1:]]) for post in [first, *changed]}) == 6
    assert fingerprint_posts(POSTS) != fingerprint_posts(POSTS[::-1])


def report_of(posts: list[Post], **more: object) -> str:
    result = evaluate_summaries(posts, first_four)
    about = {"style": "brief", "method": "lead", "signature": "newsml:1|n:3", "n": len(posts), "skipped": 1}
    metrics = metrics_tree(result.scores, **about) | more
    return render_summary_report(metrics, result.worst(), ["summaries.png"])


def test_the_report_shows_what_was_found() -> None:
    lines = report_of(POSTS).splitlines()
    assert lines[0] == "# Evaluation of summaries: brief by lead"
    assert "Signature: newsml:1\\|n:3" in lines
    assert "3 texts; 1 posts without a summary or highlights left out." in lines
    assert "| highlight\\_f1 | 40.0000 | 40.0000 to 40.0000 |" in lines
    assert "![summaries](summaries.png)" in lines
    assert "1. wrong: 0.00" in lines and "    reference: 今日降雨" in lines
    assert "2. bold: 40.00" in lines and "    highlights: 派息 … 股价上涨" in lines
    assert not any(line.startswith("## Against") for line in lines)


def test_the_report_compares() -> None:
    row = {"value": 30.0, "difference": 20.0, "ci95": [10.0, 30.0], "p": 0.04}
    text = report_of(POSTS, against={"method": "tail", "signature": "s", "rouge_mean": row})
    assert "## Against tail" in text
    assert "| rouge\\_mean | 30.0000 | +20.0000 | +10.0000 to +30.0000 | 0.0400 |" in text


def test_the_report_escapes_posts_and_shortens_them() -> None:
    text = "<b>|*涨*\n# 题" + "长" * 1000
    report = report_of([Post("a|b", "", text, summary="<i>*重磅*")] * 30)
    assert "&lt;b&gt;\\|\\*涨\\* \\# 题长" in report and "&lt;i&gt;\\*重磅" in report
    assert "<" not in report and "\n# 题" not in report
    assert "长…" in report and "长" * 301 not in report
    assert report.count(". a\\|b: ") == 20


@pytest.mark.parametrize("posts", [POSTS, POSTS[:1], POSTS[2:]])
def test_the_picture(posts: list[Post], tmp_path) -> None:
    plot_summaries(evaluate_summaries(posts, first_four), tmp_path / "summaries.png")
    assert (tmp_path / "summaries.png").read_bytes().startswith(b"\x89PNG")


def test_cases_are_json() -> None:
    case = json.loads(json.dumps(evaluate_summaries(POSTS, first_four).worst()[1]))
    assert (case["spans"], case["highlights"]) == ([[0, 4]], [[2, 4], [5, 9]])
