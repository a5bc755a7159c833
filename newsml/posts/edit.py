"""One field of a post's front matter set, and every other byte of the file as it was."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from newsml.errors import InputError, UsageError
from newsml.posts.encoding import BOMS, decode
from newsml.posts.front_matter import OPENING, mend_yaml, parse_front_matter, split_front_matter
from newsml.settings import YamlLoader

NAME = re.compile(r"[^\W\d][\w-]*")
# Fields that hold one value each, which a list of labels would spoil.
RESERVED = frozenset("title author date source url link thumbnail".split())
LINE = re.compile(r"[^\r\n\x85\u2028\u2029]*(?:\r\n|[\r\n\x85\u2028\u2029]|$)")  # as YAML ends them
BLANK = re.compile(r"\s*")
REMARK_BEHIND = re.compile(r"([ \t]+#[^\r\n]*)[\r\n]*")
REMARK = re.compile(r"[ \t]*(?:#.*)?\s*")
NARROW = {"big5hkscs": "big5", "gb18030": "gbk"}
"""Encoding as it was told -> the one of it whose characters most readers of such a file know."""

NOT_SAFE = "its front matter cannot be changed without harm to the rest of it"


def check_field_name(name: str) -> None:
    """Check that labels can be kept in a field of this name.

    Raises:
        UsageError: no plain word, one that YAML reads as something else, or a field of another use.
    """
    if not NAME.fullmatch(name) or yaml.safe_load(f"{name}:") != {name: None}:
        raise UsageError(
            f"{name!r} cannot be the name of a field: letters, digits, - and _, no word of YAML's"
        )
    if name.lower() in RESERVED:  # names of fields are read in any case
        raise UsageError(f"the field {name} has another use than to hold labels")


def set_field(data: bytes, name: str, values: Sequence[str]) -> bytes:
    """Set a field of the front matter to a list of strings.

    A field that is there is replaced where it stands (the last, where it stands twice), another is
    added below the rest; one that reads as these strings in any YAML already is left as it is written.

    Args:
        data: the whole file.
        name: as `check_field_name` admits it.
        values: written in one line, each in double quotes; escaped where the file's encoding lacks a
            character of theirs.

    Returns:
        The whole file, equal to ``data`` where there is nothing to change.

    Raises:
        InputError: no front matter in YAML, or one that would not read the same apart from the field.
    """
    decoded = decode(data)
    text, encoding = decoded.text, decoded.encoding
    block, body, line, kind = split_front_matter(text)
    opening = OPENING.match(text)
    if block is None or opening is None or kind != "yaml":
        raise InputError("has no front matter in YAML")
    parse_front_matter(block, line)
    tree = _compose(block)
    start, end = _place(block, tree, name)
    if _reads_as(block[start:end], name, values):
        return data
    start, end = opening.end() + start, opening.end() + end
    listed = ", ".join(_quoted(value, encoding) for value in values)
    indent = " " * (tree.start_mark.column if tree is not None else 0)
    line_end = "\r\n" if text[:start].endswith("\r\n") else "\n"
    # In mended YAML the marks stand elsewhere, and what seems a remark may be none.
    for remark in dict.fromkeys((_remark(block, tree, name), "")):
        field = f"{indent}{name}: [{listed}]{remark}{line_end}"
        whole = text[:start] + field + text[end:]
        new = _splice(data, text, (start, end), field, encoding)
        if decode(new).text == whole and _differs_only_in(name, values, tree, body, whole):
            return new
    raise InputError(NOT_SAFE)


def _quoted(value: str, encoding: str) -> str:
    """Return a string as YAML in double quotes, escaped where the encoding lacks a character."""
    try:
        value.encode(NARROW.get(encoding, encoding))
        held = True
    except UnicodeEncodeError:
        held = False
    return yaml.dump(value, default_style='"', allow_unicode=held, width=2**31).rstrip("\n")


def _compose(block: str) -> yaml.Node | None:
    """Return the tree of the YAML as it is, or as mended, whose lines are the same."""
    try:
        return yaml.compose(block, YamlLoader)
    except yaml.YAMLError:
        return yaml.compose(mend_yaml(block), YamlLoader)


def _place(block: str, tree: yaml.Node | None, name: str) -> tuple[int, int]:
    """Return where the whole lines of a field stand; an empty place at the end where it is not there."""
    fields = tree.value if isinstance(tree, yaml.MappingNode) else []
    found = [(key, value) for key, value in fields if key.value == name]
    if not found:
        return len(block), len(block)
    key, value = found[-1]
    lines = [match.group() for match in LINE.finditer(block)]
    first, after = key.start_mark.line, value.end_mark.line + 1
    # A block ends where the next thing begins; what lies between is not of the field.
    between = None
    if isinstance(value, yaml.ScalarNode) and value.style in ("|", ">"):
        between = BLANK
    elif isinstance(value, yaml.CollectionNode) and not value.flow_style:
        between = REMARK
    if between is not None:
        after -= value.end_mark.column == 0
        while after > first + 1 and between.fullmatch(lines[after - 1]):
            after -= 1
    after = max(after, first + 1)  # an alias bears the marks of what it stands for
    return sum(map(len, lines[:first])), sum(map(len, lines[:after]))


def _remark(block: str, tree: yaml.Node | None, name: str) -> str:
    """Return the remark behind the value of a field, with the space before it."""
    fields = tree.value if isinstance(tree, yaml.MappingNode) else []
    # An alias bears the marks of what it stands for, further up.
    found_at = ((key.start_mark.line, value.end_mark) for key, value in fields if key.value == name)
    ends = [end for line, end in found_at if end.line >= line]
    lines = [match.group() for match in LINE.finditer(block)]
    if not ends or ends[-1].line >= len(lines):
        return ""
    found = REMARK_BEHIND.fullmatch(lines[ends[-1].line][ends[-1].column :])
    return found[1] if found else ""


def _reads_as(lines: str, name: str, values: Sequence[str]) -> bool:
    """Whether the lines of a field say these strings, to a reader that knows numbers and booleans too."""
    try:
        return bool(yaml.safe_load(lines) == {name: list(values)})
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return False


def _splice(data: bytes, text: str, place: tuple[int, int], new: str, encoding: str) -> bytes:
    """Put a text in the place of another, leaving the bytes on either side."""
    mark = next((mark for mark, _ in BOMS if data.startswith(mark)), b"")
    try:
        head, old = mark + text[: place[0]].encode(encoding), text[slice(*place)].encode(encoding)
    except UnicodeEncodeError:  # what could not be read
        raise InputError(NOT_SAFE) from None
    if not data.startswith(head + old):
        raise InputError(NOT_SAFE)
    try:
        return head + new.encode(encoding) + data[len(head) + len(old) :]
    except UnicodeEncodeError as error:
        raise InputError(f"{encoding.upper()} has no {error.object[error.start]!r} to write") from None


def _differs_only_in(name: str, values: Sequence[str], tree: yaml.Node | None, body: str, text: str) -> bool:
    """Whether a changed post still reads as it did, apart from the field, which holds the values."""
    try:
        block, same_body, line, _ = split_front_matter(text)
        found = parse_front_matter(block or "", line).get(name)
        again = _compose(block or "")
        return (
            same_body == body and found == list(values) and _serialise(again, name) == _serialise(tree, name)
        )
    except (InputError, yaml.YAMLError, RecursionError):
        return False


def _serialise(tree: yaml.Node | None, name: str) -> str:
    """Return a front matter as YAML again, without a field; aliases stay such, and the text short."""
    if not isinstance(tree, yaml.MappingNode):
        return ""
    others = [(key, value) for key, value in tree.value if key.value != name]
    return yaml.serialize(yaml.MappingNode(tree.tag, others)) if others else ""
