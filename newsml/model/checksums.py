"""SHA-256 of every file of a model folder, in the format of ``sha256sum``, checked when it is loaded."""

from __future__ import annotations

import hashlib
from pathlib import Path

from newsml.errors import ModelError
from newsml.files import write_atomic
from newsml.model.layout import Layout


def pin_files(layout: Layout) -> None:
    """Write the checksums of the files that lie in the folder now."""
    lines = [f"{_digest(path)}  {path.name}\n" for path in _files(layout)]
    write_atomic(layout.checksums, "".join(lines))


def verify_files(layout: Layout) -> None:
    """Hold the files of a model folder against their checksums; hidden ones are no part of it.

    All of them, since transformers reads whatever files it knows by name.

    Raises:
        ModelError: a file that is missing, not pinned, or other than when it was pinned.
    """
    try:
        lines = layout.checksums.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        raise ModelError(
            f"{layout.folder}: is no finished newsml model ({layout.checksums.name} is missing or broken)"
        ) from None
    pinned = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for path in _files(layout):
        if path.name not in pinned:
            raise ModelError(f"{path}: is not listed in {layout.checksums.name}")
        if _digest(path) != pinned.pop(path.name):
            raise ModelError(f"{path}: is damaged or was changed ({layout.checksums.name} names another sum)")
    if pinned:
        raise ModelError(f"{layout.folder / min(pinned)}: is missing")


def _files(layout: Layout) -> list[Path]:
    files = sorted(p for p in layout.folder.iterdir() if p.is_file() and not p.name.startswith("."))
    return [path for path in files if path != layout.checksums]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
