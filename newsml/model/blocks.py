"""Feed-forward blocks of an ONNX model, made ready for 8 bits by what their channels say of some texts."""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from newsml.arrays import Floats
from newsml.model.onnx_backend import OnnxBackend
from newsml.model.tokenization import Window

TOLERANCE = 0.0005
"""Share of the variance of what a block adds that pruning may cost."""

OUTLIERS = 16
"""Channels of a block that are multiplied in float32. One or two have values several times as great as all
others, most of them at the first token of a text; in 8 bits these would leave the others few steps."""

ENOUGH, MOST = 20, 150
"""Tokens for each channel: a block that meets fewer stays as it is, and no more are read."""

DAMPING = 1e-4  # of the variance of a typical channel, added to each: some are nearly sums of others
LEAST = 0.01  # of the typical level of what a block reads: values below are smoothed as if they had this
CHUNK = 16  # windows whose values are kept at once
STEPS = (("MatMul",), ("Add",), ("Gelu", "Relu"), ("MatMul",), ("Add",))


@dataclass(frozen=True)
class _Block:
    """One feed-forward block.

    Attributes:
        nodes: the product that widens, its bias, the activation function, the product that narrows, its bias.
        weights: the names of the matrices and biases of these, of shape ``(width, channels)``,
            ``(channels,)``, ``(channels, width)`` and ``(width,)``.
        width: values that it reads of a token.
        channels: values that it makes of them.
    """

    nodes: Sequence[Any]
    weights: Sequence[str]
    width: int
    channels: int

    @property
    def reads(self) -> str:
        """The name of what it reads."""
        return str(self.nodes[0].input[0])

    @property
    def makes(self) -> str:
        """The name of what its channels say."""
        return str(self.nodes[2].output[0])


@dataclass(frozen=True)
class _Values:
    """The values that the tokens of some texts had in a block.

    Attributes:
        read: the greatest size of each value that it reads. *Shape:* ``(width,)``.
        made: the greatest size of what each channel says. *Shape:* ``(channels,)``.
        moments: mean products of what two channels say; the last is no channel but always 1.
            *Shape:* ``(channels + 1, channels + 1)``.
    """

    read: Floats
    made: Floats
    moments: Floats


def prepare_blocks(model: Any, windows: Sequence[Window]) -> dict[str, bool]:
    """Make the feed-forward blocks of a model smaller and easy to quantise, in place.

    Channels that the others can stand for are pruned. Two blocks that add up take the place of each: one of
    the `OUTLIERS`, one of all other channels. What both read is smoothed: channels of great values are
    divided, and their weights multiplied.

    Args:
        model: as `onnx.load` returns it, in float32.
        windows: tokens of texts such as the model will read.

    Returns:
        The names of the new matrices, each with whether what it multiplies bears 8 bits; none, where the
        texts are too few or there is no such block.

    Source: Xiao et al. 2023, "SmoothQuant"; Dettmers et al. 2022, "LLM.int8()" (outliers apart).
    """
    graph = model.graph
    tokens = sum(map(len, windows))
    blocks = [block for block in _find_blocks(graph) if tokens >= ENOUGH * block.channels]
    if not blocks:
        return {}
    step = math.ceil(tokens / (MOST * max(block.channels for block in blocks)))
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    instead: dict[str, list[Any]] = {}
    bears_8_bits: dict[str, bool] = {}
    for block, values in zip(blocks, _gather_values(model, blocks, windows[::step]), strict=True):
        nodes, added = _prepare(block, values, arrays)
        instead |= {node.output[0]: [] for node in block.nodes} | {nodes[-1].output[0]: nodes}
        arrays = {name: array for name, array in arrays.items() if name not in block.weights} | added
        bears_8_bits |= {
            name: name.split(".")[-2] == "others" for name, array in added.items() if array.ndim == 2
        }
    nodes = [new for node in graph.node for new in instead.get(node.output[0], [node])]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in arrays.items())
    return bears_8_bits


