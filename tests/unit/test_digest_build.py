"""A digest: every post in one story of one section, the weightiest first, each part of a weight told."""

from __future__ import annotations

import math
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsml.digest import DigestConfig, build, group_stories, render_html, render_markdown
from newsml.digest.config import PartWeights
from newsml.digest.ranking import weigh
from newsml.digest.stock_names import find_named
from newsml.domain import Line, Post, Prediction, StockMention, Story, Summary
from newsml.errors import UsageError
from tests.digests import CHINA, NOON, SCHEME, Entry, by_text, digest_of, entry, layout, whole_lines


@pytest.fixture(autouse=True)
def _group_by_text(monkeypatch):
    monkeypatch.setattr(build, "group_stories", by_text)


def test_stories_stand_under_their_surest_topic() -> None:
    digest = digest_of(
        entry("a", {"债券": 0.6, "公司": 0.7}),
        entry("b", {"债券": 0.8, "公司": 0.7}),
        entry("c", {"公司": 0.9}),
    )
    assert [(name, sorted(ids)) for name, ids in layout(digest)] == [("公司", ["a", "c"]), ("债券", ["b"])]


def test_regions_are_sections_only_of_posts_without_a_topic() -> None:
    digest = digest_of(
        entry("a", {"中国": 0.99, "公司": 0.5}), entry("b", {"外国": 0.6, "中国": 0.9}), entry("c", {})
    )
    assert layout(digest) == [("中国", ["b"]), ("公司", ["a"]), ("其他", ["c"])]


def test_a_post_of_a_region_alone_stands_under_a_likely_topic() -> None:
    def told(**scores: float) -> Entry:
        post, _ = entry("a", text=f"{scores}")
        return post, Prediction(("中国",), {"中国": 0.9, **scores}, 1, 1, 0.5)

    assert layout(digest_of(told(公司=0.1, 债券=0.3)))[0][0] == "债券"
    assert layout(digest_of(told(公司=0.1, 债券=0.15)))[0][0] == "中国"
    assert layout(digest_of(told(债券=0.3), config=DigestConfig(sections=("中国", "公司"))))[0][0] == "中国"


def test_sections_asked_for_come_in_their_order_and_the_rest_last() -> None:
    entries = [
        entry("a", {"期货": 0.9, "公司": 0.8}),
        entry("b", {"公司": 0.9, "债券": 0.2}),
        entry("c", {"外国": 0.9}),
        entry("d", {"债券": 0.9}),
    ]
    config = DigestConfig(sections=("债券", "公司"))
    assert layout(digest_of(*entries, config=config)) == [
        ("债券", ["d"]),
        (
            "公司",
            sorted(
                ["a", "b"],
                key=lambda i: [s.id for s in digest_of(*entries, config=config).stories if s.post.id == i],
            ),
        ),
        ("其他", ["c"]),
    ]
    traditional = DigestConfig(sections=("債券", "公司", "其他"))
    assert layout(digest_of(*entries, config=traditional)) == layout(digest_of(*entries, config=config))
    with pytest.raises(UsageError, match="股票: no label of the model"):
        digest_of(*entries, config=DigestConfig(sections=("公司", "股票")))


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_copies_are_one_story(count: int) -> None:
    digest = digest_of(*(entry(str(i), text="同一则消息。", author=f"社{i % 3}") for i in range(count)))
    (story,) = digest.stories
    assert (story.heat, len(story.members), story.sources) == (count, count, ("社0", "社1", "社2")[:count])
    assert story.weight.heat == round(math.log2(count), 4)
    assert digest.top == (story,)


@given(st.data())
def test_every_post_stands_in_one_story_of_one_section(data) -> None:
    rows = data.draw(st.lists(st.dictionaries(st.sampled_from(SCHEME.names), st.floats(0, 1)), max_size=12))
    dates = st.none() | st.datetimes() | st.datetimes(timezones=st.just(CHINA))
    parts = data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    sections = data.draw(st.lists(st.sampled_from(SCHEME.names), unique=True, max_size=3))
    entries = [
        entry(str(i), row, text=f"第{part}件事。", date=data.draw(dates))
        for i, (row, part) in enumerate(zip(rows, parts, strict=True))
    ]
    digest = digest_of(*entries, config=DigestConfig(sections=tuple(sections)))
    stories = list(digest.stories)
    assert sorted(post.id for story in stories for post in story.members) == sorted(
        map(str, range(len(rows)))
    )
    assert len({story.id for story in stories}) == len(stories) == len(set(parts))
    assert all(section.stories for section in digest.sections)
    names = [section.name for section in digest.sections]
    assert len(set(names)) == len(names)
    assert [story.id for story in digest.top] == sorted(
        {s.id for s in digest.top}, key=[s.id for s in digest.top].index
    )
    assert len(digest.top) == min(len(stories), 5)
    for section in digest.sections:
        totals = [story.weight.total for story in section.stories]
        assert totals == sorted(totals, reverse=True)
        for story in section.stories:
            labels = set(story.prediction.labels) & set(sections or SCHEME.names)
            assert section.name in labels if labels else section.name == "其他"


