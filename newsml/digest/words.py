"""The page's own words, in the languages of the interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from newsml.digest.build import OTHER
from newsml.text import printable

_WEEKDAYS = "一二三四五六日"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class Words:
    """What a page says besides the posts; each name says where it stands."""

    lang: str
    title: str
    day: Callable[[date], str]
    counts: Callable[[int, int, int], str]
    sources: Callable[[int, int], str]
    more_sources: Callable[[int], str]
    omitted: Callable[[int], str]
    told: Callable[[int], str]
    since: Callable[[date], str]
    comma: str
    opening: str
    closing: str
    other: str
    skip: str
    contents: str
    top: str
    continues: str
    chart: str
    chart_note: str
    chart_cell: Callable[[str, int, int], str]
    filter: str
    text: str
    section: str
    stock: str
    every: str
    found: str
    nothing: str
    made: str
    sections: Mapping[str, str] = field(default_factory=dict)

    def section_name(self, name: str) -> str:
        """Return how a section is called on the page."""
        return self.other if name == OTHER else printable(self.sections.get(name, name))


def _plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


ZH = Words(
    lang="zh-CN",
    title="财经早报",
    day=lambda day: f"{day.year}年{day.month}月{day.day}日 星期{_WEEKDAYS[day.weekday()]}",
    counts=lambda stories, posts, sources: (
        f"{stories:,} 则消息 · {posts:,} 篇" + (f" · {sources:,} 个来源" if sources else "")
    ),
    sources=lambda posts, sources: f"{posts:,} 篇" + (f" · {sources:,} 家" if sources > 1 else ""),
    more_sources=lambda count: f"另有 {count:,} 篇",
    omitted=lambda count: f"另有 {count:,} 则，未列出",
    told=lambda count: f"另有 {count:,} 则此前已报、没有新消息，未列出",
    since=lambda day: f"{day.month}月{day.day}日起",
    comma="、",
    opening="（",
    closing="）",
    other=OTHER,
    skip="跳到正文",
    contents="目录",
    top="今日要点",
    continues="续",
    chart="各版各时段",
    chart_note="每格一小时，颜色越深，篇数越多",
    chart_cell=lambda name, hour, count: f"{name} {hour}时 {count:,} 篇",
    filter="筛选",
    text="文字",
    section="版面",
    stock="股票",
    every="全部",
    found="显示 {shown} / {all} 则",
    nothing="没有消息",
    made="由 newsml 从原文摘句编成，未作改写",
)

ZH_HANT = replace(
    ZH,
    lang="zh-Hant",
    title="財經早報",
    counts=lambda stories, posts, sources: (
        f"{stories:,} 則消息 · {posts:,} 篇" + (f" · {sources:,} 個來源" if sources else "")
    ),
    omitted=lambda count: f"另有 {count:,} 則，未列出",
    told=lambda count: f"另有 {count:,} 則此前已報、沒有新消息，未列出",
    contents="目錄",
    top="今日要點",
    continues="續",
    chart="各版各時段",
    chart_note="每格一小時，顏色越深，篇數越多",
    chart_cell=lambda name, hour, count: f"{name} {hour}時 {count:,} 篇",
    filter="篩選",
    found="顯示 {shown} / {all} 則",
    nothing="沒有消息",
    made="由 newsml 從原文摘句編成，未作改寫",
    sections=MappingProxyType(
        {
            "中国": "中國",
            "外国": "外國",
            "国际": "國際",
            "行业": "行業",
            "大盘": "大盤",
            "经济": "經濟",
            "期货": "期貨",
            "债券": "債券",
            "房地产": "房地產",
            "外汇": "外匯",
            "虚拟货币": "虛擬貨幣",
        }
    ),
)

EN = Words(
    lang="en",
    title="Morning brief",
    day=lambda day: f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}",
    counts=lambda stories, posts, sources: " · ".join(
        (
            _plural(stories, "story", "stories"),
            _plural(posts, "post"),
            *([_plural(sources, "source")] if sources else []),
        )
    ),
    sources=lambda posts, sources: (
        _plural(posts, "post") + (f" · {sources:,} sources" if sources > 1 else "")
    ),
    more_sources=lambda count: f"{_plural(count, 'post')} more",
    omitted=lambda count: f"{_plural(count, 'story', 'stories')} more, not shown",
    told=lambda count: f"{_plural(count, 'story', 'stories')} told before and without news, not shown",
    since=lambda day: f"since {day.day} {_MONTHS[day.month - 1]}",
    comma=", ",
    opening=" (",
    closing=")",
    other="Other",
    skip="Skip to the stories",
    contents="Contents",
    top="Top stories",
    continues="continues",
    chart="By section and hour",
    chart_note="A cell is an hour; the darker, the more posts",
    chart_cell=lambda name, hour, count: f"{name}, {hour}:00, {_plural(count, 'post')}",
    filter="Filter",
    text="Text",
    section="Section",
    stock="Stock",
    every="All",
    found="{shown} of {all} stories shown",
    nothing="No stories",
    made="Made by newsml of sentences from the posts, none rewritten",
)

WORDS: Mapping[str, Words] = MappingProxyType({"zh": ZH, "zh-hant": ZH_HANT, "en": EN})
"""By the language of the interface."""
