"""ROUGE agrees with the package rouge-score on the same tokens."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsml.metrics.rouge import RougeScore, lcs_length, rouge_scores


class _CodePoints:
    def tokenize(self, text: str) -> list[str]:
        return list("".join(text.split()))


# Few characters, so that strings have n-grams in common, and repeat them.
FEW = st.text(alphabet="涨跌股债市 12。\n", max_size=60)
TEXTS = st.one_of(FEW, st.text(alphabet=st.characters(codec="utf-8"), max_size=60))


@settings(deadline=None)
@given(reference=TEXTS, candidate=TEXTS)
@example("", "")
@example("股市", "")
@example("", "股市")
@example("涨", "涨")
@example("涨涨涨涨", "涨")
@example("股市上涨", "股 市\u3000上\n涨")
@example("沪指涨1.5%📈", "📈沪指跌1.5%")
@example("\U00020000涨", "涨\U00020000")
def test_agreement_with_rouge_score(reference: str, candidate: str) -> None:
    rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer")
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=_CodePoints())
    expected = scorer.score(reference, candidate)
    ours = rouge_scores(reference, candidate)
    for name in ("rouge1", "rouge2", "rougeL"):
        assert getattr(ours, name) == pytest.approx(100 * expected[name].fmeasure), name


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
