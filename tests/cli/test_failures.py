"""Unusable input, bad models, bad usage: one clear line, the right code, the rest goes on, no traceback."""

import json
import logging.handlers
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import newsml.posts
from newsml.cli import main
from newsml.errors import ModelError
from newsml.model.checksums import pin_files
from newsml.model.hf import load_encoder
from newsml.model.layout import Layout
from tests.conftest import write_jsonl

GOOD = "---\ntitle: '一条好的快讯'\ncategories: [金融]\n---\n\n<p>今日两市成交额超过万亿元。</p>\n"

BAD = {
    "broken-yaml.md": b"---\ntitle: [a, b\ncategories: {x: [}\n---\n\n<p>text</p>\n",
    "unclosed.md": b"---\ntitle: x\n\n<p>text</p>\n",
    "empty.md": b"",
    "binary.md": b"\x00\x01\x02\x03PNG",
    "not-utf8.md": b"\xff\xfe\xfd\x81 broken \xff\xff",
}


@pytest.fixture(params=["classify", "summarize"])
def command(request):
    return request.param


@pytest.mark.parametrize("name", BAD)
def test_unusable_files_are_named_and_the_rest_goes_on(newsml, tmp_path, command, name):
    (tmp_path / name).write_bytes(BAD[name])
    (tmp_path / "zz-good.md").write_text(GOOD, encoding="utf-8")
    outcome = newsml(command, tmp_path)
    assert outcome.code == 3
    bad, good = outcome.records
    assert name in bad["error"]
    assert list(bad) == list(good)
    assert not bad.get("labels") and not bad.get("spans")
    assert good["error"] is None and good["title"] == "一条好的快讯"
    assert len(outcome.err.splitlines()) == 1
    assert name in outcome.err
    assert "Traceback" not in outcome.err


def test_a_missing_file_and_an_empty_folder(newsml, tmp_path, command):
    (tmp_path / "folder").mkdir()
    outcome = newsml(command, tmp_path / "missing.md", tmp_path / "folder")
    assert outcome.code == 3
    assert [r["error"] is not None for r in outcome.records] == [True, True]
    assert ["missing.md" in line or "folder" in line for line in outcome.err.splitlines()] == [True, True]


