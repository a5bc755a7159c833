"""Learning to summarise: what the loop of ``model.training`` trains for ``newsml train salience``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from newsml.config import Config
from newsml.dataset.salience import SalienceExample
from newsml.domain import Span
from newsml.errors import UsageError
from newsml.metrics.rouge import rouge_scores
from newsml.metrics.summarization import highlight_f1
from newsml.model.base import load_base
from newsml.model.card import write_salience_card
from newsml.model.distributed import Group
from newsml.model.hf import save_tokenizer
from newsml.model.layout import Layout
from newsml.model.network import Network, TorchBackend, choose_device, pad_windows, save_network
from newsml.model.reader import MAX_TOKENS, Reader
from newsml.model.salience import CHANNELS, Salience, SalienceSpec, owners, save_salience_spec
from newsml.model.scoring import SALIENCE
from newsml.model.tokenization import Encoded
from newsml.model.training import Progress, Trainer, Validation, train_task
from newsml.summarization.salient import choose_headline, choose_highlight

# Of the loss: what a headline leaves out of its clauses, where a highlight begins and ends, and the brief.
KEPT_SHARE = BOUND_SHARE = BRIEF_SHARE = 0.5

_HEADLINE, _KEPT, _FIRST, _LAST, _MARKED, _BRIEF = range(len(CHANNELS))


@dataclass(frozen=True)
class Window:
    """The part of an example that one pass of the encoder sees.

    Attributes:
        ids: of its tokens, special tokens included.
        clause: of each token between them, the index of its clause; -1 for none.
        sentence: the same for sentences.
        kept: of each token, the share of its characters that the reference has; NaN outside the headline.
        marked: of each token, the share of its characters that is in bold; NaN without gold.
        example: the example.
    """

    ids: tuple[int, ...]
    clause: NDArray[np.int64]
    sentence: NDArray[np.int64]
    kept: NDArray[np.float32]
    marked: NDArray[np.float32]
    example: SalienceExample


def cut_windows(example: SalienceExample, encoded: Encoded) -> list[Window]:
    """Return the windows of an example, which was encoded with places."""
    clause, sentence = owners(encoded.places, example.clauses), owners(encoded.places, example.sentences)
    size = len(example.text)
    kept, marked = np.zeros(size, np.float32), np.zeros(size, np.float32)
    kept[list(example.kept)] = 1
    for start, end in example.marked:
        marked[start:end] = 1
    kept_tokens = _share(kept, encoded.places)
    kept_tokens[~np.isin(clause, example.headline or ())] = np.nan
    marked_tokens = _share(marked, encoded.places)
    if not example.marked:
        marked_tokens[:] = np.nan
    windows = []
    for start, ids in zip(encoded.starts, encoded.windows, strict=True):
        part = slice(start, start + len(ids) - 2)
        windows.append(
            Window(ids, clause[part], sentence[part], kept_tokens[part], marked_tokens[part], example)
        )
    return windows


def _share(chars: NDArray[np.float32], places: Sequence[Span]) -> NDArray[np.float32]:
    return np.array([chars[a:b].mean() if b > a else np.nan for a, b in places], np.float32)


def salience_loss(values: Tensor, window: Window) -> Tensor:
    """Return the loss of one window.

    Args:
        values: logits of its tokens, without the special ones. *Shape:* ``(tokens, channels)``.
        window: its gold.
    """
    example = window.example
    total = values.sum() * 0.0
    if example.headline is not None:
        means, seen = _means(values[:, _HEADLINE], window.clause, len(example.clauses))
        total = total + _cross_entropy(means[seen], _flags(example.headline, seen)[seen])
        total = total + KEPT_SHARE * _known_cross_entropy(values[:, _KEPT], window.kept)
    if example.brief is not None:
        means, seen = _means(values[:, _BRIEF], window.sentence, len(example.sentences))
        total = total + BRIEF_SHARE * _cross_entropy(means[seen], _flags(example.brief, seen)[seen])
    if example.marked:
        total = total + _known_cross_entropy(values[:, _MARKED], window.marked)
    if example.bold is not None:
        for channel, clause in zip((_FIRST, _LAST), example.bold, strict=True):
            means, seen = _means(values[:, channel], window.clause, len(example.clauses))
            if seen[clause]:
                chances = means.masked_fill(~seen, -1e4).log_softmax(0)
                total = total - BOUND_SHARE * chances[clause]
    return total


def _means(values: Tensor, owner: NDArray[np.int64], count: int) -> tuple[Tensor, Tensor]:
    """Return the mean of the tokens of each piece, and which pieces have any."""
    index = torch.from_numpy(owner).to(values.device)
    inside = index >= 0
    total = values.new_zeros(count).index_add(0, index[inside], values[inside])
    number = values.new_zeros(count).index_add(0, index[inside], torch.ones_like(values[inside]))
    return total / number.clamp(min=1), number > 0


def _flags(chosen: Sequence[int], like: Tensor) -> Tensor:
    flags = torch.zeros(len(like), device=like.device)
    flags[list(chosen)] = 1
    return flags


def _cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    if not len(logits):
        return logits.sum()
    return nn.functional.binary_cross_entropy_with_logits(logits, target)


def _known_cross_entropy(logits: Tensor, target: NDArray[np.float32]) -> Tensor:
    known = torch.from_numpy(~np.isnan(target)).to(logits.device)
    return _cross_entropy(logits[known], torch.from_numpy(target).to(logits.device)[known])


class SalienceTask:
    """Headlines, highlights and briefs on one encoder; see ``model.training.Task``.

    Args:
        config: the settings.
        train: examples to learn from.
        validation: examples that choose the checkpoint.
        layout: the folder that becomes the model.
        device: where the network runs.
    """

    def __init__(
        self,
        config: Config,
        train: Sequence[SalienceExample],
        validation: Sequence[SalienceExample],
        layout: Layout,
        *,
        device: torch.device,
    ) -> None:
        if not train or not validation:
            raise UsageError(
                f"{len(train)} examples to train on and {len(validation)} to validate with: too few"
            )
        self._layout, self._device, self._validation = layout, device, validation
        base = load_base(config.model, device, gradient_checkpointing=config.train.gradient_checkpointing)
        self._tokenizer, self._text_encoder = base.tokenizer, base.text_encoder
        self.network = Network(base.encoder, {SALIENCE: len(CHANNELS)}, dropout=config.model.dropout)
        self.network.to(device)
        self.spec = SalienceSpec(base.window, asdict(config))
        encoded = base.text_encoder.encode([e.text for e in train], config.train.max_tokens, places=True)
        self._windows = [w for pair in zip(train, encoded, strict=True) for w in cut_windows(*pair)]
        self._encoded = base.text_encoder.encode([e.text for e in validation], MAX_TOKENS, places=True)
        self.lengths = [len(window.ids) for window in self._windows]
        content = [asdict(config), [asdict(e) for part in (train, validation) for e in part]]
        self.fingerprint = hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def loss(self, rows: Sequence[int]) -> Tensor:
        """Return the mean loss of some windows."""
        windows = [self._windows[row] for row in rows]
        ids, mask = pad_windows([w.ids for w in windows], self._text_encoder.pad_id, self._device)
        (values,) = self.network(ids, mask)
        losses = [
            salience_loss(row[1 : len(window.ids) - 1].float(), window)
            for row, window in zip(values, windows, strict=True)
        ]
        return torch.stack(losses).mean()

    def validate(self) -> Validation:
        """Score headlines by the mean of ROUGE-1, -2 and -L, highlights by their characters' F1, 0 to 100."""
        reader = Reader(None, self.spec, self._text_encoder, TorchBackend(self.network, self._device))
        metrics = score_saliences(self._validation, reader.saliences(self._encoded, 32))
        metrics["mean"] = float(np.mean(list(metrics.values()))) if metrics else 0.0
        return Validation(metrics, "mean", len(self._validation))

    def save_best(self) -> None:
        """Save the model."""
        save_tokenizer(self._tokenizer, self._layout.folder)
        save_network(self.network, {SALIENCE: self._layout.head(SALIENCE)}, self._layout)
        save_salience_spec(self.spec, self._layout)


