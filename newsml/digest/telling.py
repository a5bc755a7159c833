"""Which words of a text tell it in one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from newsml.boilerplate import news_sentences
from newsml.domain import Sentence, Span, Summary
from newsml.simplified import simplify
from newsml.summarization.integrity import Dependencies, find_faults
from newsml.summarization.leads import questions
from newsml.summarization.selection import (
    Budget,
    best_first,
    choose_spans,
    joined_length,
    joiner_of,
    sound,
    usable,
)
from newsml.text import split_clauses

LONGEST = 120
"""Characters of a line; of a sentence that is longer it has the clauses at the beginning."""

SHORT, LITTLE = 25, 60
"""Characters up to which a sentence tells little, and up to which one without a figure does."""

LEAST = 12
"""Characters of the next sentence that its beginning has at least."""

_MARKS = "，,；;、：: "
_FIGURE = re.compile(r"\d")
# No figures that tell something: dates, and codes in brackets.
_DATE = re.compile(r"第?\d+(?:[年月日时届次号]|:\d\d)|[（(][A-Za-z]{0,2}\d{4,6}(?:\.[A-Za-z]{2})?[）)]")
_ANNOUNCED = re.compile(
    r"(?:发布|印发|出台|公布|召开|举[行办]|征求意见|[开闭]幕|会[见谈晤]|签署|调研|考察|视察|出席|访问|讲话|致辞"
    r"|座谈会?|挂牌|修订)[^，,；;]*\Z"
)
_NAMES = re.compile(r"表示|指出|认为|强调|透露|回应|预测|预计|公告|研报|披露|宣布|发布|印发|召开|举行|发表")
_OPENS_VAGUELY = re.compile(r"随着|近[年期日来]|今年以来|长期以来|一直以来")
_BESIDE = re.compile(r"另[有据外]|此外|值得一提|公开信息显示|公开资料|资料显示|据公开资料")
_ROLL = re.compile(r"全线|集体|普遍|多数|不一|分化|互有|[涨跌]")
_ITEM = re.compile(r"[^，,。；;]{2,24}[涨跌][^，,。；;]{0,6}\d")

Score = Callable[[Sequence[Sentence]], list[float]]
"""Says how much each sentence matters."""


def tell(text: str, score: Score, method: str) -> Summary:
    """Return the sentences that tell a text in one line, without spans only where there are none.

    That is the best sentence with those that it needs (its speaker, the denial of a rumour), where they fit
    together, or else the next best. Before the second stands the first, where that names who tells. One that
    tells little, in a few characters, without a figure or only that something was issued or held, has the
    next beside it or its beginning; a list of prices goes on. One too long for a line is cut after a clause.

    Args:
        text: the source.
        score: of its sentences.
        method: the name of what scores, as the summary records it.
    """
    read = simplify(text)
    sentences = news_sentences(read)
    scores = score(sentences)
    spans = _choose(read, sentences, scores)
    if len(spans) == 1 and spans[0][1] - spans[0][0] > LONGEST:
        cut = _beginning(read, spans[0], LONGEST)
        spans = [cut] if cut else choose_spans(read, sentences, scores, Budget(max_chars=LONGEST))
    joiner = joiner_of([read[start:end] for start, end in spans])
    return Summary.from_spans(text, spans, joiner=joiner, method=method)


def _choose(text: str, sentences: Sequence[Sentence], scores: Sequence[float]) -> list[Span]:
    beside, asked = sound(sentences), questions(sentences)
    candidates = usable(sentences)
    dependencies = Dependencies(text, sentences, named=True)

    def fits(group: Sequence[int]) -> bool:
        return beside.issuperset(group) and joined_length(sentences, group) <= LONGEST

    groups = filter(None, map(dependencies.group, best_first(candidates, scores)))
    chosen = next((g for g in groups if len(g) == 1 or fits(g)), best_first(candidates, scores)[:1])
    if len(chosen) == 1 and candidates[1:2] == chosen and fits([candidates[0], *chosen]):
        first = sentences[candidates[0]].text
        if _NAMES.search(first) and not (_OPENS_VAGUELY.match(first) or first.endswith(("！", "？"))):
            chosen = [candidates[0], *chosen]
    spans = [(sentences[i].start, sentences[i].end) for i in chosen]
    after = chosen[-1] + 1 if chosen else 0
    while chosen and after in beside - asked and _goes_on(sentences, chosen, after):
        if not set(dependencies.group(after) or [-1]) <= {*chosen, after}:
            break
        if fits([*chosen, after]):
            chosen.append(after)
            spans.append((sentences[after].start, sentences[after].end))
            after += 1
            continue
        room = LONGEST - joined_length(sentences, chosen) - 1
        cut = _beginning(text, (sentences[after].start, sentences[after].end), room)
        spans += [cut] if cut and len(chosen) == 1 and cut[1] - cut[0] >= LEAST else []
        break
    return spans


def _goes_on(sentences: Sequence[Sentence], chosen: Sequence[int], after: int) -> bool:
    """Say whether a line needs the next sentence, since its own tells little or begins a list of prices."""
    last, following = sentences[chosen[-1]].text, sentences[after].text
    if _ROLL.search(last) and _ITEM.match(following):
        return True
    if len(chosen) > 1 or len(last) > LITTLE or _BESIDE.match(following):
        return False
    figures = _FIGURE.search(following) and not _FIGURE.search(_DATE.sub("", last))
    return bool(figures or _ANNOUNCED.search(last) or len(last) <= SHORT)


def _beginning(text: str, sentence: Span, longest: int) -> Span | None:
    """Return the clauses that a sentence begins with, as many as fit and stand alone."""
    start, _ = sentence
    told = text[start : min(sentence[1], start + 2 * LONGEST)]
    for clause in reversed(split_clauses(told)):
        end = len(told[: clause.end].rstrip(_MARKS))
        if 0 < end <= longest and not find_faults(told, [(0, end)]):
            return start, start + end
    return None
