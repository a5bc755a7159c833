"""The network in PyTorch and in ONNX Runtime: windows in, a row of values for each out."""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from newsml.domain import Post
from newsml.errors import ModelError, UsageError
from newsml.model.classifier import load_model
from newsml.model.layout import Layout, embedded_folder
from newsml.model.network import LENGTH_STEP, TorchBackend
from newsml.model.onnx_backend import OnnxBackend
from newsml.model.reader import load_reader
from newsml.model.scoring import LOGITS, SALIENCE

PAD = 7
WINDOWS = [(8,) * 40, (9, 10), (9,) * 41, (11, 12, 13), (8,) * 42, (14,)]


class Sums(torch.nn.Module):
    """Logits of a window: the sum of its tokens and their number; salience of a token: itself."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = {LOGITS: None, SALIENCE: None}
        self.shapes: list[tuple[int, ...]] = []

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        assert ((ids == PAD) == (mask == 0)).all()
        assert not self.training
        self.shapes.append(tuple(ids.shape))
        return torch.stack([(ids * mask).sum(1), mask.sum(1)], 1).float(), ids[..., None].float()


def test_pytorch_reads_windows_of_like_length_in_a_batch() -> None:
    network = Sums()
    backend = TorchBackend(network, torch.device("cpu"))
    tokens, logits = backend.run([SALIENCE, LOGITS], WINDOWS, pad_id=PAD, batch_size=3)
    assert [row.tolist() for row in logits] == [[sum(w), len(w)] for w in WINDOWS]
    assert [row[:, 0].tolist() for row in tokens] == [list(w) for w in WINDOWS]
    assert network.shapes == [(3, LENGTH_STEP), (3, 3 * LENGTH_STEP)]
    assert network.training  # as it was before


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_no_window_is_lost_whatever_the_batch(batch_size: int) -> None:
    (logits,) = TorchBackend(Sums(), torch.device("cpu")).run(
        [LOGITS], WINDOWS, pad_id=PAD, batch_size=batch_size
    )
    assert [row.tolist() for row in logits] == [[sum(w), len(w)] for w in WINDOWS]


def test_no_windows() -> None:
    assert TorchBackend(Sums(), torch.device("cpu")).run([LOGITS], [], pad_id=PAD, batch_size=4) == [[]]


def embedded(threads: int) -> OnnxBackend:
    return OnnxBackend(Layout(embedded_folder()).onnx_int8, {LOGITS: 16, SALIENCE: 6}, threads)


def test_onnx_values_depend_neither_on_the_other_windows_nor_on_the_threads() -> None:
    reader = load_reader()
    texts = ["央行今日开展逆回购操作。", "某公司公告，拟回购股份不超过3亿元。" * 9, "沪指收涨1.2%。"]
    windows = [window for text in reader.encode(texts) for window in text.windows]
    outputs = [LOGITS, SALIENCE]
    together = embedded(threads=3).run(outputs, windows, pad_id=1, batch_size=16)
    for i, window in enumerate(windows):
        alone = embedded(threads=1).run(outputs, [window], pad_id=1, batch_size=1)
        assert together[0][i].tolist() == alone[0][0].tolist()
        assert together[1][i].tolist() == alone[1][0].tolist()
        assert together[1][i].shape == (len(window), 6)
    assert embedded(threads=2).run(outputs, [], pad_id=1, batch_size=16) == [[], []]


def test_a_window_that_fails_ends_the_others_and_says_which(tmp_path: Path) -> None:
    ids, mask = (
        helper.make_tensor_value_info(n, TensorProto.INT64, ["b", "n"])
        for n in ("input_ids", "attention_mask")
    )
    out = helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["b", 4])
    nodes = [
        helper.make_node("Add", ["input_ids", "attention_mask"], ["sum"]),
        helper.make_node("Reshape", ["sum", "shape"], ["four"]),  # fails but for four tokens
        helper.make_node("Cast", ["four"], [LOGITS], to=TensorProto.FLOAT),
    ]
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [1, 4])
    graph = helper.make_graph(nodes, "g", [ids, mask], [out], [shape])
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), path)
    backend = OnnxBackend(path, {LOGITS: 4}, threads=2)
    (rows,) = backend.run([LOGITS], [(1, 2, 3, 4)], pad_id=0, batch_size=1)
    assert rows[0].tolist() == [2, 3, 4, 5]
    before = threading.active_count()
    with pytest.raises(ModelError, match=r"model\.onnx: fails on a window of 5 tokens: "):
        backend.run([LOGITS], [(1, 2, 3, 4)] * 50 + [(1,) * 5], pad_id=0, batch_size=1)
    assert threading.active_count() == before


def test_an_interrupt_ends_the_windows_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    backend, read = embedded(threads=2), []

    def slow(outputs: Sequence[str], window: tuple[int, ...]) -> list[np.ndarray]:
        read.append(window)
        time.sleep(0.01)
        if len(read) == 5:
            _thread.interrupt_main()
        return [np.zeros(1, np.float32)]

    monkeypatch.setattr(backend, "_run_one", slow)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        backend.run([LOGITS], [(1, 2)] * 500, pad_id=1, batch_size=1)
    assert len(read) < 100
    assert threading.active_count() == before


def test_threads_are_at_most_one_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    monkeypatch.setattr("newsml.model.reader.count_cores", lambda: 3)
    monkeypatch.setattr("newsml.model.reader.OnnxBackend", lambda *arguments: threads.append(arguments[-1]))
    for asked in (0, 2, 10**30):
        load_reader(threads=asked)
    assert threads == [0, 2, 3]


def test_fewer_threads_than_none() -> None:
    with pytest.raises(UsageError, match=r"^threads -1 is less than 0"):
        load_reader(threads=-1)


def test_texts_are_strings_in_whatever_holds_them() -> None:
    model = load_model()
    texts = ["央行降准。", ""]
    assert model.predict(text for text in texts) == model.predict(texts)
    for wrong, told in (
        (None, r"NoneType in the place of a string$"),
        (Post("a", "", "b"), "its model_input"),
    ):
        with pytest.raises(UsageError, match=told):
            model.predict([*texts, wrong])


def test_each_matrix_of_the_package_is_stored_in_8_bits_and_most_are_multiplied_so() -> None:
    model = onnx.load(Layout(embedded_folder()).onnx_int8)
    stored = {t.name: t for t in model.graph.initializer if len(t.dims) == 2 and min(t.dims) > 1}
    assert {t.data_type for t in stored.values()} == {TensorProto.INT8}
    kinds = [node.op_type for node in model.graph.node]
    layers = 6
    in_8_bits = 6 * layers
    assert kinds.count("MatMulInteger") == in_8_bits
    assert kinds.count("DynamicQuantizeLinear") == in_8_bits - 2 * layers  # query, key, value read the same
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":
            weights = onnx.numpy_helper.to_array(stored[node.input[1]])
            assert np.abs(weights.astype(int)).max() == 63  # of which two products fit in 16 bits
