"""Tags in 【】 before the items of a list, which say whom each is about: ``【兰渡科技】终止收购``."""

from __future__ import annotations

import re

# Of an item's section, not of whom it is about.
_SECTION = (
    r"(?:宏观|公司|行业|产业|国[内际]|海外|[全环]球|市场|[股债汇楼]市|[AB港美]股|商品|期货|外汇|债券|基金|政策|要闻|财经"
    r"|金融|科技|地产|能源|经济|数据|公告|快讯|头条|热点|聚焦|焦点|观点|评论|研报|提示|风险|新闻|动态|消息)"
)
_TAG = re.compile(
    rf"(?:\A|(?<=[。！？!?\n]))\s{{0,4}}【(?!{_SECTION}+】)[^【】\s，。：:；、！？\d]{{2,8}}】(?=[^\s【])"
)


def tag_ends(text: str) -> set[int]:
    """Return the places after the tags of a text; none where there is one alone, which is a headline."""
    ends = [found.end() for found in _TAG.finditer(text)]
    return set(ends if len(ends) > 1 else ())
