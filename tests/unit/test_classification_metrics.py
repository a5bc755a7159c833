"""Classification metrics agree with scikit-learn, intervals hold their value."""

from __future__ import annotations

import numpy as np
import pytest

from newsml.metrics.bootstrap import interval, without_bias
from newsml.metrics.classification import (
    METRICS,
    Decisions,
    bootstrap,
    ece,
    mcnemar,
    measure,
    reliability,
    score_decisions,
)


def random_decisions(seed: int, n: int = 60, labels: int = 6) -> Decisions:
    rng = np.random.default_rng(seed)
    gold = rng.random((n, labels)) < np.linspace(0.05, 0.5, labels)
    probs = np.clip(0.5 * gold + 0.6 * rng.random((n, labels)), 0, 1)
    return Decisions(gold, probs > 0.6, probs)


def single_decisions(seed: int, n: int = 60, labels: int = 4) -> Decisions:
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.ones(labels), n)
    eye = np.eye(labels, dtype=bool)
    return Decisions(eye[rng.integers(labels, size=n)], eye[probs.argmax(1)], probs)


def values(decisions: Decisions, *, single: bool = False) -> dict[str, float]:
    return {score.name: score.value for score in score_decisions(decisions, single=single)}


@pytest.mark.parametrize("seed", range(5))
def test_agreement_with_scikit_learn(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    d = random_decisions(seed, 200)
    assert d.gold.any(0).all()
    ours = values(d)
    for average in ("micro", "macro", "samples"):
        expected = metrics.f1_score(d.gold, d.predicted, average=average, zero_division=0)
        assert ours[f"{average}_f1"] == pytest.approx(expected), average
    assert ours["exact_match"] == pytest.approx(metrics.accuracy_score(d.gold, d.predicted))
    assert "accuracy" not in ours


@pytest.mark.parametrize("seed", range(5))
def test_agreement_for_single_labels(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    d = single_decisions(seed)
    gold, predicted = d.gold.argmax(1), d.predicted.argmax(1)
    ours = values(d, single=True)
    assert ours["accuracy"] == pytest.approx(metrics.accuracy_score(gold, predicted))
    assert ours["micro_f1"] == pytest.approx(metrics.accuracy_score(gold, predicted))
    assert ours["macro_f1"] == pytest.approx(metrics.f1_score(gold, predicted, average="macro"))


def test_a_label_that_never_occurs_does_not_lower_the_macro_mean() -> None:
    gold = np.array([[1, 0, 0], [0, 1, 0]], bool)
    predicted = np.array([[1, 0, 0], [1, 0, 0]], bool)
    assert values(Decisions(gold, predicted, predicted * 1.0))["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)


def test_nothing_gold_and_nothing_predicted() -> None:
    empty = np.zeros((3, 2), bool)
    scores = values(Decisions(empty, empty, np.zeros((3, 2))))
    assert (scores["micro_f1"], scores["macro_f1"], scores["exact_match"], scores["ece"]) == (0, 0, 1, 0)


def test_ece_by_hand() -> None:
    probs = np.array([[0.9, 0.2], [0.9, 0.63]])
    gold = np.array([[1, 0], [0, 1]], bool)
    # One bin holds both of 0.9 (one of two is right): |1.8 - 1|; the others |0.2 - 0| and |0.63 - 1|.
    assert ece(Decisions(gold, probs > 0.5, probs)) == pytest.approx((0.8 + 0.2 + 0.37) / 4)


def test_ece_bounds() -> None:
    gold = np.array([[1, 0]], bool)
    assert ece(Decisions(gold, gold, gold * 1.0)) == 0
    assert ece(Decisions(gold, ~gold, ~gold * 1.0)) == 1


def test_ece_has_fifteen_equal_bins() -> None:
    gold = np.array([[1, 0]], bool)
    same_bin, two_bins = np.array([[0.47, 0.53]]), np.array([[0.41, 0.48]])
    assert ece(Decisions(gold, gold, same_bin)) == pytest.approx(0)
    assert ece(Decisions(gold, gold, two_bins)) == pytest.approx((0.59 + 0.48) / 2)


def test_intervals_hold_the_value_and_shrink_with_more_examples() -> None:
    small, large = (score_decisions(random_decisions(1, n), single=False, resamples=200) for n in (30, 1000))
    for few, many in zip(small, large, strict=True):
        assert few.ci95 is not None
        assert many.ci95 is not None
        assert few.ci95[0] <= few.value <= few.ci95[1], few.name
        assert many.ci95[0] <= many.value <= many.ci95[1], many.name
        assert many.ci95[1] - many.ci95[0] < few.ci95[1] - few.ci95[0], few.name


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_of_ece_holds_the_value_of_a_calibrated_model(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ours, theirs = rng.beta(0.4, 2, (60, 8)), rng.random((60, 8))
    gold = rng.random((60, 8)) < ours
    calibrated, other = (Decisions(gold, probs > 0.5, probs) for probs in (ours, theirs))
    (score,) = (s for s in score_decisions(calibrated, single=False, resamples=300) if s.name == "ece")
    assert score.ci95 is not None
    assert 0 <= score.ci95[0] <= score.value <= score.ci95[1]
    drawn = [values["ece"] for values in bootstrap([calibrated, other], 300)]
    low, high = interval(drawn[0] - drawn[1])
    assert low <= ece(calibrated) - ece(other) <= high


def test_bootstrap_values_without_bias() -> None:
    assert without_bias(np.array([0.2, 0.3, 0.7]), 0.3) == pytest.approx([0.1, 0.2, 0.6])
    assert without_bias(np.array([0.0, 0.8]), 0.1) == pytest.approx([0, 0.5])


def test_intervals_are_seeded() -> None:
    d = random_decisions(1)
    one, again, other = (score_decisions(d, single=True, resamples=n) for n in (50, 50, 60))
    assert one == again
    assert [s.value for s in one] == [s.value for s in other]
    assert all(a.ci95 != b.ci95 for a, b in zip(one, other, strict=True))


def test_no_resamples_no_intervals() -> None:
    scores = score_decisions(random_decisions(1), single=True)
    assert {score.name for score in scores} == {*METRICS, "accuracy"}
    assert all(score.ci95 is None for score in scores)


@pytest.mark.parametrize(
    ("gold", "predicted", "probs"),
    [((2, 3), (2, 3), (2, 2)), ((2, 3), (3, 3), (2, 3)), ((2,), (2,), (2,)), ((0, 3), (0, 3), (0, 3))],
)
def test_shapes_are_checked(gold: tuple, predicted: tuple, probs: tuple) -> None:
    with pytest.raises(ValueError, match=r"shapes|no examples"):
        Decisions(np.zeros(gold, bool), np.zeros(predicted, bool), np.zeros(probs))


def test_sums_over_counts_are_those_of_repeated_examples() -> None:
    d = random_decisions(1)
    rows = np.array([4, 4, 0, 9])
    repeated = Decisions(d.gold[rows], d.predicted[rows], d.probs[rows])
    sums = d.statistics().over(np.bincount(rows, minlength=len(d.gold)).astype(float)[None])
    assert {name: float(metric(sums)[0]) for name, metric in METRICS.items()} == pytest.approx(
        measure(repeated)
    )


def test_bootstrap_draws_the_same_samples_for_each_model(monkeypatch) -> None:
    ours, theirs = random_decisions(1), random_decisions(2)
    whole = bootstrap([ours, theirs, ours], 20)
    assert all((whole[0][name] == whole[2][name]).all() for name in METRICS)
    assert any((whole[0][name] != whole[1][name]).any() for name in METRICS)
    monkeypatch.setattr("newsml.metrics.bootstrap.CHUNK", 7 * len(ours.gold))
    for name, values in bootstrap([ours], 20)[0].items():
        assert values == pytest.approx(whole[0][name]), name


def test_brier_by_hand_and_by_scikit_learn() -> None:
    gold = np.array([[1, 0], [0, 1]], bool)
    probs = np.array([[0.9, 0.2], [0.5, 0.5]])
    expected = (0.01 + 0.04 + 0.25 + 0.25) / 4
    assert values(Decisions(gold, probs > 0.5, probs))["brier"] == pytest.approx(expected)
    d = random_decisions(3)
    loss = pytest.importorskip("sklearn.metrics").brier_score_loss
    assert values(d)["brier"] == pytest.approx(loss(d.gold.ravel(), d.probs.ravel()))


def test_reliability_by_hand() -> None:
    gold = np.array([[1, 0], [0, 1]], bool)
    probs = np.array([[0.95, 0.02], [0.89, 1.0]])
    bins = reliability(Decisions(gold, probs > 0.5, probs))
    assert [b.low for b in bins] == pytest.approx([i / 15 for i in range(15)])
    assert [b.n for b in bins] == [1, *[0] * 12, 1, 2]
    assert (bins[0].confidence, bins[0].accuracy) == (pytest.approx(0.02), 0)
    assert (bins[13].confidence, bins[13].accuracy) == (pytest.approx(0.89), 0)
    assert (bins[14].confidence, bins[14].accuracy) == (pytest.approx(0.975), 1)
    assert (bins[5].confidence, bins[5].accuracy) == (0, 0)


def test_reliability_and_ece_agree() -> None:
    d = random_decisions(4)
    gaps = sum(b.n * abs(b.confidence - b.accuracy) for b in reliability(d))
    assert ece(d) == pytest.approx(gaps / d.gold.size)


@pytest.mark.parametrize(("ours", "theirs"), [(0, 0), (0, 5), (1, 9), (12, 5), (40, 40), (3, 900)])
def test_mcnemar_is_the_exact_sign_test(ours: int, theirs: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    expected = stats.binomtest(ours, ours + theirs).pvalue if ours + theirs else 1
    assert mcnemar(ours, theirs) == pytest.approx(expected)
    assert mcnemar(theirs, ours) == mcnemar(ours, theirs)


def test_mcnemar_of_very_many() -> None:
    assert mcnemar(0, 5000) == 0
    assert 0.9 < mcnemar(5000, 5001) <= 1
