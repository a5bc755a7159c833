"""What a model says of the parts of a text, and the specification that makes sense of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsml.arrays import Floats
from newsml.domain import Span
from newsml.errors import ModelError
from newsml.files import write_json
from newsml.model.layout import FORMAT, UNREADABLE, Layout, check_window, read_specification

CHANNELS = ("headline", "kept", "first", "last", "marked", "brief")
"""What a token's values speak of, as logits: that its clause belongs in the headline; that it itself does,
if its clause does; that its clause is the first, the last of a highlight; that it itself is highlighted;
that its sentence belongs in a brief. The logit of a clause or sentence is the mean of its tokens'."""


@dataclass(frozen=True, slots=True)
class Salience:
    """What a model says of the tokens of one text.

    Attributes:
        places: where each token stands in the text, in code points.
        values: logits. *Shape:* ``(tokens, len(CHANNELS))``; NaN for a token that was not read.
        tokens_read: how many tokens were read.
    """

    places: tuple[Span, ...]
    values: Floats
    tokens_read: int

    @property
    def tokens(self) -> int:
        """Length of the text in tokens."""
        return len(self.places)

    def of(self, channel: str, spans: Sequence[Span]) -> Floats:
        """Return the mean of a channel over the tokens of each span.

        Args:
            channel: one of `CHANNELS`.
            spans: ascending and disjoint, in code points of the text.

        Returns:
            *Shape:* ``(len(spans),)``; NaN for a span that holds no token that was read.
        """
        column = self.values[:, CHANNELS.index(channel)]
        owner = owners(self.places, spans)
        read = (owner >= 0) & ~np.isnan(column)
        total = np.bincount(owner[read], column[read], len(spans))
        count = np.bincount(owner[read], minlength=len(spans))
        return np.asarray(np.divide(total, count, out=np.full(len(spans), np.nan), where=count > 0))

    def moved(self, head: int, places: Sequence[int]) -> Salience:
        """Return the same for a text whose parts were read with something before them or left out.

        Args:
            head: characters before the text, whose tokens are dropped.
            places: where each of the characters after them stands in the text, ascending.
        """
        kept = [i for i, (start, end) in enumerate(self.places) if start >= head and end > start]
        spans = [self.places[i] for i in kept]
        moved = tuple((places[start - head], places[end - 1 - head] + 1) for start, end in spans)
        return Salience(moved, self.values[kept], self.tokens_read)


def owners(places: Sequence[Span], spans: Sequence[Span]) -> NDArray[np.int64]:
    """Return for each token the index of the span in which its last character lies; -1 for none.

    Args:
        places: where the tokens stand.
        spans: ascending and disjoint.
    """
    if not spans or not places:
        return np.full(len(places), -1)
    last = np.array([end for _, end in places]) - 1
    owner = np.searchsorted(np.array([start for start, _ in spans]), last, side="right") - 1
    inside = (owner >= 0) & (last < np.array([end for _, end in spans])[np.maximum(owner, 0)])
    return np.where(inside, owner, -1)


@dataclass(frozen=True)
class SalienceSpec:
    """How a model summarises, apart from its weights.

    Attributes:
        window: tokens the encoder reads at once, special tokens included.
        training: how it was trained, for the record.
    """

    window: int
    training: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_window(self.window)


def save_salience_spec(spec: SalienceSpec, layout: Layout) -> None:
    """Write the specification."""
    write_json(layout.salience_spec, {"format": FORMAT, **dataclasses.asdict(spec)})


def load_salience_spec(layout: Layout) -> SalienceSpec:
    """Read the specification.

    Raises:
        ModelError: it is broken, incomplete or of another version.
    """
    tree = read_specification(layout.salience_spec)
    try:
        return SalienceSpec(int(tree["window"]), dict(tree["training"]))
    except UNREADABLE as error:
        raise ModelError(f"{layout.salience_spec}: incomplete: {error}") from None
