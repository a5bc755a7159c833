"""Results of an evaluation -> pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from newsml.errors import missing_extra
from newsml.evaluate.classification import ClassificationResult
from newsml.evaluate.summarization import SummaryResult
from newsml.files import replaced
from newsml.metrics.classification import Bin

BLUE = "#2f67d1"
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


def chinese_font() -> list[str]:
    """Return the first installed font that has Chinese, or nothing; needs matplotlib."""
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    return [font for font in FONTS if font in known][:1]


def require_matplotlib() -> None:
    """Look for what draws, before the work that ends in a picture.

    Raises:
        UsageError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: F401
    except ImportError:
        raise missing_extra("matplotlib", "train", "a picture") from None


def tick_names(names: Sequence[str], first: int = 0) -> list[str]:
    """Return names for an axis; numbers from `first` where no font has Chinese, which would be boxes."""
    readable = chinese_font() or all(name.isascii() for name in names)
    return list(names) if readable else [str(i) for i in range(first, first + len(names))]


@contextmanager
def open_picture(path: Path, width: float, height: float, dpi: int = 150) -> Iterator[Any]:
    """Give a figure to draw on and write it as PNG, whole or not at all.

    Args:
        path: of the file.
        width: in inches.
        height: the same.
        dpi: dots an inch.

    Raises:
        UsageError: matplotlib is not installed.
    """
    require_matplotlib()
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.family": [*chinese_font(), "sans-serif"], "axes.unicode_minus": False}):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        with replaced(path) as partial:
            figure.savefig(partial, format="png", dpi=dpi)


def plot_labels(result: ClassificationResult, path: Path) -> None:
    """Draw the F1 of each label, or the confusion matrix of a single-label model, as PNG.

    Raises:
        UsageError: matplotlib is not installed.
    """
    names = list(result.scheme.names)
    size = max(4.0, 0.32 * len(names) + 1.5)
    with open_picture(path, size + 2, size) as figure:
        ticks = tick_names(names)
        axes = figure.subplots()
        if result.scheme.mode == "single":
            counts = result.confusion()
            image = axes.imshow(counts / counts.sum(1, keepdims=True).clip(1), cmap="Blues", vmin=0, vmax=1)
            figure.colorbar(image, label="share of the gold label")
            axes.set(xlabel="predicted", ylabel="gold", title="confusion")
            axes.set_xticks(range(len(names)), ticks, rotation=90)
        else:
            rows = result.per_label()
            axes.barh(range(len(names)), [row["f1"] for row in rows], color=BLUE)
            for place, row in enumerate(rows):
                told = f"{row['f1']:.2f}  n={row['support']}"
                axes.text(0.01, place, told, va="center", fontsize=7, color="white")
            axes.set(xlim=(0, 1), xlabel="F1", title="F1 by label")
            axes.invert_yaxis()
        axes.set_yticks(range(len(names)), ticks)


def plot_reliability(bins: Sequence[Bin], path: Path) -> None:
    """Draw how often labels are right against their probability, over the number of decisions, as PNG.

    Raises:
        UsageError: matplotlib is not installed.

    Source: DeGroot and Fienberg 1983, "The Comparison and Evaluation of Forecasters".
    """
    width, filled = 1 / len(bins), [b for b in bins if b.n]
    edges = [b.low for b in bins]
    with open_picture(path, 5, 6) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        upper.bar(edges, [b.accuracy for b in bins], width, align="edge", color=BLUE, edgecolor="white")
        upper.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=1)
        upper.plot(
            [b.confidence for b in filled], [b.accuracy for b in filled], "o", color="black", markersize=4
        )
        upper.set(
            xlim=(0, 1), ylim=(0, 1), ylabel="share of the decisions that are gold", title="reliability"
        )
        lower.bar(edges, [b.n for b in bins], width, align="edge", color=BLUE, edgecolor="white")
        for b in filled:
            lower.text(b.low + width / 2, b.n, str(b.n), ha="center", va="bottom", fontsize=5)
        lower.set(yscale="log", ylabel="decisions", xlabel="probability")
        lower.margins(y=0.15)


def plot_summaries(result: SummaryResult, path: Path) -> None:
    """Draw how the scores and the lengths of summaries are spread, beside the lengths of the gold, as PNG.

    Raises:
        UsageError: matplotlib is not installed.
    """
    means = {score.name: score.value for score in result.scores}
    names = [name for name in ("rouge_mean", "highlight_f1") if name in means]
    lengths = {
        "summary": result.rows["length"],
        "reference": np.array([len(post.summary) for post in result.posts if post.summary is not None]),
        "highlights": np.array([sum(e - s for s, e in p.highlights) for p in result.posts if p.highlights]),
    }
    lengths = {name: values for name, values in lengths.items() if len(values)}
    # Far outliers would leave one bar of everything else.
    longest = max(np.percentile(values, 99) for values in lengths.values()) + 1
    with open_picture(path, 5 * (len(names) + 1), 4) as figure:
        *panels, last = figure.subplots(1, len(names) + 1)
        for axes, name in zip(panels, names, strict=True):
            values = result.rows[name]
            axes.hist(values[~np.isnan(values)], bins=np.linspace(0, 100, 26), color=BLUE, edgecolor="white")
            axes.axvline(means[name], color="black", linestyle="--", linewidth=1)
            axes.set(xlabel=name, ylabel="texts", title=f"mean {means[name]:.1f}")
        for label, values in lengths.items():
            last.hist(values, bins=np.linspace(0, longest, 31), histtype="step", label=label)
        last.set(xlabel="characters", ylabel="texts", title="length")
        last.legend()
