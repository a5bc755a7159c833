"""Front matter: the YAML, TOML or JSON before a post's body, read as strings and mended where it is odd."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, Literal, NamedTuple

import yaml

from newsml.domain import Problem
from newsml.errors import InputError
from newsml.posts.yaml_strings import load_lines, load_strings

MAX_LENGTH = 200_000
"""Characters of a front matter, at most; a parser takes seconds for more, and no post needs them."""

OPENING = re.compile(r"[\s\ufeff]*(?:(?P<fence>---|\+\+\+)[ \t]*\r?\n|(?P<json>\{)\s*[\"}])")
CLOSING = {
    fence: re.compile(rf"\n(?:{end})[ \t]*(?:\r?\n|\Z)")
    for fence, end in (("---", r"---|\.\.\."), ("+++", r"\+\+\+"))
}
FIELD = re.compile(r"(?P<key>[A-Za-z_][\w-]*):[ \t]+(?P<value>\S(?:.*[^ \t\n])?)[ \t]*$")
PLAIN = re.compile(r"[A-Za-z_][\w-]*:[ \t]+[\w“《（][^:#\"'\[\]{}\x85\u2028\u2029]*$")
NO_YAML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")  # anywhere
KEY = re.compile(r"^([A-Za-z_][\w-]*):(?=\s)", re.MULTILINE)
TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

Fields = dict[str, Any]


class Parts(NamedTuple):
    """A post, parted.

    Attributes:
        block: the text of the front matter without its fences; None where there is none.
        body: what follows.
        line: of the file, from 1, on which the block (without one, the body) begins.
        kind: what the block is written in.
    """

    block: str | None
    body: str
    line: int = 1
    kind: Literal["yaml", "toml", "json"] = "yaml"


def split_front_matter(source: str) -> Parts:
    """Part a post into front matter, between ``---`` (YAML), ``+++`` (TOML) or braces (JSON), and body.

    Raises:
        InputError: front matter that is opened and never closed, or longer than `MAX_LENGTH`.
    """
    opening = OPENING.match(source)
    if opening is None:
        return Parts(None, source)
    if opening["json"]:
        return _split_json(source, opening.start("json"))
    line = source.count("\n", 0, opening.end()) + 1
    closing = CLOSING[opening["fence"]].search(source, opening.end() - 1)
    if closing is None:
        problem = f"the front matter is opened by {opening['fence']} and never closed"
        raise _broken(problem, line - 1)
    block = source[opening.end() : closing.start() + 1]
    if len(block) > MAX_LENGTH:
        raise _broken(f"a front matter of over {MAX_LENGTH:,} characters", line)
    return Parts(block, source[closing.end() :], line, "yaml" if opening["fence"] == "---" else "toml")


def _split_json(source: str, start: int) -> Parts:
    line = source.count("\n", 0, start) + 1
    try:
        _, end = json.JSONDecoder().raw_decode(source[start : start + MAX_LENGTH])
    except (ValueError, RecursionError) as error:
        where = line + (error.lineno - 1 if isinstance(error, json.JSONDecodeError) else 0)
        raise _broken(
            f"broken JSON in the front matter: {getattr(error, 'msg', 'nested too deep')}", where
        ) from error
    return Parts(source[start : start + end], source[start + end :], line, "json")


def _broken(problem: str, line: int) -> InputError:
    return InputError(f"line {line}: {problem}", code="front-matter", line=line)


def parse_front_matter(
    block: str, line: int = 1, kind: str = "yaml", note: Callable[[Problem], object] = lambda _: None
) -> Fields:
    """Parse a front matter; scalars are strings, whatever they look like.

    A block that is no YAML is tried once more with every one-line value that YAML cannot take
    (a title that begins with ``@``, holds ``: ``, is wrapped in many quotes) read literally.

    Args:
        block: the text between the fences.
        line: line of the file on which it begins.
        kind: ``yaml``, ``toml`` or ``json``.
        note: called with what is odd and was mended.

    Raises:
        InputError: a block that cannot be mended; the text names the line.
    """
    if kind == "toml":
        return _parse_toml(block, line)
    if kind == "json":
        return _parse_json(block, line, note)
    return _parse_yaml(block, line, note)


def line_of(field: str, block: str, line: int) -> int:
    """Return the line of the file on which a field of a front matter stands, or that of its beginning."""
    found = re.search(
        rf"^[ \t]*[\"']?{re.escape(field)}[\"']?[ \t]*[:=]", block, re.MULTILINE | re.IGNORECASE
    )
    return line + (block.count("\n", 0, found.start()) if found else 0)


def _parse_yaml(block: str, line: int, note: Callable[[Problem], object]) -> Fields:
    if fields := load_lines(block):
        return fields
    try:
        tree = _load(block)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = line + (mark.line if mark else 0)
        problem = getattr(error, "problem", None) or "not YAML"
        try:
            mended = mend_yaml(block)
            tree = load_lines(mended) or _load(mended)
        except yaml.YAMLError:
            raise _broken(f"broken YAML in the front matter: {problem}", where) from error
        note(Problem("yaml-mended", f"no YAML, and read literally: {problem}", where))
    if tree is None or tree == "":
        return {}
    if not isinstance(tree, dict):
        raise _broken("the front matter holds no fields", line)
    keys = KEY.findall(block)
    if len(keys) > len(tree):
        for key, count in Counter(keys).items():
            if count > 1 and key in tree:
                note(duplicate_field(key, line_of(key, block, line)))
    return tree


def mend_yaml(block: str) -> str:
    """Quote every one-line value that YAML cannot take, and blank what it takes nowhere; lines keep
    their places.
    """
    return "\n".join(_mend_line(line) for line in NO_YAML.sub(" ", block).split("\n"))


def duplicate_field(key: str, line: int) -> Problem:
    """Return the problem of a field that is given more than once."""
    return Problem(
        "field-duplicate", f"the field {key} stands there more than once; the last one counts", line
    )


def _load(block: str) -> Any:
    try:
        return load_strings(block)  # 1936, 000001, no and 12_00 are titles here
    except (RecursionError, ValueError, TypeError) as error:  # nested too deep, or an unhashable key
        raise yaml.YAMLError(str(error)) from error


def _mend_line(line: str) -> str:
    """Quote the value of a one-line field that YAML cannot read as it is."""
    field = None if PLAIN.match(line) else FIELD.match(line.rstrip("\r"))
    if field is None:
        return line
    try:
        # All of the line: a line end of YAML's in the value begins another field.
        tree = load_lines(line + "\n") or _load(line)
        value = tree.get(field["key"]) if isinstance(tree, dict) and len(tree) == 1 else None
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


def _parse_toml(block: str, line: int) -> Fields:
    import tomllib  # which few archives need

    try:
        return {key: _as_strings(value) for key, value in tomllib.loads(block, parse_float=str).items()}
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = TOML_PLACE.search(message)
        where = int(place[1] or block.rstrip().count("\n") + 1) if place else 1
        problem = TOML_PLACE.sub("", message)
        raise _broken(f"broken TOML in the front matter: {problem}", line + where - 1) from error
    except (RecursionError, ValueError) as error:  # a number of thousands of digits
        raise _broken("broken TOML in the front matter: nested too deep, or no number", line) from error


def _parse_json(block: str, line: int, note: Callable[[Problem], object]) -> Fields:
    def without_duplicates(pairs: list[tuple[str, Any]]) -> Fields:
        for key, count in Counter(key for key, _ in pairs).items():
            if count > 1:
                note(duplicate_field(key, line_of(key, block, line)))
        return dict(pairs)

    try:
        tree = json.loads(
            block, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=without_duplicates
        )
        return {key: _as_strings(value) for key, value in tree.items()}
    except RecursionError as error:
        raise _broken("broken JSON in the front matter: nested too deep", line) from error


def _as_strings(value: Any) -> Any:
    """Return a value of TOML or JSON with its scalars as the strings that YAML would give."""
    if isinstance(value, dict):
        return {key: _as_strings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_strings(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return "" if value is None else str(value)
