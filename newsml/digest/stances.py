"""Which of two opposites a text tells of: 上调 or 下调, 增持 or 减持, called off or not."""

from __future__ import annotations

import re

CALLED_OFF = "called off"
"""The stance of what is called off or refused."""

_STANCES = tuple(
    (re.compile(more), re.compile(less))
    for more, less in (
        ("上调|调高", "下调|调低"),
        ("增持", "减持"),
        ("增产", "减产"),
        ("(?<!结束)(?<!停止)(?<!暂停)[加升]息(?!周期)", "(?<!结束)(?<!停止)(?<!暂停)[降减]息(?!周期)"),
        ("流入", "流出"),
        ("午评|午盘|午间收盘|半日", "收评|收盘(?!价)|全日"),
        ("买入", "卖出"),
        ("人数增加", "人数减少"),
    )
)
_REFUSED = re.compile("终止|取消|撤[回销]|中止|放弃|叫停|否决|不予|不同意|未通过|驳回|暂停|推迟|延期")
# By which the other text may tell it.
_NOT_DONE = re.compile(
    rf"{_REFUSED.pattern}|未获.{{0,8}}通过|拒绝|停止|不再|告吹|推翻|违法|吊销|延后|废止|搁置|失败|落空"
)


def read_stances(text: str) -> frozenset[str]:
    """Return the stances of a text: patterns, as they stand or with "not", and `CALLED_OFF`."""
    return _read(text, _REFUSED)


def read_mentions(text: str) -> frozenset[str]:
    """Return the same, where what is called off or refused may be put in other words."""
    return _read(text, _NOT_DONE)


def _read(text: str, called_off: re.Pattern[str]) -> frozenset[str]:
    found = {more.pattern for more, _ in _STANCES if more.search(text)}
    found |= {f"not {more.pattern}" for more, less in _STANCES if less.search(text)}
    return frozenset(found | ({CALLED_OFF} if called_off.search(text) else set()))
