"""``newsml data``: what is in an archive, what is wrong with it, and clean data out of it."""

from __future__ import annotations

import typer

from newsml.cli.data.check import check
from newsml.cli.data.convert import convert
from newsml.cli.data.errors import errors
from newsml.cli.data.split import split
from newsml.cli.data.stats import stats

data = typer.Typer(
    name="data",
    help="See what is in an archive, what is wrong with it, and get clean data out of it.",
    no_args_is_help=True,
)
for command in (check, convert, stats, split, errors):
    data.command()(command)
