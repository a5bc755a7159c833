"""Groups whose commands are imported when they are asked for: each start pays for one of them only."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

POSTS = "DATA"
"""The metavar of options that name posts."""


class SpreadCommand(TyperCommand):
    """A command whose options of posts take several, as `--data a/ b.jsonl`, or are repeated.

    Where there are arguments too, they come first; else what follows an option's first value is one.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words of the command line."""
        arguments = [param for param in self.params if param.param_type_name == "argument"]
        names = {name for param in self.params if param.metavar == POSTS for name in param.opts}
        if not arguments or (args and not args[0].startswith("-")):
            args = spread(args, names)
        return super().parse_args(ctx, args)


def spread(args: list[str], names: Collection[str]) -> list[str]:
    """Return words in which each option of some names has one value, and is repeated for those after it."""
    words: list[str] = []
    option, first = "", False
    for place, word in enumerate(args):
        if word == "--":
            return words + args[place:]
        if word.startswith("-") and word != "-":
            name, value, _ = word.partition("=")
            option, first = (name, not value) if name in names else ("", False)
            words.append(word)
        else:
            words += [word] if first or not option else [option, word]
            first = False
    return words


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
        alone.command(name, cls=SpreadCommand)(found)
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
