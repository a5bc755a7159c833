"""Bytes -> text: UTF-8 first, GB18030 where it is not, and never a silent replacement."""

from __future__ import annotations

import codecs
import unicodedata

from newsml.errors import InputError

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode(data: bytes) -> tuple[str, str]:
    """Decode the bytes of one file or line.

    Returns:
        The text without a byte order mark, and the name of the encoding: ``utf-8``, ``utf-16-le``,
        ``utf-16-be`` or ``gb18030``.

    Raises:
        InputError: binary data (a NUL character), or bytes that are text in none of them.
    """
    text, encoding = _decode(data)
    if "\0" in text:
        raise InputError("is binary, not text")
    return text, encoding


def _decode(data: bytes) -> tuple[str, str]:
    for bom, name in BOMS:
        if data.startswith(bom):
            try:
                text = data[len(bom) :].decode(name)
            except UnicodeDecodeError as error:
                raise InputError(f"is not valid {name.upper()}: byte {error.start + len(bom)}") from error
            # A newer emoji is unassigned here too; more than a few such characters are no text.
            if sum(unicodedata.category(char) == "Cn" for char in text) > 0.02 * len(text):
                raise InputError(f"makes no sense as {name.upper()}")
            return text, name
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        place = f"byte {error.start}"
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        raise InputError(f"is neither UTF-8 ({place}) nor GB18030") from None
    if not _looks_chinese(text):
        raise InputError(f"is not UTF-8 ({place}) and makes no sense as GB18030")
    return text, "gb18030"


def _looks_chinese(text: str) -> bool:
    """Whether most characters outside ASCII are those of Chinese text.

    GB18030 decodes almost any bytes, so that success alone says little: a wrong guess shows as
    rare ideographs, private-use and unassigned characters.
    """
    foreign = [c for c in text if c > "\x7f"]
    # The first level of GB 2312 (bytes B0-D7), in which nearly all running text is written.
    usual = sum(
        c in "，。、：；？！“”‘’（）《》【】…—·％　"
        or (len(code := c.encode("gb18030")) == 2 and b"\xb0\xa1" <= code <= b"\xd7\xf9")
        for c in foreign
    )
    return usual >= 0.7 * len(foreign)
