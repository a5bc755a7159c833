"""Settings: YAML -> typed dataclasses, with every error told at once by its path."""

from __future__ import annotations

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from newsml.errors import ArgumentError, UsageError, reason

# Every scalar stays a string and is converted by the type of its setting: a label may be called `no` or 1936.
# In C where PyYAML was built with libyaml.
YamlLoader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

T = TypeVar("T")


def read_tree(path: Path, what: str = "settings") -> dict[str, Any]:
    """Read a YAML file of settings, every scalar as a string.

    Args:
        path: of the file.
        what: it should hold, for the message that it does not.

    Raises:
        UsageError: a file that cannot be read, one in another encoding than UTF-8, or broken YAML.
    """
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), YamlLoader)  # noqa: S506 - makes strings only
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not in UTF-8") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: broken YAML: {reason(error, None)}") from error
    if not isinstance(tree, dict):
        raise UsageError(f"{path}: holds no {what}")
    return tree


def build_settings(
    cls: type[T], tree: Mapping[str, Any], source: str, check: Callable[[T], Sequence[str]]
) -> T:
    """Return the settings of a tree as a dataclass; `check` names those that are out of range.

    Raises:
        UsageError: every setting that does not hold, with its path.
    """
    errors: list[str] = []
    settings = _build(cls, tree, "", errors)
    if settings is not None:  # with the default of what is of the wrong kind, which is told of once
        errors += check(settings)
    if errors or settings is None:
        raise UsageError(f"{source}: {'; '.join(errors)}")
    return typing.cast(T, settings)


def override_setting(tree: dict[str, Any], override: str) -> None:
    """Change a setting of a tree as ``a.b=value`` says.

    Raises:
        UsageError: an override of another form, or of what holds no settings.
    """
    path, equals, raw = override.partition("=")
    if not equals or not path:
        raise ArgumentError(f"overrides {override}: give it as a.b=value", "overrides")
    *parents, last = path.split(".")
    for parent in parents:
        child = tree.setdefault(parent, {})
        if not isinstance(child, dict):
            raise ArgumentError(f"overrides {override}: {parent} holds no settings", "overrides")
        tree = child
    try:
        tree[last] = yaml.load(raw, YamlLoader)  # noqa: S506 - makes strings only
    except yaml.YAMLError as error:
        raise ArgumentError(f"overrides {override}: the value is not YAML", "overrides") from error


def _build(cls: type[Any], tree: Any, path: str, errors: list[str]) -> Any:
    if not isinstance(tree, Mapping):
        errors.append(f"[{path or 'top'}] is a group of settings, not {tree!r}")
        return None
    hints = typing.get_type_hints(cls)
    for key in tree:
        if key not in hints:
            close = difflib.get_close_matches(str(key), hints, 1)
            hint = f", did you mean {close[0]}?" if close else ""
            errors.append(f"[{path}{key}] is no setting{hint}")
    values, complete = {}, True
    for item in dataclasses.fields(cls):
        where, needed = f"{path}{item.name}", item.default is item.default_factory is dataclasses.MISSING
        if item.name not in tree:
            errors += [f"[{where}] is missing"] if needed else []
            complete = complete and not needed
            continue
        told = len(errors)
        value = _convert(hints[item.name], tree[item.name], where, errors)
        if len(errors) == told or (dataclasses.is_dataclass(hints[item.name]) and value is not None):
            values[item.name] = value
        else:
            complete = complete and not needed
    return cls(**values) if complete else None


def _convert(hint: Any, value: Any, where: str, errors: list[str]) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _build(typing.cast(type, hint), value, f"{where}.", errors)
    if origin in (typing.Union, types.UnionType):  # a number or a word
        number, word = args
        return value if value in typing.get_args(word) else _convert(number, value, where, errors)
    if origin is Literal:
        if value not in args:
            errors.append(f"[{where}] is one of {', '.join(map(str, args))}, not {value!r}")
        return value
    if origin is tuple:
        if isinstance(value, list) and _all_strings(value):
            return tuple(value)
        errors.append(f"[{where}] is a list of strings, not {value!r}")
        return ()
    if origin is dict:
        if not isinstance(value, Mapping) or (args[1] is str and not _all_strings(value.values())):
            errors.append(
                f"[{where}] is a table of {'numbers' if args[1] is float else 'strings'}, not {value!r}"
            )
            return {}
        return {str(key): _convert(args[1], item, f"{where}.{key}", errors) for key, item in value.items()}
    converted = _scalar(hint, value)
    if converted is None:
        kind = {str: "a string", bool: "true or false", int: "a whole number"}.get(hint, "a number")
        errors.append(f"[{where}] is {kind}, not {value!r}")
    return converted


def _scalar(hint: Any, value: Any) -> str | bool | float | None:
    """Return a value of the type of its setting, None where it is none."""
    if hint is str:
        return value if isinstance(value, str) else None
    if hint is bool:
        return {"true": True, "false": False}.get(str(value).lower())
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    holds = math.isfinite(number) and (hint is float or number == int(number))
    return typing.cast(float, hint(number)) if holds else None


def _all_strings(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
