"""YAML as strings: the same trees as PyYAML's own loader makes, and its errors."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from newsml.posts.yaml_strings import load_lines, load_strings

TREES = st.recursive(
    st.text(max_size=8),
    lambda tree: st.lists(tree, max_size=4) | st.dictionaries(st.text(max_size=5), tree, max_size=4),
    max_leaves=12,
)


@given(TREES, st.sampled_from([None, True, False]))
def test_trees_are_those_of_the_base_loader(tree, flow):
    block = yaml.safe_dump(tree, allow_unicode=True, default_flow_style=flow)
    assert load_strings(block) == yaml.load(block, yaml.BaseLoader)


LINES = [
    "title",
    "a-b",
    ":",
    ": ",
    ":\n",
    "- ",
    "  - ",
    "-",
    "\n",
    "\n  ",
    " ",
    "晨光",
    "12:30",
    "a: b",
    "//",
    "#",
    " #",
]
LINES += [
    "'",
    "''",
    '"',
    "\\",
    "“",
    ",",
    "[",
    "{",
    "&",
    "*",
    "!",
    "|",
    ">",
    "%",
    "@",
    "?",
    "~",
    "\t",
    "\r\n",
    "\x85",
]
LINES += [
    "\u2028",
    "\ufeff",
    "\x07",
    "\xa0",
    "---",
    "...",
    "<<",
    "\nkey: ",
    "\nkey:\n  - ",
    "\n  - ",
    "\nkey: '晨光'\n",
]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(LINES), max_size=12).map(lambda pieces: "key: " + "".join(pieces) + "\n"))
def test_lines_that_need_no_parser_are_read_as_the_parser_does(block):
    fields = load_lines(block)
    if fields is not None:
        assert fields == yaml.load(block, yaml.BaseLoader)


def test_a_usual_front_matter_needs_no_parser():
    block = (
        "title: '晨光科技： #1'\ncategories: \n    - 金融\n    - 新华 财经 \n\nauthor: 晨光\n"
        'comments: false\ndate: Tue, 06 Jul 2021 10:34:00 GMT\nurl: "https://example.com/a?b=1"\n'
        "thumbnail:\ntags:\n- a:b\n"
    )
    assert load_lines(block) == yaml.load(block, yaml.BaseLoader)
    assert load_lines(block + "note: a: b\n") is None
    assert load_lines(block + "author: 财联社\n") is None  # equal keys, which are told of


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("", None),
        ("# nothing\n", None),
        ("a:\nb: ~\n", {"a": "", "b": "~"}),
        ("a: 1936\nb: no\nc: 12_00\nd: 000001\n", {"a": "1936", "b": "no", "c": "12_00", "d": "000001"}),
        ("a: 1\na: 2\n", {"a": "2"}),
        ("a: &x [甲, 乙]\nb: *x\n", {"a": ["甲", "乙"], "b": ["甲", "乙"]}),
        ("&k a: &v 甲\n*k : *v\n", {"a": "甲"}),
        ("<<: {a: 1}\n", {"<<": {"a": "1"}}),
        ("a: !!python/object/apply:os.system [ls]\n", {"a": ["ls"]}),
    ],
)
def test_blocks(block, expected):
    assert load_strings(block) == expected == yaml.load(block, yaml.BaseLoader)


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("a: 1\nb: [1, 2\n", 2),
        ("a: *nothing\n", 0),
        ("a: &x [1, *x]\n", 0),
        ("a: 1\n? [b]\n: c\n", 1),
        ("a: 1\n? {b: c}\n: d\n", 1),
        ("a: 1\n---\nb: 2\n", 1),
    ],
)
def test_errors_name_their_line(block, line):
    with pytest.raises(yaml.YAMLError) as caught:
        load_strings(block)
    assert caught.value.problem_mark.line == line
    with pytest.raises(yaml.YAMLError):
        yaml.load(block, yaml.BaseLoader)


def test_aliases_share_what_they_name():
    tree = load_strings("a: &a [甲]\nb: &b [*a, *a]\nc: [*b, *b]\n")
    assert tree["c"][0] is tree["c"][1] is tree["b"]
