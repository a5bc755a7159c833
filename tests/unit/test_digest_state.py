"""From day to day: what was told stays known, what goes on is marked, what is made again is the same."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta

import pytest

from newsml.digest import DigestConfig, build, render_html, render_json, render_markdown
from newsml.digest.state import check_state, fingerprint, open_state
from newsml.errors import UsageError
from tests.digests import NOON, by_text, digest_of, entry

CONFIG = DigestConfig()


@pytest.fixture(autouse=True)
def _group_by_text(monkeypatch):
    monkeypatch.setattr(build, "group_stories", by_text)


@pytest.fixture
def run(tmp_path):
    """Make the digest of a day with a state, and take note of it."""

    def make(day: date, *entries, remember: int = 7):
        with open_state(str(tmp_path / "state.db"), day, remember) as state:
            digest = digest_of(*entries, day=day, memory=state)
            state.record(digest.stories)
        return digest

    return make


def at(days: int, post_id: str, text: str, **fields):
    return entry(post_id, text=text, date=NOON + timedelta(days=days), **fields)


FIRST = NOON.date()
NEXT = FIRST + timedelta(days=1)


def told(digest) -> dict[str, tuple]:
    return {story.post.text: (story.id, story.status, story.first_told) for story in digest.stories}


def test_the_next_day_marks_what_goes_on_and_knows_what_was_told(run) -> None:
    first = told(run(FIRST, at(0, "a", "甲事。"), at(0, "b", "乙事。"), at(0, "c", "丙事。")))
    assert {status for _, status, _ in first.values()} == {"new"}
    digest = run(
        NEXT,
        at(0, "old/a", "甲事。"),
        at(1, "a2", "甲事。", author="晚到社"),
        at(1, "b2", "乙事。"),
        at(0, "c", "丙事。"),
        at(1, "d", "丁事。"),
    )
    second = told(digest)
    assert second["甲事。"] == (first["甲事。"][0], "continues", FIRST)
    assert second["乙事。"] == (first["乙事。"][0], "continues", FIRST)
    assert second["丙事。"] == (first["丙事。"][0], "told", FIRST)
    assert second["丁事。"][1:] == ("new", None)
    # The new post stands for the story that goes on; what has nothing new is no top story and on no page.
    assert {story.post.id for story in digest.stories} == {"a2", "b2", "c", "d"}
    assert "丙事。" not in {story.post.text for story in digest.top}
    for page in (render_html(digest, CONFIG), render_markdown(digest, CONFIG)):
        assert "丙事" not in page
        assert "1 则此前已报" in page
        assert page.count("续 5月1日起") == 2
    assert "丙事" in render_json(digest)
    third = told(run(NEXT + timedelta(days=1), at(2, "a3", "甲事。")))
    assert third["甲事。"] == (first["甲事。"][0], "continues", FIRST)


def test_what_is_told_already_counts_neither_at_the_head_of_a_page_nor_for_the_order_of_sections(run) -> None:
    old = [at(0, f"o{i}", f"旧事{i}。", author=f"旧社{i}") for i in range(3)]
    run(FIRST, *old)
    news = [at(1, f"n{i}", f"新事{i}。", scores={"债券": 0.9}, author="新社") for i in range(2)]
    digest = run(NEXT, *old, *news)
    assert [section.name for section in digest.sections] == ["债券", "公司"]
    page, markdown = render_html(digest, CONFIG), render_markdown(digest, CONFIG)
    assert "2 则消息 · 2 篇 · 1 个来源" in page and "2 则消息 · 2 篇 · 1 个来源" in markdown
    assert "债券（2）" in markdown and "公司（0）" in markdown and "3 则此前已报" in markdown
    assert "债券 <span>2</span>" in page and "公司 <span>0</span>" in page
    assert 'aria-label="各版各时段: 债券 2"' in page


def test_a_day_made_again_says_the_same(run) -> None:
    run(FIRST, at(0, "a", "甲事。"))
    entries = [at(1, "b", "甲事。"), at(1, "c", "乙事。")]
    once = run(NEXT, *entries)
    assert run(NEXT, *entries) == once
    # More posts of the same day do not make those before them old news.
    more = told(run(NEXT, *entries, at(1, "d", "丙事。")))
    assert more["乙事。"] == told(once)["乙事。"]
    # Nor does a day that was made in between, before or after.
    run(NEXT + timedelta(days=1), *entries)
    assert run(NEXT, *entries) == once


def test_a_day_made_again_forgets_what_it_no_longer_tells(run) -> None:
    run(FIRST, at(0, "a", "甲事。"), at(0, "b", "乙事。"))
    run(FIRST, at(0, "a", "甲事。"))
    assert told(run(NEXT, at(1, "b2", "乙事。")))["乙事。"][1] == "new"


def test_old_stories_are_compared_for_some_days_only_but_the_very_posts_are_known_for_good(run) -> None:
    run(FIRST, at(0, "a", "甲事。"), at(0, "b", "乙事。"))
    late = told(run(FIRST + timedelta(days=9), at(9, "a9", "甲事。"), at(0, "b", "乙事。"), remember=8))
    assert late["甲事。"][1] == "new"
    assert late["乙事。"][1] == "told"


def test_the_words_of_stories_long_past_are_forgotten_but_not_that_they_were_told(tmp_path, run) -> None:
    run(FIRST, at(0, "a", "甲事。"))
    run(NEXT, at(1, "b", "乙事。"))

    def kept():
        with sqlite3.connect(tmp_path / "state.db") as database:
            found = dict(database.execute("SELECT day, min(post <> '') FROM story GROUP BY day"))
        database.close()
        return found

    run(FIRST + timedelta(days=9999), remember=7)  # a slip
    assert kept() == {FIRST.isoformat(): 1, NEXT.isoformat(): 1}
    last = FIRST + timedelta(days=98)
    run(last, at(98, "c", "丙事。"), remember=7)
    digest = told(run(last, at(0, "a", "甲事。"), at(98, "c", "丙事。"), remember=7))
    assert digest["甲事。"][1:] == ("told", FIRST)
    assert kept() == {FIRST.isoformat(): 0, NEXT.isoformat(): 1, last.isoformat(): 1}
    # A digest of long ago that is made again compares with nothing, and knows its posts.
    again = told(run(NEXT, at(0, "a", "甲事。"), at(1, "a2", "甲事。", author="晚到社")))
    assert again["甲事。"][1:] == ("continues", FIRST)


def test_the_place_of_words_that_are_forgotten_is_used_again(tmp_path, run) -> None:
    def size_after(days: int) -> int:
        run(FIRST + timedelta(days=days), *(at(days, f"{i}", f"{days}日第{i}事。" * 50) for i in range(40)))
        return (tmp_path / "state.db").stat().st_size

    size_after(0)
    before = size_after(98)
    assert size_after(196) < 1.2 * before


def test_stories_that_meet_or_part_keep_ids_apart(run, monkeypatch) -> None:
    first = told(run(FIRST, at(0, "a", "甲事。"), at(0, "b", "乙事。")))
    monkeypatch.setattr(build, "group_stories", lambda posts: [list(range(len(posts)))])
    (story,) = run(NEXT, at(1, "c", "丙事。")).stories
    assert story.id in {key for key, _, _ in first.values()}
    monkeypatch.setattr(build, "group_stories", lambda posts: [[i] for i in range(len(posts))])
    again = [at(1, "c", "丙事。"), at(0, "a", "甲事。"), at(0, "b", "乙事。")]
    parted = told(run(NEXT + timedelta(days=1), *again))
    assert len({key for key, _, _ in parted.values()}) == 3
    assert {status for _, status, _ in parted.values()} == {"told"}


def test_posts_are_known_by_what_they_say() -> None:
    (a, _), (b, _) = entry("a", text="甲。", date=NOON), entry("b", text="甲。", date=NOON)
    assert fingerprint(a) == fingerprint(b)
    others = [
        {"title": "题"},
        {"source": "社"},
        {"author": "社"},
        {"url": "https://example.com"},
        {"date": None},
    ]
    prints = {fingerprint(entry("c", **({"text": "甲。", "date": NOON} | other))[0]) for other in others}
    assert len(prints | {fingerprint(a)}) == 6


NOTICE = "晨光股份公告，拟以三亿元回购股份，价格不超过二十元一股。"


def test_the_same_words_on_another_day_are_no_news(run) -> None:
    first = told(run(FIRST, at(0, "a", NOTICE, source="甲社"), at(0, "b", "北向资金净流入超30亿元。")))
    for days in range(1, 12):  # each within a week of the day before
        again = told(run(FIRST + timedelta(days=days), at(days, "a2", f" {NOTICE}", source="乙社")))
        assert again[f" {NOTICE}"] == (first[NOTICE][0], "told", FIRST)
    # A few words may say of another day what they said of the one before.
    short = told(run(NEXT, at(1, "b", "北向资金净流入超30亿元。")))
    assert short["北向资金净流入超30亿元。"][1] == "continues"


def test_the_same_words_in_traditional_characters_are_no_news(run) -> None:
    run(FIRST, at(0, "a", NOTICE))
    other = "晨光股份公告，擬以三億元回購股份，價格不超過二十元一股。"
    assert told(run(NEXT, at(1, "b", other)))[other][1] == "told"


def test_the_same_words_long_after_or_under_another_title_are_news(run) -> None:
    run(FIRST, at(0, "a", NOTICE))
    assert told(run(NEXT, at(1, "b", NOTICE, title="回购")))[NOTICE][1] == "continues"
    assert told(run(FIRST + timedelta(days=9), at(9, "a", NOTICE)))[NOTICE][1] == "new"


def test_that_words_were_told_is_forgotten_and_that_a_post_was_is_not(tmp_path, run) -> None:
    run(FIRST, at(0, "a", NOTICE))
    for _ in range(2):
        run(FIRST + timedelta(days=98), at(98, "b", "乙事。"))
    with sqlite3.connect(tmp_path / "state.db") as database:
        kept = database.execute("SELECT count(*) FROM post WHERE day = ?", (FIRST.isoformat(),)).fetchone()
    database.close()
    assert kept == (1,)


def test_what_is_no_state_is_refused(tmp_path) -> None:
    text, other, folder = tmp_path / "a.txt", tmp_path / "other.db", tmp_path / "none" / "s.db"
    text.write_text("这是文章。" * 99, encoding="utf-8")
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE mine (x)")
    database.close()
    for path, said in ((text, "not a database"), (other, "is no state"), (folder, "unable to open")):
        with pytest.raises(UsageError, match=said) as failed, open_state(str(path), FIRST, 7):
            pass
        assert f"state {path}: " in str(failed.value)
    assert text.read_text(encoding="utf-8").startswith("这是文章。")


@pytest.mark.parametrize("row", ["'x'", "x'7b7d'", "'{}'"])
def test_a_broken_row_is_one_clear_error(tmp_path, run, row) -> None:
    run(FIRST, at(0, "a", "甲事。"))
    with sqlite3.connect(tmp_path / "state.db") as database:
        database.execute(f"UPDATE story SET post = {row}")
    database.close()
    with pytest.raises(UsageError, match=r"^state .*: a story that cannot be read"):
        run(NEXT, at(1, "b", "乙事。"))


@pytest.mark.parametrize("change", ["first_told = 'x'", "first_told = x'00'", "id = x'00'", "id = '<b>'"])
@pytest.mark.parametrize("later", [1, 30])
def test_a_broken_story_is_one_clear_error_however_old(tmp_path, run, change, later) -> None:
    run(FIRST, at(0, "a", "甲事。"))
    with sqlite3.connect(tmp_path / "state.db") as database:
        database.execute(f"UPDATE story SET {change}")
        database.execute("UPDATE post SET id = (SELECT id FROM story)")
    database.close()
    with pytest.raises(UsageError, match=r"^state .*: a story that cannot be read"):
        run(FIRST + timedelta(days=later), at(0, "a", "甲事。"))


def test_a_state_is_checked_before_it_is_needed_and_not_made(tmp_path, run) -> None:
    run(FIRST, at(0, "a", "甲事。"))
    check_state(str(tmp_path / "state.db"))
    check_state(str(tmp_path / "new.db"))
    assert not (tmp_path / "new.db").exists()
    (tmp_path / "a.txt").write_text("这是文章。" * 99, encoding="utf-8")
    for name, said in (("a.txt", "not a database"), ("none/s.db", "no such folder")):
        with pytest.raises(UsageError, match=rf"^state .*{name}: .*{said}"):
            check_state(str(tmp_path / name))
