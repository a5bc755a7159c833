"""Records: a ``Post`` as a JSON object or a row of Parquet, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, TypeVar, get_args

from newsml.boilerplate import boilerplate_spans
from newsml.domain import Post, Problem, Span, StockKind, StockMention
from newsml.errors import InputError
from newsml.posts.metadata import parse_date, parse_labels, parse_link, parse_string
from newsml.posts.parse import AUTHOR, DATE, LABELS, SOURCE, TAGS, THUMBNAIL, URL, headline_of, told_wordless
from newsml.posts.stocks import find_stocks
from newsml.text import normalise_space, printable

T = TypeVar("T")

STRINGS = ("title", "text", "author", "url", "source", "thumbnail", "summary")
COLUMNS = (
    *("id", "title", "text", "labels", "author", "date", "url", "source", "tags", "thumbnail"),
    *("stocks", "boilerplate", "summary", "highlights", "problems"),
)
KNOWN = frozenset(COLUMNS)

# Fields by their other names, in lower case; the first that holds something of the field's kind counts.
OTHER_NAMES = {
    "title": ("title",),
    "text": ("text", "content", "body"),
    "labels": ("labels", "label", *LABELS),
    "tags": TAGS,
    "author": AUTHOR,
    "date": DATE,
    "source": SOURCE,
    "url": URL,
    "thumbnail": THUMBNAIL,
}

MOST_NAMED = 10
"""Fields that an error names."""


class _Float(float):
    """A number of JSON that knows how it was written: as an id, `1.10` is not `1.1`."""

    def __new__(cls, written: str) -> _Float:
        number = super().__new__(cls, written)
        number.written = written
        return number

    written: str


_DECODER = json.JSONDecoder(parse_float=_Float, parse_constant=lambda _: None)  # NaN is nothing


def to_record(post: Post) -> dict[str, Any]:
    """Return a post as plain data, one key for each of `COLUMNS`; `read_record` is the way back."""
    return {
        "id": post.id,
        "title": post.title,
        "text": post.text,
        "labels": list(post.labels),
        "author": post.author,
        "date": post.date.isoformat() if post.date else None,
        "url": post.url,
        "source": post.source,
        "tags": list(post.tags),
        "thumbnail": post.thumbnail,
        "stocks": [{"code": s.code, "kind": s.kind, "start": s.start, "end": s.end} for s in post.stocks],
        "boilerplate": [list(span) for span in post.boilerplate],
        "summary": post.summary,
        "highlights": [list(span) for span in post.highlights],
        "problems": [{"code": p.code, "message": p.message, "line": p.line} for p in post.problems],
    }


def parse_record(line: str, default_id: str) -> Post:
    """Parse one line of JSONL; see `load_record` and `read_record`."""
    return read_record(load_record(line), default_id)


def load_record(line: str) -> dict[str, Any]:
    """Return what one line of JSONL holds.

    Raises:
        InputError: no JSON object.
    """
    record = load_json(line)
    if not isinstance(record, dict):
        raise InputError("is no JSON object", code="json")
    return record


def load_json(source: str) -> Any:
    """Return what JSON holds; a number with a point knows how it was written.

    Raises:
        InputError: broken JSON.
    """
    try:
        return _DECODER.decode(source)
    except (ValueError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        reason = getattr(error, "msg", "nested too deep" if deep else "a number of too many digits")
        raise InputError(f"broken JSON: {reason}", code="json") from error


def read_record(record: dict[str, Any], default_id: str) -> Post:
    """Return the post of a record, of which only ``text`` or ``title`` has to be there.

    The text and its offsets stay as given. A field that is not there is read from one of `OTHER_NAMES`; keys
    that are none of these are passed over, and so are spans without a character and a blank summary, which
    tell nothing.

    Args:
        record: as JSON or Parquet hold it; ``null`` is the same as a missing key.
        default_id: of a record without an id.

    Raises:
        InputError: a field of the wrong type, or neither title nor text.
    """
    if not record.keys() <= KNOWN:
        record = _with_usual_names(record)
    for key in STRINGS:
        _check_string(key, record.get(key))
    text, title = record.get("text") or "", normalise_space(record.get("title") or "")
    if not text.strip() and not title:
        raise InputError(f"has neither title nor text{told_fields(record)}", code="no-text")
    problems = _list(record, "problems", '{"code", "message", "line"}', _problem)
    if record.get("problems") is None:
        missing = () if text.strip() else (Problem("body-missing", "has no text besides its title"),)
        problems = (*missing, *told_wordless(title, text))
    text, title = text if text.strip() else title, title or headline_of(text)
    given_id = id_of(record)
    if given_id is None and record.get("id") is not None:
        raise InputError('"id" is neither a string nor a number', code="record")
    length, summary = len(text), record.get("summary") or ""
    published = _date(record.get("date"))
    if published is None and record.get("date"):
        problems += (Problem("date-invalid", f'"date" is no date: {record["date"]}'),)
    return Post(
        id=default_id if given_id is None else given_id,
        title=title,
        text=text,
        labels=_strings(record, "labels"),
        author=record.get("author") or "",
        date=published,
        url=record.get("url") or "",
        tags=_strings(record, "tags"),
        source=record.get("source") or "",
        thumbnail=record.get("thumbnail") or "",
        stocks=find_stocks(text) if record.get("stocks") is None else _stocks(record, length),
        boilerplate=(
            boilerplate_spans(text, title)
            if record.get("boilerplate") is None
            else _spans(record, "boilerplate", length)
        ),
        problems=problems,
        summary=summary if summary.strip() else None,
        highlights=_spans(record, "highlights", length),
    )


def _with_usual_names(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with what it holds under other names of its fields, whatever the case of their letters.

    A field that holds something under its own name stays; what is not of its kind is passed over.
    """
    given = {key.lower(): value for key, value in record.items()}
    found = dict(record)
    for field, names in OTHER_NAMES.items():
        held = record.get(field)
        if held is not None and not (isinstance(held, str) and not held.strip()):
            continue
        values = (READERS[field](given.get(name)) for name in names)
        if (value := next(filter(None, values), None)) is not None:
            found[field] = value
    return found


