"""``newsml data``: what is in an archive, what is wrong with it, and clean data out of it."""

from __future__ import annotations

import typer

from newsml.cli.lazy import lazy_group

data = typer.Typer(
    name="data",
    cls=lazy_group("newsml.cli.data", "check", "convert", "stats", "split", "errors"),
    help="See what is in an archive, what is wrong with it, and get clean data out of it.",
    no_args_is_help=True,
)
