"""Stock codes: shapes one by one, and precision and recall on the texts of the fixture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newsml.domain import StockMention
from newsml.posts.parse import parse_post, parse_text
from newsml.posts.record import parse_record
from newsml.posts.stock_codes import normalise_code
from newsml.posts.stocks import find_stocks

FIXTURE = Path(__file__).parents[1] / "fixtures" / "stock_codes.jsonl"
TEXTS = [json.loads(line) for line in FIXTURE.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("工商银行(601398)涨", [("601398", "601398.SH", "stock")]),
        ("工商银行（601398.SH）涨", [("601398.SH", "601398.SH", "stock")]),
        ("平安银行 ( 000001 ) 涨", [("000001", "000001.SZ", "stock")]),
        ("某某生物(300999-CN)涨", [("300999-CN", "300999.SZ", "stock")]),
        ("宝山钢铁(600019.SS)涨", [("600019.SS", "600019.SH", "stock")]),
        (
            "长和(00001)、某某控股(0909.HK)",
            [("00001", "00001.HK", "stock"), ("0909.HK", "00909.HK", "stock")],
        ),
        ("下调某某保险(02799-HK)", [("02799-HK", "02799.HK", "stock")]),
        ("盈富基金(02800.HK)", [("02800.HK", "02800.HK", "fund")]),
        ("$上证指数(SH000001)$", [("SH000001", "000001.SH", "index")]),
        ("$某某人寿 hk02628$", [("hk02628", "02628.HK", "stock")]),
        ("$拼多多(PDD)$", [("PDD", "PDD.US", "stock")]),
        (
            "上证指数(000001)与深证成指(399001)",
            [("000001", "000001.SH", "index"), ("399001", "399001.SZ", "index")],
        ),
        ("沪深300（000300.SH）", [("000300.SH", "000300.SH", "index")]),
        ("北证50（899050）", [("899050", "899050.BJ", "index")]),
        ("买入NASDAQ:TSLA", [("NASDAQ:TSLA", "TSLA.US", "stock")]),
        ("某某 (NYSE: BABA)", [("NYSE: BABA", "BABA.US", "stock")]),
        ("某某(HKEX：388)", [("HKEX：388", "00388.HK", "stock")]),
        ("某某(TSM.N)、某某(AAPL.O)", [("TSM.N", "TSM.US", "stock"), ("AAPL.O", "AAPL.US", "stock")]),
        ("某某(V.N)、某某(BRK.B.N)", [("V.N", "V.US", "stock"), ("BRK.B.N", "BRK.B.US", "stock")]),
        ("某某(SOHU-US)", [("SOHU-US", "SOHU.US", "stock")]),
        ("600519.SH放量", [("600519.SH", "600519.SH", "stock")]),
        ("SZ300750与sh600000", [("SZ300750", "300750.SZ", "stock"), ("sh600000", "600000.SH", "stock")]),
        ("某某(SZ.002668)", [("SZ.002668", "002668.SZ", "stock")]),
        ("（688981.SH, 00981.HK）", [("688981.SH", "688981.SH", "stock"), ("00981.HK", "00981.HK", "stock")]),
        ("（601398.SH/01398.HK）", [("601398.SH", "601398.SH", "stock"), ("01398.HK", "01398.HK", "stock")]),
        ("某某(LI.O/02015.HK)", [("LI.O", "LI.US", "stock"), ("02015.HK", "02015.HK", "stock")]),
        ("某某(601601,股吧)", [("601601", "601601.SH", "stock")]),
        (
            "某某B(900905)、某某B股(200488)",
            [("900905", "900905.SH", "stock"), ("200488", "200488.SZ", "stock")],
        ),
        ("某某(430047)、某某(920982)", [("430047", "430047.BJ", "stock"), ("920982", "920982.BJ", "stock")]),
        (
            "隆某转债(113053)、某转(123111)",
            [("113053", "113053.SH", "bond"), ("123111", "123111.SZ", "bond")],
        ),
        (
            "某某ETF(510300)、(159915.SZ)",
            [("510300", "510300.SH", "fund"), ("159915.SZ", "159915.SZ", "fund")],
        ),
        ("某某货币(000759)", [("000759", "000759.OF", "fund")]),
        ("某某精选混合(110011)", [("110011", "110011.OF", "fund")]),
        ("基金代码：260108", [("260108", "260108.OF", "fund")]),
        ("某某A（000002，SZ）", [("000002，SZ", "000002.SZ", "stock")]),
        (
            "某某(600519,SH)、某某(601012 SH)",
            [("600519,SH", "600519.SH", "stock"), ("601012 SH", "601012.SH", "stock")],
        ),
        ("沪指(000001)", [("000001", "000001.SH", "index")]),
        ("证券代码：300773 公告编号：2021-035", [("300773", "300773.SZ", "stock")]),
        (
            "（A股代码：601336，H股代码：01336）",
            [("601336", "601336.SH", "stock"), ("01336", "01336.HK", "stock")],
        ),
        ("股份代号为2250。", [("2250", "02250.HK", "stock")]),
        ("股票代码为“QHI”", [("QHI", "QHI.US", "stock")]),
        (
            "代码 | 名称\n300577 | 甲\n605006 | 乙",
            [("300577", "300577.SZ", "stock"), ("605006", "605006.SH", "stock")],
        ),
        ("| 产量 | 代码\n甲 | | 300577", [("300577", "300577.SZ", "stock")]),
        ("看 https://example.com/(600519) 与某某(600519)", [("600519", "600519.SH", "stock")]),
    ],
)
def test_shapes(text: str, mentions: list[tuple[str, str, str]]) -> None:
    found = [(text[m.start : m.end], m.code, m.kind) for m in find_stocks(text)]
    assert found == mentions


@pytest.mark.parametrize(
    "text",
    [
        "成交601398手",
        "自(202408)起",
        "世纪大道88号（200120）",
        "（邮编：300051）",
        "深圳市宝安区（518101），广州市(510620)",
        "公告编号（600519）",
        "执行GB 600123标准",
        "首席执行官(CEO)与(AI)、（GDP）",
        "P.O 42.5水泥，B.S.N院校，A.O.Smith",
        "@user600519",
        "申购代码787173，转股代码190085",
        "产品代码 | 数量\n600123 | 600001",
        "IF2409.CFE与(005930.KS)",
        "HK1997，北汽BJ40，sh2024",
        "example.com/S/SH600519",
        "招股(12333)",
        "1,600519.5",
        "QQ群（600519），微信号(002594)，学号（300750），密码（600123）",
        "阅读(300059) 评论（600519），浏览量（601398），粉丝(600519)",
        "坐标(300059,600519)，人口（600519），增至（300059），版本(600519)",
        "（成交600519，SH成交300059）",
        "",
    ],
)
def test_traps(text: str) -> None:
    assert find_stocks(text) == ()


def test_the_fixture_is_found() -> None:
    gold = {(row, *mention) for row, text in enumerate(TEXTS) for mention in text["mentions"]}
    found = {
        (row, m.start, m.end, m.code) for row, text in enumerate(TEXTS) for m in find_stocks(text["text"])
    }
    assert len(gold) >= 150
    assert sum(len(text["traps"]) for text in TEXTS) >= 100
    right = len(gold & found)
    assert right / len(found) >= 0.98, sorted(found - gold)
    assert right / len(gold) >= 0.98, sorted(gold - found)


@pytest.mark.parametrize(
    ("code", "name", "known"),
    [
        ("600990", "", ("600990.SH", "stock")),
        ("SZ300526", "", ("300526.SZ", "stock")),
        ("00700", "", ("00700.HK", "stock")),
        ("TSLA", "", ("TSLA.US", "stock")),
        ("000001", "上证指数", ("000001.SH", "index")),
        ("000001", "平安银行", ("000001.SZ", "stock")),
        ("990000", "", None),
        ("12345", "", None),
        ("trs-1", "", None),
    ],
)
def test_normalise_code(code: str, name: str, known: tuple[str, str] | None) -> None:
    assert normalise_code(code, name) == known


def test_links_and_text_are_merged() -> None:
    text = "工商银行(601398)、甲股（600036）与乙股"
    links = [StockMention("601398", 0, 12), StockMention("X9", 25, 27)]
    assert find_stocks(text, links) == (
        StockMention("601398.SH", 0, 12),
        StockMention("600036.SH", 16, 22),
        StockMention("X9", 25, 27),
    )


def test_every_kind_of_post_names_its_stocks() -> None:
    linked = parse_post('<p><a code="000568">甲股</a>与乙股(600036)涨。</p>', "a")
    assert [(m.code, linked.text[m.start : m.end]) for m in linked.stocks] == [
        ("000568.SZ", "甲股"),
        ("600036.SH", "600036"),
    ]
    assert [m.code for m in parse_text("  乙股(600036)涨。", "b").stocks] == ["600036.SH"]
    assert [m.start for m in parse_record('{"text": "  乙股(600036)涨。"}', "c").stocks] == [5]
    assert [m.code for m in parse_record('{"title": "乙股(600036)涨", "text": " "}', "d").stocks] == [
        "600036.SH"
    ]