def test_ids_do_not_depend_on_paths_order_or_later_copies() -> None:
    a, b = entry("a", text="甲事。", date=NOON), entry("b", text="乙事。", date=NOON)
    ids = {story.post.text: story.id for story in digest_of(a, b).stories}
    moved = entry("elsewhere/a", text="甲事。", date=NOON)
    later = entry("c", text="甲事。", date=NOON + timedelta(days=1), author="晚到社")
    assert {story.post.text: story.id for story in digest_of(b, later, moved).stories} == ids
    assert all(key[0] == "s" and len(key) == 11 and key.isalnum() for key in ids.values())


def test_each_part_of_a_weight_says_what_it_is_for() -> None:
    text = "远泊科技宣布降准受益，编号301999。"
    posts = [
        Post(
            "a",
            "",
            text,
            source="甲社",
            date=NOON - timedelta(hours=12),
            stocks=(StockMention("301999.SZ", 0, 4),),
        ),
        Post("b", "", text, author="乙社", date=NOON - timedelta(hours=6)),
        Post("c", "公告", text, author="乙社"),
        Post("d", "", text),
    ]
    line = Line(Summary((), "", method="lead"), salience=0.25)
    config = DigestConfig(
        keywords={"降准": 2.0, "公告": 0.5, "加息": 9.0},
        stocks={"301999.SZ": 1.5, "600000.SH": 9.0},
        weights=PartWeights(heat=0.5, salience=2.0),
    )
    story = Story("s", posts[0], tuple(posts), line, Prediction((), {}, 1, 1, 0.0))
    weight = weigh(story, NOON, config)
    assert (weight.heat, weight.sources, weight.salience) == (1.0, 1.0, 0.5)
    assert (weight.recency, weight.keywords, weight.stocks) == (0.5, 2.5, 1.5)
    assert weight.total == 7.0


@pytest.mark.parametrize(
    ("title", "text", "codes"),
    [
        ("", "翠屏银行下调存款利率，翠屏村不变。", ("600000.SH", "600002.SH")),
        ("翠屏银行公告", "公司下调存款利率。", ("600000.SH",)),
        ("", "nova能源与Novatek签约，NOVA供货。", ("NOVA.US",)),
        ("", "远泊海运复牌。", ()),
    ],
)
def test_a_name_stands_for_its_code(title: str, text: str, codes: tuple[str, ...]) -> None:
    names = {"翠屏": "600002.SH", "翠屏银行": "600000.SH", "NOVA": "NOVA.US"}
    assert find_named([Post("a", title, text)], names) == codes
    assert find_named([Post("a", title, text)], {}) == ()


def test_names_leave_the_posts_as_they_are() -> None:
    config = DigestConfig(stock_names={"翠屏银行": "600000.SH"})
    digest = digest_of(entry("a", text="翠屏银行下调存款利率。", date=NOON), config=config)
    (story,) = digest.stories
    assert (story.stocks, story.post.stocks) == (("600000.SH",), ())
    assert '<option value="600000.SH">翠屏银行</option>' in render_html(digest, config)


def test_stocks_watched_by_their_names_weigh_and_are_shown() -> None:
    config = DigestConfig(stocks={"600000.SH": 2.0}, stock_names={"翠屏银行": "600000.SH"})
    (story,) = digest_of(entry("a", text="翠屏银行下调存款利率。"), config=config).stories
    assert (story.stocks, story.weight.stocks) == (("600000.SH",), 2.0)


def test_what_weighs_too_little_is_kept_but_not_shown() -> None:
    entries = [entry("a", text="降准。"), entry("b", text="广告：课程上新。")]
    config = DigestConfig(keywords={"广告": -9.0})
    digest = digest_of(*entries, config=config)
    assert layout(digest) == [("公司", ["a", "b"])]
    assert [story.post.id for story in digest.top] == ["a"]
    for render in (render_html, render_markdown):
        page = render(digest, config)
        assert "另有 1 则，未列出" in page and "课程" not in page
    assert "课程" in render_html(digest, DigestConfig(keywords=config.keywords, min_weight=-9.0))


def test_labels_that_posts_have_go_before_the_model_s() -> None:
    scores = {"公司": 0.9, "债券": 0.2, "中国": 0.1}
    entries = [
        entry("a", scores, labels=("中国", "债券")),
        entry("b", scores, labels=("趣闻",)),
        entry("c", scores),
    ]
    digest = digest_of(*entries, config=DigestConfig(labels="given"))
    assert {name: set(ids) for name, ids in layout(digest)} == {"债券": {"a"}, "公司": {"b", "c"}}
    assert {s.post.id: s.prediction.labels for s in digest.stories}["a"] == ("债券", "中国")
    assert [name for name, _ in layout(digest_of(*entries))] == ["公司"]


