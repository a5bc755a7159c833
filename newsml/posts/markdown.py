"""Markdown, with the tags of Hexo, Hugo and Jekyll in it -> HTML."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MAX_LENGTH = 200_000
MAX_BRACKETS = 5_000
"""Characters, and opening square brackets, up to which Markdown is rendered; a longer text keeps its marks:
the time for links is square in their number."""

# {% asset_img a.png %}, {{< figure src="a.png" >}}, {{ site.title }}; the text between two of them stays.
SITE_TAG = re.compile(r"\{%(?:[^%{\n]|%(?!\})){0,500}%\}|\{\{(?:[^{}\n]|\}(?!\})){0,500}\}\}")
BLOCK_TAG = re.compile(r"<(?:p|div|br|table|section|article|figure|ul|ol|h[1-6]|center)\b", re.IGNORECASE)
# `*ST晨光与*ST港湾` and `3*5*2` hold no emphasis.
ASTERISK = re.compile(r"(?<![*\\])\*(?=S?ST)|(?<=\d)\*(?=\d)")
# Headings, links, images, rules of a table: HTML has none of these.
MARKDOWN_SIGN = re.compile(r"^#{1,6} \S|\]\((?:https?:|/|\.)|^\|?[ ]?:?-{3,}:?[ ]?\|", re.MULTILINE)


def is_html(body: str) -> bool:
    """Say whether the body of a post is HTML: it begins with a tag, and has one of a block."""
    if not body.lstrip().startswith("<") or not BLOCK_TAG.search(body):
        return False
    may_be_markdown = ("]" in body and "](" in body) or ("#" in body and "\n#" in body) or "---" in body
    return not (may_be_markdown and MARKDOWN_SIGN.search(body))


def without_site_tags(body: str) -> str:
    """Return a body without the tags that the generator of a site would have replaced."""
    return SITE_TAG.sub("", body) if "{" in body and ("{%" in body or "{{" in body) else body


def markdown_to_html(body: str) -> str:
    """Return Markdown as HTML; line breaks are breaks, and indented text is text, not code."""
    if len(body) > MAX_LENGTH or body.count("[") > MAX_BRACKETS:
        return body.replace("\n", "<br>\n")
    html: str = _parser().render(ASTERISK.sub(r"\\*", body))
    return html


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # takes longer to import than most posts to read, and few need it

    return MarkdownIt("commonmark", {"breaks": True}).enable(["table", "strikethrough"]).disable("code")
