"""How much a post has to say."""

from __future__ import annotations

import math
import re

from newsml.domain import Post
from newsml.simplified import simplify

SHORT, FULL = 10, 300
"""Characters of news from which on a post has something to say, and from which on all there is to say."""

LENGTH, SURE, AUTHORITY, NEW = 0.7, 0.1, 0.1, 0.1
"""Weights, in a salience, of the length, of how sure the model is of the line, and of what it begins with."""

MOVE, MOVES = 0.1, 3
"""Salience that a post loses by each price move that it lists, and up to how many of them."""

BEGINNING = 100
"""Characters in which a post tells who acts and what is new."""

# Of a price; how much a figure has changed in a year or a month is news.
_MOVE = re.compile(
    r"(?<![同环]比)(?<![同环]比[上下])(?:[涨跌]|[上下]行|报(?=\d))[^，。；、]{0,6}?\d[\d.,]*(?:[%％点]|个?基点|美元)"
)
_AUTHORITY = re.compile(
    "国务院|中共中央|政治局|总书记|国家主席|总理|央行|人民银行|美联储|发改委|发展改革委|财政部|商务部|工信部|住建部|统计局"
    "|金融监管总局|证监会"
)
_NEW = re.compile("首[次个]|历史|史上|创.{0,8}新[高低]|纪录|意外|超预期|不及预期|重磅|突发|时隔")


def measure_salience(post: Post, sure: float | None = None) -> float:
    """Return how much a post has to say, from 0 to 1.

    That is its length, how sure a model is of its line, whether an authority of the whole country acts and
    whether it says that something is new or unexpected, less the price moves that it lists.

    Editors write more of what matters, and every close of a market fills a post with figures.

    Args:
        post: whose news is measured.
        sure: 0 to 1; None without a model, where the other parts count for more.
    """
    news = simplify(post.news)
    length = math.log(min(max(len(news), SHORT), FULL) / SHORT) / math.log(FULL / SHORT)
    beginning = f"{simplify(post.title)}\n{news}"[:BEGINNING]
    acts, new = (bool(words.search(beginning)) for words in (_AUTHORITY, _NEW))
    parts: list[tuple[float, float]] = [(LENGTH, length), (AUTHORITY, acts), (NEW, new)]
    if sure is not None:
        parts.append((SURE, sure))
    told = sum(weight * part for weight, part in parts)
    moves = min(len(_MOVE.findall(news)), MOVES)
    return max(told / sum(weight for weight, _ in parts) - MOVE * moves, 0.0)
