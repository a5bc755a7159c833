"""The words of the field, as frozen types that check themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import compress
from typing import Literal

Span = tuple[int, int]
"""Half-open range ``[start, end)`` in code points of a text."""


StockKind = Literal["stock", "index", "fund", "bond"]


@dataclass(frozen=True, slots=True)
class StockMention:
    """A place of a text that names a security or an index by its code.

    Attributes:
        code: normalised: ``601398.SH``, ``000001.SZ``, ``835185.BJ``, ``02799.HK`` (five digits) or
            ``TSLA.US``, whatever the exchange in the United States. A link's code that fits no market
            stays as written.
        start: first code point of the mention in ``Post.text``: for a link that carries a code its
            words, for a code in the text the code with its market, without brackets.
        end: code point after the mention.
        kind: what the code stands for; of a code outside the mainland that is known for Hong Kong's
            funds only.
    """

    code: str
    start: int
    end: int
    kind: StockKind = "stock"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something odd about a post that is no reason to leave it out.

    Attributes:
        code: a word to filter by, e.g. ``date-invalid``.
        message: what is odd, in one line, without the name of the file.
        line: of the file, from 1; 0 where it is about the whole.
    """

    code: str
    message: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """One piece of news.

    Attributes:
        id: the JSONL ``id``, ``FILE:LINE`` or the path as given.
        title: one line; empty where there is none.
        text: the plain body as a reader sees it, one paragraph a line. A post without a body
            has its title here.
        labels: categories from the front matter (a path or a flat set) or JSONL labels, in order.
        author: as published; empty where unknown.
        date: with a time zone where the source names one; None where absent or invalid.
        url: link to the original; empty where unknown.
        tags: keywords from the front matter, in order.
        source: who published it; empty where unknown.
        thumbnail: link to a picture; empty where there is none.
        stocks: the codes that links and text name, in order and without overlap.
        boilerplate: spans of ``text`` that tell nothing of the news, such as credits and disclaimers.
        problems: what is odd about the post.
        summary: reference summary, for evaluation; None where there is none.
        highlights: reference highlights, for evaluation, as spans of ``text``.
    """

    id: str
    title: str
    text: str
    labels: tuple[str, ...] = ()
    author: str = ""
    date: datetime | None = None
    url: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""
    thumbnail: str = ""
    stocks: tuple[StockMention, ...] = ()
    boilerplate: tuple[Span, ...] = ()
    problems: tuple[Problem, ...] = ()
    summary: str | None = None
    highlights: tuple[Span, ...] = ()

    @property
    def news(self) -> str:
        """The text without its boilerplate; all of it, where there is nothing else."""
        return "".join(map(self.text.__getitem__, self.news_places)) if self.boilerplate else self.text

    @property
    def news_places(self) -> Sequence[int]:
        """Where each character of the news, the end of the model's input, stands in the text."""
        if not self.boilerplate:
            return range(len(self.text))
        is_news = bytearray(b"\x01") * len(self.text)
        for start, end in self.boilerplate:
            is_news[start:end] = bytes(end - start)
        kept = list(compress(range(len(self.text)), is_news))
        places: list[int] = []
        at = 0
        for line in "".join(map(self.text.__getitem__, kept)).split("\n"):
            if line.strip():
                places += kept[at - bool(places) : at + len(line)]  # with the end of the line before
            at += len(line) + 1
        return places or range(len(self.text))

    @property
    def model_input(self) -> str:
        """The text that a classifier reads: the headline in 【】 before the news, once."""
        head, news = f"【{self.title}】", self.news
        if not self.title or news == self.title or news.startswith(head):
            return news
        return head + news


