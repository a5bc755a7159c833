"""Files of several posts: feeds of RSS, Atom and JSON, and records in a list."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urljoin

from newsml.domain import Post
from newsml.errors import InputError
from newsml.posts.html import markup_to_text, mend_markup
from newsml.posts.markdown import is_html
from newsml.posts.parse import Draft, parse_drafts
from newsml.posts.record import load_json, read_record
from newsml.text import normalise_space

DECODED = {"content-type": "application/xml; charset=utf-8"}
"""Counts for more than the encoding that the feed itself declares."""

JSON_FEED = "https://jsonfeed.org/version/"

MAX_LABELS = 1000
"""Categories and the like of an item: feedparser takes time square in their number."""

MAX_TAGS = 500_000
"""Tags of a feed; where its XML is broken, they take some 8 seconds."""

_COMMENT = r"<!--.*?(?:-->|\Z)"
_CDATA = r"<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)"
_MENDED = re.compile(
    rf"{_COMMENT}|{_CDATA}|&#(?:[0-9]{{1,8}}|[xX][0-9a-fA-F]{{1,8}});(?:&#[xX]?[0-9a-fA-F]{{1,8}};)?|&(?:\w{{1,32}};)?",
    re.DOTALL,
)
_NUMBER = re.compile(r"&#([xX]?)([0-9a-fA-F]+);")
_OF_XML = ("&amp;", "&lt;", "&gt;", "&quot;", "&apos;")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ENTITY = re.compile(r"<!\s*ENTITY", re.IGNORECASE)
_ITEM = re.compile(r"<(?:[\w.\-]+:)?(?:item|entry)\b", re.IGNORECASE)
_LABEL = re.compile(r"<(?:[\w.\-]+:)?(?:category|subject|keywords)\b", re.IGNORECASE)
# Of a picture or sound; feedparser takes them for those of the post.
_OF_MEDIA = re.compile(
    r"(</?)(?:media|itunes):(?=(?:category|credit|description|keywords|subtitle|summary|text|title)\b)"
)
# What feedparser takes time square in the length of: attributes, and words, in which it looks for mail.
_LONG_TAG = re.compile(r"<([A-Za-z][\w:.\-]{0,99})[^<>]{10000,}")
_LONG_WORD = re.compile(r"([0-9A-Za-z_.+\-]{1000})[0-9A-Za-z_.+\-]+")
_TAG = re.compile(r"<[A-Za-z/][^<>]{0,9999}>")
_VOID = re.compile(r"<(?:img|br|wbr|hr)\b[^<>]{0,9999}>", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z][\w+.\-]*:\S+", re.ASCII)
_MAIL = re.compile(r"\s*[^\s@]+@[^\s@()]+\s*\((.+)\)\s*")
_TEXT = ("text/plain", "text/html", "application/xhtml+xml")

Item = tuple[Mapping[str, Any], Post | InputError]
"""A record, or the id alone, and its post, or what is wrong with it."""


class Channel(NamedTuple):
    """What a feed says of all its posts.

    Attributes:
        title: which is their source.
        author: or several, of those without one.
        link: the address of the site, which the links of posts may be relative to.
    """

    title: str
    author: Any
    link: str


class Feed(NamedTuple):
    """What a file of several posts holds.

    Attributes:
        items: in order, at least one.
        broken: what is wrong with its XML; empty where nothing is.
    """

    items: Sequence[Item]
    broken: str = ""


def parse_feed(source: str, name: str) -> Feed:
    """Read the posts of a feed by feedparser; broken XML is read as far as it makes sense.

    A post has the id that the feed gives it, if that is an address or the like, else its link, else
    ``NAME:NUMBER``: ids such as `17` are those of other feeds too. Nothing is fetched, and a feed that
    declares entities, which may multiply, is not read.

    Args:
        source: the text of the file.
        name: of the file.

    Raises:
        InputError: no feed, one without posts, one that declares entities or has too many tags or categories.
    """
    import feedparser  # takes as long as reading a hundred posts

    xml = mended(source)
    if _ENTITY.search(xml):
        raise InputError("declares entities of its own", code="feed")
    if xml.count("<") > MAX_TAGS:
        raise InputError(f"has over {MAX_TAGS:,} tags", code="too-large")
    if any(len(_LABEL.findall(item)) > MAX_LABELS for item in _ITEM.split(xml)):
        raise InputError(f"has over {MAX_LABELS:,} categories of one post", code="too-large")
    try:
        found = feedparser.parse(
            io.BytesIO(xml.encode()),
            response_headers=DECODED,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # noqa: BLE001 - broken XML makes the package fail in many ways
        raise InputError(f"cannot be read as a feed: {error}", code="feed") from None
    if not found.get("version"):
        raise InputError("is no feed of RSS or Atom", code="feed")
    if not found.entries:
        raise InputError("is a feed without posts", code="empty")
    author = _author(found.feed) if found.version.startswith("atom") else ""  # of RSS the editor of it all
    channel = Channel(_plain(found.feed, "title"), author, found.feed.get("link") or "")
    drafts = [_of_entry(entry, f"{name}:{i}", channel) for i, entry in enumerate(found.entries, 1)]
    message = getattr(found.get("bozo_exception"), "getMessage", str)
    return Feed(_items(drafts), normalise_space(message()) if found.bozo else "")


def mended(source: str) -> str:
    """Return XML without what makes many feeds broken, and without what feedparser takes minutes for.

    A bare & and the entities of HTML are characters, references to what is no character of XML are U+FFFD,
    those to the halves of a pair are the pair; control characters are spaces. Comments are left out, CDATA
    is text. Endless tags lose their attributes, endless words of Latin letters their ends.
    """
    text = _MENDED.sub(_mend, _NO_XML.sub(" ", source)).strip()
    return _LONG_WORD.sub(r"\1", _LONG_TAG.sub(r"<\1", _OF_MEDIA.sub(r"\1unread-", text)))


def _mend(found: re.Match[str]) -> str:
    written = found[0]
    if written.startswith("<"):
        return html.escape(found["data"] or "")
    if written in _OF_XML:
        return written
    if written.startswith("&#"):
        codes = [
            int(digits, 16 if x else 10) for x, digits in _NUMBER.findall(written) if x or digits.isdigit()
        ]
        if len(codes) == 2 and 0xD800 <= codes[0] < 0xDC00 <= codes[1] < 0xE000:
            return chr(0x10000 + ((codes[0] - 0xD800) << 10) + codes[1] - 0xDC00)
        chars = (chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes)
        return html.escape(_NO_XML.sub("\ufffd", "".join(chars)))
    meant = html.unescape(written)
    return html.escape(meant) if meant != written else f"&amp;{written[1:]}"


def parse_json(source: str, name: str) -> Feed:
    """Read the posts of a JSON Feed, or records, one or a list of them, as in JSONL.

    Args:
        source: the text of the file.
        name: of the file.

    Raises:
        InputError: broken JSON, or no posts.
    """
    try:
        found = load_json(source)
    except InputError as error:
        hint = "; records, one a line, go into .jsonl" if "Extra data" in str(error) else ""
        raise InputError(f"{error}{hint}", code="json") from None
    is_feed = isinstance(found, dict) and str(found.get("version")).startswith(JSON_FEED)
    found = _whole(found) if is_feed else found
    listed = found.get("items") if isinstance(found, dict) and "text" not in found else found
    entries = listed if isinstance(listed, list) else [found]
    if is_feed:
        channel = Channel(found.get("title"), _json_author(found), found.get("home_page_url") or "")
        items = _items([_of_json(entry, f"{name}:{i}", channel) for i, entry in enumerate(entries, 1)])
    else:
        items = [_of_record(record, f"{name}:{i}") for i, record in enumerate(entries, 1)]
    if not items:
        raise InputError("holds no posts", code="empty")
    return Feed(items)


def _whole(found: Any) -> Any:
    """Return what JSON holds with ? in the place of halves of surrogate pairs, which are no text."""
    return json.loads(json.dumps(found, ensure_ascii=False).encode(errors="replace"))


def _items(drafts: Sequence[Draft]) -> list[Item]:
    ids = [{"id": draft.id} for draft in drafts]
    return list(zip(ids, parse_drafts(drafts), strict=True))


def _of_record(record: Any, default_id: str) -> Item:
    if not isinstance(record, dict):
        return {}, InputError("is no JSON object", code="json")
    try:
        return record, read_record(record, default_id)
    except InputError as error:
        return record, InputError(str(error), code=error.code)


def _json_author(holder: Mapping[str, Any]) -> Any:
    return holder.get("authors") or holder.get("author")


def _of_json(entry: Any, default_id: str, channel: Channel) -> Draft:
    entry = entry if isinstance(entry, dict) else {}
    marked, plain, short = (
        value if isinstance(value := entry.get(key), str) else ""
        for key in ("content_html", "content_text", "summary")
    )
    fields = {
        "title": entry.get("title"),
        "author": _json_author(entry) or channel.author,
        "date": str(entry.get("date_published") or entry.get("date_modified") or ""),
        "source": channel.title,
        "categories": entry.get("tags"),
        "image": entry.get("image"),
    }
    body = _in_html(marked) if marked.strip() else _in_html(html.escape(plain if plain.strip() else short))
    return _draft(entry.get("id"), _joined(channel.link, entry.get("url")), body, fields, default_id)


def _of_entry(entry: Mapping[str, Any], default_id: str, channel: Channel) -> Draft:
    held = [*(entry.get("content") or ()), entry.get("summary_detail") or {}]
    contents = [content for content in held if content.get("type") in _TEXT and content.get("value")]
    fullest = max(contents, key=lambda content: len(content["value"]), default=None)
    body = _body(fullest) if fullest else ""
    origin = _plain(entry.get("source") or {}, "title")
    fields = {
        "title": _plain(entry, "title"),
        "author": _author(entry) or channel.author,
        "date": entry.get("published") or entry.get("updated"),
        # Where an address stands in the place of a name, it is that of a feed, not of the post.
        "source": channel.title if not origin or origin.startswith("http") else origin,
        "categories": [
            html.unescape(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags") or ()
        ],
        "image": [image.get("url") or "" for image in entry.get("media_thumbnail") or ()],
    }
    return _draft(entry.get("id"), _joined(channel.link, entry.get("link")), body, fields, default_id)


def _author(entry: Mapping[str, Any]) -> str | list[str]:
    """Return the names of the authors, one of whom may stand as `name@address (name)`."""
    author: str = entry.get("author") or ""
    if mailed := _MAIL.fullmatch(author):
        return mailed[1]
    return [name for person in entry.get("authors") or () if (name := person.get("name"))] or author


def _joined(base: Any, link: Any) -> Any:
    """Return a link that is relative to an address as one by itself; `17` is a number of a post, no link."""
    if not (isinstance(base, str) and _ADDRESS.fullmatch(base) and isinstance(link, str) and "/" in link):
        return link
    try:
        return urljoin(base, link.strip())
    except ValueError:  # brackets, but no address of IPv6
        return link


def _draft(given: Any, link: Any, body: str, fields: dict[str, Any], default_id: str) -> Draft:
    """Return the draft of a post, whose id is its own or its link if that is an address or the like."""
    given, link = (
        name if isinstance(name, str) and _ADDRESS.fullmatch(name) else "" for name in (given, link)
    )
    return Draft(given or link or default_id, body, html=True, fields=fields | {"link": link})


def _body(content: Mapping[str, Any]) -> str:
    value: str = content["value"]
    return _in_html(html.escape(value) if content["type"] == "text/plain" else value)


def _in_html(body: str) -> str:
    """Return HTML as it stands, and text with a paragraph for each line outside of tags."""
    if is_html(body):
        return body
    lines = _TAG.sub(lambda tag: " ".join(tag[0].split()), body).splitlines()
    return "".join(f"<p>{line}</p>" for line in lines)


def _plain(holder: Mapping[str, Any], key: str) -> str:
    """Return a field without markup, which its type says that it may have."""
    value = _VOID.sub(" ", holder.get(key) or "")
    if (holder.get(f"{key}_detail") or {}).get("type") == "text/plain":
        return normalise_space(value)
    return normalise_space(markup_to_text(mend_markup(value))[0])
