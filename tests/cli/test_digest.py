"""`newsml summarize --digest`: pages, days, the state, the reader's wishes, failures."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import newsml as package
from tests.conftest import write_jsonl

SCHEMA = json.loads(
    (Path(package.__file__).parent.parent / "docs/digest.schema.json").read_text(encoding="utf-8")
)
DAY = [
    {"id": "a", "title": "甲公司<script>alert(1)</script>中标", "text": "甲公司公告，中标3亿元*项目*。",
     "date": "2025-03-31T09:30:00+08:00", "source": "晨汐通讯社", "url": "https://example.com/a"},
    {"id": "b", "title": "油价走高", "text": "国际油价周二走高，布伦特原油期货涨1.2%。",
     "date": "2025-03-31 15:00:00"},
    {"id": "c", "text": "比特币短线下挫，跌破六万美元关口。", "date": "Sun, 30 Mar 2025 20:00:00 GMT"},
    {"id": "d", "title": "甲公司<script>alert(1)</script>中标", "text": "甲公司公告，中标3亿元*项目*。",
     "date": "2025-03-31T10:00:00+08:00", "source": "澄湖财经"},
    {"id": "e", "text": "Shares of Yuanbo rose 3% after results."},
]  # fmt: skip


@pytest.fixture
def posts(tmp_path):
    return write_jsonl(tmp_path / "day.jsonl", DAY)


@pytest.fixture
def digest(newsml, tmp_path):
    """Make a digest in JSON, and demand that it is as the schema says."""

    def make(posts, *options):
        target = tmp_path / "digest.json"
        outcome = newsml("summarize", posts, "--digest", target, *options)
        assert (outcome.code, outcome.out) == (0, ""), outcome.err
        tree = json.loads(target.read_text(encoding="utf-8"))
        jsonschema.validate(tree, SCHEMA)
        return tree

    return make


def stories(tree):
    return [story for section in tree["sections"] for story in section["stories"]]


def members(tree):
    return sorted(member["id"] for story in stories(tree) for member in story["members"])


def test_json_tells_every_post_once(digest, posts):
    tree = digest(posts)
    assert tree["date"] == "2025-03-31"
    assert members(tree) == ["a", "b", "c", "d", "e"]
    (story,) = [story for story in stories(tree) if story["heat"] == 2]
    assert {member["id"] for member in story["members"]} == {"a", "d"}
    assert story["weight"]["heat"] == story["weight"]["sources"] == 1.0
    for story in stories(tree):
        weight = story["weight"]
        assert weight["total"] == pytest.approx(sum(weight.values()) - weight["total"], abs=1e-3)
        text = next(record["text"] for record in DAY if record["id"] == story["members"][0]["id"])
        assert story["headline"] == story["joiner"].join(text[start:end] for start, end in story["spans"])
    ids = [story["id"] for story in stories(tree)]
    assert set(tree["top"]) <= set(ids) and len(set(ids)) == len(ids)
    by_id = {member["id"]: member for story in stories(tree) for member in story["members"]}
    assert by_id["a"] == {
        "id": "a",
        "title": "甲公司<script>alert(1)</script>中标",
        "source": "晨汐通讯社",
        "date": "2025-03-31T09:30:00+08:00",
        "url": "https://example.com/a",
    }


@pytest.mark.parametrize("suffix", ["html", "md"])
def test_pages_show_all_and_escape_it(newsml, posts, tmp_path, suffix):
    target = tmp_path / f"digest.{suffix}"
    outcome = newsml("summarize", posts, "--digest", target)
    assert (outcome.code, outcome.out) == (0, "")
    page = target.read_text(encoding="utf-8")
    assert "alert(1)<" not in page and "<script>alert" not in page
    for word in ("1.2%", "六万美元", "Yuanbo", "https://example.com/a", "晨汐通讯社", "澄湖财经"):
        assert word in page
    before = page
    assert newsml("summarize", posts, "--digest", target).code == 0
    assert target.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--date", "2025-03-31"), "abde"),
        (("--date", "2025-03-30"), "ce"),
        (("--since", "2025-03-31"), "abde"),
        (("--until", "2025-03-30"), "ce"),
        (("--since", "2025-03-30", "--until", "2025-03-31"), "abcde"),
        (("--date", "2020-01-01"), "e"),
    ],
)
def test_days(digest, posts, options, told):
    tree = digest(posts, *options)
    assert members(tree) == sorted(told)
    if options[0] == "--date":
        assert tree["date"] == options[1]


def test_dates_with_and_without_a_time_zone_are_told_of(newsml, tmp_path):
    data = write_jsonl(
        tmp_path / "a.jsonl",
        [
            {"id": "a", "text": "晨光科技派息3亿元。", "date": "2025-03-31T09:00:00+08:00"},
            {"id": "b", "text": "望海港扩建。", "date": "2025-03-31 09:30:00"},
        ],
    )
    told = "dates of 1 posts have no time zone, those of 1 have one: they are taken as UTC (utc_offset"
    assert told in newsml("summarize", data, "--digest", tmp_path / "d.md").err
    wishes = tmp_path / "w.yaml"
    wishes.write_text("utc_offset: +08:00\n", encoding="utf-8")
    outcome = newsml("summarize", data, "--digest", tmp_path / "d.md", "--digest-config", wishes)
    assert "time zone" not in outcome.err


def test_the_readers_wishes(newsml, digest, posts, tmp_path):
    wishes = tmp_path / "wishes.yaml"
    wishes.write_text(
        "utc_offset: +08:00\nkeywords: {比特币: 50}\ntop: 1\nsections: [期货]\n", encoding="utf-8"
    )
    tree = digest(posts, "--digest-config", wishes, "--date", "2025-03-31")
    assert members(tree) == ["a", "b", "c", "d", "e"]  # four in the morning there
    (top,) = tree["top"]
    assert next(story for story in stories(tree) if story["id"] == top)["weight"]["keywords"] == 50
    assert {section["name"] for section in tree["sections"]} <= {"期货", "其他"}
    wishes.write_text("sections: [股市]\n", encoding="utf-8")
    outcome = newsml("summarize", posts, "--digest", tmp_path / "no.html", "--digest-config", wishes)
    assert outcome.code == 2
    assert f"{wishes}: [sections]: 股市: no label of the model" in outcome.err
    assert not (tmp_path / "no.html").exists()


def test_from_day_to_day(digest, tmp_path):
    state = tmp_path / "state.db"
    text = "元博电器公告，中标北辰市轨道交通九号线信号系统项目，中标金额3.2亿元。"
    day = [*DAY[:4], {"id": "x", "text": text, "date": "2025-03-31T12:00:00+08:00"}]
    posts = write_jsonl(tmp_path / "archive.jsonl", day)
    first = digest(posts, "--state", state, "--date", "2025-03-31")
    copy = {"id": "f", "text": text, "date": "2025-04-01T08:00:00+08:00", "source": "北辰电讯社"}
    posts = write_jsonl(tmp_path / "archive.jsonl", [*day, copy])
    (story,) = stories(digest(posts, "--state", state, "--date", "2025-04-01"))
    assert (story["status"], story["first_told"]) == ("told", "2025-03-31")
    later = copy | {"text": f"{text}工期两年。"}
    posts = write_jsonl(tmp_path / "archive.jsonl", [*day, later])
    second = digest(posts, "--state", state, "--date", "2025-04-01")
    (story,) = stories(second)
    assert (story["status"], story["first_told"]) == ("continues", "2025-03-31")
    assert story["id"] in {story["id"] for story in stories(first)}
    assert digest(posts, "--state", state, "--date", "2025-04-01") == second
    assert digest(posts, "--state", state, "--date", "2025-03-31") == first
    whole = digest(posts, "--state", state)
    assert {story["status"] for story in stories(whole)} == {"continues", "told", "new"}
    assert members(whole) == ["a", "b", "c", "d", "f", "x"]  # "c" is of another day, and new


UTC_TOLD = "they are taken as UTC (utc_offset of --digest-config says otherwise)"


@pytest.mark.parametrize("options", [(), ("--date", "2025-03-31")])
def test_dates_that_cannot_be_read_are_named(newsml, tmp_path, options):
    unread = [{"id": f"n{i}", "text": f"乙公司第{i}次回购。", "date": "昨天"} for i in range(4)]
    posts = write_jsonl(tmp_path / "posts.jsonl", [*DAY, *unread])
    outcome = newsml("summarize", posts, "--digest", tmp_path / "d.md", *options)
    told = ["newsml: dates that cannot be read, of 4 posts: n0, n1, n2, …"]
    told.append(
        f"newsml: dates of 1 posts have no time zone, those of {2 if options else 3} have one: {UTC_TOLD}"
    )
    if options:
        told.append("newsml: 5 posts have no date and are taken for posts of the days asked for")
    assert (outcome.code, outcome.err.splitlines()) == (0, told)


def test_a_state_needs_a_day(newsml, tmp_path):
    posts = write_jsonl(tmp_path / "posts.jsonl", [{"text": "甲公司中标。"}])
    outcome = newsml("summarize", posts, "--digest", tmp_path / "d.md", "--state", tmp_path / "s.db")
    assert outcome.code == 0
    assert "no post has a date" in outcome.err
    assert not (tmp_path / "s.db").exists()


def test_unusable_posts_are_named_and_the_rest_is_told(newsml, tmp_path):
    posts = tmp_path / "posts.jsonl"
    posts.write_text('{"text": "甲公司中标。"}\n{broken\n', encoding="utf-8")
    outcome = newsml(
        "summarize", posts, "--digest", tmp_path / "d.html", "--output", tmp_path / "records.jsonl"
    )
    assert outcome.code == 3
    assert len(outcome.err.splitlines()) == 1
    assert "甲公司" in (tmp_path / "d.html").read_text(encoding="utf-8")
    records = [
        json.loads(line) for line in (tmp_path / "records.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [record["error"] is None for record in records] == [True, False]


def test_a_mistyped_name_does_not_empty_the_page(newsml, posts, tmp_path):
    page = tmp_path / "d.html"
    options = ("--digest", page, "--state", tmp_path / "s.db")
    assert newsml("summarize", posts, *options).code == 0
    before = page.read_bytes()
    outcome = newsml("summarize", tmp_path / "missing", *options)
    assert outcome.code == 3
    assert "is not written: no post is left to tell of" in outcome.err
    assert page.read_bytes() == before


def test_a_day_without_posts(digest, newsml, tmp_path):
    posts = write_jsonl(tmp_path / "posts.jsonl", DAY[:1])
    assert digest(posts, "--date", "2020-01-01") == {"date": "2020-01-01", "top": [], "sections": []}
    for suffix in ("md", "html"):
        target = tmp_path / f"d.{suffix}"
        assert newsml("summarize", posts, "--digest", target, "--date", "2020-01-01").code == 0
        page = target.read_text(encoding="utf-8")
        assert "2020年1月1日" in page and "没有消息" in page
    matter = yaml.safe_load((tmp_path / "d.md").read_text(encoding="utf-8").split("---\n")[1])
    assert matter["title"] == "财经早报 2020年1月1日 星期三"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--digest", "d.docx"), "the suffix is none of .html .md .json"),
        (("--digest", "d.html", "--date", "yesterday"), "--date yesterday: is no day"),
        (("--digest", "d.html", "--date", "2025-01-01", "--since", "2025-01-01"), "--date goes with neither"),
        (("--digest", "d.html", "--since", "2025-01-02", "--until", "2025-01-01"), "is after"),
        (("--digest", "d.html", "--digest-config", "none.yaml"), "none.yaml: No such file"),
        (("--digest", "d.html", "--resume"), "exclude one another"),
        (("--digest", "d.html", "--style", "headline"), "--style is for records"),
        (("--digest", "d.html", "--sentences", "2"), "--sentences is for records"),
        (("--digest", "d.html", "--max-chars", "60"), "--max-chars is for records"),
        (("--digest", "d.html", "--with-text"), "--with-text is for records"),
        (("--digest", "d.html", "--format", "csv"), "which --digest writes only with --output FILE"),
        (("--state", "s.db"), "--state needs --digest"),
        (("--digest-config", "d.yaml"), "--digest-config needs --digest"),
    ],
)
def test_usage(newsml, posts, tmp_path, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    outcome = newsml("summarize", posts, *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err


def test_places_that_cannot_be_written(newsml, posts, tmp_path):
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    for place in ("folder.html", "file/d.html"):
        outcome = newsml("summarize", posts, "--digest", tmp_path / place)
        assert outcome.code == 2
        assert f"--digest {tmp_path / place}: " in outcome.err
    # What was not written was not told.
    state = tmp_path / "s.db"
    assert newsml("summarize", posts, "--digest", tmp_path / "file/d.html", "--state", state).code == 2
    target = tmp_path / "d.json"
    assert newsml("summarize", posts, "--digest", target, "--state", state, "--date", "2025-04-01").code == 0
    assert '"told"' not in target.read_text(encoding="utf-8")


def test_a_page_among_the_posts_is_no_post(newsml, tmp_path):
    folder, page = tmp_path / "posts", tmp_path / "posts" / "brief.md"
    folder.mkdir()
    (folder / "a.md").write_text("---\ntitle: 甲\ndate: 2025-03-31\n---\n甲公司中标。\n", encoding="utf-8")
    assert newsml("summarize", folder, "--digest", page).code == 0
    first = page.read_text(encoding="utf-8")
    outcome = newsml("summarize", folder, "--digest", page)
    assert (outcome.code, page.read_text(encoding="utf-8")) == (0, first)
    assert outcome.err.strip() == f"newsml: {page}: is the digest itself, not one of its posts"


def test_a_page_keeps_the_link_and_the_mode_of_its_file(newsml, posts, tmp_path):
    real, link = tmp_path / "real.html", tmp_path / "link.html"
    real.write_text("", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    assert newsml("summarize", posts, "--digest", link).code == 0
    assert link.is_symlink() and real.stat().st_mode & 0o777 == 0o640
    assert "甲公司" in real.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--digest", "a.md"), "a.md: is an input, which the results would replace"),
        (("--digest", "d.json", "--output", "./d.json"), "--output ./d.json: is the file of --digest"),
        (("--digest", "d.json", "--state", "d.json"), "--state d.json: is the file of --digest"),
        (("--digest", "d.md", "--output", "r", "--state", "r"), "--state r: is the file of --output"),
        (("--digest", "d.md", "--state", "a.md"), "a.md: is an input, which the results would replace"),
    ],
)
def test_no_file_is_two_things(newsml, tmp_path, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    post = tmp_path / "a.md"
    post.write_text("---\ntitle: 甲\n---\n甲公司中标。\n", encoding="utf-8")
    before = post.read_bytes()
    outcome = newsml("summarize", "a.md", *options)
    assert (outcome.code, outcome.err.strip()) == (2, f"newsml: {said}")
    assert post.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.md"]


@pytest.mark.parametrize("wrong", ["state", "section"])
def test_what_cannot_be_done_is_told_before_the_posts_are_read(newsml, posts, tmp_path, wrong):
    state, wishes = tmp_path / "s.db", tmp_path / "wishes.yaml"
    state.write_text("no state" * 99 if wrong == "state" else "", encoding="utf-8")
    wishes.write_text("sections: [股市]\n" if wrong == "section" else "top: 1\n", encoding="utf-8")
    outcome = newsml(
        "summarize", tmp_path / "none.md", posts, "--digest", tmp_path / "d.md",
        "--state", state, "--digest-config", wishes,
    )  # fmt: skip
    assert outcome.code == 2
    assert "none.md" not in outcome.err


def test_a_day_to_come_is_told(newsml, tmp_path):
    posts = write_jsonl(
        tmp_path / "day.jsonl", [*DAY[:1], {"text": "乙公司中标。", "date": "9035-03-31T00:00:00Z"}]
    )
    outcome = newsml("summarize", posts, "--digest", tmp_path / "d.md")
    assert (outcome.code, len(outcome.err.splitlines())) == (0, 1)
    assert "the newest post is dated 9035-03-31, a day to come" in outcome.err
    outcome = newsml("summarize", posts, "--digest", tmp_path / "d.md", "--until", "2025-03-31")
    assert (outcome.code, outcome.err) == (0, "")


def test_where_a_model_does_not_summarise_the_embedded_one_does(newsml, tmp_path, tiny_model):
    data, page = write_jsonl(tmp_path / "a.jsonl", DAY), tmp_path / "d.json"
    told = f"{tiny_model} does not summarise: the embedded model does"

    def lines(*options):
        assert newsml("summarize", data, "--digest", page, *options).code == 0
        stories = [story for part in json.loads(page.read_bytes())["sections"] for story in part["stories"]]
        return {story["members"][0]["id"]: (story["headline"], story["bold"]) for story in stories}

    assert lines("--model", tiny_model) == lines()
    own = newsml("summarize", data, "--model", tiny_model, "--style", "headline")
    assert (own.out, own.code) == (newsml("summarize", data, "--style", "headline").out, 0)
    for options in (["--digest", page], []):
        assert told in newsml("summarize", data, "--model", tiny_model, *options).err
        assert told not in newsml("summarize", data, "--model", tiny_model, "--method", "lead", *options).err
    asked = newsml("summarize", data, "--model", tiny_model, "--method", "model")
    assert (asked.code, f"{tiny_model} classifies only" in asked.err) == (4, True)
