"""What holds of any front matter, any markup and any record."""

from __future__ import annotations

import html
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsml.domain import Post, StockMention
from newsml.errors import InputError
from newsml.posts import parse_post, read_posts
from newsml.posts.encoding import decode
from newsml.posts.front_matter import parse_front_matter
from newsml.posts.html import markup_to_text, mend_markup
from newsml.posts.metadata import parse_date, parse_title
from newsml.posts.parse import Draft, parse_drafts

YAML = ["---", "...", "- ", "? ", ": ", ":", "&a ", "*a", "!!int ", "<<: ", "|", ">-", "[", "]", "{", "}"]
YAML += ["'", '"', "#", "@", "`", "%", ",", "\n", "\n  ", "\t", "\r\n", "title", "categories", "date", "晨光"]
MARKUP = ["<p>", "</p>", "<br>", "<div>", "</div>", "<b>", "<ul><li>", "<table>", "<tr>", "<td>", "</table>"]
MARKUP += ["<a code='600990'>", "</a>", "<span hidden>", "</span>", "<!--", "-->", "<script>", "</script>"]
MARKUP += ["|STCNTTTP|", "&amp;", "&lt;", "&nbsp;", "&#x", "<", ">", "晨光", "ABC", "涨", " ", "\n", "\u3000"]


def mixed(pieces: list[str]) -> st.SearchStrategy[str]:
    return st.one_of(st.lists(st.sampled_from(pieces), max_size=30).map("".join), st.text(max_size=60))


@settings(deadline=None)
@given(block=mixed(YAML), title=mixed(YAML), body=st.one_of(mixed(MARKUP), mixed(YAML)))
def test_any_post_is_read_or_refused(block: str, title: str, body: str) -> None:
    try:
        post = parse_post(f"---\ntitle: {title}\n{block}\n---\n{body}", "a.md")
    except InputError as error:
        assert str(error)
        return
    assert post.text or post.title
    assert len(post.title.splitlines()) <= 1
    assert all(label == label.strip() != "" for label in post.labels)


@settings(deadline=None)
@given(data=st.binary(max_size=80))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        decoded = decode(data)
    except InputError as error:
        assert error.code in ("binary", "encoding")
        return
    if {problem.code for problem in decoded.problems} <= {
        "encoding"
    }:  # otherwise something was lost, and said
        assert data.endswith(decoded.text.encode(decoded.encoding))


PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30)


@settings(deadline=None)
@given(title=PRINTABLE)
def test_a_quoted_title_comes_back(title: str) -> None:
    fields = parse_front_matter("title: '" + title.replace("'", "''") + "'")
    assert fields["title"] == title
    assert parse_title(title) in title


def html_to_text(source: str) -> tuple[str, tuple[StockMention, ...]]:
    return markup_to_text(mend_markup(source))


@settings(deadline=None)
@given(bodies=st.lists(st.one_of(mixed(MARKUP), mixed(YAML)), max_size=5))
def test_posts_together_are_read_as_each_by_itself(bodies: list[str]) -> None:
    together = parse_drafts([Draft(str(i), body) for i, body in enumerate(bodies)])
    for i, (body, outcome) in enumerate(zip(bodies, together, strict=True)):
        try:
            assert parse_post(body, str(i)) == outcome
        except InputError as error:
            assert isinstance(outcome, InputError)
            assert (str(error), error.code, error.line) == (str(outcome), outcome.code, outcome.line)


@settings(deadline=None)
@given(source=mixed(MARKUP))
def test_any_markup_is_text(source: str) -> None:
    text, stocks = html_to_text(source)
    assert all(paragraph == paragraph.strip() != "" for paragraph in text.split("\n") if text)
    for mention in stocks:
        assert 0 <= mention.start < mention.end <= len(text)
        words = text[mention.start : mention.end]
        assert words == words.strip()


