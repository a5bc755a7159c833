"""Feed-forward blocks made ready for 8 bits: smaller, and saying what they said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from newsml.model import blocks
from newsml.model.blocks import CHUNK, ENOUGH, OUTLIERS, TOLERANCE, prepare_blocks, prune_channels
from newsml.model.quantization import quantize

WORDS, WIDTH, CHANNELS = 200, 24, 96
GREAT = 7  # a channel
FIRST = 3  # a word that begins every window, and for which that channel has a great value

Arrays = dict[str, np.ndarray]


def make_weights(seed: int = 1) -> Arrays:
    """Return the weights of a model of one block; the second half of its channels repeats the first."""
    chance = np.random.default_rng(seed)
    weights = {
        "words": chance.normal(size=(WORDS, WIDTH)),
        "gain": np.ones(WIDTH),
        "up": chance.normal(size=(WIDTH, CHANNELS)) / 5,
        "up_bias": chance.normal(size=CHANNELS) / 5,
        "down": chance.normal(size=(CHANNELS, WIDTH)) / 5,
        "down_bias": chance.normal(size=WIDTH),
    }
    weights["up"][:, :4], weights["up_bias"][:4] = 0, 5  # which say always the same: the new bias says it
    half = CHANNELS // 2
    weights["up"][:, half:], weights["up_bias"][half:] = weights["up"][:, :half], weights["up_bias"][:half]
    weights["words"][FIRST] = 25 * weights["up"][:, GREAT] / (weights["up"][:, GREAT] ** 2).sum()
    return {name: value.astype(np.float32) for name, value in weights.items()}


def make_model(weights: Arrays, activation: str = "Gelu", more: tuple[Any, ...] = (), **options: Any) -> Any:
    """Return a model that looks words up, has them pass a block and adds what the block says to them."""
    nodes = [
        helper.make_node("Gather", ["words", "input_ids"], ["found"]),
        helper.make_node("Mul", ["found", "gain"], ["x"]),
        helper.make_node("MatMul", ["x", "up"], ["wide"]),
        helper.make_node("Add", ["up_bias", "wide"], ["biased"]),
        helper.make_node(activation, ["biased"], ["values"], **options),
        helper.make_node("MatMul", ["values", "down"], ["narrow"]),
        helper.make_node("Add", ["narrow", "down_bias"], ["said"]),
        helper.make_node("Add", ["said", "x"], ["sum"]),
        *more,
        helper.make_node("Identity", ["sum"], ["y"]),
    ]
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", "length", WIDTH])
    stored = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "g", ids, [out], stored)
    told = helper.make_tensor_value_info("values", TensorProto.FLOAT, ["batch", "length", CHANNELS])
    graph.value_info.append(told)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def run(model: Any, windows: list[tuple[int, ...]]) -> np.ndarray:
    """Return what the model says of the tokens of windows. *Shape:* ``(tokens, WIDTH)``."""
    session = onnxruntime.InferenceSession(model.SerializeToString())
    ids = [np.array([window], np.int64) for window in windows]
    return np.vstack(
        [session.run(["y"], {"input_ids": i, "attention_mask": np.ones_like(i)})[0][0] for i in ids]
    )


def draw_windows(tokens: int, seed: int = 2) -> list[tuple[int, ...]]:
    """Return windows of ten tokens."""
    rows = np.random.default_rng(seed).integers(0, WORDS, (tokens // 10, 10))
    rows[:, 0] = FIRST
    return [tuple(row) for row in rows.tolist()]


def stored(model: Any) -> Arrays:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


@pytest.mark.parametrize("activation", ["Gelu", "Relu"])
def test_a_pruned_block_says_what_it_said(activation: str) -> None:
    model = make_model(make_weights(), activation)
    before = run(model, draw_windows(1000, seed=9))
    assert prepare_blocks(model, draw_windows(4000)) == {
        "down.outliers.up": False,
        "down.outliers.down": False,
        "down.others.up": True,
        "down.others.down": True,
    }
    onnx.checker.check_model(model, full_check=True)
    arrays = stored(model)
    assert len(arrays["down.outliers.down"]) == OUTLIERS
    # Half of the channels say what the other half says, and add nothing.
    assert OUTLIERS + len(arrays["down.others.down"]) <= CHANNELS // 2
    assert not {"up", "up_bias", "down", "down_bias"} & arrays.keys()
    after = run(model, draw_windows(1000, seed=9))
    assert ((after - before) ** 2).mean() < 4 * TOLERANCE * before.var()


def test_the_attributes_of_the_activation_stay() -> None:
    model = make_model(make_weights(), approximate="tanh")
    prepare_blocks(model, draw_windows(4000))
    kept = [node.attribute[0].s for node in model.graph.node if node.op_type == "Gelu"]
    assert kept == [b"tanh", b"tanh"]


def test_the_channel_of_a_great_value_is_an_outlier() -> None:
    weights = make_weights()
    weights["up"][:, CHANNELS // 2 + GREAT] = 0  # its double
    model = make_model(weights)
    begun = draw_windows(CHUNK * 10)
    later = [tuple(word for word in window if word != FIRST) for window in draw_windows(4000)]
    prepare_blocks(model, [*begun, *later])
    arrays = stored(model)
    parts = ("outliers", "others")
    raw = {part: arrays[f"down.{part}.up"] * arrays["down.smoothing"][:, None] for part in parts}
    likeness = {part: np.abs(up - weights["up"][:, [GREAT]]).max(0).min() for part, up in raw.items()}
    assert likeness["outliers"] < 1e-5
    assert likeness["others"] > 0.01


def test_a_value_that_the_texts_never_showed_is_read_all_the_same(tmp_path: Path) -> None:
    weights = make_weights()
    weights["words"][:, 0] = 0
    weights["words"][FIRST, 0] = 2
    onnx.save(make_model(weights), tmp_path / "float.onnx")
    shown = [tuple(word for word in window if word != FIRST) for window in draw_windows(4000)]
    quantize(tmp_path / "float.onnx", tmp_path / "int8.onnx", shown)
    seen = draw_windows(1000, seed=9)
    wanted, found = (
        run(onnx.load(tmp_path / "float.onnx"), seen),
        run(onnx.load(tmp_path / "int8.onnx"), seen),
    )
    others = np.tile(np.arange(10) > 0, 100)  # than FIRST, which is strange to the model
    assert np.sqrt(((found - wanted)[others] ** 2).mean()) < 0.05 * wanted.std()


def test_8_bits_cost_less_where_texts_show_the_outliers(tmp_path: Path) -> None:
    weights = make_weights()
    weights["gain"][5] = 30  # great values, which smoothing takes from the product that widens
    weights["up"][5] /= 30
    model = make_model(weights)
    onnx.save(model, tmp_path / "float.onnx")
    windows = draw_windows(4000)
    quantize(tmp_path / "float.onnx", tmp_path / "plain.onnx")
    quantize(tmp_path / "float.onnx", tmp_path / "shown.onnx", windows)
    seen = draw_windows(1000, seed=9)
    wanted = run(model, seen)
    off = {
        kind: np.sqrt(((run(onnx.load(tmp_path / f"{kind}.onnx"), seen) - wanted) ** 2).mean())
        for kind in ("plain", "shown")
    }
    assert off["shown"] < 0.5 * off["plain"]
    assert off["shown"] < 0.02 * wanted.std()
    products = [node.op_type for node in onnx.load(tmp_path / "shown.onnx").graph.node]
    assert (products.count("MatMulInteger"), products.count("MatMul")) == (2, 2)  # the others, the outliers


def test_no_more_is_read_than_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    class Counted(blocks.OnnxBackend):
        def run(self, outputs: Any, windows: Any, **options: Any) -> Any:
            read.extend(windows)
            return super().run(outputs, windows, **options)

    monkeypatch.setattr(blocks, "OnnxBackend", Counted)
    monkeypatch.setattr(blocks, "MOST", 25)
    windows = draw_windows(6000)
    assert prepare_blocks(make_model(make_weights()), windows)
    assert read == windows[::3]  # 2,000 tokens of 2,400


def test_few_texts_leave_a_block_as_it_is() -> None:
    model = make_model(make_weights())
    before = model.SerializeToString()
    assert prepare_blocks(model, []) == {}
    assert prepare_blocks(model, draw_windows(ENOUGH * CHANNELS - 10)) == {}
    assert model.SerializeToString() == before
    assert prepare_blocks(model, draw_windows(ENOUGH * CHANNELS))


INNER = helper.make_graph(
    [helper.make_node("ReduceMax", ["up"], ["m"], keepdims=0)],
    "inner",
    [],
    [helper.make_tensor_value_info("m", TensorProto.FLOAT, [])],
)


@pytest.mark.parametrize(
    ("activation", "more"),
    [
        ("Tanh", ()),
        ("Gelu", (helper.make_node("ReduceMax", ["values"], ["z"], keepdims=0),)),
        ("Gelu", (helper.make_node("ReduceMax", ["down"], ["z"], keepdims=0),)),
        ("Gelu", (helper.make_node("If", ["yes"], ["z"], then_branch=INNER, else_branch=INNER),)),
    ],
    ids=["another function", "values read twice", "a matrix read twice", "a matrix read within"],
)
def test_what_is_no_block_of_its_own_stays(activation: str, more: tuple[Any, ...]) -> None:
    model = make_model(make_weights() | {"yes": np.array(True)}, activation, more)
    before = model.SerializeToString()
    assert prepare_blocks(model, draw_windows(4000)) == {}
    assert model.SerializeToString() == before


@pytest.mark.parametrize("output", ["values", "biased"])
def test_values_that_are_an_output_stay(output: str) -> None:
    model = make_model(make_weights())
    model.graph.output.append(
        helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", "length", CHANNELS])
    )
    assert prepare_blocks(model, draw_windows(4000)) == {}


def test_a_block_of_few_channels_stays() -> None:
    weights = make_weights()
    few = 2 * OUTLIERS
    weights["up"], weights["up_bias"] = weights["up"][:, :few], weights["up_bias"][:few]
    weights["down"] = weights["down"][:few]
    assert prepare_blocks(make_model(weights), draw_windows(4000)) == {}


def test_a_block_whose_channels_say_nothing() -> None:
    weights = make_weights()
    weights["up_bias"][:] = -1000
    model = make_model(weights, "Relu")
    before = run(model, draw_windows(100))
    prepare_blocks(model, draw_windows(4000))
    assert np.allclose(run(model, draw_windows(100)), before, atol=1e-5)


def test_pruning_is_least_squares_within_its_tolerance() -> None:
    chance = np.random.default_rng(4)
    causes = chance.normal(size=(5000, 90)) / np.arange(1, 91) ** 0.5
    values = np.hstack([causes @ chance.normal(size=(90, 90)) + 3, np.ones((5000, 11))])
    values[:, 90:100] += 1e-3 * chance.normal(size=(5000, 10))  # nearly constant
    weights = chance.normal(size=(101, 8))
    kept, new = prune_channels(values.T @ values / len(values), weights)
    assert 2 * OUTLIERS < len(kept) < 85
    assert kept.tolist() == sorted(set(kept.tolist()))
    assert max(kept) < 90
    wanted, left = values @ weights, values[:, [*kept, 100]]
    best = left @ np.linalg.lstsq(left, wanted, rcond=None)[0]
    unexplained = (
        ((predicted - wanted) ** 2).sum() / ((wanted - wanted.mean(0)) ** 2).sum()
        for predicted in (left @ new, best)
    )
    lost, least = unexplained
    assert 0.5 * TOLERANCE < lost < 1.1 * least < 1.1 * TOLERANCE


def test_moments_that_are_no_numbers_prune_nothing() -> None:
    kept, _ = prune_channels(np.full((101, 101), np.nan), np.ones((101, 4)))
    assert len(kept) == 100
