"""Labels into the front matter of the very files that were classified."""

from __future__ import annotations

import difflib
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from newsml.cli.console import Console
from newsml.cli.output import write_text
from newsml.domain import Post, Unusable
from newsml.errors import InputError
from newsml.posts import read_posts
from newsml.posts.edit import check_field_name, set_field
from newsml.posts.encoding import decode
from newsml.posts.read import Entry
from newsml.posts.sources import MARKUP, find_sources

CHANGED = "has changed since it was read"
CONTEXT = 3  # lines of a diff round what has changed


class WriteBack:
    """Puts labels into the files of posts; one that cannot take them is told of and left alone.

    Args:
        field: of the front matter.
        inputs: as the command was given them.
        dry_run: print a diff in the place of writing.
        console: told of files that are left alone.

    Raises:
        UsageError: a name that no field can have.
    """

    def __init__(self, field: str, inputs: Sequence[str], *, dry_run: bool, console: Console) -> None:
        check_field_name(field)
        self._field, self._dry_run, self._console = field, dry_run, console
        self._inputs, self._named = inputs, [Path(os.path.realpath(name)) for name in inputs]
        self._files: dict[int, Post] = {}  # read and not yet written, by their identity
        self.changed = self.same = 0  # files
        for name in inputs:
            source = next(find_sources([name]))
            if source.kind not in ("post", "text", "error"):
                self._leave(name, "holds records, which have no front matter")

    def watch(self, entries: Iterable[Entry]) -> Iterator[Post | Unusable]:
        """Yield the posts, and keep in mind which of them are files: a record may have the id of one."""
        for entry in entries:
            if not entry.line and isinstance(entry.post, Post):
                self._files[id(entry.post)] = entry.post
            yield entry.post

    def write(self, post: Post, labels: Sequence[str]) -> None:
        """Put the labels of a post, one of those that `watch` has yielded, into its file."""
        if self._files.pop(id(post), None) is None:
            return  # a record, whose input has been told of
        try:
            old, new = self._edit(post, labels)
            if new != old and not self._dry_run:
                replace_bytes(Path(post.id), old, new)
        except InputError as error:
            self._leave(post.id, str(error))
            return
        except OSError as error:
            self._leave(post.id, error.strerror or str(error))
            return
        self.changed += new != old
        self.same += new == old
        if self._dry_run:
            diff = unified_diff(post.id, decode(old).text, decode(new).text)
            write_text(sys.stdout, "".join(map(_tame, diff) if sys.stdout.isatty() else diff))

    def tell(self) -> None:
        """Say how many files there were."""
        changed = "would change" if self._dry_run else "changed"
        self._console.note(f"--write: {self.changed} files {changed}, {self.same} are as they were")

    def _edit(self, post: Post, labels: Sequence[str]) -> tuple[bytes, bytes]:
        target = Path(os.path.realpath(post.id))
        if not (post.id.lower().endswith(MARKUP) and target.name.lower().endswith(MARKUP)):
            raise InputError("has no front matter")
        if post.id not in self._inputs and not any(map(target.is_relative_to, self._named)):
            raise InputError(f"is a link to {target}, beyond what was named")
        old = Path(post.id).read_bytes()
        # Posts are read far ahead of the model: what was classified is what the file still says.
        again = next(read_posts(post.id))
        if not isinstance(again, Post) or (again.title, again.text) != (post.title, post.text):
            raise InputError(CHANGED)
        return old, set_field(old, self._field, labels)

    def _leave(self, name: str, reason: str) -> None:
        self._console.error(Unusable(name, f"{name}: --write: {reason}; left alone"))


def replace_bytes(path: Path, old: bytes, new: bytes) -> None:
    """Replace the content of a file at once, mode and owner kept; of a link, that of its target.

    Args:
        path: of the file.
        old: what it must hold still.
        new: what it shall hold.

    Raises:
        InputError: it holds something else by now, or is not writable.
        OSError: it cannot be written.
    """
    target = Path(os.path.realpath(path))
    if not os.access(target, os.W_OK):  # a mode that a replacement would pass over
        raise InputError("is not writable")
    status = target.stat()
    handle, name = tempfile.mkstemp(prefix=".newsml-", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())  # the only copy of somebody's post
        made = temporary.stat()
        if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
            os.chown(temporary, status.st_uid, status.st_gid)
        temporary.chmod(stat.S_IMODE(status.st_mode))
        if target.read_bytes() != old:
            raise InputError(CHANGED)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def unified_diff(name: str, old: str, new: str) -> Iterator[str]:
    """Yield the lines of a diff that ``patch -p1`` and ``git apply`` take."""
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (old, new))
    # What is below the change, a whole post perhaps, is no work for a diff.
    same = sum(
        1
        for _ in takewhile(
            lambda pair: pair[0] == pair[1], zip(reversed(before), reversed(after), strict=False)
        )
    )
    below = max(same - CONTEXT, 0)
    name = os.path.normpath(name).lstrip("/")  # git takes no ./
    name += "\t" * (" " in name)  # without which patch ends it at the space
    for line in difflib.unified_diff(
        before[: len(before) - below], after[: len(after) - below], f"a/{name}", f"b/{name}", n=CONTEXT
    ):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _tame(line: str) -> str:
    """Take the characters that a terminal would obey out of a line."""
    return "".join(char if char.isprintable() or char in "\t\n" else "\ufffd" for char in line)
