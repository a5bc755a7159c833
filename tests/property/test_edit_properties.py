"""What holds of any post whose field is set: nothing else changes, once and for all."""

from __future__ import annotations

import codecs
import re

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from newsml.errors import InputError
from newsml.posts.edit import set_field
from newsml.posts.encoding import decode
from newsml.posts.front_matter import parse_front_matter, split_front_matter

NAME = "newsml_categories"
WORD = st.text(st.sampled_from("晨光派息公司 #:'\"-[]{}@*&|>%!?,no19\u3000\u2028"), max_size=12)
LABELS = st.lists(st.text(max_size=8), max_size=4)
MARKED = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"))
ENCODINGS = (*MARKED, (b"", "utf-8"), (b"", "gb18030"), (b"", "big5hkscs"))


def quoted(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"


VALUES = st.one_of(
    WORD,  # whatever YAML makes of it
    WORD.map(quoted),
    WORD.map(lambda word: f'"""""\'{word}\'"""""'),
    st.lists(WORD.map(quoted), max_size=3).map(lambda words: "[" + ",\n  ".join(words) + "]"),
    st.lists(WORD.map(quoted), min_size=1).map(lambda words: "".join(f"\n  - {word}" for word in words)),
    st.lists(WORD.map(str.strip), min_size=1).map(
        lambda words: "|" + "".join(f"\n  {word}" for word in [*words, "# 公司"])
    ),
    st.tuples(WORD, WORD).map(lambda words: quoted("\n\n  ".join(words))),
    WORD.map(lambda word: f"{quoted(word)}  # {word}"),
)
GAPS = st.sampled_from(["", "", "\n", "# 注\n", "    \n"])
KEYS = st.sampled_from(["title", "categories", "date", "author", "thumbnail", NAME])


@st.composite
def posts(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """A post in three pieces: before the field, what stands there, and after it."""
    fields = draw(st.lists(st.tuples(KEYS, VALUES, GAPS), max_size=6, unique_by=lambda field: field[0]))
    lines = [f"{key}: {value}\n{gap}" for key, value, gap in fields]
    here = next((i for i, field in enumerate(fields) if field[0] == NAME), None)
    head = draw(st.sampled_from(["---\n", "\n---\n", " \n\n--- \n"]))
    tail = draw(
        st.sampled_from(["---", "---\n", "---\n\n" + "<p>晨光科技今日宣布派息。</p>" * 9, "---\n正文\n---\n"])
    )
    if here is None:
        pieces = (head + "".join(lines), "", tail)
    else:
        field, gap = lines[here], fields[here][2]
        pieces = (
            head + "".join(lines[:here]),
            field.removesuffix(gap),
            gap + "".join(lines[here + 1 :]) + tail,
        )
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    mark, encoding = draw(st.sampled_from(ENCODINGS))
    before, old, after = (piece.replace("\n", line_end).encode(encoding, "ignore") for piece in pieces)
    return mark + before, old, after


def fields_of(data: bytes) -> tuple[dict[str, object], str, str]:
    decoded = decode(data)
    block, body, line, kind = split_front_matter(decoded.text)
    assert block is not None
    return parse_front_matter(block, line, kind), body, decoded.encoding


@settings(deadline=None, max_examples=200)
@example(post=(b"---\n", f"{NAME}: \u20281:\n".encode(), b"---"), labels=[])
@given(post=posts(), labels=LABELS)
def test_only_the_field_changes(post: tuple[bytes, bytes, bytes], labels: list[str]) -> None:
    before, old, after = post
    data = before + old + after
    try:
        fields, body, encoding = fields_of(data)
    except InputError:
        assume(False)
    try:
        new = set_field(data, NAME, labels)
    except InputError:
        assume(False)
    assert new.startswith(before) and new.endswith(after)
    changed, same_body, same_encoding = fields_of(new)
    assert same_body == body
    assert same_encoding == encoding or new.isascii()
    assert changed.pop(NAME) == labels
    fields.pop(NAME, None)
    assert list(changed.items()) == list(fields.items())
    if new != data:
        line = new[len(before) : len(new) - len(after)].decode(encoding)
        field, _, left = line.partition("\n")
        # The remark behind the old value, if any, stands behind the new one.
        remarks = {match[1] for match in re.finditer(r"(?=([ \t]+#[^\r\n]*))", old.decode(encoding))}
        assert field.startswith(f"{NAME}: [")
        assert field.rstrip("\r").endswith(("]", *(f"]{remark}" for remark in remarks)))
        # What follows a separator that ends a line to YAML alone stands as it stood: a remark or fields.
        if left.strip():
            assert old.decode(encoding).endswith(left)
            if not left.lstrip().startswith("#"):
                others, _, _ = fields_of(f"---\n{left}\n---\n".encode())
                assert others and others.items() <= fields.items()
    assert set_field(new, NAME, labels) == new


@settings(deadline=None)
@example(post=(b"---\n", f"{NAME}: :\n".encode(), b"title: '\n\n  #'\n---"), labels=[])
@given(post=posts(), labels=st.lists(st.sampled_from(["公司", "债券", "no", "1936"]), max_size=4))
def test_no_post_that_can_be_read_is_refused(post: tuple[bytes, bytes, bytes], labels: list[str]) -> None:
    data = b"".join(post)
    try:
        _, _, encoding = fields_of(data)
    except InputError:
        assume(False)
    assume(encoding != "gb18030" or len(data) > 200)  # which can be told by the field alone in a short file
    try:
        set_field(data, NAME, labels)
    except InputError:
        # Without the field that broke it, the rest of a broken front matter may read otherwise.
        block, _, _, _ = split_front_matter(decode(data).text)
        with pytest.raises(yaml.YAMLError):
            yaml.compose(block or "")


@settings(deadline=None)
@given(data=st.binary(max_size=60).map(lambda junk: b"---\n" + junk + b"\n---\n"), labels=LABELS)
def test_any_bytes_are_changed_or_refused(data: bytes, labels: list[str]) -> None:
    try:
        new = set_field(data, NAME, labels)
    except InputError:
        return
    assert fields_of(new)[0][NAME] == labels
