"""Evaluation of a classifier: cases, comparison, report; and the quality gate."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from newsml.domain import Example, Post, Score
from newsml.errors import GateError, UsageError
from newsml.evaluate.classification import (
    ClassificationResult,
    add_evidence,
    compare,
    compare_matches,
    evaluate_classifier,
)
from newsml.evaluate.markdown import render_report
from newsml.evaluate.report import MEASURED, check_gate, metrics_tree, read_gate, write_report
from newsml.evaluate.signature import fingerprint_examples
from newsml.evaluate.summarization import evaluate_summaries, measure_summary
from newsml.labels import LabelScheme
from newsml.metrics.classification import Decisions, score_decisions
from newsml.summarization import extract
from newsml.summarization.lead import Lead

NAMES = ("公司", "债券", "期货")


def result_of(gold: list[list[int]], probs: list[list[float]], mode: str = "multi") -> ClassificationResult:
    truth, values = np.array(gold, bool), np.array(probs)
    predicted = values >= (values.max(1, keepdims=True) if mode == "single" else 0.5)
    examples = [
        Example(str(i), f"第{i}条", tuple(n for n, g in zip(NAMES, row, strict=True) if g))
        for i, row in enumerate(gold)
    ]
    decisions = Decisions(truth, predicted, values)
    scores = score_decisions(decisions, single=mode == "single")
    return ClassificationResult(LabelScheme(NAMES, mode=mode), examples, decisions, scores)


MULTI = result_of(
    [[1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 0, 0]],
    [[0.9, 0.1, 0.1], [0.6, 0.4, 0.1], [0.75, 0.8, 0.1], [0.99, 0.01, 0.01]],
)


class FirstWord:
    """Explains each label by the first two characters, and the last label by nothing."""

    def explain(self, post: Post, labels: list[str], **_: int) -> dict[str, tuple]:
        assert post.model_input == post.text
        return {label: ((0, 2),) if label != NAMES[-1] else () for label in labels}


def test_the_worst_cases_get_evidence() -> None:
    cases = result_of([[1, 0, 0], [0, 0, 1]], [[0.2, 0.9, 0.1], [0.1, 0.1, 0.3]]).worst()
    told: list[int] = []
    add_evidence(FirstWord(), cases, advance=told.append)  # type: ignore[arg-type]
    assert [case["evidence"] for case in cases] == [{"公司": [[0, 2]], "债券": [[0, 2]]}, {"期货": []}]
    assert told == [1, 1]


def test_there_is_something_to_evaluate_with() -> None:
    model = FirstWord()
    with pytest.raises(UsageError, match="no examples"):
        evaluate_classifier(model, [])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no posts"):
        evaluate_summaries([], lambda texts: [])


def test_figures_of_each_label() -> None:
    assert MULTI.per_label() == [
        {"label": "公司", "precision": 0.75, "recall": 1, "f1": pytest.approx(6 / 7), "support": 3},
        {"label": "债券", "precision": 1, "recall": 0.5, "f1": pytest.approx(2 / 3), "support": 2},
        {"label": "期货", "precision": 0, "recall": 0, "f1": 0, "support": 0},
    ]


def test_worst_examples_come_first() -> None:
    worst = MULTI.worst()
    assert [case["id"] for case in worst] == ["2", "1", "0", "3"]
    assert worst[0]["loss"] == pytest.approx(-np.log([0.25, 0.8, 0.9]).mean(), abs=1e-4)
    assert (worst[0]["gold"], worst[0]["predicted"]) == (["债券"], ["公司", "债券"])
    assert worst[0]["text"] == "第2条"
    assert worst[0]["scores"] == {"公司": 0.75, "债券": 0.8}
    assert worst[1]["scores"] == {"公司": 0.6, "债券": 0.4}  # missed labels too


def test_a_certain_mistake_has_a_finite_loss() -> None:
    case = result_of([[1, 0, 0]], [[0.0, 1.0, 0.0]]).worst()[0]
    assert 5 < case["loss"] < 20


def test_confusion() -> None:
    result = result_of(
        [[1, 0, 0], [1, 0, 0], [0, 0, 1]], [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.5, 0.1, 0.4]], "single"
    )
    assert result.confusion().tolist() == [[1, 1, 0], [0, 0, 0], [1, 0, 0]]


def test_confusions_of_single_labels_are_the_wrong_cells() -> None:
    result = result_of(
        [[1, 0, 0], [0, 0, 1], [1, 0, 0], [1, 0, 0]],
        [[0.2, 0.8, 0], [0.5, 0.1, 0.4], [0.1, 0.9, 0], [0.9, 0.1, 0]],
        "single",
    )
    assert result.confusions() == [
        {"gold": "公司", "predicted": "债券", "count": 2},
        {"gold": "期货", "predicted": "公司", "count": 1},
    ]


def test_confusions_of_sets_of_labels_pair_what_is_missed_with_what_is_wrong() -> None:
    result = result_of(
        [[1, 1, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]],
        [[0.1, 0.1, 0.9], [0.2, 0.1, 0.9], [0.9, 0.9, 0.1], [0.1, 0.1, 0.1]],
    )
    # A label given too many (third) or missed alone (last) pairs with nothing.
    assert result.confusions() == [
        {"gold": "公司", "predicted": "期货", "count": 2},
        {"gold": "债券", "predicted": "期货", "count": 1},
    ]
    assert MULTI.confusions() == []


def test_confusions_are_few() -> None:
    names = tuple(f"标签{i}" for i in range(6))
    gold = np.repeat(np.eye(6, dtype=bool), 6, axis=0)
    predicted = np.tile(np.eye(6, dtype=bool), (6, 1))
    decisions = Decisions(gold, predicted, predicted * 1.0)
    assert len(ClassificationResult(LabelScheme(names), [], decisions, []).confusions()) == 20


def test_labels_have_their_thresholds() -> None:
    result = dataclasses.replace(MULTI, thresholds=(0.5, 0.4, 0.3))
    assert [row["threshold"] for row in result.per_label()] == [0.5, 0.4, 0.3]


def test_matches_are_compared_by_mcnemar() -> None:
    gold = [[1, 0, 0]] * 8
    right, wrong = [0.9, 0.1, 0.1], [0.1, 0.1, 0.9]
    ours = result_of(gold, [right] * 7 + [wrong])
    theirs = result_of(gold, [right] + [wrong] * 6 + [right])
    # Two-sided: (1 + 7) / 2 ** 7 twice.
    assert compare_matches(ours, theirs) == {"only_ours": 6, "only_theirs": 1, "p": 0.125}
    assert compare_matches(ours, ours)["p"] == 1


def test_comparison_of_two_models(monkeypatch) -> None:
    monkeypatch.setattr("newsml.evaluate.classification.RESAMPLES", 200)
    gold = [[1, 0, 0], [0, 1, 0], [0, 0, 1]] * 20
    right = [[0.9 if g else 0.1 for g in row] for row in gold]
    ours = result_of(gold, right)
    theirs = result_of(gold, right[:45] + [[0.1, 0.1, 0.1]] * 15)
    row = compare(ours, theirs)["exact_match"]
    assert (row["value"], row["difference"]) == (0.75, 0.25)
    assert 0.1 < row["ci95"][0] < 0.25 < row["ci95"][1] < 0.4
    assert row["p"] == 0
    assert compare(theirs, ours)["exact_match"]["difference"] == -0.25
    same = compare(ours, ours)["micro_f1"]
    assert (same["difference"], same["ci95"], same["p"]) == (0, [0, 0], 1)


def test_every_score_of_a_single_label_is_compared() -> None:
    right, wrong = [0.9, 0.05, 0.05], [0.1, 0.8, 0.1]
    ours, theirs = (result_of([[1, 0, 0]] * 2, probs, "single") for probs in ([right, right], [right, wrong]))
    table = compare(ours, theirs)
    assert list(table) == [score.name for score in ours.scores]
    assert (table["accuracy"]["value"], table["accuracy"]["difference"]) == (0.5, 0.5)


def test_models_are_compared_on_the_same_examples() -> None:
    with pytest.raises(ValueError, match="different examples"):
        compare(MULTI, result_of([[1, 0, 0]], [[0.9, 0.1, 0.1]]))


def test_metrics_tree() -> None:
    tree = metrics_tree([Score("micro_f1", 0.8, (0.7, 0.9)), Score("ece", 0.1)], n=3, task="classify")
    assert tree == {"n": 3, "task": "classify", "micro_f1": 0.8, "micro_f1_ci95": [0.7, 0.9], "ece": 0.1}
    assert list(tree) == ["n", "task", "micro_f1", "micro_f1_ci95", "ece"]


def test_report_files(tmp_path: Path) -> None:
    write_report(tmp_path / "new", {"n": 2}, [{"id": "甲\n"}, {"id": "乙"}])
    assert json.loads((tmp_path / "new" / "metrics.json").read_text(encoding="utf-8")) == {"n": 2}
    lines = (tmp_path / "new" / "worst.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["甲\n", "乙"]


def report_of(result: ClassificationResult, **more: object) -> str:
    scores = [Score("micro_f1", 0.8, (0.7, 0.9)), Score("ece", 0.1)]
    about = {"model": "a_b", "signature": "newsml:1|n:4", "n": 4, "skipped": 2}
    parts = {"labels": result.per_label(), "confusions": result.confusions()}
    metrics = metrics_tree(scores, **about) | parts | more
    return render_report(metrics, result.worst(), ["labels.png", "reliability.png"])


def test_the_report_shows_what_was_found() -> None:
    lines = report_of(dataclasses.replace(MULTI, thresholds=(0.5, 0.4, 0.3))).splitlines()
    assert lines[0] == "# Evaluation of a\\_b"
    assert "Signature: newsml:1\\|n:4" in lines
    assert "| micro\\_f1 | 0.8000 | 0.7000 to 0.9000 |" in lines
    assert "| label | precision | recall | f1 | support | threshold |" in lines
    assert "| 债券 | 1.0000 | 0.5000 | 0.6667 | 2 | 0.4000 |" in lines
    assert {"![labels](labels.png)", "![reliability](reliability.png)"} <= set(lines)
    assert "1. 2: loss 0.572, gold 债券, predicted 公司 债券 (公司 0.750, 债券 0.800)" in lines
    assert not any(line.startswith("## Against") for line in lines)


def test_the_report_compares() -> None:
    row = {"value": 0.5, "difference": 0.3, "ci95": [-0.1, 0.5], "p": 0.04}
    test = {"only_ours": 6, "only_theirs": 1, "p": 0.125}
    text = report_of(MULTI, against={"model": "x", "signature": "s", "micro_f1": row, "mcnemar": test})
    assert "| micro\\_f1 | 0.5000 | +0.3000 | -0.1000 to +0.5000 | 0.0400 |" in text
    assert "6 examples are right here alone, 1 there alone, p = 0.125" in text


def test_the_report_escapes_posts_and_shortens_them() -> None:
    text = "<b>涨停</b>|*重磅*\n# 标题" + "长" * 1000
    example = Example("a|b.md", text, ("公司",))
    result = result_of([[1, 0, 0]] * 30, [[0.1, 0.1, 0.1]] * 30)
    report = report_of(dataclasses.replace(result, examples=[example] * 30))
    assert "&lt;b&gt;涨停&lt;/b&gt;\\|\\*重磅\\* \\# 标题长长" in report
    assert "<b>" not in report and "\n# 标题" not in report
    assert "a\\|b.md" in report and "predicted none" in report
    assert "长…" in report and "长" * 301 not in report
    assert report.count(": loss ") == 20
    assert "The first of 30 in" in report


def test_fingerprints_tell_data_apart() -> None:
    one, two = Example("a", "涨", ("公司",)), Example("b", "跌", ("债券",))
    assert fingerprint_examples([one, two]) == fingerprint_examples([one, two])
    others = [
        [two, one],
        [one],
        [Example("c", "涨", ("公司",)), two],
        [Example("a", "跌", ("公司",)), two],
        [Example("a", "涨", ("债券",)), two],
        [Example("a", "涨", ("公", "司")), two],
    ]
    assert len({fingerprint_examples(e) for e in [[one, two], *others]}) == 7
    assert len(fingerprint_examples([Example("\udcff", "涨", ("公司",))])) == 12


def gate(tmp_path: Path, text: str) -> dict[str, float]:
    path = tmp_path / "gate.yaml"
    path.write_text(text, encoding="utf-8")
    return read_gate(path)


def test_a_gate_is_read(tmp_path: Path) -> None:
    assert gate(tmp_path, "micro_f1: 0.8\nrouge1: 40\nece: 5e-2\n") == {
        "micro_f1": 0.8,
        "rouge1": 40.0,
        "ece": 0.05,
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "- micro_f1",
        "0.8",
        "micro_f1: high",
        "micro_f1: true",
        "micro_f1:",
        "micro_f1: [0.8]",
        "micro_f1: .nan",
        "micro_f1: -.inf",
        "micro_f1: [",
        "micro_f1: !!python/name:os.system x",
    ],
)
def test_a_gate_that_is_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"^gate .*gate\.yaml") as caught:
        gate(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_gate_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^gate .*no-such"):
        read_gate(tmp_path / "no-such.yaml")


def test_a_gate_of_what_is_not_measured(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text("准确率: 0.8\naccuracy: 0.8\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"gate\.yaml: no such metric: 准确率; of n, skipped, micro_f1, "):
        read_gate(path, MEASURED["classify"])
    summary = extract("涨。", Lead(), method="lead")
    assert {"n", "skipped", *measure_summary(Post("a", "", "涨。"), summary)} == set(MEASURED["summarize"])


def test_a_gate_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text("# 下限\nmicro_f1: 0.8\n", encoding="gb18030")
    with pytest.raises(UsageError, match=r"gate\.yaml: is not in UTF-8$"):
        read_gate(tmp_path / "gate.yaml")


METRICS = {"micro_f1": 0.8, "macro_f1": 0.6, "micro_f1_ci95": [0.7, 0.9], "n": 10, "task": "classify"}


def test_a_floor_that_is_reached() -> None:
    check_gate(METRICS, {"micro_f1": 0.8, "macro_f1": 0.5, "n": 10})


def test_all_missed_floors_are_named() -> None:
    with pytest.raises(GateError) as caught:
        check_gate(METRICS, {"micro_f1": 0.81, "macro_f1": 0.7, "n": 1})
    assert "micro_f1 0.8000 < 0.81" in str(caught.value)
    assert "macro_f1 0.6000 < 0.7" in str(caught.value)
    assert "n " not in str(caught.value).removeprefix("quality gate missed")
    assert caught.value.exit_code == 5


def test_errors_are_bounded_from_above() -> None:
    metrics = {"ece": 0.02, "brier": 0.1, "micro_f1": 0.9}
    check_gate(metrics, {"ece": 0.02, "brier": 0.11, "micro_f1": 0.9})
    with pytest.raises(GateError, match=r"missed: ece 0\.0200 > 0\.01, brier 0\.1000 > 0\.05$"):
        check_gate(metrics, {"ece": 0.01, "micro_f1": 0.5, "brier": 0.05})


def test_faults_and_redundancy_are_bounded_from_above() -> None:
    metrics = {"fault_quote": 0.02, "redundancy": 0.1, "rouge_mean": 40.0}
    check_gate(metrics, {"fault_quote": 0.05, "redundancy": 0.1, "rouge_mean": 39})
    with pytest.raises(GateError, match=r"missed: fault_quote 0\.0200 > 0\.01, redundancy 0\.1000 > 0\.09$"):
        check_gate(metrics, {"fault_quote": 0.01, "redundancy": 0.09})


@pytest.mark.parametrize("name", ["accuracy", "task", "micro_f1_ci95"])
def test_a_floor_of_something_unmeasured(name: str) -> None:
    with pytest.raises(UsageError, match=f"not measured here: {name}"):
        check_gate(METRICS, {name: 0.1, "micro_f1": 0.99})
