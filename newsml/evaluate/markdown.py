"""An evaluation as a Markdown report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from newsml.text import escape_markdown

CASES = 20
EXCERPT = 300  # characters of a case's text

Cell = str | int | float | None


def render_report(
    metrics: Mapping[str, Any], worst: Sequence[Mapping[str, Any]], plots: Sequence[str]
) -> str:
    """Return the report on a classifier; whatever comes from posts and models is escaped.

    Args:
        metrics: as ``metrics.json`` holds them.
        worst: as ``worst.jsonl`` holds them; the first of them are shown.
        plots: pictures in the folder of the report.
    """
    labels, confusions = metrics["labels"], metrics["confusions"]
    parts = [
        f"# Evaluation of {escape_markdown(metrics['model'])}",
        f"Signature: {escape_markdown(metrics['signature'])}",
        f"{metrics['n']} examples; {metrics['skipped']} posts without a usable label left out.",
        "## Metrics\n\nWith 95 % intervals by bootstrap over the examples.",
        _table(["metric", "value", "95 %"], _metric_rows(metrics)),
    ]
    if "against" in metrics:
        parts += [*_comparison(metrics["against"]), _matches(metrics["against"]["mcnemar"])]
    parts += [_picture(name) for name in plots]
    parts += ["## Labels", _table(list(labels[0]), (row.values() for row in labels))]
    parts.append("## Confusions")
    if confusions:
        parts.append("A label missed and the one given wrongly in the same text.")
        parts.append(_table(list(confusions[0]), (row.values() for row in confusions)))
    else:
        parts.append("None.")
    parts.append(f"## Worst cases\n\nThe first of {len(worst)} in `worst.jsonl`, highest loss first.")
    parts += [_case(place, case) for place, case in enumerate(worst[:CASES], 1)]
    return "\n\n".join(parts) + "\n"


def render_summary_report(
    metrics: Mapping[str, Any], worst: Sequence[Mapping[str, Any]], plots: Sequence[str]
) -> str:
    """Return the report on summaries; the arguments are as for `render_report`."""
    style, method = (escape_markdown(metrics[key]) for key in ("style", "method"))
    parts = [
        f"# Evaluation of summaries: {style} by {method}",
        f"Signature: {escape_markdown(metrics['signature'])}",
        f"{metrics['n']} texts; {metrics['skipped']} posts without a summary or highlights left out.",
        "## Metrics\n\nMeans over the texts, with 95 % intervals by bootstrap over them.",
        _table(["metric", "value", "95 %"], _metric_rows(metrics)),
    ]
    if "against" in metrics:
        parts += _comparison(metrics["against"])
    parts += [_picture(name) for name in plots]
    parts.append(f"## Worst cases\n\nThe first of {len(worst)} in `worst.jsonl`, lowest score first.")
    parts += [_summary_case(place, case) for place, case in enumerate(worst[:CASES], 1)]
    return "\n\n".join(parts) + "\n"


def _metric_rows(metrics: Mapping[str, Any]) -> Iterable[list[Cell]]:
    for name, value in metrics.items():
        ends = metrics.get(f"{name}_ci95")
        if ends:
            yield [name, value, _interval(ends)]


def _comparison(against: Mapping[str, Any]) -> list[str]:
    rows = (
        [name, row["value"], f"{row['difference']:+.4f}", _interval(row["ci95"], "+"), row["p"]]
        for name, row in against.items()
        if isinstance(row, dict) and "ci95" in row
    )
    return [
        f"## Against {escape_markdown(against.get('model') or against['method'])}",
        f"Signature: {escape_markdown(against['signature'])}",
        "Paired bootstrap over the texts; p is one-sided.",
        _table(["metric", "its value", "difference", "95 %", "p"], rows),
    ]


def _matches(test: Mapping[str, Any]) -> str:
    return (
        "McNemar's exact test on exact match: "
        f"{test['only_ours']} examples are right here alone, {test['only_theirs']} there alone, "
        f"p = {test['p']:.4g} (two-sided)."
    )


def _picture(name: str) -> str:
    return f"![{name.partition('.')[0]}]({name})"


def _interval(ends: Sequence[float], sign: str = "") -> str:
    low, high = (f"{end:{sign}.4f}" for end in ends)
    return f"{low} to {high}"


def _table(head: Sequence[str], rows: Iterable[Iterable[Cell]]) -> str:
    lines = [head, ["---"] * len(head)]
    lines += [[_cell(cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Cell) -> str:
    return f"{value:.4f}" if isinstance(value, float) else escape_markdown(str(value))


def _case(place: int, case: Mapping[str, Any]) -> str:
    """Return a case as an item of a list."""
    text = case["text"]
    scores = ", ".join(f"{escape_markdown(name)} {score:.3f}" for name, score in case["scores"].items())
    gold, predicted = (escape_markdown(" ".join(case[key])) for key in ("gold", "predicted"))
    shown = [
        f"{escape_markdown(name)} {', '.join(escape_markdown(text[start:end]) for start, end in spans)}"
        for name, spans in case.get("evidence", {}).items()
        if spans
    ]
    evidence = f"; evidence: {'; '.join(shown)}" if shown else ""
    return (
        f"{place}. {escape_markdown(case['id'])}: loss {case['loss']:.3f}, gold {gold}, "
        f"predicted {predicted or 'none'} ({scores}){evidence}\n\n    {_excerpt(text)}"
    )


def _summary_case(place: int, case: Mapping[str, Any]) -> str:
    """Return a summary, its gold and its text as an item of a list."""
    text = case["text"]
    parts = [
        f"{place}. {escape_markdown(case['id'])}: {case['score']:.2f}",
        f"summary: {_excerpt(case['summary'])}",
    ]
    if case["gold"] is not None:
        parts.append(f"reference: {_excerpt(case['gold'])}")
    if case["highlights"]:
        parts.append(
            f"highlights: {_excerpt(' … '.join(text[start:end] for start, end in case['highlights']))}"
        )
    return "\n\n    ".join([*parts, f"text: {_excerpt(text)}"])


def _excerpt(text: str) -> str:
    return escape_markdown(text if len(text) <= EXCERPT else text[:EXCERPT] + "…")
