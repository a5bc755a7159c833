"""Train topics and salience on one encoder: the model that ships.

    python scripts/train_joint.py --base BASE --fold FILE... --validation FILE [--unseen MODEL...]
        [--voter MODEL...] --salience FILE... --salience-validation FILE... [--unlabelled FILE...]
        --output MODEL

Labelled texts learn the targets of scripts/targets.py; texts with summaries or highlights learn salience, and
with the unlabelled ones what the voters say of their topics. A labelled post whose title is its editor's
headline is read now with the title in front, now without it, and then the title is what its salience learns.
Tokens are hidden at random in the place of dropout, which would double the time on a CPU. Can be cut off and
run again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from targets import Say, fresh_texts, teach
from torch import Tensor, nn

from newsml.config import Config, load_config
from newsml.dataset import build_examples
from newsml.dataset.salience import SalienceExample, build_salience_examples
from newsml.domain import Example, Post
from newsml.metrics.classification import Decisions, score_decisions
from newsml.model.base import load_base
from newsml.model.calibration import Calibration, cross_fit, fit_calibration, fit_thresholds
from newsml.model.card import write_card
from newsml.model.distributed import Group
from newsml.model.hf import save_tokenizer
from newsml.model.layout import Layout, ModelSpec, save_spec
from newsml.model.network import Network, TorchBackend, choose_device, pad_windows, save_network
from newsml.model.reader import MAX_TOKENS, Reader
from newsml.model.salience import CHANNELS, SalienceSpec, save_salience_spec
from newsml.model.scoring import LOGITS, SALIENCE, DecisionRule
from newsml.model.training import Trainer, Validation, train_task
from newsml.posts import read_posts
from newsml.summarization.training import Window, cut_windows, salience_loss, score_saliences

HIDDEN = 0.08  # share of the tokens that are hidden
TOPICS = 6.0  # weight of the loss of topics beside that of salience
TITLED = 0.4  # how often a titled post is read with its title
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """A text, in one or two views, with what it teaches.

    Attributes:
        views: windows of ids; with them the gold of salience, or None.
        topics: probability of each label.
    """

    views: tuple[tuple[tuple[int, ...], Window | None], ...]
    topics: Floats | None


class JointTask:
    """Topics and salience at once; see ``newsml.model.training.Task``.

    Args:
        config: the settings, with the labels.
        texts: what the topics are learned of, with targets. *Shape of the targets:* ``(len(texts), labels)``.
        salience: examples of salience, some of the same ids as texts.
        validation: labelled texts, and examples of salience.
        layout: the folder that becomes the model.
        device: where the network runs.
    """

    def __init__(
        self,
        config: Config,
        texts: tuple[Sequence[Example], Floats],
        salience: Sequence[SalienceExample],
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
        self._rows = self._build_rows(*texts, salience)
        self.lengths = [max(len(ids) for ids, _ in row.views) for row in self._rows]
        labelled, self._examples = validation
        self._encoded = self._text_encoder.encode([e.text for e in labelled], MAX_TOKENS)
        self._located = self._text_encoder.encode([e.text for e in self._examples], MAX_TOKENS, places=True)
        self._gold = np.array([[name in e.labels for name in self._scheme.names] for e in labelled])
        content = [asdict(config), [list(map(list, (ids for ids, _ in row.views))) for row in self._rows]]
        self.fingerprint = hashlib.sha256(json.dumps(content).encode() + texts[1].tobytes()).hexdigest()

    def _build_rows(
        self, texts: Sequence[Example], targets: Floats, salience: Sequence[SalienceExample]
    ) -> list[Row]:
        gold = {example.id: example for example in salience}
        encoded = self._text_encoder.encode([e.text for e in texts], MAX_TOKENS)
        rows = []
        for text, windows, target in zip(texts, encoded, targets, strict=True):
            views: list[tuple[tuple[int, ...], Window | None]] = [(windows.windows[0], None)]
            if example := gold.pop(text.id, None):
                views.append(self._windows(example)[0])
            rows.append(Row(tuple(views), target))
        for example in gold.values():
            rows += [Row((view,), None) for view in self._windows(example)]
        return rows

    def _windows(self, example: SalienceExample) -> list[tuple[tuple[int, ...], Window | None]]:
        (encoded,) = self._text_encoder.encode([example.text], MAX_TOKENS, places=True)
        return [(window.ids, window) for window in cut_windows(example, encoded)]

    def loss(self, rows: Sequence[int]) -> Tensor:
        """Return the mean loss of some texts."""
        chosen = [self._rows[row] for row in rows]
        views = [row.views[-1 if torch.rand(()) >= TITLED else 0] for row in chosen]
        ids, mask = pad_windows([window for window, _ in views], self._text_encoder.pad_id, self._device)
        hidden = (torch.rand(ids.shape, device=self._device) < HIDDEN) & (mask == 1)
        hidden[:, 0] = False
        logits, values = self.network(ids.masked_fill(hidden, self._mask_id), mask)
        total = logits.sum() * 0.0
        for row, window, label, value in zip(chosen, (w for _, w in views), logits, values, strict=True):
            if row.topics is not None:
                target = torch.from_numpy(row.topics).to(self._device)
                total = total + TOPICS * nn.functional.binary_cross_entropy_with_logits(label.float(), target)
            if window is not None:
                total = total + salience_loss(value[1 : len(window.ids) - 1].float(), window)
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
        return Validation(metrics, "micro_f1", len(self._gold))

    def save_best(self) -> None:
        """Save the model, with calibration and thresholds fitted on the whole validation part."""
        calibration = fit_calibration(self._logits, self._gold, single=False)
        cuts = fit_thresholds(calibration.probabilities(self._logits, single=False), self._gold, single=False)
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
    """Make the targets, or read those of a run that was cut off, and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base", required=True, help="encoder, as scripts/pretrain.py makes it")
    parser.add_argument("--fold", nargs="+", required=True, help="labelled posts of each fold")
    parser.add_argument(
        "--unseen", nargs="*", default=[], help="for each fold the model that has not seen it"
    )
    parser.add_argument("--voter", nargs="*", default=[], help="models that vote on the unlabelled texts")
    parser.add_argument("--validation", required=True, help="labelled posts that choose the epoch")
    parser.add_argument("--salience", nargs="+", required=True, help="posts with summaries or highlights")
    parser.add_argument("--salience-validation", nargs="+", required=True, help="more of them")
    parser.add_argument("--unlabelled", nargs="*", default=[], help="texts: .txt, .txt.gz, JSONL or posts")
    parser.add_argument("--count", type=int, default=7000, help="unlabelled texts to use")
    parser.add_argument("--output", type=Path, required=True, help="folder that becomes the model")
    parser.add_argument("--set", action="append", default=[], help="settings of the topics configuration")
    options = parser.parse_args()

    config = load_config("topics", [*options.set, f"model.base={options.base}"])
    scheme = config.labels.scheme()
    folds = [build_examples(read_posts(name), scheme) for name in options.fold]
    labelled = [e for fold in folds for e in fold]
    validation = build_examples(read_posts(options.validation), scheme)
    salience = read_salience([*options.fold, *options.salience])
    known = [*validation, *labelled]
    others = [Example(e.id, e.text, ()) for e in salience if e.id not in {x.id for x in labelled}]
    others += fresh_texts(options.unlabelled, [*known, *others], options.count, config.train.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    cache = options.output / ".targets.npy"
    if not cache.exists():
        targets = teach(folds, validation, others, (options.unseen, options.voter), scheme)
        np.save(cache, targets.astype(np.float32), allow_pickle=False)
    layout = Layout(options.output)
    parts = (validation, read_salience(options.salience_validation))
    targets = np.load(cache, allow_pickle=False)

    def build(place: torch.device) -> JointTask:
        return JointTask(config, ([*labelled, *others], targets), salience, parts, layout, place)

    def learn(task: JointTask, group: Group) -> None:
        Trainer(task, config, layout, group=group, progress=Say()).run(resume=True)

    device = choose_device("auto")
    train_task(
        build, layout, learn, write_card, seed=config.train.seed, device=device, resume=True, progress=Say()
    )


if __name__ == "__main__":
    main()