@dataclass(frozen=True, slots=True)
class Unusable:
    """An input that could not be read, in the place of the post it should have been.

    Attributes:
        id: as for a post.
        error: what is wrong and where, in one line.
        title: where one could still be read.
        code: a word to filter by, as of a ``Problem``.
        line: of the file, from 1; 0 where it is about the whole.
        message: the error without the place.
    """

    id: str
    error: str
    title: str = ""
    code: str = "unreadable"
    line: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or clause with its place: ``text == source[start:end]``."""

    text: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start < 0 or self.end - self.start != len(self.text):
            raise ValueError(f"offsets {self.start}:{self.end} do not fit {len(self.text)} characters")


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its gold labels, ready for training or evaluation."""

    id: str
    text: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a classifier says of one text.

    Attributes:
        labels: those chosen, most probable first.
        scores: probability of every label of the scheme, in scheme order.
        tokens: length of the text in tokens.
        tokens_read: how many of them the model read.
        uncertainty: probability that at least one label is wrong or missing, the labels taken as
            independent; of a single-label model, that its label is wrong. Of a text without a word, 1.
    """

    labels: tuple[str, ...]
    scores: Mapping[str, float]
    tokens: int
    tokens_read: int
    uncertainty: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Pieces of a text, in order, that stand for the whole.

    Attributes:
        spans: ascending and disjoint, in code points of the source.
        text: ``joiner.join(source[s:e] for s, e in spans)``.
        joiner: what stands between two pieces; empty or white space.
        style: e.g. ``brief``.
        method: the algorithm that chose the pieces.
        tokens: length of the source in tokens; None where the method counts none.
        tokens_read: how many of them a model read, which chose among these alone.
    """

    spans: tuple[Span, ...]
    text: str
    joiner: str = ""
    style: str = "brief"
    method: str = "lead"
    tokens: int | None = None
    tokens_read: int | None = None

    @classmethod
    def from_spans(
        cls, source: str, spans: Sequence[Span], *, joiner: str = "", style: str = "brief", method: str
    ) -> Summary:
        """Cut the spans out of their source.

        Raises:
            ValueError: spans that are empty, overlap, descend or reach beyond the source.
        """
        last = 0
        for start, end in spans:
            if not last <= start < end <= len(source):
                raise ValueError(f"span {start}:{end} does not follow {last} in {len(source)} characters")
            last = end
        text = joiner.join(source[start:end] for start, end in spans)
        return cls(tuple(spans), text, joiner, style, method)


@dataclass(frozen=True, slots=True)
class Line:
    """How a post is told in one line.

    Attributes:
        headline: pieces of ``post.text``.
        bold: spans of ``post.text`` that an editor would set in bold, ascending and disjoint.
        salience: how much the post has to say, from 0 to 1.
    """

    headline: Summary
    bold: tuple[Span, ...] = ()
    salience: float = 0.0


@dataclass(frozen=True, slots=True)
class Weight:
    """Why a story stands where it does: the parts of its weight, whose sum orders the stories.

    Attributes:
        heat: for the number of posts that tell it.
        sources: for the number of those who told it.
        salience: for how much the post that stands for it has to say.
        recency: for its newest post, against the newest of all.
        keywords: for the reader's keywords.
        stocks: for the reader's watched stocks.
    """

    heat: float = 0.0
    sources: float = 0.0
    salience: float = 0.0
    recency: float = 0.0
    keywords: float = 0.0
    stocks: float = 0.0

    @property
    def total(self) -> float:
        """The sum of the parts."""
        return self.heat + self.sources + self.salience + self.recency + self.keywords + self.stocks


StoryStatus = Literal["new", "continues", "told"]


@dataclass(frozen=True, slots=True)
class Story:
    """One event as one or more posts tell it.

    Attributes:
        id: the same from day to day, a letter and ten hexadecimal digits.
        post: the one that stands for all.
        members: all posts, the one that stands for them first.
        line: how ``post`` is told.
        prediction: of ``post``.
        named: codes of the stocks that its posts name, as the reader calls them, without the codes.
        weight: its parts.
        status: ``continues`` where an earlier digest told it and there is a new post, ``told`` where
            there is none.
        first_told: day of the first digest that told it; None for a new one.
    """

    id: str
    post: Post
    members: tuple[Post, ...]
    line: Line
    prediction: Prediction
    named: tuple[str, ...] = ()
    weight: Weight = field(default_factory=Weight)
    status: StoryStatus = "new"
    first_told: date | None = None

    @property
    def heat(self) -> int:
        """How many posts tell it."""
        return len(self.members)

    @property
    def sources(self) -> tuple[str, ...]:
        """Who told it, each once, in the order of the members."""
        return tuple(dict.fromkeys(filter(None, (post.source or post.author for post in self.members))))

    @property
    def stocks(self) -> tuple[str, ...]:
        """The codes of its posts, each once, those of ``post`` first, and of those that they name."""
        codes = [stock.code for post in self.members for stock in post.stocks]
        return tuple(dict.fromkeys((*codes, *self.named)))


@dataclass(frozen=True, slots=True)
class Score:
    """A metric's value with its 95 % bootstrap interval, where one was drawn."""

    name: str
    value: float
    ci95: tuple[float, float] | None = None
