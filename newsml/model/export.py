"""Checkpoint -> package for ONNX Runtime, float32 and int8, refused where it drifts from PyTorch."""

from __future__ import annotations

import contextlib
import io
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from newsml.arrays import Floats
from newsml.errors import ModelError, missing_extra
from newsml.files import write_json
from newsml.model.calibration import sigmoid
from newsml.model.checksums import pin_files, verify_files
from newsml.model.layout import Layout, find_model, new_folder
from newsml.model.network import Network, TorchBackend, load_network, save_network
from newsml.model.onnx_backend import OnnxBackend
from newsml.model.reader import MAX_TOKENS, Reader, head_files, load_specs, widths_of
from newsml.model.scoring import LOGITS, SALIENCE, Backend, DecisionRule
from newsml.model.tokenization import TextEncoder

# Measured against PyTorch on the same texts; int8 is coarser than float32 by nature, and a token, of which a
# clause has many, drifts further than a label.
MAX_DRIFT = {
    "float32": {LOGITS: 0.001, SALIENCE: 0.001},
    "int8": {LOGITS: 0.05, SALIENCE: 0.15},
}
MIN_AGREEMENT = 0.97

PROBES = (
    "央行开展逆回购操作，维护银行体系流动性合理充裕。",
    "某公司公告，前三季度净利润4.15亿元，同比增长2.5%。",
    "美股三大指数集体收跌，科技股领跌，原油期货涨逾1%。",
    "多地优化房地产政策，首套房贷利率下限下调20个基点。",
    "比特币短线跳水，24小时内全网爆仓金额超3亿美元。",
    "Federal Reserve holds rates steady",
    "新增确诊病例12例，均为境外输入。",
    "外交部发言人表示，双方将就此保持沟通。" * 12,
)


@dataclass(frozen=True)
class Drift:
    """How far a package stands from its checkpoint.

    Attributes:
        probability: greatest difference of a probability.
        agreement: share of the texts with the same labels.
    """

    probability: float
    agreement: float


def export_model(
    model: str | Path,
    output: str | Path,
    texts: list[str] | None = None,
    *,
    int8: bool = True,
    note: Callable[[str], object] = lambda _: None,
) -> dict[str, Drift]:
    """Export a checkpoint for ONNX Runtime, in float32 and in int8.

    Args:
        model: the folder of the checkpoint.
        output: a new folder; it also receives the tokenizer, the specification and the model card.
        texts: on which the drift is measured; a few built-in ones without. From some hundreds on they also
            show what the int8 package can do without (`quantization.quantize`).
        int8: False for float32 alone, as for a head that int8 is too coarse for.
        note: is told what is being done, which on thousands of texts takes minutes.

    Returns:
        The drift of ``float32`` and, if it is there, ``int8``.

    Raises:
        ModelError: no such checkpoint, or the package drifts too far; nothing is written then.
        UsageError: onnx is not installed, or the folder is there already.
    """
    source, target = find_model(model), new_folder(output)
    try:
        from newsml.model.quantization import quantize
    except ImportError as error:
        raise missing_extra(error.name or "onnx", "train", "export") from None
    if not source.encoder.is_file():
        raise ModelError(f"{source.folder}: holds no checkpoint to export ({source.encoder.name} is missing)")
    network = load_checkpoint(source)
    new = not target.folder.exists()
    target.folder.mkdir(parents=True, exist_ok=True)
    staging = Layout(target.folder / ".export")
    shutil.rmtree(staging.folder, ignore_errors=True)
    staging.folder.mkdir()
    try:
        _to_onnx(network, staging.onnx)
        if int8:
            encoded = _text_encoder(source).encode(texts or [], MAX_TOKENS)
            windows = [window for text in encoded for window in text.windows]
            note(f"int8 is fitted to {len(texts)} texts" if texts else "int8 is written")
            quantize(staging.onnx, staging.onnx_int8, windows)
        measured = texts or list(PROBES)
        note(f"the drift is measured on {len(measured)} texts")
        drifts = _measure(network, source, staging, measured)
        for path in (source.spec, source.salience_spec, source.tokenizer, source.metrics, source.card):
            if path.is_file():
                shutil.copyfile(path, staging.folder / path.name)
        for path in sorted(staging.folder.iterdir()):
            path.replace(target.folder / path.name)
    finally:
        shutil.rmtree(staging.folder, ignore_errors=True)
        if new and not any(target.folder.iterdir()):  # refused
            target.folder.rmdir()
    write_json(target.folder / "export.json", {kind: asdict(drift) for kind, drift in drifts.items()})
    pin_files(target)
    return drifts


