"""A plain page of HTML -> its main text, and what its head says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsml.posts.bounds import MANY_TAGS, bounded_markup
from newsml.text import normalise_space

MAX_EXTRACTED = 2_000_000
"""Characters of a page up to which its main text is looked for; a longer one is taken whole."""

PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
PSEUDO_TAG = re.compile(r"<(?![A-Za-z/!?])")

# Where trafilatura finds no main text, it runs all text of the page together, one text node a line.
RUN_TOGETHER = re.compile(r"<body>\s*<p>[^<]*\n[^<]*</p>\s*</body>")
ROUND_ABOUT = "script, style, nav, aside, footer, div[id*=footer], div[class*=footer]"

# Names of <meta> by field, the surest first.
META = {
    "title": ("og:title", "twitter:title"),
    "date": (
        *("article:published_time", "og:release_date", "datepublished", "publishdate", "pubdate"),
        *("publish_time", "weibo:article:create_at", "date"),
    ),
    "author": ("author", "article:author", "og:article:author"),
    "source": ("source", "og:site_name", "mediaid"),
    "url": ("og:url",),
    "thumbnail": ("og:image", "twitter:image"),
    "tags": ("keywords", "news_keywords", "article:tag"),
}


def is_page(source: str) -> bool:
    """Say whether HTML is a whole page, and no fragment of one."""
    return PAGE.search(source, 0, 2048) is not None


def read_page(source: str) -> tuple[str, dict[str, Any]]:
    """Return the main part of a page as HTML, and its metadata as the fields of a front matter.

    The main part is found by trafilatura where that is installed (the extra ``html``); without it, and where
    it finds nothing, it is the page from its heading on, without navigation and footer.

    Raises:
        InputError: a page of more tags than can be read.
    """
    source = bounded_markup(source)
    tree = LexborHTMLParser(source)
    fields = _metadata(tree)
    return _main_part(source) or _from_heading(tree) or source, fields


def _metadata(tree: LexborHTMLParser) -> dict[str, Any]:
    named: dict[str, str] = {}
    for node in tree.css("meta"):
        attributes = node.attributes
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or ""
        named.setdefault(name.lower().replace(": ", ":"), normalise_space(attributes.get("content") or ""))
    fields: dict[str, Any] = {
        field: next((named[name] for name in names if named.get(name)), "") for field, names in META.items()
    }
    heading, title = _text_of(tree, "h1"), _text_of(tree, "title")
    # A page's title goes on with the name of the site, which its heading does not.
    fields["title"] = fields["title"] or (heading if heading and heading in title else title or heading)
    fields["url"] = fields["url"] or _attribute(tree, "link[rel=canonical]", "href")
    fields["date"] = fields["date"] or _attribute(tree, "time[datetime]", "datetime")
    return fields


def _text_of(tree: LexborHTMLParser, tag: str) -> str:
    node = tree.css_first(tag)
    return normalise_space(node.text()) if node is not None else ""


def _attribute(tree: LexborHTMLParser, selector: str, name: str) -> str:
    node = tree.css_first(selector)
    return (node.attributes.get(name) or "") if node is not None else ""


def _main_part(source: str) -> str | None:
    if len(source) > MAX_EXTRACTED or source.count("<") > MANY_TAGS:
        return None
    try:
        import trafilatura
    except ImportError:
        return None
    found: str | None = trafilatura.extract(
        PSEUDO_TAG.sub("&lt;", source), output_format="html", include_comments=False, favor_recall=True
    )
    return None if found and RUN_TOGETHER.search(found) else found


def _from_heading(tree: LexborHTMLParser) -> str:
    """Return a page without what leads round its site, and without what stands before its heading.

    Nothing where no text is left. A heading with more text before it than after, links aside, is none of the
    main part.
    """
    for node in tree.css(ROUND_ABOUT):
        node.replace_with("")
    body, heading = tree.body, tree.css_first("body h1")
    if body is None or not _text_of(tree, "body"):
        return ""
    before = list(_before(heading)) if heading is not None else []
    if 2 * sum(map(_unlinked, before)) <= _unlinked(body):
        for node in before:
            node.replace_with("")
    return body.html or ""


def _unlinked(node: LexborNode) -> int:
    """Return the length of a node's text without that of its links."""
    whole, *links = (normalise_space(part.text()) for part in (node, *node.css("a")))
    return len(whole) - sum(map(len, links))


def _before(node: LexborNode) -> Iterator[LexborNode]:
    """Yield what stands before a node, in no order: the nodes before it and before each that holds it."""
    at: LexborNode | None = node
    while at is not None and at.tag != "body":
        sibling = at.prev
        while sibling is not None:
            yield sibling
            sibling = sibling.prev
        at = at.parent