def prune_channels(moments: Floats, weights: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Choose the channels to keep, and give them the weights that stand for the others too.

    One channel after another is pruned, always that which takes least with it when the others take over
    what they can of it, until `TOLERANCE` is spent.

    Args:
        moments: mean products of two channels each, the last always 1. *Shape:* ``(n + 1, n + 1)``.
        weights: by which each is multiplied; of the last, the bias. *Shape:* ``(n + 1, out)``.

    Returns:
        The channels that are kept, in order, more than `OUTLIERS`, and their weights with the new bias.
        *Shapes:* ``(kept,)`` and ``(kept + 1, out)``.

    Source: Hassibi & Stork 1993, "Second order derivatives for network pruning: Optimal Brain Surgeon", of
    the output of a layer as in Frantar & Alistarh 2022, "Optimal Brain Compression".
    """
    weights = weights.astype(np.float64)
    channels = len(weights) - 1
    covariance = moments[:-1, :-1] - np.outer(moments[-1, :-1], moments[-1, :-1])
    budget = TOLERANCE * float((weights[:-1] * (covariance @ weights[:-1])).sum())
    damping = np.full(channels + 1, max(DAMPING * float(np.median(np.diag(covariance))), 1e-12))
    damping[-1] = 0
    inverse = np.linalg.inv(moments + np.diag(damping))
    pruned = np.zeros(channels, bool)
    while channels - pruned.sum() > 2 * OUTLIERS:
        costs = np.where(pruned, np.inf, (weights[:-1] ** 2).sum(1) / np.diag(inverse)[:-1])
        least = int(costs.argmin())
        budget -= float(costs[least])
        if not budget >= 0:  # nor where it is no number
            break
        share = inverse[:, least] / inverse[least, least]
        weights -= np.outer(share, weights[least])
        inverse -= np.outer(share, inverse[least])
        inverse[least, least] = 1  # in the place of 0, which costs are divided by
        pruned[least] = True
    return np.flatnonzero(~pruned), weights[[*~pruned, True]]


def names_read(nodes: Iterable[Any]) -> Iterator[str]:
    """Yield the names that nodes read, and those of the graphs within them."""
    for node in nodes:
        yield from node.input
        for attribute in node.attribute:
            for graph in (attribute.g, *attribute.graphs):
                yield from names_read(graph.node)


def _find_blocks(graph: Any) -> Iterator[_Block]:
    """Yield the feed-forward blocks, of whose inner values and weights nothing else makes use."""
    dims = {
        tensor.name: tuple(tensor.dims)
        for tensor in graph.initializer
        if tensor.data_type == TensorProto.FLOAT
    }
    reads = Counter(names_read(graph.node))
    reads.update(output.name for output in graph.output)
    reader = {name: node for node in graph.node for name in node.input}
    for node in graph.node:
        chain = [node]
        while len(chain) < len(STEPS) and reads[chain[-1].output[0]] == 1 and chain[-1].output[0] in reader:
            chain.append(reader[chain[-1].output[0]])
        if len(chain) < len(STEPS) or any(
            n.op_type not in kinds for n, kinds in zip(chain, STEPS, strict=True)
        ):
            continue
        places = (chain[0].input[1:], chain[1].input, chain[3].input[1:], chain[4].input)
        weights = [next((name for name in names if name in dims), "") for names in places]
        if any(not name or reads[name] != 1 for name in weights):
            continue
        up, up_bias, down, down_bias = (dims[name] for name in weights)
        whole = len(up) == len(down) == 2 and up_bias == up[1:] == down[:1] and down_bias == down[1:]
        if whole and down[0] > max(down[1], 2 * OUTLIERS):
            yield _Block(chain, weights, *up)


def _gather_values(model: Any, blocks: Sequence[_Block], windows: Sequence[Window]) -> Iterator[_Values]:
    """Run a model, and yield the values in each of its blocks."""
    tapped = onnx.ModelProto()
    tapped.CopyFrom(model)
    widths = {block.reads: block.width for block in blocks} | {b.makes: b.channels for b in blocks}
    tapped.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "length", width])
        for name, width in widths.items()
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tapped.onnx"
        onnx.save(tapped, path)
        backend = OnnxBackend(path, widths)
    greatest = {name: np.zeros(width) for name, width in widths.items()}
    sums = {block.makes: np.zeros((block.channels + 1, block.channels + 1)) for block in blocks}
    for at in range(0, len(windows), CHUNK):
        found = backend.run(list(widths), windows[at : at + CHUNK], pad_id=0, batch_size=1)
        for name, rows in zip(widths, found, strict=True):
            values = np.concatenate(rows)
            greatest[name] = np.maximum(greatest[name], np.abs(values).max(0))
            if name in sums:
                values = np.hstack([values, np.ones_like(values[:, :1])])
                sums[name] += values.T @ values
    for block in blocks:
        moments = sums.pop(block.makes)
        yield _Values(greatest[block.reads], greatest[block.makes], moments / moments[-1, -1])


def _prepare(
    block: _Block, values: _Values, arrays: Mapping[str, NDArray[Any]]
) -> tuple[list[Any], dict[str, NDArray[np.float32]]]:
    """Return the nodes that take the place of a block, the last with its output, and their weights."""
    up, up_bias, down, down_bias = (arrays[name] for name in block.weights)
    activation, name = block.nodes[2], block.weights[2]
    levels = values.read / np.abs(up).max(1).clip(1e-9)
    divisors = np.sqrt(levels.clip(LEAST * float(np.median(levels)) or 1))
    kept, weights = prune_channels(values.moments, np.vstack([down, down_bias]))
    falling = np.argsort(-values.made[kept], kind="stable")
    nodes = [helper.make_node("Mul", [block.reads, f"{name}.smoothing"], [f"{name}.smooth"])]
    added = {f"{name}.smoothing": 1 / divisors, f"{name}.bias": weights[-1]}
    for part, chosen in (("outliers", falling[:OUTLIERS]), ("others", falling[OUTLIERS:])):
        places = np.sort(chosen)
        stored = f"{name}.{part}.up", f"{name}.{part}.up_bias", f"{name}.{part}.down"
        upper = up[:, kept[places]] * divisors[:, None]
        added |= dict(zip(stored, (upper, up_bias[kept[places]], weights[places]), strict=True))
        inner = [f"{block.makes}.{part}.{k}" for k in range(4)]
        nodes += [
            helper.make_node("MatMul", [f"{name}.smooth", stored[0]], inner[:1]),
            helper.make_node("Add", [inner[0], stored[1]], inner[1:2]),
            helper.make_node(activation.op_type, inner[1:2], inner[2:3]),
            helper.make_node("MatMul", [inner[2], stored[2]], inner[3:]),
        ]
        nodes[-2].attribute.extend(activation.attribute)
    parts = [f"{block.makes}.{part}.3" for part in ("outliers", "others")]
    nodes += [
        helper.make_node("Add", parts, [f"{block.makes}.sum"]),
        helper.make_node("Add", [f"{block.makes}.sum", f"{name}.bias"], block.nodes[-1].output),
    ]
    return nodes, {key: np.ascontiguousarray(value, np.float32) for key, value in added.items()}
