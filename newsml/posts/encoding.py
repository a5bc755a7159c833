"""Bytes -> text: UTF-8 first, other encodings of Chinese by their characters, nothing replaced in silence."""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import cache
from typing import NamedTuple

from newsml.domain import Problem
from newsml.errors import InputError
from newsml.posts.common_characters import COMMON

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
GUESSES = ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")

MAX_DAMAGE = 0.05
"""Undecodable bytes, or control characters, to a character of the text, at most."""

MIN_SCORE = 0.15
"""Mean weight of the characters outside ASCII below which a text makes no sense."""

HINT_SCORE = 0.3
"""What it adds to the score of an encoding that the page itself names it."""

SAMPLE = 1000  # characters outside ASCII by which an encoding is judged

FOREIGN = re.compile(r"[^\t\n\r\x20-\x7e]+")
FOREIGN_BYTE = re.compile(rb"[\x80-\xff]")
# Six characters of Chinese in UTF-8; in 3.4 MB of news in GB18030 and Big5 the longest such run was of three.
UTF8_RUN = re.compile(rb"(?:[\xe3-\xe9\xef][\x80-\xbf]{2}){6}")
ESCAPED = re.compile(r"[\udc80-\udcff]")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
HINT = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([\w-]{3,20})""", re.IGNORECASE)
HINTED = {
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "x-gbk", "cp936"), "gb18030"),
    **dict.fromkeys(("big5", "big5-hkscs", "cp950", "x-big5"), "big5hkscs"),
}


class Decoded(NamedTuple):
    """The text of a file or line.

    Attributes:
        text: without a byte order mark and NUL characters; U+FFFD in the place of what is no text.
        encoding: the name of the codec: ``utf-8``, ``gb18030``, ``big5hkscs``, ``utf-16-le`` or
            ``utf-16-be``.
        problems: the bytes that were lost, and an encoding that is not UTF-8.
    """

    text: str
    encoding: str
    problems: tuple[Problem, ...] = ()


def decode(data: bytes) -> Decoded:
    """Decode the bytes of one file or line.

    Raises:
        InputError: binary data, or bytes that are text in no encoding that is known here.
    """
    if b"\0" not in data and not data.startswith(codecs.BOM_UTF8):
        try:
            return Decoded(data.decode(), "utf-8")
        except UnicodeDecodeError:
            pass
    text, encoding, damage = _named_by_bom(data) or _guess(data)
    problems = []
    if encoding != "utf-8":
        problems.append(Problem("encoding", f"read as {encoding.upper()}"))
    if damage:
        if damage > MAX_DAMAGE * len(text):
            raise InputError(
                f"is no valid {encoding.upper()}: {_count(damage, 'byte')} could not be decoded",
                code="encoding",
            )
        problems.append(Problem("encoding-bytes", f"{_count(damage, 'byte')} could not be decoded"))
    if nuls := text.count("\0"):
        text = text.replace("\0", "")
        problems.append(Problem("nul-bytes", f"{_count(nuls, 'NUL character')} left out"))
    return Decoded(text, encoding, tuple(problems))


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'s' if number != 1 else ''}"


def _named_by_bom(data: bytes) -> tuple[str, str, int] | None:
    """Decode data that begin with a byte order mark; text, encoding and number of undecodable bytes."""
    for bom, name in BOMS:
        if data.startswith(bom):
            text, damage = _decode_all(data[len(bom) :], name)
            # A newer emoji is unassigned here too; more than a few such characters are no text.
            if _is_binary(text) or sum(unicodedata.category(c) == "Cn" for c in text) > 0.02 * len(text):
                raise InputError(f"is binary, or makes no sense as {name.upper()}", code="binary")
            return text, name, damage
    return None


def _guess(data: bytes) -> tuple[str, str, int]:
    """Decode data in the encoding in which the characters outside ASCII are the most usual ones."""
    found = HINT.search(data, 0, 2048)
    hinted = HINTED.get(found[1].decode("ascii", "replace").lower()) if found else None
    # The first byte outside ASCII begins a character in every encoding but UTF-16, whose units are even.
    first = FOREIGN_BYTE.search(data)
    start = first.start() & ~1 if first else 0
    sample = data[start : start + 8 * SAMPLE]
    scores = {name: _score(_decode_all(sample, name)[0]) + HINT_SCORE * (name == hinted) for name in GUESSES}
    best = max(scores, key=scores.__getitem__)
    text, damage = _decode_all(data, best)
    if _is_binary(text):
        raise InputError("is binary, not text", code="binary")
    if scores[best] < MIN_SCORE and best != "utf-8":
        if b"\0" in data:
            raise InputError("is binary, not text", code="binary")
        raise InputError(
            f"is neither UTF-8 (byte {_first_lost(data)}) nor text in GB18030, Big5 or UTF-16",
            code="encoding",
        )
    if best in ("gb18030", "big5hkscs") and (run := UTF8_RUN.search(data)):
        raise InputError(f"is partly {best.upper()} and partly UTF-8 (byte {run.start()})", code="encoding")
    return text, best, damage


def _first_lost(data: bytes) -> int:
    """Return the place of the first byte that is no UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(data)


def _score(text: str) -> float:
    """Return the mean weight of the first characters outside ASCII, -2 to 1."""
    found = "".join(FOREIGN.findall(text))[:SAMPLE]
    return sum(map(_weight, found)) / len(found) if found else MIN_SCORE


@cache
def _weight(char: str) -> float:
    """Say how usual a character is in Chinese news: a wrong guess shows as rare ones."""
    if char in COMMON:
        return 1.0
    if "\u4e00" <= char <= "\u9fff":
        return 0.2 if _is_taught(char) else -0.5
    if char in "。、《》「」『』【】—…·’‘“”\u3000\u3001％￥" or "\uff01" <= char <= "\uff5e":
        return 0.6
    if char == "\ufffd" or unicodedata.category(char)[0] == "C":
        return -2.0
    return -0.3


def _is_taught(char: str) -> bool:
    """Say whether a character is of the first level of GB 2312 or Big5: in use, and not rare."""
    simplified, traditional = char.encode("gb18030"), char.encode("big5hkscs", "ignore")
    return b"\xb0\xa1" <= simplified[:2] <= b"\xd7\xf9" or b"\xa4\x40" <= traditional <= b"\xc6\x7e"


def _decode_all(data: bytes, encoding: str) -> tuple[str, int]:
    """Return a text with U+FFFD in the place of what cannot be decoded, and how many bytes those were."""
    if encoding.startswith("utf-16"):
        text = data.decode(encoding, "replace")
        half = len(data) % 2
        return text, max(2 * text.count("\ufffd") - half, 0)
    text, damage = ESCAPED.subn("\ufffd", data.decode(encoding, "surrogateescape"))
    return text, damage


def _is_binary(text: str) -> bool:
    return len(CONTROL.findall(text)) > MAX_DAMAGE * len(text)