def test_a_broken_jsonl_line_is_named_by_its_number(newsml, tmp_path, command):
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "第一条。"}\n{"text": \n[1]\n{"text": "第四条。"}\n', encoding="utf-8")
    outcome = newsml(command, path)
    assert outcome.code == 3
    assert [r["id"] for r in outcome.records] == [f"{path}:{n}" for n in (1, 2, 3, 4)]
    assert [r["error"] is None for r in outcome.records] == [True, False, False, True]
    assert f"{path}:2: broken JSON" in outcome.err


def test_gbk_is_survived_and_noted(newsml, tmp_path, command):
    (tmp_path / "gbk.md").write_bytes(GOOD.encode("gbk"))
    outcome = newsml(command, tmp_path)
    assert outcome.code == 0
    assert outcome.records[0]["title"] == "一条好的快讯"
    assert "gbk.md: read as GB18030" in outcome.err
    assert newsml(command, tmp_path, "--quiet").err == ""


@pytest.mark.parametrize("spec", [None, "{", '{"format": 99}', '{"format": 1, "name": "x"}'])
def test_a_folder_that_is_no_model_is_exit_4(newsml, tmp_path, spec):
    post = tmp_path / "a.md"
    post.write_text(GOOD, encoding="utf-8")
    model = tmp_path / "model"
    model.mkdir()
    if spec is not None:
        (model / "newsml.json").write_text(spec, encoding="utf-8")
    for arguments in (["classify", post], ["evaluate", "--data", post, "--output", tmp_path / "r"]):
        outcome = newsml(*arguments, "--model", model)
        assert outcome.code == 4
        assert str(model) in outcome.err
        assert len(outcome.err.splitlines()) == 1


def test_a_missing_model_and_a_broken_onnx_file(newsml, tmp_path, tiny_model):
    post = tmp_path / "a.md"
    post.write_text(GOOD, encoding="utf-8")
    assert newsml("classify", post, "--model", tmp_path / "nowhere").code == 4
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("newsml.json", "tokenizer.json"):
        (broken / name).write_bytes((tiny_model / name).read_bytes())
    (broken / "model.int8.onnx").write_bytes(b"not onnx")
    outcome = newsml("classify", post, "--model", broken)
    assert outcome.code == 4
    assert "SHA256SUMS" in outcome.err
    pin_files(Layout(broken))
    outcome = newsml("classify", post, "--model", broken)
    assert outcome.code == 4
    assert "model.int8.onnx" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["classify"],
        ["classify", "-", "-"],
        ["classify", "x.md", "--device", "cuda9"],
        ["train", "no-such-config", "--data", "x", "--output", "y"],
        ["train", "topics", "--data", "x", "--output", "y", "--set", "train.epoch=3"],
        ["evaluate", "--data", "x", "--output", "y", "--gate", "no-such-file"],
    ],
)
def test_usage_errors_are_exit_2(newsml, arguments):
    outcome = newsml(*arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["classify", "--output"],
        ["classify", "--review"],
        ["summarize", "--method", "lead", "--output"],
        ["summarize", "--method", "lead", "--resume", "--output"],
        ["summarize", "--digest"],
        ["data", "check", "--output"],
        ["data", "convert", "--output"],
        ["data", "errors", "--output"],
    ],
)
def test_an_input_is_not_replaced_by_the_results(newsml, tmp_path, arguments):
    post, link = tmp_path / "post.md", tmp_path / "link.md"
    post.write_text(GOOD, encoding="utf-8")
    link.symlink_to(post)
    more = ["--format", "jsonl"] if "--resume" in arguments else []
    outcome = newsml(*arguments, link, post, *more)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"{link}: is an input, which the results would replace" in outcome.err
    assert link.is_symlink() and post.read_text(encoding="utf-8") == GOOD


@pytest.mark.parametrize(
    "options",
    [
        ("classify", "--output"),
        ("classify", "--review"),
        ("summarize", "--output"),
        ("data", "check", "--output"),
        ("data", "errors", "--output"),
    ],
)
def test_a_post_of_a_folder_is_not_replaced(newsml, tmp_path, options):
    folder = tmp_path / "posts"
    folder.mkdir()
    post = folder / "a.md"
    post.write_text("---\ntitle: 降准\n---\n央行宣布降准。\n", encoding="utf-8")
    before = post.read_bytes()
    *command, option = options
    outcome = newsml(*command, folder, option, post)
    assert outcome.code == 2 and f"{post}: is a post of {folder}" in outcome.err
    assert post.read_bytes() == before


def test_statistics_do_not_replace_their_input(newsml, tmp_path):
    page = tmp_path / "a.html"
    page.write_text("<p>央行宣布降准。</p>", encoding="utf-8")
    outcome = newsml("data", "stats", page, "--output", page)
    assert outcome.code == 2 and "is an input" in outcome.err
    assert page.read_text(encoding="utf-8") == "<p>央行宣布降准。</p>"


