"""The model folder: its specification survives, and broken ones are told apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newsml.errors import ModelError
from newsml.labels import LabelScheme
from newsml.model.calibration import Calibration
from newsml.model.layout import Layout, ModelSpec, embedded_folder, find_model, load_spec, save_spec
from newsml.model.salience import load_salience_spec

SPEC = ModelSpec(
    name="topics",
    scheme=LabelScheme(
        ("公司", "债券"), level=2, aliases={"转债": "债券"}, min_labels=0, secondary=("公司",), other="公司"
    ),
    pooling="cls",
    window=128,
    thresholds=(0.4, 0.55),
    calibration=Calibration((1.2, 0.7), (0.0, -0.25)),
    training={"seed": 13, "scores": {"micro_f1": 0.5}},
)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "model")
    save_spec(SPEC, layout)
    return layout


def change(layout: Layout, **values: object) -> None:
    tree = json.loads(layout.spec.read_text(encoding="utf-8"))
    for key, value in values.items():
        (tree["scheme"] if key in tree["scheme"] and key != "name" else tree)[key] = value
    layout.spec.write_text(json.dumps(tree), encoding="utf-8")


def test_a_specification_survives(layout: Layout) -> None:
    assert load_spec(layout) == SPEC


def test_a_single_label_specification_survives(tmp_path: Path) -> None:
    scheme = LabelScheme(("甲", "乙"), mode="single", level="last")
    spec = ModelSpec("category", scheme, "mean", 256, (0.5, 0.5), Calibration.identity(2))
    save_spec(spec, Layout(tmp_path))
    assert load_spec(Layout(tmp_path)) == spec


def test_a_scheme_from_before_other_labels_were_collected_drops_them(layout: Layout) -> None:
    tree = json.loads(layout.spec.read_text(encoding="utf-8"))
    del tree["scheme"]["other"]
    layout.spec.write_text(json.dumps(tree), encoding="utf-8")
    assert load_spec(layout).scheme.other == "drop"


def test_the_file_is_for_people_too(layout: Layout) -> None:
    text = layout.spec.read_bytes().decode("utf-8")
    assert '"债券"' in text
    assert text.endswith("}\n")
    assert "\r" not in text


def test_a_folder_without_specification(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no newsml model \(newsml.json is missing\)"):
        load_spec(Layout(tmp_path))


@pytest.mark.parametrize("data", [b"", b'{"format": 1', b"\xff\xfe{}"])
def test_a_broken_specification(layout: Layout, data: bytes) -> None:
    layout.spec.write_bytes(data)
    with pytest.raises(ModelError, match="broken JSON"):
        load_spec(layout)


@pytest.mark.parametrize("text", ["[]", "{}", '"1"', '{"format": 2}', '{"format": "1"}', "null"])
def test_another_format(layout: Layout, text: str) -> None:
    layout.spec.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="not of format 1"):
        load_spec(layout)


@pytest.mark.parametrize(
    "key", ["name", "scheme", "pooling", "window", "thresholds", "calibration", "training"]
)
def test_a_specification_with_a_hole(layout: Layout, key: str) -> None:
    tree = json.loads(layout.spec.read_text(encoding="utf-8"))
    del tree[key]
    layout.spec.write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(ModelError, match=f"incomplete.*{key}"):
        load_spec(layout)


@pytest.mark.parametrize(
    "values",
    [
        {"window": "wide"},
        {"window": float("inf")},
        {"window": 513},
        {"thresholds": 3},
        {"thresholds": ["high", 0.5]},
        {"thresholds": [0.5]},
        {"thresholds": [0.5] * 3},
        {"calibration": {"scale": [1, 1]}},
        {"calibration": {"scale": [1], "bias": [0]}},
        {"calibration": {"scale": [1, 0], "bias": [0, 0]}},
        {"calibration": {"scale": [1, 1], "bias": [0, float("nan")]}},
        {"scheme": []},
        {"names": 3},
        {"names": ["甲", "甲"]},
        {"aliases": {"转债": "股票"}},
        {"training": 3},
        {"other": "股票"},
        {"other": 3},
    ],
)
def test_a_specification_of_wrong_values(layout: Layout, values: dict[str, object]) -> None:
    change(layout, **values)
    with pytest.raises(ModelError):
        load_spec(layout)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"format": 1', "broken JSON"),
        ("[]", "not of format 1"),
        ('{"format": 2, "window": 64, "training": {}}', "not of format 1"),
        ('{"format": 1, "training": {}}', "incomplete: 'window'"),
        ('{"format": 1, "window": 64}', "incomplete: 'training'"),
        ('{"format": 1, "window": 64, "training": 3}', "incomplete"),
        ('{"format": 1, "window": Infinity, "training": {}}', "incomplete: .*infinity"),
        ('{"format": 1, "window": 2, "training": {}}', "a window of 2 tokens"),
    ],
)
def test_a_specification_of_summaries_that_does_not_hold(tmp_path: Path, text: str, said: str) -> None:
    layout = Layout(tmp_path)
    with pytest.raises(ModelError, match=r"no newsml model \(salience.json is missing\)"):
        load_salience_spec(layout)
    layout.salience_spec.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=said):
        load_salience_spec(layout)


def test_thresholds_are_as_many_as_labels() -> None:
    with pytest.raises(ModelError, match="1 thresholds for 2 labels"):
        ModelSpec("x", LabelScheme(("甲", "乙")), "mean", 64, (0.5,), Calibration.identity(2))


def test_a_model_is_found_by_its_folder(layout: Layout) -> None:
    assert find_model(str(layout.folder)) == layout


def test_a_model_folder_called_topics_goes_before_the_one_that_ships(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "topics").mkdir()
    if embedded_folder().is_dir():
        assert find_model("topics").folder == embedded_folder()
    save_spec(SPEC, Layout(tmp_path / "topics"))
    assert find_model("topics").folder.resolve() == tmp_path / "topics"


@pytest.mark.parametrize("name", ["no-such", "file"])
def test_no_such_model(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ModelError, match=f"{name}: no such model.*topics"):
        find_model(str(tmp_path / name))
