"""A digest as one HTML file that loads nothing and runs nothing but its own filter."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from pathlib import Path

from newsml.digest.build import Digest
from newsml.digest.chart import render_chart
from newsml.digest.config import DigestConfig
from newsml.digest.lines import Run
from newsml.digest.page import Page, Shown, language_of, link_of, source_of, title_of
from newsml.domain import Post, Story
from newsml.text import printable

MOST_MEMBERS = 50
"""Posts of a story that a page lists."""

NAMED_SOURCES = 3
"""Sources that a story names before it is unfolded."""


def render_html(digest: Digest, config: DigestConfig) -> str:
    """Return the digest as one page; the text of posts is escaped throughout."""
    page = Page(digest, config)
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
    heading = f"{page.title} {page.day}".strip()
    parts = (
        "<!doctype html>",
        f'<html lang="{page.words.lang}">',
        '<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="color-scheme" content="light dark">',
        '<link rel="icon" href="data:,">',
        f"<title>{escape(heading)}</title>",
        f"<style>{style}</style>\n</head>\n<body>",
        f'<a class="skip" href="#stories">{page.words.skip}</a>',
        *_masthead(page),
        '<div class="sheet">\n<div class="aside">',
        *_contents(page),
        *_filter(page),
        "</div>",
        '<main id="stories" tabindex="-1">',
        *_top(page),
        *render_chart(page),
        *(line for place, shown in enumerate(page.sections, 1) for line in _section(page, shown, place)),
        *([] if page.sections else [f'<p class="note">{page.words.nothing}</p>']),
        "</main>\n</div>",
        f"<footer><p>{page.words.made}</p></footer>",
        f"<script>{script}</script>\n</body>\n</html>",
    )
    return "\n".join(parts) + "\n"


@cache
def _asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _masthead(page: Page) -> Iterator[str]:
    yield "<header>"
    yield f"<h1>{escape(page.title)}</h1>"
    day = f'<time datetime="{page.digest.date}">{page.day}</time> ' if page.digest.date else ""
    yield f'<p class="dateline">{day}<span>{page.counts}</span></p>'
    yield "</header>"


def _contents(page: Page) -> Iterator[str]:
    words = page.words
    if not page.sections:
        return
    yield f'<nav aria-label="{words.contents}"><h2>{words.contents}</h2>\n<ol>'
    if page.top:
        yield f'<li><a href="#top">{words.top}</a></li>'
    for place, shown in enumerate(page.sections, 1):
        name = escape(words.section_name(shown.section.name))
        yield f'<li><a href="#section-{place}">{name} <span>{shown.count}</span></a></li>'
    yield "</ol></nav>"


def _filter(page: Page) -> Iterator[str]:
    """Yield the form, which the script shows; without scripts there is nothing to filter with."""
    words = page.words
    if not page.stories:
        return
    names: dict[str, str] = {}
    for story in page.stories:
        for post in story.members:
            for stock in post.stocks:
                name = post.text[stock.start : stock.end]
                if stock.code not in names or (not names[stock.code] and name[:1].isalpha()):
                    names[stock.code] = "" if any(c.isdigit() for c in name) else name
        names.update({code: name for name, code in page.config.stock_names.items() if code in story.named})
    yield f'<form id="filter" role="search" aria-label="{words.filter}" hidden>'
    yield f'<label>{words.text}<input type="search" id="text" autocomplete="off"></label>'
    yield f'<label>{words.section}<select id="section"><option value="">{words.every}</option>'
    for place, shown in enumerate(page.sections, 1):
        name = escape(words.section_name(shown.section.name))
        yield f'<option value="section-{place}">{name}</option>'
    yield "</select></label>"
    yield f'<label>{words.stock}<input type="search" id="stock" list="stocks" autocomplete="off"></label>'
    options = (
        f'<option value="{escape(printable(code))}">{escape(printable(name))}</option>'
        for code, name in sorted(names.items())
    )
    yield f'<datalist id="stocks">{"".join(options)}</datalist>'
    yield f'<p id="found" role="status" data-words="{escape(words.found)}"></p></form>'


def _top(page: Page) -> Iterator[str]:
    if not page.top:
        return
    yield '<section id="top" aria-labelledby="top-name">'
    yield f'<h2 id="top-name">{page.words.top}</h2>\n<ol class="top">'
    for story in page.top:
        line = _runs(page.short_line(story))
        told = f'<a href="#{story.id}">{line}</a>' if story.id in page.listed else line
        yield f"<li{_lang(page, story.post.text)}>{told}</li>"
    yield "</ol></section>"


def _section(page: Page, shown: Shown, place: int) -> Iterator[str]:
    words = page.words
    name = escape(words.section_name(shown.section.name))
    yield f'<section id="section-{place}" class="stories" aria-labelledby="name-{place}">'
    yield f'<h2 id="name-{place}">{name} <span>{shown.count}</span></h2>'
    if shown.stories:
        yield "<ol>"
        yield from (_story(page, story) for story in shown.stories)
        yield "</ol>"
    if shown.omitted:
        yield f'<p class="note">{words.omitted(shown.omitted)}</p>'
    if shown.told:
        yield f'<p class="note">{words.told(shown.told)}</p>'
    yield "</section>"


def _story(page: Page, story: Story) -> str:
    mark = ""
    if story.status == "continues" and story.first_told:
        since = f"{page.words.continues} {page.words.since(story.first_told)}"
        mark = f'<span class="mark">{since}</span> '
    codes = escape(printable(" ".join(story.stocks)))
    stocks = " ".join(_stock(page, code) for code in story.stocks)
    return "".join(
        (
            f'<li id="{story.id}" data-stocks="{codes}">' if codes else f'<li id="{story.id}">',
            _time(page, story.post),
            f"<h3{_lang(page, story.post.text)}>{mark}{_runs(page.line(story))}</h3>",
            _sources(page, story),
            f'<p class="stocks">{stocks}</p>' if stocks else "",
            "</li>",
        )
    )


def _runs(line: Sequence[Run]) -> str:
    return "".join(f"<b>{escape(text)}</b>" if bold else escape(text, quote=False) for text, bold in line)


def _sources(page: Page, story: Story) -> str:
    words = page.words
    names = list(dict.fromkeys(filter(None, map(source_of, story.members))))
    named = words.comma.join(map(escape, names[:NAMED_SOURCES])) + ("…" if len(names) > NAMED_SOURCES else "")
    count = words.sources(story.heat, len(names)) if story.heat > 1 or not names else ""
    heat = f'<span class="heat">{count}</span>' if count else ""
    members = "".join(f"<li>{_member(page, post)}</li>" for post in story.members[:MOST_MEMBERS])
    if story.heat > MOST_MEMBERS:
        members += f"<li>{words.more_sources(story.heat - MOST_MEMBERS)}</li>"
    said = " ".join(filter(None, (named, heat)))
    return f"<details><summary>{said}</summary><ul>{members}</ul></details>"


def _member(page: Page, post: Post) -> str:
    title, url = title_of(post), link_of(post)
    told = (
        f'<a href="{escape(url)}"{_lang(page, title)}>{escape(title)}</a>'
        if url
        else (f"<span{_lang(page, title)}>{escape(title)}</span>")
    )
    return " ".join(filter(None, (told, escape(source_of(post)), page.clock(post))))


def _time(page: Page, post: Post) -> str:
    moment = page.time(post) if page.timed else None
    return f'<time datetime="{moment.isoformat()}">{page.clock(post)}</time>' if moment else ""


def _stock(page: Page, code: str) -> str:
    url, code = page.config.stock_link(code), escape(printable(code))
    return f'<a href="{escape(url)}">{code}</a>' if url else f"<span>{code}</span>"


def _lang(page: Page, text: str) -> str:
    language = language_of(text)
    return "" if language == page.words.lang else f' lang="{language}"'
