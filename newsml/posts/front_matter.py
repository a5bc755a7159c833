"""Front matter: the YAML block before a post's body, read as strings and mended where it is odd."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import yaml

from newsml.errors import InputError
from newsml.posts.yaml_strings import load_strings
from newsml.text import normalise_space

FENCE = re.compile(r"\s*---[ \t]*\r?\n")
END = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
FIELD = re.compile(r"(?P<key>[A-Za-z_][\w-]*):[ \t]+(?P<value>\S.*?)[ \t]*$")
MAX_QUOTES = 50  # round a title
WRAPPED = re.compile(r"""^(?:(["'])(?P<inner>.*)\1)$""", re.DOTALL)


def split_front_matter(source: str) -> tuple[str | None, str, int]:
    """Part a post into front matter and body.

    Returns:
        The YAML text (None where the post has no front matter), the body, and the line of the file,
        from 1, on which the YAML begins.

    Raises:
        InputError: front matter that is opened and never closed.
    """
    opening = FENCE.match(source)
    if opening is None:
        return None, source, 1
    line = source.count("\n", 0, opening.end()) + 1
    closing = END.search(source, opening.end())
    if closing is None:
        raise InputError(f"line {line - 1}: the front matter is opened by --- and never closed")
    return source[opening.end() : closing.start()], source[closing.end() :], line


def parse_front_matter(block: str, line: int = 1) -> dict[str, Any]:
    """Parse the YAML of a front matter; scalars stay strings.

    A block that is no YAML is tried once more with every one-line value that YAML cannot take
    (a title that begins with ``@``, holds ``: ``, is wrapped in many quotes) read literally.

    Args:
        block: the text between the fences.
        line: line of the file on which it begins, for the error.

    Raises:
        InputError: YAML that cannot be mended; the text names the line.
    """
    try:
        tree = _load(block)
    except yaml.YAMLError as error:
        try:
            tree = _load("\n".join(_mend_line(x) for x in block.split("\n")))
        except yaml.YAMLError:
            mark = getattr(error, "problem_mark", None)
            where = line + (mark.line if mark else 0)
            problem = getattr(error, "problem", None) or "not YAML"
            raise InputError(f"line {where}: broken YAML in the front matter: {problem}") from error
    if tree is None or tree == "":
        return {}
    if not isinstance(tree, dict):
        raise InputError(f"line {line}: the front matter holds no fields")
    return tree


def _load(block: str) -> Any:
    try:
        return load_strings(block)  # 1936, 000001, no and 12_00 are titles here
    except (RecursionError, ValueError, TypeError) as error:  # nested too deep, or an unhashable key
        raise yaml.YAMLError(str(error)) from error


def _mend_line(line: str) -> str:
    """Quote the value of a one-line field that YAML cannot read as it is."""
    field = FIELD.match(line.rstrip("\r"))
    if field is None:
        return line
    try:
        value = _load(field["value"])
        if isinstance(value, str) or (isinstance(value, list) and field["value"][0] == "["):
            return line
    except yaml.YAMLError:
        if _goes_on(field["value"]):
            return line
    literal = field["value"].replace("'", "''")
    return f"{field['key']}: '{literal}'"


def _goes_on(value: str) -> bool:
    """Whether a value is a collection that ends on a later line, and so no title."""
    return value[0] in "[{" and any(value.count(a) > value.count(b) for a, b in ("[]", "{}"))


def parse_title(value: Any) -> str:
    """Return a title as one line, without the quotes that wrap it, however many."""
    title = normalise_space(value) if isinstance(value, str) else ""
    for _ in range(MAX_QUOTES):
        wrapped = WRAPPED.match(title)
        if wrapped is None or wrapped[1] in wrapped["inner"].strip(wrapped[1]):
            break
        title = wrapped["inner"].strip()
    return "" if title.strip("\"'") == "" else title


def parse_labels(value: Any) -> tuple[str, ...]:
    """Return categories as a flat tuple, in order: a string, a list, or lists in a list."""
    if isinstance(value, str):
        return (value.strip(),) if value.strip() else ()
    found: list[str] = []
    stack = [iter(value)] if isinstance(value, list) else []
    seen_nodes = 0
    while stack:
        for item in stack[-1]:
            seen_nodes += 1
            if seen_nodes > 10_000:  # aliases that multiply
                raise InputError("the front matter lists over 10,000 categories")
            if isinstance(item, list):
                stack.append(iter(item))
                break
            if isinstance(item, str) and item.strip():
                found.append(item.strip())
        else:
            stack.pop()
    return tuple(dict.fromkeys(found))


def parse_date(value: Any) -> datetime | None:
    """Return an RFC-2822 or ISO date, with a time zone where one is named; None where there is none."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(value.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
