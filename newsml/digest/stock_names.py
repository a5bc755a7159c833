"""Stocks that posts name without their codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from newsml.digest.ranking import bounded
from newsml.domain import Post, StockMention


def name_stocks(post: Post, codes: Mapping[str, str]) -> Post:
    """Return a post with the codes of the names that stand in it, beside those that it has.

    Args:
        post: if a name stands in its title alone, the span of its code is empty.
        codes: name -> code, whatever the case of the letters of the name. 某某银行 goes before 某某.
    """
    names = sorted(codes, key=len, reverse=True)
    pattern = re.compile("|".join(f"({bounded(name)})" for name in names) or "(?!)", re.IGNORECASE)

    def mentions(text: str) -> Iterator[StockMention]:
        for match in pattern.finditer(text):
            yield StockMention(codes[names[(match.lastindex or 0) - 1]], *match.span())

    stocks = list(post.stocks)
    for mention in mentions(post.text):
        if not any(other.start < mention.end and mention.start < other.end for other in post.stocks):
            stocks.append(mention)
    known = {mention.code for mention in stocks}
    stocks += (StockMention(code, 0, 0) for code in {m.code for m in mentions(post.title)} - known)
    return replace(post, stocks=tuple(sorted(stocks, key=lambda mention: (mention.start, mention.code))))
