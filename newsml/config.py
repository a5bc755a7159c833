"""Training configurations: YAML -> typed, validated settings, with every error told at once."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from newsml.errors import UsageError
from newsml.labels import LabelScheme

# Every scalar stays a string and is converted by the type of its setting: a label may be called `no` or 1936.
YamlLoader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

DIGEST = "digest"
"""The file that ships beside the configurations and is none: it holds the settings of a digest."""

T = TypeVar("T")


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
        precision: ``auto`` (bf16 or fp16 on a GPU, fp32 on a CPU), or one of them.
        seed: of everything random.
        save_steps: steps between two states from which ``--resume`` goes on.
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


def load_config(name: str, overrides: Sequence[str] = ()) -> Config:
    """Read a configuration file, or one that ships by its name, and apply ``a.b=value`` overrides.

    Raises:
        UsageError: no such file, broken YAML, or settings that do not hold, all named at once.
    """
    path = Path(name)
    if not path.is_file():
        path = config_folder() / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in config_folder().glob("*.yaml") if p.stem != DIGEST))
        raise UsageError(
            f"{name}: no such configuration file, and none of that name ships (there are {known})"
        )
    tree = read_tree(path)
    for override in overrides:
        _override(tree, override)
    return parse_config(tree, str(path))


def read_tree(path: Path) -> dict[str, Any]:
    """Read a YAML file of settings, every scalar as a string.

    Raises:
        UsageError: a file that cannot be read, or broken YAML.
    """
    try:
        tree = yaml.load(path.read_text(encoding="utf-8"), YamlLoader)  # noqa: S506 - makes strings only
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: broken YAML: {' '.join(str(error).split())}") from error
    if not isinstance(tree, dict):
        raise UsageError(f"{path}: holds no settings")
    return tree


def parse_config(tree: Mapping[str, Any], source: str) -> Config:
    """Check a tree of settings against the types and ranges and return them typed.

    Raises:
        UsageError: every setting that does not hold, with its path.
    """
    return build_settings(Config, tree, source, _check_ranges)


def build_settings(
    cls: type[T], tree: Mapping[str, Any], source: str, check: Callable[[T], Sequence[str]]
) -> T:
    """Return the settings of a tree as a dataclass; `check` names those that are out of range.

    Raises:
        UsageError: every setting that does not hold, with its path.
    """
    errors: list[str] = []
    settings = _build(cls, tree, "", errors)
    if settings is not None and not errors:
        errors += check(settings)
    if errors or settings is None:
        raise UsageError(f"{source}: {'; '.join(errors)}")
    return typing.cast(T, settings)


def _override(tree: dict[str, Any], override: str) -> None:
    path, equals, raw = override.partition("=")
    if not equals or not path:
        raise UsageError(f"--set {override}: give it as a.b=value")
    *parents, last = path.split(".")
    for parent in parents:
        child = tree.setdefault(parent, {})
        if not isinstance(child, dict):
            raise UsageError(f"--set {override}: {parent} holds no settings")
        tree = child
    try:
        tree[last] = yaml.load(raw, YamlLoader)  # noqa: S506 - makes strings only
    except yaml.YAMLError as error:
        raise UsageError(f"--set {override}: the value is not YAML") from error


def _build(cls: type[Any], tree: Any, path: str, errors: list[str]) -> Any:
    if not isinstance(tree, Mapping):
        errors.append(f"[{path or 'top'}] is a group of settings, not {tree!r}")
        return None
    hints = typing.get_type_hints(cls)
    for key in tree:
        if key not in hints:
            close = difflib.get_close_matches(str(key), hints, 1)
            hint = f", did you mean {close[0]}?" if close else ""
            errors.append(f"[{path}{key}] is no setting{hint}")
    values = {}
    for item in dataclasses.fields(cls):
        where = f"{path}{item.name}"
        if item.name in tree:
            values[item.name] = _convert(hints[item.name], tree[item.name], where, errors)
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            errors.append(f"[{where}] is missing")
    return None if errors else cls(**values)


def _convert(hint: Any, value: Any, where: str, errors: list[str]) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _build(typing.cast(type, hint), value, f"{where}.", errors)
    if origin in (typing.Union, types.UnionType):  # a number or a word
        number, word = args
        return value if value in typing.get_args(word) else _convert(number, value, where, errors)
    if origin is Literal:
        if value not in args:
            errors.append(f"[{where}] is one of {', '.join(map(str, args))}, not {value!r}")
        return value
    if origin is tuple:
        if isinstance(value, list) and set(map(type, value)) <= {str}:
            return tuple(value)
        errors.append(f"[{where}] is a list of strings, not {value!r}")
        return ()
    if origin is dict:
        if not isinstance(value, Mapping) or (args[1] is str and not set(map(type, value.values())) <= {str}):
            errors.append(
                f"[{where}] is a table of {'numbers' if args[1] is float else 'strings'}, not {value!r}"
            )
            return {}
        return {str(key): _convert(args[1], item, f"{where}.{key}", errors) for key, item in value.items()}
    converted = _scalar(hint, value)
    if converted is None:
        kind = {str: "a string", bool: "true or false"}.get(hint, "a number")
        errors.append(f"[{where}] is {kind}, not {value!r}")
    return converted


def _scalar(hint: Any, value: Any) -> str | bool | float | None:
    """Return a value of the type of its setting, None where it is none."""
    if hint is str:
        return value if isinstance(value, str) else None
    if hint is bool:
        return {"true": True, "false": False}.get(str(value).lower())
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    holds = math.isfinite(number) and (hint is float or number == int(number))
    return typing.cast(float, hint(number)) if holds else None


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
        (train.learning_rate > 0, "[train.learning_rate] is over 0"),
        (train.head_learning_rate > 0, "[train.head_learning_rate] is over 0"),
        (train.weight_decay >= 0, "[train.weight_decay] is 0 or more"),
        (0 <= train.warmup_share < 1, "[train.warmup_share] lies between 0 and 1"),
        (train.max_grad_norm > 0, "[train.max_grad_norm] is over 0"),
        (train.save_steps >= 1, "[train.save_steps] is 1 or more"),
        (config.task == "classify" or train.method == "finetune", "[train.method] probe is for labels only"),
    ]  # fmt: skip
    errors = [message for holds, message in rules if not holds]
    try:
        labels.scheme()
    except UsageError as error:
        errors.append(str(error))
    return errors
