"""Distil teachers into a small student, on labelled and unlabelled texts.

    python scripts/distil.py --data FINNL --unlabelled FILE... --teacher MODEL... --base BASE --output MODEL

The target of an unlabelled text is the mean of the teachers' probabilities and those of a linear model on
character 1-3-grams; of a labelled text, the mean of that and its gold labels. Can be cut off and run again.
"""

from __future__ import annotations

import argparse
import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from newsml.config import Config, load_config
from newsml.dataset import build_examples, group_near_duplicates, split_examples
from newsml.dataset.linear import Floats, LinearClassifier, gold_matrix
from newsml.domain import Example, Post
from newsml.labels import LabelScheme
from newsml.metrics.classification import Decisions, macro_f1, micro_f1
from newsml.model.classifier import load_model
from newsml.model.layout import Layout
from newsml.model.scoring import DecisionRule
from newsml.model.training import train
from newsml.posts import read_posts

GOLD_SHARE = 0.5
MAX_CHARS = 150  # of an unlabelled text: news tells its topic at the beginning
MIN_CHARS = 15


@dataclass(frozen=True)
class Split:
    """The labelled examples in two parts, and unlabelled ones that resemble none of the second."""

    train: list[Example]
    validation: list[Example]
    unlabelled: list[Example]


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


def read_split(config: Config, data: list[str], unlabelled: list[str], count: int) -> Split:
    """Read the examples as `newsml train` splits them, and so many unlabelled ones."""
    examples = build_examples(read_posts(data), config.labels.scheme())
    train_examples, validation = split_examples(
        examples,
        validation_share=config.data.validation_share,
        seed=config.train.seed,
        near_duplicate=config.data.near_duplicate,
    )
    texts = sorted({text[:MAX_CHARS] for text in read_texts(unlabelled) if len(text) >= MIN_CHARS})
    random.Random(config.train.seed).shuffle(texts)
    known = [e.text for e in (*validation, *train_examples)]
    groups = group_near_duplicates([*known, *texts], config.data.near_duplicate)
    taken = set(groups[: len(known)])
    fresh = []
    for text, group in zip(texts, groups[len(known) :], strict=True):
        if group not in taken:
            taken.add(group)
            fresh.append(Example(f"unlabelled:{len(fresh)}", text, ()))
    return Split(train_examples, validation, fresh[:count])


def teach(split: Split, teachers: list[str], scheme: LabelScheme) -> tuple[Floats, Floats]:
    """Return the teachers' mean probabilities for the train and for the unlabelled part."""
    parts = (split.validation, split.train, split.unlabelled)
    linear = LinearClassifier(single=False, inverse_penalty=30).fit(
        [e.text for e in split.train], gold_matrix(split.train, scheme)
    )
    votes = {"linear": [linear.predict_proba([e.text for e in part]) for part in parts]}
    gold = gold_matrix(split.validation, scheme)
    for name in teachers:
        model = load_model(name)
        votes[name] = [
            model.probabilities(model.encode([e.text for e in part]), batch_size=32) for part in parts
        ]
    means = [np.mean([vote[i] for vote in votes.values()], axis=0) for i in range(len(parts))]
    for name, vote in {**votes, "mean": means}.items():
        chosen = DecisionRule().decide(vote[0], scheme, [0.5] * len(scheme.names))
        decisions = Decisions(gold, chosen, vote[0])
        print(f"{name}: micro_f1 {micro_f1(decisions):.4f}, macro_f1 {macro_f1(decisions):.4f}", flush=True)
    return means[1], means[2]


def main() -> None:
    """Make the targets, or read those of a run that was cut off, and train the student."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, help="labelled posts")
    parser.add_argument("--unlabelled", nargs="+", default=[], help="texts: .txt, .txt.gz, JSONL or posts")
    parser.add_argument("--count", type=int, default=8000, help="unlabelled texts to use")
    parser.add_argument("--teacher", nargs="+", required=True, help="model folders; packages are faster")
    parser.add_argument("--base", required=True, help="encoder of the student")
    parser.add_argument("--output", type=Path, required=True, help="folder that becomes the model")
    parser.add_argument("--set", action="append", default=[], help="settings of the topics configuration")
    options = parser.parse_args()

    config = load_config("topics", [*options.set, f"model.base={options.base}"])
    scheme = config.labels.scheme()
    split = read_split(config, options.data, options.unlabelled, options.count)
    print(f"{len(split.train)} labelled, {len(split.unlabelled)} unlabelled texts", flush=True)
    options.output.mkdir(parents=True, exist_ok=True)
    cache = options.output / ".targets.npy"
    if cache.exists():
        targets = np.load(cache, allow_pickle=False)
    else:
        labelled, unlabelled = teach(split, options.teacher, scheme)
        gold = gold_matrix(split.train, scheme)
        targets = np.concatenate([GOLD_SHARE * gold + (1 - GOLD_SHARE) * labelled, unlabelled])
        targets = targets.astype(np.float32)
        np.save(cache, targets, allow_pickle=False)
    train(
        config,
        scheme,
        [*split.train, *split.unlabelled],
        split.validation,
        Layout(options.output),
        soft_targets=targets,
        resume=True,
        progress=Say(),
    )


if __name__ == "__main__":
    main()
