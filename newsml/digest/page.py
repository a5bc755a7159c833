"""What a page shows of a digest, whatever its format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import ne
from urllib.parse import quote, urlsplit

from newsml.digest.build import Digest, Section
from newsml.digest.config import DigestConfig
from newsml.digest.lines import Run, runs
from newsml.digest.ranking import by_weight
from newsml.digest.words import WORDS, Words
from newsml.domain import Post, Story
from newsml.simplified import simplify
from newsml.text import char_ngrams, printable

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_FIGURE = re.compile(r"(\d[\d,]*(?:\.\d+)?)(万?亿?)")
_GOES_ON = re.compile(r"[\w，,、；;（(“《]")  # within its sentence
_REPLY = re.compile(r"回应|回复|[答否]复|否认|辟谣|澄清")
_RUBRIC = re.compile(
    r"[^\d，。：]{0,6}(?:综述|重大事件|一览|速览|汇总|简报|要闻|[收午日周月]评|[早晚日周月]报)"
)
TRADITIONAL = 0.1
"""Share of its characters by which a text is traditional; of a simplified one a name may have some."""

TOLD = 0.55
"""Share of a title's bigrams in a line from which on the line may tell it too."""

UNITS = {"": 1.0, "万": 1e4, "亿": 1e8, "万亿": 1e12}
"""What a figure is written in."""

LONGEST_TITLE = 60
"""Characters of a text that stand for a title, where a post has none."""

ENDS = "。｡！？…；!?.;”’」』）)】》"
"""What a sentence may end in."""

LONGEST_NAME = 200
"""Characters of a title, or of the name of a source, that a page shows."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a section.

    Attributes:
        section: all of it.
        stories: those on the page.
        omitted: how many are left out for its length or their weight.
        told: how many are left out because they are told already.
    """

    section: Section
    stories: tuple[Story, ...]
    omitted: int
    told: int

    @property
    def count(self) -> int:
        """Stories that are told today, on the page or not."""
        return len(self.stories) + self.omitted


class Page:
    """A digest as it is shown, within the reader's caps.

    Args:
        digest: all of it.
        config: the reader's wishes.
    """

    def __init__(self, digest: Digest, config: DigestConfig) -> None:
        self.digest, self.config = digest, config
        self.words: Words = WORDS[config.language]
        self.title = printable(config.title) or self.words.title
        self.fresh = [story for story in digest.stories if story.status != "told"]
        self.sections = list(self._sections())
        self.stories = [story for shown in self.sections for story in shown.stories]
        self.top = digest.top  # whatever the caps leave out
        self.listed = {story.id for story in self.stories}
        # A feed that dates all posts of a day alike tells no times.
        times = {time for story in self.stories if (time := self.time(story.post))}
        self.timed = len(self.stories) == 1 or len(times) > 1

    def _sections(self) -> Iterator[Shown]:
        weightiest = by_weight(self.fresh, self.config)[: self.config.max_stories or len(self.fresh)]
        kept = {story.id for story in weightiest if self.config.wants(story)}
        for section in self.digest.sections:
            new = [story for story in section.stories if story.status != "told"]
            stories = [s for s in new if s.id in kept][: self.config.max_per_section or len(new)]
            yield Shown(section, tuple(stories), len(new) - len(stories), len(section.stories) - len(new))

    @property
    def day(self) -> str:
        """The day of the digest, in words."""
        return self.words.day(self.digest.date) if self.digest.date else ""

    @property
    def counts(self) -> str:
        """How much there is besides what is told already, in words."""
        sources = {source for story in self.fresh for source in story.sources}
        return self.words.counts(len(self.fresh), sum(story.heat for story in self.fresh), len(sources))

    def time(self, post: Post) -> datetime | None:
        """Return the date of a post on the reader's clock."""
        return self.config.local(post.date) if post.date else None

    def clock(self, post: Post) -> str:
        """Return hour and minute of a post, with month and day where it is of another day."""
        moment = self.time(post)
        if moment is None:
            return ""
        return f"{moment:%H:%M}" if moment.date() == self.digest.date else f"{moment:%m-%d %H:%M}"

    def line(self, story: Story) -> list[Run]:
        """Return the line of a story, piece by piece, with … where its sentence goes on; never empty.

        A title that tells more than the line stands before it, in bold in the place of the line's own bold;
        one that only names a column stands there plain.
        """
        told = [(printable_run(text), bold) for text, bold in runs(story.post.text, story.line)]
        told = [run for run in told if run[0]]
        if told and goes_on(story.post.text, story.line.headline.spans[-1][1]):
            told.append(("…", False))
        title = headline_of(story.post)
        if told and title and not told_by(title, story.line.headline.text):
            return [(title, True), (f" {''.join(text for text, _ in told)}", False)]
        if told and (rubric := rubric_of(story.post)):
            return [(f"{rubric}：", False), *told]
        return told or [(title_of(story.post), False)]

    def short_line(self, story: Story) -> list[Run]:
        """Return the title of a story that has one, else its line."""
        title = headline_of(story.post)
        return [(title, False)] if title else self.line(story)


