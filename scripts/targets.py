"""Targets for the training of scripts/train_joint.py: what is probably right, whatever the annotators say.

The target of a labelled text is the probability that a label is right, given that the annotators gave it or
not, and what those say who have not seen the text: a linear model on character 1-3-grams that was fitted on
the other folds and, where there are such, a model that was trained on the other folds. The target of an
unlabelled text is the mean of what these say and of what voters say.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from newsml.dataset import group_near_duplicates
from newsml.dataset.linear import Flags, Floats, LinearClassifier, gold_matrix
from newsml.domain import Example, Post
from newsml.labels import LabelScheme
from newsml.metrics.classification import Decisions, macro_f1, micro_f1
from newsml.model.calibration import fit_thresholds
from newsml.model.classifier import load_model
from newsml.model.scoring import DecisionRule
from newsml.posts import read_posts

# How often annotators miss a label that is right and give one that is wrong. Two that agree at F1 0.92, as
# FinNL's do on nearly identical texts, do the first about four times in a hundred.
MISSED = 0.04
ADDED = 0.006
MAX_CHARS = 150  # of an unlabelled text: news tells its topic at the beginning
MIN_CHARS = 15


class Say:
    """Prints the course of a training."""

    def __init__(self, every: int = 100) -> None:
        self._every = every

    def step(self, step: int, steps: int, loss: float) -> None:
        """Print now and then."""
        if step % self._every == 0:
            print(f"step {step} of {steps}, loss {loss:.4f}", flush=True)

    def say(self, line: str) -> None:
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


def fresh_texts(names: list[str], known: Sequence[Example], count: int, seed: int) -> list[Example]:
    """Return so many texts that resemble none of the known ones nor one another."""
    texts = sorted({text[:MAX_CHARS] for text in read_texts(names) if len(text) >= MIN_CHARS})
    random.Random(seed).shuffle(texts)
    groups = group_near_duplicates([*(e.text for e in known), *texts], 0.8)
    taken = set(groups[: len(known)])
    fresh = []
    for text, group in zip(texts, groups[len(known) :], strict=True):
        if group not in taken:
            taken.add(group)
            fresh.append(Example(f"unlabelled:{len(fresh)}", text, ()))
    return fresh[:count]


def linear_votes(
    train_part: Sequence[Example], scheme: LabelScheme, *parts: Sequence[Example]
) -> list[Floats]:
    """Fit a linear model on character 1-3-grams and return its probabilities for the parts."""
    model = LinearClassifier(single=False, inverse_penalty=30)
    model.fit([e.text for e in train_part], gold_matrix(train_part, scheme))
    return [model.predict_proba([e.text for e in part]) for part in parts]


def teacher_votes(name: str, *parts: Sequence[Example]) -> list[Floats]:
    """Return a teacher's probabilities for the parts."""
    model = load_model(name)
    return [model.probabilities(model.encode([e.text for e in part]), batch_size=32) for part in parts]


def tell(name: str, probs: Floats, gold: Flags, scheme: LabelScheme) -> None:
    """Print how good some probabilities are."""
    chosen = DecisionRule().decide(probs, scheme, fit_thresholds(probs, gold, single=False))
    decisions = Decisions(gold, chosen, probs)
    print(f"{name}: micro_f1 {micro_f1(decisions):.4f}, macro_f1 {macro_f1(decisions):.4f}", flush=True)


def teach(
    folds: list[list[Example]],
    validation: list[Example],
    unlabelled: list[Example],
    models: tuple[list[str], list[str]],
    scheme: LabelScheme,
) -> Floats:
    """Return the targets of the labelled texts, fold by fold, and of the unlabelled ones.

    Args:
        folds: the labelled texts.
        validation: on which it is told how good the votes are.
        unlabelled: other texts.
        models: one that has not seen each fold, or none; and those that vote on unlabelled texts.
        scheme: the labels.
    """
    unseen, voters = models
    own: list[list[Floats]] = []
    others: list[list[Floats]] = []
    for k, fold in enumerate(folds):
        rest = [e for i, part in enumerate(folds) if i != k for e in part]
        votes = [linear_votes(rest, scheme, fold, validation, unlabelled)]
        votes += [teacher_votes(unseen[k], fold, validation, unlabelled)] if unseen else []
        mean = [np.mean(part, axis=0) for part in zip(*votes, strict=True)]
        own.append(mean[:1])
        others.append(mean[1:])
    labelled = [e for fold in folds for e in fold]
    gold, before = gold_matrix(labelled, scheme), np.concatenate([votes[0] for votes in own])
    after = [np.mean(part, axis=0) for part in zip(*others, strict=True)]
    tell("votes of the unseen, folds", before, gold, scheme)
    if voters:
        seen = [teacher_votes(name, validation, unlabelled) for name in voters]
        after = [
            (part + np.mean(s, axis=0)) / 2 for part, s in zip(after, zip(*seen, strict=True), strict=True)
        ]
    tell("votes, validation", after[0], gold_matrix(validation, scheme), scheme)
    return np.concatenate([posterior(gold, before), after[1]])


def posterior(gold: Flags, votes: Floats) -> Floats:
    """Return the probability that a label is right, given whether annotators gave it and what others say.

    Source: Bayes' rule with the votes as prior; Dawid, Skene 1979, "Maximum Likelihood Estimation of
    Observer Error-Rates Using the EM Algorithm" (error rates of annotators).
    """
    votes = np.clip(votes, 1e-4, 1 - 1e-4)
    right = votes * np.where(gold, 1 - MISSED, MISSED)
    return right / (right + (1 - votes) * np.where(gold, ADDED, 1 - ADDED))