PARAGRAPH = PRINTABLE.filter(lambda words: "|STCNTTTP|" not in words)


@settings(deadline=None)
@given(paragraphs=st.lists(PARAGRAPH, max_size=6))
def test_escaped_paragraphs_come_back(paragraphs: list[str]) -> None:
    source = "".join(f"<p>\n {html.escape(words)} </p>" for words in paragraphs)
    assert html_to_text(source)[0] == "\n".join(paragraphs)


@settings(deadline=None)
@given(before=PARAGRAPH, name=PARAGRAPH, gap=st.sampled_from(["", " ", "\n", "&nbsp;", "<br>", "</p><p>"]))
def test_a_mention_is_the_text_of_its_link(before: str, name: str, gap: str) -> None:
    inner = gap if gap.isspace() else ""
    link = f'<a code="600990">{inner}{html.escape(name)}{inner}</a>'
    text, (mention,) = html_to_text(f"<p>{html.escape(before)}{gap}{link}{gap}{html.escape(before)}</p>")
    assert text[mention.start : mention.end] == name


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records") / "a.jsonl"


LABEL = st.text(max_size=5).map(str.strip).filter(bool)


@st.composite
def records(draw: st.DrawFn) -> dict[str, object]:
    text = draw(st.text(max_size=40).filter(str.strip))
    offsets = st.integers(0, len(text))
    spans = st.tuples(offsets, offsets).map(sorted).filter(lambda span: span[0] < span[1])
    return {
        "id": draw(st.text(max_size=8)),
        "text": text,
        "labels": draw(st.lists(LABEL, max_size=3, unique=True)),
        "summary": draw(st.none() | st.text(max_size=10).filter(str.strip)),
        "highlights": draw(st.lists(spans, max_size=3).map(sorted)),
    }


@settings(deadline=None)
@given(given_records=st.lists(records(), min_size=1, max_size=4), ascii_only=st.booleans())
def test_records_come_back(path: Path, given_records: list[dict[str, object]], ascii_only: bool) -> None:
    lines = [json.dumps(r, ensure_ascii=ascii_only) + "\n" for r in given_records]
    path.write_bytes("".join(lines).encode())
    posts = [post for post in read_posts(path) if isinstance(post, Post)]
    found = [
        {
            "id": post.id,
            "text": post.text,
            "labels": list(post.labels),
            "summary": post.summary,
            "highlights": [list(span) for span in post.highlights],
        }
        for post in posts
    ]
    assert found == given_records


DAYS = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
]
DAYS += ["%a, %d %b %Y", "%A, %B %d, %Y", "%b %d %Y"]
TIMES = ["%H:%M", "%H:%M:%S", "%H时%M分%S秒", "%I:%M %p", "%I:%M:%S%p"]
ZONES = {"": None, " GMT": 0, " CST": 8, " +0800": 8, " -05:00": -5, " EST": -5}


@given(
    date=st.datetimes(datetime(1000, 1, 1)).map(lambda date: date.replace(microsecond=0)),
    day=st.sampled_from(DAYS),
    time=st.sampled_from(TIMES),
    zone=st.sampled_from(list(ZONES)),
)
def test_any_form_of_a_day_goes_with_any_form_of_a_time(
    date: datetime, day: str, time: str, zone: str
) -> None:
    midnight = date.replace(hour=0, minute=0, second=0)
    assert parse_date(date.strftime(day)) == midnight
    parsed = parse_date(date.strftime(f"{day} {time}") + zone)
    assert parsed is not None
    assert parsed.replace(second=0, tzinfo=None) == date.replace(second=0)
    offset = parsed.utcoffset()
    assert (offset.total_seconds() / 3600 if offset is not None else None) == ZONES[zone]


@given(st.text("0123456789 :-/,.年月日时分MarAPM()+TZ", max_size=110))
def test_any_text_is_a_date_or_none(written: str) -> None:
    assert isinstance(parse_date(written), datetime | None)
