"""Fixtures that several tests share: a command line in this process, and a tiny model made on the spot."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from newsml.cli import main
from newsml.model.layout import embedded_folder

COMPANY = [
    "公司公告净利润增长",
    "董事会通过回购股份议案",
    "公司签订销售合同",
    "股东计划减持股份",
    "公司新建生产线投产",
]
FOREIGN = [
    "美联储维持利率不变",
    "欧洲央行官员发表讲话",
    "日元兑美元汇率走低",
    "海外市场原油价格上涨",
    "外国政府公布贸易数据",
]


class Outcome(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict]:
        """Standard output as JSONL."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def newsml(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run the command line in this process."""

    def run(*arguments: object) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), captured.out, captured.err)

    return run


def write_jsonl(path: Path, records: list[dict]) -> Path:
    """Write records as JSONL."""
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


def synthetic_records(count: int, seed: int = 1) -> list[dict]:
    """Return labelled texts of two kinds that differ in their words, no two alike."""
    rng = random.Random(seed)
    records = []
    for i in range(count):
        words, label = ((COMPANY, "公司"), (FOREIGN, "外国"))[i % 2]
        text = "，".join(rng.sample(words, 3)) + f"，编号{rng.randrange(10**9)}。"
        records.append({"id": str(i), "text": text, "labels": [label]})
    return records


@pytest.fixture(scope="session")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A JSONL file of 80 labelled texts."""
    return write_jsonl(tmp_path_factory.mktemp("data") / "labelled.jsonl", synthetic_records(80))


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two narrow layers with random weights, and the embedded tokenizer."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("base")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(embedded_folder() / name, folder / name)
    vocab = len(json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"])
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=vocab,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        pad_token_id=1,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_settings(tiny_base: Path) -> list[str]:
    """Options of `train` that make a training last a second."""
    settings = {
        "model.base": tiny_base,
        "model.window": 64,
        "train.epochs": 4,
        "train.batch_size": 8,
        "train.learning_rate": "5e-3",
        "train.head_learning_rate": "1e-2",
        "data.validation_share": 0.2,
    }
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory, labelled: Path, tiny_settings: list[str]) -> Path:
    """A multi-label checkpoint, trained by the command line."""
    folder = tmp_path_factory.mktemp("model") / "tiny"
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "train",
                "topics",
                "--data",
                str(labelled),
                "--output",
                str(folder),
                "--device",
                "cpu",
                *tiny_settings,
            ]
        )
    assert ended.value.code == 0
    return folder
