"""`newsml evaluate --task summarize`: files, table, comparison, gate, failures."""

import json
import re

import pytest

from tests.conftest import write_jsonl

FIRST, SECOND = "央行今日开展逆回购操作。", "市场利率小幅下行，债券价格上涨。"
RECORDS = [
    {"id": "a", "text": FIRST + SECOND, "summary": FIRST},
    {"id": "b", "text": SECOND + FIRST, "summary": FIRST, "highlights": [[0, len(SECOND)]]},
    {"id": "c", "text": FIRST, "summary": "", "highlights": [[0, 0]]},
]


@pytest.fixture
def arguments(tmp_path):
    data = write_jsonl(tmp_path / "d.jsonl", RECORDS)
    return ["evaluate", "--task", "summarize", "--data", data, "--output", tmp_path / "r"]


def metrics_in(folder):
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def test_files_and_table(newsml, tmp_path, arguments):
    outcome = newsml(*arguments, "--style", "brief", "--method", "lead", "--sentences", 1)
    assert outcome.code == 0
    metrics = metrics_in(tmp_path / "r")
    assert [metrics[key] for key in ("style", "method", "sentences", "n", "skipped")] == [
        "brief",
        "lead",
        1,
        2,
        1,
    ]
    assert metrics["highlight_f1"] == 100
    assert metrics["rouge_mean_ci95"][0] < metrics["rouge_mean"] < metrics["rouge_mean_ci95"][1] == 100
    assert "against" not in metrics
    for name in ("style", "method", "signature", "rouge_mean", "compression", "redundancy"):
        assert f"\n{name} " in f"\n{outcome.out}"
    worst = [json.loads(line) for line in (tmp_path / "r" / "worst.jsonl").read_text("utf-8").splitlines()]
    assert [case["id"] for case in worst] == ["b", "a"]
    assert worst[0]["text"] == SECOND + FIRST and worst[0]["gold"] == FIRST
    report = (tmp_path / "r" / "report.md").read_text(encoding="utf-8")
    assert "](summaries.png)" in report
    assert (tmp_path / "r" / "summaries.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("other", ["textrank", "random"])
def test_another_method_or_chance_on_the_same_texts(newsml, tmp_path, arguments, other):
    outcome = newsml(*arguments, "--max-chars", 20, "--against", other)
    assert outcome.code == 0
    against = metrics_in(tmp_path / "r")["against"]
    assert against["method"] == other
    assert f"|method:{other}|max_chars:20|" in against["signature"]
    assert set(against["rouge_mean"]) == {"value", "difference", "ci95", "p"}
    assert f"against {other}\n" in outcome.out and "mcnemar" not in outcome.out
    assert f"## Against {other}" in (tmp_path / "r" / "report.md").read_text(encoding="utf-8")


def test_the_signature_names_every_setting(newsml, tmp_path, arguments):
    def sign(*options):
        assert newsml(*arguments, *options).code == 0
        return metrics_in(tmp_path / "r")["signature"]

    assert "|style:brief|method:lead|budget:default|data:" in sign("--method", "lead")
    told = re.escape("|method:model|budget:default|model:topics@HASH|max_tokens:4096|data:")
    assert re.search(told.replace("HASH", "[0-9a-f]{12}"), sign())
    options = [
        (),
        ("--style", "headline"),
        ("--max-tokens", 9),
        ("--sentences", 1),
        ("--max-chars", 9),
        ("--method", "centroid"),
    ]
    assert len({sign(*option) for option in options}) == 6


def test_a_gate_below_and_above(newsml, tmp_path, arguments):
    gate = tmp_path / "gate.yaml"
    for floor, code in (("40", 0), ("100.5", 5)):
        gate.write_text(f"rouge_mean: {floor}\n", encoding="utf-8")
        lead = ("--method", "lead", "--sentences", 1)
        assert newsml(*arguments, *lead, "--gate", gate).code == code


@pytest.mark.parametrize(
    "options",
    [
        ("--against", "magic"),
        ("--method", "random"),
        ("--style", "verse"),
        ("--sentences", 1, "--max-chars", 9),
    ],
)
def test_usage_errors(newsml, arguments, options):
    outcome = newsml(*arguments, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    "options", [("--style", "brief"), ("--method", "lead"), ("--sentences", 1), ("--max-chars", 9)]
)
def test_options_of_summaries_need_that_task(newsml, arguments, options):
    outcome = newsml(*arguments, "--task", "classify", *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"{options[0]} needs --task summarize" in outcome.err


def test_data_without_gold_is_exit_3(newsml, tmp_path, arguments):
    (tmp_path / "d.jsonl").write_text('{"text": "没有摘要。"}\n', encoding="utf-8")
    outcome = newsml(*arguments)
    assert outcome.code == 3
    assert "d.jsonl: no post has a summary or highlights" in outcome.err


def test_a_line_that_is_none_is_told_and_left_out(newsml, tmp_path, arguments):
    with (tmp_path / "d.jsonl").open("a", encoding="utf-8") as file:
        file.write("{\n")
    outcome = newsml(*arguments)
    assert outcome.code == 3
    assert "d.jsonl:4" in outcome.err
    assert metrics_in(tmp_path / "r")["n"] == 2


def test_an_output_that_is_a_file_is_told_before_the_work(newsml, tmp_path, arguments):
    (tmp_path / "r").write_text("mine", encoding="utf-8")
    outcome = newsml(*arguments, "--method", "lead")
    assert (outcome.code, outcome.out) == (2, "")
    assert "r: is no folder" in outcome.err
    assert (tmp_path / "r").read_text(encoding="utf-8") == "mine"


def test_a_model_that_only_classifies_is_refused(newsml, tmp_path, tiny_model):
    data = write_jsonl(tmp_path / "a.jsonl", [{"text": "晨光科技派息3亿元。", "summary": "晨光科技派息"}])
    outcome = newsml(
        "evaluate", "--task", "summarize", "--model", tiny_model, "--data", data, "--output", tmp_path / "out"
    )
    assert (outcome.code, f"{tiny_model} classifies only" in outcome.err) == (4, True)
