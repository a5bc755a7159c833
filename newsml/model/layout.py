"""The model folder: which file is what, and the specification that makes sense of the weights."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from newsml.arrays import Floats
from newsml.errors import ArgumentError, ModelError, UsageError
from newsml.files import write_json
from newsml.labels import DROP, LabelScheme
from newsml.model.calibration import Calibration

FORMAT = 1
EMBEDDED = "topics"

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What reading a value raises where the JSON of a specification holds another kind, or none."""


@dataclass(frozen=True)
class Layout:
    """Names of the files in a model folder. A checkpoint has the encoder and a head, a package ONNX files."""

    folder: Path

    @property
    def spec(self) -> Path:
        """What the model is: labels, pooling, window, thresholds, calibration."""
        return self.folder / "newsml.json"

    @property
    def salience_spec(self) -> Path:
        """Window and training of a model that summarises; absent where it does not."""
        return self.folder / "salience.json"

    @property
    def encoder_config(self) -> Path:
        """The encoder's configuration, as transformers reads it."""
        return self.folder / "config.json"

    @property
    def encoder(self) -> Path:
        """The encoder's weights, as transformers reads them."""
        return self.folder / "model.safetensors"

    @property
    def tokenizer(self) -> Path:
        """The tokenizer, as the packages tokenizers and transformers read it."""
        return self.folder / "tokenizer.json"

    def head(self, name: str) -> Path:
        """The weights of a head; one encoder can carry several."""
        return self.folder / f"head.{name}.safetensors"

    @property
    def onnx(self) -> Path:
        """The whole network for ONNX Runtime, in float32."""
        return self.folder / "model.onnx"

    @property
    def onnx_int8(self) -> Path:
        """The same in 8 bits."""
        return self.folder / "model.int8.onnx"

    @property
    def metrics(self) -> Path:
        """Scores on the validation part, as training measured them."""
        return self.folder / "metrics.json"

    @property
    def history(self) -> Path:
        """Loss and scores of every epoch of the training."""
        return self.folder / "history.json"

    @property
    def card(self) -> Path:
        """The model card."""
        return self.folder / "README.md"

    @property
    def checksums(self) -> Path:
        """SHA-256 of the other files."""
        return self.folder / "SHA256SUMS"

    @property
    def resume(self) -> Path:
        """The state from which an interrupted training goes on; gone when it is done."""
        return self.folder / ".resume"

    def is_taken(self) -> bool:
        """Say whether there is a model in the folder, or a part of one."""
        files = (self.spec, self.salience_spec, self.resume, self.encoder_config, self.encoder)
        return any(path.exists() for path in files)


@dataclass(frozen=True)
class ModelSpec:
    """What a model is, apart from its weights.

    Attributes:
        name: of the configuration, and of the head.
        scheme: the labels.
        pooling: ``mean``, ``cls`` or ``max`` over the token vectors.
        window: tokens the encoder reads at once, special tokens included.
        thresholds: probability from which a label is chosen, one for each label (multi-label only).
        calibration: from logits to probabilities.
        training: how it was trained: configuration, data, seed, scores; for the record.
    """

    name: str
    scheme: LabelScheme
    pooling: Literal["mean", "cls", "max"]
    window: int
    thresholds: tuple[float, ...]
    calibration: Calibration
    training: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.thresholds) != len(self.scheme.names):
            raise ModelError(f"{len(self.thresholds)} thresholds for {len(self.scheme.names)} labels")
        if len(self.calibration.scale) != len(self.scheme.names):
            raise ModelError(
                f"a calibration of {len(self.calibration.scale)} labels for {len(self.scheme.names)}"
            )
        if not all(0 <= threshold <= 1 for threshold in self.thresholds):
            raise ModelError("a threshold does not lie between 0 and 1")
        if self.pooling not in ("mean", "cls", "max"):
            raise ModelError(f"no such pooling: {self.pooling}")
        check_window(self.window)

    @property
    def single(self) -> bool:
        """Whether a text has exactly one label."""
        return self.scheme.mode == "single"

    def probabilities(self, logits: Floats) -> Floats:
        """Return calibrated probabilities. *Shape:* ``(n, labels)``, as the logits."""
        return self.calibration.probabilities(logits, single=self.single)


