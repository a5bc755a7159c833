"""Scores -> files: metrics.json and tables of cases; and the quality gate."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from newsml.domain import Score
from newsml.errors import ArgumentError, GateError, UsageError
from newsml.evaluate.summarization import FAULTS, MEASURES
from newsml.files import write_atomic, write_json
from newsml.metrics.classification import METRICS
from newsml.settings import read_tree

BOUNDS = "bounds (metric: number)"

CEILINGS = ("ece", "brier", "redundancy", *FAULTS)
"""Metrics of error, the lower the better: a gate bounds them from above."""

MEASURED = {
    "classify": ("n", "skipped", *METRICS, "accuracy"),
    "summarize": ("n", "skipped", *MEASURES),
}
"""Task -> the metrics that a gate can bound."""


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


def read_gate(path: Path, measured: Collection[str] = ()) -> dict[str, float]:
    """Read a gate: YAML that maps metrics to floors; of `CEILINGS`, to ceilings.

    Args:
        path: of the file.
        measured: the metrics that there are, such as one of `MEASURED`; none for any.

    Raises:
        UsageError: no such file, one that holds anything else, or a bound of something that is not measured.
    """
    try:
        tree = read_tree(path, BOUNDS)
    except UsageError as error:
        raise ArgumentError(f"gate {error}", "gate") from None
    if not tree:
        raise ArgumentError(f"gate {path}: holds no {BOUNDS}", "gate")
    bounds = {}
    for name, bound in tree.items():
        try:
            value = float(bound)
        except (TypeError, ValueError):
            value = math.nan
        if not math.isfinite(value):
            raise ArgumentError(f"gate {path}: the bound of {name} is no number", "gate")
        bounds[name] = value
    unknown = [name for name in bounds if measured and name not in measured]
    if unknown:
        told = f"gate {path}: no such metric: {', '.join(unknown)}; of {', '.join(measured)}"
        raise ArgumentError(told, "gate")
    return bounds


def check_gate(metrics: Mapping[str, Any], bounds: Mapping[str, float]) -> None:
    """Hold the metrics against their bounds.

    Raises:
        UsageError: a bound of something that was not measured.
        GateError: a metric below its floor or above its ceiling; all of them are named.
    """
    unknown = sorted(name for name in bounds if not isinstance(metrics.get(name), int | float))
    if unknown:
        raise ArgumentError(f"gate: not measured here: {', '.join(unknown)}", "gate")
    missed = []
    for name, bound in bounds.items():
        value = metrics[name]
        if value > bound if name in CEILINGS else value < bound:
            missed.append(f"{name} {value:.4f} {'>' if name in CEILINGS else '<'} {bound}")
    if missed:
        raise GateError(f"quality gate missed: {', '.join(missed)}")
