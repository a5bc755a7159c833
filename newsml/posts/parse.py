"""The text of a post -> ``Post``."""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt

from newsml.domain import Post
from newsml.errors import InputError
from newsml.posts.front_matter import (
    parse_date,
    parse_front_matter,
    parse_labels,
    parse_title,
    split_front_matter,
)
from newsml.posts.html import html_to_text
from newsml.text import normalise_space

BLOCK_TAG = re.compile(r"<(?:p|div|br|table|section|article|figure|ul|ol|h[1-6]|center)\b", re.IGNORECASE)
HEADLINE = re.compile(r"\s*【([^【】\n]{1,200})】")


def parse_post(source: str, post_id: str, *, html: bool = False) -> Post:
    """Parse a post: front matter, where there is some, and a body in HTML or Markdown.

    Args:
        source: the whole text of the file.
        post_id: the id that the post will have.
        html: the body is HTML; without, it is where it begins with a tag and has one of a block.

    Raises:
        InputError: broken front matter, or neither title nor body.
    """
    block, body, line = split_front_matter(source)
    fields = parse_front_matter(block, line) if block is not None else {}
    if not html and not (body.lstrip().startswith("<") and BLOCK_TAG.search(body)):
        body = MarkdownIt("commonmark", {"breaks": True}).render(body)
    text, stocks = html_to_text(body)
    title = parse_title(fields.get("title"))
    if not text and not title:
        raise InputError("has neither title nor text")
    return Post(
        id=post_id,
        title=title or headline_of(text),
        text=text or title,
        labels=parse_labels(fields.get("categories", fields.get("category"))),
        author=_string(fields.get("author")),
        date=parse_date(fields.get("date")),
        url=_string(fields.get("url") or fields.get("link")),
        stocks=stocks,
    )


def parse_text(source: str, post_id: str) -> Post:
    """Parse a plain text file: one paragraph a line, no markup.

    Raises:
        InputError: no text.
    """
    lines = (normalise_space(line) for line in source.splitlines())
    text = "\n".join(line for line in lines if line)
    if not text:
        raise InputError("has no text")
    return Post(id=post_id, title=headline_of(text), text=text)


def headline_of(text: str) -> str:
    """Return the headline in 【】 with which a text begins, or an empty string."""
    match = HEADLINE.match(text)
    return normalise_space(match[1]) if match else ""


def _string(value: Any) -> str:
    return normalise_space(value) if isinstance(value, str) else ""