def save_half(source: Layout, target: Layout) -> None:
    """Save a checkpoint in float16, half the size, with its tokenizer and specification.

    Args:
        source: the checkpoint.
        target: where to.
    """
    target.folder.mkdir(parents=True, exist_ok=True)
    save_network(load_checkpoint(source), head_files(target, *load_specs(source)), target, half=True)
    for path in (
        source.spec,
        source.salience_spec,
        source.tokenizer,
        source.folder / "tokenizer_config.json",
    ):
        if path.is_file():
            shutil.copyfile(path, target.folder / path.name)
    pin_files(target)


def load_checkpoint(layout: Layout) -> Network:
    """Load the network of a model folder with all its heads.

    Raises:
        ModelError: the folder is no model, or one that is broken.
    """
    topics, salience = load_specs(layout)
    verify_files(layout)
    pooling = topics.pooling if topics else "mean"
    return load_network(widths_of(topics, salience), head_files(layout, topics, salience), layout, pooling)


def _to_onnx(network: Network, path: Path) -> None:
    ids = torch.full((2, 16), 5, dtype=torch.int64)
    batch, length = torch.export.Dim("batch"), torch.export.Dim("length", max=512)
    # PyTorch's fused attention becomes a graph that looks for rows without a token too, a tenth of its time.
    network.encoder.set_attn_implementation("eager")
    with _silence():
        torch.onnx.export(
            network.eval(),
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=list(network.heads),
            dynamic_shapes=({0: batch, 1: length}, {0: batch, 1: length}),
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def _text_encoder(source: Layout) -> TextEncoder:
    topics, salience = load_specs(source)
    return TextEncoder(source.tokenizer, (topics or salience).window)  # type: ignore[union-attr]


def _measure(network: Network, source: Layout, staging: Layout, texts: list[str]) -> dict[str, Drift]:
    topics, salience = load_specs(source)
    widths = widths_of(topics, salience)
    encoder = _text_encoder(source)
    backends: dict[str, Backend] = {
        "pytorch": TorchBackend(network, torch.device("cpu")),
        "float32": OnnxBackend(staging.onnx, widths),
    }
    if staging.onnx_int8.is_file():
        backends["int8"] = OnnxBackend(staging.onnx_int8, widths)
    probs, chosen = {}, {}
    for kind, backend in backends.items():
        probs[kind], chosen[kind] = _answers(Reader(topics, salience, encoder, backend), texts)
    drifts = {}
    for kind, most in MAX_DRIFT.items():
        if kind not in backends:
            continue
        # Apart, since a text has many more tokens than labels, whose drift would be lost among theirs.
        differences = {name: np.abs(values - probs["pytorch"][name]) for name, values in probs[kind].items()}
        greatest = float(max(part.max(initial=0.0) for part in differences.values()))
        agreement = float(np.mean([a == b for a, b in zip(chosen[kind], chosen["pytorch"], strict=True)]))
        drifts[kind] = Drift(greatest, agreement)
        # One probability near its threshold may move; the typical one may not.
        near = all(
            not len(part) or float(np.quantile(part, 0.99)) <= most[name]  # which NaN is not
            for name, part in differences.items()
        )
        if not near or agreement < MIN_AGREEMENT - 1 / len(texts):
            way = " (float32 alone holds: --no-int8, from Python int8=False)" if kind == "int8" else ""
            raise ModelError(
                f"{source.folder}: the {kind} package drifts from PyTorch: probabilities by up to "
                f"{greatest:.3f}, labels equal on {agreement:.1%} of {len(texts)} texts; "
                f"nothing written{way}"
            )
    return drifts


def _answers(reader: Reader, texts: list[str]) -> tuple[dict[str, Floats], list[list[bool]]]:
    """Return the probabilities of labels and of tokens that were read, and the labels of each text."""
    encoded = reader.encode(texts, places=True)
    probs: dict[str, Floats] = {}
    chosen: list[list[bool]] = [[] for _ in texts]
    if reader.topics is not None:
        labels = reader.topics.probabilities(reader.logits(encoded))
        probs[LOGITS] = labels.ravel()
        picked = DecisionRule().decide(labels, reader.topics.scheme, reader.topics.thresholds)
        chosen = [row.tolist() for row in picked]
    if reader.salience is not None:
        values = np.concatenate([salience.values.ravel() for salience in reader.saliences(encoded)])
        probs[SALIENCE] = sigmoid(values[~np.isnan(values)])
    return probs, chosen


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the exporter's chatter off the terminal."""
    import logging

    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)
