"""What holds of the stories of any posts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from newsml.digest import group_stories
from newsml.domain import Post

CLAUSES = [
    "岚江电子公告",
    "拟收购珂维传感51%股权",
    "沪铅涨1.08%",
    "北向资金净买入超35亿元",
    "3月2日",
    "消防车32辆",
    "TSLA.O",
    "【快讯】",
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=5).map("，".join), st.text(max_size=30)
)
HOURS = st.one_of(st.none(), st.integers(0, 200))


def _posts(drawn: list[tuple[str, int | None]]) -> list[Post]:
    start = datetime(2022, 3, 1, tzinfo=UTC)
    dates = [None if hours is None else start + timedelta(hours=hours) for _, hours in drawn]
    return [
        Post(str(i), "", text, date=date)
        for i, ((text, _), date) in enumerate(zip(drawn, dates, strict=True))
    ]


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, HOURS), max_size=25))
def test_every_post_is_in_one_story_and_stories_are_in_order(drawn: list[tuple[str, int | None]]) -> None:
    posts = _posts(drawn)
    stories = group_stories(posts)
    assert sorted(i for story in stories for i in story) == list(range(len(posts)))
    assert all(stories) and stories == sorted(stories, key=min) == group_stories(posts)
    for story in stories:
        assert len("".join(posts[story[0]].text.split())) == max(
            len("".join(posts[i].text.split())) for i in story
        )


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, HOURS), max_size=15, unique=True), st.randoms(use_true_random=False))
def test_the_order_of_the_posts_does_not_matter(drawn: list[tuple[str, int | None]], chance) -> None:
    order = list(range(len(drawn)))
    chance.shuffle(order)
    stories = {frozenset(story) for story in group_stories(_posts(drawn))}
    shuffled = group_stories(_posts([drawn[i] for i in order]))
    assert {frozenset(order[i] for i in story) for story in shuffled} == stories
