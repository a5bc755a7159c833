"""The digest of ``newsml summarize``: its options, and the way from posts to a page."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from newsml.cli.console import Console
from newsml.cli.summaries import ModelUse
from newsml.domain import Line, Post, Prediction, Unusable
from newsml.errors import UsageError

if TYPE_CHECKING:
    from newsml.digest import Digest, DigestConfig
    from newsml.digest.lines import LineWriter
    from newsml.digest.state import State
    from newsml.labels import LabelScheme
    from newsml.model.classifier import Classifier
    from newsml.summarization.model import SalienceModel

NAMED = 3  # posts, at most, that a note names
SUFFIXES = (".html", ".md", ".json")

DigestFile = Annotated[
    str | None,
    typer.Option(
        "--digest", metavar="FILE", help="Write a digest of all posts: FILE ends in .html, .md or .json."
    ),
]
Day = Annotated[
    str | None,
    typer.Option("--date", metavar="DAY", help="Of the digest: only posts of that day, 2025-03-31."),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="DAY", help="For the digest, only posts of that day or later."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="DAY", help="For the digest, only posts of that day or earlier."),
]
StateFile = Annotated[
    str | None,
    typer.Option("--state", metavar="FILE", help="Remember what digests have told, and tell what is new."),
]
ConfigFile = Annotated[
    str | None, typer.Option("--digest-config", metavar="FILE", help="The reader's wishes, as YAML.")
]


@dataclass(frozen=True)
class DigestOptions:
    """What the command line says of a digest, checked.

    Attributes:
        path: of the file; its suffix names the format.
        config: the reader's wishes.
        day: asked for by ``--date``.
        since: first day of the posts.
        until: last day of the posts.
        state: file of what was told.
    """

    path: Path
    config: DigestConfig
    day: date | None
    since: date | None
    until: date | None
    state: str | None

    def read(self, inputs: Sequence[str], console: Console) -> Iterator[Post | Unusable]:
        """Yield the posts; the page that an earlier run has written into a folder of theirs is none."""
        from newsml.posts.read import read_entries

        page = os.path.realpath(self.path)
        for file, line, post, _ in read_entries(inputs, console.note):
            if line or os.path.realpath(file) != page:
                yield post
            else:
                console.note(f"{file}: is the digest itself, not one of its posts")

    def select(self, posts: Iterable[Post | Unusable], console: Console) -> Iterator[Post | Unusable]:
        """Yield the posts of the days asked for; those without a date, which may be of them, too."""
        first, last = self.since or date.min, self.until or date.max
        bounded = (first, last) != (date.min, date.max)
        undated = 0
        placed = Counter[bool]()  # whether dates have a time zone
        unreadable: list[str] = []  # names of posts
        for post in posts:
            if isinstance(post, Unusable):
                yield post
            elif post.date is None:
                undated += 1
                unreadable += [post.id for problem in post.problems if problem.code == "date-invalid"]
                yield post
            elif not bounded or first <= self.config.day(post.date) <= last:
                placed[post.date.tzinfo is not None] += 1
                yield post
        if unreadable:
            named = ", ".join(unreadable[:NAMED]) + ", …" * (len(unreadable) > NAMED)
            console.note(f"dates that cannot be read, of {len(unreadable)} posts: {named}")
        if len(placed) > 1 and not self.config.utc_offset:
            told = f"dates of {placed[False]} posts have no time zone, those of {placed[True]} have one: they"
            console.note(f"{told} are taken as UTC (utc_offset of --digest-config says otherwise)")
        if undated and bounded:
            console.note(f"{undated} posts have no date and are taken for posts of the days asked for")

    def write(
        self,
        entries: list[tuple[Post, Prediction]],
        scheme: LabelScheme,
        write_lines: LineWriter,
        console: Console,
    ) -> None:
        """Make the digest of the posts and write it; only then the state takes note of it.

        Raises:
            UsageError: a place that cannot be written, or a section that is no label.
        """
        from newsml.digest import build_digest
        from newsml.digest.ranking import newest_date
        from newsml.files import write_atomic

        newest = newest_date((post for post, _ in entries), self.config)
        if self.day is None and newest and newest.date() > datetime.now(UTC).date() + timedelta(days=1):
            console.note(f"the newest post is dated {newest.date()}, a day to come (--until leaves it out)")
        day = self.day or (newest.date() if newest else self.until)
        with self._open_state(day, console) as memory:
            digest = build_digest(
                entries,
                scheme,
                write_lines,
                config=self.config,
                day=day,
                memory=memory,
            )
            try:
                write_atomic(self.path, self._render(digest))
            except OSError as error:
                raise UsageError(f"--digest {self.path}: {error.strerror or error}") from None
            if memory is not None:
                memory.record(digest.stories)

    def _open_state(self, day: date | None, console: Console) -> AbstractContextManager[State | None]:
        from newsml.digest.state import open_state

        if self.state is None:
            return nullcontext()
        if day is None:
            console.note(f"--state {self.state}: no post has a date, so nothing is remembered (give --date)")
            return nullcontext()
        return open_state(self.state, day, self.config.remember)

    def _render(self, digest: Digest) -> str:
        from newsml.digest import render_html, render_json, render_markdown

        suffix = self.path.suffix.lower()
        if suffix == ".json":
            return render_json(digest)
        return (render_html if suffix == ".html" else render_markdown)(digest, self.config)


def read_options(
    path: str | None,
    *,
    day: str | None,
    since: str | None,
    until: str | None,
    state: str | None,
    config: str | None,
    output: str | None,
) -> DigestOptions | None:
    """Check what the command line says of a digest; None where it asks for none.

    The folder of the page is made.

    Raises:
        UsageError: options that do not go together, or that do not hold.
    """
    named = {"--date": day, "--since": since, "--until": until, "--state": state, "--digest-config": config}
    if path is None:
        if given := [name for name, value in named.items() if value is not None]:
            raise UsageError(f"{given[0]} needs --digest")
        return None
    if Path(path).suffix.lower() not in SUFFIXES:
        raise UsageError(f"--digest {path}: the suffix is none of {' '.join(SUFFIXES)}")
    if Path(path).exists() and not Path(path).is_file():
        raise UsageError(f"--digest {path}: is no regular file")
    _check_places({"--digest": path, "--output": output, "--state": state, "--digest-config": config})
    if day is not None and (since is not None or until is not None):
        raise UsageError("--date goes with neither --since nor --until")
    asked = _day("--date", day)
    first, last = _day("--since", since) or asked, _day("--until", until) or asked
    if first and last and first > last:
        raise UsageError(f"--since {first} is after --until {last}")
    from newsml.digest import DigestConfig, load_digest_config
    from newsml.digest.state import check_state

    settings = load_digest_config(config) if config is not None else DigestConfig()
    if state is not None:
        check_state(state)
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--digest {path}: {error.strerror or error}") from None
    return DigestOptions(Path(path), settings, asked, first, last, state)


def _check_places(options: Mapping[str, str | None]) -> None:
    """Demand that no two options name one file."""
    taken: dict[str, str] = {}
    for option, path in options.items():
        if path is None:
            continue
        other = taken.setdefault(os.path.realpath(path), option)
        if other != option:
            raise UsageError(f"{option} {path}: is the file of {other}")


def _day(name: str, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value is not None else None
    except ValueError:
        raise UsageError(f"{name} {value}: is no day, which is written as 2025-03-31") from None


@dataclass
class DigestReader:
    """Reads posts for a digest; what they are about and how they are told in one pass, if one model knows.

    Attributes:
        classifier: says what the posts are about.
        use: how it is run.
        method: of the lines: ``model``, or another in ``newsml.summarization.METHODS``.
        teller: the model of the lines; None for another method.
        lines: of the posts read so far, by their identity; those of the last some are being written.
    """

    classifier: Classifier
    use: ModelUse
    method: str
    teller: SalienceModel | None
    lines: dict[int, Line] = field(default_factory=dict)
    writing: Future[None] | None = None

    def predict(self, posts: list[Post]) -> list[Prediction]:
        """Return the prediction of each post, and keep how it is told, if the same model says it."""
        from newsml.digest.lines import line_by_salience

        reader = self.classifier.reader
        both = self.teller is not None and self.teller.reader is reader
        encoded = reader.encode([post.model_input for post in posts], self.use.max_tokens, places=both)
        if not both:
            return self.classifier.decide(encoded, reader.logits(encoded, self.use.batch_size))
        logits, saliences = reader.logits_and_saliences(encoded, self.use.batch_size)
        if self.writing:
            self.writing.result()
        done = self.writing = Future()

        def write() -> None:
            try:
                for post, salience in zip(posts, saliences, strict=True):
                    self.lines[id(post)] = line_by_salience(post, salience)
                done.set_result(None)
            except BaseException as error:  # noqa: BLE001 - raised where the lines are wanted
                done.set_exception(error)

        # Python writes them while the model, which leaves Python to its cores, reads the next posts.
        Thread(target=write, daemon=True).start()
        return self.classifier.decide(encoded, logits)

    def write_lines(self, posts: Sequence[Post]) -> list[Line]:
        """Return how posts are told, which `predict` has read."""
        from newsml.digest.lines import write_lines

        if self.writing:
            self.writing.result()
            return [self.lines[id(post)] for post in posts]
        sizes = {"batch_size": self.use.batch_size, "max_tokens": self.use.max_tokens}
        return write_lines(posts, self.method, model=self.teller, **sizes)


def open_digest(method: str, use: ModelUse, telling: ModelUse) -> DigestReader:
    """Load what a digest needs.

    Args:
        method: of the lines.
        use: of the model that says what posts are about.
        telling: of the model that tells them, by the method ``model``.

    Raises:
        ModelError: no such model, one that does not classify, or one that shall summarise and does not.
    """
    from newsml.model.classifier import Classifier
    from newsml.summarization import choose_method
    from newsml.summarization.model import SalienceModel

    classifier = Classifier(use.reader)
    name, teller = choose_method(method, "brief", lambda: SalienceModel(telling.reader))
    return DigestReader(classifier, use, name, teller)
