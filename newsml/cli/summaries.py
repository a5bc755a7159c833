"""A stream of posts -> their summaries, for the commands that make them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from newsml.cli.stream import read_stream
from newsml.domain import Post, Summary, Unusable

if TYPE_CHECKING:
    from newsml.model.reader import Reader
    from newsml.summarization.model import SalienceModel
    from newsml.summarization.selection import Budget


@dataclass(frozen=True)
class ModelUse:
    """Which model is run, and how.

    Attributes:
        model: its folder, or the name of one that ships.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        threads: CPU threads; 0 for one a core.
        batch_size: windows in a batch, in PyTorch.
        max_tokens: that it reads of a text.
    """

    model: str
    device: str
    threads: int
    batch_size: int
    max_tokens: int

    @cached_property
    def reader(self) -> Reader:
        """It, loaded at the first use."""
        from newsml.model.reader import load_reader

        return load_reader(self.model, device=self.device, threads=self.threads)

    def telling(self) -> ModelUse:
        """Return this, or the same use of the embedded model if this one does not summarise."""
        from newsml.model.layout import EMBEDDED

        return self if self.reader.salience else replace(self, model=EMBEDDED)


@dataclass(frozen=True)
class SummaryReader:
    """Summarises a stream of posts, in order and in constant memory.

    Attributes:
        method: its name.
        model: of the method ``model``; None of the others.
        style: of the summaries.
        budget: how long they may be.
        use: how the model is run.
    """

    method: str
    model: SalienceModel | None
    style: str
    budget: Budget
    use: ModelUse

    def read(
        self, posts: Iterable[Post | Unusable], *, live: bool
    ) -> Iterator[tuple[Post | Unusable, Summary | None]]:
        """Return each post with its summary; None for one that is unusable."""
        return read_stream(posts, self.summarize_posts, live=live)

    def summarize_posts(self, posts: list[Post]) -> list[Summary]:
        """Return the summary of each post, for which its title counts."""
        return self.summarize([post.text for post in posts], [post.title for post in posts])

    def summarize(self, texts: list[str], titles: list[str] | None = None) -> list[Summary]:
        """Return the summary of each text."""
        if self.model is not None:
            return self.model.summarize(
                texts,
                titles=titles,
                style=self.style,
                sentences=self.budget.sentences,
                max_chars=self.budget.max_chars,
                batch_size=self.use.batch_size,
                max_tokens=self.use.max_tokens,
            )
        from newsml.summarization import METHODS, extract

        summarizer = METHODS[self.method]()
        lengths = {"sentences": self.budget.sentences, "max_chars": self.budget.max_chars}
        return [extract(text, summarizer, method=self.method, **lengths) for text in texts]


def open_summaries(method: str, style: str, budget: Budget, use: ModelUse) -> SummaryReader:
    """Load what a method needs.

    Raises:
        UsageError: a style that the method does not know, or a length that the style does not.
        ModelError: no such model, or one that does not summarise.
    """
    from newsml.summarization import check_style, choose_method
    from newsml.summarization.model import SalienceModel

    check_style(style, budget)
    name, found = choose_method(method, style, lambda: SalienceModel(use.reader))
    return SummaryReader(name, found, style, budget, use)
