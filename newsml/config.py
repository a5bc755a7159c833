"""Training configurations: YAML -> typed, validated settings, with every error told at once."""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from newsml.errors import ArgumentError, UsageError
from newsml.labels import LabelScheme
from newsml.settings import build_settings, override_setting, read_tree

Overrides = Sequence[str] | Mapping[str, Any]

DIGEST = "digest"
"""The file that ships beside the configurations and is none: it holds the settings of a digest."""


OF_PROBE = ("train.method", "train.max_tokens", "train.seed")
"""Settings of ``train`` that the method ``probe`` heeds."""


@dataclass(frozen=True)
class LabelConfig:
    """Which labels there are and how raw ones are read; see ``LabelScheme``.

    Attributes:
        min_support: labels with fewer examples are too rare, listed or not; 0 keeps every one.
    """

    names: tuple[str, ...] = ()
    mode: Literal["multi", "single"] = "multi"
    level: str = "all"
    aliases: dict[str, str] = field(default_factory=dict)
    min_labels: int = 1
    secondary: tuple[str, ...] = ()
    min_support: int = 0
    other: str = "drop"

    def scheme(self) -> LabelScheme:
        """Return the scheme that these settings describe."""
        level = int(self.level) if self.level.isdecimal() else typing.cast(Literal["all"], self.level)
        return LabelScheme(
            self.names, self.mode, level, self.aliases, self.min_labels, self.secondary, self.other
        )


@dataclass(frozen=True)
class DataConfig:
    """How the examples are split.

    Attributes:
        validation_share: share of the examples kept for validation, 0 to 0.5 exclusive.
        near_duplicate: character 3-gram Jaccard from which two texts are near-duplicates, 0 to 1.
    """

    validation_share: float = 0.1
    near_duplicate: float = 0.8


@dataclass(frozen=True)
class ModelConfig:
    """The network.

    Attributes:
        base: ``embedded``, a local folder that transformers loads, or the name of a hub model.
        pooling: how token vectors become one: ``mean``, ``cls`` or ``max``.
        window: tokens the encoder reads at once, special tokens included; longer texts take
            several windows.
        dropout: of the head, 0 to 1.
    """

    base: str = "embedded"
    pooling: Literal["mean", "cls", "max"] = "mean"
    window: int = 256
    dropout: float = 0.1


@dataclass(frozen=True)
class TrainConfig:
    """The optimisation.

    Attributes:
        method: ``finetune``, or ``probe``: logistic regression on the frozen encoder, for a handful of
            examples; every setting below but ``seed`` and ``max_tokens`` is of ``finetune``.
        epochs: passes over the training examples; ``auto`` for about 1,500 steps in 2 to 20 epochs.
        patience: stop after so many epochs that were no better on the validation part; 0 for never.
        batch_size: examples a step.
        micro_batch_size: examples that go through the network together, at most; the gradients of the
            parts of a batch are added up. Less takes less memory and learns the same.
        max_tokens: tokens of a longer text that are read in training, in windows spread over it.
        class_weights: ``balanced`` lets rare labels count for more, up to tenfold.
        gradient_checkpointing: compute activations twice to save memory.
        learning_rate: peak of AdamW's schedule (linear warm-up, linear decay).
        head_learning_rate: the same for the head.
        layer_decay: factor of the learning rate from each layer to the one below, over 0 up to 1.
        weight_decay: of AdamW, on matrices only.
        warmup_share: share of the steps that warm up.
        max_grad_norm: gradients are clipped at this norm.
        ema_decay: share that each step keeps of the exponential mean of the weights, which is validated and
            saved in their place, 0 to 1 exclusive; 0 for the weights themselves.
        precision: ``auto`` (bf16 or fp16 on a GPU, fp32 on a CPU), or one of them.
        seed: of everything random, 0 to 4294967295.
        save_steps: steps between two states from which an interrupted training goes on.
    """

    method: Literal["finetune", "probe"] = "finetune"
    epochs: int | Literal["auto"] = 3
    patience: int = 3
    batch_size: int = 16
    micro_batch_size: int = 8
    max_tokens: int = 4096
    class_weights: Literal["none", "balanced"] = "none"
    gradient_checkpointing: bool = False
    learning_rate: float = 1.5e-4
    head_learning_rate: float = 1e-3
    layer_decay: float = 1.0
    weight_decay: float = 0.01
    warmup_share: float = 0.1
    max_grad_norm: float = 1.0
    ema_decay: float = 0.0
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    seed: int = 13
    save_steps: int = 200


@dataclass(frozen=True)
class Config:
    """A whole training configuration, as ``configs/*.yaml`` holds it.

    Attributes:
        task: what is learned: labels of texts, or what matters in them; the second takes no labels.
    """

    name: str
    task: Literal["classify", "summarize"] = "classify"
    labels: LabelConfig = field(default_factory=LabelConfig)
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)


