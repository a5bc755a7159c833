"""Bytes as text, what was lost on the way, or a clear error."""

from __future__ import annotations

import codecs

import pytest

from newsml.errors import InputError
from newsml.posts.encoding import decode

TEXT = "晨光科技（600990）今日公告，拟派息3.5亿元。\n"
TRADITIONAL = "晨光科技（02990）今日公告，擬派發股息3.5億港元，營業收入增長。\n"
PAGE = '<div class="content"><p style="margin: 0">' * 200 + "{}" + "</p></div>" * 200
SHORT = ["央行下调利率", "股价今日上涨", "公司拟派息", "美元走强", "国际油价下跌3%"]
SHORT_TRADITIONAL = ["央行下調利率", "股價今日上漲", "公司擬派息", "國際油價下跌3%", "香港樓市回暖"]


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (TEXT.encode(), TEXT, "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), TEXT, "utf-8"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), TEXT, "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), TEXT, "utf-16-be"),
        (TEXT.encode("utf-16-le"), TEXT, "utf-16-le"),
        (TEXT.encode("utf-16-be"), TEXT, "utf-16-be"),
        ("Shares rose.".encode("utf-16-le"), "Shares rose.", "utf-16-le"),
        ("Shares rose.".encode("utf-16-be"), "Shares rose.", "utf-16-be"),
        (TEXT.encode("gbk"), TEXT, "gb18030"),
        (TRADITIONAL.encode("gbk"), TRADITIONAL, "gb18030"),
        (TRADITIONAL.encode("big5"), TRADITIONAL, "big5hkscs"),
        *((text.encode("gbk"), text, "gb18030") for text in SHORT),
        *((text.encode("utf-16-le"), text, "utf-16-le") for text in SHORT),
        *((text.encode("big5"), text, "big5hkscs") for text in SHORT_TRADITIONAL),
        *((text.encode("utf-16-be"), text, "utf-16-be") for text in SHORT_TRADITIONAL),
    ],
)
def test_encodings(data: bytes, text: str, encoding: str) -> None:
    decoded = decode(data)
    assert (decoded.text, decoded.encoding) == (text, encoding)
    assert [p.code for p in decoded.problems] == ([] if encoding == "utf-8" else ["encoding"])


@pytest.mark.parametrize("encoding", ["gb18030", "big5hkscs", "utf-16-le", "utf-16-be"])
def test_a_page_that_begins_with_long_markup(encoding: str) -> None:
    page = PAGE.format("今日股市上漲" if encoding == "big5hkscs" else "今日股市上涨")
    decoded = decode(page.encode(encoding))
    assert (decoded.text, decoded.encoding) == (page, encoding)


def test_what_a_page_says_of_itself_decides_between_likely_ones() -> None:
    data = "<p>翡翠</p>".encode("gbk")  # 憤湍 in Big5
    assert decode(data).text != "<p>翡翠</p>"
    page = '<meta charset="GB2312">'
    assert decode(page.encode() + data).text == page + "<p>翡翠</p>"


def test_a_wrong_claim_of_a_page_is_passed_over() -> None:
    page = f'<meta charset="big5"><p>{TEXT}</p>'
    assert decode(page.encode("gbk")).text == page
    assert decode(page.encode()).text == page


def test_gb18030_reaches_beyond_gbk() -> None:
    text = TEXT + "股东名为㛃𠮷。"
    decoded = decode(text.encode("gb18030"))
    assert (decoded.text, decoded.encoding) == (text, "gb18030")


def test_a_byte_order_mark_alone_is_empty() -> None:
    assert decode(codecs.BOM_UTF8).text == decode(codecs.BOM_UTF16_LE).text == decode(b"").text == ""


@pytest.mark.parametrize(
    ("data", "encoding", "lost"),
    [
        (TEXT.encode() * 5 + b"\xfe", "utf-8", 1),
        (TEXT.encode() * 5 + "涨".encode()[:2], "utf-8", 2),
        (codecs.BOM_UTF8 + TEXT.encode() * 5 + b"\xff\xff", "utf-8", 2),
        (TEXT.encode("gbk") * 5 + b"\xff", "gb18030", 1),
        (TRADITIONAL.encode("big5") * 5 + b"\xff", "big5hkscs", 1),
        (TEXT.encode("utf-16-le") * 5 + b"\x0a", "utf-16-le", 1),
        (TEXT.encode("utf-16-le") * 5 + b"\x00\xd8\x0a\x00", "utf-16-le", 2),
    ],
)
def test_lost_bytes_are_counted(data: bytes, encoding: str, lost: int) -> None:
    decoded = decode(data)
    assert decoded.encoding == encoding
    assert decoded.text.count("\ufffd") > 0
    (problem,) = (p for p in decoded.problems if p.code == "encoding-bytes")
    assert problem.message == f"{lost} byte{'s' * (lost > 1)} could not be decoded"


def test_one_bad_byte_in_utf8_is_not_taken_for_gb18030() -> None:
    data = (TEXT * 5).encode()
    decoded = decode(data[:3] + b"\xfe" + data[3:])
    assert decoded.text == "晨\ufffd" + (TEXT * 5)[1:]
    assert [p.code for p in decoded.problems] == ["encoding-bytes"]


def test_a_replacement_character_of_the_text_is_no_lost_byte() -> None:
    text = TEXT * 3 + "\ufffd"
    assert decode(text.encode()).problems == ()
    assert [p.code for p in decode((TEXT * 3 + "\ufffd").encode("gb18030")).problems] == ["encoding"]


def test_stray_nul_characters_are_left_out() -> None:
    decoded = decode(TEXT.encode() * 2 + b"\0\0" + TEXT.encode())
    assert (decoded.text, decoded.encoding) == (TEXT * 3, "utf-8")
    assert [(p.code, p.message) for p in decoded.problems] == [("nul-bytes", "2 NUL characters left out")]


@pytest.mark.parametrize(
    ("data", "code", "error"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary", "binary"),
        (b"title\x00\x01\x02", "binary", "binary"),
        (codecs.BOM_UTF16_LE + b"\x4e", "encoding", "no valid UTF-16-LE: 1 byte"),
        (codecs.BOM_UTF8 + b"ab\xff", "encoding", "no valid UTF-8: 1 byte could"),
        (codecs.BOM_UTF16_LE + b"\x00\x00\x01\x00" * 9, "binary", "binary"),
        (b"abc\xff\xff", "encoding", "neither UTF-8 .byte 3. nor text in GB18030, Big5 or UTF-16"),
        ("Café près de la Straße à Zürich".encode("latin-1"), "encoding", "neither UTF-8 .byte 3."),
        ("株価は今日上昇しました。".encode("shift_jis"), "encoding", "neither UTF-8 .byte 0."),
        (b"\xb1\x30\xb1\x30" * 8, "encoding", "neither UTF-8"),
        (bytes(range(0x80, 0x100)), "encoding", "neither UTF-8"),
        (
            TEXT.encode() * 2 + TEXT.encode("gbk") * 2,
            "encoding",
            rf"neither UTF-8 .byte {2 * len(TEXT.encode())}.",
        ),
        (TEXT.encode() + TEXT.encode("gbk") * 4, "encoding", "partly GB18030 and partly UTF-8 .byte"),
        (
            TRADITIONAL.encode("big5") * 9 + TRADITIONAL.encode(),
            "encoding",
            "partly BIG5HKSCS and partly UTF-8",
        ),
    ],
)
def test_what_is_no_text(data: bytes, code: str, error: str) -> None:
    with pytest.raises(InputError, match=error) as caught:
        decode(data)
    assert caught.value.code == code
