"""Train topics and salience on one encoder: the model that ships, and those that teach it.

    python scripts/train_joint.py --base BASE --fold FILE... --salience FILE... [--teacher MODEL...]
        [--unlabelled FILE...] --validation FILE --salience-validation FILE... --output MODEL

Labelled texts learn the targets of scripts/targets.py; texts with summaries or highlights learn salience.
With teachers, of which each has not seen a fold, every text also learns what those say who have not seen it:
a text of a fold the one teacher's word, any other text their mean. A labelled post whose title is its
editor's headline is read now with the title in front, now without it, and then its salience learns that.
Now and then a text is read by its title or first clause alone, which learns the topics of all of it.
Tokens are hidden at random in the place of dropout, which would double the time on a CPU. Can be cut off and
run again.

Source: Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network"; Ba, Caruana 2014, "Do Deep
Nets Really Need to be Deep?" (regression on logits).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from targets import Say, fresh_texts, linear_votes, posterior, short_form, tell
from torch import Tensor, nn

from newsml.config import Config, load_config
from newsml.dataset import build_examples
from newsml.dataset.examples import gold_matrix
from newsml.dataset.salience import SalienceExample, build_salience_examples
from newsml.domain import Example, Post
from newsml.metrics.classification import Decisions, score_decisions
from newsml.model.base import load_base
from newsml.model.calibration import Calibration, cross_fit, fit_calibration, fit_thresholds
from newsml.model.card import write_card
from newsml.model.distributed import Group
from newsml.model.export import load_checkpoint
from newsml.model.hf import save_tokenizer
from newsml.model.layout import Layout, ModelSpec, load_spec, save_spec
from newsml.model.network import Network, TorchBackend, choose_device, pad_windows, save_network
from newsml.model.reader import MAX_TOKENS, Reader
from newsml.model.salience import CHANNELS, SalienceSpec, save_salience_spec
from newsml.model.scoring import LOGITS, SALIENCE, DecisionRule
from newsml.model.tokenization import TextEncoder
from newsml.model.training import Trainer, Validation, micro_batches, train_task
from newsml.posts import read_posts
from newsml.summarization.training import Window, cut_windows, salience_loss, score_saliences

HIDDEN = 0.08  # share of the tokens that are hidden
TOPICS = 6.0  # weight of the loss of topics beside that of salience
TAUGHT = 1.0  # weight of the distance to what the teachers say of the tokens
TITLED = 0.4  # how often a titled post is read with its title
SHORT = 0.2  # how often a text is read by its title or first clause alone
BATCH = 64  # windows that a teacher reads at once
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class View:
    """A window of a text.

    Attributes:
        ids: of its tokens, special ones included.
        gold: of its salience; None without one.
    """

    ids: tuple[int, ...]
    gold: Window | None = None


@dataclass
class Row:
    """A text, in one or two views, with what it teaches.

    Attributes:
        views: of which one is read at a time; the first is of the text with its title.
        fold: that it belongs to; None for a text of none.
        topics: probability of each label; None where nobody knows.
        taught: of each view what the teachers say of the tokens, as logits. *Shape:* ``(tokens, channels)``.
        short: the title or the first clause, which learns topics alone; None where nobody knows these.
    """

    views: tuple[View, ...]
    fold: int | None
    topics: Floats | None = None
    taught: tuple[Floats, ...] = ()
    short: View | None = None


@dataclass(frozen=True)
class Corpus:
    """What is learned from, fold by fold, and other texts.

    Attributes:
        labelled: posts with topics.
        salience: examples of salience, some of the same ids as labelled posts.
        others: texts without either.
    """

    labelled: list[list[Example]]
    salience: list[list[SalienceExample]]
    others: list[Example]

    def rows(self, encoder: TextEncoder) -> list[Row]:
        """Return the labelled texts, fold by fold, then the examples of salience, then the others."""
        gold = {e.id: e for fold in self.salience for e in fold}
        rows = []
        for k, fold in enumerate(self.labelled):
            for text, (whole, short) in zip(fold, _whole_and_short(fold, encoder), strict=True):
                views = [whole]
                if example := gold.pop(text.id, None):
                    views.append(_views(example, encoder)[0])
                rows.append(Row(tuple(views), k, short=short))
        for k, examples in enumerate(self.salience):
            left = [e for e in examples if e.id in gold]
            rows += [Row((view,), k) for example in left for view in _views(example, encoder)]
        others = _whole_and_short(self.others, encoder)
        return rows + [Row((whole,), None, short=short) for whole, short in others]


def _whole_and_short(texts: Sequence[Example], encoder: TextEncoder) -> list[tuple[View, View]]:
    whole = encoder.encode([e.text for e in texts], MAX_TOKENS)
    short = encoder.encode([short_form(e.text) for e in texts], MAX_TOKENS)
    return [(View(a.windows[0]), View(b.windows[0])) for a, b in zip(whole, short, strict=True)]


def _views(example: SalienceExample, encoder: TextEncoder) -> list[View]:
    (encoded,) = encoder.encode([example.text], MAX_TOKENS, places=True)
    return [View(window.ids, window) for window in cut_windows(example, encoded)]


def ask(
    teacher: Layout, views: Sequence[View], pad_id: int, precision: str, device: torch.device
) -> tuple[Floats, list[Floats]]:
    """Return the probabilities and the salience that a model gives to windows.

    *Shape:* ``(len(views), labels)``, and ``(tokens, channels)`` for each.
    """
    spec, network = load_spec(teacher), load_checkpoint(teacher).to(device)
    names = list(network.heads)
    lengths = [len(view.ids) for view in views]
    logits = np.zeros((len(views), len(spec.scheme.names)))
    values: list[Floats] = [np.zeros((0, len(CHANNELS)), np.float32)] * len(views)
    mixed = torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else contextlib.nullcontext()
    with torch.inference_mode(), mixed:
        for part in micro_batches(range(len(views)), lengths, BATCH, BATCH * spec.window):
            found = network(*pad_windows([views[i].ids for i in part], pad_id, device))
            outputs = {name: value.float().cpu().numpy() for name, value in zip(names, found, strict=True)}
            logits[part] = outputs[LOGITS]
            for i, row in zip(part, outputs[SALIENCE], strict=True):
                values[i] = row[1 : lengths[i] - 1].copy()
    return spec.probabilities(logits).astype(np.float32), values


def set_targets(
    rows: list[Row],
    corpus: Corpus,
    teachers: list[Layout],
    config: Config,
    pad_id: int,
    device: torch.device,
) -> None:
    """Let every row know what it teaches.

    Each teacher has not seen the fold of its place; folds beyond the teachers none has seen.
    """
    scheme, precision = config.labels.scheme(), config.train.precision
    labelled = [e for fold in corpus.labelled for e in fold]
    texts = [e.text for fold in corpus.salience for e in fold]
    print(f"{len(labelled)} labelled texts, {len(texts)} with salience, {len(rows)} rows", flush=True)
    votes, linear = linear_votes(corpus.labelled, [e.text for e in corpus.others], scheme)
    if not teachers:
        targets = posterior(gold_matrix(labelled, scheme), votes)
        for row, target in zip(rows, targets, strict=False):
            row.topics = target
        return
    said: list[list[tuple[Floats, tuple[Floats, ...]]]] = [[] for _ in rows]
    for k, teacher in enumerate(teachers):
        asked = [i for i, row in enumerate(rows) if row.fold in (k, None) or row.fold >= len(teachers)]
        views = [view for i in asked for view in rows[i].views]
        probs, values = ask(teacher, views, pad_id, precision, device)
        at = 0
        for i in asked:
            end = at + len(rows[i].views)
            said[i].append((probs[at], tuple(values[at:end])))
            at = end
    for row, words in zip(rows, said, strict=True):
        row.topics = np.mean([probs for probs, _ in words], axis=0)
        row.taught = tuple(np.mean(views, axis=0) for views in zip(*(v for _, v in words), strict=True))
    told = np.array([row.topics for row in rows[: len(labelled)]])
    gold = gold_matrix(labelled, scheme)
    tell("linear models, folds", votes, gold, scheme)
    tell("teachers, folds", told, gold, scheme)
    tell("both, folds", (told + votes) / 2, gold, scheme)
    for row, target in zip(rows, posterior(gold, (told + votes) / 2), strict=False):
        row.topics = target
    for row, vote in zip(rows[len(rows) - len(linear) :], linear, strict=True):
        row.topics = (2 * np.asarray(row.topics) + vote) / 3


class JointTask:
    """Topics and salience at once; see ``newsml.model.training.Task``.

    Args:
        config: the settings, with the labels.
        corpus: what is learned from.
        teachers: for each fold one that has not seen it, or none.
        validation: labelled texts, and examples of salience.
        layout: the folder that becomes the model.
        device: where the network runs.
    """

    def __init__(
        self,
        config: Config,
        corpus: Corpus,
        teachers: list[Layout],
        validation: tuple[Sequence[Example], Sequence[SalienceExample]],
        layout: Layout,
        device: torch.device,
    ) -> None:
        self._config, self._layout, self._device = config, layout, device
        self._scheme = config.labels.scheme()
        base = load_base(config.model, device)
        for name in ("hidden_dropout_prob", "attention_probs_dropout_prob"):
            setattr(base.encoder.config, name, 0.0)
        for module in base.encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        self._tokenizer, self._text_encoder, self._window = base.tokenizer, base.text_encoder, base.window
        self._mask_id = base.tokenizer.mask_token_id
        widths = {LOGITS: len(self._scheme.names), SALIENCE: len(CHANNELS)}
        self.network = Network(base.encoder, widths, config.model.pooling, config.model.dropout).to(device)
        self._corpus, self._teachers = corpus, teachers
        self._rows = corpus.rows(base.text_encoder)
        self._spread: Tensor | None = None
        self.lengths = [max(len(view.ids) for view in row.views) for row in self._rows]
        labelled, self._examples = validation
        self._encoded = self._text_encoder.encode([e.text for e in labelled], MAX_TOKENS)
        self._located = self._text_encoder.encode([e.text for e in self._examples], MAX_TOKENS, places=True)
        self._gold = gold_matrix(labelled, self._scheme)
        content = [asdict(config), [[list(view.ids) for view in row.views] for row in self._rows], SHORT]
        content.append([str(teacher.folder) for teacher in teachers])
        self.fingerprint = hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def ask_teachers(self) -> None:
        """Find out what every text teaches; a training that is done need not know."""
        pad_id = self._text_encoder.pad_id
        set_targets(self._rows, self._corpus, self._teachers, self._config, pad_id, self._device)
        taught = [values for row in self._rows for values in row.taught]
        self._spread = torch.from_numpy(np.concatenate(taught).std(0)).to(self._device) if taught else None

    def loss(self, rows: Sequence[int]) -> Tensor:
        """Return the mean loss of some texts."""
        chosen = [self._rows[row] for row in rows]
        places = [-1 if torch.rand(()) >= TITLED else 0 for _ in chosen]
        views = [
            row.short if row.short and torch.rand(()) < SHORT else row.views[place]
            for row, place in zip(chosen, places, strict=True)
        ]
        ids, mask = pad_windows([view.ids for view in views], self._text_encoder.pad_id, self._device)
        hidden = (torch.rand(ids.shape, device=self._device) < HIDDEN) & (mask == 1)
        hidden[:, 0] = False
        logits, values = self.network(ids.masked_fill(hidden, self._mask_id), mask)
        total: Tensor = logits.sum() * 0.0
        for row, place, view, label, value in zip(chosen, places, views, logits, values, strict=True):
            tokens = value[1 : len(view.ids) - 1].float()
            if row.topics is not None:
                target = torch.from_numpy(row.topics).to(self._device, torch.float32)
                total = total + TOPICS * nn.functional.binary_cross_entropy_with_logits(label.float(), target)
            if view.gold is not None:
                total = total + salience_loss(tokens, view.gold)
            if self._spread is not None and view is not row.short:
                distance = (tokens - torch.from_numpy(row.taught[place]).to(self._device)) / self._spread
                total = total + TAUGHT * distance.square().mean()
        return total / len(rows)

    def validate(self) -> Validation:
        """Score topics, by calibration and thresholds fitted on other folds, and summaries."""
        backend = TorchBackend(self.network, self._device)
        reader = Reader(self._spec(), SalienceSpec(self._window), self._text_encoder, backend)
        self._logits = reader.logits(self._encoded, 32)
        probs, thresholds = cross_fit(self._logits, self._gold, single=False, seed=self._config.train.seed)
        predicted = DecisionRule().decide(probs, self._scheme, thresholds)
        scores = score_decisions(Decisions(self._gold, predicted, probs), single=False)
        metrics = {score.name: score.value for score in scores}
        metrics |= score_saliences(self._examples, reader.saliences(self._located, 32))
        print(", ".join(f"{name} {value:.4f}" for name, value in metrics.items()), flush=True)
        return Validation(metrics, "micro_f1", len(self._gold))

    def save_best(self) -> None:
        """Save the model, with calibration and thresholds fitted on the whole validation part."""
        calibration = fit_calibration(self._logits, self._gold, single=False)
        fitted = calibration.probabilities(self._logits, single=False)
        cuts = fit_thresholds(fitted, self._gold, single=False)
        heads = {LOGITS: self._layout.head(self._config.name), SALIENCE: self._layout.head(SALIENCE)}
        save_tokenizer(self._tokenizer, self._layout.folder)
        save_network(self.network, heads, self._layout)
        save_spec(replace(self._spec(), calibration=calibration, thresholds=cuts), self._layout)
        save_salience_spec(SalienceSpec(self._window, asdict(self._config)), self._layout)

    def _spec(self) -> ModelSpec:
        labels = len(self._scheme.names)
        return ModelSpec(
            self._config.name,
            self._scheme,
            self._config.model.pooling,
            self._window,
            (0.5,) * labels,
            Calibration.identity(labels),
            asdict(self._config),
        )


def read_salience(names: list[str]) -> list[SalienceExample]:
    """Return the examples of salience of some files; a title in 【】 before the text is its headline."""
    posts = (post for post in read_posts(names) if isinstance(post, Post))
    return build_salience_examples(bare(post) for post in posts)


def bare(post: Post) -> Post:
    """Return a post without the title that its text begins with."""
    head = f"【{post.title}】"
    return replace(post, text=post.text.removeprefix(head)) if post.text != head else post


def main() -> None:
    """Read the texts and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base", required=True, help="encoder, as scripts/pretrain.py makes it")
    parser.add_argument("--fold", nargs="+", required=True, help="labelled posts of each fold")
    parser.add_argument(
        "--salience", nargs="+", required=True, help="posts with summaries or highlights of each"
    )
    parser.add_argument(
        "--teacher", nargs="*", default=[], help="for each fold the model that has not seen it"
    )
    parser.add_argument("--unlabelled", nargs="*", default=[], help="texts: .txt, .txt.gz, JSONL or posts")
    parser.add_argument("--count", type=int, default=4000, help="unlabelled texts to use of each source")
    parser.add_argument("--validation", required=True, help="labelled posts that choose the epoch")
    parser.add_argument("--salience-validation", required=True, help="posts with summaries or highlights")
    parser.add_argument("--output", type=Path, required=True, help="folder that becomes the model")
    parser.add_argument("--set", action="append", default=[], help="settings of the topics configuration")
    options = parser.parse_args()

    config = load_config("topics", [*options.set, f"model.base={options.base}"])
    scheme = config.labels.scheme()
    labelled = [build_examples(read_posts(name), scheme) for name in options.fold]
    salience = [
        read_salience([fold, other]) for fold, other in zip(options.fold, options.salience, strict=True)
    ]
    validation = build_examples(read_posts(options.validation), scheme)
    examples = read_salience([options.validation, options.salience_validation])
    known = [e.text for part in (*labelled, validation) for e in part]
    known += [e.text for part in (*salience, examples) for e in part]
    others = fresh_texts(options.unlabelled, known, options.count, config.train.seed)
    corpus, layout = Corpus(labelled, salience, others), Layout(options.output)
    teachers = [Layout(Path(name)) for name in options.teacher]

    def build(place: torch.device) -> JointTask:
        return JointTask(config, corpus, teachers, (validation, examples), layout, place)

    def learn(task: JointTask, group: Group) -> None:
        task.ask_teachers()
        Trainer(task, config, layout, group=group, progress=Say()).run(resume=True)

    device = choose_device("auto")
    train_task(
        build, layout, learn, write_card, seed=config.train.seed, device=device, resume=True, progress=Say()
    )


if __name__ == "__main__":
    main()
