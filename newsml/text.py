"""White space, sentences and clauses of Chinese text, with exact offsets.

The splitter reads a text once as tokens: *atoms* (numbers, Latin words, abbreviations, addresses), stops,
clause marks and brackets. A point or comma inside an atom is no stop: no cut falls in a number or a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from newsml.domain import Sentence, Span
from newsml.simplified import simplify
from newsml.tags import tag_ends

MAX_BRACKET, MAX_CLAUSE_BRACKET = 120, 60
"""Most characters of a bracket or quotation that holds its sentences, its clauses; else left open."""

# A letter or digit of a script that puts spaces between words: no Han, kana, Hangul or circled number.
_LETTER = r"[^\W_\u2460-\u24ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
_ABBREVIATION = (
    rf"(?:[A-Za-z]\.)+(?:[A-Za-z](?!{_LETTER}))?"
    r"|(?:Co|Corp|Inc)\.?,[ ]?(?:Ltd|Inc|LLC)\.?"
    r"|(?:No|NO|Nos|Inc|Co|Corp|Ltd|Pte|Pty|St|vs|Mr|Mrs|Ms|Dr|Ph\.D|Prof|Jr|Sr|Gov|Sen|Bros|Vol|Fig)\."
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.[ ]?[0-9]+"
)
_LIST_NUMBER = r"(?<![^\s。！？!?…；;：:，,（(“】])(?<![A-Za-z][ ])[0-9]{1,3}\.(?![0-9])"
# `3,000`, `8：30` and `49，779，255` are one number, but `2020，2021` are two.
_INSIDE_NUMBER = r"(?<=\d)(?:[,：．](?=\d)|，(?=\d{3}(?!\d)))"
_ADDRESS = rf"(?:https?://|www\.)[!-~À-ɏ]*[0-9A-Za-z_/=&#À-ɏ-](?:{_INSIDE_NUMBER}?+{_LETTER}++)*+"
_INSIDE = rf"[.'’&@_/:+~\-]|[\xad\u0300-\u036f\u200b-\u200d\u2060]+|{_INSIDE_NUMBER}"  # accents, no width
_WORD = (
    rf"(?:(?<!{_LETTER})[+\-−±](?=\d))?{_LETTER}+(?:(?:{_INSIDE}){_LETTER}+)*"
    r"[\u0300-\u036f]*[%％‰℃]*(?:(?<=\d)[百千万亿]+)?"
)
_PICTURE = r"[\u2100-\u2bff\U0001f000-\U0001faff]"
_JOINED = rf"{_PICTURE}(?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d{_PICTURE})+"  # variants, families
_NUMERAL = "(?:百分之)?[〇零一二两三四五六七八九十百千万亿]+(?:点[〇零一二三四五六七八九]+)?"
_EMOJI = rf"[\U0001f1e6-\U0001f1ff]{{2}}|\d\ufe0f?\u20e3|{_JOINED}"  # a flag, a keycap
_LINE_END = r"(?>\r\n|[\n\r\v\f\x85\u2028\u2029])"
_ATOM = rf"{_ADDRESS}|{_ABBREVIATION}|{_LIST_NUMBER}|{_WORD}"

# Compiled at first use, which takes as long as reading a hundred posts: most commands split nothing.
_TOKENS = (
    rf"(?:{_ATOM})"
    rf"|(?P<newline>(?<![，、])(?<![，、]\r){_LINE_END}+|{_LINE_END}{{2,}}|\u3000{{2,}})"  # or an indent
    r"|(?P<stop>[。｡！？!?…]+|\.+)"
    r"|(?P<mark>[，,；;：:]+)"
    r"|(?P<open>[（(\[［【《〈“‘「『])"
    r"|(?P<close>[）)\]］】》〉”’」』])"
    r'|(?P<quote>")'
)
_READABLE = re.compile(r"[^\W_]")
_CONTROL = re.compile(r"([\x00-\x1f\x7f-\x9f])|[\u202a-\u202e\u2066-\u2069]")  # or what turns a text round
_NOT_SPACE = re.compile(r"\S")
_PUNCTUATION = re.compile(r"[\W_]+")

_QUOTES = '“‘「『"'
# Writers mix the widths, as in `（AUM)`; either closes the other.
_OPENER = dict(zip("（(）)［[］]】》〉”’」』", "（（（（［［［［【《〈“‘「『", strict=True))
_SPEECH_TAG = re.compile(
    r"[\w、·]{1,40}(?:说|道|问|称|表示|指出|强调|认为|透露|坦言|直言|介绍|补充|回应|解释|呼吁)"
    r'(?:。|[，,](?=[“「『"]))'
)
_UNIT = re.compile(r"[%％‰万亿元倍]|[美港欧日]元|个?(?:百分点|基点)|pct")
_GOES_ON = re.compile(r"[的等之]|成为|是(?!的)")
_ATTRIBUTION = re.compile(r"——[\w·《》]{2,30}(?!\S)")
_UNFINISHED_LIST = re.compile(r"[^\W\d一二三四五六七八九十]、\w{1,10}\Z")
_SOURCES = re.compile(
    r"(?:[（(](?:(?:来源|资料来源|记者|作者|编辑|责任编辑)[^（）()]{1,30}|\w{1,12}(?:社|报|网|财经|新闻))[）)]){1,3}"
    r"(?![（(])"
)
_CONTINUES = "，、；：,;:"
_STOPS = frozenset("。｡！？!?…")


class _Cut(IntEnum):
    """What ends at a boundary."""

    CLAUSE = 0
    SENTENCE = 1
    PARAGRAPH = 2


@dataclass(slots=True)
class _Token:
    """A piece of text that matters to the splitter; ``kind`` is a group name of ``_TOKENS``."""

    kind: str
    start: int
    end: int


def normalise_space(text: str) -> str:
    """Collapse every run of white space (U+3000 and NBSP included) to one space, and strip."""
    return " ".join(text.split())


def printable(text: str) -> str:
    """Return a text on one line without control characters, which a terminal or page would obey."""
    return normalise_space(_CONTROL.sub(lambda found: " " if found[1] else "", text))


def escape_markdown(text: str) -> str:
    """Return a text, on one line, so that Markdown and HTML show it as it is."""
    text = normalise_space(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = re.sub(r"([\\`*_\[\]#|~!])", r"\\\1", text)
    return re.sub(r"^(\d*)([-+.)])(?=\s|-|$)", r"\1\\\2", text)  # would open a list or draw a line


def split_sentences(text: str) -> list[Sentence]:
    """Cut a text into sentences.

    Stops are ``。！？!?…`` and, where neither a number nor an abbreviation holds it, the ASCII point; a
    newline that is not after ``，、``, or an indent within a line, ends a sentence always. Closing quotes and
    brackets after a stop belong to the sentence. A stop inside brackets or quotation marks that close soon
    after ends none; a quotation that is a sentence ends one, together with the words after it that only name
    its speaker, but those that end in a colon lead on to the next. Dots that break off a list end none, nor
    does the stop of a table's cell. A headline in ``【】`` that opens a sentence, not a tag of a list's item,
    and a source in brackets after one are pieces of their own; an unterminated last sentence is kept.

    Returns:
        Pieces in order, without white space at their ends, that hold every other character once. Linear time.
    """
    return list(_split(text, _Cut.SENTENCE))


def split_clauses(text: str) -> list[Sentence]:
    """Cut sentences, as `split_sentences` finds them, into clauses: at ``，,；;：:``, not at ``、``."""
    return list(_split(text, _Cut.CLAUSE))


def atom_spans(text: str) -> Iterator[Span]:
    """Yield the numbers, Latin words, abbreviations, addresses and emoji, which no cut may tear."""
    for match in re.finditer(rf"{_EMOJI}|{_ATOM}|{_NUMERAL}", text):
        yield match.span()


def char_ngrams(text: str, n: int = 2) -> list[str]:
    """Return the character n-grams of a text without white space and punctuation, in lower case.

    A text shorter than `n` is its own single n-gram; one without letters and digits has none.
    """
    letters = _PUNCTUATION.sub("", text).lower()
    if len(letters) <= n:
        return [letters] if letters else []
    return [letters[i : i + n] for i in range(len(letters) - n + 1)]


@lru_cache(maxsize=4)  # what tells a post splits it ten times, into sentences and clauses
def _split(text: str, level: _Cut) -> tuple[Sentence, ...]:
    spans: list[Span] = []
    begin, readable, before = 0, -1, _Cut.PARAGRAPH
    for end, cut in (*_boundaries(simplify(text)), (len(text), _Cut.PARAGRAPH)):
        if cut < level:
            continue
        if readable < begin:
            found = _READABLE.search(text, begin)
            readable = found.start() if found else len(text)
        if readable < end or (before, cut) == (_Cut.PARAGRAPH, _Cut.PARAGRAPH):
            spans.append((begin, end))
        elif before <= cut and before < _Cut.PARAGRAPH:
            spans[-1] = (spans[-1][0], end)  # mere marks belong to the piece before them ...
        else:
            continue  # ... or, where they open their sentence or paragraph, to the piece after them
        begin, before = end, cut
    return tuple(piece for start, end in spans if (piece := _strip(text, start, end)))


def _strip(text: str, start: int, end: int) -> Sentence | None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    piece = piece.strip()
    return Sentence(piece, start, start + len(piece)) if piece else None


def _boundaries(text: str) -> Iterator[tuple[int, _Cut]]:
    """Yield the ends of clauses, sentences and paragraphs, ascending."""
    tokens, pairs = _read(text)
    sentence_shields = _Shields(pairs, MAX_BRACKET)
    clause_shields = _Shields(pairs, MAX_CLAUSE_BRACKET)
    last, begin = 0, _first_visible(text, 0)
    for index, token in enumerate(tokens):
        if token.start < last:
            continue
        cut: _Cut | None = None
        end = _end_of_run(tokens, index)
        if token.kind == "newline":
            cut = _Cut.PARAGRAPH
        elif token.kind == "stop":
            shield = sentence_shields.around(token.start)
            if _ends_sentence(text, token.start, end, begin, shield):
                cut = _Cut.SENTENCE
            elif shield and shield[1] > end and clause_shields.around(end) is None:
                cut = _Cut.CLAUSE
        elif token.kind == "mark" and clause_shields.around(end) is None:
            cut = _Cut.CLAUSE
        elif token.kind == "close" and _stands_alone(text, begin, end, sentence_shields.around(token.start)):
            cut = _Cut.SENTENCE
        if cut is not None:
            yield end, cut
            if cut >= _Cut.SENTENCE and begin < end:
                begin = _first_visible(text, end)
        last = end


def _read(text: str) -> tuple[list[_Token], list[Span]]:
    """Return the tokens at which a text may be cut, and the brackets that close in their paragraph."""
    tokens: list[_Token] = []
    pairs: list[Span] = []
    stack: list[tuple[str, int]] = []
    unclosed: dict[str, int] = {}
    for found in re.finditer(_TOKENS, text):
        kind = found.lastgroup
        if kind is None:
            continue
        start, end = found.span()
        if kind == "newline":
            stack.clear()
            unclosed.clear()
        elif kind in ("open", "close", "quote"):
            opener = _OPENER.get(text[start], text[start])
            if kind == "open" or (kind == "quote" and not unclosed.get(opener)):
                stack.append((opener, start))
                unclosed[opener] = unclosed.get(opener, 0) + 1
                continue
            kind = "close"
            if unclosed.get(opener):
                pairs.append((_open_of(opener, stack, unclosed), end))
        tokens.append(_Token(kind, start, end))
    tags = tag_ends(text)
    return [token for token in tokens if token.end not in tags], sorted(pairs)


def _open_of(opener: str, stack: list[tuple[str, int]], unclosed: dict[str, int]) -> int:
    """Take the last such opener off the stack, with those above it, which nothing closes."""
    while True:
        kind, start = stack.pop()
        unclosed[kind] -= 1
        if kind == opener:
            return start


class _Shields:
    """The outermost pairs up to a length, asked for at ascending positions."""

    def __init__(self, pairs: Iterable[Span], longest: int) -> None:
        self._spans: list[Span] = []
        for start, end in pairs:
            if end - start <= longest and (not self._spans or start >= self._spans[-1][1]):
                self._spans.append((start, end))
        self._next = 0

    def around(self, position: int) -> Span | None:
        """Return the pair that holds the position strictly inside; positions must not descend."""
        while self._next < len(self._spans) and self._spans[self._next][1] <= position:
            self._next += 1
        if self._next < len(self._spans) and self._spans[self._next][0] < position:
            return self._spans[self._next]
        return None


def _end_of_run(tokens: list[_Token], index: int) -> int:
    """Return the end of a stop or mark with those, and the closing brackets, that stick to it."""
    end = tokens[index].end
    if tokens[index].kind in ("stop", "mark"):
        sticky = (tokens[index].kind, "close")
        while (
            (index := index + 1) < len(tokens) and tokens[index].start == end and tokens[index].kind in sticky
        ):
            end = tokens[index].end
    return end


def _ends_sentence(text: str, start: int, end: int, begin: int, shield: Span | None) -> bool:
    """Say whether the stops and closing marks in ``[start, end)`` end the sentence that began at `begin`."""
    stops, after = set(text[start:end]), text[end : end + 1]
    if (shield and shield[1] > end) or (after and after in _CONTINUES) or text.startswith(" |", end):
        return False
    if _ATTRIBUTION.match(text, end) or (stops == {"…"} and _breaks_off_a_list(text, start, after)):
        return False
    if shield and not _STOPS.intersection(text[shield[1] : end]):
        return _ends_with_bracket(text, stops, after, begin, shield)
    if not after or stops & set("。！？"):
        return True
    if start and text[start - 1].isdigit() and _UNIT.match(text, end):  # an amount that has lost a digit
        return False
    if stops & _STOPS:  # not in `Yahoo!Finance`, `s?wd=x`
        return start == 0 or re.fullmatch("[0-9A-Za-z]{2}", text[start - 1] + after) is None
    return after.isspace() or after >= "\u2e80" or after in "“‘"


def _ends_with_bracket(text: str, stops: set[str], after: str, begin: int, shield: Span) -> bool:
    """Say whether a sentence ends together with the bracket or quotation that its stops stand in."""
    start, opener = shield[0], text[shield[0]]
    if _GOES_ON.match(text, shield[1]):
        return False
    if opener in "【《〈":
        return start == begin and opener == "【"
    if opener in _QUOTES and _SPEECH_TAG.match(text, shield[1]):
        return False
    opens = start == begin or (opener in _QUOTES and text[start - 1] in "：:，,")
    # `喊出“冲！”的口号` goes on after its quotation; a full stop is no part of a phrase.
    return opens or "。" in stops or not after or after.isspace()


def _breaks_off_a_list(text: str, start: int, after: str) -> bool:
    """Say whether the dots at `start` stand for the rest of a list, as in `甲、乙……等三家`."""
    return after == "等" or _UNFINISHED_LIST.search(text[max(start - 12, 0) : start]) is not None


def _stands_alone(text: str, begin: int, end: int, shield: Span | None) -> bool:
    """Say whether the sentence so far is a headline in 【】, or names the sources of the one before it."""
    if shield is None:
        return False
    if text[end - 1] == "】":
        return shield == (begin, end) and text[end : end + 1] not in "与和及、"
    sources = _SOURCES.match(text, begin) if begin and text[begin - 1] in _STOPS else None
    return sources is not None and sources.end() == end


def _first_visible(text: str, position: int) -> int:
    found = _NOT_SPACE.search(text, position)
    return found.start() if found else len(text)
