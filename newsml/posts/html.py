"""HTML -> plain text as a reader sees it, paragraph by paragraph, with stock codes by offset."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsml.domain import StockMention
from newsml.posts.bounds import bounded_markup

# What a browser does not show, or shows as something other than text.
SKIPPED = frozenset(
    """
    -comment _comment !-- script style noscript template head title iframe object embed svg math canvas
    audio video
    select option textarea button input
    """.split()
)
BLOCKS = frozenset(
    """
    address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre
    section summary table tbody tfoot thead tr ul
    """.split()
)
CELLS = ("td", "th")
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
HIDING_WORDS = ("hidden", "none", "HIDDEN", "NONE", "Hidden", "None")  # one of them in all that hides
CHART = re.compile(r"\|STCNTTTP\|(?:.*?\|STCNTTTP\|)?", re.DOTALL)
WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f“”‘’…—]")
# A line break inside Chinese text is the source's, not the reader's.
FOLD = re.compile(rf"(?<={WIDE.pattern})(?=[^\S\n]*+\n)\s++(?={WIDE.pattern})")


@dataclass(slots=True)
class _Builder:
    """Paragraphs as they grow; text is appended with its white space collapsed."""

    paragraphs: list[str] = field(default_factory=list)
    stocks: list[StockMention] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    length: int = 0
    offset: int = 0
    space: str = ""
    cell: LexborNode | None = None
    preformatted: int = 0

    def add(self, text: str) -> None:
        """Append inline text, with white space as a browser would show it."""
        if self.preformatted and "\n" in text:
            for line in text.splitlines():
                self._add(line)
                self.end_block()
        else:
            self._add(text)

    def _add(self, text: str) -> None:
        if "\u200b" in text or "\ufeff" in text:
            text = text.replace("\u200b", "").replace("\ufeff", "")
        words = text.split()
        if not words:
            self._gap(text)
            return
        inner = text.strip()
        if inner != text:
            self._gap(text[: text.find(words[0])])
        if "\n" in inner:
            words = FOLD.sub("", inner).split()
        if self.space and self.parts:
            folded = self.space == "\n" and WIDE.match(self.parts[-1][-1]) and WIDE.match(words[0])
            self._push("" if folded else " ")
        self._push(" ".join(words))
        self.space = ""
        if inner != text:
            self._gap(text[len(text.rstrip()) :])

    def _gap(self, space: str) -> None:
        if space:
            self.space = "\n" if "\n" in space or "\n" in self.space else " "

    def _push(self, piece: str) -> None:
        if piece:
            self.parts.append(piece)
            self.length += len(piece)

    def end_paragraph(self) -> None:
        """Close the paragraph, if it holds anything."""
        if self.parts:
            self.paragraphs.append("".join(self.parts))
            self.offset += self.length + 1
        self.parts, self.length, self.space = [], 0, ""

    def end_block(self) -> None:
        """Close the paragraph, or in the cell of a table the line."""
        if self.cell is None:
            self.end_paragraph()
        else:
            self._gap("\n")

    @property
    def position(self) -> int:
        """Length of the whole text so far; white space before the next word is yet to come."""
        return self.offset + self.length


def html_to_text(html: str) -> tuple[str, tuple[StockMention, ...]]:
    """Return the text of an HTML fragment, one paragraph a line, and the stock codes its links carry.

    Block elements, line breaks, list items and headings end a paragraph; a table row is a paragraph
    whose cells are joined by ``' | '``, but a cell alone in its row, or with a table within, is a page
    in disguise and keeps its paragraphs. Scripts, styles, comments, hidden elements and chart macros
    are no text. Entities are decoded once.
    """
    html = bounded_markup(CHART.sub("", html) if "|STCNTTTP|" in html else html)
    tree = LexborHTMLParser(html)
    builder = _Builder()
    if tree.body is not None:
        _walk(tree.body, builder, may_hide=any(word in html for word in HIDING_WORDS))
    builder.end_paragraph()
    text = "\n".join(builder.paragraphs)
    stocks = (_trimmed(mention, text) for mention in builder.stocks)
    return text, tuple(mention for mention in stocks if mention.start < mention.end)


def _trimmed(mention: StockMention, text: str) -> StockMention:
    """Return a mention without the white space that its link holds at either end."""
    words = text[mention.start : mention.end]
    start = mention.start + len(words) - len(words.lstrip())
    return StockMention(mention.code, start, start + len(words.strip()))


def _walk(root: LexborNode, builder: _Builder, *, may_hide: bool) -> None:
    """Visit the nodes in reading order, without recursion: posts from strangers nest deep."""
    node: LexborNode | None = root
    open_links: list[tuple[LexborNode, str, int]] = []
    depth = 0
    while node is not None:
        child = None if _is_skipped(node, may_hide) else _enter(node, builder, open_links)
        if child is not None:
            node, depth = child, depth + 1
            continue
        while node is not None:
            _leave(node, builder, open_links)
            if depth == 0:
                return
            if node.next is not None:
                node = node.next
                break
            node, depth = node.parent, depth - 1


def _is_skipped(node: LexborNode, may_hide: bool) -> bool:
    tag = node.tag or "-"
    if tag in SKIPPED:
        return True
    if not may_hide or tag == "-text":
        return False
    attributes = node.attributes
    return "hidden" in attributes or bool(HIDDEN.search(attributes.get("style") or ""))


def _enter(
    node: LexborNode, builder: _Builder, open_links: list[tuple[LexborNode, str, int]]
) -> LexborNode | None:
    tag = node.tag
    if tag == "-text":
        builder.add(node.text_content or "")
        return None
    if tag in BLOCKS:
        builder.end_block()
        builder.preformatted += tag == "pre"
    elif tag in CELLS:
        if _stands_beside_another(node) and node.css_first("table") is None:
            builder.cell = node
        if builder.parts:
            builder.space = ""
            builder.add(" | ")
    elif tag == "a" and (code := (node.attributes.get("code") or "").strip()):
        open_links.append((node, code, builder.position))
    return node.child


def _stands_beside_another(cell: LexborNode) -> bool:
    """Whether a cell shares its row; one that does not is there for the layout of a page."""
    before, after = cell.prev, cell.next
    while before is not None and before.tag not in CELLS:
        before = before.prev
    while before is None and after is not None and after.tag not in CELLS:
        after = after.next
    return before is not None or after is not None


def _leave(node: LexborNode, builder: _Builder, open_links: list[tuple[LexborNode, str, int]]) -> None:
    if node.tag in BLOCKS:
        builder.end_block()
        builder.preformatted -= node.tag == "pre"
    elif node.tag in CELLS and node == builder.cell:
        builder.cell = None
    elif open_links and node.tag == "a" and node == open_links[-1][0]:
        _, code, start = open_links.pop()
        builder.stocks.append(StockMention(code, start, builder.position))
