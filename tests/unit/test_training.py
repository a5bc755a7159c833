"""The loop of a training, on a network of a few weights: every step is cheap, so every step is tried."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from newsml.config import Config, TrainConfig
from newsml.errors import UsageError
from newsml.model import training
from newsml.model.distributed import Group
from newsml.model.layout import Layout
from newsml.model.network import save_tensors
from newsml.model.optimisation import MeanWeights, build_optimizer, count_epochs, layer_depths
from newsml.model.training import Trainer, Validation, finish, finished_metrics, micro_batches

ALONE = Group(0, 1, torch.device("cpu"))
STEPS_AN_EPOCH = 3


class Toy:
    """A task of ten points; scores come from a list, by epochs."""

    fingerprint = "toy"

    def __init__(self, layout: Layout, scores=None) -> None:
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5), nn.Linear(4, 1))
        self.lengths = list(range(1, 11))
        self.points, self.goals = torch.randn(10, 4), torch.randn(10, 1)
        self.layout, self.scores, self.validations = layout, scores, 0

    def loss(self, rows):
        return nn.functional.mse_loss(self.network(self.points[rows]), self.goals[rows])

    def validate(self) -> Validation:
        self.validations += 1
        with torch.no_grad():
            self.network.eval()
            loss = float(nn.functional.mse_loss(self.network(self.points), self.goals))
            self.network.train()
        score = self.scores[self.validations - 1] if self.scores else 1 / (1 + loss)
        return Validation({"score": score}, "score", 10)

    def save_best(self) -> None:
        save_tensors(dict(self.network.named_parameters()), self.layout.folder / "best.safetensors")


class Course:
    """Takes note of a training, and cuts it off after some steps."""

    def __init__(self, cut: int = -1) -> None:
        self.cut, self.losses, self.lines = cut, [], []

    def step(self, step: int, steps: int, loss: float) -> None:
        self.losses.append(loss)
        if step == self.cut:
            raise KeyboardInterrupt

    def note(self, line: str) -> None:
        self.lines.append(line)


def settings(**changes) -> Config:
    values = {
        "epochs": 4,
        "batch_size": 4,
        "learning_rate": 0.05,
        "head_learning_rate": 0.05,
        "save_steps": 2,
    }
    return Config("toy", train=TrainConfig(**{**values, **changes}))


def run(folder, config, *, scores=None, cut=-1, resume=False):
    layout = Layout(folder)
    course, task = Course(cut), Toy(layout, scores)
    Trainer(task, config, layout, group=ALONE, progress=course).run(resume=resume)
    finish(layout, task.fingerprint, lambda _: None)
    metrics = json.loads(layout.metrics.read_text(encoding="utf-8"))
    return metrics, load_file(folder / "best.safetensors"), course


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return run(tmp_path_factory.mktemp("toy") / "whole", settings())


@pytest.mark.parametrize("cut", range(1, 4 * STEPS_AN_EPOCH))
def test_a_training_cut_off_at_any_step_ends_as_an_unbroken_one(tmp_path, unbroken, cut):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, settings(), cut=cut)
    metrics, weights, course = run(tmp_path, settings(), resume=True)
    whole_metrics, whole_weights, whole_course = unbroken
    assert metrics == whole_metrics
    assert all(torch.equal(weights[name], whole_weights[name]) for name in whole_weights)
    assert course.losses == whole_course.losses[-len(course.losses) :]
    assert not (tmp_path / ".resume").exists()


@pytest.mark.parametrize("cut", [1, 4, 8])
def test_the_mean_of_the_weights_outlasts_an_interruption(tmp_path, unbroken, cut):
    config = settings(ema_decay=0.6)
    metrics, weights, _ = run(tmp_path / "whole", config)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", config, cut=cut)
    resumed_metrics, resumed_weights, _ = run(tmp_path / "cut", config, resume=True)
    assert resumed_metrics == metrics != unbroken[0]
    assert all(torch.equal(weights[name], resumed_weights[name]) for name in weights)


def test_the_mean_of_the_weights_is_saved_and_the_weights_go_on(tmp_path, unbroken):
    config = settings(ema_decay=0.6, patience=0)
    task, course, seen = Toy(Layout(tmp_path)), Course(), []
    course.step = lambda *_: seen.append(task.network[0].weight.detach().clone())
    Trainer(task, config, Layout(tmp_path), group=ALONE, progress=course).run()
    torch.manual_seed(0)
    mean = nn.Linear(4, 4).weight.detach().clone()
    means = []
    for step, weight in enumerate(seen):
        kept = min(0.6, (step + 1) / (step + 10))
        mean = kept * mean + (1 - kept) * weight
        means.append(mean)
    best = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["epoch"]
    saved = load_file(tmp_path / "best.safetensors")["0.weight"]
    torch.testing.assert_close(saved, means[STEPS_AN_EPOCH * best - 1])
    assert torch.equal(task.network[0].weight, seen[-1])


def test_no_mean_of_the_weights_unless_wanted():
    assert MeanWeights(nn.Linear(2, 2), 0.0).tensors == {}


def test_another_training_is_not_taken_up(tmp_path, unbroken):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, settings(), cut=5)
    other = Toy(Layout(tmp_path))
    other.fingerprint = "another"
    trainer = Trainer(other, settings(), Layout(tmp_path), group=ALONE, progress=Course())
    with pytest.raises(UsageError, match="other data or settings"):
        trainer.run(resume=True)


def test_a_state_that_was_being_replaced_is_found(tmp_path, unbroken):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, settings(), cut=5)
    (tmp_path / ".resume").rename(tmp_path / ".resume.old")
    metrics, _, course = run(tmp_path, settings(), resume=True)
    assert metrics == unbroken[0]
    assert "resumed at step 4 of 12" in course.lines


def test_a_training_cut_off_while_it_is_finished_is_finished(tmp_path, unbroken, monkeypatch):
    def interrupt(layout):
        raise KeyboardInterrupt

    for name in ("pin_files", "discard_state"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(training, name, interrupt)
            run(tmp_path, settings(), resume=True)
        assert finished_metrics(Layout(tmp_path), "toy") is None
    metrics, _, course = run(tmp_path, settings(), resume=True)
    assert (metrics, course.losses) == (unbroken[0], [])
    assert finished_metrics(Layout(tmp_path), "toy") == metrics


def test_the_end_of_a_training_is_known(tmp_path):
    assert finished_metrics(Layout(tmp_path), "toy") is None
    metrics, _, _ = run(tmp_path, settings(epochs=1))
    assert finished_metrics(Layout(tmp_path), "toy") == metrics
    with pytest.raises(UsageError, match="other data or settings"):
        finished_metrics(Layout(tmp_path), "another")


@pytest.mark.parametrize(
    ("patience", "epochs", "best"), [(0, 6, 6), (1, 3, 2), (2, 4, 2), (3, 5, 2), (4, 6, 6)]
)
def test_patience_ends_a_training_that_gets_no_better(tmp_path, patience, epochs, best):
    scores = [0.5, 0.7, 0.6, 0.7, 0.65, 0.9]
    metrics, _, course = run(tmp_path, settings(epochs=6, patience=patience), scores=scores)
    assert len(course.losses) == epochs * STEPS_AN_EPOCH
    assert metrics["epoch"] == best
    assert any("stopped" in line for line in course.lines) == (epochs < 6)


def test_a_training_that_diverges_is_no_model(tmp_path):
    with pytest.raises(UsageError, match=r"the loss has become (nan|inf): lower \[train.learning_rate\]"):
        run(tmp_path, settings(learning_rate=1e30, head_learning_rate=1e30))
    assert not Layout(tmp_path).checksums.exists()


def test_patience_outlasts_an_interruption(tmp_path):
    config, scores = settings(epochs=6, patience=2), [0.7, 0.6, 0.5, 0.9]
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, config, scores=scores, cut=2 * STEPS_AN_EPOCH + 1)
    metrics, _, course = run(tmp_path, config, scores=scores[2:], resume=True)
    assert metrics["epoch"] == 1
    assert len(course.losses) == STEPS_AN_EPOCH


def test_small_parts_learn_what_the_whole_batch_does(tmp_path):
    def weights(size):
        layout = Layout(tmp_path / str(size))
        task = Toy(layout)
        task.network[1].p = 0.0
        Trainer(task, settings(epochs=2, micro_batch_size=size), layout, group=ALONE, progress=Course()).run()
        return load_file(layout.folder / "best.safetensors")

    one, all_ = weights(1), weights(4)
    assert all(torch.allclose(one[name], all_[name], atol=1e-5) for name in one)


def test_parts_of_a_batch_hold_every_row_once_within_bounds():
    lengths = [5, 1, 9, 2, 30, 3, 4]
    parts = micro_batches([6, 4, 2, 0, 1], lengths, size=3, room=20)
    assert parts == [[1, 6, 0], [2], [4]]
    assert micro_batches([], lengths, size=3, room=20) == []


@pytest.mark.parametrize(("batches", "epochs"), [(1, 20), (13, 20), (375, 4), (500, 3), (12_500, 2)])
def test_few_examples_are_read_often(batches, epochs):
    assert count_epochs(TrainConfig(epochs="auto"), batches) == epochs
    assert count_epochs(TrainConfig(epochs=7), batches) == 7


def test_lower_layers_learn_more_slowly():
    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embeddings, self.layer = (
                nn.Embedding(3, 2),
                nn.ModuleList([nn.Linear(2, 2) for _ in range(3)]),
            )

    network = nn.ModuleDict({"encoder": Encoder(), "head": nn.Linear(2, 2)})
    optimizer = build_optimizer(
        network, TrainConfig(learning_rate=1.0, head_learning_rate=8.0, layer_decay=0.5)
    )
    peaks = {id(p): group["peak"] for group in optimizer.param_groups for p in group["params"]}
    by_name = {name: peaks[id(p)] for name, p in network.named_parameters() if name.endswith("weight")}
    assert by_name == {
        "encoder.embeddings.weight": 0.125,
        "encoder.layer.0.weight": 0.25,
        "encoder.layer.1.weight": 0.5,
        "encoder.layer.2.weight": 1.0,
        "head.weight": 8.0,
    }
    assert layer_depths(["encoder.final_norm.weight"]) == {"encoder.final_norm.weight": 0}
