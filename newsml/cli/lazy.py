"""Groups whose commands are imported when they are asked for: each start pays for one of them only."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any, cast

import typer
from typer.core import TyperGroup


class _Commands(Mapping[str, Any]):
    """Commands by name; each is what a module of a package holds under the module's own name."""

    def __init__(self, package: str, names: tuple[str, ...]) -> None:
        self._package, self._names = package, names

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        found = getattr(importlib.import_module(f"{self._package}.{name}"), name)
        if isinstance(found, typer.Typer):
            return typer.main.get_group(found)
        alone = typer.Typer(add_completion=False)
        alone.command(name)(found)
        return typer.main.get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def lazy_group(package: str, *names: str) -> type[TyperGroup]:
    """Return the class of a group for ``typer.Typer(cls=...)``.

    Args:
        package: that holds a module for each command.
        names: of the commands, in the order of the help.
    """

    class LazyGroup(TyperGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands = cast("dict[str, Any]", _Commands(package, names))

    return LazyGroup
