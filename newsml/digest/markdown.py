"""A digest as Markdown that Hexo publishes as one more post."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator

from newsml.digest.build import Digest
from newsml.digest.config import DigestConfig
from newsml.digest.lines import Run
from newsml.digest.page import Page, Shown, link_of, source_of
from newsml.domain import Story
from newsml.text import escape_markdown, printable

MOST_SOURCES = 5
"""Sources that a story names."""


def render_markdown(digest: Digest, config: DigestConfig) -> str:
    """Return the digest as one Markdown page with front matter; the text of posts is escaped throughout."""
    page = Page(digest, config)
    words = page.words
    lines = [*_front_matter(page), "", page.counts, ""]
    if page.top:
        lines += [f"## {words.top}", ""]
        lines += [f"{place}. {emphasise(page.short_line(story))}" for place, story in enumerate(page.top, 1)]
        lines += ["", "<!-- more -->", ""]
    for shown in page.sections:
        lines += _section(page, shown)
    if not page.sections:
        lines += [words.nothing, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _front_matter(page: Page) -> Iterator[str]:
    yield "---"
    yield f"title: {_quoted(f'{page.title} {page.day}'.strip())}"
    if page.digest.newest and page.digest.newest.date() == page.digest.date:
        yield f"date: {page.digest.newest:%Y-%m-%d %H:%M:%S}"
    elif page.digest.date:
        yield f"date: {page.digest.date} 00:00:00"
    yield f"categories: [{_quoted(page.title)}]"
    yield "---"


def _quoted(text: str) -> str:
    """Return a string as YAML has it, in which JSON's are all strings."""
    return json.dumps(text, ensure_ascii=False)


def _section(page: Page, shown: Shown) -> Iterator[str]:
    words = page.words
    opening, closing = words.opening, words.closing
    name = _escape(words.section_name(shown.section.name))
    yield f"## {name}{opening}{shown.count}{closing}"
    yield ""
    for story in shown.stories:
        time = page.clock(story.post) if page.timed else ""
        tail = f"{opening}{said}{closing}" if (said := _tail(page, story)) else ""
        yield f"- {f'{time} ' if time else ''}{emphasise(page.line(story))}{tail}"
    if shown.stories:
        yield ""
    for note in (
        words.omitted(shown.omitted) if shown.omitted else "",
        words.told(shown.told) if shown.told else "",
    ):
        if note:
            yield f"*{note}*"
            yield ""


def _tail(page: Page, story: Story) -> str:
    """Return who told a story, each once and as a link where there is one, and the codes in it."""
    links: dict[str, str] = {}
    for post in story.members:
        if source := source_of(post):
            links[source] = links.get(source) or link_of(post)
    named = [f"[{_escape(name)}]({url})" if url else _escape(name) for name, url in links.items()]
    words = page.words
    parts = [words.comma.join(named[:MOST_SOURCES])]
    if story.heat > 1:
        parts.append(words.sources(story.heat, len(story.sources)))
    if story.status == "continues" and story.first_told:
        parts.append(f"{words.continues} {words.since(story.first_told)}")
    parts += [f"[{code}]({url})" for code in story.stocks if (url := page.config.stock_link(code))]
    return " · ".join(filter(None, parts))


def _escape(text: str) -> str:
    # Hexo runs what stands in double braces.
    return escape_markdown(printable(text)).replace("{", "&#123;").replace("}", "&#125;")


def emphasise(runs: list[Run], escape: Callable[[str], str] = _escape, *, hexo: bool = True) -> str:
    """Return pieces of a line as Markdown, the bold ones between tags where asterisks would not close.

    Args:
        runs: the pieces, and whether they are bold.
        escape: of a piece, without the white space at its ends.
        hexo: whether it must close in marked 4, which Hexo runs: to that a mark beyond ASCII is a letter.
    """
    told = ""
    for place, (text, bold) in enumerate(runs):
        before = runs[place - 1][0][-1:] if place else ""
        after = runs[place + 1][0][:1] if place + 1 < len(runs) else ""
        starred = _opens(text[0], before, hexo=hexo) and _opens(text[-1], after, hexo=hexo)
        opening, closing = ("**", "**") if starred else ("<strong>", "</strong>")
        shown = escape(text)
        lead, tail = (" " if shown and text[end].isspace() else "" for end in (0, -1))
        told += f"{lead}{opening}{shown}{closing}{tail}" if bold and shown else f"{lead}{shown or ' '}{tail}"
    return told


def _opens(inside: str, outside: str, *, hexo: bool) -> bool:
    """Say whether asterisks between two characters are emphasis: a mark inside needs a gap outside."""
    foreign = hexo and inside.isascii() and not outside.isascii()
    gap = not outside.strip() or (_is_mark(outside) and not foreign)
    return not inside.isspace() and (not _is_mark(inside) or gap)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"
