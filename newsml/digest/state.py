"""What earlier digests have told, in a file of SQLite."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from newsml.domain import Post, Story
from newsml.errors import ArgumentError, InputError
from newsml.posts.record import parse_record, to_record
from newsml.simplified import wording

APPLICATION = 0x6E73646A  # in the head of the file, by which it is told from other databases
VERSION = 1
KEEP = 90
"""Days, beyond those over which stories are compared, for which their words are kept."""

FEW = 20
"""Characters below which the same words on another day may be news: indices and funds pass round figures."""

WORDING = "w"  # before the fingerprint of words alone, among those of posts
_ID = re.compile(r"s[0-9a-f]{10}")  # it stands in pages as it is
SCHEMA = """
CREATE TABLE story (day TEXT, id TEXT, first_told TEXT NOT NULL, post TEXT NOT NULL, PRIMARY KEY (day, id));
CREATE TABLE post (fingerprint TEXT, day TEXT, id TEXT NOT NULL, PRIMARY KEY (fingerprint, day));
CREATE INDEX post_day ON post (day);
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A story that an earlier digest has told.

    Attributes:
        id: of the story.
        first_told: day of the first digest that told it.
    """

    id: str
    first_told: date


class Memory(Protocol):
    """What is known of earlier digests, for a digest that is being made."""

    def lookup(self, post: Post) -> Told | None:
        """Return the story in which an earlier digest has told this post, or lately its very words."""

    def recent(self) -> Sequence[tuple[Told, Post]]:
        """Return the stories of the days before, each with the post that stood for it."""


class NoMemory:
    """Where nothing is remembered."""

    def lookup(self, post: Post) -> Told | None:
        """Return None: no post was told."""
        return None

    def recent(self) -> Sequence[tuple[Told, Post]]:
        """Return nothing."""
        return ()


def fingerprint(post: Post) -> str:
    """Return what tells a post from others, wherever its file lies: its words, date, source and address."""
    return _hash((post.title, post.text, str(post.date), post.source, post.author, post.url))


def _wording(post: Post) -> str | None:
    """Return what tells the words of a post from others, whoever has them and when; None for a few words."""
    words = wording(post.model_input)
    return f"{WORDING}{_hash((words,))}" if len(words) >= FEW else None


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:20]


class State:
    """The memory of one day's digest: it sees the days before, and writes that day only.

    So a digest that is made again says the same, and one that is made again with more posts does not
    take those of its own day for told.

    Args:
        database: open connection.
        day: of the digest.
        remember: days before it of which the stories are compared with its posts.
    """

    def __init__(self, database: sqlite3.Connection, day: date, remember: int) -> None:
        self._database, self._day, self._remember = database, day, remember
        self._since = _days_before(day, remember)

    def lookup(self, post: Post) -> Told | None:
        """Return the story in which an earlier digest has told this post, or lately its very words."""
        row = self._database.execute(
            "SELECT s.id, s.first_told FROM post p JOIN story s ON s.day = p.day AND s.id = p.id"
            " WHERE (p.fingerprint = ? OR p.fingerprint = ? AND p.day >= ?) AND p.day < ?"
            " ORDER BY p.day LIMIT 1",
            (fingerprint(post), _wording(post), self._since.isoformat(), self._day.isoformat()),
        ).fetchone()
        return _told(*row) if row else None

    def recent(self) -> Sequence[tuple[Told, Post]]:
        """Return the stories of the days before, each with the post that stood for it, oldest first."""
        rows = self._database.execute(
            "SELECT id, first_told, post FROM story WHERE day < ? AND day >= ? AND post <> ''"
            " ORDER BY day, id",
            (self._day.isoformat(), self._since.isoformat()),
        )
        try:
            return [(_told(key, first), parse_record(post, key)) for key, first, post in rows]
        except (InputError, TypeError, ValueError) as error:
            raise sqlite3.DatabaseError(f"a story that cannot be read: {error}") from None

    def record(self, stories: Iterable[Story]) -> None:
        """Put down what the digest of the day tells, in the place of what an earlier run of it has told.

        The words of stories that are long past are forgotten, seen from the last day with any, so that a slip
        in the date does no harm; that their posts were told is not.
        """
        day = self._day.isoformat()
        with self._database:
            ((last,),) = self._database.execute("SELECT max(day) FROM story")
            try:
                newest = min(self._day, date.fromisoformat(last)) if last else self._day
            except (TypeError, ValueError):
                raise sqlite3.DatabaseError(f"a day that cannot be read: {last}") from None
            past = _days_before(newest, self._remember + KEEP).isoformat()
            # Rows made anew, since the place in a page that an update leaves free is not used again.
            self._database.execute(
                "REPLACE INTO story SELECT day, id, first_told, '' FROM story WHERE day < ? AND post <> ''",
                (past,),
            )
            self._database.execute("DELETE FROM post WHERE fingerprint >= ? AND day < ?", (WORDING, past))
            for table in ("story", "post"):
                self._database.execute(f"DELETE FROM {table} WHERE day = ?", (day,))  # noqa: S608 - two names
            for story in stories:
                first = (story.first_told or self._day).isoformat()
                record = json.dumps(to_record(story.post))
                self._database.execute(
                    "INSERT INTO story VALUES (?, ?, ?, ?)", (day, story.id, first, record)
                )
                prints = {key for post in story.members for key in (fingerprint(post), _wording(post)) if key}
                self._database.executemany(
                    "INSERT OR IGNORE INTO post VALUES (?, ?, ?)",
                    ((key, day, story.id) for key in sorted(prints)),
                )


def _days_before(day: date, days: int) -> date:
    try:
        return day - timedelta(days=days)
    except OverflowError:
        return date.min


def _told(key: str, first_told: str) -> Told:
    try:
        if not _ID.fullmatch(key):
            raise ValueError(f"{key!r} is no id")
        return Told(key, date.fromisoformat(first_told))
    except (TypeError, ValueError) as error:
        raise sqlite3.DatabaseError(f"a story that cannot be read: {error}") from None


def check_state(path: str) -> None:
    """Find out, before there is anything to remember, whether a state can be used; none is made.

    Raises:
        UsageError: as of `open_state`.
    """
    if Path(path).exists():
        with open_state(path, date.min, 0):
            pass
    elif not Path(path).absolute().parent.is_dir():
        raise ArgumentError(f"state {path}: no such folder", "state")


@contextmanager
def open_state(path: str, day: date, remember: int) -> Iterator[State]:
    """Open the file of a state, which is made where it is not there.

    Args:
        path: of the file.
        day: of the digest that is made.
        remember: days before it of which the stories are compared with its posts.

    Raises:
        UsageError: a file that is no state, that cannot be written, or that another run is writing.
    """
    try:
        database = sqlite3.connect(Path(path))
        try:
            _prepare(database, path)
            yield State(database, day, remember)
        finally:
            database.close()
    except sqlite3.Error as error:
        raise ArgumentError(f"state {path}: {error}", "state") from None


def _prepare(database: sqlite3.Connection, path: str) -> None:
    with database:
        database.execute("BEGIN IMMEDIATE")
        application = database.execute("PRAGMA application_id").fetchone()[0]
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if (application, version) == (APPLICATION, VERSION):
            return
        if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise ArgumentError(f"state {path}: is no state of this version of newsml's", "state")
        for statement in filter(str.strip, SCHEMA.split(";")):
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute(f"PRAGMA user_version = {VERSION}")