def config_folder() -> Path:
    """Return the folder of the configurations that ship: in the package, or beside it in a checkout."""
    packaged = Path(__file__).parent / "configs"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "configs"


def config_names() -> list[str]:
    """Return the names of the configurations that ship and are trained with, in order."""
    return sorted(path.stem for path in config_folder().glob("*.yaml") if path.stem != DIGEST)


def load_config(name: str | Path, overrides: Overrides = ()) -> Config:
    """Read a configuration file, or one that ships by its name, and change some of its settings.

    Args:
        name: of the file, or of one that ships.
        overrides: the changes, as ``a.b=value`` or as a mapping of ``a.b`` to the value.

    Raises:
        UsageError: no such file, broken YAML, or settings that do not hold, all named at once; a change of
            what a probe does not heed.
    """
    path = Path(name)
    if not path.is_file():
        path = config_folder() / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(config_names())
        raise UsageError(
            f"{name}: no such configuration file, and none of that name ships (there are {known})"
        )
    tree = read_tree(path)
    if isinstance(overrides, Mapping):  # JSON is YAML
        overrides = [
            f"{path}={json.dumps(value, ensure_ascii=False, default=str)}"
            for path, value in overrides.items()
        ]
    for override in overrides:
        override_setting(tree, override)
    config = parse_config(tree, f"{path} with overrides" if overrides else str(path))
    changed = [override.partition("=")[0] for override in overrides]
    idle = [setting for setting in changed if setting.startswith("train.") and setting not in OF_PROBE]
    if config.train.method == "probe" and idle:
        raise ArgumentError(f"overrides {', '.join(idle)}: of no effect with train.method=probe", "overrides")
    return config


def parse_config(tree: Mapping[str, Any], source: str) -> Config:
    """Check a tree of settings against the types and ranges and return them typed.

    Raises:
        UsageError: every setting that does not hold, with its path.
    """
    return build_settings(Config, tree, source, _check_ranges)


def _check_ranges(config: Config) -> list[str]:
    labels, data, model, train = config.labels, config.data, config.model, config.train
    rules = [
        (labels.level in ("all", "first", "last") or (labels.level.isdecimal() and int(labels.level) > 0),
         "[labels.level] is all, first, last or a number from 1"),
        (labels.mode == "multi" or labels.min_labels == 1, "[labels.min_labels] of a single-label task is 1"),
        (0 <= labels.min_labels <= max(len(labels.names), 1),
         "[labels.min_labels] is 0 to the number of names"),
        (bool(re.fullmatch(r"[\w.-]+", config.name)), "[name] is made of letters, digits and - _ ."),
        (labels.min_support >= 0, "[labels.min_support] is 0 or more"),
        (bool(labels.other.strip()), "[labels.other] is drop, or a label"),
        (0 < data.validation_share < 0.5, "[data.validation_share] lies between 0 and 0.5"),
        (0 < data.near_duplicate <= 1, "[data.near_duplicate] lies between 0 and 1"),
        (16 <= model.window <= 512, "[model.window] is 16 to 512 tokens"),
        (0 <= model.dropout < 1, "[model.dropout] lies between 0 and 1"),
        (train.epochs == "auto" or train.epochs >= 1, "[train.epochs] is auto, or 1 or more"),
        (train.patience >= 0, "[train.patience] is 0 or more"),
        (train.max_tokens >= 1, "[train.max_tokens] is 1 or more"),
        (0 < train.layer_decay <= 1, "[train.layer_decay] lies over 0 and up to 1"),
        (train.batch_size >= 1, "[train.batch_size] is 1 or more"),
        (train.micro_batch_size >= 1, "[train.micro_batch_size] is 1 or more"),
        (0 < train.learning_rate <= 0.1, "[train.learning_rate] lies over 0 and up to 0.1"),
        (0 < train.head_learning_rate <= 0.1, "[train.head_learning_rate] lies over 0 and up to 0.1"),
        (train.weight_decay >= 0, "[train.weight_decay] is 0 or more"),
        (0 <= train.warmup_share < 1, "[train.warmup_share] lies between 0 and 1"),
        (train.max_grad_norm > 0, "[train.max_grad_norm] is over 0"),
        (0 <= train.ema_decay < 1, "[train.ema_decay] lies between 0 and 1"),
        (0 <= train.seed < 2**32, "[train.seed] is 0 to 4294967295"),
        (train.save_steps >= 1, "[train.save_steps] is 1 or more"),
        (config.task == "classify" or train.method == "finetune", "[train.method] probe is for labels only"),
    ]  # fmt: skip
    errors = [message for holds, message in rules if not holds]
    try:
        replace(labels, level="all").scheme()  # the level is told of above
    except UsageError as error:
        errors.append(str(error))
    return errors