def goes_on(text: str, end: int) -> bool:
    """Say whether a text goes on within its sentence."""
    rest = re.split(r"[\n\r\v\f\x85\u2028\u2029]|\u3000{2}", text[end : end + 200], maxsplit=1)[0]
    return text[end - 1] not in ENDS and bool(rest.strip())


def printable_run(text: str) -> str:
    """Return a piece of a line without control characters, the space at its edges kept."""
    inside = printable(text)
    if not inside:
        return " " if text[:1] == " " else ""
    return f"{' ' * text.startswith(' ')}{inside}{' ' * text.endswith(' ')}"


def title_of(post: Post) -> str:
    """Return the title of a post, else the beginning of its text, else its id."""
    title = _cut(printable(post.title), LONGEST_NAME)
    return title or _cut(printable(post.text), LONGEST_TITLE) or printable(post.id) or "…"


def headline_of(post: Post) -> str:
    """Return the title of a post; nothing where it names a column, or is the beginning of a sentence."""
    title = _cut(printable(post.title), LONGEST_NAME)
    start = post.title.strip().rstrip("….")
    cut = post.text.startswith(start) and _GOES_ON.match(post.text, len(start))
    return "" if cut or _RUBRIC.fullmatch(simplify(title)) or not char_ngrams(title) else title


def told_by(title: str, line: str) -> bool:
    """Say whether a line tells a title too.

    That is most of its words, all its figures, though rounded, the name before its colon and that something
    is answered or denied.
    """
    title, line = simplify(title), simplify(line)
    grams, told = set(char_ngrams(title)), set(char_ngrams(line))
    name, colon, _ = title.partition("：")
    whose = not colon or name in line
    replies = not _REPLY.search(title) or _REPLY.search(line) is not None
    return len(grams & told) >= TOLD * len(grams) and whose and replies and _figures(title, line)


def rubric_of(post: Post) -> str:
    """Return the title of a post that is only the name of a column, such as 债市综述."""
    title = printable(post.title)
    return title if _RUBRIC.fullmatch(simplify(title)) else ""


def _figures(title: str, line: str) -> bool:
    """Say whether every figure of a title stands in a line, rounded or in other units perhaps."""
    values = [(float(m[1].replace(",", "")), UNITS[m[2]]) for m in _FIGURE.finditer(line)]
    for found in _FIGURE.finditer(title):
        wanted, unit = float(found[1].replace(",", "")), UNITS[found[2]]
        near = 0.5000001 * 10.0 ** -len(found[1].partition(".")[2])
        if not any(abs(value * (own / unit if found[2] else 1) - wanted) <= near for value, own in values):
            return False
    return True


def source_of(post: Post) -> str:
    """Return who published a post; empty where unknown."""
    return _cut(printable(post.source or post.author), LONGEST_NAME)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest].rstrip()}…"


def link_of(post: Post) -> str:
    """Return the address of a post, odd characters escaped; nothing for one that is not of http or https."""
    url = post.url.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if (
        parts.scheme.lower() not in ("http", "https")
        or not parts.netloc
        or re.search(r"[\x00-\x20\x7f]", url)
    ):
        return ""
    return quote(url, safe="/:?#@!$&*+,;=%~-._", errors="replace")


def language_of(text: str) -> str:
    """Return ``en`` for Latin letters without Han characters, ``zh-Hant`` or ``zh-CN`` for others."""
    if _LATIN.search(text) and not _HAN.search(text):
        return "en"
    traditional = sum(map(ne, text, simplify(text)))
    return "zh-Hant" if traditional >= TRADITIONAL * len(text) > 0 else "zh-CN"
