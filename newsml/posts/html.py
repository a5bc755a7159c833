"""HTML -> plain text as a reader sees it, paragraph by paragraph, with stock codes by offset.

The parser mends the markup and writes it out again. In what it writes every ``<`` and ``>`` belongs to a
tag, so that the text is found by cutting there, without a Python object for each node.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import dropwhile, pairwise
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser

from newsml.domain import StockMention
from newsml.posts.bounds import bounded_markup
from newsml.space import without_space

# What a browser does not show, or shows as something other than text.
VERBATIM = ("xmp", "plaintext")  # what looks like a tag in them is text
# They end at their first closing tag, but for a script, which may hold that in a comment.
RAW = frozenset(("script", "style", "iframe", "noembed", "noframes"))
UNSEEN = frozenset(
    """
    script style noscript template head title iframe object svg math canvas audio video
    select option textarea button noembed noframes
    """.split()
).union(VERBATIM)
BLOCKS = frozenset(
    """
    address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre
    section summary table tbody tfoot thead tr ul
    """.split()
)
CELLS = frozenset(("td", "th"))

# A single character is looked for before several: that takes a thirtieth of the time.

# In what the parser writes, every < and > belongs to a tag, and every quote in a tag to a value.
TAG = re.compile(r"<([^ >]+)[^>]*>")
COMMENT = "<!--.*?-->"
RAW_OR_COMMENT = re.compile("|".join([COMMENT, *(f"<{name}[ >].*?</{name}>" for name in RAW)]), re.DOTALL)
TAG_OR_COMMENT = re.compile(f"(<(?!!--)[^>]*>)|{COMMENT}", re.DOTALL)
ATTRIBUTES = re.compile(r"<[^ >]+([^>]*)>")
CODE = re.compile(r' code="([^"]*)"')
HIDING = r"(?i:display\s*:\s*none|visibility\s*:\s*hidden)"
HIDDEN = re.compile(rf' (?:hidden="|style="[^"]*{HIDING})')
HIDING_STYLE = re.compile(HIDING)
UNSEEN_NODES = ",".join((*sorted(UNSEEN), "[hidden]", "[style]"))

CHART = re.compile(r"\|STCNTTTP\|(?:.*?\|STCNTTTP\|)?", re.DOTALL)
VISIBLE = re.compile(r"[^\s\0]+")
BLOCK = 4096  # characters that are searched word by word
WIDE = r"[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f“”‘’…—]"
# A line break inside Chinese text is the source's, not the reader's.
FOLD = re.compile(rf"\n(?<={WIDE}\n)(?={WIDE})")

# What stands in the place of a tag while the text around it is put together; the parser leaves no NUL.
BREAK, CELL = "<", "\0"
MARKS = dict.fromkeys([*BLOCKS, *(f"/{name}" for name in BLOCKS)], BREAK) | dict.fromkeys(CELLS, CELL)


class Markup(NamedTuple):
    """HTML as the parser writes it, without what no reader sees.

    Attributes:
        source: the whole.
        pieces: its texts and the names of its tags in turns.
    """

    source: str
    pieces: list[str]


def mend_markup(html: str) -> Markup:
    """Return an HTML fragment mended, without scripts, styles, comments, hidden elements and chart macros.

    Raises:
        InputError: more tags than can be read.
    """
    html = bounded_markup(CHART.sub("", html) if "|" in html else html)
    tree = LexborHTMLParser(html)
    source = _written(tree)
    pieces = TAG.split(source)
    unseen = UNSEEN.intersection(pieces[1::2])
    commented = "!" in source and "<!--" in source
    hiding = _hides_something(source)
    if not (unseen or commented or hiding):
        return Markup(source, pieces)
    raw = unseen <= RAW and not (commented and "script" in unseen)
    if raw and not hiding and source.count("<") == len(pieces) // 2:  # no tag begins in another
        source = RAW_OR_COMMENT.sub("", source)
        return Markup(source, TAG.split(source))
    _remove_unseen(tree)
    source = _written(tree)
    if commented:
        source = "".join(filter(None, TAG_OR_COMMENT.split(source)))
    return Markup(source, TAG.split(source))


def markup_to_text(markup: Markup) -> tuple[str, tuple[StockMention, ...]]:
    """Return the text of a fragment, one paragraph a line, and the stock codes its links carry.

    Block elements, line breaks, list items and headings end a paragraph; a table row is a paragraph
    whose cells are joined by ``' | '``, but a cell alone in its row, or with a table within, is a page
    in disguise and keeps its paragraphs. Entities are decoded once.
    """
    source, pieces = markup.source, markup.pieces[:]
    names = pieces[1::2]
    pieces[1::2] = [MARKS.get(name, "") for name in names]
    if "pre" in names:
        _keep_lines(pieces, names)
    if "tr" in names:
        _join_cells(pieces, names)
    text = _unescaped("\n".join(_paragraphs("".join(pieces))))
    mentions = tuple(_mentions(markup, text)) if "=" in source and ' code="' in source else ()
    return text.replace(CELL, "|"), mentions


def _written(tree: LexborHTMLParser) -> str:
    """Return a page as the parser writes it, without characters of no width."""
    body = tree.body
    markup = (body.html or "") if body is not None else ""
    if "\u200b" in markup or "\ufeff" in markup:
        markup = markup.replace("\u200b", "").replace("\ufeff", "")
    return markup


def _hides_something(markup: str) -> bool:
    """Whether there are what may be hidden elements in a page."""
    if "=" not in markup or not (' style="' in markup or ' hidden="' in markup):
        return False
    return HIDDEN.search(markup) is not None


def _remove_unseen(tree: LexborHTMLParser) -> None:
    """Take what no reader sees out of the tree, and make text of what is shown as it is written."""
    for node in tree.css(UNSEEN_NODES):
        attributes = node.attributes
        if node.tag in VERBATIM:
            node.replace_with(node.text())
        elif (
            node.tag in UNSEEN or "hidden" in attributes or HIDING_STYLE.search(attributes.get("style") or "")
        ):
            node.replace_with("")


def _keep_lines(pieces: list[str], names: list[str]) -> None:
    """End a paragraph with each line of preformatted text."""
    depth = 0
    for i, name in enumerate(names):
        depth += (name == "pre") - (name == "/pre")
        if depth:
            pieces[2 * i + 2] = pieces[2 * i + 2].replace("\n", BREAK)


def _join_cells(pieces: list[str], names: list[str]) -> None:
    """Make white space of what ends a paragraph within a cell.

    A cell that shares its row with no other, or holds a table, is there for the layout of a page.
    """
    rows: list[list[list[int]]] = []
    nested = names.count("table") > 1
    for i, name in enumerate(names):
        if name == "tr":
            rows.append([])
        elif name in CELLS:
            rows[-1].append([i])
        elif name in ("/td", "/th"):
            rows[-1][-1].append(i)
        elif name == "/tr" and len(cells := rows.pop()) > 1:
            for start, end in cells:
                if nested and "table" in names[start:end]:
                    continue
                for k in range(2 * start + 2, 2 * end + 1):
                    if BREAK in pieces[k]:
                        pieces[k] = pieces[k].replace(BREAK, "\n")


def _paragraphs(flow: str) -> Iterator[str]:
    """Yield the paragraphs of a text with marks, their white space collapsed as a browser does."""
    for paragraph in (flow.replace("&nbsp;", " ") if "&" in flow else flow).split(BREAK):
        words = paragraph.split()
        if len(words) > 1 and "\n" in paragraph:
            lines = filter(None, (" ".join(line.split()) for line in paragraph.split("\n")))
            words = FOLD.sub("", "\n".join(lines)).split()
        if CELL in paragraph:
            words = " ".join(words).replace(CELL, f" {CELL} ").split()
            told = sum(a == CELL != b for a, b in pairwise(words))  # cells that hold anything
            # An empty first cell is kept in a table, where the others stand in columns, but not in a layout.
            words = words[words[0] == CELL :] if told > 1 else [*dropwhile(CELL.__eq__, words)]
        if words:
            yield " ".join(words)


def _mentions(markup: Markup, text: str) -> Iterator[StockMention]:
    """Yield the words of links with a code, found by the number of visible characters before them."""
    place_of = _placer(text)
    texts, names = markup.pieces[::2], markup.pieces[1::2]
    attributes = ATTRIBUTES.findall(markup.source)
    opened: list[tuple[str, int]] = []
    count = done = 0
    for i, name in enumerate(names):
        if name not in ("a", "/a"):
            continue
        count += _count_visible(_unescaped("".join(texts[done : i + 1])))
        done = i + 1
        if name == "a":
            code = CODE.search(attributes[i])
            opened.append((_unescaped(code[1]).strip() if code else "", count))
            continue
        stock, first = opened.pop()
        if stock and first < count:
            yield StockMention(stock, place_of(first), place_of(count - 1) + 1)


def _placer(text: str) -> Callable[[int], int]:
    """Return what says where a visible character stands, by its number, for numbers that do not descend."""
    at = before = 0  # the block that is looked at, and the visible characters before it
    size = _count_visible(text[:BLOCK])

    def place_of(number: int) -> int:
        nonlocal at, before, size
        while number >= before + size and at < len(text):
            at, before = at + BLOCK, before + size
            size = _count_visible(text[at : at + BLOCK])
        left = number - before
        for word in VISIBLE.finditer(text, at, at + BLOCK):
            if left < len(word[0]):
                return word.start() + left
            left -= len(word[0])
        return len(text) - 1

    return place_of


def _count_visible(text: str) -> int:
    return len(without_space(text.replace(CELL, " ")))


def _unescaped(text: str) -> str:
    """Return a text with the characters that the parser escapes as they are."""
    if "&" not in text:
        return text
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&nbsp;", " ")
    return text.replace("&amp;", "&")
