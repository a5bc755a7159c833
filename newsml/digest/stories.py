"""Posts -> stories: which posts tell the same event."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from newsml.digest.evidence import COMMON, Evidence, read_evidence
from newsml.digest.rarity import load_rarity
from newsml.digest.same_story import load_same_story
from newsml.domain import Post
from newsml.simplified import wording

LEAST_ODDS = 1.0
"""Log-odds from which a post joins a story: a wrong merger hides news, a missed one only repeats it."""

LONGEST = 3.0
"""Days between two posts beyond which they are two stories."""

PER_DAY = 1.0
"""Log-odds that each day between two posts takes away. Set by hand: the labelled pairs have no dates."""

WITNESSES = 4
"""Posts of a story, the first, that a further one is compared with."""

POSTINGS = 48
"""Posts, the last, that are looked up by one n-gram."""

CANDIDATES = 8
"""Stories that a post is compared with."""

LEAST_SHARED = 0.05
"""Share of its rare n-grams, by weight, that one of two posts must share with the other to be compared."""

_CORRECTION = re.compile(r"[【\[（(]?(?:重要|紧急|特此)?(?:更正|勘误|撤稿|纠错|订正)[】\])）：:，,]")
_HEADLINE = re.compile(r"(【[^】]*】)(?=.*\w)")


def group_stories(posts: Sequence[Post]) -> list[list[int]]:
    """Return the posts of each story, as indices.

    Posts are taken one by one, the earliest first, of one moment the fullest first. Each joins the story
    with whose posts it agrees most, on the average, if that speaks for one event; otherwise it begins a
    story. Because the average counts and not the best, a chain of posts, each a little like the next, does
    not run two events together. A post is compared with a few stories only, those with which it shares most
    rare n-grams, so that the time is linear in the number of posts.

    Args:
        posts: in any order, which decides ties only.

    Returns:
        Every post in one story. A story begins with its representative, the fullest post and of those the
        earliest, which is one that puts another right if any does; the others follow, the earliest first.
        Stories come in the order of their first posts.

    Source: Allan et al. 1998, "On-line New Event Detection and Tracking" (single-pass clustering);
    Petrović et al. 2010, "Streaming First Story Detection" (buckets that forget the oldest).
    """
    texts = [wording(post.model_input) for post in posts]
    moments = [_moment(post) for post in posts]
    order = sorted(range(len(posts)), key=lambda i: (moments[i] or 0.0, -len(texts[i]), texts[i]))
    stories = _Stories(posts, texts, moments)
    for i in order:
        stories.add(i)
    found = []
    for members in stories.members:
        corrections = [i for i in members if _CORRECTION.match(texts[i])]
        fullest = max(corrections or members, key=lambda i: len(texts[i]))
        found.append([fullest, *(i for i in members if i != fullest)])
    return sorted(found, key=min)


def _moment(post: Post) -> float | None:
    """Return the date in days; one without a time zone is taken as UTC."""
    if post.date is None:
        return None
    date: datetime = post.date if post.date.tzinfo else post.date.replace(tzinfo=UTC)
    return date.timestamp() / 86400


def _copy(copies: dict[str, int], headline: str) -> int | None:
    """Return the post of the same text whose headline is the same, or that or this one has none."""
    if headline in copies:
        return copies[headline]
    return copies.get("") if headline else next(iter(copies.values()), None)


class _Stories:
    """Stories as they grow.

    Attributes:
        members: the posts of each story as they came.
    """

    def __init__(self, posts: Sequence[Post], texts: Sequence[str], moments: Sequence[float | None]) -> None:
        self.members: list[list[int]] = []
        self._posts, self._texts, self._moments = posts, texts, moments
        self._rarity = load_rarity()
        self._model = load_same_story()
        self._evidence: dict[int, Evidence] = {}
        self._witnesses: list[list[int]] = []
        self._least: dict[int, float] = {}  # weight that a post must share of its own
        self._story_of: dict[int, int] = {}
        self._copies: dict[str, dict[str, int]] = defaultdict(dict)  # by text without and by its headline
        self._postings: dict[str, deque[int]] = defaultdict(lambda: deque(maxlen=POSTINGS))

    def add(self, post: int) -> None:
        """Put a post into its story."""
        found = _HEADLINE.match(self._texts[post])
        headline = found[0] if found else ""
        copies = self._copies[self._texts[post][len(headline) :]]
        copy = _copy(copies, headline)
        if copy is not None and self._days_between(post, copy) < 1:
            copies.setdefault(headline, post)
            self.members[self._story_of[copy]].append(post)
            return
        evidence = read_evidence(self._posts[post], self._rarity)
        rare = {gram: weight for gram, weight in evidence.grams.items() if weight > COMMON}
        story = self._best(post, evidence, self._candidates(rare))
        if story is None:
            story = len(self.members)
            self.members.append([])
            self._witnesses.append([])
        self.members[story].append(post)
        copies[headline] = post
        self._story_of[post] = story
        if len(self._witnesses[story]) < WITNESSES:
            self._witnesses[story].append(post)
            self._evidence[post] = evidence
            self._least[post] = LEAST_SHARED * sum(rare.values())
            for gram in rare:
                self._postings[gram].append(post)

    def _days_between(self, a: int, b: int) -> float:
        first, second = self._moments[a], self._moments[b]
        return 0.0 if first is None or second is None else abs(first - second)

    def _candidates(self, rare: dict[str, float]) -> Iterable[int]:
        """Return the stories that share most with the rare n-grams of a post."""
        shared: dict[int, float] = defaultdict(float)
        for gram, weight in rare.items():
            for witness in self._postings.get(gram, ()):
                shared[witness] += weight
        least = LEAST_SHARED * sum(rare.values())
        ranked = sorted(
            (-weight, self._story_of[i])
            for i, weight in shared.items()
            if weight >= least or weight >= self._least[i]
        )
        stories = dict.fromkeys(story for _, story in ranked)
        return list(stories)[:CANDIDATES]

    def _best(self, post: int, evidence: Evidence, stories: Iterable[int]) -> int | None:
        """Return the story that a post agrees with most, if it belongs to any."""
        best, highest = None, LEAST_ODDS
        for story in stories:
            total = 0.0
            for witness in self._witnesses[story]:
                days = self._days_between(post, witness)
                if days > LONGEST:
                    break
                total += self._model.log_odds(evidence, self._evidence[witness]) - PER_DAY * days
            else:
                mean = total / len(self._witnesses[story])
                if mean > highest:
                    best, highest = story, mean
        return best
