"""Plans that a text goes on to say have come to nothing.

They are known by words: of a plan, of an act, and of what becomes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from newsml.domain import Sentence
from newsml.summarization.faults import Fault, Link

REACH = 3
"""Sentences after a plan in which its outcome is looked for."""

_PLANNED = re.compile(r"计划|(?<![虚模])拟(?![人定真])|原定|预定|同意|签约|签署|(?<!未)(?<!未能)达成")
_ACT = re.compile(r"减持|增持|回购|收购|并购|出售|转让|发行|簿记|重组|合并|分拆|投资|募集|签约|交易|项目")
_POINTS = re.compile(
    r"(?:该|此|这一?|本次|此次|上述|相关)(?:[减增]持|收购|发行|重组|投资)?(?:计划|交易|项目|事项|方案|协议)"
    r"|(?<!\w)(?:交易|合作|协议|计划|项目)(?=[不未告搁终取已被宣将])"
)
_FAILED = re.compile(
    r"(?:届满|期满|到期|截至)[^。；]{0,40}(?P<not>[未没](?:能|有|曾)?(?:实施|完成|[减增]持|回购|买入|卖出))"
    r"|(?<![可能会或])(?:取消|搁置|告吹|作罢|叫停)|(?:不再|未能)(?:进行|推进|实施|完成|生效|成立)"
    r"|实际(?:回购|[减增]持)[^，,。；]{0,8}(?:为0(?![.\d])|为零)|(?:募集|发行)失败"
    r"|终止(?=[^，,。；]{0,12}(?:[减增]持|收购|发行|重组|交易|项目|计划|协议))"
)


def outcome_links(sentences: Sequence[Sentence]) -> Iterator[Link]:
    """Yield plans with the words of a later sentence that say that they have come to nothing.

    Both name one act (``拟减持``, ``未减持``), or the later one points to what was planned (``该交易``); it
    tells of no plan before that (``拟终止``).

    Args:
        sentences: all of a text, in order.
    """
    for i, sentence in enumerate(sentences):
        if not (failed := _FAILED.search(sentence.text)) or _PLANNED.search(sentence.text[: failed.start()]):
            continue
        acts = set(_ACT.findall(sentence.text))
        for plan in sentences[max(0, i - REACH) : i]:
            if _PLANNED.search(plan.text) and (
                _POINTS.search(sentence.text) or acts.intersection(_ACT.findall(plan.text))
            ):
                start, end = (sentence.start + place for place in failed.span("not" if failed["not"] else 0))
                yield Link(Fault("denial", start, end), (plan.start, plan.end), (start, end))
