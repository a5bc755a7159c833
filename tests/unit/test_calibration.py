"""Calibration makes probabilities true; thresholds make the best of them."""

from __future__ import annotations

import numpy as np
import pytest

from newsml.errors import ModelError
from newsml.metrics.classification import Decisions, ece, measure
from newsml.model.calibration import Calibration, cross_fit, fit_calibration, fit_thresholds


def drawn(n: int, lines: list[tuple[float, float]], seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return logits, and gold labels drawn with the probability sigmoid(scale * logit + bias)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(-1, 2, (n, len(lines)))
    scale, bias = np.array(lines).T
    return logits, rng.random(logits.shape) < 1 / (1 + np.exp(-(scale * logits + bias)))


def test_the_lines_of_many_examples_are_found() -> None:
    lines = [(0.5, 0.3), (1.0, 0.0), (2.0, -1.0)]
    calibration = fit_calibration(*drawn(20_000, lines), single=False)
    for (scale, bias), a, b in zip(lines, calibration.scale, calibration.bias, strict=True):
        assert (a, b) == pytest.approx((scale, bias), abs=0.12)


def test_a_few_examples_that_are_told_apart_prove_little() -> None:
    logits = np.array([[3.0], [2.0], [-1.0], [-2.0], [-4.0], [-5.0]])
    calibration = fit_calibration(logits, logits > 0, single=False)
    assert 0.8 < calibration.scale[0] < 2.5
    assert abs(calibration.bias[0]) < 1


def test_a_few_texts_of_one_label_each_prove_little_either() -> None:
    logits = np.array([[2.0, -2.0]] * 8)
    calibration = fit_calibration(logits, np.array([[True, False]] * 8), single=True)
    assert 1 < calibration.scale[0] < 2
    assert calibration.probabilities(np.array([[0.1, 0.0]]), single=True).max() < 0.6


def test_calibration_lowers_the_calibration_error() -> None:
    logits, gold = drawn(40_000, [(0.4, 0.5), (0.5, -0.5)])
    half = len(logits) // 2
    calibration = fit_calibration(logits[:half], gold[:half], single=False)
    before, after = (
        ece(Decisions(gold[half:], gold[half:], c.probabilities(logits[half:], single=False)))
        for c in (Calibration.identity(2), calibration)
    )
    assert after < 0.02 < before / 3


def test_a_temperature_is_found() -> None:
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 4, (5_000, 4))
    powers = np.exp(logits / 2)
    draws = (rng.random((5_000, 1)) > np.cumsum(powers / powers.sum(1, keepdims=True), axis=1)).sum(1)
    gold = np.eye(4, dtype=bool)[draws]
    calibration = fit_calibration(logits, gold, single=True)
    assert calibration.scale == pytest.approx((0.5,) * 4, abs=0.05)
    assert calibration.bias == (0.0,) * 4
    assert calibration.probabilities(logits, single=True).sum(1) == pytest.approx(1)


def test_the_threshold_lies_between_what_is_told_apart() -> None:
    probs = np.array([[0.62, 0.37], [0.35, 0.61], [0.66, 0.33], [0.34, 0.65]])
    gold = np.array([[True, False], [False, True]] * 2)
    assert fit_thresholds(probs, gold, single=False) == (0.49, 0.49)
    assert fit_thresholds(probs, gold, single=True) == (0.5, 0.5)


def test_the_threshold_of_the_unsure_is_low() -> None:
    # All that can be done is to take everything.
    probs, gold = np.linspace(0.19, 0.21, 10)[:, None], np.arange(10)[:, None] % 5 == 0
    assert fit_thresholds(probs, gold, single=False)[0] < 0.19


def test_the_thresholds_beat_a_half() -> None:
    logits, gold = drawn(4_000, [(0.6, -0.4), (1.0, -1.0), (0.4, 0.0)])
    probs = fit_calibration(logits, gold, single=False).probabilities(logits, single=False)
    cuts = np.array(fit_thresholds(probs, gold, single=False))
    cut, half = (measure(Decisions(gold, probs >= at, probs)) for at in (cuts, 0.5))
    assert cut["micro_f1"] > half["micro_f1"]


def test_cross_fitting_keeps_an_example_out_of_its_own_fit() -> None:
    logits, gold = drawn(50, [(1.0, 0.0)] * 2)
    probs, thresholds = cross_fit(logits, gold, single=False, seed=1)
    assert probs.shape == thresholds.shape == (50, 2)
    gold[7] = ~gold[7]
    changed, _ = cross_fit(logits, gold, single=False, seed=1)
    assert changed[7].tolist() == probs[7].tolist()
    assert (changed != probs).any()


def test_few_or_one_sided_examples_do_no_harm() -> None:
    for gold in (np.zeros((1, 2), bool), np.ones((1, 2), bool)):
        probs, _ = cross_fit(np.array([[3.0, -3.0]]), gold, single=False, seed=1)
        assert ((probs > 0) & (probs < 1)).all()


def test_a_calibration_checks_itself() -> None:
    for scale, bias in (((1.0,), ()), ((0.0,), (0.0,)), ((1.0,), (float("inf"),))):
        with pytest.raises(ModelError):
            Calibration(scale, bias)
