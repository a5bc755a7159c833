"""What a stock code is: its market, the range it lies in, and what the market keeps that range for."""

from __future__ import annotations

import re

from newsml.domain import StockKind

TICKER = r"[A-Z](?<![0-9A-Za-z.@_\-&].)(?:[A-Z]{1,4}(?:\.[AB])?)?"
SUFFIX = r"(?i:SH|SZ|BJ|HK)|SS|XSHG|XSHE|NQ|OF|CSI|WI|IB|CN"
PREFIX = r"(?i:SH|SZ|BJ|HK)|SSE|SZSE"
US_CODE = re.compile(rf"(?P<ticker>{TICKER})(?:\.(?:US|OQ|[ONK])|-US)(?![0-9A-Za-z.])")
LISTED_CODE = re.compile(
    r"(?:(?i:NASDAQ|NASQ|NYSE)|AMEX) ?[:：] ?(?P<ticker>[A-Z]{1,5}(?:\.[AB])?)(?![0-9A-Za-z.])"
    r"|(?:HKEX|SEHK) ?[:：] ?(?P<number>[0-9]{1,5})(?![0-9A-Za-z])"
)
B_SHARE = re.compile(r"20[01]|900")

_WHOLE = re.compile(
    rf"(?:(?P<prefix>{PREFIX}) ?[.:：]? ?)?(?P<digits>[0-9]{{1,9}})(?:[.\-](?P<suffix>{SUFFIX}))?"
)
_TICKER = re.compile(TICKER)
# CN is the whole country: the range tells the exchange.
_SYNONYMS = {"CN": "", "SS": "SH", "XSHG": "SH", "SSE": "SH", "XSHE": "SZ", "SZSE": "SZ"}

# What a market keeps its codes for, by their first digits; the first that fits counts.
_KINDS: dict[str, tuple[tuple[StockKind, str], ...]] = {
    "SH": (("stock", "60|68[89]|900"), ("index", "000|95"), ("fund", "5[0-368]"), ("bond", "0[12]|1|2[45]")),
    "SZ": (("stock", "00|30|20[01]"), ("index", "399|9[78]0"), ("fund", "1[568]"), ("bond", "1[0-4]")),
    "BJ": (("index", "899"), ("stock", "43|8[378]|92"), ("bond", "81")),
    "NQ": (("stock", "[48]"),),
    "HK": (("fund", "0(?:28[0-4]|3[014]|7[235])"), ("stock", "")),
    "OF": (("fund", ""),),
    "CSI": (("index", ""),),
    "WI": (("index", "8"),),
    "IB": (("bond", ""),),
}
# Where a code lies that is written without its market. Ranges of bonds that funds of the other exchange
# use too are left out.
_RANGES = [
    ("SH", re.compile(r"60|68[89]|900|5[0-368]|11[0138]|12[24]|13[5-9]|143|175")),
    ("SZ", re.compile(r"00[0-3]|30|20[01]|399|15[09]|16|18[04]|112|12[378]|14[89]")),
    ("BJ", re.compile(r"43|8[378]|92|899")),
    ("NQ", re.compile(r"4[02]0")),
]
_INDEX_NAME = re.compile(r"(?:指数|[沪综成全]指|(?:沪深|中证|上证|科创)(?:A?[0-9]{2,4}|红利))$")
_FUND_NAME = re.compile(r"(?:基金|混合|联接|货币|债券|增强|QDII|FOF|LOF)[A-E]?$")
_NO_BOND_NAME = re.compile(r"(?:基金|混合|联接|货币|QDII|FOF|LOF)[A-E]?$")

Known = tuple[str, StockKind]
"""A normalised code with its kind."""


def normalise_code(code: str, name: str = "") -> Known | None:
    """Return a code as ``601398.SH`` with its kind; None where it is none that is known.

    Args:
        code: with its market, in any of the ways to write it, or without.
        name: what it stands for, by which ``上证指数`` is told from ``平安银行``, both 000001.
    """
    if match := _WHOLE.fullmatch(code):
        market = market_of(match["suffix"] or match["prefix"] or "")
        return with_market(match["digits"], market) if market else by_range(match["digits"], name)
    if match := LISTED_CODE.fullmatch(code) or US_CODE.fullmatch(code) or _TICKER.fullmatch(code):
        return of_match(match)
    return None


def of_match(match: re.Match[str]) -> Known | None:
    """Return what a match of `LISTED_CODE` or `US_CODE`, or of a bare ticker, stands for."""
    groups = match.groupdict()
    if number := groups.get("number"):
        return with_market(number, "HK")
    return f"{groups.get('ticker') or match[0]}.US", "stock"


def market_of(affix: str) -> str:
    """Return the market that a prefix or suffix names; empty where it names none."""
    return _SYNONYMS.get(affix.upper(), affix.upper())


def with_market(digits: str, market: str) -> Known | None:
    """Return the code of a market; None where that has no such code."""
    if market == "HK":
        digits = digits.zfill(5)
    if not (len(digits) == (5 if market == "HK" else 6) or market == "IB") or not int(digits):
        return None
    kind = next((kind for kind, start in _KINDS[market] if re.match(start, digits)), None)
    return (f"{digits}.{market}", kind) if kind else None


def by_range(digits: str, name: str = "") -> Known | None:
    """Tell the exchange by the range of a code, and by its name where two share the range."""
    if len(digits) == 5:
        return with_market(digits, "HK") if digits[0] == "0" else None
    if len(digits) != 6:
        return None
    if digits.startswith(("000", "93")) and _INDEX_NAME.search(name):
        return with_market(digits, "SH" if digits[0] == "0" else "CSI")
    if digits[0] == "0" and _FUND_NAME.search(name):
        return with_market(digits, "OF")
    known = next((with_market(digits, market) for market, start in _RANGES if start.match(digits)), None)
    if (known is None or known[1] == "bond") and _NO_BOND_NAME.search(name):
        return with_market(digits, "OF")
    return known
