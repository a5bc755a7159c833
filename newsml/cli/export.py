"""``newsml export``: a package for ONNX Runtime."""

from __future__ import annotations

from typing import Annotated

import typer

from newsml.cli.console import Console
from newsml.cli.options import Quiet, checked_inputs
from newsml.errors import InputError, missing_extra


def export(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A trained model's folder, or one that ships.")
    ],
    output: Annotated[str, typer.Option("--output", metavar="MODEL2", help="A new folder for the package.")],
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            metavar="DATA",
            help="Posts on which the drift is measured and int8 made faster; else a few built-in ones.",
        ),
    ] = None,
    int8: Annotated[
        bool,
        typer.Option("--int8/--no-int8", help="Write int8 too, which is then the one used."),
    ] = True,
    quiet: Quiet = False,
) -> None:
    """Export a model for ONNX Runtime, in float32 and int8; refused where it drifts from PyTorch."""
    from newsml.model.layout import find_model, new_folder
    from newsml.model.reader import load_specs

    source = find_model(model)
    load_specs(source)
    target = new_folder(output)
    try:
        from newsml.model.export import PROBES, export_model
    except ImportError as error:
        raise missing_extra(error.name or "torch", "train", "export") from None
    console = Console(quiet)
    texts = _read_texts(data, console) if data else None
    drifts = export_model(model, output, texts, int8=int8, note=console.note)
    for kind, drift in drifts.items():
        path = target.onnx if kind == "float32" else target.onnx_int8
        typer.echo(
            f"{path}: {path.stat().st_size / 1e6:.1f} MB, {kind}: probabilities within "
            f"{drift.probability:.4f} of PyTorch, labels equal on {drift.agreement:.1%} of "
            f"{f'{len(texts)} texts' if texts else f'{len(PROBES)} built-in texts (--data: on more)'}"
        )
    raise typer.Exit(console.exit_code)


def _read_texts(data: list[str], console: Console) -> list[str]:
    """Return what a classifier reads of the posts.

    Raises:
        InputError: there is none.
    """
    from newsml.posts import read_posts

    posts = read_posts(checked_inputs(data), console.note)
    texts = [post.model_input for post in console.usable(posts)]
    if not texts:
        raise InputError(f"{' '.join(data)}: no usable post to measure the drift on")
    return texts
