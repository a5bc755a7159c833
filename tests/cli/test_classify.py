"""`newsml classify`: records, formats, decisions, resume."""

import csv
import io
import json
import os
import subprocess
import sys
import threading
import time

import pytest

from newsml.cli.stream import PAUSE, read_stream
from newsml.domain import Post
from tests.conftest import write_jsonl

KEYS = ["id", "title", "labels", "scores", "tokens", "tokens_read", "error"]


@pytest.fixture
def posts(tmp_path):
    return write_jsonl(
        tmp_path / "posts.jsonl",
        [
            {"id": 7, "text": "【某银行下调存款利率】某银行今日宣布下调人民币存款挂牌利率。"},
            {"title": "=SUM(A1:A9)", "text": "比特币价格跌破关口，全网爆仓金额上升。"},
            {"id": "c", "title": "只有标题的快讯", "text": ""},
        ],
    )


def test_records_have_every_key_and_stand_in_input_order(newsml, posts):
    outcome = newsml("classify", posts)
    assert outcome.code == 0
    assert [list(r) for r in outcome.records] == [KEYS] * 3
    assert [r["id"] for r in outcome.records] == ["7", f"{posts}:2", "c"]
    assert outcome.records[0]["title"] == "某银行下调存款利率"
    for record in outcome.records:
        assert len(record["scores"]) == 16
        assert record["labels"] == sorted(record["labels"], key=lambda label: -record["scores"][label])
        assert len(record["labels"]) >= 1
        assert record["tokens"] == record["tokens_read"] > 0


def test_decisions_follow_the_options(newsml, posts):
    def labels(*options):
        return [len(r["labels"]) for r in newsml("classify", posts, *options).records]

    assert labels("--top-k", 3) == [3, 3, 3]
    assert labels("--threshold", 0) == [16, 16, 16]
    assert labels("--threshold", 1, "--min-labels", 0) == [0, 0, 0]
    assert labels("--threshold", 0, "--max-labels", 2) == [2, 2, 2]
    assert labels("--threshold", 1, "--min-labels", 2) == [2, 2, 2]
    assert labels("--threshold", 1, "--threshold", "期货=0", "--threshold", "中国=0") == [2, 2, 2]


@pytest.mark.parametrize(
    ("thresholds", "told"),
    [
        (["期货=much"], "--threshold 期货=much: is neither P nor LABEL=P, P being a number"),
        (["0.4", "0.5"], "--threshold 0.5: there is one of all labels already"),
        (["期货=0.4", "期货=0.5"], "--threshold 期货=0.5: there is one of 期货 already"),
        (["期货=4"], "--threshold 4.0 does not lie between 0 and 1"),
        (["=0.4"], "--threshold =0.4: names no label"),
        (["股票=0.4"], "threshold of 股票: no label of the model"),
    ],
)
def test_thresholds_that_do_not_hold_are_told_before_anything_is_written(
    newsml, posts, tmp_path, thresholds, told
):
    options = [part for text in thresholds for part in ("--threshold", text)]
    outcome = newsml("classify", posts, *options, "--output", tmp_path / "new" / "out.jsonl")
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err and outcome.err.count("\n") == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "option", [("--threshold", 2), ("--top-k", 0), ("--min-labels", 3, "--max-labels", 2)]
)
def test_contradictory_decisions_are_usage_errors(newsml, posts, option):
    outcome = newsml("classify", posts, *option)
    assert (outcome.code, outcome.out) == (2, "")


def test_csv_keeps_chinese_and_runs_no_formula(newsml, posts, tmp_path):
    target = tmp_path / "out.csv"
    assert newsml("classify", posts, "--output", target).code == 0
    data = target.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows[0]["title"] == "某银行下调存款利率"
    assert rows[1]["title"] == "'=SUM(A1:A9)"


def test_an_error_has_a_column_of_its_own_in_csv(newsml, posts, tmp_path):
    (tmp_path / "empty.md").touch()
    outcome = newsml("classify", tmp_path / "empty.md", posts, "--format", "csv")
    assert outcome.code == 3
    bad, good, *_ = csv.DictReader(io.StringIO(outcome.out.removeprefix("\ufeff")))
    assert list(bad) == ["id", "labels", "scores", "title", "error"]
    assert (bad["title"], bad["error"]) == ("", f"{tmp_path / 'empty.md'}: is empty")
    assert (good["title"], good["error"]) == ("某银行下调存款利率", "")
    table = newsml("classify", tmp_path / "empty.md", "--format", "table").out
    assert table.splitlines()[1].endswith("…") or "is empty" in table


def test_table_and_markdown_name_every_post(newsml, posts):
    table = newsml("classify", posts, "--format", "table").out.splitlines()
    assert len(table) == 4
    assert "只有标题的快讯" in table[3]
    assert newsml("classify", posts, "--format", "md").out.count("\n- ") == 2


def test_long_texts_are_read_in_windows_and_said_so(newsml, tmp_path):
    long = write_jsonl(
        tmp_path / "long.jsonl", [{"text": "公司公告称，项目按计划推进，预计明年投产。" * 120}]
    )
    whole, part = (
        newsml("classify", long).records[0],
        newsml("classify", long, "--max-tokens", 300).records[0],
    )
    assert whole["tokens"] == whole["tokens_read"] > 1000
    assert part["tokens"] == whole["tokens"]
    assert part["tokens_read"] <= 300


def test_a_label_that_only_the_last_window_tells_is_found(newsml, tmp_path):
    body = "公司公告称，项目按计划推进，预计明年投产。" * 60
    last = "比特币跌破关口，全网爆仓金额上升，多家虚拟货币交易所暂停提现，以太坊等加密货币同步下挫。"
    data = write_jsonl(tmp_path / "d.jsonl", [{"text": body}, {"text": body + "\n" + last * 10}])
    before, after = newsml("classify", data).records
    assert after["tokens_read"] == after["tokens"] > 1000
    assert "虚拟货币" in after["labels"] and "虚拟货币" not in before["labels"]
    assert "公司" in after["labels"]


