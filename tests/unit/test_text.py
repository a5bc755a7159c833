"""Sentences and clauses in the shapes that real posts have."""

from __future__ import annotations

import pytest

from newsml.text import atom_spans, char_ngrams, normalise_space, split_clauses, split_sentences

# Pieces are separated by `|`; the text is their concatenation.
SENTENCES = [
    "晨光科技预计全年增长。|公司将派息。",
    "利润翻番！|真的吗？|未必",
    "没有句号的一句",
    "订单增加；产能不足；价格上涨。|其余不变。",
    "事情还没有完……|明天再看。",
    "太好了！！！|真的吗？！|是的。",
    # numbers, versions, times
    "营收4.15亿美元，同比下降1.5%。|净利润3,000万元。",
    "指数跌0.5%报2.5点。|北证涨-1.5%。",
    "08:30开盘，比例1:10，另一比例1：10。|完",
    "净资产49，779，255.02元。|完",
    # the ASCII point
    "甲公司（ABC.N）上涨。|U.S. stocks rose 1.5%. |Dow fell. |收盘",
    "Apple Inc.宣布新品。|Example Co., Ltd. 没有回应。",
    "No.1机组并网. |No. 2机组待命。",
    "见http://example.com/a.html?x=1&y=2。|完",
    "版本3.2.1发布.|下一句",
    "1.营收增长。|2.利润下滑。|3. 派息不变。",
    "Yahoo!Finance报道。|完",
    "话没有说完...|下一句",
    # quotation
    "他说：“市场会好。”|随后离开。",
    "“市场会好。”董事长表示。|股价上涨。",
    "“市场会好。”，他说。|完",
    "喊出“买买买！”的口号，股价上涨。|完",
    "喊出“冲啊！”口号，股价上涨。|完",
    "“甲很好。乙也好。”|会议结束。",
    "他说：“真的吗？”|没有人回答。",
    "「市场会好。」|随后离开。",
    '他说:"ok." |然后离开。',
    "“没有关上的引号。|第二句。|第三句。",
    # brackets
    "公司（备注：甲。乙。）公布业绩。|完".replace("）公", "）|公"),
    "公司（甲。乙）公布业绩。|完",
    "公司（太棒了！）公布业绩。|完",
    "书《再见！昨天》的销量上涨。|完",
    "《你好，明天！》票房破10亿元。|完",
    "规模（AUM)上升。|完",
    "（没有关上的括号。|第二句。|第三句。",
    "业绩下滑。|（晨光社）",
    "业绩下滑。|（来源：晨光社）",
    # headlines
    "【晨光科技：净利润增长3.5%】|公司今日公布年报。|完",
    "【晨光科技派息！】|公司今日公布年报。",
    "见附件【表一】所列。|完",
    # tags before the items of a list
    "【兰渡科技】终止收购。|【翠屏银行】行长辞任。",
    "【兰渡科技】预亏1.2亿元，股价下跌。\n|【翠屏银行】行长辞任。",
    "【兰渡科技】|终止收购。",
    "【宏观】|利率下调。|【公司要闻】|行长辞任。",
    # paragraphs
    "第一段没有句号\n|第二段（没有关上\n|第三段）完。",
    "第一段。\r\n|\u3000\u3000第二段。",
    # runs of marks never stand alone
    "？？？真的吗。|完",
    "涨了。 ……|完",
]


@pytest.mark.parametrize("marked", SENTENCES)
def test_sentences(marked: str) -> None:
    expected = [piece.strip() for piece in marked.split("|")]
    assert [piece.text for piece in split_sentences(marked.replace("|", ""))] == expected


CLAUSES = [
    "晨光科技公告，|营收3,000万元，|同比增长1.5%；|净利润：|2亿元。",
    "08:30开盘，|比例1:10。",
    "铜、铝、锌上涨,|铅下跌.",
    "见https://example.com/a,b;c:d/e 一页，|完",
    "代码ABC:600000，|见附表。",
    "甲公司（北京，海淀）上涨，|乙公司下跌。",
    "他说：|“市场会好，”|然后离开。",
    "【标题：上涨，下跌】|正文，|完。",
    "【兰渡科技】预亏1.2亿元，|股价下跌。|【翠屏银行】行长辞任。",
    "2020，|2021年均增长。",
    f"他说“{'很长的话' * 10}，|{'还没有完' * 10}！|完”。",
]


