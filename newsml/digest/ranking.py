"""How much a story matters: a sum of parts, each of which says why."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from newsml.digest.config import DigestConfig
from newsml.domain import Post, Story, Weight
from newsml.simplified import simplify


def weigh(story: Story, newest: datetime | None, config: DigestConfig) -> Weight:
    """Return the weight of a story, its parts rounded to four decimals.

    - heat: ``log2`` of the number of posts, so that a thousand copies count ten times as much as two;
    - sources: ``log2`` of the number of those who told it;
    - salience: how much the post that stands for it has to say, 0 to 1;
    - recency: ``0.5 ** (age / half_life)``, the age being that of its newest post against the newest of
      all; 0 without a date;
    - keywords: the weights of the reader's keywords that stand in a title or text, each once, whatever
      the case, width and script of letters; `AI` stands in `AI芯片`, not in `retail`;
    - stocks: the weights of the watched codes that its posts name, each once.

    The first four are multiplied with the reader's ``weights``.

    Args:
        story: its own weight plays no part.
        newest: the newest date of all posts of the digest; None where no post has one.
        config: the reader's wishes.
    """
    members, weights = story.members, config.weights
    return Weight(
        heat=round(weights.heat * math.log2(len(members)), 4),
        sources=round(weights.sources * math.log2(max(len(story.sources), 1)), 4),
        salience=round(weights.salience * story.line.salience, 4),
        recency=round(weights.recency * _recency(members, newest, config), 4),
        keywords=round(_keywords(members, config), 4),
        stocks=round(math.fsum(weight for code, weight in config.stocks.items() if code in story.stocks), 4),
    )


def by_weight(stories: Iterable[Story], config: DigestConfig) -> list[Story]:
    """Return the stories, weightiest first; told ones without a new post last, those alike newest first."""

    def key(story: Story) -> tuple[bool, float, float, str]:
        newest = newest_date(story.members, config)
        return (
            story.status == "told",
            -round(story.weight.total, 4),
            -comparable(newest).timestamp() if newest else math.inf,
            story.id,
        )

    return sorted(stories, key=key)


def newest_date(posts: Iterable[Post], config: DigestConfig) -> datetime | None:
    """Return the latest date on the reader's clock; None where no post has one."""
    dates = [config.local(post.date) for post in posts if post.date is not None]
    return max(dates, key=comparable, default=None)


def comparable(moment: datetime) -> datetime:
    """Return a moment that compares with others: dates without a time zone are taken as UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _recency(members: Sequence[Post], newest: datetime | None, config: DigestConfig) -> float:
    own = newest_date(members, config)
    if own is None or newest is None:
        return 0.0
    hours = (comparable(newest) - comparable(own)).total_seconds() / 3600
    return float(0.5 ** (hours / config.half_life))


def _keywords(members: Sequence[Post], config: DigestConfig) -> float:
    if not config.keywords:
        return 0.0
    text = _plain("\n".join(f"{post.title}\n{post.text}" for post in members))
    return math.fsum(
        weight for word, weight in config.keywords.items() if re.search(bounded(_plain(word)), text)
    )


def _plain(text: str) -> str:
    """Return a text in simplified characters and one width and case of letters."""
    return simplify(unicodedata.normalize("NFKC", text)).casefold()


def bounded(word: str) -> str:
    """Return a pattern of a word; a Latin letter or digit at its edge ends there."""
    before = "(?<![0-9A-Za-z])" if re.match("[0-9A-Za-z]", word) else ""
    after = "(?![0-9A-Za-z])" if re.search(r"[0-9A-Za-z]\Z", word) else ""
    return f"{before}{re.escape(word)}{after}"
