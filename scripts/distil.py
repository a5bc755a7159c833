"""Distil teachers of several folds into a small student, on labelled and unlabelled texts.

    python scripts/distil.py --fold FILE... --teacher MODEL... --validation FILE --unlabelled FILE... \\
        --base BASE --output MODEL

Teacher k has not seen fold k. The target of a labelled text is the probability that a label is right,
given that the annotators gave it or not, and what those say who have not seen the text: the teacher of
its fold, and a linear model on character 1-3-grams that was fitted on the other folds. The target of an
unlabelled text is what all of them say. Can be cut off and run again.
"""

from __future__ import annotations

import argparse
import gzip
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from newsml.config import load_config
from newsml.dataset import build_examples, group_near_duplicates
from newsml.dataset.linear import Flags, Floats, LinearClassifier, gold_matrix
from newsml.domain import Example, Post
from newsml.labels import LabelScheme
from newsml.metrics.classification import Decisions, macro_f1, micro_f1
from newsml.model.calibration import fit_thresholds
from newsml.model.classifier import load_model
from newsml.model.layout import Layout
from newsml.model.scoring import DecisionRule
from newsml.model.training import train
from newsml.posts import read_posts

# How often annotators miss a label that is right and give one that is wrong. Two that agree at F1 0.92, as
# FinNL's do on nearly identical texts, do the first about four times in a hundred.
MISSED = 0.04
ADDED = 0.006
LINEAR_SHARE = 0.3  # of the votes; measured on the folds, and printed
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
    chosen = DecisionRule().decide(probs, scheme, fit_thresholds(probs, single=False))
    decisions = Decisions(gold, chosen, probs)
    print(f"{name}: micro_f1 {micro_f1(decisions):.4f}, macro_f1 {macro_f1(decisions):.4f}", flush=True)


def teach(
    folds: list[list[Example]],
    validation: list[Example],
    unlabelled: list[Example],
    teachers: list[str],
    scheme: LabelScheme,
) -> Floats:
    """Return the targets of the labelled texts, fold by fold, and of the unlabelled ones."""
    own: dict[str, list[Floats]] = {"teacher": [], "linear": []}
    others: dict[str, list[list[Floats]]] = {"teacher": [], "linear": []}
    for k, (fold, teacher) in enumerate(zip(folds, teachers, strict=True)):
        rest = [e for i, part in enumerate(folds) if i != k for e in part]
        for name, votes in (
            ("teacher", teacher_votes(teacher, fold, validation, unlabelled)),
            ("linear", linear_votes(rest, scheme, fold, validation, unlabelled)),
        ):
            own[name].append(votes[0])
            others[name].append(votes[1:])
        tell(f"{teacher} on its fold", own["teacher"][-1], gold_matrix(fold, scheme), scheme)
    unseen = {name: np.concatenate(votes) for name, votes in own.items()}
    means = {
        name: [np.mean(votes, axis=0) for votes in zip(*lists, strict=True)] for name, lists in others.items()
    }
    gold = gold_matrix([e for fold in folds for e in fold], scheme)
    for share in (0.0, 0.2, LINEAR_SHARE, 0.4, 0.5):
        tell(f"folds, linear share {share}", mix(unseen, share), gold, scheme)
    both = {name: votes[0] for name, votes in means.items()}
    for share in (0.0, LINEAR_SHARE, 1.0):
        tell(f"validation, linear share {share}", mix(both, share), gold_matrix(validation, scheme), scheme)
    labelled = posterior(gold, mix(unseen, LINEAR_SHARE))
    return np.concatenate([labelled, mix({name: votes[1] for name, votes in means.items()}, LINEAR_SHARE)])


def posterior(gold: Flags, votes: Floats) -> Floats:
    """Return the probability that a label is right, given whether annotators gave it and what others say.

    Source: Bayes' rule with the votes as prior; Dawid, Skene 1979, "Maximum Likelihood Estimation of
    Observer Error-Rates Using the EM Algorithm" (error rates of annotators).
    """
    votes = np.clip(votes, 1e-4, 1 - 1e-4)
    right = votes * np.where(gold, 1 - MISSED, MISSED)
    return right / (right + (1 - votes) * np.where(gold, ADDED, 1 - ADDED))


def mix(votes: dict[str, Floats], linear_share: float) -> Floats:
    """Return the weighted mean of the teachers' and the linear model's probabilities."""
    return (1 - linear_share) * votes["teacher"] + linear_share * votes["linear"]


def main() -> None:
    """Make the targets, or read those of a run that was cut off, and train the student."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--fold", nargs="+", required=True, help="labelled posts of each fold")
    parser.add_argument("--teacher", nargs="+", required=True, help="the model that has not seen each fold")
    parser.add_argument("--validation", required=True, help="labelled posts that choose the epoch")
    parser.add_argument("--unlabelled", nargs="+", default=[], help="texts: .txt, .txt.gz, JSONL or posts")
    parser.add_argument("--count", type=int, default=6000, help="unlabelled texts to use")
    parser.add_argument("--base", required=True, help="encoder of the student")
    parser.add_argument("--output", type=Path, required=True, help="folder that becomes the model")
    parser.add_argument("--set", action="append", default=[], help="settings of the topics configuration")
    options = parser.parse_args()

    config = load_config("topics", [*options.set, f"model.base={options.base}"])
    scheme = config.labels.scheme()
    folds = [build_examples(read_posts(name), scheme) for name in options.fold]
    validation = build_examples(read_posts(options.validation), scheme)
    labelled = [e for fold in folds for e in fold]
    unlabelled = fresh_texts(options.unlabelled, [*validation, *labelled], options.count, config.train.seed)
    print(f"{len(labelled)} labelled, {len(unlabelled)} unlabelled texts", flush=True)
    options.output.mkdir(parents=True, exist_ok=True)
    cache = options.output / ".targets.npy"
    if not cache.exists():
        targets = teach(folds, validation, unlabelled, options.teacher, scheme)
        np.save(cache, targets.astype(np.float32), allow_pickle=False)
    train(
        config,
        scheme,
        [*labelled, *unlabelled],
        validation,
        Layout(options.output),
        soft_targets=np.load(cache, allow_pickle=False),
        resume=True,
        progress=Say(),
    )


if __name__ == "__main__":
    main()
