"""YAML as strings, lists and dicts, from the parser's events: a third of the time of PyYAML's own nodes."""

from __future__ import annotations

import re
from typing import Any

import yaml

from newsml.settings import YamlLoader

# Most front matters hold nothing but lines of `key: value` and `- item` whose values need no parser: they
# begin with a letter or digit and hold no `: ` and no ` #`, or are quoted, without quotes or escapes inside.
_ODD = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"  # ends a line, or is no YAML
_PLAIN = rf"\w[^{_ODD}:#]*(?::(?=[\w/])[^{_ODD}:#]*)*"
_FIELD = re.compile(
    rf"(?P<key>[A-Za-z_][\w-]{{0,60}}):(?: +(?:'([^{_ODD}']*)'|\"([^{_ODD}\"\\]*)\"|({_PLAIN})))? *\n"
    rf"((?P<indent> *)- +{_PLAIN}\n(?:(?P=indent)- +{_PLAIN}\n)*)?(?: *\n)*"
)


def load_strings(block: str) -> Any:
    """Return the one document of a block; every scalar is a string, and tags mean nothing.

    As with PyYAML's ``BaseLoader``, of two equal keys the last counts, and aliases share what they name.

    Raises:
        yaml.YAMLError: no YAML, more than one document, an alias of nothing or of what holds it, or a key
            that is no string.
    """
    loader = YamlLoader(block)
    try:
        return _build(loader)
    finally:
        loader.dispose()


def load_lines(block: str) -> dict[str, Any] | None:
    """Return what `load_strings` would for a block of such lines; None for any other, or for equal keys."""
    fields: dict[str, Any] = {}
    end = 0
    for match in _FIELD.finditer(block):
        key, single, double, plain, items, _ = match.groups()
        value = single or double or (plain or "").rstrip(" ")
        if match.start() != end or key in fields or (items and (value or single == "" or double == "")):
            return None
        fields[key] = [item.lstrip(" -").rstrip(" ") for item in items.splitlines()] if items else value
        end = match.end()
    return fields if fields and end == len(block) else None


def _build(loader: Any) -> Any:
    anchors: dict[str, Any] = {}
    document: list[Any] = []
    # Of what is open: its items (keys and values in turns), the event that opened it.
    holders: list[list[Any]] = [document]
    openings: list[Any] = [None]
    while True:
        event = loader.get_event()
        kind = type(event)
        if kind is yaml.ScalarEvent:
            value: Any = event.value
            start = event
        elif kind is yaml.SequenceStartEvent or kind is yaml.MappingStartEvent:
            holders.append([])
            openings.append(event)
            continue
        elif kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
            items, start = holders.pop(), openings.pop()
            value = (
                items if kind is yaml.SequenceEndEvent else dict(zip(items[::2], items[1::2], strict=True))
            )
        elif kind is yaml.AliasEvent:
            if event.anchor not in anchors:
                raise _error(f"found undefined alias {event.anchor}", event)
            value, start = anchors[event.anchor], event
        elif kind is yaml.StreamEndEvent:
            return document[0] if document else None
        elif kind is yaml.DocumentStartEvent and document:
            raise _error("found a second document", event)
        else:
            continue
        holder = holders[-1]
        if type(value) is not str and len(holder) % 2 == 0 and type(openings[-1]) is yaml.MappingStartEvent:
            raise _error("found a key that is no string", start)
        holder.append(value)
        if start.anchor is not None:
            anchors[start.anchor] = value


def _error(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
