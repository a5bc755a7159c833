"""Fields of a front matter -> title, labels, tags, date and the rest, however they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from newsml.errors import InputError
from newsml.text import normalise_space

MAX_QUOTES = 50  # round a title
MAX_ITEMS = 10_000  # of a list: aliases multiply
WRAPPED = re.compile(r"""^(?:(["'])(?P<inner>.*)\1)$""", re.DOTALL)
COMMA = re.compile(r"[,，、;；\n]")
NULLS = ("~", "null")

BEIJING = timezone(timedelta(hours=8))
AMERICAN = {"EST": -5, "EDT": -4, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
ZONES: dict[str, tzinfo] = {
    **dict.fromkeys(("Z", "GMT", "UTC", "UT"), UTC),
    **dict.fromkeys(("CST", "HKT", "BJT", "北京时间", "北京時間"), BEIJING),
    **{name: timezone(timedelta(hours=hours)) for name, hours in AMERICAN.items()},
}
"""Time zones by name. CST is China Standard Time here, not the Central Time that RFC 2822 means."""

EPOCH = re.compile(r"(?:\d{9,10}|\d{13})(?:\.\d+)?")
MILLISECONDS = 1e11  # from which on a number since 1970 counts them
MONTHS = {name: i for i, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
# As most posts have it.
RFC = re.compile(
    rf"[A-Z][a-z]{{2}}, (\d\d?) ({'|'.join(MONTHS)}) ([12]\d{{3}}) ([01]\d|2[0-3]):(\d\d):(\d\d) GMT",
    re.ASCII,
)
WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}\.?,?\s*)?"
MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
BEHIND = r"(?:,?\s+(?:at\s+)?(?P<behind>.*))?"
# `Mar 10, 2025`, also with the time before the year, as of Java; `10 March 2025`.
ENGLISH = (
    re.compile(
        rf"{WEEKDAY}{MONTH}\s+{DAY},?\s+(?:(?P<time>\d\d?:.*?)\s+)?(?P<year>\d{{4}}){BEHIND}", re.IGNORECASE
    ),
    re.compile(rf"{WEEKDAY}{DAY}[\s-]+{MONTH},?[\s-]+(?P<year>\d{{4}}|[0-6]\d){BEHIND}", re.IGNORECASE),
)
MORNING = ("上午", "早", "早上", "清晨", "凌晨", "AM")
NIGHT = ("晚", "晚上")
NOON = "中午"
AM_PM = r"[AP]\.?M\b\.?"
DATE = re.compile(
    r"(?P<year>\d{4})(?:[-/.]|\s*年\s*)(?P<month>\d{1,2})(?:[-/.]|\s*月\s*)(?P<day>\d{1,2}+)\s*[日号號]?"
    r"(?:\s*[（(]?(?:星期|[周週])[一二三四五六日天][)）]?)?"
    rf"(?:(?:T|\s*)(?P<half>上午|下午|傍晚|晚上?|早上?|清晨|中午|凌晨|{AM_PM})?"
    rf"\s*(?P<hour>\d{{1,2}})\s*(?:[:：时時点點]|(?={AM_PM}))\s*"
    r"(?:(?P<minute>\d{1,2})\s*分?\s*(?:[:：]?\s*(?P<second>\d{1,2})(?:[.,]\d+)?\s*秒?)?)?"
    rf"\s*(?P<am_pm>{AM_PM})?)?"
    rf"\s*[（(]?(?P<zone>{'|'.join(ZONES)})?[)）]?"
    r"(?:(?P<offset>[+-]\d{2}:?\d{2}|(?<=[TC])[+-]\d{1,2})(?:\s*\([^()]*\))?)?",
    re.IGNORECASE,
)


def field_of(fields: Mapping[str, Any], *names: str) -> Any:
    """Return the first of the named fields that holds anything, or None; ``null`` and ``~`` are nothing."""
    for name in names:
        if (value := fields.get(name)) and value not in NULLS:
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
    if not isinstance(value, list):
        return _name(value)
    return "、".join(filter(None, map(_name, value[:MAX_ITEMS])))


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

    Read are ISO 8601, RFC 2822, what ``Date`` makes a string in Java and JavaScript, ``March 10, 2025``,
    ``2024/8/28``, ``2024-08-28 10:00:00 +0800``, ``2024年8月28日 10时30分``, a time of any of these with AM
    or PM, and seconds or milliseconds since 1970, in UTC.
    """
    written = normalise_space(value) if isinstance(value, str) else ""
    if not written or len(written) > 100:
        return None
    try:
        if usual := RFC.fullmatch(written):
            day, month, *rest = usual.groups()
            year, hour, minute, second = map(int, rest)
            return datetime(year, MONTHS[month], int(day), hour, minute, second, tzinfo=UTC)
        if EPOCH.fullmatch(written):
            number = float(written)
            return datetime.fromtimestamp(number / 1000 if number > MILLISECONDS else number, UTC)
        if written[10:11] not in ("+", "-"):  # the zone of a day, which the standard library takes for a time
            with suppress(ValueError):
                return datetime.fromisoformat(written)
        parts = DATE.fullmatch(_in_digits(written))
        return _from_parts(parts) if parts else None
    except (ValueError, OverflowError, OSError):
        return None


def _in_digits(written: str) -> str:
    """Write a date with an English month as ``2025-3-10``; another stays as it is."""
    for pattern in ENGLISH:
        if found := pattern.fullmatch(written):
            parts = found.groupdict("")
            year, month = f"20{parts['year']}"[-4:], MONTHS[parts["month"][:3].title()]
            return f"{year}-{month}-{parts['day']} {parts.get('time', '')} {parts['behind']}".strip()
    return written


def _from_parts(parts: re.Match[str]) -> datetime:
    hour = int(parts["hour"] or 0)
    if half := parts["half"] or parts["am_pm"]:
        hour = _hour_of_day(half.replace(".", "").upper(), hour)
    if hour > 24:
        raise ValueError(hour)
    zone = ZONES.get((parts["zone"] or "").upper())
    if offset := parts["offset"]:
        shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]) if len(offset) > 3 else 0)
        zone = timezone(-shift if offset[0] == "-" else shift)
    year, month, day = int(parts["year"]), int(parts["month"]), int(parts["day"])
    minute, second = int(parts["minute"] or 0), int(parts["second"] or 0)
    date = datetime(year, month, day, hour % 24, minute, second, tzinfo=zone)
    return date + timedelta(days=hour // 24)


def _hour_of_day(half: str, hour: int) -> int:
    """Return an hour of half a day as one of the whole, 0 to 24, which is the end of it."""
    if hour == 12:
        return 0 if half in MORNING else 24 if half in NIGHT else 12
    return hour if half in MORNING or hour > 12 or (half == NOON and hour == 11) else hour + 12
