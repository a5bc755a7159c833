"""A linear head on frozen features: what a handful of examples is enough for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsml.arrays import Bools, Floats
from newsml.errors import missing_extra

STRENGTHS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 1.0)
"""Values of ``C`` that are tried, for features of unit variance."""

FOLDS = 5

UNSEEN = -10.0
"""Logit of a label without an example: never chosen, but no surer than a calibration can bear."""


def fit_head(features: Floats, targets: Bools, *, single: bool, seed: int) -> tuple[Floats, Floats]:
    """Fit logistic regressions and return them as the weights of a linear layer.

    The penalty is chosen by the likelihood of examples that were held out, and labels weigh alike.

    Args:
        features: *Shape:* ``(n, width)``.
        targets: *Shape:* ``(n, labels)``.
        single: whether each example has exactly one label.
        seed: of the folds.

    Returns:
        Weights and biases. *Shape:* ``(labels, width)`` and ``(labels,)``.

    Raises:
        UsageError: scikit-learn is not installed.

    Source: Alain, Bengio 2016, "Understanding intermediate layers using linear classifier probes".
    """
    mean, scale = features.mean(0), features.std(0)
    scale[scale == 0] = 1
    scaled = (features - mean) / scale
    labels = targets.shape[1]
    weights, biases = np.zeros((labels, features.shape[1])), np.zeros(labels)
    if single:
        classes, w, b = _fit(scaled, targets.argmax(1), seed)
        biases[:] = UNSEEN  # of the others the greatest is over 0: a softmax's sum to it
        weights[classes], biases[classes] = w, b
    else:
        for label, target in enumerate(targets.T):
            classes, w, b = _fit(scaled, target.astype(np.int64), seed)
            if len(classes) == 1:
                biases[label] = -UNSEEN if classes[0] else UNSEEN
            else:
                weights[label], biases[label] = w[1] - w[0], b[1] - b[0]
    weights /= scale
    return weights, biases - weights @ mean


def _fit(features: Floats, target: NDArray[np.int64], seed: int) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return the classes that there are, and for each its weights and bias, as a softmax reads them."""
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise missing_extra("scikit-learn", "train", "a probe") from None
    classes, places, counts = np.unique(target, return_inverse=True, return_counts=True)
    if len(classes) == 1:
        return classes, np.zeros((1, features.shape[1])), np.zeros(1)

    def new_model(strength: float) -> Any:
        return LogisticRegression(C=strength, class_weight="balanced", max_iter=1000)

    # Of so small matrices threads spend their time waiting for one another, up to forty times as long.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # of classes with fewer examples than folds
        splitter = StratifiedKFold(int(np.clip(counts.min(), 2, FOLDS)), shuffle=True, random_state=seed)
        folds = list(splitter.split(features, places)) if counts.max() > 1 else []
        best = max(
            STRENGTHS, key=lambda c: _likelihood(lambda: new_model(c), features, places, counts, folds)
        )
        model = new_model(best).fit(features, places)
    w, b = np.asarray(model.coef_), np.asarray(model.intercept_)
    if len(classes) == 2:  # one row: of the second class over the first
        w, b = np.concatenate([np.zeros_like(w), w]), np.concatenate([np.zeros_like(b), b])
    return classes, w, b


def _likelihood(
    new_model: Callable[[], Any],
    features: Floats,
    places: NDArray[np.int64],
    counts: NDArray[np.int64],
    folds: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> float:
    """Return the sum of the log-likelihoods of held-out examples, classes weighing alike."""
    total = 0.0
    for rest, held in folds:
        if len(np.unique(places[rest])) < 2:
            continue
        model = new_model().fit(features[rest], places[rest])
        probs = np.zeros((len(held), len(counts)))
        probs[:, model.classes_] = model.predict_proba(features[held])
        right = probs[np.arange(len(held)), places[held]]
        total += float((np.log(np.clip(right, 1e-6, 1)) / counts[places[held]]).sum())
    return total