@pytest.mark.parametrize("marked", CLAUSES)
def test_clauses(marked: str) -> None:
    expected = [piece.strip() for piece in marked.split("|")]
    assert [piece.text for piece in split_clauses(marked.replace("|", ""))] == expected


def test_a_long_bracket_does_not_swallow_its_sentences() -> None:
    text = "（" + "这一句说个没完。" * 40 + "）"
    assert len(split_sentences(text)) == 40


@pytest.mark.parametrize("text", ["", " \n\u3000\t\xa0", "\u2028"])
def test_blank_text_has_no_pieces(text: str) -> None:
    assert split_sentences(text) == split_clauses(text) == []


def test_marks_alone_are_kept() -> None:
    assert [piece.text for piece in split_sentences("……\n！？")] == ["……", "！？"]


def test_normalise_space() -> None:
    assert normalise_space("\u3000甲\xa0 乙\n\n丙\t") == "甲 乙 丙"


def test_atoms() -> None:
    text = "晨光3,000.5万元，ABC.N跌-1.5%，见www.example.com。U.S.与No.1"
    atoms = [text[start:end] for start, end in atom_spans(text)]
    assert atoms == ["3,000.5万", "ABC.N", "-1.5%", "www.example.com", "U.S.", "No.", "1"]


def test_atoms_keep_accents_and_marks_without_width() -> None:
    text = "Nestle\u0301的Pha\u0323\u0302m与infor\u00admation，2\u2060024年"
    atoms = [text[start:end] for start, end in atom_spans(text)]
    assert atoms == ["Nestle\u0301", "Pha\u0323\u0302m", "infor\u00admation", "2\u2060024"]


def test_an_emoji_of_several_code_points_is_an_atom() -> None:
    flag, keycap, thumb, family = (
        "\U0001f1e8\U0001f1f3",
        "1\ufe0f\u20e3",
        "\U0001f44d\U0001f3fd",
        "👩\u200d👧\u200d👦",
    )
    text = f"涨{flag}{flag}中{keycap}好{thumb}家{family}📈"
    assert [text[start:end] for start, end in atom_spans(text)] == [flag, flag, keycap, thumb, family]


def test_char_ngrams_skip_marks_and_space() -> None:
    assert char_ngrams("A股，涨 了。") == ["a股", "股涨", "涨了"]
    assert char_ngrams("涨") == ["涨"]
    assert char_ngrams("——") == []


@pytest.mark.parametrize(
    "unit", ["甲股涨1.5%，乙跌。", "（", "“。", "。），", "\n", "\n 　", "。【甲乙", "1.", "，"]
)
def test_long_monotonous_texts_keep_every_character(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    pieces = split_clauses(text)
    assert "".join(piece.text for piece in pieces) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("订单增加一成，\n创一年新高。", ["订单增加一成，\n创一年新高。"]),
        ("远山、\n望海两地降雨。", ["远山、\n望海两地降雨。"]),
        ("订单增加一成，\r\n创一年新高。", ["订单增加一成，\r\n创一年新高。"]),
        ("订单增加一成，\n\n创一年新高。", ["订单增加一成，", "创一年新高。"]),
        ("订单增加一成\n创一年新高。", ["订单增加一成", "创一年新高。"]),
    ],
)
def test_a_line_that_ends_in_a_comma_goes_on(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in split_sentences(text)] == sentences
    assert [clause.text for clause in split_clauses(text)][-1] == sentences[-1].replace("\r", "").split(
        "，\n"
    )[-1]


@pytest.mark.parametrize(
    "address", ["https://example.com/café", "www.nestlé.com", "https://a.b/c?d=1,000１２３"]
)
def test_an_address_ends_with_its_last_word(address: str) -> None:
    assert (2, 2 + len(address)) in atom_spans(f"见：{address}。")
    assert (2, 2 + len(address)) in atom_spans(f"见：{address}查看。")
