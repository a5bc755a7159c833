"""Learning to classify, on an encoder of two narrow layers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch

from newsml.config import load_config
from newsml.domain import Example
from newsml.labels import LabelScheme
from newsml.model.calibration import fit_calibration
from newsml.model.class_weights import CAP, balanced_weights
from newsml.model.classification_task import ClassificationTask, train_classifier
from newsml.model.classifier import load_model
from newsml.model.layout import Layout
from newsml.model.probe import fit_head
from tests.conftest import COMPANY, FOREIGN, synthetic_records, write_jsonl
from tests.unit.test_training import Course

SCHEME = LabelScheme(("公司", "外国"))
ONE_OF = LabelScheme(("公司", "外国"), "single", "last")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def steady_base(tiny_base, tmp_path_factory):
    """The tiny encoder without dropout."""
    folder = tmp_path_factory.mktemp("steady") / "base"
    shutil.copytree(tiny_base, folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def configure(base, *changes, name="topics"):
    least = ["model.window=64", "model.dropout=0", "train.batch_size=8", "train.learning_rate=5e-3"]
    return load_config(name, [f"model.base={base}", "train.head_learning_rate=1e-2", *least, *changes])


def examples(count, seed=1):
    return [Example(r["id"], r["text"], tuple(r["labels"])) for r in synthetic_records(count, seed)]


def make_task(folder, base, *changes, scheme=SCHEME, train=None):
    train = examples(16) if train is None else train
    torch.manual_seed(1)
    return ClassificationTask(
        configure(base, *changes), scheme, train, examples(8, 2), Layout(folder), device=CPU
    )


def gradients(task, rows):
    task.network.train()
    task.loss(rows).backward()
    return [p.grad for p in task.network.parameters() if p.grad is not None]


def test_gradient_checkpointing_changes_no_gradient(tmp_path, steady_base):
    plain = gradients(make_task(tmp_path, steady_base), [0, 1, 2])
    task = make_task(tmp_path, steady_base, "train.gradient_checkpointing=true")
    assert any(getattr(module, "gradient_checkpointing", False) for module in task.network.modules())
    spared = gradients(task, [0, 1, 2])
    assert len(plain) == len(spared) > 10
    assert all(torch.allclose(a, b, atol=1e-7) for a, b in zip(plain, spared, strict=True))


@pytest.mark.parametrize("scheme", [SCHEME, ONE_OF], ids=["multi", "single"])
def test_rare_labels_weigh_more(tmp_path, steady_base, scheme):
    train = [e for e in examples(16) if e.labels == ("公司",)] + examples(2)[1:]  # eight to one
    assert [e.labels for e in train][-1] == ("外国",)
    plain, balanced = (
        make_task(tmp_path, steady_base, f"train.class_weights={kind}", scheme=scheme, train=train)
        for kind in ("none", "balanced")
    )
    rare, common = ((balanced.loss([row]) / plain.loss([row])).item() for row in (8, 0))
    assert rare > 2
    assert common < 1


def test_balanced_weights():
    single = np.eye(2, dtype=np.float32)[[0, 0, 0, 1]]
    assert balanced_weights(single, single=True).tolist() == pytest.approx([4 / 6, 2])
    multi = np.array([[1, 0, 1], [1, 0, 0], [1, 0, 0], [1, 0, 0]], np.float32)
    assert balanced_weights(multi, single=False).tolist() == pytest.approx([1 / CAP, 1, 3])


FILLER = "今日市场整体平稳，成交量与上一交易日大体相当，各方观点不一。" * 4


def long(count, seed):
    return [Example(e.id, FILLER + e.text, e.labels) for e in examples(count, seed)]


@pytest.mark.parametrize(("limit", "cut"), [(4096, 0), (60, 2)])
def test_texts_beyond_the_limit_are_counted(tmp_path, steady_base, limit, cut):
    changes = ["model.window=32", f"train.max_tokens={limit}"]
    task = make_task(tmp_path, steady_base, *changes, train=[*long(2, 1), *examples(1)])
    assert task.cut == cut
    assert (max(task.lengths) <= 70) == bool(cut)


@pytest.mark.parametrize("scheme", [SCHEME, ONE_OF], ids=["multi", "single"])
def test_a_label_told_at_the_end_of_a_long_text_is_learned(tmp_path, tiny_base, scheme):
    config = configure(tiny_base, "model.window=32", "train.epochs=8")
    metrics = train_classifier(
        config, scheme, long(32, 1), long(16, 2), Layout(tmp_path / "m"), device="cpu", progress=Course()
    )
    assert metrics[metrics["selected_by"]] > 0.9


def test_labels_with_few_examples_are_named(tmp_path, tiny_base):
    course = Course()
    train = [*examples(20), Example("x", "新冠新增病例。", ("新冠",))]
    scheme = LabelScheme(("公司", "外国", "新冠", "债券"))
    config = load_config("topics", [f"model.base={tiny_base}", "model.window=64", "train.method=probe"])
    train_classifier(
        config, scheme, train, examples(8, 2), Layout(tmp_path / "m"), device="cpu", progress=course
    )
    assert [line for line in course.lines if "债券 (0), 新冠 (1)" in line]
    assert not any("公司" in line for line in course.lines)


@pytest.mark.parametrize("scheme", [SCHEME, ONE_OF], ids=["multi", "single"])
def test_a_probe_of_eight_examples_a_label(tmp_path, tiny_base, scheme):
    layout = Layout(tmp_path / "m")
    config = load_config("topics", [f"model.base={tiny_base}", "model.window=64", "train.method=probe"])
    encoder = make_task(tmp_path, tiny_base).network.encoder.state_dict()
    metrics = train_classifier(
        config, scheme, examples(16), examples(8, 2), layout, device="cpu", progress=Course()
    )
    assert metrics[metrics["selected_by"]] >= 0.85
    assert finished(layout)
    model = load_model(str(layout.folder), device="cpu")
    texts = ["，".join(words[:3]) + "。" for words in (COMPANY, FOREIGN)]
    assert [p.labels[0] for p in model.predict(texts)] == ["公司", "外国"]
    saved = make_task(tmp_path, layout.folder).network.encoder.state_dict()
    assert all(torch.equal(encoder[name], saved[name]) for name in encoder)  # frozen


def finished(layout):
    return all(path.is_file() for path in (layout.spec, layout.metrics, layout.card, layout.checksums))


@pytest.mark.parametrize("single", [True, False])
def test_a_head_is_fitted_to_what_is_there(single):
    rng = np.random.default_rng(0)
    targets = np.eye(4, dtype=bool)[
        [0, 1, 2] * 8
    ]  # the fourth label has no example, features two dead columns
    features = np.concatenate([targets[:, :3] * 5.0 + rng.normal(size=(24, 3)), np.ones((24, 2))], axis=1)
    weights, biases = fit_head(features * 0.01 + 3, targets, single=single, seed=1)
    logits = (features * 0.01 + 3) @ weights.T + biases
    assert (logits.argmax(1) == targets.argmax(1)).all()
    assert (logits[:, 3] < logits[:, :3].max(1) - 5).all()
    assert np.isfinite(weights).all()


def test_a_label_without_an_example_does_not_spoil_the_calibration():
    places = np.array([0, 1, 2] * 20)
    features = np.eye(3)[places] * 5 + np.random.default_rng(0).normal(size=(60, 3))
    weights, biases = fit_head(features, np.eye(4, dtype=bool)[places], single=True, seed=1)
    gold = np.eye(4, dtype=bool)[[3, *places[1:]]]  # one text has the label that no example had
    logits = features @ weights.T + biases
    assert not (logits.argmax(1) == 3).any()
    (scale, *_) = fit_calibration(logits, gold, single=True).scale
    assert scale > 0.4


def test_two_processes_learn_what_one_does(newsml, tmp_path, steady_base):
    data, held = (
        write_jsonl(tmp_path / f"{name}.jsonl", synthetic_records(count, seed))
        for name, count, seed in (("train", 21, 1), ("held", 8, 2))
    )
    changes = ["train.epochs=2", "train.batch_size=4", "train.learning_rate=1e-3", "train.micro_batch_size=2"]
    changes += [f"model.base={steady_base}", "model.dropout=0", "model.window=64"]
    options = ["--data", str(data), "--validation", str(held), *(w for c in changes for w in ("--set", c))]
    train_command = ["train", "topics", "--device", "cpu"]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*launch, "-m", "newsml", *train_command, *options, "--output", str(tmp_path / "two")],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("newsml: epoch 1:") == 1  # one process talks
    assert newsml(*train_command, *options, "--output", tmp_path / "one").code == 0
    alone, together = (
        json.loads((tmp_path / name / "metrics.json").read_text(encoding="utf-8")) for name in ("one", "two")
    )
    assert alone["fingerprint"] == together["fingerprint"]
    for name in ("micro_f1", "ece", "brier"):
        assert together[name] == pytest.approx(alone[name], abs=1e-3)
    texts = [r["text"] for r in synthetic_records(6, 3)]
    a, b = (load_model(str(tmp_path / name), device="cpu") for name in ("one", "two"))
    np.testing.assert_allclose(a.logits(a.encode(texts)), b.logits(b.encode(texts)), atol=5e-3)