def _as_string(value: Any) -> str:
    return value if isinstance(value, str) and value.strip() else ""


def _as_labels(value: Any) -> list[str]:
    return list(parse_labels(_of_strings(value)))


def _as_date(value: Any) -> Any:
    return None if isinstance(value, bool | list | dict) else value


def _of_strings(value: Any) -> Any:
    """Return a string or a list of strings, None for anything else."""
    listed = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return value if listed or isinstance(value, str) else None


READERS: dict[str, Callable[[Any], Any]] = {
    "title": _as_string,
    "text": _as_string,
    "source": _as_string,
    "labels": _as_labels,
    "tags": _as_labels,
    "author": lambda value: parse_string(_of_strings(value)),
    "date": _as_date,
    "url": lambda value: parse_link(_of_strings(value)),
    "thumbnail": lambda value: parse_link(_of_strings(value)),
}
"""How a field is read where it goes by another name: as in a front matter, text as it is."""


def told_fields(names: Iterable[str]) -> str:
    """Return the names of fields or columns in brackets, not too many; nothing where all are known."""
    shown = [printable(name)[:40] for name in names]
    if KNOWN.issuperset(shown):
        return ""
    more = ", …" if len(shown) > MOST_NAMED else ""
    return f" (there are {', '.join(shown[:MOST_NAMED])}{more})"


def id_of(record: Mapping[str, Any]) -> str | None:
    """Return the id of a record, a string, a number or, in Parquet, a date; None where it has none such."""
    given = record.get("id")
    if isinstance(given, _Float):
        return given.written
    return None if given is None or isinstance(given, bool | bytes | list | dict) else str(given)


def _check_string(key: str, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise InputError(f'"{key}" is no string', code="record")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InputError(f'"{key}" holds half of a surrogate pair', code="record") from None


def _date(value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):  # Parquet has a type for it
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError('"date" is no string', code="record")
    return parse_date(str(value))


def _list(record: dict[str, Any], key: str, what: str, read: Callable[[Any], T | None]) -> tuple[T, ...]:
    """Return the items of a list as ``read`` understands them; None from it is an item of the wrong kind."""
    value = record.get(key)
    if value is None:
        return ()
    items = [read(item) for item in value] if isinstance(value, list) else [None]
    if None in items:
        raise InputError(f'"{key}" is no list of {what}', code="record")
    return tuple(item for item in items if item is not None)


def _strings(record: dict[str, Any], key: str) -> tuple[str, ...]:
    """Return labels or tags in order, each once."""
    given = record.get(key)
    found = (
        (given,)
        if isinstance(given, str)
        else _list(record, key, "strings", lambda item: item if isinstance(item, str) else None)
    )
    return tuple(dict.fromkeys(name for item in found if (name := item.strip())))


def _spans(record: dict[str, Any], key: str, length: int) -> tuple[Span, ...]:
    spans = _list(record, key, "[start, end]", _span)
    _check_within(key, spans, length)
    return tuple(sorted((start, end) for start, end in spans if start < end))


def _stocks(record: dict[str, Any], length: int) -> tuple[StockMention, ...]:
    mentions = _list(record, "stocks", '{"code", "kind", "start", "end"}', _mention)
    _check_within("stocks", ((mention.start, mention.end) for mention in mentions), length)
    return mentions


def _check_within(key: str, spans: Iterable[Span], length: int) -> None:
    if any(not 0 <= start <= end <= length for start, end in spans):
        raise InputError(f'"{key}" reaches beyond the text', code="record")


def _span(value: Any) -> Span | None:
    if not isinstance(value, list) or len(value) != 2 or not all(type(offset) is int for offset in value):
        return None
    return value[0], value[1]


def _mention(value: Any) -> StockMention | None:
    if not isinstance(value, dict) or not isinstance(value.get("code"), str):
        return None
    span, kind = _span([value.get("start"), value.get("end")]), value.get("kind", "stock")
    return StockMention(value["code"], *span, kind) if span and kind in get_args(StockKind) else None


def _problem(value: Any) -> Problem | None:
    if not isinstance(value, dict) or type(value.get("line", 0)) is not int:
        return None
    code, message = value.get("code"), value.get("message")
    if not isinstance(code, str) or not isinstance(message, str):
        return None
    return Problem(code, message, value.get("line", 0))
