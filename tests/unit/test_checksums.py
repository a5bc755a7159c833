"""The files of a model are held against the checksums that were written with them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

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
    verify_files(layout, layout.folder / "a.json", layout.folder / "b.bin")
    pin_files(layout)
    verify_files(layout, layout.folder / "a.json")


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_sha256sum_reads_the_list(layout: Layout) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=layout.folder, check=True)


def test_a_changed_byte_is_seen(layout: Layout) -> None:
    data = bytearray((layout.folder / "b.bin").read_bytes())
    data[100] ^= 1
    (layout.folder / "b.bin").write_bytes(data)
    with pytest.raises(ModelError, match=r"b\.bin: is damaged or was changed"):
        verify_files(layout, layout.folder / "b.bin")


def test_a_file_that_is_not_listed_or_missing(layout: Layout) -> None:
    (layout.folder / "c.bin").write_bytes(b"new")
    with pytest.raises(ModelError, match=r"c\.bin: is not listed"):
        verify_files(layout, layout.folder / "c.bin")
    (layout.folder / "c.bin").unlink()
    with pytest.raises(ModelError, match=r"c\.bin: is missing"):
        verify_files(layout, layout.folder / "c.bin")
    layout.checksums.unlink()
    with pytest.raises(ModelError, match="no finished newsml model"):
        verify_files(layout, layout.folder / "a.json")


def test_a_model_with_other_weights_is_not_loaded(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(embedded_folder(), folder)
    newsml.load_model(str(folder))
    for name in ("model.int8.onnx", "tokenizer.json", "newsml.json"):
        path = folder / name
        data = path.read_bytes()
        path.write_bytes(data + b" ")
        with pytest.raises(ModelError, match=name):
            newsml.load_model(str(folder))
        path.write_bytes(data)
