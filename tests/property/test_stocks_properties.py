"""Whatever the text, stock mentions fit it."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from newsml.domain import StockMention
from newsml.posts.stocks import find_stocks

PIECES = st.one_of(
    st.sampled_from(
        "甲股 代码： 股份代号 （ ） ( ) .SH .SZ .HK .O .US SH sz HK NASDAQ: NYSE： $ / 、 | "
        "600519 000001 00700 113053 200488 TSLA V BRK.B 20240828 https://a.cn/ ， . -".split()
    ),
    st.sampled_from(" \n"),
    st.from_regex(r"[0-9]{1,9}", fullmatch=True),
    st.text(max_size=4),
)


@settings(deadline=None, max_examples=300)
@given(pieces=st.lists(PIECES, max_size=14), links=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9))))
def test_mentions_fit_the_text(pieces: list[str], links: list[tuple[int, int]]) -> None:
    text = "".join(pieces)
    linked = [StockMention("x-1", start, start + n) for start, n in links if start + n <= len(text)]
    mentions = find_stocks(text, linked)
    last = 0
    for mention in mentions:
        assert last <= mention.start < mention.end <= len(text)
        last = mention.end
        if mention.code != "x-1":
            words = text[mention.start : mention.end]
            written = re.sub(r"[0-9]+", lambda digits: digits[0].lstrip("0"), words)
            assert mention.code.split(".")[0].lstrip("0") in written
            assert words == words.strip()