def test_a_hub_model_out_of_reach_is_one_line(newsml, labelled, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    base = "model.base=no-such-owner/no-such-model"
    outcome = newsml(
        "train", "topics", "--data", labelled, "--output", tmp_path / "m", "--set", base, "--quiet"
    )
    assert outcome.code == 4
    assert "no-such-owner/no-such-model" in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_the_hub_is_asked_for_one_file_only_and_its_retries_are_not_told(monkeypatch):
    waits, told = [], logging.handlers.BufferingHandler(100)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(time, "sleep", waits.append)
    hub = logging.getLogger("huggingface_hub")
    hub.addHandler(told)
    with pytest.raises(ModelError, match="no-such-owner/no-such-model: no encoder"):
        load_encoder("no-such-owner/no-such-model")
    hub.removeHandler(told)
    assert [record.getMessage() for record in told.buffer] == []
    assert len(waits) <= 5


def test_a_bug_is_exit_1_in_one_line_and_a_traceback_with_debug(newsml, tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(newsml_posts(), "read_posts", broken)
    outcome = newsml("summarize", tmp_path)
    assert outcome.code == 1
    assert "bug" in outcome.err and len(outcome.err.splitlines()) == 1
    with pytest.raises(ZeroDivisionError):
        main(["summarize", str(tmp_path), "--debug"])


def newsml_posts():
    return newsml.posts


def test_an_error_keeps_its_exit_code_with_debug(newsml, tmp_path):
    data = write_jsonl(tmp_path / "d.jsonl", [{"text": "一条快讯。"}])
    for arguments, code in ((("--model", "nosuch"), 4), (("--threshold", "3"), 2)):
        outcome = newsml("classify", data, *arguments)
        debugged = newsml("--debug", "classify", data, *arguments)
        assert (outcome.code, debugged.code) == (code, code)
        assert debugged.err.startswith("Traceback") and debugged.err.endswith(outcome.err)
        assert "Traceback" not in outcome.err


def test_a_package_without_a_checkpoint_says_so_of_other_devices(newsml, tmp_path):
    from newsml.model.layout import embedded_folder

    data = write_jsonl(tmp_path / "d.jsonl", [{"text": "一条快讯。"}])
    package = tmp_path / "package"
    shutil.copytree(embedded_folder(), package)
    (package / "model.safetensors").unlink()
    pin_files(Layout(package))
    assert newsml("classify", data, "--model", package).code == 0
    outcome = newsml("classify", data, "--model", package, "--device", "cuda")
    told = f"{package}: holds no checkpoint for cuda (model.safetensors is missing)"
    assert (outcome.code, outcome.err) == (4, f"newsml: {told}\n")


def test_interrupted_is_130(tmp_path):
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "posts.jsonl")
    command = [sys.executable, "-m", "newsml", "summarize", str(tmp_path / "posts.jsonl")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with (tmp_path / "posts.jsonl").open("wb") as pipe:  # returns when the command has opened its end
        pipe.write('{"text": "一条快讯。"}\n'.encode("gbk"))
        pipe.flush()
        note = process.stderr.readline()  # of the record, which is read now
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert note.decode().endswith("posts.jsonl:1: read as GB18030\n")
    assert process.returncode == 130
    assert err.decode().strip() == "newsml: interrupted"


@pytest.mark.parametrize("arguments", ["--help", "--version", "info", "data stats posts.jsonl"])
def test_a_reader_that_has_gone_is_no_error(tmp_path, arguments):
    write_jsonl(tmp_path / "posts.jsonl", [{"text": "一条快讯。"}])
    shell = f"{sys.executable} -m newsml {arguments} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize(
    ("arguments", "code"), [("classify - missing.md", 3), ("classify --model none -", 4)]
)
def test_the_code_is_right_though_stderr_takes_nothing(tmp_path, arguments, code):
    shell = f'echo \'{{"text": "央行降准。"}}\' | {sys.executable} -m newsml {arguments} 2> /dev/full'
    done = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert done.returncode == code
    assert len(done.stdout.splitlines()) == (2 if code == 3 else 0)


def test_what_is_no_regular_file_is_unusable(newsml, tmp_path, command):
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "good.md").write_text(GOOD, encoding="utf-8")
    outcome = newsml(command, tmp_path)
    assert outcome.code == 3
    assert [r["error"] is None for r in outcome.records] == [True, False]
    assert "no regular file" in outcome.err


def test_a_name_that_no_system_takes_is_unusable(newsml, command):
    outcome = newsml(command, "a" * 300 + ".md")
    assert outcome.code == 3
    assert "no such file" in outcome.err


def test_an_empty_name_is_shown_as_one(newsml, command):
    outcome = newsml(command, "")
    assert (outcome.code, outcome.err) == (3, 'newsml: "": no such file or folder\n')
    assert [record["id"] for record in outcome.records] == [""]


