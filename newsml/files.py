"""Files that a reader sees whole: the old one or the new one, never a part of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a place to write a file anew; it takes that of the old one once it is whole, and only then.

    A link stays one, and the mode stays. What killed runs have left beside the file is removed.
    """
    path = Path(os.path.realpath(path))
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        _sweep(path)
        yield partial
        if path.exists():
            shutil.copymode(path, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_atomic(path: Path, text: str) -> None:
    """Write a text whole, into a folder that is made where it is not there."""
    Path(os.path.realpath(path)).parent.mkdir(parents=True, exist_ok=True)
    with replaced(path) as partial:
        # A path that is no UTF-8 stands in ids as lone surrogates.
        partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def write_json(path: Path, tree: Any) -> None:
    """Write JSON whole, readable and in UTF-8."""
    write_atomic(path, json.dumps(tree, ensure_ascii=False, indent=2) + "\n")


def _sweep(path: Path) -> None:
    """Remove what killed runs have left beside the place of a file."""
    left = re.compile(rf"\.{re.escape(path.name)}\.(\d+)\.tmp")
    for other in path.parent.glob(".*.tmp"):
        if (name := left.fullmatch(other.name)) and not _runs(int(name[1])):
            with suppress(OSError):
                other.unlink()


def _runs(process: int) -> bool:
    if sys.platform == "win32":  # where the file of a process that runs cannot be removed
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # that of another user
        pass
    return True