def score_saliences(examples: Sequence[SalienceExample], saliences: Sequence[Salience]) -> dict[str, float]:
    """Return the mean ROUGE of headlines and of briefs, and the F1 of highlights, 0 to 100.

    Of those with such gold; a brief has as many sentences as its oracle.
    """
    scores: dict[str, list[float]] = {}
    for example, salience in zip(examples, saliences, strict=True):
        if example.headline is not None:
            spans = choose_headline(example.text, example.clauses, salience)
            headline = " ".join(example.text[slice(*span)] for span in spans)
            scores.setdefault("rouge_mean", []).append(rouge_scores(example.reference, headline).mean)
        elif example.brief:
            ranked = np.argsort(
                -np.nan_to_num(salience.of("brief", example.sentences), nan=-30.0), kind="stable"
            )
            best = sorted(ranked[: len(example.brief)].tolist())
            brief = "".join(example.text[slice(*example.sentences[i])] for i in best)
            scores.setdefault("brief_rouge_mean", []).append(rouge_scores(example.reference, brief).mean)
        if example.marked and (span := choose_highlight(example.text, example.clauses, salience)):
            scores.setdefault("highlight_f1", []).append(highlight_f1(example.marked, [span]))
    return {name: float(np.mean(values)) for name, values in scores.items()}


def train_salience(
    config: Config,
    train: Sequence[SalienceExample],
    validation: Sequence[SalienceExample],
    layout: Layout,
    *,
    device: str = "auto",
    resume: bool = False,
    progress: Progress,
) -> dict[str, Any]:
    """Train a summariser; for the arguments see `SalienceTask` and ``model.training.Trainer``.

    Returns:
        The metrics on the validation part, as ``metrics.json`` holds them.

    Raises:
        UsageError: too few examples, no such device, or a state to resume of other data or settings.
    """

    def learn(task: SalienceTask, group: Group) -> None:
        Trainer(task, config, layout, group=group, progress=progress).run(resume=resume)

    return train_task(
        lambda place: SalienceTask(config, train, validation, layout, device=place),
        layout,
        learn,
        write_salience_card,
        seed=config.train.seed,
        device=choose_device(device),
        resume=resume,
        progress=progress,
    )
