"""`train`, `evaluate` and `export`, on a tiny model."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from safetensors.numpy import load_file, save_file

from newsml.cli import main
from newsml.model.checksums import pin_files
from newsml.model.layout import Layout
from tests.conftest import synthetic_records, write_jsonl


def test_a_checkpoint_is_what_transformers_loads(tiny_model):
    from transformers import AutoModel, AutoTokenizer

    model, tokenizer = AutoModel.from_pretrained(tiny_model), AutoTokenizer.from_pretrained(tiny_model)
    ids = tokenizer("公司公告净利润增长", return_tensors="pt")
    assert model(**{k: ids[k] for k in ("input_ids", "attention_mask")}).last_hidden_state.shape[-1] == 32
    assert {p.name for p in tiny_model.iterdir()} >= {
        "head.topics.safetensors",
        "newsml.json",
        "metrics.json",
        "README.md",
    }
    assert not (tiny_model / ".resume").exists()
    metrics = json.loads((tiny_model / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["micro_f1"] > 0.9  # the two kinds of text share no word
    assert metrics["n"] + metrics["n_train"] == 80


def test_the_weights_of_a_model_can_be_read_by_whom_its_other_files_can(tiny_model):
    assert len({path.stat().st_mode for path in tiny_model.iterdir()}) == 1


def test_a_folder_with_a_model_is_not_overwritten(newsml, tiny_model, labelled, tiny_settings):
    outcome = newsml("train", "topics", "--data", labelled, "--output", tiny_model, *tiny_settings)
    assert outcome.code == 2
    assert "holds a model already" in outcome.err


def test_single_label_by_a_level_of_the_path(newsml, tmp_path, tiny_settings):
    records = [r | {"labels": ["财经", r["labels"][0]]} for r in synthetic_records(60, seed=3)]
    records += [{"text": "孤例。", "labels": ["财经", "孤例"]}, {"text": "没有标签。"}]
    data = write_jsonl(tmp_path / "paths.jsonl", records)
    outcome = newsml(
        "train", "category", "--data", data, "--output", tmp_path / "m", "--device", "cpu", *tiny_settings
    )
    assert outcome.code == 0
    assert "too rare" in outcome.err and "without a usable label" in outcome.err
    spec = json.loads((tmp_path / "m" / "newsml.json").read_text(encoding="utf-8"))
    assert sorted(spec["scheme"]["names"]) == ["公司", "外国"]
    outcome = newsml("evaluate", "--model", tmp_path / "m", "--data", data, "--output", tmp_path / "r")
    assert outcome.code == 0
    metrics = json.loads((tmp_path / "r" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["accuracy"] > 0.9
    assert "threshold" not in metrics["labels"][0]
    assert "|thresholds:none|" in metrics["signature"]
    report = (tmp_path / "r" / "report.md").read_text(encoding="utf-8")
    for name in ("confusion.png", "reliability.png"):
        assert (tmp_path / "r" / name).read_bytes().startswith(b"\x89PNG")
        assert f"]({name})" in report
    outcome = newsml("classify", data, "--model", tmp_path / "m")
    assert "gives one label" not in outcome.err
    assert all(len(r["labels"]) == 1 and abs(sum(r["scores"].values()) - 1) < 1e-3 for r in outcome.records)
    bounded = newsml("classify", data, "--model", tmp_path / "m", "--min-labels", 2)
    assert "gives one label a post, whatever --threshold" in bounded.err
    assert bounded.records == outcome.records


def test_validation_data_of_ones_own(newsml, tmp_path, labelled, tiny_settings):
    other = write_jsonl(tmp_path / "validation.jsonl", synthetic_records(10, seed=9))
    arguments = ["--data", labelled, "--validation", other, "--output", tmp_path / "m", "--device", "cpu"]
    assert newsml("train", "topics", *arguments, *tiny_settings).code == 0
    metrics = json.loads((tmp_path / "m" / "metrics.json").read_text(encoding="utf-8"))
    assert (metrics["n"], metrics["n_train"]) == (10, 80)


def test_what_validation_data_lacks_or_repeats_is_told(newsml, tmp_path, labelled, tiny_settings):
    records = [
        *synthetic_records(6, seed=9),
        {"text": "港口吞吐量上升。", "labels": ["航运"]},
        {"text": "本周 现货价格持平。", "labels": ["公司"]},
    ]
    other = write_jsonl(tmp_path / "validation.jsonl", records)
    known = write_jsonl(tmp_path / "known.jsonl", [{"text": "本周现货价格持平。", "labels": ["公司"]}])
    arguments = ["--data", labelled, "--data", known, "--device", "cpu", *tiny_settings, "--output"]
    outcome = newsml("train", "category", *arguments, tmp_path / "m", "--validation", other)
    assert outcome.code == 0
    assert "1 labels unknown or too rare, dropped (航运 (1))" in outcome.err
    assert "1 validation examples left out: the training data has too few of their labels" in outcome.err
    assert "1 validation texts stand in the training data too" in outcome.err
    assert "7 to validate with" in outcome.err
    foreign = write_jsonl(tmp_path / "foreign.jsonl", records[6:7])
    outcome = newsml("train", "category", *arguments, tmp_path / "n", "--validation", foreign)
    assert outcome.code == 3
    assert f"{foreign}: no post has a label of the training data (公司, 外国)" in outcome.err
    assert not (tmp_path / "n").exists()


def test_it_is_said_where_labels_were_looked_for(newsml, tmp_path):
    def complaint(record, *settings):
        data = write_jsonl(tmp_path / "d.jsonl", [record])
        outcome = newsml("train", "category", "--data", data, "--output", tmp_path / "m", *settings)
        assert outcome.code == 3
        return outcome.err.splitlines()[-1].removeprefix(f"newsml: {data}: ")

    where = '(in "labels" of JSONL and Parquet, or the categories of a front matter)'
    text = {"text": "港口吞吐量上升。", "topic": "航运"}
    assert complaint(text) == f"no post has a label of [labels.level] last {where}"
    assert complaint(text, "--set", "labels.level=all", "--set", "labels.names=[航运, 公司]") == (
        f"no post has a label that the configuration knows {where}"
    )
    assert complaint({"labels": ["航运"]}).startswith("holds no usable post (")


def step_of(state):
    """Return the step of a state that can be replaced while it is read."""
    try:
        return json.loads(state.read_text(encoding="utf-8"))["step"]
    except OSError:
        return 0


@pytest.fixture(scope="module")
def whole_training(labelled, tiny_settings, tmp_path_factory):
    """The arguments of a training of 96 steps but for its folder, and that of one that was not cut off."""
    settings = ["train.save_steps=3", "train.epochs=12", "train.patience=12"]
    arguments = ["train", "topics", "--data", str(labelled), "--device", "cpu", *tiny_settings]
    arguments += [word for setting in settings for word in ("--set", setting)]
    folder = tmp_path_factory.mktemp("whole") / "model"
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--output", str(folder)])
    assert ended.value.code == 0
    return arguments, folder


@pytest.mark.parametrize("least", [1, 20, 59])
def test_a_killed_training_resumes_to_the_same_result(tmp_path, whole_training, newsml, least):
    arguments, whole = whole_training
    arguments = [*arguments, "--output", str(tmp_path / "killed")]
    process = subprocess.Popen([sys.executable, "-m", "newsml", *arguments], stderr=subprocess.DEVNULL)
    state = tmp_path / "killed" / ".resume" / "state.json"
    while process.poll() is None and (not state.exists() or step_of(state) < least):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL
    outcome = newsml(*arguments, "--resume")
    assert outcome.code == 0
    assert "resumed at step" in outcome.err
    for name in ("metrics.json", "newsml.json", "model.safetensors", "head.topics.safetensors", "SHA256SUMS"):
        assert (tmp_path / "killed" / name).read_bytes() == (whole / name).read_bytes(), name


def test_a_training_that_is_done_is_not_repeated(newsml, tmp_path, labelled, tiny_settings, tiny_model):
    folder = tmp_path / "m"
    shutil.copytree(tiny_model, folder)
    before = (folder / "tokenizer.json").stat().st_mtime_ns
    arguments = ["train", "topics", "--data", labelled, "--output", folder, "--device", "cpu", "--resume"]
    outcome = newsml(*arguments, *tiny_settings)
    assert outcome.code == 0
    assert "is done" in outcome.err
    assert newsml(*arguments, *tiny_settings, "--set", "train.epochs=9").code == 2
    assert (folder / "tokenizer.json").stat().st_mtime_ns == before


def test_a_training_cut_off_before_its_first_state_begins_anew(
    newsml, tmp_path, labelled, tiny_settings, tiny_model
):
    folder = tmp_path / "m"
    shutil.copytree(tiny_model, folder)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    unfinished = {key: value for key, value in metrics.items() if key != "fingerprint"} | {"n": 0}
    (folder / "metrics.json").write_text(json.dumps(unfinished), encoding="utf-8")
    arguments = ["train", "topics", "--data", labelled, "--output", folder, "--device", "cpu", "--resume"]
    assert newsml(*arguments, *tiny_settings).code == 0
    assert json.loads((folder / "metrics.json").read_text(encoding="utf-8")) == metrics


def test_resume_with_other_settings_is_refused(newsml, tmp_path, labelled, tiny_settings, tiny_model):
    folder = tmp_path / "m"
    shutil.copytree(tiny_model, folder)
    (folder / ".resume").mkdir()
    state = {"fingerprint": "another", "step": 1, "best": 0.5, "seconds": 1.0}
    (folder / ".resume" / "state.json").write_text(json.dumps(state), encoding="utf-8")
    outcome = newsml("train", "topics", "--data", labelled, "--output", folder, "--resume", *tiny_settings)
    assert outcome.code == 2
    assert "other data or settings" in outcome.err


def test_evaluate_writes_the_report_and_holds_the_gate(newsml, tmp_path, tiny_model, labelled):
    gate = tmp_path / "gate.yaml"
    gate.write_text("micro_f1: 0.5\n", encoding="utf-8")
    arguments = ["--model", tiny_model, "--data", labelled, "--output", tmp_path / "r"]
    outcome = newsml("evaluate", *arguments, "--gate", gate, "--against", tiny_model)
    assert outcome.code == 0
    metrics = json.loads((tmp_path / "r" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["n"] == 80
    for name in ("micro_f1", "macro_f1", "samples_f1", "exact_match", "ece", "brier"):
        low, high = metrics[f"{name}_ci95"]
        assert low <= metrics[name] <= high or name == "ece"
    assert metrics["against"]["micro_f1"]["difference"] == 0
    assert metrics["against"]["mcnemar"] == {"only_ours": 0, "only_theirs": 0, "p": 1}
    assert "mcnemar" in outcome.out
    assert sum(b["n"] for b in metrics["reliability"]) == 80 * len(metrics["labels"])
    assert metrics["confusions"] == sorted(metrics["confusions"], key=lambda row: -row["count"])
    assert all(0 <= row["threshold"] <= 1 for row in metrics["labels"])
    assert {row["label"]: row["support"] for row in metrics["labels"]}["公司"] == 40
    worst = [
        json.loads(line) for line in (tmp_path / "r" / "worst.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [case["loss"] for case in worst] == sorted((case["loss"] for case in worst), reverse=True)
    assert all(set(case["scores"]) == {*case["gold"], *case["predicted"]} for case in worst)
    assert all(set(case["evidence"]) == set(case["scores"]) for case in worst)
    spans = [(s, e, case["text"]) for case in worst for found in case["evidence"].values() for s, e in found]
    assert spans and all(0 <= s < e <= len(text) for s, e, text in spans)
    report = (tmp_path / "r" / "report.md").read_text(encoding="utf-8")
    assert "## Against" in report
    assert "; evidence: " in report
    for name in ("labels.png", "reliability.png"):
        assert (tmp_path / "r" / name).read_bytes().startswith(b"\x89PNG")
        assert f"]({name})" in report
    gate.write_text("micro_f1: 1.01\n", encoding="utf-8")
    outcome = newsml("evaluate", *arguments, "--gate", gate, "--no-explain")
    assert "evidence" not in (tmp_path / "r" / "worst.jsonl").read_text(encoding="utf-8")
    assert outcome.code == 5
    assert "micro_f1" in outcome.err


def test_a_signature_is_the_same_for_the_same_input(newsml, tmp_path, tiny_model):
    records = synthetic_records(8, seed=5)
    data, other = (
        write_jsonl(tmp_path / n, [{"id": str(i), **r} for i, r in enumerate(rs)])
        for n, rs in (("d.jsonl", records), ("e.jsonl", records[::-1]))
    )
    again = tmp_path / "m"
    shutil.copytree(tiny_model, again)

    def sign(model, data, *more):
        outcome = newsml("evaluate", "--model", model, "--data", data, "--output", tmp_path / "r", *more)
        metrics = json.loads((tmp_path / "r" / "metrics.json").read_text(encoding="utf-8"))
        assert f"signature      {metrics['signature']}\n" in outcome.out
        return metrics["signature"]

    one = sign(tiny_model, data)
    assert one == sign(again, data)
    head = (
        rf"newsml:[^|]+\|model:topics@[0-9a-f]{{12}}\|data:[0-9a-f]{{12}}\|n:{len(records)}\|thresholds:own\|"
    )
    assert re.match(head, one)
    assert len({one, sign(tiny_model, other), sign(tiny_model, data, "--max-tokens", 64)}) == 3
    weights = again / "head.topics.safetensors"
    tensors = {key: value * 2 for key, value in load_file(weights).items()}
    save_file(tensors, weights)
    pin_files(Layout(again))
    assert sign(again, data) != one


def relabelled(model, folder, change):
    """Copy a model and change the names of its labels."""
    shutil.copytree(model, folder)
    spec = json.loads((folder / "newsml.json").read_text(encoding="utf-8"))
    spec["scheme"] |= {"names": change(spec["scheme"]["names"]), "aliases": {}}
    (folder / "newsml.json").write_text(json.dumps(spec), encoding="utf-8")
    pin_files(Layout(folder))
    return folder


def test_odd_names_of_labels_are_shown_on_one_line_and_escaped(newsml, tmp_path, tiny_settings):
    names = {"公司": "<b>公\n司</b>", "外国": "\u202e外 国*"}
    records = [r | {"labels": [names[r["labels"][0]]]} for r in synthetic_records(20)]
    data = write_jsonl(tmp_path / "d.jsonl", records)
    settings = [*tiny_settings, "--set", "train.epochs=auto", "--set", "train.patience=1"]
    arguments = ["--data", data, "--output", tmp_path / "m", "--device", "cpu", *settings]
    assert newsml("train", "category", *arguments).code == 0
    card = (tmp_path / "m" / "README.md").read_text(encoding="utf-8")
    assert "- Labels (single): &lt;b&gt;公 司&lt;/b&gt;, 外 国\\*\n" in card
    assert " examples: epochs auto, batch 8, " in card
    outcome = newsml("evaluate", "--model", tmp_path / "m", "--data", data, "--output", tmp_path / "r")
    shown = [line.rsplit("  ", 1)[1] for line in outcome.out.splitlines()[-2:]]
    assert shown == ["<b>公 司</b>", "外 国*"]


def test_models_are_compared_by_the_names_of_their_labels(newsml, tmp_path, tiny_model, labelled):
    arguments = ["--data", labelled, "--output", tmp_path / "r", "--no-explain"]
    turned = relabelled(tiny_model, tmp_path / "turned", lambda names: names[::-1])
    assert newsml("evaluate", *arguments, "--model", turned).code == 0
    alone = json.loads((tmp_path / "r" / "metrics.json").read_text(encoding="utf-8"))
    assert newsml("evaluate", *arguments, "--model", tiny_model, "--against", turned).code == 0
    metrics = json.loads((tmp_path / "r" / "metrics.json").read_text(encoding="utf-8"))
    for name in ("micro_f1", "macro_f1", "samples_f1", "exact_match", "ece", "brier"):
        assert metrics["against"][name]["value"] == pytest.approx(alone[name])
    other = relabelled(tiny_model, tmp_path / "other", lambda names: ["其他", *names[1:]])
    outcome = newsml("evaluate", *arguments, "--model", tiny_model, "--against", other)
    assert outcome.code == 2
    assert f"--against {other}: has other labels than {tiny_model}" in outcome.err
    spec = json.loads((turned / "newsml.json").read_text(encoding="utf-8"))
    spec["scheme"]["mode"] = "multi" if spec["scheme"]["mode"] == "single" else "single"
    (turned / "newsml.json").write_text(json.dumps(spec), encoding="utf-8")
    pin_files(Layout(turned))
    outcome = newsml("evaluate", *arguments, "--model", tiny_model, "--against", turned)
    assert outcome.code == 2 and "another mode" in outcome.err


def test_labels_that_the_model_does_not_have_are_told(newsml, tmp_path, tiny_model):
    records = [
        *synthetic_records(8),
        {"text": "一条消息。", "labels": ["公司", "天气"]},
        {"text": "没有标签。"},
    ]
    data = write_jsonl(tmp_path / "d.jsonl", records)
    outcome = newsml("evaluate", "--model", tiny_model, "--data", data, "--output", tmp_path / "r")
    assert outcome.code == 0
    assert "1 posts without a usable label are left out" in outcome.err
    assert "1 labels unknown or too rare, dropped (天气 (1))" in outcome.err


@pytest.mark.parametrize(
    ("option", "code"), [("--gate", 2), ("--against", 4), ("--model", 4), ("--data", 3), ("--output", 2)]
)
def test_an_empty_option_is_not_passed_over(newsml, tmp_path, tiny_model, labelled, option, code):
    given = {"--model": tiny_model, "--data": labelled, "--output": tmp_path / "r", "--against": tiny_model}
    given[option] = ""
    outcome = newsml("evaluate", *(word for pair in given.items() for word in pair))
    assert (outcome.code, outcome.out) == (code, "")
    assert not (tmp_path / "r").exists()
    if option == "--output":
        assert newsml("train", "topics", "--data", labelled, "--output", "").code == 2


def test_what_draws_is_looked_for_before_the_work(newsml, tmp_path, labelled, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for task in ("classify", "summarize"):
        outcome = newsml("evaluate", "--data", labelled, "--output", tmp_path / "r", "--task", task)
        assert outcome.code == 2
        assert "a picture needs the package 'matplotlib'" in outcome.err
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("config", ["topics", "salience"])
def test_what_trains_is_looked_for_before_the_posts_are_read(newsml, tmp_path, monkeypatch, config):
    for name in ("newsml.model.classification_task", "newsml.summarization.training"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    outcome = newsml("train", config, "--data", tmp_path / "missing.md", "--output", tmp_path / "m")
    assert outcome.code == 2
    assert outcome.err == "newsml: training needs the package 'torch': pip install 'newsml[train]'\n"


def test_no_report_is_written_into_a_model(newsml, tmp_path, tiny_model, labelled):
    folder = tmp_path / "m"
    shutil.copytree(tiny_model, folder)
    for task in ("classify", "summarize"):
        outcome = newsml("evaluate", "--data", labelled, "--output", folder, "--task", task)
        assert outcome.code == 2
        assert f"--output {folder}: holds a model" in outcome.err
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        p.name: p.read_bytes() for p in tiny_model.iterdir()
    }


def test_a_folder_that_takes_no_results_is_told_before_the_work(newsml, tmp_path, labelled, tiny_model):
    (tmp_path / "一 篇.md").write_text("---\ncategories: [公司]\n---\n公司公告回购。\n", encoding="utf-8")
    worst = write_jsonl(tmp_path / "worst.jsonl", synthetic_records(4))
    before = worst.read_bytes()
    file = tmp_path / "一 篇.md"
    cases = [
        (labelled, file / "r", f"--output {file / 'r'}: {file} is no folder"),
        (labelled, file, f"--output {file}: is no folder"),
        (tmp_path, f"{tmp_path}/", f"--output {tmp_path}/: is read; take another folder"),
    ]
    for data, output, message in cases:
        arguments = ["--data", data, "--output", output]
        for command in (["evaluate", "--model", tiny_model], ["train", "category"]):
            outcome = newsml(*command, *arguments)
            assert (outcome.code, outcome.out) == (2, "")
            assert outcome.err == f"newsml: {message}\n"
    outcome = newsml("evaluate", "--model", tiny_model, "--data", worst, "--output", tmp_path)
    assert outcome.code == 2
    assert "worst.jsonl: is an input" in outcome.err
    for command in (["evaluate", "--model", tiny_model], ["train", "category"]):
        outcome = newsml(*command, "--data", tmp_path, "--output", tmp_path / "a" / "b")
        told = f"--output {tmp_path}/a/b: lies in {tmp_path}, which is read; take another folder"
        assert (outcome.code, outcome.err) == (2, f"newsml: {told}\n")
    assert {p.name for p in tmp_path.iterdir()} == {"一 篇.md", "worst.jsonl"}
    assert worst.read_bytes() == before


def test_data_without_a_usable_label_is_exit_3(newsml, tmp_path, tiny_model):
    data = write_jsonl(tmp_path / "d.jsonl", [{"text": "没有标签。"}])
    assert newsml("evaluate", "--model", tiny_model, "--data", data, "--output", tmp_path / "r").code == 3
    assert newsml("train", "topics", "--data", data, "--output", tmp_path / "m").code == 3


@pytest.fixture(scope="module")
def package(tiny_model, tmp_path_factory):
    from newsml.model.export import export_model
    from newsml.model.layout import Layout

    target = Layout(tmp_path_factory.mktemp("package") / "onnx")
    export_model(str(tiny_model), target.folder)
    return target.folder


def test_the_package_agrees_with_the_checkpoint(newsml, tiny_model, package, labelled):
    assert {p.name for p in package.iterdir()} >= {
        "model.onnx",
        "model.int8.onnx",
        "newsml.json",
        "tokenizer.json",
    }
    assert not (package / "model.safetensors").exists()
    torch_records = newsml("classify", labelled, "--model", tiny_model).records
    onnx_records = newsml("classify", labelled, "--model", package, "--batch-size", 3).records
    worst = max(
        abs(a["scores"][label] - b["scores"][label])
        for a, b in zip(torch_records, onnx_records, strict=True)
        for label in a["scores"]
    )
    assert worst < 0.05


def test_export_refuses_a_folder_that_is_there_and_a_package(newsml, tmp_path, tiny_model, package):
    assert newsml("export", tiny_model, "--output", package).code == 2
    assert newsml("export", package, "--output", tmp_path / "again").code == 4


@pytest.mark.parametrize("most", [-1.0, float("nan")])
def test_export_refuses_what_drifts(newsml, tmp_path, tiny_model, labelled, monkeypatch, most):
    from newsml.model import export

    monkeypatch.setitem(export.MAX_DRIFT, "int8", {"logits": most})  # NaN: as where the package says it
    outcome = newsml("export", tiny_model, "--output", tmp_path / "drifted")
    assert outcome.code == 4
    assert "drifts" in outcome.err and "nothing written (float32 alone holds: --no-int8" in outcome.err
    assert not (tmp_path / "drifted").exists()
    outcome = newsml("export", tiny_model, "--output", tmp_path / "p", "--no-int8")
    assert (outcome.code, outcome.out.count("float32"), outcome.out.count("int8")) == (0, 1, 0)
    assert (tmp_path / "p" / "model.onnx").is_file() and not (tmp_path / "p" / "model.int8.onnx").exists()
    assert newsml("classify", labelled, "--model", tmp_path / "p").code == 0


def test_the_command_exports(newsml, tiny_model, tmp_path, labelled):
    outcome = newsml("export", tiny_model, "--output", tmp_path / "p", "--data", labelled)
    assert outcome.code == 0
    assert [line.endswith(" of 80 texts") for line in outcome.out.splitlines()] == [True, True]
    assert "int8 is fitted to 80 texts\nnewsml: the drift is measured on 80 texts\n" in outcome.err
    assert (tmp_path / "p" / "model.int8.onnx").is_file()


def test_int8_is_fitted_to_the_data_if_there_is_any(newsml, tiny_model, package, tmp_path, labelled):
    import onnx

    assert newsml("export", tiny_model, "--output", tmp_path / "p", "--data", labelled).code == 0
    apart = [
        sum(tensor.name.endswith(".outliers.up_bias") for tensor in onnx.load(path).graph.initializer)
        for path in (package / "model.int8.onnx", tmp_path / "p" / "model.int8.onnx")
    ]
    assert apart == [0, 2]  # of as many layers


def test_export_refuses_labels_that_differ_on_the_data(newsml, tmp_path, tiny_model, labelled, monkeypatch):
    from newsml.model import export

    class Off(export.OnnxBackend):
        """Overlooks one label of one text in sixteen: few probabilities, but many sets of labels."""

        def run(self, outputs, windows, **options):
            (logits,) = super().run(outputs, windows, **options)
            for row in logits[15::16]:
                row[row.argmax()] = -20
            return [logits]

    monkeypatch.setattr(export, "OnnxBackend", Off)
    outcome = newsml("export", tiny_model, "--output", tmp_path / "p", "--data", labelled)
    assert outcome.code == 4
    assert "labels equal on 93.8% of 80 texts; nothing written" in outcome.err
    assert not (tmp_path / "p").exists()


def test_export_needs_a_usable_post_to_measure_on(newsml, tmp_path, tiny_model):
    data = write_jsonl(tmp_path / "d.jsonl", [{"text": ""}])
    assert newsml("export", tiny_model, "--output", tmp_path / "p", "--data", data).code == 3
    assert not (tmp_path / "p").exists()
