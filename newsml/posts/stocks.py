"""Stock codes in plain text, with offsets: ``工商银行(601398)``, ``（02799.HK）``, ``NASDAQ:TSLA``.

Every run of digits of the right length is looked at once. One with its market written beside it is a
code wherever it stands; one without is a code only after a name in brackets, after a word such as
``证券代码`` or below it in a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from newsml.domain import StockMention
from newsml.posts.stock_codes import (
    B_SHARE,
    LISTED_CODE,
    PREFIX,
    SUFFIX,
    TICKER,
    US_CODE,
    Known,
    by_range,
    market_of,
    normalise_code,
    of_match,
    with_market,
)
from newsml.simplified import simplify

LOOK_BACK = 24
"""Characters before a code that are read for the name or word it belongs to."""

# Begins with the digit it looks for, which makes the search fast, and looks back from there.
_NUMBER = re.compile(
    r"(?P<digits>[0-9](?<![0-9].)[0-9]{0,8})(?:(?<=[0-9]{4})|(?=[.\-](?i:HK)))"
    rf"(?:[.\-](?P<suffix>{SUFFIX})|(?=[,， ]) ?[,， ] ?(?P<apart>(?i:SH|SZ|BJ|HK))(?= ?[)）\]］]))?"
    r"(?![0-9A-Za-z%‰]|\.[0-9]|,[0-9]{3}(?![0-9]))"
)
_PREFIX = re.compile(rf"(?<![0-9A-Za-z.@_\-])(?P<market>{PREFIX}) ?(?P<colon>[.:：])? ?$")
_ENDS_PREFIX = frozenset("ABEHJKSZabehjksz.:： ")
_GLUE = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.@_-")
_LABEL = re.compile(
    r"(?:(?P<what>证券|股票|股份|基金|ETF|债券|转债|[ABH]股|港股|上市|交易|指数)|(?<!\w))"
    r"(?P<word>代码|代号)[为是]?[ \u3000]?[:：]?[ \u3000]?[“\"]?$"
)
_OPEN = re.compile(r"(?P<name>[\w*)）”》]) ?[(（\[［] ?$")
_CLOSE = re.compile(r" ?(?:[)）\]］]|\.\.\.|…|[,，、/;；] ?(?:股吧|[0-9]{4,6}[.\-)）,，、/]))")
_NEXT = re.compile(r" ?[,，、/;；] ?")
_NO_NAME = re.compile(
    r"(?:[0-9][号室楼层座栋弄次年月日期时批]|[编单序证文尾批账帐型房工户车票案][号码]|号码|邮编|邮政编码"
    r"|[人户件次票台笔总]数|[销产数总存流览]量|[市净总产均]值|[股均单总]价|[额例省区县]|(?<!超)市|电话|热线|手机|传真|邮箱"
    r"|微信号?|QQ[群号]?|[学列]号|密码|版本|坐标|人口|经费|人民币|阅读|浏览|评论|粉丝|ISBN|售出|[增减升降]至)$"
)
_B_NAME = re.compile(r"[ABＢ]股?$")
_LABELLED_TICKER = re.compile(
    rf"(?:证券|股票|美股|上市|交易)代码[为是]?[ \u3000]?[:：]?[ \u3000]?[“\"]?({TICKER})(?![0-9A-Za-z.])"
)
_CASHTAG = re.compile(rf"\$[^$\n]{{1,30}}[(（]({TICKER})[)）]\$")
_HEAD = re.compile(r"(?:^|证券|股票|个股|基金|ETF|债券|转债|指数)代码$")
_BAR = re.compile(r"\|(?= |$)(?:(?<= \|)|(?<=^\|))")  # between two cells, either of which may be empty
# Where a ticker with its market may be: a search for one character is the quickest there is.
_DOT = re.compile(r"\.(?<=[A-Z]\.)(?:US|OQ|[ONK])")
_COLON = re.compile(r":(?:(?<=[A-Za-z]:)|(?<=[A-Za-z] :)) ?[0-9A-Z]")
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-'*-~]+")


def find_stocks(text: str, links: Iterable[StockMention] = ()) -> tuple[StockMention, ...]:
    """Find the stock, index, fund and bond codes of a text.

    Args:
        text: the plain body of a post.
        links: what its markup names, each code as written there.

    Returns:
        Mentions in order that do not overlap, the codes normalised. Where a link and a code in the text
        lie over each other, the link stays; a link's code that is not known stays as written.
    """
    text = simplify(text)
    written = _written(text)
    if not written and not links:
        return ()
    found = [(link.start, 0, _of_link(link, text)) for link in links]
    found += [(mention.start, 1, mention) for mention in written]
    found.sort(key=lambda item: item[:2])
    kept: list[tuple[int, int, StockMention]] = []
    for item in found:
        if not kept or item[0] >= kept[-1][2].end:
            kept.append(item)
        elif item[1] < kept[-1][1]:
            kept[-1] = item
    return tuple(mention for _, _, mention in kept)


def _of_link(link: StockMention, text: str) -> StockMention:
    known = normalise_code(link.code, text[link.start : link.end]) or (link.code, link.kind)
    return _mention(known, (link.start, link.end))


def _mention(known: Known, span: tuple[int, int]) -> StockMention:
    return StockMention(known[0], *span, known[1])


def _written(text: str) -> list[StockMention]:
    """Return what the text itself writes, pattern by pattern, each only where its marks occur."""
    if ("/" in text and "://" in text) or ("w" in text and "www." in text):
        text = _ADDRESS.sub(lambda address: " " * len(address[0]), text)
    found = list(_tickers(text))
    found += _numbers(text, {ticker.end for ticker in found})
    if "|" in text and "代码" in text:
        found += _table_cells(text)
    return found


def _tickers(text: str) -> Iterator[StockMention]:
    if _DOT.search(text) or ("-" in text and "-US" in text):
        for match in US_CODE.finditer(text):
            after = text[match.end() : match.end() + 1]
            # A single letter is an initial, as in `P.O 42.5`, unless it fills its brackets.
            if len(match["ticker"]) > 1 or (after and after in ")）、，,/；;"):
                yield StockMention(f"{match['ticker']}.US", *match.span())
    for colon in _COLON.finditer(text.replace("：", ":")):
        at, start = colon.start(), max(0, colon.start() - len("NASDAQ "))
        listed = LISTED_CODE.search(text, start, at + LOOK_BACK)
        if listed and listed.start() < at < listed.end() and (known := of_match(listed)):
            yield _mention(known, listed.span())
    for mark, pattern in (("码", _LABELLED_TICKER), ("$", _CASHTAG)):
        if mark in text:
            for match in pattern.finditer(text):
                yield StockMention(f"{match[1]}.US", *match.span(1))


def _numbers(text: str, ends: set[int]) -> Iterator[StockMention]:
    """Yield the codes made of digits.

    Args:
        text: the text.
        ends: where tickers end, after which a slash may lead to another code.
    """
    last = -1
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        left = text[max(0, start - LOOK_BACK) : start]
        suffix = match["suffix"] or match["apart"]
        market = market_of(suffix) if suffix else ""
        prefix = None
        if not market and left[-1:] in _ENDS_PREFIX and (prefix := _PREFIX.search(left)):
            start -= len(left) - prefix.start()
            left, market = left[: prefix.start()], market_of(prefix["market"])
        digits = match["digits"]
        if not market and len(digits) < 5 and "代" not in left:
            continue  # a year, say
        follows = last >= 0 and _NEXT.fullmatch(text, last, start) is not None
        if left[-1:] in _GLUE or (left.endswith("/") and not follows and start - 1 not in ends):
            continue  # part of a word or an address
        if market == "HK" and prefix and digits[0] != "0" and not (prefix["colon"] or _is_set_apart(left)):
            continue  # `HK1997` may be a year
        closes = bool(suffix or _CLOSE.match(text, end))
        known = with_market(digits, market) if market else _in_context(digits, left, follows, closes)
        if known:
            last = end
            yield _mention(known, (start, end))


def _is_set_apart(left: str) -> bool:
    return bool(_OPEN.search(left) or _LABEL.search(left))


def _in_context(digits: str, left: str, follows: bool, closes: bool) -> Known | None:
    """Read digits without a market, which are a code only where their surroundings say so.

    Args:
        digits: as written.
        left: the text before them.
        follows: only a comma or the like lies between them and another code.
        closes: a bracket or another code comes after them.
    """
    if "代" in left and (label := _LABEL.search(left)):
        if label["what"] in ("H股", "港股") or label["word"] == "代号":
            return with_market(digits, "HK")
        return by_range(digits, label["what"] or "")
    bracket = _OPEN.search(left)
    if not closes or not (bracket or follows):
        return None
    name = left[: bracket.end("name")] if bracket else ""
    if bracket and (_NO_NAME.search(name) or (B_SHARE.match(digits) and not _B_NAME.search(name))):
        return None
    return by_range(digits, name)


def _table_cells(text: str) -> Iterator[StockMention]:
    """Yield the codes in the columns of a table whose heads say that they hold codes."""
    end = -1
    columns: frozenset[int] = frozenset()
    for line in text.split("\n"):
        at, end = end + 1, end + 1 + len(line)
        if not columns and "代码" not in line:
            continue
        bars = [bar.start() for bar in _BAR.finditer(line)]
        starts, ends = [0, *(bar + 2 for bar in bars)], [*(max(bar - 1, 0) for bar in bars), len(line)]
        cells = [line[start:end] for start, end in zip(starts, ends, strict=True)]
        heads = frozenset(i for i, cell in enumerate(cells) if cell.endswith("代码") and _HEAD.search(cell))
        if len(cells) == 1 or heads:
            columns = heads if len(cells) > 1 else frozenset()
        for index in sorted(columns.intersection(range(len(cells)))):
            beside = cells[index + 1] if index + 1 < len(cells) else ""
            if known := normalise_code(cells[index], beside):
                yield _mention(known, (at + starts[index], at + ends[index]))
