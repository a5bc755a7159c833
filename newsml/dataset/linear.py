"""The linear baseline: logistic regression on TF-IDF of character n-grams; needs scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsml.arrays import Bools, Floats
from newsml.dataset.examples import gold_matrix
from newsml.dataset.split import stratified_indices
from newsml.domain import Example
from newsml.errors import InputError, missing_extra
from newsml.labels import LabelScheme
from newsml.simplified import simplify

ITERATIONS = 300
CAUTIOUS = 3.0  # inverse penalty that leaves a model unsure of what it saw once


def require_scikit_learn() -> None:
    """Look for what learns, before the posts are read.

    Raises:
        UsageError: scikit-learn is not installed.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise missing_extra("scikit-learn", "train", "a linear model") from None


class LinearClassifier:
    """Logistic regression on the TF-IDF of character 1-3-grams, one against the rest for label sets.

    Args:
        single: whether every text has exactly one label; the probabilities then add up to one.
        inverse_penalty: ``C`` of the logistic regression, over 0; more of it fits the texts closer.

    Raises:
        UsageError: scikit-learn is not installed.
    """

    def __init__(self, *, single: bool, inverse_penalty: float) -> None:
        require_scikit_learn()
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        self._single = single
        self._vectorizer = TfidfVectorizer(
            preprocessor=_plain, analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True
        )
        self._new_model: Callable[[], Any] = lambda: LogisticRegression(
            C=inverse_penalty, max_iter=ITERATIONS
        )
        self._models: list[Any] = []
        self._labels = 0

    def fit(self, texts: Sequence[str], gold: Bools) -> LinearClassifier:
        """Fit to texts and their labels.

        Args:
            texts: at least two that share an n-gram.
            gold: *Shape:* ``(len(texts), labels)``.

        Raises:
            InputError: no n-gram stands in two of the texts.
        """
        try:
            features = self._vectorizer.fit_transform(texts)
        except ValueError:
            raise InputError(f"{len(texts)} texts are too few to learn from: they share no n-gram") from None
        self._labels = gold.shape[1]
        targets = [gold.argmax(1)] if self._single else list(gold.T)
        self._models = [self._fit_one(features, target) for target in targets]
        return self

    def _fit_one(self, features: Any, target: NDArray[Any]) -> Any:
        """Return a model, or the only class that there is."""
        return self._new_model().fit(features, target) if len(set(target.tolist())) > 1 else target[0]

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return the probability of each label. *Shape:* ``(len(texts), labels)``."""
        features = self._vectorizer.transform(texts)
        probs = np.zeros((len(texts), self._labels))
        for column, model in enumerate(self._models):
            if not hasattr(model, "predict_proba"):
                probs[:, int(model) if self._single else column] = 1.0 if self._single else float(model)
            elif self._single:
                probs[:, model.classes_] = model.predict_proba(features)
            else:
                probs[:, column] = model.predict_proba(features)[:, 1]
        return probs


def _plain(text: str) -> str:
    return simplify(text).lower()


def out_of_fold_probabilities(
    examples: Sequence[Example],
    scheme: LabelScheme,
    *,
    folds: int,
    seed: int,
    near_duplicate: float = 0.8,
    advance: Callable[[int], None] = lambda _: None,
) -> Floats:
    """Return for each example the probabilities by a linear model that saw neither it nor its like.

    Args:
        examples: with labels of the scheme.
        scheme: the labels.
        folds: parts of which each is held out once, 2 or more; near-duplicates stand in one.
        seed: of the folds.
        near_duplicate: Jaccard similarity from which two texts are near-duplicates.
        advance: told of each fold.

    Returns:
        *Shape:* ``(len(examples), len(scheme.names))``.

    Raises:
        InputError: too few texts that differ.
        UsageError: scikit-learn is not installed.
    """
    gold = gold_matrix(examples, scheme)
    shares = [1 / folds] * folds
    parts = stratified_indices(examples, shares, seed=seed, near_duplicate=near_duplicate)
    probs = np.zeros(gold.shape)
    for part in filter(None, parts):
        held = set(part)
        rest = [i for i in range(len(examples)) if i not in held]
        model = LinearClassifier(single=scheme.mode == "single", inverse_penalty=CAUTIOUS)
        model.fit([examples[i].text for i in rest], gold[rest])
        probs[part] = model.predict_proba([examples[i].text for i in part])
        advance(1)
    return probs