def test_a_label_that_only_the_last_paragraph_tells_is_found(newsml, tmp_path):
    body = "公司公告称，项目按计划推进，预计明年投产。仓库完成盘点，账实相符。\n" * 60
    last = "三大股指今日集体收涨，沪指涨1.2%，两市成交额突破万亿元，北向资金净买入80亿元。"
    data = write_jsonl(tmp_path / "d.jsonl", [{"text": body}, {"text": body + last}])
    before, after = newsml("classify", data).records
    assert after["tokens_read"] == after["tokens"] > 1000
    assert "大盘" in after["labels"] and "大盘" not in before["labels"]


def test_resume_skips_what_is_there_and_takes_up_a_killed_run(newsml, posts, tmp_path):
    target = tmp_path / "out.jsonl"
    assert newsml("classify", posts, "--output", target).code == 0
    whole = target.read_text(encoding="utf-8")
    # A killed run leaves whole lines and half a line beside the place of the file.
    lines = whole.splitlines(keepends=True)
    target.unlink()
    (tmp_path / ".out.jsonl.partial").write_text(lines[0] + lines[1][:25], encoding="utf-8")
    assert newsml("classify", posts, "--output", target, "--resume").code == 0
    assert target.read_text(encoding="utf-8") == whole
    marked = [json.loads(line) | {"title": "不再读"} for line in whole.splitlines()]
    write_jsonl(target, marked)
    assert newsml("classify", posts, "--output", target, "--resume").code == 0
    assert [json.loads(line)["title"] for line in target.read_text(encoding="utf-8").splitlines()] == [
        "不再读"
    ] * 3


def test_resume_without_a_file_is_a_usage_error(newsml, posts):
    assert newsml("classify", posts, "--resume").code == 2


def test_stdin_and_a_reader_that_goes_away():
    lines = "".join(
        json.dumps({"id": i, "text": f"第{i}条快讯，指数收涨。"}, ensure_ascii=False) + "\n"
        for i in range(300)
    )
    command = [sys.executable, "-m", "newsml", "classify", "-", "--format", "jsonl"]
    whole = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=120, check=True)
    assert [json.loads(line)["id"] for line in whole.stdout.splitlines()] == [str(i) for i in range(300)]
    shell = f"{' '.join(command)} | head -n 1; exit ${{PIPESTATUS[0]}}"
    many = (lines * 5).encode()  # more than a pipe holds
    head = subprocess.run(["bash", "-c", shell], input=many, capture_output=True, timeout=120, check=False)
    assert head.returncode == 0
    assert len(head.stdout.splitlines()) == 1
    assert head.stderr == b""


def test_nothing_is_sent_and_nothing_left_in_the_home(tmp_path, posts):
    (tmp_path / "home").mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    command = [sys.executable, "-m", "newsml", "classify", str(posts)]
    home = {"HOME": str(tmp_path / "home")}
    done = subprocess.run(command, env=kept | home, capture_output=True, timeout=120, check=True)
    assert done.stderr == b""
    assert list((tmp_path / "home").iterdir()) == []  # where telemetry would keep its id of the machine


def test_threads_are_at_most_one_a_core(newsml, posts, monkeypatch):
    monkeypatch.setattr("newsml.model.reader.count_cores", lambda: 1)
    assert newsml("classify", posts, "--jobs", 10**30).code == 0


def test_a_checkpoint_runs_in_pytorch(newsml, tiny_model, labelled):
    records = newsml("classify", labelled, "--model", tiny_model, "--device", "cpu").records
    gold = [json.loads(line)["labels"] for line in labelled.read_text(encoding="utf-8").splitlines()]
    right = sum(r["labels"] == g for r, g in zip(records, gold, strict=True))
    assert right >= 70  # of 80 that differ in every word


@pytest.mark.parametrize("command", [["classify"], ["summarize", "--method", "lead"], ["summarize"]])
def test_posts_of_a_live_feed_are_answered_as_they_come(command):
    arguments = [sys.executable, "-m", "newsml", *command, "-", "--quiet"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        giving_up = threading.Timer(60, run.kill)
        giving_up.start()
        for name in ("first", "second"):
            run.stdin.write(json.dumps({"id": name, "text": "央行开展500亿元逆回购操作。"}) + "\n")
            run.stdin.flush()
            assert json.loads(run.stdout.readline())["id"] == name
        run.stdin.write("no record\n" + json.dumps({"id": "third", "text": "金价走高。"}))
        rest, _ = run.communicate()
        giving_up.cancel()
    records = [json.loads(line) for line in rest.splitlines()]
    assert [record["id"] for record in records] == ["-:3", "third"]
    assert records[0]["error"]
    assert run.returncode == 3


def test_what_goes_wrong_while_a_feed_is_waited_for_is_raised():
    def posts():
        yield Post("a", "", "甲")
        raise KeyError("lost")

    answered = read_stream(posts(), lambda found: [post.id for post in found], live=True)
    assert next(answered)[1] == "a"
    with pytest.raises(KeyError, match="lost"):
        next(answered)


def test_a_steady_feed_is_not_kept_waiting():
    def posts():
        for name in range(12):
            time.sleep(PAUSE / 4)
            yield Post(str(name), "", "甲")

    read_at_once = []

    def read(found):
        read_at_once.append(len(found))
        return [post.id for post in found]

    assert [answer for _, answer in read_stream(posts(), read, live=True)] == [
        str(name) for name in range(12)
    ]
    assert len(read_at_once) > 1
