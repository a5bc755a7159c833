"""Logits -> probabilities that mean what they say, and the thresholds that make the best of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from newsml.arrays import Bools, Floats
from newsml.errors import ModelError

PRIOR = 1.0
"""How strongly a fit is held to the line that changes nothing: as about so many uncertain decisions."""
LABEL_PRIOR = 10.0
"""How strongly a label's own fit is held to that of all labels: as about so many uncertain decisions."""
FOLDS = 5


@dataclass(frozen=True)
class Calibration:
    """A line for each label that maps its logit to a calibrated one: ``scale * logit + bias``.

    Attributes:
        scale: one for each label, over 0; of a single-label model all the same (a temperature).
        bias: one for each label; of a single-label model 0.
    """

    scale: tuple[float, ...]
    bias: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.scale) != len(self.bias):
            raise ModelError(f"{len(self.scale)} scales for {len(self.bias)} biases of the calibration")
        if not all(np.isfinite(self.scale)) or not all(np.isfinite(self.bias)) or min(self.scale) <= 0:
            raise ModelError("a scale of the calibration is not over 0, or a number is not finite")

    @classmethod
    def identity(cls, labels: int) -> Calibration:
        """Return the calibration that changes nothing."""
        return cls((1.0,) * labels, (0.0,) * labels)

    def probabilities(self, logits: Floats, *, single: bool) -> Floats:
        """Return probabilities: softmax over the labels, or a sigmoid for each. *Shape:* as ``logits``."""
        lines = logits * np.asarray(self.scale) + np.asarray(self.bias)
        if single:
            exp = np.exp(lines - lines.max(1, keepdims=True))
            return np.asarray(exp / exp.sum(1, keepdims=True))
        return sigmoid(lines)


def fit_calibration(logits: Floats, gold: Bools, *, single: bool) -> Calibration:
    """Fit a calibration on examples that the model has not learned from.

    A multi-label model gets a line for each label, held to the line of all labels together, so that a
    label with a handful of examples stays near it; a single-label model one temperature.

    Args:
        logits: *Shape:* ``(n, labels)``.
        gold: *Shape:* ``(n, labels)``.
        single: of a single-label model.

    Source: Platt 1999, "Probabilistic Outputs for Support Vector Machines" (a line for each label);
    Guo et al. 2017, "On Calibration of Modern Neural Networks" (temperature).
    """
    labels = logits.shape[1]
    if single:
        temperature = _fit_temperature(logits, gold)
        return Calibration((temperature,) * labels, (0.0,) * labels)
    shared = _fit_line(logits.ravel(), gold.ravel(), np.array([1.0, 0.0]), PRIOR)
    lines = [_fit_line(logits[:, i], gold[:, i], shared, LABEL_PRIOR) for i in range(labels)]
    return Calibration(tuple(float(a) for a, _ in lines), tuple(float(b) for _, b in lines))


def fit_thresholds(probs: Floats, gold: Bools, *, single: bool) -> tuple[float, ...]:
    """Return the threshold of each label at which micro-F1 is best.

    It is one for all labels; the label's own line in the calibration makes it the label's own cut on its
    logit. What counts as right is half the gold label and half its probability: the gold labels alone
    would let the noise of a few hundred decisions choose, the probabilities alone trust them too far
    where a handful of examples has calibrated them.

    Args:
        probs: calibrated, *Shape:* ``(n, labels)``.
        gold: *Shape:* ``(n, labels)``.
        single: of a single-label model, which has no use for thresholds (0.5).

    Source: Lipton, Elkan, Naryanaswamy 2014, "Optimal Thresholding of Classifiers to Maximize F1 Measure".
    """
    if single:
        return (0.5,) * int(probs.shape[1])
    order = np.argsort(-probs, axis=None, kind="stable")
    ordered, right = probs.ravel()[order], (gold.ravel()[order] + probs.ravel()[order]) / 2
    f1 = 2 * np.cumsum(right) / (np.arange(1, len(right) + 1) + right.sum())
    best = int(f1.argmax())
    below = ordered[best + 1] if best + 1 < len(ordered) else 0.0
    return (round(float(ordered[best] + below) / 2, 4),) * int(probs.shape[1])


def cross_fit(logits: Floats, gold: Bools, *, single: bool, seed: int) -> tuple[Floats, Floats]:
    """Return for each example the probabilities and thresholds that were fitted on the others.

    Scores from these are not flattered by the fit.

    Args:
        logits: *Shape:* ``(n, labels)``.
        gold: *Shape:* ``(n, labels)``.
        single: of a single-label model.
        seed: of the folds.

    Returns:
        Two arrays of *Shape:* ``(n, labels)``.
    """
    probs, thresholds = np.zeros_like(logits), np.zeros_like(logits)
    fold = np.random.default_rng(seed).permutation(len(logits)) % min(FOLDS, len(logits))
    for k in np.unique(fold):
        held, rest = fold == k, fold != k
        if not rest.any():
            rest = held
        calibration = fit_calibration(logits[rest], gold[rest], single=single)
        probs[held] = calibration.probabilities(logits[held], single=single)
        fitted = calibration.probabilities(logits[rest], single=single)
        thresholds[held] = fit_thresholds(fitted, gold[rest], single=single)
    return probs, thresholds


def sigmoid(x: Floats) -> Floats:
    """Return the probabilities of logits of any shape and size; NaN stays NaN."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -60, 60))))


def _fit_line(logits: Floats, gold: Bools, prior: Floats, strength: float) -> Floats:
    """Return scale and bias that maximise the likelihood and a normal prior, by Newton's method."""
    features = np.stack([logits, np.ones_like(logits)], axis=1)

    def loss(line: Floats) -> float:
        z = features @ line
        return float(
            np.logaddexp(0, np.where(gold, -z, z)).sum() + strength / 2 * ((line - prior) ** 2).sum()
        )

    line = prior.copy()
    for _ in range(50):
        p = sigmoid(features @ line)
        gradient = features.T @ (p - gold) + strength * (line - prior)
        hessian = (features * (p * (1 - p))[:, None]).T @ features + strength * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while (loss(line - size * step) > loss(line) or (line - size * step)[0] <= 1e-3) and size > 1e-6:
            size /= 2
        if size <= 1e-6 or np.abs(size * step).max() < 1e-8:
            break
        line = line - size * step
    return line


def _fit_temperature(logits: Floats, gold: Bools) -> float:
    """Return the scale of the logits that maximises the likelihood and a normal prior, by a search.

    It is over the logarithm of the scale. The prior keeps a handful of examples that are all right, and
    would be likelier with every greater scale, from making the network sure of everything.
    """

    def loss(scale: float) -> float:
        z = logits * scale
        return float((np.logaddexp.reduce(z, axis=1) - z[gold]).sum() + PRIOR / 2 * (scale - 1) ** 2)

    low, high = np.log(0.05), np.log(20.0)
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(60):  # golden section: the loss has one minimum
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, b) if loss(np.exp(a)) < loss(np.exp(b)) else (a, high)
    return float(np.exp((low + high) / 2))