def test_the_weightiest_come_first_and_among_equals_the_newest() -> None:
    config = DigestConfig(keywords={"甲": 1.0}, weights=PartWeights(recency=0.0))
    digest = digest_of(
        entry("old", text="乙", date=NOON - timedelta(days=2)),
        entry("new", text="丙", date=NOON),
        entry("undated", text="丁"),
        entry("heavy", text="甲", date=NOON - timedelta(days=9)),
        config=config,
    )
    assert layout(digest) == [("公司", ["heavy", "new", "old", "undated"])]
    assert [story.post.id for story in digest.top] == ["heavy", "new", "old", "undated"]


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ([], None),
        ([None, None], None),
        ([None, datetime(2024, 5, 1, 9), datetime(2024, 4, 30, 23)], date(2024, 5, 1)),
        # 1 May, 7:00 in China is 30 April, 23:00 in UTC, before half past eleven.
        ([datetime(2024, 5, 1, 7, tzinfo=CHINA), datetime(2024, 4, 30, 23, 30)], date(2024, 4, 30)),
        ([datetime(2024, 5, 1, 8, tzinfo=CHINA), datetime(2024, 4, 30, 23, 30)], date(2024, 5, 1)),
        ([datetime(2024, 5, 1, 1, tzinfo=CHINA), datetime(2024, 4, 30, 16, tzinfo=UTC)], date(2024, 5, 1)),
        ([datetime(1, 1, 1, tzinfo=CHINA), datetime(9999, 12, 31, 23, tzinfo=UTC)], date(9999, 12, 31)),
    ],
)
def test_the_date_is_that_of_the_newest_post(moments: list[datetime | None], expected: date | None) -> None:
    entries = [entry(str(i), date=moment) for i, moment in enumerate(moments)]
    assert digest_of(*entries).date == expected
    assert digest_of(*entries, day=date(2020, 1, 2)).date == date(2020, 1, 2)


def test_a_clock_of_the_reader_tells_the_days() -> None:
    config = DigestConfig(utc_offset="+08:00")
    evening = datetime(2024, 4, 30, 20, tzinfo=UTC)
    assert digest_of(entry("a", date=evening), config=config).date == date(2024, 5, 1)
    assert digest_of(entry("a", date=evening)).date == date(2024, 4, 30)
    # Without a time zone a date is one of that clock.
    assert config.local(datetime(2024, 5, 1, 3)) == datetime(2024, 5, 1, 3, tzinfo=CHINA)
    assert DigestConfig(utc_offset="-05:30").day(datetime(2024, 5, 1, 3, tzinfo=UTC)) == date(2024, 4, 30)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the system sets no time zone for a process")
@pytest.mark.parametrize("zone", ["Etc/GMT-14", "Etc/GMT+12"])
def test_a_digest_does_not_depend_on_where_it_is_made(monkeypatch, zone: str) -> None:
    moments = [
        datetime(2024, 5, 1, 8, tzinfo=CHINA),
        datetime(2024, 4, 30, 23, 30),
        datetime(2024, 5, 1, 0, 1),
    ]
    entries = [entry(str(i), date=moment) for i, moment in enumerate(moments)]
    here = digest_of(*entries)
    with monkeypatch.context() as local:
        local.setenv("TZ", zone)
        time.tzset()
        assert digest_of(*entries) == here
    time.tzset()


def test_lines_are_asked_for_once_for_all_stories() -> None:
    asked = []

    def write(posts):
        asked.append([post.id for post in posts])
        return whole_lines(posts)

    digest_of(entry("a"), entry("b"), entry("c", text="a公司今日收涨。"), write_lines=write)
    assert asked == [["a", "b"]]


def test_dates_without_a_zone_are_on_the_readers_clock_among_copies_too(monkeypatch) -> None:
    monkeypatch.setattr(build, "group_stories", group_stories)
    text = "岚江电子公告，中标某市轨道交通信号系统项目，金额3.27亿元，占上年营业收入的12.4%。"
    here = entry("here", text=text, date=datetime(2024, 5, 1, 9))
    abroad = entry("abroad", text=text, date=datetime(2024, 5, 1, 2, tzinfo=UTC))  # at ten there
    config = DigestConfig(utc_offset="+08:00")
    (story,) = digest_of(abroad, here, config=config).stories
    assert [post.id for post in story.members] == ["here", "abroad"]
    assert story.members[0].date == here[0].date  # told as it is dated
    assert story.id == next(digest_of(here, config=config).stories).id  # that of its earliest post


@pytest.mark.parametrize(
    ("word", "text", "weight"),
    [
        ("AI", "AI芯片走强。", 1),
        ("AI", "人工智能（ＡＩ）走强。", 1),
        ("ai", "OpenAI发布新模型。", 0),
        ("AI", "Retail sales rose.", 0),
        ("300", "沪深300收涨。", 1),
        ("300", "拟回购3000万元。", 0),
        ("c++", "用C++编写。", 1),
        ("降准", "央行宣布降准。", 1),
    ],
)
def test_a_keyword_is_no_part_of_a_latin_word_or_number(word: str, text: str, weight: float) -> None:
    (story,) = digest_of(entry("a", text=text), config=DigestConfig(keywords={word: 1.0})).stories
    assert story.weight.keywords == weight
