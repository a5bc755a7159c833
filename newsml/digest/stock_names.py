"""Stocks that posts name without their codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from newsml.digest.ranking import bounded
from newsml.domain import Post
from newsml.simplified import simplify


def find_named(posts: Iterable[Post], codes: Mapping[str, str]) -> tuple[str, ...]:
    """Return the codes of the names that stand in posts, each once, as they come.

    Args:
        posts: of which titles and texts are read.
        codes: name -> code, whatever the case and script of the name. 某某银行 goes before 某某.
    """
    if not codes:
        return ()
    names = sorted(codes, key=len, reverse=True)
    named = re.compile("|".join(f"({bounded(simplify(name))})" for name in names), re.IGNORECASE)
    text = simplify("\n".join(f"{post.title}\n{post.text}" for post in posts))
    return tuple(dict.fromkeys(codes[names[(found.lastindex or 0) - 1]] for found in named.finditer(text)))
