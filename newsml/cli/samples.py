"""``newsml samples``: the packaged sample posts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from newsml.errors import UsageError

SAMPLES = Path(__file__).parent.parent / "samples"


def samples(
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help="Where to write them; made where it is not there.")
    ],
) -> None:
    """Write the packaged sample posts into a folder; files of the same name are left as they are."""
    from newsml.files import write_atomic

    target = Path(folder)
    if not folder:  # an unset variable of the shell, not the folder one is in
        raise UsageError("DIR: names no folder")
    if target.exists() and not target.is_dir():
        raise UsageError(f"{folder}: is no folder")
    written = 0
    try:
        target.mkdir(parents=True, exist_ok=True)
        for source in sorted(SAMPLES.glob("*.md")):
            path = target / source.name
            if not path.exists():
                write_atomic(path, source.read_text(encoding="utf-8"))
                written += 1
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror or error}") from None
    typer.echo(f"{written} sample posts written to {folder}")
