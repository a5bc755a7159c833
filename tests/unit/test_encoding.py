"""Bytes as text, or a clear error."""

from __future__ import annotations

import codecs

import pytest

from newsml.errors import InputError
from newsml.posts.encoding import decode

TEXT = "晨光科技（600990）今日公告，拟派息3.5亿元。\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("gbk"), "gb18030"),
        (TEXT.encode("gb18030"), "gb18030"),
    ],
)
def test_encodings(data: bytes, encoding: str) -> None:
    assert decode(data) == (TEXT, encoding)


def test_gb18030_reaches_beyond_gbk() -> None:
    text = TEXT + "股东名为㛃𠮷。"
    assert decode(text.encode("gb18030")) == (text, "gb18030")


def test_a_byte_order_mark_alone_is_empty() -> None:
    assert decode(codecs.BOM_UTF8) == ("", "utf-8")
    assert decode(codecs.BOM_UTF16_LE) == ("", "utf-16-le")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no sense as GB18030"),
        (b"title\x00\x01\x02", "binary"),
        (TEXT.encode() + b"\x00", "binary"),
        (TEXT.encode("utf-16-le"), "binary|UTF-8"),
        (codecs.BOM_UTF16_LE + b"\x4e", "not valid UTF-16-LE: byte 2"),
        (codecs.BOM_UTF8 + b"ab\xff", "not valid UTF-8: byte 5"),
        (b"abc\xff\xff", "neither UTF-8 .byte 3. nor GB18030"),
        ("Café près de la Straße à Zürich".encode("latin-1"), "neither UTF-8 .byte 3. nor GB18030"),
        ("晨光科技公告，公司擬派發股息，營收增長。".encode("big5"), "no sense as GB18030"),
        ("株価は今日上昇しました。".encode("shift_jis"), "no sense as GB18030"),
        (b"\xb1\x30\xb1\x30" * 8, "no sense as GB18030"),
        (bytes(range(0x80, 0x100)), "UTF-8"),
    ],
)
def test_what_is_no_text(data: bytes, error: str) -> None:
    with pytest.raises(InputError, match=error):
        decode(data)


def test_one_bad_byte_in_utf8_is_not_taken_for_gb18030() -> None:
    data = (TEXT * 5).encode()
    with pytest.raises(InputError, match="byte 3"):
        decode(data[:3] + b"\xfe" + data[3:])
