"""The text of a post -> ``Post``."""

from __future__ import annotations

import re

from newsml.boilerplate import boilerplate_spans
from newsml.domain import Post, Problem
from newsml.errors import InputError
from newsml.posts.front_matter import Fields, Parts, line_of, parse_front_matter, split_front_matter
from newsml.posts.html import html_to_text
from newsml.posts.markdown import is_html, markdown_to_html, without_site_tags
from newsml.posts.metadata import (
    field_of,
    parse_date,
    parse_labels,
    parse_link,
    parse_string,
    parse_title,
)
from newsml.posts.page import is_page, read_page
from newsml.posts.stocks import find_stocks
from newsml.text import normalise_space

HEADLINE = re.compile(r"\s*【([^【】\n]{1,200})】")
HEADING = re.compile(r"\s*# +\S")

# Fields by their names in the wild, in lower case; the first that holds something counts.
LABELS = ("categories", "category")
TAGS = ("tags", "tag", "keywords")
AUTHOR = ("author", "authors")
DATE = ("date", "pubdate", "published", "publishdate", "created")
SOURCE = ("source", "publisher", "media")
URL = ("url", "link", "source_url", "originalurl")
THUMBNAIL = ("thumbnail", "headimg", "cover", "image", "images")


def parse_post(source: str, post_id: str, *, html: bool = False) -> Post:
    """Parse a post: front matter, where there is some, and a body in HTML or Markdown.

    Args:
        source: the whole text of the file.
        post_id: the id that the post will have.
        html: the body is HTML; without, it is where it begins with a tag and has one of a block. A whole
            page without front matter tells its metadata itself.

    Raises:
        InputError: broken front matter, or neither title nor body.
    """
    parts = split_front_matter(source)
    problems: list[Problem] = []
    fields: Fields = {}
    body = without_site_tags(parts.body)
    if parts.block is not None:
        fields = parse_front_matter(parts.block, parts.line, parts.kind, problems.append)
        fields = {key.lower(): value for key, value in fields.items()}
    heading = False
    if html and parts.block is None and is_page(body):
        body, fields = read_page(body)
    elif not html and not is_html(body):
        heading = HEADING.match(body) is not None
        body = markdown_to_html(body)
    text, links = html_to_text(body)
    title = _title(fields, text, heading)
    if not text and not title:
        raise InputError("has neither title nor text", code="no-text")
    link, origin = parse_link(field_of(fields, *URL)), parse_string(field_of(fields, *SOURCE))
    date = parse_date(field_of(fields, *DATE))
    problems += _problems(fields, parts, title, text, dated=date is not None)
    return Post(
        id=post_id,
        title=title,
        text=text or title,
        labels=parse_labels(field_of(fields, *LABELS)),
        author=parse_string(field_of(fields, *AUTHOR)),
        date=date,
        url=link or (origin if origin.startswith("http") else ""),
        tags=parse_labels(field_of(fields, *TAGS)),
        source="" if origin.startswith("http") else origin,
        thumbnail=parse_link(field_of(fields, *THUMBNAIL)),
        stocks=find_stocks(text or title, links),
        boilerplate=boilerplate_spans(text, title),
        problems=tuple(problems),
    )


def _title(fields: Fields, text: str, heading: bool) -> str:
    """Return the title of the front matter, else the headline with which the body begins."""
    first = text.partition("\n")[0] if heading else ""
    return parse_title(fields.get("title")) or headline_of(text) or first


def _problems(fields: Fields, parts: Parts, title: str, text: str, *, dated: bool) -> list[Problem]:
    """Return what is odd about the fields of a post."""
    found = []
    written = fields.get("title")
    if not title:
        found.append(Problem("title-missing", "has no title"))
    elif isinstance(written, str) and written.strip() and normalise_space(written) != title:
        line = line_of("title", parts.block or "", parts.line)
        found.append(Problem("title-mended", f"the title is wrapped in quotes: {_short(written)}", line))
    if not text:
        found.append(Problem("body-missing", "has no text besides its title"))
    value = field_of(fields, *DATE)
    if value is not None and not dated:
        name = next(name for name in DATE if fields.get(name))
        line = line_of(name, parts.block or "", parts.line)
        found.append(Problem("date-invalid", f"is no date: {_short(str(value))}", line))
    return found


def _short(text: str) -> str:
    text = normalise_space(text)
    return text if len(text) <= 60 else text[:59] + "…"


def parse_text(source: str, post_id: str) -> Post:
    """Parse a plain text file: one paragraph a line, no markup.

    Raises:
        InputError: no text.
    """
    lines = (normalise_space(line) for line in source.splitlines())
    text = "\n".join(line for line in lines if line)
    if not text:
        raise InputError("has no text", code="no-text")
    return Post(
        id=post_id,
        title=headline_of(text),
        text=text,
        stocks=find_stocks(text),
        boilerplate=boilerplate_spans(text),
    )


def headline_of(text: str) -> str:
    """Return the headline in 【】 with which a text begins, or an empty string."""
    match = HEADLINE.match(text)
    return normalise_space(match[1]) if match else ""
