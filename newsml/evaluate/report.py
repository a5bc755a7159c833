"""Scores -> files: metrics.json, tables of cases, plots; and the quality gate."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from newsml.domain import Score
from newsml.errors import GateError, UsageError, missing_extra
from newsml.evaluate.classification import ClassificationResult
from newsml.model.layout import write_atomic, write_json

# Fonts with Chinese that systems have; the first found is used.
FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",  # the name under which matplotlib finds the collection of all of them
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
)


def metrics_tree(scores: Sequence[Score], **more: Any) -> dict[str, Any]:
    """Return the scores as ``metrics.json`` holds them, each followed by its ``_ci95``."""
    tree: dict[str, Any] = dict(more)
    for score in scores:
        tree[score.name] = score.value
        if score.ci95 is not None:
            tree[f"{score.name}_ci95"] = list(score.ci95)
    return tree


def write_report(folder: Path, metrics: Mapping[str, Any], worst: Sequence[Mapping[str, Any]]) -> None:
    """Write ``metrics.json`` and ``worst.jsonl``."""
    write_json(folder / "metrics.json", dict(metrics))
    lines = (json.dumps(case, ensure_ascii=False) for case in worst)
    write_atomic(folder / "worst.jsonl", "".join(f"{line}\n" for line in lines))


def chinese_font() -> list[str]:
    """Return the first installed font that has Chinese, or nothing; needs matplotlib."""
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    return [font for font in FONTS if font in known][:1]


def plot_result(result: ClassificationResult, path: Path) -> None:
    """Draw the F1 of each label, or the confusion matrix of a single-label model, as PNG.

    Raises:
        UsageError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        raise missing_extra("matplotlib", "train", "a plot") from None
    chinese = chinese_font()
    names = list(result.scheme.names)
    # Without a Chinese font the labels would be boxes: numbers then, in the order of the scheme.
    ticks = names if chinese or all(name.isascii() for name in names) else [str(i) for i in range(len(names))]
    with mpl.rc_context({"font.family": [*chinese, "sans-serif"], "axes.unicode_minus": False}):
        size = max(4.0, 0.32 * len(names) + 1.5)
        figure = Figure(figsize=(size + 2, size), layout="constrained")
        axes = figure.subplots()
        if result.scheme.mode == "single":
            counts = result.confusion()
            image = axes.imshow(counts / counts.sum(1, keepdims=True).clip(1), cmap="Blues", vmin=0, vmax=1)
            figure.colorbar(image, label="share of the gold label")
            axes.set(xlabel="predicted", ylabel="gold", title="confusion")
            axes.set_xticks(range(len(names)), ticks, rotation=90)
        else:
            rows = result.per_label()
            axes.barh(range(len(names)), [row["f1"] for row in rows], color="#2f67d1")
            for place, row in enumerate(rows):
                axes.text(
                    0.01,
                    place,
                    f"{row['f1']:.2f}  n={row['support']}",
                    va="center",
                    fontsize=7,
                    color="white",
                )
            axes.set(xlim=(0, 1), xlabel="F1", title="F1 by label")
            axes.invert_yaxis()
        axes.set_yticks(range(len(names)), ticks)
        figure.savefig(path, dpi=150)


def read_gate(path: Path) -> dict[str, float]:
    """Read a gate: YAML that maps metrics to floors.

    Raises:
        UsageError: no such file, or one that holds anything else.
    """
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"--gate {path}: {' '.join(str(error).split())}") from None
    if not isinstance(tree, dict) or not tree:
        raise UsageError(f"--gate {path}: holds no floors (metric: number)")
    floors = {}
    for name, floor in tree.items():
        try:  # from its text: YAML reads 5e-1 as a string
            value = float(str(floor))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise UsageError(f"--gate {path}: the floor of {name} is no number")
        floors[str(name)] = value
    return floors


def check_gate(metrics: Mapping[str, Any], floors: Mapping[str, float]) -> None:
    """Hold the metrics against their floors.

    Raises:
        UsageError: a floor for something that was not measured.
        GateError: a metric below its floor; all of them are named.
    """
    unknown = sorted(name for name in floors if not isinstance(metrics.get(name), int | float))
    if unknown:
        raise UsageError(f"--gate: not measured here: {', '.join(unknown)}")
    missed = [
        f"{name} {metrics[name]:.4f} < {floor}" for name, floor in floors.items() if metrics[name] < floor
    ]
    if missed:
        raise GateError(f"quality gate missed: {', '.join(missed)}")
