"""The one selector: from sentences and their scores to the spans of a summary."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from numbers import Integral

from newsml.boilerplate import is_boilerplate, is_row
from newsml.domain import Sentence, Span
from newsml.errors import ArgumentError
from newsml.summarization.integrity import Dependencies
from newsml.text import atom_spans, char_ngrams, split_clauses

DEFAULT_SENTENCES = 3
"""Most sentences of a summary whose length is not asked for; of a short text, a third of its sentences."""

SAME = 0.85
"""Share of the smaller of two sentences' bigrams from which on the two tell the same, unless their
numbers differ."""

REPEATED = 0.5
"""Share of a headline's bigrams in the two sentences after it from which on it adds nothing to them."""

MAX_SLOGAN = 25
"""Characters of a sentence without figures that may be the headline of those after it."""

SAME_FACT = 0.5
"""The same share where the smaller has two numbers or more, all of which the other has too."""

_CLOSED = "。｡！？…；”’」』）】》"
_ENDED = _CLOSED.replace("》", "") + ".!?\"')]"  # a line that ends in 》 is a title
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[零〇一二两三四五六七八九十百千万亿]+")
# `实现营收12亿元（同比+5%）` before a heading whose line end is lost.
_FIGURES = re.compile(r"(?:实现|收入|营收|净利).{0,12}?\d[\d.,]*\s?[万亿]元")
_RISKS = re.compile(r"(?:主要|投资)?风险(?:提示|因素)?\s?[:：].+")
_RISK_ENDS = ("不及预期", "不达预期", "低于预期", "超预期", "风险", "加剧", "波动", "恶化")
_RISK_HEADING = re.compile(
    r"(?:[一二三四五六七八九十\d]{1,2}[、.．]\s?)?【?(?:主要|投资|特别)?风险(?:提示|因素|揭示)】?\s?[:：]?"
)
_TITLE = re.compile(r"【[^【】]+】")
_POINTS, _POINT = re.compile(r"重要(?:内容)?提示\s?[:：]?"), re.compile(r"[^，。：:]{2,24}[:：][^：:]{2,}")
_DANGLING = "，,；;：:、（(【[《〈“‘「『 \t\x1c\x1d\x1e\x1f\xa0\u2002\u2003\u2009\u202f\u3000"


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a summary may be; at most one of the two is given.

    Attributes:
        sentences: number of sentences, 1 or more.
        max_chars: code points of the whole summary, 1 or more.

    Raises:
        UsageError: a length that is no whole number or below 1, or both.
    """

    sentences: int | None = None
    max_chars: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("sentences", self.sentences), ("max_chars", self.max_chars)):
            if not isinstance(value, Integral | None):
                raise ArgumentError(f"{name} {value!r} is no whole number", name)
            if value is not None and value < 1:
                raise ArgumentError(f"{name} must be 1 or more, not {value}", name)
        if self.sentences is not None and self.max_chars is not None:
            raise ArgumentError("sentences and max_chars exclude one another", "sentences", "max_chars")


def choose_spans(
    text: str, sentences: Sequence[Sentence], scores: Sequence[float], budget: Budget
) -> list[Span]:
    """Return the spans of the summary in document order; empty only where there are no sentences.

    They are whole sentences or, where `max_chars` holds none, one run of clauses, or a safe part of one.
    Only a text made of numbers, words and addresses that are all longer than `max_chars` has a longer
    summary, the shortest of them.

    Args:
        text: the source.
        sentences: all of it, in order.
        scores: their saliences.
        budget: the length asked for.
    """
    if chosen := select(text, sentences, scores, budget):
        return [(sentences[i].start, sentences[i].end) for i in chosen]
    if not sentences or budget.max_chars is None:
        return []
    ranked = [sentences[i] for i in best_first(usable(sentences), scores)]
    return [_clauses(ranked, budget.max_chars) or _part(ranked, budget.max_chars) or _shortest_atom(ranked)]


def select(text: str, sentences: Sequence[Sentence], scores: Sequence[float], budget: Budget) -> list[int]:
    """Return the indices of the best sentences that fit, ascending.

    A sentence that tells what a better one has told is passed over, and so is one that needs another to be
    understood which does not fit beside it, unless there are no others. Without a budget the summary has
    a third of the usable sentences, rounded up, at most `DEFAULT_SENTENCES`, or so many where the best needs
    others to be understood.
    """
    candidates = usable(sentences)
    count = budget.sentences
    if count is None:
        count = len(candidates) if budget.max_chars else min(DEFAULT_SENTENCES, (len(candidates) + 2) // 3)
    ranked = best_first(candidates, scores)
    dependencies, allowed = Dependencies(text, sentences), set(candidates)
    chosen: set[int] = set()
    told: list[_Content] = []
    for index, careful in [*zip(ranked, repeat(True)), *zip(ranked, repeat(False))]:
        if len(chosen) >= count or (chosen and budget.max_chars and not careful):
            break
        group = dependencies.group(index, chosen) if careful else [index]
        if index in chosen or group is None or not allowed.issuperset(group):
            continue
        room = count if chosen or budget.sentences else max(count, DEFAULT_SENTENCES)
        if len(chosen) + len(group) > room:
            continue
        if budget.max_chars and joined_length(sentences, [*chosen, *group]) > budget.max_chars:
            continue
        contents = {i: _Content.of(sentences[i].text) for i in group}
        if not any(contents[index].same_as(other) for other in told):
            chosen.update(group)
            told += contents.values()
    return sorted(chosen)


def joiner_of(pieces: Sequence[str]) -> str:
    """Return what joins pieces to a summary: nothing where each ends in a Chinese stop, else a space."""
    return "" if all(piece[-1] in _CLOSED for piece in pieces[:-1]) else " "


def usable(sentences: Sequence[Sentence]) -> list[int]:
    """Return the indices of the sentences worth choosing; all, where there is nothing better.

    Left out are mere marks, credits and notices, lists of risks, titles in 【】, which are no sentences, rows
    of tables, a headline or slogan that the sentences after it repeat, and what no stop ends and tells no
    figures (headings, words that lead on to a list) before the last sentence.
    """
    readable = [i for i, sentence in enumerate(sentences) if char_ngrams(sentence.text)]
    risks = _under_risks(sentences)
    content = [
        i
        for i in readable
        if i not in risks and not (is_boilerplate(sentences[i].text) or _lists_risks(sentences[i].text))
    ]
    prose = [i for i in content if not _is_label(sentences[i].text)]
    prose = prose or [i for i in content if re.search(r"\d", sentences[i].text)] or content
    fresh = [
        index
        for place, index in enumerate(prose)
        if not _repeats(sentences[index], [sentences[i] for i in prose[place + 1 : place + 3]])
    ]
    ended = {i for i in fresh if sentences[i].text[-1] in _ENDED} | points(sentences)
    complete = [
        i for i in fresh if i in ended or i == len(sentences) - 1 or _FIGURES.search(sentences[i].text)
    ]
    return (complete if ended else fresh) or prose or readable or list(range(len(sentences)))


def sound(sentences: Sequence[Sentence]) -> set[int]:
    """Return the indices of the sentences that may stand beside a chosen one, also where they repeat it."""
    return {
        i
        for i, sentence in enumerate(sentences)
        if char_ngrams(sentence.text)
        and sentence.text[-1] in _ENDED
        and not (is_boilerplate(sentence.text) or _is_label(sentence.text))
    }


def is_title(sentence: str) -> bool:
    """Say whether a sentence is a title in 【】."""
    return _TITLE.fullmatch(sentence) is not None


def _is_label(sentence: str) -> bool:
    return is_row(sentence) or is_title(sentence)


def points(sentences: Sequence[Sentence]) -> set[int]:
    """Return the indices of the lines `合同金额：18亿元` that a filing begins with under 重要内容提示."""
    points: set[int] = set()
    listed = False
    for i, sentence in enumerate(sentences):
        if _POINTS.fullmatch(sentence.text):
            listed = True
        elif listed and _POINT.fullmatch(sentence.text):
            points.add(i)
        elif sentence.text[-1] not in _ENDED:
            listed = False
    return points


def _under_risks(sentences: Sequence[Sentence]) -> set[int]:
    """Return the indices of a heading 风险提示 and of what stands under it, up to the next title."""
    found: set[int] = set()
    under = False
    for i, sentence in enumerate(sentences):
        under = _RISK_HEADING.fullmatch(sentence.text) is not None or (under and not is_title(sentence.text))
        found |= {i} if under else set()
    return found


def _lists_risks(sentence: str) -> bool:
    clauses = [clause for clause in re.split(r"[，,、；;。]", sentence) if clause]
    named = len(clauses) > 1 and all(clause.endswith(_RISK_ENDS) for clause in clauses)
    return named or _RISKS.fullmatch(sentence) is not None


def _repeats(piece: Sentence, following: Sequence[Sentence]) -> bool:
    """Say whether a piece is a headline or slogan that tells no more than the sentences after it."""
    slogan = len(piece.text) <= MAX_SLOGAN and not _NUMBER.search(piece.text)
    if not (slogan or (piece.text.startswith("【") and piece.text.endswith("】"))):
        return False
    grams = _bigrams(piece.text)
    told = _bigrams(" ".join(sentence.text for sentence in following))
    return _share(grams, told, len(grams)) >= REPEATED


@dataclass(frozen=True, slots=True)
class _Content:
    """What tells one sentence from another."""

    grams: frozenset[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Content:
        return cls(_bigrams(text), frozenset(_NUMBER.findall(text)))

    def same_as(self, other: _Content) -> bool:
        """Say whether one tells all of the other; `沪铜涨1%` and `沪铜涨2%` are two facts."""
        less, more = sorted((self, other), key=lambda content: len(content.grams))
        enough = SAME if len(less.numbers) < 2 else SAME_FACT
        return less.numbers <= more.numbers and _share(less.grams, more.grams, len(less.grams)) >= enough


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(char_ngrams(text))


def _share(a: frozenset[str], b: frozenset[str], whole: int) -> float:
    return len(a & b) / whole if whole else 0.0


def best_first(indices: Iterable[int], scores: Sequence[float]) -> list[int]:
    """Return the indices by descending score, of equals the first."""
    return sorted(indices, key=lambda i: (-scores[i], i))


def joined_length(sentences: Sequence[Sentence], indices: Iterable[int]) -> int:
    """Return the characters of some sentences as a summary."""
    pieces = [sentences[i].text for i in sorted(indices)]
    return len(joiner_of(pieces).join(pieces))


def _clauses(ranked: Sequence[Sentence], max_chars: int) -> Span | None:
    """Return the weightiest run of whole clauses that fits, of the best sentence that has one.

    A bigram weighs as many sentences as have it. On FinNA such a run is one point of ROUGE better than the
    longest, and seven better than the first.
    """
    weights = Counter(gram for sentence in ranked for gram in _bigrams(sentence.text))
    for sentence in ranked:
        if run := _heaviest_run(sentence.text, weights, max_chars):
            return sentence.start + run[0], sentence.start + run[1]
    return None


def _heaviest_run(text: str, weights: Mapping[str, int], max_chars: int) -> Span | None:
    """Return the run of clauses of at most so many characters whose distinct bigrams weigh most."""
    clauses = [(c.start, c.text.rstrip(_DANGLING)) for c in split_clauses(text)]
    clauses = [(start, clause) for start, clause in clauses if char_ngrams(clause)]
    held: Counter[str] = Counter()
    best, best_weight, weight, first = None, 0, 0, 0
    for index, (start, clause) in enumerate(clauses):
        for gram in char_ngrams(clause):
            weight += 0 if held[gram] else weights[gram]
            held[gram] += 1
        while first <= index and start + len(clause) - clauses[first][0] > max_chars:
            for gram in char_ngrams(clauses[first][1]):
                held[gram] -= 1
                weight -= 0 if held[gram] else weights[gram]
            first += 1
        if first <= index and weight > best_weight:
            best, best_weight = (clauses[first][0], start + len(clause)), weight
    return best


def _part(ranked: Sequence[Sentence], max_chars: int) -> Span | None:
    """Return the beginning of the best sentence, cut between two words; marks alone only as a last resort."""
    for want_letters in (True, False):
        for sentence in ranked:
            edges = list(_edges(sentence.text))
            for start, end in pairwise(edges):
                unit = sentence.text[start:end]
                if end - start > max_chars or not (char_ngrams(unit) if want_letters else unit.strip()):
                    continue
                limit = edges[bisect_right(edges, start + max_chars) - 1]
                part = sentence.text[start:limit]
                kept = part.rstrip(_DANGLING) or part.strip()
                return sentence.start + start, sentence.start + start + len(kept)
    return None


def _shortest_atom(ranked: Iterable[Sentence]) -> Span:
    spans = [(s.start + start, s.start + end) for s in ranked for start, end in atom_spans(s.text)]
    return min(spans, key=lambda span: span[1] - span[0])


def _edges(text: str) -> Iterator[int]:
    """Yield the places where a text may be cut: everywhere but inside an atom."""
    last = 0
    for start, end in atom_spans(text):
        yield from range(last, start + 1)
        last = end
    yield from range(last, len(text) + 1)
