"""The text of a post or of a JSONL line -> ``Post``."""

from __future__ import annotations

import json
import re
from typing import Any

from markdown_it import MarkdownIt

from newsml.domain import Post, Span
from newsml.errors import InputError
from newsml.posts.front_matter import (
    parse_date,
    parse_front_matter,
    parse_labels,
    parse_title,
    split_front_matter,
)
from newsml.posts.html import html_to_text
from newsml.posts.stocks import find_stocks
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
    text, links = html_to_text(body)
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
        stocks=find_stocks(text or title, links),
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
    return Post(id=post_id, title=headline_of(text), text=text, stocks=find_stocks(text))


def parse_record(line: str, default_id: str) -> Post:
    """Parse one line of JSONL: ``{"id"?, "title"?, "text", "labels"?, "summary"?, "highlights"?}``.

    The text and its offsets stay as given.

    Raises:
        InputError: no JSON object, a field of the wrong type, or neither title nor text.
    """
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "nested too deep")
        raise InputError(f"broken JSON: {reason}") from error
    if not isinstance(record, dict):
        raise InputError("is no JSON object")
    for key in ("title", "text", "summary"):
        if record.get(key) is not None and not isinstance(record[key], str):
            raise InputError(f'"{key}" is no string')
        try:
            (record.get(key) or "").encode()
        except UnicodeEncodeError:
            raise InputError(f'"{key}" holds half of a surrogate pair') from None
    text, title = record.get("text") or "", normalise_space(record.get("title") or "")
    if not text.strip() and not title:
        raise InputError("has neither title nor text")
    if not text.strip():
        text = title
    given_id = record.get("id")
    return Post(
        id=default_id if given_id is None else str(given_id),
        title=title or headline_of(text),
        text=text,
        labels=_labels(record.get("labels")),
        stocks=find_stocks(text),
        summary=record.get("summary"),
        highlights=_highlights(record.get("highlights"), len(text)),
    )


def headline_of(text: str) -> str:
    """Return the headline in 【】 with which a text begins, or an empty string."""
    match = HEADLINE.match(text)
    return normalise_space(match[1]) if match else ""


def _string(value: Any) -> str:
    return normalise_space(value) if isinstance(value, str) else ""


def _labels(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not all(isinstance(label, str) for label in value):
        raise InputError('"labels" is no list of strings')
    return tuple(value)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(offset) is int for offset in value)


def _highlights(value: Any, length: int) -> tuple[Span, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(_is_pair(pair) for pair in value):
        raise InputError('"highlights" is no list of [start, end]')
    spans = tuple(sorted((start, end) for start, end in value))
    if any(not 0 <= start <= end <= length for start, end in spans):
        raise InputError('"highlights" reaches beyond the text')
    return spans
