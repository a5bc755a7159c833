"""The reader's wishes for a digest: YAML -> typed, validated settings, with every error told at once."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

from newsml.domain import Story
from newsml.posts.stock_codes import normalise_code
from newsml.settings import build_settings, read_tree

_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>[01]?\d):(?P<minutes>[0-5]\d)")
PLACES = ("code", "number", "MARKET", "market")
"""What a URL template may name: of 600000.SH ``{code}``, ``{number}`` 600000, ``{MARKET}`` SH and
``{market}`` sh."""

_PLACES_SHOWN = " ".join(f"{{{name}}}" for name in PLACES)

HEAVIEST = 1e6
"""Greatest weight, as a part's factor or for a keyword or code, so that their sum is a number always."""


@dataclass(frozen=True)
class PartWeights:
    """What the parts of a story's weight are multiplied with; see ``newsml.digest.ranking``."""

    heat: float = 1.0
    sources: float = 1.0
    salience: float = 1.0
    recency: float = 1.0


@dataclass(frozen=True)
class DigestConfig:
    """How one reader wants a digest, as ``configs/digest.yaml`` holds it.

    Attributes:
        language: of the page's own words.
        title: of the page; empty for the usual one.
        utc_offset: ``+08:00``: days and hours are those there, and dates without a time zone are
            taken so; empty for days and hours as each post is dated.
        labels: ``given`` takes a post's own before the model's.
        sections: labels that have a section, in order; empty for all of them, by size.
        top: stories that the page points at first.
        max_per_section: stories of a section on a page; 0 for all.
        max_stories: stories on a page; 0 for all.
        min_weight: weight from which on a story is on a page.
        weights: of the parts of a story's weight.
        half_life: hours after which a story's recency has halved.
        keywords: word -> weight that a story gains by it.
        stocks: watched code, normalised -> weight that a story gains by it.
        stock_names: name -> code, normalised, that a post has which names it so.
        stock_url: template of the address that a code leads to; empty for none.
        remember: days over which a story of an earlier digest is still compared with new posts.
    """

    language: Literal["zh", "zh-hant", "en"] = "zh"
    title: str = ""
    utc_offset: str = ""
    labels: Literal["model", "given"] = "model"
    sections: tuple[str, ...] = ()
    top: int = 5
    max_per_section: int = 0
    max_stories: int = 0
    min_weight: float = 0.0
    weights: PartWeights = field(default_factory=PartWeights)
    half_life: float = 6.0
    keywords: dict[str, float] = field(default_factory=dict)
    stocks: dict[str, float] = field(default_factory=dict)
    stock_names: dict[str, str] = field(default_factory=dict)
    stock_url: str = ""
    remember: int = 7

    def local(self, moment: datetime) -> datetime:
        """Return a moment on the reader's clock; as it is dated, where no clock is set."""
        offset = _OFFSET.fullmatch(self.utc_offset)
        if offset is None:
            return moment
        apart = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"]))
        zone = timezone(-apart if offset["sign"] == "-" else apart)
        if moment.tzinfo is None:
            return moment.replace(tzinfo=zone)
        try:
            return moment.astimezone(zone)
        except OverflowError:  # the year 1 or 9999
            return moment

    def day(self, moment: datetime) -> date:
        """Return the day of a moment on the reader's clock."""
        return self.local(moment).date()

    def wants(self, story: Story) -> bool:
        """Say whether a story weighs enough for a page."""
        return story.weight.total >= self.min_weight

    def stock_link(self, code: str) -> str:
        """Return the address that a code leads to; empty where none is set or the code has no market."""
        number, _, market = code.rpartition(".")
        if not self.stock_url or not re.fullmatch(r"[0-9A-Za-z.]+\.[A-Z]+", code):
            return ""
        return self.stock_url.format(code=code, number=number, MARKET=market, market=market.lower())


def load_digest_config(path: str) -> DigestConfig:
    """Read the settings of a digest.

    Raises:
        UsageError: no such file, broken YAML, or settings that do not hold, all named at once.
    """
    return parse_digest_config(read_tree(Path(path)), path)


def parse_digest_config(tree: Mapping[str, Any], source: str) -> DigestConfig:
    """Check a tree of settings, with strings for its scalars, and return them typed.

    Raises:
        UsageError: every setting that does not hold, with its path.
    """
    config = build_settings(DigestConfig, tree, source, _check)
    codes = {raw: known[0] for raw in _codes(config) if (known := normalise_code(raw))}
    return replace(
        config,
        stocks={codes[raw]: weight for raw, weight in config.stocks.items()},
        stock_names={name: codes[raw] for name, raw in config.stock_names.items()},
    )


def _codes(config: DigestConfig) -> list[str]:
    return [*config.stocks, *config.stock_names.values()]


def _check(config: DigestConfig) -> list[str]:
    unknown = [code for code in _codes(config) if normalise_code(code) is None]
    named = [known[0] for code in config.stocks if (known := normalise_code(code))]
    again = sorted({code for code in named if named.count(code) > 1})
    weights = [*vars(config.weights).values(), *config.keywords.values(), *config.stocks.values()]
    repeated = sorted({name for name in config.sections if config.sections.count(name) > 1})
    rules = [
        (not config.utc_offset or bool(_OFFSET.fullmatch(config.utc_offset)),
         "[utc_offset] is written as +08:00"),
        (not repeated, f"[sections] names {', '.join(repeated)} twice"),
        (config.top >= 0, "[top] is 0 or more"),
        (config.max_per_section >= 0, "[max_per_section] is 0 or more"),
        (config.max_stories >= 0, "[max_stories] is 0 or more"),
        (config.half_life > 0, "[half_life] is over 0"),
        (config.remember >= 0, "[remember] is 0 or more"),
        (all(word.strip() for word in config.keywords), "[keywords] holds an empty word"),
        (all(name.strip() for name in config.stock_names), "[stock_names] holds an empty name"),
        (not unknown, f"[stocks] and [stock_names] hold what is no stock code: {', '.join(unknown)}"),
        (not again, f"[stocks] names {', '.join(again)} twice"),
        (all(abs(weight) <= HEAVIEST for weight in weights),
         f"[weights], [keywords] and [stocks] hold no number beyond {HEAVIEST:,.0f}"),
        (_is_template(config.stock_url),
         f"[stock_url] begins with http:// or https:// and names nothing but {_PLACES_SHOWN}"),
    ]  # fmt: skip
    return [message for holds, message in rules if not holds]


def _is_template(url: str) -> bool:
    if not url:
        return True
    try:
        parts = list(string.Formatter().parse(url))
    except ValueError:
        return False
    plain = all(name in (None, *PLACES) and not spec and not how for _, name, spec, how in parts)
    return plain and re.match(r"https?://[^/\s{}]", url) is not None and not re.search(r"\s", url)
