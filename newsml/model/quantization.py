"""An ONNX model with its matrices in 8 bits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from newsml.model.blocks import names_read, prepare_blocks
from newsml.model.tokenization import Window

WHOLE, SAFE = 127, 63
"""The greatest integer of a matrix. Without VNNI a CPU multiplies in 8 bits and adds in pairs in 16: of seven
bits no pair overflows."""

PLACES = {"MatMul": 1, "Gemm": 1, "Gather": 0}
"""Which input of a node is the matrix."""


def quantize(source: Path, target: Path, windows: Sequence[Window] = ()) -> None:
    """Write a model with its matrices in 8 bits, each column (of a table each row) by a scale of its own.

    Most are multiplied in 8 bits too, by values in 8 bits, with the range that these have in each run. Not so
    those that narrow: what follows an activation function is a few great values among many that are near
    zero, and in 8 bits the logits would drift more than twice as far. Where texts show which channels of a
    feed-forward block have these, they alone are multiplied in float32 (`blocks.prepare_blocks`).

    Args:
        source: a model in float32, all weights inside the file.
        target: the file to write.
        windows: tokens of texts such as the model will read.

    Source: Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference"; Dettmers et al. 2022, "LLM.int8()" (great values).
    """
    model = onnx.load(source)
    bears_8_bits = prepare_blocks(model, windows)
    graph = model.graph
    matrices = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in graph.initializer
        if len(tensor.dims) == 2 and tensor.data_type == TensorProto.FLOAT
    }
    writer, replaced = _Writer(), set()
    for node in graph.node:
        name = node.input[PLACES[node.op_type]] if node.op_type in PLACES else ""
        flags = {attribute.name: attribute.i for attribute in node.attribute}
        if name not in matrices or (node.op_type == "Gather" and flags.get("axis")):
            writer.nodes.append(node)
            continue
        replaced.add(name)
        rows, columns = matrices[name].shape
        if node.op_type == "Gather":
            writer.look_up(node, matrices[name])
        elif node.op_type == "Gemm" or not bears_8_bits.get(name, rows <= columns):
            writer.multiply(node, matrices[name], along=1 if flags.get("transB") else 0)
        else:
            writer.multiply_in_8_bits(node, matrices[name])
    read = set(names_read(writer.nodes))
    kept = [tensor for tensor in graph.initializer if tensor.name in read or tensor.name not in replaced]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(writer.nodes)
    graph.initializer.extend(kept)
    graph.initializer.extend(numpy_helper.from_array(part, name) for name, part in writer.stored.items())
    onnx.save(model, target)


class _Writer:
    """Nodes and weights of the new graph.

    Attributes:
        nodes: in an order in which they can run.
        stored: integers and scales, by name.
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.stored: dict[str, NDArray[Any]] = {}
        self._made: set[str] = set()

    def look_up(self, node: Any, table: NDArray[np.float32]) -> None:
        """Take rows out of a table of integers."""
        out, rows = node.output[0], node.input[1]
        integers, scales = self._store(node.input[0], table, along=1, greatest=WHOLE)
        self._add("Gather", [integers, rows], f"{out}.rows")
        self._add("Gather", [scales, rows], f"{out}.row_scales")
        self._add("Cast", [f"{out}.rows"], f"{out}.row_values", to=TensorProto.FLOAT)
        self._add("Mul", [f"{out}.row_values", f"{out}.row_scales"], out)

    def multiply(self, node: Any, weights: NDArray[np.float32], *, along: int) -> None:
        """Multiply in float32 by a matrix of integers; ONNX Runtime makes it float32 once, at loading."""
        integers, scales = self._store(node.input[1], weights, along=along, greatest=WHOLE)
        self._add("Cast", [integers], f"{integers}.value", to=TensorProto.FLOAT)
        self._add("Mul", [f"{integers}.value", scales], f"{integers}.float")
        node.input[1] = f"{integers}.float"
        self.nodes.append(node)

    def multiply_in_8_bits(self, node: Any, weights: NDArray[np.float32]) -> None:
        """Multiply integers by integers."""
        values, out = node.input[0], node.output[0]
        integers, scales = self._store(node.input[1], weights, along=0, greatest=SAFE)
        quantised = tuple(f"{values}.{part}" for part in ("int8", "scale", "zero"))
        self._add("DynamicQuantizeLinear", [values], *quantised)
        self._add("MatMulInteger", [quantised[0], integers, quantised[2]], f"{out}.product")
        self._add("Cast", [f"{out}.product"], f"{out}.product_value", to=TensorProto.FLOAT)
        self._add("Mul", [quantised[1], scales], f"{out}.product_scale")
        self._add("Mul", [f"{out}.product_value", f"{out}.product_scale"], out)

    def _add(self, kind: str, inputs: list[str], *outputs: str, **attributes: int) -> None:
        if outputs[0] not in self._made:  # several matrices can meet the same values
            self._made.update(outputs)
            self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))

    def _store(
        self, name: str, weights: NDArray[np.float32], *, along: int, greatest: int
    ) -> tuple[str, str]:
        """Keep a matrix as integers up to a greatest one, scaled along an axis; return both names."""
        scales = np.abs(weights).max(along, keepdims=True) / greatest
        scales[scales == 0] = 1
        names = f"{name}.int{along}.{greatest}", f"{name}.scale{along}.{greatest}"
        self.stored |= dict(
            zip(names, (np.round(weights / scales).astype(np.int8), scales.astype(np.float32)), strict=True)
        )
        return names
