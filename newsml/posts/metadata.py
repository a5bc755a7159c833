"""Fields of a front matter -> title, labels, tags, date and the rest, however they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from newsml.errors import InputError
from newsml.text import normalise_space

MAX_QUOTES = 50  # round a title
MAX_ITEMS = 10_000  # of a list: aliases multiply
WRAPPED = re.compile(r"""^(?:(["'])(?P<inner>.*)\1)$""", re.DOTALL)
COMMA = re.compile(r"[,，、;；]")

BEIJING = timezone(timedelta(hours=8))
ZONES: dict[str, tzinfo] = {
    "Z": UTC,
    "GMT": UTC,
    "UTC": UTC,
    "CST": BEIJING,
    "HKT": BEIJING,
    "BJT": BEIJING,
    "北京时间": BEIJING,
}
"""Time zones by name. CST is China Standard Time here, not the Central Time that RFC 2822 means."""

EPOCH = re.compile(r"(\d{9,10})(?:\.\d+)?|(\d{13})")
CST = re.compile(r"\bCST$")
DATE = re.compile(
    r"(?P<year>\d{4})(?:[-/.]|\s*年\s*)(?P<month>\d{1,2})(?:[-/.]|\s*月\s*)(?P<day>\d{1,2})\s*日?"
    r"(?:\s*[（(]?(?:星期|周)[一二三四五六日天][)）]?)?"
    r"(?:(?:T|\s*)(?P<half>上午|下午|晚上|早上|中午|凌晨)?\s*(?P<hour>\d{1,2})\s*[:：时点]\s*"
    r"(?:(?P<minute>\d{1,2})\s*分?\s*(?:[:：]?\s*(?P<second>\d{1,2})(?:[.,]\d+)?\s*秒?)?)?)?"
    r"\s*[（(]?(?P<zone>Z|GMT|UTC|CST|HKT|BJT|北京时间)?[)）]?(?P<offset>[+-]\d{2}:?\d{2})?"
)


def field_of(fields: Mapping[str, Any], *names: str) -> Any:
    """Return the first of the named fields that holds anything, or None."""
    for name in names:
        if value := fields.get(name):
            return value
    return None


def parse_title(value: Any) -> str:
    """Return a title as one line, without the quotes that wrap it, however many."""
    title = normalise_space(value) if isinstance(value, str) else ""
    for _ in range(MAX_QUOTES):
        wrapped = WRAPPED.match(title)
        if wrapped is None or wrapped[1] in wrapped["inner"].strip(wrapped[1]):
            break
        title = wrapped["inner"].strip()
    return "" if title.strip("\"'") == "" else title


def parse_string(value: Any) -> str:
    """Return a value on one line: a string, the name in a mapping, or such ones in a list."""
    items = value[:MAX_ITEMS] if isinstance(value, list) else [value]
    return "、".join(name for item in items if (name := _name(item)))


def _name(value: Any) -> str:
    if isinstance(value, dict):
        value = field_of(value, "name", "title", "url", "src")
    return normalise_space(value) if isinstance(value, str) else ""


def parse_link(value: Any) -> str:
    """Return a link: a string, or the first of a list."""
    return parse_string(value[0] if isinstance(value, list) and value else value)


def parse_labels(value: Any) -> tuple[str, ...]:
    """Return categories or tags as a flat tuple, in order, each once.

    They are a list, lists in a list (Hexo), a mapping of a level of the path to what lies below it, or a
    string with commas.

    Raises:
        InputError: over 10,000 of them.
    """
    if not value:
        return ()
    if isinstance(value, str):
        value = COMMA.split(value)
    found: list[str] = []
    stack = [iter(_items(value))]
    seen_nodes = 0
    while stack:
        for item in stack[-1]:
            seen_nodes += 1
            if seen_nodes > MAX_ITEMS:
                raise InputError("the front matter lists over 10,000 categories", code="front-matter")
            if isinstance(item, list | dict):
                stack.append(iter(_items(item)))
                break
            if isinstance(item, str) and item.strip():
                found.append(item.strip())
        else:
            stack.pop()
    return tuple(dict.fromkeys(found))


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [item for pair in value.items() for item in pair]
    return value if isinstance(value, list) else []


def parse_date(value: Any) -> datetime | None:
    """Return a date, with a time zone where one is named; None where there is none.

    Read are ISO 8601, RFC 2822, ``2024-08-28 10:00:00 +0800``, ``2024/8/28``, ``2024年8月28日 10时30分`` and
    seconds or milliseconds since 1970, which are in UTC.
    """
    written = value.strip() if isinstance(value, str) else ""
    if not written or len(written) > 100:
        return None
    try:
        if written[0].isalpha():  # `Tue, 06 Jul 2021 …`, the most usual one
            return parsedate_to_datetime(CST.sub("+0800", written) if written.endswith("CST") else written)
        if epoch := EPOCH.fullmatch(written):
            seconds = float(epoch[1] or int(epoch[2]) / 1000)
            return datetime.fromtimestamp(seconds, UTC)
        try:
            return datetime.fromisoformat(written)
        except ValueError:
            pass
        if parts := DATE.fullmatch(written):
            return _from_parts(parts)
        return parsedate_to_datetime(CST.sub("+0800", written))
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None


def _from_parts(parts: re.Match[str]) -> datetime:
    hour = int(parts["hour"] or 0)
    if (
        parts["half"] in ("下午", "晚上", "中午")
        and hour < 12
        and not (parts["half"] == "中午" and hour == 11)
    ):
        hour += 12
    zone = ZONES.get(parts["zone"] or "")
    if parts["offset"]:
        zone = datetime.strptime(parts["offset"], "%z").tzinfo
    year, month, day = int(parts["year"]), int(parts["month"]), int(parts["day"])
    minute, second = int(parts["minute"] or 0), int(parts["second"] or 0)
    return datetime(year, month, day, hour, minute, second, tzinfo=zone)
