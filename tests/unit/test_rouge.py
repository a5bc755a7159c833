"""ROUGE agrees with the package rouge-score on the same tokens."""

from __future__ import annotations

import random

import pytest

from newsml.metrics.rouge import RougeScore, lcs_length, rouge_scores


class _CodePoints:
    def tokenize(self, text: str) -> list[str]:
        return list("".join(text.split()))


def test_agreement_with_rouge_score() -> None:
    reference_scorer = pytest.importorskip("rouge_score.rouge_scorer")
    scorer = reference_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=_CodePoints())
    chance = random.Random(7)
    for _ in range(200):
        a, b = ("".join(chance.choices("涨跌股债市 12。", k=chance.randrange(80))) for _ in range(2))
        expected = scorer.score(a, b)
        ours = rouge_scores(a, b)
        for name in ("rouge1", "rouge2", "rougeL"):
            assert getattr(ours, name) == pytest.approx(100 * expected[name].fmeasure), (name, a, b)


def test_counts_are_clipped() -> None:
    assert rouge_scores("涨跌", "涨涨涨涨") == RougeScore(pytest.approx(100 / 3), 0.0, pytest.approx(100 / 3))


def test_bounds() -> None:
    assert rouge_scores("股市 上涨", "股市上涨\n") == RougeScore(100.0, 100.0, 100.0)
    assert rouge_scores("股市", "") == rouge_scores("", "") == RougeScore(0.0, 0.0, 0.0)
    assert rouge_scores("涨", "涨") == RougeScore(100.0, 0.0, 100.0)


def test_mean() -> None:
    assert RougeScore(30.0, 60.0, 90.0).mean == 60.0


def test_lcs_of_long_strings() -> None:
    assert lcs_length("涨跌平" * 100, "涨平" * 100) == 200
