"""A feed of RSS or Atom -> drafts of its posts, by feedparser."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from newsml.errors import InputError
from newsml.posts.html import markup_to_text, mend_markup
from newsml.posts.parse import Draft
from newsml.text import normalise_space

DECODED = {"content-type": "application/xml; charset=utf-8"}
"""Counts for more than the encoding that the feed itself declares."""

ENTITY = re.compile(r"<!\s*ENTITY", re.IGNORECASE)


class Feed(NamedTuple):
    """What a feed holds.

    Attributes:
        drafts: of its posts, in order, at least one.
        broken: what is wrong with its XML; empty where nothing is.
    """

    drafts: list[Draft]
    broken: str


def parse_feed(source: str, name: str) -> Feed:
    """Read the posts of a feed; broken XML is read as far as it makes sense.

    A post has the id that the feed gives it, if that is an address or the like, else its link, else
    ``NAME:NUMBER``: ids such as `17` are those of other feeds too. Nothing is fetched, and a feed that
    declares entities, which may multiply, is not read.

    Args:
        source: the text of the file.
        name: of the file.

    Raises:
        InputError: no feed, one without posts, or one that declares entities.
    """
    if ENTITY.search(source):
        raise InputError("declares entities of its own", code="feed")
    import feedparser  # takes as long as reading a hundred posts

    try:
        found = feedparser.parse(
            io.BytesIO(source.strip().encode(errors="replace")),
            response_headers=DECODED,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # noqa: BLE001 - broken XML makes the package fail in many ways
        raise InputError(f"cannot be read as a feed: {error}", code="feed") from None
    if not found.version:
        raise InputError("is no feed of RSS or Atom", code="feed")
    if not found.entries:
        raise InputError("is a feed without posts", code="empty")
    origin = _plain(found.feed, "title")
    drafts = [_draft(entry, f"{name}:{i}", origin) for i, entry in enumerate(found.entries, 1)]
    message = getattr(found.get("bozo_exception"), "getMessage", str)
    return Feed(drafts, normalise_space(message()) if found.bozo else "")


def _draft(entry: Mapping[str, Any], default_id: str, origin: str) -> Draft:
    addresses = [name if ":" in (name := entry.get(key) or "") else "" for key in ("id", "link")]
    bodies = [content.get("value") or "" for content in entry.get("content") or ()]
    fields = {
        "title": _plain(entry, "title"),
        "link": addresses[1],
        "author": entry.get("author") or "",
        "date": entry.get("published") or entry.get("updated") or "",
        "source": _plain(entry.get("source") or {}, "title") or origin,
        "categories": [tag.get("label") or tag.get("term") or "" for tag in entry.get("tags") or ()],
        "image": [image.get("url") or "" for image in entry.get("media_thumbnail") or ()],
    }
    body = next((body for body in (*bodies, entry.get("summary") or "") if body.strip()), "")
    return Draft(next(filter(None, addresses), default_id), body, fields=fields)


def _plain(holder: Mapping[str, Any], key: str) -> str:
    """Return a field without markup, which its type says that it may have."""
    value = holder.get(key) or ""
    if (holder.get(f"{key}_detail") or {}).get("type") == "text/plain":
        return normalise_space(value)
    return normalise_space(markup_to_text(mend_markup(value))[0])
