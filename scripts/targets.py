"""Targets for the training of scripts/train_joint.py: what is probably right, whatever the annotators say.

The target of a labelled text is the probability that a label is right, given that the annotators gave it or
not, and what those say who have not seen the text: a linear model on character 1-3-grams that was fitted on
the other folds and, where there are such, a model that was trained on the other folds.
"""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from newsml.arrays import Bools, Floats
from newsml.dataset import group_near_duplicates
from newsml.dataset.examples import gold_matrix
from newsml.dataset.linear import LinearClassifier
from newsml.domain import Example, Post
from newsml.labels import LabelScheme
from newsml.metrics.classification import Decisions, measure
from newsml.model.calibration import fit_thresholds
from newsml.model.scoring import DecisionRule
from newsml.posts import read_posts
from newsml.summarization.fragments import LEADS
from newsml.text import split_clauses

# How often annotators miss a label that is right and give one that is wrong. Two that agree at F1 0.92, as
# FinNL's do on nearly identical texts, do the first about four times in a hundred.
MISSED = 0.04
ADDED = 0.006
MAX_CHARS = 240  # of an unlabelled text: news tells its topic at the beginning
MIN_CHARS = 15
LEAST_CLAUSE = 8  # characters of a clause that tells a topic
_TITLE = re.compile("【([^】]{5,})】(?=.)", re.DOTALL)


class Say:
    """Prints the course of a training."""

    def __init__(self, every: int = 100) -> None:
        self._every = every

    def step(self, step: int, steps: int, loss: float) -> None:
        """Print now and then."""
        if step % self._every == 0:
            print(f"step {step} of {steps}, loss {loss:.4f}", flush=True)

    def note(self, line: str) -> None:
        """Print a line."""
        print(line, flush=True)


def read_texts(names: list[str]) -> Iterator[str]:
    """Yield the texts of .txt and .txt.gz files, one a line, and of posts and JSONL."""
    for name in names:
        if name.endswith((".txt", ".txt.gz")):
            raw = Path(name).read_bytes()
            text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8", errors="ignore")
            yield from text.splitlines()
        else:
            yield from (post.model_input for post in read_posts(name) if isinstance(post, Post))


def fresh_texts(names: list[str], known: Sequence[str], count: int, seed: int) -> list[Example]:
    """Return so many texts of each source that resemble none of the known ones nor one another."""
    texts: dict[str, str] = {}  # with their source
    for name in names:
        found = sorted({text[:MAX_CHARS] for text in read_texts([name]) if len(text) >= MIN_CHARS})
        random.Random(seed).shuffle(found)
        texts |= {text: texts.get(text, name) for text in found[: 2 * count]}
    groups = group_near_duplicates([*known, *texts], 0.8)
    taken, left = set(groups[: len(known)]), dict.fromkeys(names, count)
    fresh: list[Example] = []
    for (text, name), group in zip(texts.items(), groups[len(known) :], strict=True):
        if group not in taken and left[name]:
            taken.add(group)
            left[name] -= 1
            fresh.append(Example(f"unlabelled:{len(fresh)}", text, ()))
    return fresh


def short_form(text: str) -> str:
    """Return what a reader who sees one line of a text sees: its title in 【】, or else its first clause.

    A date, an agency or a few characters are no clause yet; a text without one stays as it is.
    """
    if title := _TITLE.match(text):
        return title[1]
    clauses = (clause.text.strip() for clause in split_clauses(text))
    telling = (c for c in clauses if len(c) >= LEAST_CLAUSE and not LEADS.fullmatch(c))
    return next(telling, text).rstrip("，,；;：:。 ")


def linear_votes(
    folds: list[list[Example]], others: Sequence[str], scheme: LabelScheme
) -> tuple[Floats, Floats]:
    """Return what linear models on character 1-3-grams say of each fold that have not seen it.

    Args:
        folds: the labelled texts.
        others: texts of which their mean is returned.
        scheme: the labels.
    """
    own, mean = [], np.zeros((len(others), len(scheme.names)))
    for k, fold in enumerate(folds):
        rest = [e for i, part in enumerate(folds) if i != k for e in part]
        model = LinearClassifier(single=False, inverse_penalty=30)
        model.fit([e.text for e in rest], gold_matrix(rest, scheme))
        own.append(model.predict_proba([e.text for e in fold]))
        if others:
            mean += model.predict_proba(list(others)) / len(folds)
    return np.concatenate(own), mean


def tell(name: str, probs: Floats, gold: Bools, scheme: LabelScheme) -> None:
    """Print how good some probabilities are."""
    chosen = DecisionRule().decide(probs, scheme, fit_thresholds(probs, gold, single=False))
    scores = measure(Decisions(gold, chosen, probs))
    print(f"{name}: micro_f1 {scores['micro_f1']:.4f}, macro_f1 {scores['macro_f1']:.4f}", flush=True)


def posterior(gold: Bools, votes: Floats) -> Floats:
    """Return the probability that a label is right, given whether annotators gave it and what others say.

    Source: Bayes' rule with the votes as prior; Dawid, Skene 1979, "Maximum Likelihood Estimation of
    Observer Error-Rates Using the EM Algorithm" (error rates of annotators).
    """
    votes = np.clip(votes, 1e-4, 1 - 1e-4)
    right = votes * np.where(gold, 1 - MISSED, MISSED)
    return right / (right + (1 - votes) * np.where(gold, ADDED, 1 - ADDED))