def check_window(window: int) -> None:
    """Check the tokens that an encoder reads at once, special tokens included.

    Raises:
        ModelError: a number out of range.
    """
    if not 3 <= window <= 512:
        raise ModelError(f"a window of {window} tokens is not between 3 and 512")


def save_spec(spec: ModelSpec, layout: Layout) -> None:
    """Write the specification."""
    scheme = {f.name: getattr(spec.scheme, f.name) for f in dataclasses.fields(spec.scheme)}
    values = {f.name: getattr(spec, f.name) for f in dataclasses.fields(spec)}
    calibration = dataclasses.asdict(spec.calibration)
    write_json(layout.spec, {"format": FORMAT, **values, "scheme": scheme, "calibration": calibration})


def load_spec(layout: Layout) -> ModelSpec:
    """Read the specification.

    Raises:
        ModelError: the folder is no model, or one of another version.
    """
    tree = read_specification(layout.spec)
    try:
        scheme = tree["scheme"]
        return ModelSpec(
            name=str(tree["name"]),
            scheme=LabelScheme(
                tuple(scheme["names"]),
                scheme["mode"],
                scheme["level"],
                dict(scheme["aliases"]),
                int(scheme["min_labels"]),
                tuple(scheme["secondary"]),
                str(scheme.get("other", DROP)),  # models of 0.1.0 drop
            ),
            pooling=cast(Literal["mean"], tree["pooling"]),
            window=int(tree["window"]),
            thresholds=tuple(float(t) for t in tree["thresholds"]),
            calibration=Calibration(
                tuple(float(a) for a in tree["calibration"]["scale"]),
                tuple(float(b) for b in tree["calibration"]["bias"]),
            ),
            training=dict(tree["training"]),
        )
    except UNREADABLE as error:
        raise ModelError(f"{layout.spec}: incomplete: {error}") from None
    except UsageError as error:
        raise ModelError(f"{layout.spec}: {error}") from None


def read_specification(path: Path) -> dict[str, Any]:
    """Read a specification as JSON, and no more than its format of it.

    Raises:
        ModelError: it is missing, broken or of another version.
    """
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path.parent}: is no newsml model ({path.name} is missing)") from None
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: broken JSON: {error}") from None
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise ModelError(f"{path}: not of format {FORMAT}, which this version reads")
    return tree


def embedded_folder() -> Path:
    """Return the folder of the model that ships in the package."""
    return Path(__file__).parent.parent / "models" / EMBEDDED


def find_model(name: str | Path) -> Layout:
    """Return the layout of a model given by its folder or by the name of one that ships.

    Raises:
        ModelError: there is none.
    """
    name = str(name)
    folder = Path(name)
    layout = Layout(folder)
    if name == EMBEDDED and not (layout.spec.is_file() or layout.salience_spec.is_file()):
        folder = embedded_folder()
    if not name or not folder.is_dir():
        shown = name or '""'
        raise ModelError(
            f"{shown}: no such model: neither a folder nor the name of one that ships ({EMBEDDED})"
        )
    return Layout(folder)


def new_folder(output: str | Path) -> Layout:
    """Return the layout of a folder that is not there yet, or empty but for hidden files.

    Raises:
        UsageError: it is, or has no name.
    """
    if not str(output):  # an unset variable of the shell, not the folder one is in
        raise ArgumentError("output: names no folder", "output")
    folder = Path(output)
    if folder.exists() and not (folder.is_dir() and all(p.name.startswith(".") for p in folder.iterdir())):
        raise ArgumentError(f"output {output}: is there already; take a new folder", "output")
    return Layout(folder)
