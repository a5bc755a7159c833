"""The text of a post -> ``Post``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from newsml.boilerplate import boilerplate_spans
from newsml.domain import Post, Problem, Span, StockMention
from newsml.errors import InputError
from newsml.posts.front_matter import (
    Fields,
    duplicate_field,
    line_of,
    parse_front_matter,
    split_front_matter,
)
from newsml.posts.html import Markup, markup_to_text, mend_markup
from newsml.posts.markdown import is_html, markdown_to_html, without_site_tags
from newsml.posts.metadata import (
    field_of,
    parse_date,
    parse_labels,
    parse_link,
    parse_string,
    parse_title,
)
from newsml.posts.page import is_page, read_page
from newsml.posts.stocks import find_stocks
from newsml.space import has_words
from newsml.text import normalise_space

HEADLINE = re.compile(r"\s*【([^【】\n]{1,200})】")
HEADING = re.compile(r"\s*# +\S")

NO_MARKUP = Markup("", [])

# Fields by their names in the wild, in lower case; the first that holds something counts.
LABELS = ("categories", "category")
TAGS = ("tags", "tag", "keywords")
AUTHOR = ("author", "authors")
DATE = ("date", "pubdate", "published", "publishdate", "created")
SOURCE = ("source", "publisher", "media")
URL = ("url", "link", "source_url", "originalurl")
THUMBNAIL = ("thumbnail", "headimg", "cover", "image", "images")


@dataclass(slots=True)
class Draft:
    """A post while it is parsed: what one step finds for the next ones.

    Attributes:
        id: the id that the post will have.
        source: the whole text of the file; of a draft with `fields` the body.
        html: the body is HTML; without, it is where it begins with a tag and has one of a block. A whole
            page without front matter tells its metadata itself.
        encoding: that the file was read in.
        problems: what is odd about the post.
        outcome: the post, or what is wrong with it; None while it is parsed.
        block: the front matter.
        line: of the file on which that begins.
        kind: what it is written in.
        fields: it holds, their names in lower case; or those that a feed gives, without a front matter.
        body: as written, then as HTML.
        heading: the body begins with a heading of Markdown.
        markup: the body, mended.
        text: the body as a reader sees it.
        links: the stock codes of its links.
        title: of the front matter, or else the headline of the text.
        stocks: the codes of links and text.
        boilerplate: spans of the text.
    """

    id: str
    source: str = ""
    html: bool = False
    encoding: str = "utf-8"
    problems: list[Problem] = field(default_factory=list)
    outcome: Post | InputError | None = None
    block: str | None = None
    line: int = 1
    kind: str = "yaml"
    fields: Fields = field(default_factory=dict)
    body: str = ""
    heading: bool = False
    markup: Markup = NO_MARKUP
    text: str = ""
    links: tuple[StockMention, ...] = ()
    title: str = ""
    stocks: tuple[StockMention, ...] = ()
    boilerplate: tuple[Span, ...] = ()

    def fail(self, error: InputError) -> None:
        """Make what is wrong the outcome, but without the frames it was raised in, which hold the draft."""
        self.outcome = InputError(str(error), code=error.code, line=error.line)


def parse_post(source: str, post_id: str, *, html: bool = False) -> Post:
    """Parse a post: front matter, where there is some, and a body in HTML or Markdown.

    Args:
        source: the whole text of the file.
        post_id: the id that the post will have.
        html: as of a `Draft`.

    Raises:
        InputError: broken front matter, or neither title nor body.
    """
    (outcome,) = parse_drafts([Draft(post_id, source, html)])
    if isinstance(outcome, InputError):
        raise outcome
    return outcome


def parse_drafts(drafts: Sequence[Draft]) -> list[Post | InputError]:
    """Parse posts, each step for all of them before the next; an error stands in the place of its post.

    A step that is done many times in a row finds its code and tables in the processor's caches: 256 posts
    take two thirds of the time that they take one by one.
    """
    body = (_part, _read_fields, _find_body, _mend_body, _lay_out)
    for step in (*body, _find_stocks, _find_boilerplate, _describe):
        for draft in drafts:
            if draft.outcome is None:
                try:
                    step(draft)
                except InputError as error:
                    draft.fail(error)
    return [draft.outcome for draft in drafts if draft.outcome is not None]


def _part(draft: Draft) -> None:
    if draft.fields:
        draft.body = draft.source
    else:
        draft.block, draft.body, draft.line, draft.kind = split_front_matter(draft.source)
    draft.source = ""  # which may be large


def _read_fields(draft: Draft) -> None:
    if draft.block is not None:
        fields = parse_front_matter(draft.block, draft.line, draft.kind, draft.problems.append)
        draft.fields = {key.lower(): value for key, value in fields.items()}
        if len(draft.fields) < len(fields):  # `Categories` beside `categories`
            times = Counter(map(str.lower, fields))
            twice = [name for name, count in times.items() if count > 1]
            draft.problems += [
                duplicate_field(name, line_of(name, draft.block, draft.line)) for name in twice
            ]


def _find_body(draft: Draft) -> None:
    body = without_site_tags(draft.body)
    if draft.html and draft.block is None and not draft.fields and is_page(body):
        body, draft.fields = read_page(body)
    elif not draft.html and not is_html(body):
        draft.heading = HEADING.match(body) is not None
        body = markdown_to_html(body)
    draft.body = body


def _mend_body(draft: Draft) -> None:
    draft.markup = mend_markup(draft.body)
    draft.body = ""


def _lay_out(draft: Draft) -> None:
    draft.text, draft.links = markup_to_text(draft.markup)
    draft.markup = NO_MARKUP
    draft.title = _title(draft.fields, draft.text, draft.heading)
    if not draft.text and not draft.title:
        raise InputError("has neither title nor text", code="no-text")


def _find_stocks(draft: Draft) -> None:
    draft.stocks = find_stocks(draft.text or draft.title, draft.links)


def _find_boilerplate(draft: Draft) -> None:
    draft.boilerplate = boilerplate_spans(draft.text, draft.title)


def _describe(draft: Draft) -> None:
    fields = draft.fields
    link, origin = parse_link(field_of(fields, *URL)), parse_string(field_of(fields, *SOURCE))
    date = parse_date(field_of(fields, *DATE))
    draft.problems += _problems(draft, dated=date is not None)
    draft.outcome = Post(
        id=draft.id,
        title=draft.title,
        text=draft.text or draft.title,
        labels=parse_labels(field_of(fields, *LABELS)),
        author=parse_string(field_of(fields, *AUTHOR)),
        date=date,
        url=link or (origin if origin.startswith("http") else ""),
        tags=parse_labels(field_of(fields, *TAGS)),
        source="" if origin.startswith("http") else origin,
        thumbnail=parse_link(field_of(fields, *THUMBNAIL)),
        stocks=draft.stocks,
        boilerplate=draft.boilerplate,
        problems=tuple(draft.problems),
    )


def _title(fields: Fields, text: str, heading: bool) -> str:
    """Return the title of the front matter, else the headline with which the body begins."""
    first = text.partition("\n")[0] if heading else ""
    return parse_title(fields.get("title")) or headline_of(text) or first


def _problems(draft: Draft, *, dated: bool) -> list[Problem]:
    """Return what is odd about the fields of a post."""
    found = []
    fields, title = draft.fields, draft.title
    written = fields.get("title")
    if not title:
        found.append(Problem("title-missing", "has no title"))
    elif isinstance(written, str) and written.strip() and normalise_space(written) != title:
        line = line_of("title", draft.block or "", draft.line)
        found.append(Problem("title-mended", f"the title is wrapped in quotes: {_short(written)}", line))
    if not draft.text:
        found.append(Problem("body-missing", "has no text besides its title"))
    found += told_wordless(title, draft.text)
    value = field_of(fields, *DATE)
    if value is not None and not dated:
        name = next(name for name in DATE if fields.get(name))
        line = line_of(name, draft.block or "", draft.line)
        found.append(Problem("date-invalid", f"is no date: {_short(str(value))}", line))
    return found


def told_wordless(title: str, text: str) -> tuple[Problem, ...]:
    """Return the problem of a post without a word, if it is one."""
    if has_words(title) or has_words(text):
        return ()
    return (Problem("no-words", "has no words: its labels are a guess"),)


def _short(text: str) -> str:
    text = normalise_space(text)
    return text if len(text) <= 60 else text[:59] + "…"


def parse_text(source: str, post_id: str) -> Post:
    """Parse a plain text file: one paragraph a line, no markup.

    Raises:
        InputError: no text.
    """
    lines = (normalise_space(line) for line in source.splitlines())
    text = "\n".join(line for line in lines if line)
    if not text:
        raise InputError("has no text", code="no-text")
    return Post(
        id=post_id,
        title=headline_of(text),
        text=text,
        stocks=find_stocks(text),
        boilerplate=boilerplate_spans(text),
        problems=told_wordless("", text),
    )


def headline_of(text: str) -> str:
    """Return the headline in 【】 with which a text begins, or an empty string."""
    match = HEADLINE.match(text)
    return normalise_space(match[1]) if match else ""
