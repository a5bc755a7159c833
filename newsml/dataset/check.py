"""What is wrong with an archive: posts that cannot be read, odd ones, copies, and labels that disagree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from newsml.dataset.near_duplicates import group_near_duplicates
from newsml.domain import Post, Unusable
from newsml.labels import LabelCounts, LabelScheme
from newsml.posts.read import Entry
from newsml.simplified import wording

NEAR_DUPLICATE = 0.8  # Jaccard similarity of character 3-grams

CODES = frozenset(
    # of posts that are odd
    "body-missing date-invalid encoding encoding-bytes feed-mended field-duplicate no-words nul-bytes "
    "title-mended title-missing yaml-mended "
    # of input that cannot be used
    "binary empty feed front-matter json kind missing no-text parquet record too-large unreadable "
    # of posts beside others
    "duplicate id-repeated label-conflict label-dropped label-mended label-missing".split()
)
"""Every code of a finding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where.

    Attributes:
        id: of the post.
        file: that holds it, as given.
        line: of the file, from 1; 0 where it is about the whole.
        code: a word to filter by.
        message: in one line, without the name of the file.
    """

    id: str
    file: str
    line: int
    code: str
    message: str


def check_posts(
    entries: Iterable[Entry], scheme: LabelScheme | None = None, codes: Collection[str] = ()
) -> Iterator[Finding]:
    """Yield what is wrong: of each post as it is read, and at the end what only the whole shows.

    The whole shows ``label-missing`` and ``label-conflict``. The second needs the texts of the labelled
    posts in memory; everything else a few bytes a post.

    Args:
        entries: as `read_entries` yields them.
        scheme: by which labels are mended and compared; without one they are taken as they stand.
        codes: findings wanted; all where it is empty.
    """
    archive = _Archive(scheme, keep_texts=not codes or "label-conflict" in codes)
    for entry in entries:
        yield from (finding for finding in archive.add(entry) if not codes or finding.code in codes)
    for finding in (*archive.missing_labels(), *archive.label_conflicts()):
        if not codes or finding.code in codes:
            yield finding


class _Archive:
    """What has to be remembered of the posts to see what is wrong with them together."""

    def __init__(self, scheme: LabelScheme | None, *, keep_texts: bool) -> None:
        self._scheme, self._keep_texts = scheme, keep_texts
        self._posts = 0
        self._first: dict[bytes, str] = {}  # by text
        self._named: dict[str, str] = {}  # by id
        self._unlabelled: list[tuple[str, str, int]] = []
        self._labelled: list[tuple[str, str, int, tuple[str, ...]]] = []
        self._texts: list[str] = []

    def add(self, entry: Entry) -> Iterator[Finding]:
        """Yield what a post shows by itself or as a copy of an earlier one."""
        post, file = entry.post, entry.file
        if isinstance(post, Unusable):
            yield Finding(post.id, file, post.line or entry.line, post.code, post.message)
            return
        self._posts += 1
        for problem in post.problems:
            yield Finding(post.id, file, entry.line or problem.line, problem.code, problem.message)
        place = _place(file, entry.line)
        named = self._named.setdefault(post.id, place)
        if named != place:
            yield Finding(post.id, file, entry.line, "id-repeated", f"{post.id} is the id of {named} too")
        key = blake2b(wording(post.text).encode("utf-8", "replace"), digest_size=16).digest()
        if key in self._first:
            yield Finding(post.id, file, entry.line, "duplicate", f"has the text of {self._first[key]}")
        else:
            self._first[key] = place
        yield from self._add_labels(entry, post)

    def _add_labels(self, entry: Entry, post: Post) -> Iterator[Finding]:
        labels = post.labels
        if self._scheme is not None:
            counts = LabelCounts()
            labels = self._scheme.read(post.labels, counts)
            for raw, names in counts.mended:
                message = f"{raw} is read as {' '.join(names)}"
                yield Finding(post.id, entry.file, entry.line, "label-mended", message)
            for raw in (*counts.dropped, *counts.collected):
                message = f"{raw} is no label of the scheme"
                yield Finding(post.id, entry.file, entry.line, "label-dropped", message)
        if not post.labels:
            self._unlabelled.append((post.id, entry.file, entry.line))
        elif labels and self._keep_texts:
            self._labelled.append((post.id, entry.file, entry.line, labels))
            self._texts.append(post.text)

    def missing_labels(self) -> Iterator[Finding]:
        """Yield the posts without labels, where most posts have some."""
        if 2 * len(self._unlabelled) < self._posts:
            for post_id, file, line in self._unlabelled:
                yield Finding(
                    post_id, file, line, "label-missing", "has no labels; most posts here have some"
                )

    def label_conflicts(self) -> Iterator[Finding]:
        """Yield the posts whose labels differ from those of an earlier near-duplicate."""
        groups = group_near_duplicates(self._texts, NEAR_DUPLICATE)
        members: dict[int, list[int]] = defaultdict(list)
        for place, group in enumerate(groups):
            members[group].append(place)
        for place, (post_id, file, line, labels) in enumerate(self._labelled):
            _, first_file, first_line, others = self._labelled[members[groups[place]][0]]
            if set(labels) != set(others):
                like = _place(first_file, first_line)
                message = f"is labelled {' '.join(labels)}, its near-duplicate {like} {' '.join(others)}"
                yield Finding(post_id, file, line, "label-conflict", message)


def _place(file: str, line: int) -> str:
    return f"{file}:{line}" if line else file
