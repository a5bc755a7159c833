"""Evidence is what a score falls without; a model of keywords tells what that must be."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import newsml
from newsml.domain import Post
from newsml.errors import UsageError
from newsml.model.explain import COARSE, FINE, SHARE, find_evidence, split_pieces

FILLER = "今日市场交投清淡，多数投资者保持观望，"


class Keywords:
    """A model whose logit of a label is the weight of the words of its that a text holds."""

    def __init__(self, *labels: dict[str, float]) -> None:
        self.labels = labels
        self.read = 0

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.read += len(texts)
        return np.array(
            [[sum(w for k, w in words.items() if k in text) for words in self.labels] for text in texts]
        )


def words(post: Post, model: Keywords) -> list[list[str]]:
    return [[post.text[s:e] for s, e in spans] for spans in find_evidence(post, model)]


def test_the_evidence_is_the_keyword() -> None:
    post = Post("a", "", f"{FILLER}比特币，{FILLER}OPEC+，{FILLER}")
    assert words(post, Keywords({"比特币": 2}, {"OPEC": 1})) == [["比特币"], ["OPEC"]]


def test_pieces_that_touch_are_one_span() -> None:
    post = Post("a", "", f"{FILLER}，存款准备金率，{FILLER}{FILLER}")
    assert words(post, Keywords({"存款准备金率": 1})) == [["存款准备金率"]]


def test_what_speaks_against_a_label_or_for_none_is_no_evidence() -> None:
    post = Post("a", "", f"{FILLER}{FILLER}比特币，{FILLER}")
    assert words(post, Keywords({"比特币": -1}, {})) == [[], []]


def test_faint_pieces_are_no_evidence() -> None:
    post = Post("a", "", f"{FILLER}比特币，{FILLER}回购股，{FILLER}{FILLER}")
    assert words(post, Keywords({"比特币": 1, "回购股": 0.1})) == [["比特币"]]


def test_labels_take_turns_while_there_is_room() -> None:
    post = Post("a", "", "比特币，回购股，原油价，准备金，央行降")  # room for one piece
    assert words(post, Keywords({"比特币": 1, "原油价": 1}, {"回购股": 9})) == [["比特币"], []]
    post = Post("a", "", post.text * 2)
    first, second = (
        {"比特币，回购股，原油价，准备金，央行降比": 1, "央行降比特": 1},
        {"回购股，原油价，准备金，央行降比特": 1},
    )
    assert all(words(post, Keywords(first, second)))


def test_the_headline_before_the_text_is_none_of_it() -> None:
    post = Post("a", "比特币大跌", f"{FILLER}{FILLER}全网爆仓，{FILLER}")
    assert words(post, Keywords({"比特币": 5, "全网爆仓": 1})) == [["全网爆仓"]]
    inside = Post("a", "比特币大跌", f"【比特币大跌】{FILLER}{FILLER}")
    assert words(inside, Keywords({"比特币大": 5})) == [["比特币大跌"]]


def test_boilerplate_and_blank_lines_move_no_span() -> None:
    text = f"记者：某某\n{FILLER}{FILLER}\n \n扫码关注\n全网爆仓，{FILLER}"
    cut = text.index("扫码关注")
    post = Post("a", "快讯", text, boilerplate=((0, 5), (cut, cut + 4)))
    assert post.model_input == f"【快讯】{FILLER}{FILLER}\n全网爆仓，{FILLER}"
    assert "".join(text[i] for i in post.news_places) == post.news
    assert words(post, Keywords({"全网爆仓": 1})) == [["全网爆仓"]]


def test_a_piece_that_boilerplate_stood_in_is_left_alone() -> None:
    text = f"{FILLER}{FILLER}爆（编辑）仓，{FILLER}"
    at = text.index("（")
    post = Post("a", "", text, boilerplate=((at, at + 4),))
    assert "爆仓" in post.model_input
    assert words(post, Keywords({"爆仓": 1})) == [[]]


@pytest.mark.parametrize(
    "text", ["", "涨", "，。", "涨停。", "https://example.com/abcdefghijklmnopqrstuvwxyz "]
)
def test_texts_without_room(text: str) -> None:
    assert find_evidence(Post("a", "", text), Keywords({text: 1})) == [()]


def test_a_long_text_costs_little_more() -> None:
    filler = FILLER * 40
    for place in range(4):
        parts = [filler] * 4
        parts[place] += "比特币，"
        post, model = Post("a", "", "".join(parts)), Keywords({"比特币": 1})
        assert len(split_pieces(post.text)) > FINE * 8
        assert words(post, model) == [["比特币"]]
        assert model.read <= 1 + FINE + 2 * COARSE


def test_pieces_tear_no_number_and_no_word() -> None:
    text = "苹果iPhone 15销量3,000万部，9月15日下跌0.8%"
    pieces = [text[s:e] for s, e in split_pieces(text)]
    assert pieces == ["苹果", "iPhone", "15", "销量", "3,000万部", "9月", "15", "日下跌", "0.8%"]


def test_pieces_tear_no_token_of_several_characters() -> None:
    words = "央行/宣/布/下调/存款/准/备金率/，/释/放/长/期/资金/1/万亿/元/了/Open/AI"
    tokens, at = [], 0
    for word in words.split("/"):
        tokens.append((at, at + len(word)))
        at += len(word)
    text = words.replace("/", "")
    pieces = [text[s:e] for s, e in split_pieces(text, tokens=tokens)]
    assert pieces == [
        "央行",
        "宣布",
        "下调",
        "存款准",
        "备金率",
        "释放",
        "长期",
        "资金",
        "1万亿",
        "元了",
        "OpenAI",
    ]


@settings(deadline=None, max_examples=30)
@given(
    text=st.text(st.sampled_from("比特币回购，。 \n1.5%ABC（）"), max_size=160),
    title=st.sampled_from(["", "比特币", "快讯"]),
    cut=st.tuples(st.integers(0, 160), st.integers(0, 40)),
    lengths=st.lists(st.integers(1, 5), max_size=60),
)
def test_spans_are_apart_inside_and_a_fifth(
    text: str, title: str, cut: tuple[int, int], lengths: list[int]
) -> None:
    start, end = min(cut[0], len(text)), min(sum(cut), len(text))
    post = Post("a", title, text, boilerplate=((start, end),) if start < end else ())
    assert "".join(text[i] for i in post.news_places) == post.news
    tokens = pairwise(accumulate(lengths, initial=0))
    model = Keywords({"比特": 1, "回": 3}, {"1.5%": 1, "AB": 2, "回购": 2})
    evidence = find_evidence(post, model, tokens)
    assert sum(e - s for spans in evidence for s, e in spans) <= len(text) / SHARE
    for spans in evidence:
        edges = [edge for span in spans for edge in span]
        assert edges == sorted(set(edges))
        assert all(0 <= s < e <= len(text) and not text[s:e].isspace() for s, e in spans)


def test_the_embedded_model_explains_its_labels() -> None:
    model = newsml.load_model()
    post = Post("a", "", "比特币价格跌破关口，全网爆仓金额上升。今日多数投资者保持观望。")
    (prediction,) = model.predict([post.text])
    evidence = model.explain(post, prediction.labels)
    assert list(evidence) == list(prediction.labels)
    assert any(evidence.values())
    with pytest.raises(UsageError, match="天气"):
        model.explain(post, ["天气"])


def test_labels_owe_more_to_their_evidence_than_to_as_much_other_text() -> None:
    model, chance = newsml.load_model(), random.Random(1)
    falls = []
    for text in (
        "比特币价格跌破关口，全网爆仓金额上升。今日多数投资者保持观望，等待周末的消息。",
        "某市出台新政，首套房贷利率下限下调，公积金额度提高。中介称周末看房的客户明显增多。",
        "昨夜多个产油国宣布继续减产，布伦特原油应声上涨。分析人士说，后市仍要看各方是否守约。",
    ):
        (prediction,) = model.predict([text])
        for label, spans in model.explain(Post("a", "", text), prediction.labels).items():
            evidence = {i for start, end in spans for i in range(start, end)}
            drawn = [set(chance.sample(range(len(text)), len(evidence))) for _ in range(5)]
            left = ["".join(c for i, c in enumerate(text) if i not in gone) for gone in (evidence, *drawn)]
            without = [p.scores[label] for p in model.predict(left)]
            falls.append(
                (prediction.scores[label] - without[0], prediction.scores[label] - np.mean(without[1:]))
            )
    ours, random_ones = np.mean(falls, axis=0)
    assert len(falls) >= 4
    assert ours > 2 * max(random_ones, 0.01)
