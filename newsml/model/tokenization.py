"""Texts -> windows of token ids."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer

from newsml.domain import Span
from newsml.errors import ModelError
from newsml.simplified import simplify

OVERLAP = 32
SHORTEST = 8  # tokens of a paragraph that is read by itself
BATCH = 1000  # texts that are counted at once

SLICE = 50_000
"""Characters that are tokenized at once, at most: each takes some 160 bytes meanwhile."""

SLICES = 32  # that are tokenized side by side
_HALVES = re.compile("[\ud800-\udfff]")  # of surrogate pairs, which the tokenizer takes for no text

Window = tuple[int, ...]
"""Ids of the tokens that are read together, special tokens included."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text in tokens.

    Attributes:
        windows: the ids of each window, special tokens included; at least one window.
        tokens: length of the text in tokens, without special tokens.
        tokens_read: how many of them stand in a window.
        starts: the token at which each window begins.
        places: where each token stands in the text, in code points; empty unless asked for.
        passages: the ids of each paragraph that fits in a window, of a text that takes several windows and
            is read whole; in a window a short one is lost among others.
    """

    windows: tuple[Window, ...]
    tokens: int
    tokens_read: int
    starts: tuple[int, ...] = (0,)
    places: tuple[Span, ...] = ()
    passages: tuple[Window, ...] = ()


class TextEncoder:
    """Cuts texts into windows that the encoder can read.

    Args:
        path: a ``tokenizer.json``.
        window: tokens in a window, special tokens included.

    Raises:
        ModelError: the file is missing or no tokenizer.
    """

    def __init__(self, path: Path, window: int) -> None:
        if not path.is_file():
            raise ModelError(f"{path}: the tokenizer is missing")
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # noqa: BLE001 - the package raises nothing more precise
            raise ModelError(f"{path}: not a tokenizer: {error}") from None
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        # The package remembers the pieces of 10,000 words; without spaces, whole sentences of every text.
        with contextlib.suppress(AttributeError):  # an older version has no such switch
            self._tokenizer.model._resize_cache(0)
        empty = self._tokenizer.encode("").ids
        if len(empty) != 2:
            raise ModelError(f"{path}: does not frame a text by two special tokens")
        self._first, self._last = empty
        self._room = window - 2
        pads = map(self._tokenizer.token_to_id, ("<pad>", "[PAD]"))
        self.pad_id = next((pad for pad in pads if pad is not None), 0)

    def encode(self, texts: Sequence[str], max_tokens: int, *, places: bool = False) -> list[Encoded]:
        """Tokenize texts and cut them into windows.

        Args:
            texts: the texts.
            max_tokens: read at most so many tokens of a text; of a longer one the windows are spread
                evenly over the whole of it, the first at its beginning, the last at its end.
            places: say too where each token stands in its text.
        """
        encoded = [
            replace(self._cut(ids, max_tokens), places=tuple(spans))
            for ids, spans in self._tokens(texts, places=places)
        ]
        return [self._with_passages(e, text) for e, text in zip(encoded, texts, strict=True)]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the lengths of the texts in tokens, without special tokens."""
        counts: list[int] = []
        for at in range(0, len(texts), BATCH):
            counts += [len(ids) for ids, _ in self._tokens(texts[at : at + BATCH])]
        return counts

    def _tokens(self, texts: Sequence[str], *, places: bool = False) -> list[tuple[list[int], list[Span]]]:
        """Return the ids of the tokens of each text and, if asked for, where they stand in it."""
        encode = self._tokenizer.encode_batch if places else self._tokenizer.encode_batch_fast
        slices = [(i, span) for i, text in enumerate(texts) for span in _slices(text)]
        found: list[tuple[list[int], list[Span]]] = [([], []) for _ in texts]
        for at in range(0, len(slices), SLICES):
            group = slices[at : at + SLICES]
            # A mark of the same length stands for what is half a character.
            parts = [simplify(_HALVES.sub("\ufffd", texts[i][start:end])) for i, (start, end) in group]
            for (i, (start, _)), part in zip(group, encode(parts, add_special_tokens=False), strict=True):
                ids, spans = found[i]
                ids += part.ids
                if places:
                    spans += [(a + start, b + start) for a, b in part.offsets] if start else part.offsets
        return found

    def _with_passages(self, encoded: Encoded, text: str) -> Encoded:
        if len(encoded.windows) == 1 or encoded.tokens_read < encoded.tokens or "\n" not in text:
            return encoded
        paragraphs = self._tokens(text.split("\n"))
        fitting = [ids for ids, _ in paragraphs if SHORTEST <= len(ids) <= self._room]
        return replace(encoded, passages=tuple(map(self._frame, fitting)))

    def _cut(self, ids: list[int], max_tokens: int) -> Encoded:
        n, room = len(ids), min(self._room, max_tokens)
        if n <= room:
            return Encoded((self._frame(ids),), n, n)
        if n <= max_tokens:
            stride = max(room - OVERLAP, 1)
            count = -(-(n - room) // stride) + 1
        else:
            count = -(-max_tokens // room)
            room = max_tokens // count
        starts = [round(i * (n - room) / (count - 1)) for i in range(count)] if count > 1 else [0]
        read = len({i for start in starts for i in range(start, start + room)})
        return Encoded(tuple(self._frame(ids[s : s + room]) for s in starts), n, read, tuple(starts))

    def _frame(self, ids: Sequence[int]) -> Window:
        return (self._first, *ids, self._last)


def _slices(text: str) -> list[Span]:
    """Cut a long text before the ends of lines, so that its tokens stay the same; without these, anywhere."""
    spans: list[Span] = []
    start = 0
    while len(text) - start > SLICE:
        end = text.rfind("\n", start + 1, start + SLICE)
        end = start + len(text[start:end].rstrip()) if end > 0 else start
        end = end if end > start else start + SLICE
        spans.append((start, end))
        start = end
    return [*spans, (start, len(text))]
