"""Options of posts take several values: `--data a.jsonl b.jsonl`."""

import json

import pytest

from newsml.cli.lazy import spread
from tests.conftest import write_jsonl


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("topics --data a b --output m", "topics --data a --data b --output m"),
        ("--data a --output m b", "--data a --output m b"),
        ("--data=a b c", "--data=a --data b --data c"),
        ("--data - b --validation v w", "--data - --data b --validation v --validation w"),
        ("--data a -q b", "--data a -q b"),
        ("--data a b -- --data c d", "--data a --data b -- --data c d"),
        ("--set a=1 b=2", "--set a=1 b=2"),
        ("--data", "--data"),
        ("", ""),
    ],
)
def test_words_after_the_first_value_are_values_too(words, told):
    assert spread(words.split(), {"--data", "--validation"}) == told.split()


def test_evaluate_reads_all_of_them(newsml, tmp_path):
    files = [
        write_jsonl(tmp_path / f"{i}.jsonl", [{"text": f"央行第{i}次宣布降准。", "labels": ["中国", "政策"]}])
        for i in range(3)
    ]
    outcome = newsml("evaluate", "--data", *files, "--output", tmp_path / "report", "--no-explain")
    assert outcome.code == 0
    assert json.loads((tmp_path / "report" / "metrics.json").read_text("utf-8"))["n"] == 3


def test_a_configuration_may_still_stand_behind(newsml, tmp_path):
    data = write_jsonl(tmp_path / "a.jsonl", [{"text": "央行降准。", "labels": ["政策"]}])
    outcome = newsml("train", "--data", data, "no-such", "--output", tmp_path / "m")
    assert outcome.code == 2 and "no-such: no such configuration" in outcome.err
