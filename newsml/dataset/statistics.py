"""What is in an archive, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from newsml.dataset.leak import find_copies
from newsml.dataset.near_duplicates import group_near_duplicates
from newsml.domain import Example, Post
from newsml.labels import LabelCounts, LabelScheme

WINDOW = 512  # tokens that a BERT reads at once
PERCENTILES = (0, 25, 50, 75, 95, 100)


@dataclass(frozen=True)
class Lengths:
    """How long texts are.

    Attributes:
        mean: in characters or tokens.
        percentiles: of `PERCENTILES`, shortest to longest.
        histogram: number of texts of up to so many characters or tokens, each bound twice the last.
    """

    mean: float
    percentiles: tuple[int, ...]
    histogram: dict[int, int]


@dataclass(frozen=True)
class ArchiveStatistics:
    """What is in an archive.

    Attributes:
        posts: how many there are.
        labelled: how many of them have a label of the scheme.
        unusable: inputs that could not be read.
        mode: ``single`` or ``multi``.
        labels: posts of each label, in the order of the scheme.
        labels_per_post: number of labels -> posts.
        together: posts that two labels share, in the order of the scheme. *Shape:* ``(labels, labels)``.
        characters: lengths in characters.
        tokens: lengths in tokens of the embedded model.
        over_window: share of the posts of over `WINDOW` tokens.
        months: ``2024-08`` -> posts; posts without a date under an empty string.
        sources: source, else author -> posts, most frequent first; empty where unknown.
        copies: posts that repeat an earlier one, white space apart.
        near_duplicates: different texts that have a near-duplicate.
        near_duplicate_groups: groups that these make.
        counts: labels that were mended, dropped and collected.
    """

    posts: int
    labelled: int
    unusable: int
    mode: str
    labels: dict[str, int]
    labels_per_post: dict[int, int]
    together: list[list[int]]
    characters: Lengths
    tokens: Lengths
    over_window: float
    months: dict[str, int]
    sources: dict[str, int]
    copies: int
    near_duplicates: int
    near_duplicate_groups: int
    counts: LabelCounts

    def tree(self) -> dict[str, Any]:
        """Return everything as plain data, for JSON."""
        mended = self.counts.mended.most_common()
        return {
            "posts": self.posts,
            "labelled": self.labelled,
            "unusable": self.unusable,
            "mode": self.mode,
            "labels": self.labels,
            "labels_per_post": {str(n): posts for n, posts in self.labels_per_post.items()},
            "together": self.together,
            "characters": _length_tree(self.characters),
            "tokens": {**_length_tree(self.tokens), f"over_{WINDOW}": self.over_window},
            "months": self.months,
            "sources": self.sources,
            "copies": self.copies,
            "near_duplicates": self.near_duplicates,
            "near_duplicate_groups": self.near_duplicate_groups,
            "mended": [{"label": raw, "as": list(names), "posts": n} for (raw, names), n in mended],
            "dropped": dict(self.counts.dropped.most_common()),
            "collected": dict(self.counts.collected.most_common()),
        }


def collect_statistics(
    posts: Sequence[Post],
    examples: Sequence[Example],
    scheme: LabelScheme,
    counts: LabelCounts,
    count_tokens: Callable[[Sequence[str]], list[int]],
    *,
    unusable: int = 0,
    near_duplicate: float = 0.8,
) -> ArchiveStatistics:
    """Count what is in an archive.

    Args:
        posts: every usable post, at least one.
        examples: those with labels of the scheme.
        scheme: the labels.
        counts: what became of the labels.
        count_tokens: texts -> their lengths in tokens.
        unusable: inputs that could not be read.
        near_duplicate: Jaccard similarity from which two texts are near-duplicates.
    """
    texts = [post.model_input for post in posts]
    copies = set(find_copies(texts))
    different = [text for i, text in enumerate(texts) if i not in copies]
    sizes = Counter(group_near_duplicates(different, near_duplicate)).values()
    tokens = count_tokens(texts)
    together = np.zeros((len(scheme.names), len(scheme.names)), int)
    for example in examples:
        ids = [scheme.label2id[name] for name in example.labels]
        together[np.ix_(ids, ids)] += 1
    months = Counter(post.date.strftime("%Y-%m") if post.date else "" for post in posts)
    return ArchiveStatistics(
        posts=len(posts),
        labelled=len(examples),
        unusable=unusable,
        mode=scheme.mode,
        labels=dict(zip(scheme.names, together.diagonal().tolist(), strict=True)),
        labels_per_post=dict(sorted(Counter(len(example.labels) for example in examples).items())),
        together=together.tolist(),
        characters=_lengths([len(text) for text in texts]),
        tokens=_lengths(tokens),
        over_window=sum(n > WINDOW for n in tokens) / len(tokens),
        months=dict(sorted(months.items())),
        sources=dict(Counter(post.source or post.author for post in posts).most_common()),
        copies=len(copies),
        near_duplicates=sum(size for size in sizes if size > 1),
        near_duplicate_groups=sum(size > 1 for size in sizes),
        counts=counts,
    )


def _lengths(lengths: Sequence[int]) -> Lengths:
    bounds = [16]
    while bounds[-1] < max(lengths):
        bounds.append(2 * bounds[-1])
    places = Counter(np.searchsorted(bounds, lengths).tolist())
    return Lengths(
        mean=float(np.mean(lengths)),
        percentiles=tuple(int(n) for n in np.percentile(lengths, PERCENTILES, method="lower")),
        histogram={bound: places[place] for place, bound in enumerate(bounds)},
    )


def _length_tree(lengths: Lengths) -> dict[str, Any]:
    percentiles = {f"p{p}": n for p, n in zip(PERCENTILES, lengths.percentiles, strict=True)}
    histogram = {str(bound): n for bound, n in lengths.histogram.items()}
    return {"mean": round(lengths.mean, 2), **percentiles, "histogram": histogram}
