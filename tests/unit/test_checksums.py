"""The files of a model are held against the checksums that were written with them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import onnx
import pytest
import torch

import newsml
from newsml.errors import ModelError
from newsml.model.checksums import pin_files, verify_files
from newsml.model.layout import Layout, embedded_folder


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    (tmp_path / "b.bin").write_bytes(bytes(range(256)))
    pin_files(Layout(tmp_path))
    return Layout(tmp_path)


def test_untouched_files_pass(layout: Layout) -> None:
    verify_files(layout)
    pin_files(layout)
    (layout.folder / ".hidden").write_bytes(b"")
    (layout.folder / "folder").mkdir()
    verify_files(layout)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_sha256sum_reads_the_list(layout: Layout) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=layout.folder, check=True)


def test_a_changed_byte_is_seen(layout: Layout) -> None:
    data = bytearray((layout.folder / "b.bin").read_bytes())
    data[100] ^= 1
    (layout.folder / "b.bin").write_bytes(data)
    with pytest.raises(ModelError, match=r"b\.bin: is damaged or was changed"):
        verify_files(layout)


def test_a_file_that_is_not_listed_or_missing(layout: Layout) -> None:
    (layout.folder / "c.bin").write_bytes(b"new")
    with pytest.raises(ModelError, match=r"c\.bin: is not listed"):
        verify_files(layout)
    pin_files(layout)
    (layout.folder / "c.bin").unlink()
    with pytest.raises(ModelError, match=r"c\.bin: is missing"):
        verify_files(layout)
    layout.checksums.unlink()
    with pytest.raises(ModelError, match="no finished newsml model"):
        verify_files(layout)


def test_a_link_is_held_against_what_it_points_at(
    layout: Layout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "weights"
    (layout.folder / "b.bin").rename(other)
    (layout.folder / "b.bin").symlink_to(other)
    verify_files(layout)
    other.write_bytes(b"changed")
    with pytest.raises(ModelError, match=r"b\.bin: is damaged or was changed"):
        verify_files(layout)


def test_a_model_with_other_weights_is_not_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(embedded_folder(), folder)
    newsml.load_model(str(folder))
    for path in (p for p in folder.iterdir() if p.name != "SHA256SUMS"):
        data = path.read_bytes()
        path.write_bytes(data + b" ")
        with pytest.raises(ModelError, match=re.escape(path.name)):
            newsml.load_model(str(folder))
        path.write_bytes(data)


def test_the_name_of_the_embedded_model_is_a_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from newsml.model.hf import encoder_folder

    monkeypatch.chdir(tmp_path)
    assert encoder_folder("topics") == encoder_folder("embedded") == str(embedded_folder())
    (tmp_path / "topics").mkdir()
    assert encoder_folder("topics") == "topics"  # as --model takes it
    assert encoder_folder("owner/model") == "owner/model"


def test_a_damaged_model_is_no_base_to_train_from(tmp_path: Path) -> None:
    from newsml.config import ModelConfig
    from newsml.model.base import load_base

    folder = tmp_path / "model"
    shutil.copytree(embedded_folder(), folder)
    (folder / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelError, match=r"model\.safetensors: is damaged or was changed"):
        load_base(ModelConfig(base=str(folder)), torch.device("cpu"))


def test_weights_in_another_file_are_refused_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(embedded_folder(), tmp_path, dirs_exist_ok=True)
    layout = Layout(tmp_path)
    onnx.save(onnx.load(layout.onnx_int8), layout.onnx, save_as_external_data=True, location="weights.bin")
    layout.onnx_int8.unlink()
    pin_files(layout)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"model\.onnx: not a usable ONNX model: .*[Ee]xternal data"):
        newsml.load_model(str(tmp_path))
