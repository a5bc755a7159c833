"""Markup that a parser would take minutes for -> markup with the same text that takes it seconds."""

from __future__ import annotations

import re

from newsml.errors import InputError

MAX_TAGS = 300_000
"""Tags of a post, at most; parsing takes some 3 seconds then."""

MANY_TAGS = 10_000
"""Tags from which on the nesting is looked at: an HTML parser takes time square in its depth."""

MAX_DEPTH = 500
"""Elements within each other whose tags are kept."""

MAX_TAG = 10_000
"""Characters of a tag whose attributes are kept: parsing them takes time square in their number."""

LONG_TAG = re.compile(rf"<([A-Za-z][A-Za-z0-9]*)[^>]{{{MAX_TAG},}}")
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)[^>]*>")
# Elements without content, and those that the next one of their kind ends.
FLAT = frozenset(
    "area base br col embed hr img input link meta source track wbr p li td th tr dt dd option".split()
)


def bounded_markup(html: str) -> str:
    """Return HTML without the attributes of endless tags, and flat below `MAX_DEPTH`.

    Raises:
        InputError: over `MAX_TAGS` tags.
    """
    if len(html) <= MAX_TAG:
        return html
    tags = html.count("<")
    if tags > MAX_TAGS:
        raise InputError(f"has over {MAX_TAGS:,} tags", code="too-large")
    html = LONG_TAG.sub(r"<\1", html)
    return _flattened(html) if tags > MANY_TAGS else html


def _flattened(html: str) -> str:
    depth = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal depth
        if tag[2].lower() in FLAT:
            return tag[0]
        if tag[1]:
            depth = max(depth - 1, 0)
            return tag[0] if depth < MAX_DEPTH else "<br>"
        depth += 1
        return tag[0] if depth <= MAX_DEPTH else "<br>"

    return TAG.sub(kept, html)
