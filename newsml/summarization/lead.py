"""The beginning of a text as its summary.

Source: Nenkova 2005, "Automatic Text Summarization of Newswire: Lessons Learned from the Document
Understanding Conference", on how hard this baseline is to beat on news.
"""

from __future__ import annotations

from collections.abc import Sequence

from newsml.domain import Sentence


class Lead:
    """Rank sentences by place: news tells the main thing first."""

    def scores(self, sentences: Sequence[Sentence]) -> list[float]:
        """Return a salience in (0, 1] for each sentence; the earlier, the higher."""
        return [1 - index / len(sentences) for index in range(len(sentences))]