def test_an_output_folder_that_cannot_be_made_is_a_usage_error(newsml, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    data = tmp_path / "d.jsonl"
    data.write_text(json.dumps({"text": "公司公告。", "labels": ["公司"]}) + "\n", encoding="utf-8")
    outcome = newsml("evaluate", "--data", data, "--output", tmp_path / "file" / "report")
    assert outcome.code == 2
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize(
    "change", [{"window": 100000}, {"pooling": "sum"}, {"thresholds": [2.0] * 16}, {"window": -5}]
)
def test_a_specification_out_of_range_is_a_model_error(newsml, tmp_path, change):
    import shutil

    from newsml.model.layout import embedded_folder

    folder = tmp_path / "model"
    shutil.copytree(embedded_folder(), folder)
    spec = json.loads((folder / "newsml.json").read_text(encoding="utf-8"))
    (folder / "newsml.json").write_text(json.dumps(spec | change), encoding="utf-8")
    (tmp_path / "good.md").write_text(GOOD, encoding="utf-8")
    outcome = newsml("classify", tmp_path / "good.md", "--model", folder)
    assert outcome.code == 4
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("classify a.md --threshold 7", "--threshold 7.0 does not lie between 0 and 1"),
        (
            "classify a.md --min-labels 3 --max-labels 2",
            "--max-labels 2 is less than 1 or than --min-labels",
        ),
        (
            "classify a.md --top-k 3 --max-labels 2",
            "--top-k 3 is less than --min-labels or more than --max-labels",
        ),
        (
            "data convert a.md --output a.txt",
            "--output a.txt: the suffix is none of .jsonl .jsonl.gz .parquet",
        ),
        ("train topics --data a.md --output m --set a", "--set a: give it as a.b=value"),
        (
            "train topics --data a.md --output resume",
            "--output resume: holds a model already; take another folder, or --resume",
        ),
        ("evaluate --data a.md --output r --gate g.yaml", "--gate g.yaml: No such file or directory"),
        ("export topics --output resume", "--output resume: is there already; take a new folder"),
        ("export topics --output=", "--output: names no folder"),
        ("summarize a.md --sentences 1 --max-chars 3", "--sentences and --max-chars exclude one another"),
        (
            "evaluate --data a.md --output r --task summarize --sentences 1 --max-chars 3",
            "--sentences and --max-chars exclude one another",
        ),
        ("classify a.md --batch-size 0", "--batch-size: 0 is not in the range x>=1"),
        ("classify a.md --format xml", "--format: 'xml' is not one of 'table', 'jsonl', 'csv', 'md'"),
        ("classify", "missing argument 'INPUT...'; see newsml classify --help"),
        ("train topics --output m", "missing option '--data'; see newsml train --help"),
        ("data nosuch", "no such command 'nosuch'; see newsml data --help"),
        ("classify a.md --output", "option '--output' requires an argument"),
    ],
)
def test_the_command_line_speaks_of_options(newsml, tmp_path, monkeypatch, arguments, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "resume").mkdir()
    (tmp_path / "resume" / "newsml.json").touch()
    outcome = newsml(*arguments.split())
    assert (outcome.code, outcome.err) == (2, f"newsml: {told}\n")


def test_no_command_at_all_is_answered_by_the_help(newsml):
    outcome = newsml()
    assert (outcome.code, outcome.err) == (2, "")
    assert "summarize" in outcome.out


def test_an_error_obeys_no_control_characters(newsml, tmp_path):
    (tmp_path / "d.yaml").write_text('"\\e]0;x\\a\\e[31m": 1\n', encoding="utf-8")
    post = tmp_path / "a.md"
    post.write_text("---\ntitle: 甲\n---\n甲公司派息。", encoding="utf-8")
    outcome = newsml("summarize", post, "--digest", tmp_path / "d.md", "--digest-config", tmp_path / "d.yaml")
    assert outcome.code == 2
    assert (
        "配　置.yaml: no such"
        in newsml("train", "配　置.yaml", "--data", post, "--output", tmp_path / "m").err
    )
    assert "\x1b" not in outcome.err and "\ufffd]0;x\ufffd" in outcome.err
