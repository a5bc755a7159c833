"""``newsml data``: what is in an archive, what is wrong with it, and clean data out of it."""

from __future__ import annotations

import typer

data = typer.Typer(
    name="data", help="See what is in an archive, what is wrong with it, and get clean data out of it."
)
