"""Matrices in 8 bits: whatever the graph, it says nearly what it said in float32."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from newsml.model.quantization import quantize

chance = np.random.default_rng(5)
SQUARE, WIDE, NARROW = (chance.normal(size=shape).astype(np.float32) for shape in ((8, 8), (8, 32), (32, 4)))
GREAT_ROW = SQUARE * np.where(np.arange(8) == 2, 100, 1)[:, None].astype(np.float32)
COLUMN_OF_ZEROS = SQUARE * (np.arange(8) != 3)
VECTOR = chance.normal(size=8).astype(np.float32)

Node = tuple[str, list[str], str, dict[str, int]]


def build(path: Path, nodes: list[Node], weights: dict[str, np.ndarray], ids: bool) -> None:
    kind, shape = (TensorProto.INT64, ["n"]) if ids else (TensorProto.FLOAT, ["n", 8])
    graph = helper.make_graph(
        [helper.make_node(op, inputs, [out], **options) for op, inputs, out, options in nodes],
        "g",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["r", "c"])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, path)


def run(path: Path, x: np.ndarray) -> np.ndarray:
    return onnxruntime.InferenceSession(path).run(["y"], {"x": x})[0]


GRAPHS: dict[str, tuple[list[Node], dict[str, np.ndarray], bool]] = {
    "two products in a row": (
        [("MatMul", ["x", "a"], "h", {}), ("MatMul", ["h", "b"], "y", {})],
        {"a": SQUARE, "b": WIDE},
        False,
    ),
    "rows that are multiplied as they are": (
        [("Gather", ["a", "x"], "h", {}), ("MatMul", ["h", "b"], "y", {})],
        {"a": SQUARE, "b": WIDE},
        True,
    ),
    "a table that is a factor too": (
        [("Gather", ["a", "x"], "h", {}), ("MatMul", ["h", "a"], "y", {})],
        {"a": SQUARE},
        True,
    ),
    "values that meet two matrices": (
        [("MatMul", ["x", "a"], "h", {}), ("MatMul", ["x", "b"], "k", {}), ("Add", ["h", "k"], "y", {})],
        {"a": SQUARE, "b": COLUMN_OF_ZEROS},
        False,
    ),
    "a matrix that is met twice": (
        [("MatMul", ["x", "a"], "h", {}), ("MatMul", ["h", "a"], "y", {})],
        {"a": SQUARE},
        False,
    ),
    "wide, then narrow": (
        [("MatMul", ["x", "b"], "h", {}), ("Relu", ["h"], "k", {}), ("MatMul", ["k", "c"], "y", {})],
        {"b": WIDE, "c": NARROW},
        False,
    ),
    "Gemm": ([("Gemm", ["x", "a", "v"], "y", {})], {"a": COLUMN_OF_ZEROS, "v": VECTOR}, False),
    "Gemm of the transposed": (
        [("Gemm", ["x", "a", "v"], "y", {"transB": 1})],
        {"a": GREAT_ROW, "v": VECTOR},
        False,
    ),
    "columns of a table": ([("Gather", ["a", "x"], "y", {"axis": 1})], {"a": SQUARE}, True),
    "a matrix on the left": (
        [("Transpose", ["x"], "t", {}), ("MatMul", ["a", "t"], "y", {})],
        {"a": SQUARE},
        False,
    ),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_says_nearly_what_it_said(name: str, tmp_path: Path) -> None:
    nodes, weights, ids = GRAPHS[name]
    build(tmp_path / "float.onnx", nodes, weights, ids)
    quantize(tmp_path / "float.onnx", tmp_path / "int8.onnx")
    x = np.array([0, 5, 5, 7]) if ids else np.random.default_rng(6).normal(size=(6, 8)).astype(np.float32)
    wanted, found = run(tmp_path / "float.onnx", x), run(tmp_path / "int8.onnx", x)
    assert found.shape == wanted.shape
    # Of the columns too, each of which has a scale of its own.
    off, size = np.abs(found - wanted).max(0), np.abs(wanted).max(0)
    assert off.max() < 0.03 * size.max()
    assert (off <= 0.15 * size).all()


def test_what_is_stored_in_8_bits_is_not_stored_in_float32_too(tmp_path: Path) -> None:
    nodes, weights, ids = GRAPHS["wide, then narrow"]
    build(tmp_path / "float.onnx", nodes, weights, ids)
    quantize(tmp_path / "float.onnx", tmp_path / "int8.onnx")
    stored = onnx.load(tmp_path / "int8.onnx").graph.initializer
    assert sum(t.data_type == TensorProto.INT8 for t in stored) == len(weights)
    assert max(np.prod(t.dims) for t in stored if t.data_type == TensorProto.FLOAT) == WIDE.shape[1]


def test_a_matrix_that_a_graph_within_reads_too_stays(tmp_path: Path) -> None:
    inner = helper.make_graph(
        [helper.make_node("MatMul", ["h", "a"], ["z"])],
        "inner",
        [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 8])],
    )
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "a"], ["h"]),
            helper.make_node("If", ["yes"], ["y"], then_branch=inner, else_branch=inner),
        ],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 8])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 8])],
        [numpy_helper.from_array(SQUARE, "a"), numpy_helper.from_array(np.array(True), "yes")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, tmp_path / "float.onnx")
    quantize(tmp_path / "float.onnx", tmp_path / "int8.onnx")
    x = np.random.default_rng(6).normal(size=(6, 8)).astype(np.float32)
    wanted, found = run(tmp_path / "float.onnx", x), run(tmp_path / "int8.onnx", x)
    assert np.abs(found - wanted).max() < 0.03 * np.abs(wanted).max()
