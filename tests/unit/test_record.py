"""Records: a post as plain data and back."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from newsml.domain import Post, Problem, StockMention, Unusable
from newsml.errors import InputError, UsageError
from newsml.posts import open_records, read_posts
from newsml.posts.record import COLUMNS, parse_record, read_record, to_record

FULL = Post(
    id="晨光/1.md",
    title="晨光科技派息",
    text="晨光科技公告，每股派息3元。\n免责声明：文中观点不构成建议。",
    labels=("金融", "快讯"),
    author="王记者",
    date=datetime(2024, 8, 28, 9, 30, tzinfo=timezone(timedelta(hours=8))),
    url="https://example.org/1",
    tags=("派息", "分红"),
    source="晨光日报",
    thumbnail="https://example.org/1.png",
    stocks=(StockMention("600000.SH", 0, 4, "index"),),
    boilerplate=((16, 30),),
    problems=(Problem("date-invalid", "no date", 3),),
    summary="派息",
    highlights=((0, 4), (7, 13)),
)
BARE = Post(id="2", title="", text="只有正文。")
FILES = ("posts.jsonl", "posts.jsonl.gz", "posts.parquet")


def test_a_record_has_every_column_and_every_field_of_a_post() -> None:
    assert tuple(to_record(FULL)) == COLUMNS == tuple(to_record(BARE))
    assert set(COLUMNS) == set(Post.__slots__)


@pytest.mark.parametrize("post", [FULL, BARE])
def test_a_record_is_read_back_to_the_same_post(post: Post) -> None:
    assert parse_record(json.dumps(to_record(post)), "elsewhere") == post


@pytest.mark.parametrize("name", FILES)
def test_files_are_read_back_to_the_same_posts(tmp_path: Path, name: str) -> None:
    path = tmp_path / "new" / name
    posts = [FULL, BARE] * 1500  # several groups of rows
    with open_records(str(path)) as write:
        for post in posts:
            write(post)
    assert list(read_posts(path)) == posts
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", FILES)
def test_the_same_posts_make_the_same_bytes(tmp_path: Path, name: str) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        with open_records(str(tmp_path / folder / name)) as write:
            write(FULL)
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("what was there", encoding="utf-8")
    with pytest.raises(RuntimeError), open_records(str(path)) as write:
        write(FULL)
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "what was there"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="needs links and modes")
def test_a_link_and_the_mode_of_a_file_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "archive.jsonl", tmp_path / "link.jsonl"
    path.touch(0o640)
    link.symlink_to(path)
    with open_records(str(link)) as write:
        write(BARE)
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o640
    assert [post.text for post in read_posts(path)] == [BARE.text]


@pytest.mark.parametrize("name", ["posts.csv", "posts", "folder.jsonl", "file/posts.jsonl"])
def test_an_output_that_cannot_be_is_a_usage_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=name), open_records(str(tmp_path / name)):
        pass


@pytest.mark.parametrize("name", FILES)
def test_an_id_that_is_no_text_is_written_all_the_same(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with open_records(str(path)) as write:
        write(Post(id="latin-\udce9.md", title="", text="派息。"))
    (post,) = read_posts(path)
    assert post.id.startswith("latin-")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("2024-08-28", datetime(2024, 8, 28)),
        ("2024-08-28T01:30:00+00:00", datetime(2024, 8, 28, 1, 30, tzinfo=UTC)),
        ("Wed, 28 Aug 2024 01:30:00 GMT", datetime(2024, 8, 28, 1, 30, tzinfo=UTC)),
    ],
)
def test_dates_of_records(value: object, expected: datetime | None) -> None:
    post = parse_record(json.dumps({"text": "派息", "date": value}), "a")
    assert (post.date, post.problems) == (expected, ())


def test_labels_of_records_are_bare_and_each_once() -> None:
    post = read_record({"text": "派息。", "labels": [" 公司", "公司 ", "", " "], "tags": " 年报"}, "a")
    assert (post.labels, post.tags) == (("公司",), ("年报",))


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"content": "正文。"}, {"text": "正文。"}),
        ({"text": " ", "body": "一。\n二。"}, {"text": "一。\n二。"}),
        ({"text": "正文。", "content": "别的。"}, {"text": "正文。"}),
        ({"Title": "题", "TEXT": "正文。"}, {"title": "题", "text": "正文。"}),
        ({"text": "文", "link": "https://example.com"}, {"url": "https://example.com"}),
        ({"text": "文", "pubDate": "2024-08-28"}, {"date": datetime(2024, 8, 28)}),
        ({"text": "文", "created": 1724839200}, {"date": datetime(2024, 8, 28, 10, tzinfo=UTC)}),
        ({"text": "文", "date": "2024-08-28", "published": True}, {"date": datetime(2024, 8, 28)}),
        ({"text": "文", "label": "公司"}, {"labels": ("公司",)}),
        ({"text": "文", "Categories": ["公司", "外国"]}, {"labels": ("公司", "外国")}),
        ({"text": "文", "category": "公司，外国"}, {"labels": ("公司", "外国")}),
        ({"text": "文", "labels": [], "category": "公司"}, {"labels": ()}),
        ({"text": "文", "keywords": "降准,回购"}, {"tags": ("降准", "回购")}),
        ({"text": "文", "authors": ["王小明", "李小红"]}, {"author": "王小明、李小红"}),
        ({"text": "文", "publisher": "晨光社"}, {"source": "晨光社"}),
        ({"text": "文", "images": ["a.png", "b.png"]}, {"thumbnail": "a.png"}),
        # not of their kind
        ({"text": "文", "link": {}, "category": [{"id": 1}], "published": False, "authors": 3}, {}),
        ({"title": "题", "content": {"raw": "正文。"}}, {"title": "题", "text": "题"}),
    ],
)  # fmt: skip
def test_fields_by_other_names(record: dict, expected: dict) -> None:
    post = parse_record(json.dumps(record), "a")
    plain = Post(id="a", title="", text="文")
    for field in ("title", "text", "labels", "date", "url", "tags", "author", "source", "thumbnail"):
        assert getattr(post, field) == expected.get(field, getattr(plain, field))


@pytest.mark.parametrize("text", ["🔥🔥🔥", "1936", "。！", "12.5%"])
def test_a_record_without_words_says_so(text: str) -> None:
    def codes(**record: str) -> list[str]:
        return [problem.code for problem in parse_record(json.dumps(record), "a").problems]

    assert codes(text=text) == ["no-words"]
    assert codes(title=text) == ["body-missing", "no-words"]
    assert codes(title="派息", text=text) == codes(title=text, text="涨") == []
    again = json.dumps(to_record(parse_record(json.dumps({"text": text}), "a")))
    assert [problem.code for problem in parse_record(again, "a").problems] == ["no-words"]


def test_a_record_without_text_says_so() -> None:
    post = parse_record('{"title": "题", "inhalt": "正文。"}', "a")
    assert [problem.code for problem in post.problems] == ["body-missing"]
    assert parse_record('{"text": "正文。"}', "a").problems == ()
    with pytest.raises(InputError, match=r"^has neither title nor text$"):
        parse_record('{"id": 1, "text": " "}', "a")
    with pytest.raises(InputError, match=r"^has neither title nor text \(there are id, in halt\)$"):
        parse_record('{"id": 1, "in\\nhalt": "正文。"}', "a")


@pytest.mark.parametrize(
    "given", ["1.10", "1e5", "20240828.000000001", "-0.0", "7", "1E400", "12345678901234567890"]
)
def test_a_number_is_an_id_as_it_is_written(given: str) -> None:
    assert parse_record(f'{{"id": {given}, "text": "派息。"}}', "x").id == given


def test_spans_without_a_character_and_a_blank_summary_are_none() -> None:
    spans = [[2, 2], [2, 3], [0, 0]]
    post = read_record({"text": "派息。", "summary": " ", "highlights": spans, "boilerplate": spans}, "a")
    assert (post.summary, post.highlights, post.boilerplate) == (None, ((2, 3),), ((2, 3),))


def test_a_date_that_is_none_is_a_problem() -> None:
    post = parse_record(json.dumps({"text": "派息", "date": "某日"}), "a")
    assert post.date is None
    assert [problem.code for problem in post.problems] == ["date-invalid"]
    assert "某日" in post.problems[0].message


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"id": True}, '"id" is neither a string nor a number'),
        ({"id": ["x"]}, '"id" is neither a string nor a number'),
        ({"id": {"x": 1}}, '"id" is neither a string nor a number'),
        ({"author": 1}, '"author" is no string'),
        ({"url": ["x"]}, '"url" is no string'),
        ({"source": {}}, '"source" is no string'),
        ({"thumbnail": False}, '"thumbnail" is no string'),
        ({"date": ["2024"]}, '"date" is no string'),
        ({"date": True}, '"date" is no string'),
        ({"tags": 1}, '"tags" is no list of strings'),
        ({"tags": ["a", 1]}, '"tags" is no list of strings'),
        ({"stocks": {"code": "600000"}}, '"stocks" is no list of'),
        ({"stocks": [{"code": "600000"}]}, '"stocks" is no list of'),
        ({"stocks": [{"code": 600000, "start": 0, "end": 1}]}, '"stocks" is no list of'),
        ({"stocks": [{"code": "600000", "start": 0, "end": 3}]}, '"stocks" reaches beyond the text'),
        ({"boilerplate": [[0]]}, r'"boilerplate" is no list of \[start, end\]'),
        ({"boilerplate": [[0, 3]]}, '"boilerplate" reaches beyond the text'),
        ({"problems": ["odd"]}, '"problems" is no list of'),
        ({"problems": [{"code": "odd", "message": "x", "line": "1"}]}, '"problems" is no list of'),
        ({"author": "\ud800"}, '"author" holds half of a surrogate pair'),
    ],
)
def test_fields_of_the_wrong_kind(fields: dict, error: str) -> None:
    with pytest.raises(InputError, match=error):
        parse_record(json.dumps({"text": "派息", **fields}), "a")


# Parquet


def write_table(path: Path, columns: dict) -> Path:
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), path)
    return path


def test_rows_of_parquet_are_numbered_from_1(tmp_path: Path) -> None:
    path = write_table(
        tmp_path / "a.parquet", {"text": ["一", "", "三"], "labels": [["甲"], None, []], "n": [1, 2, 3]}
    )
    first, empty, third = read_posts(path)
    assert (first.id, first.text, first.labels) == (f"{path}:1", "一", ("甲",))
    assert (empty.id, empty.code, empty.line) == (f"{path}:2", "no-text", 2)
    assert (empty.error, empty.message) == (f"{path}:2: {empty.message}", "has neither title nor text")
    assert (third.id, third.text, third.labels) == (f"{path}:3", "三", ())


def test_parquet_has_types_for_ids_and_dates(tmp_path: Path) -> None:
    day = datetime(2024, 8, 28, 1, 30)
    path = write_table(tmp_path / "a.parquet", {"id": [7, 8], "text": ["一", "二"], "date": [day, None]})
    posts = list(read_posts(path))
    assert [(post.id, post.date) for post in posts] == [("7", day), ("8", None)]
    path = write_table(tmp_path / "b.parquet", {"text": ["一"], "date": [day.date()]})
    assert [post.date for post in read_posts(path)] == [datetime(2024, 8, 28)]
    for number, given in enumerate((Decimal(7), day.date())):
        (post,) = read_posts(write_table(tmp_path / f"{number}.parquet", {"text": ["一"], "id": [given]}))
        assert post.id == str(given)


def test_nanoseconds_of_parquet_are_left_out(tmp_path: Path) -> None:
    import pyarrow

    for zone in (None, "Asia/Shanghai"):
        dates = pyarrow.array([1724839200123456789], pyarrow.timestamp("ns", zone))
        (post,) = read_posts(write_table(tmp_path / "a.parquet", {"text": ["一"], "date": dates}))
        assert type(post.date) is datetime
        assert post.date.isoformat() == (
            "2024-08-28T18:00:00.123456+08:00" if zone else "2024-08-28T10:00:00.123456"
        )


def test_rows_that_python_has_no_objects_for_are_unusable(tmp_path: Path) -> None:
    import pyarrow

    columns = {
        "far": {"text": ["一", "二"], "date": pyarrow.array([0, 2**30], pyarrow.date32())},
        "bytes": {"text": pyarrow.array([b"ok", b"\xff"], pyarrow.binary()).view(pyarrow.string())},
        "zone": {
            "text": ["一", "二"],
            "date": pyarrow.array([None, 0], pyarrow.timestamp("s", "Mars/Phobos")),
        },
    }
    for name, table in columns.items():
        path = write_table(tmp_path / f"{name}.parquet", table)
        good, bad = read_posts(path)
        assert isinstance(good, Post)
        assert isinstance(bad, Unusable)
        assert (bad.id, bad.code, bad.line) == (f"{path}:2", "record", 2)
        assert bad.error.startswith(f"{path}:2: holds what cannot be read: ")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda path: path.write_bytes(b"PAR1 no more"), "is no Parquet"),
        (lambda path: path.write_bytes(b""), "is no Parquet"),
        (
            lambda path: write_table(path, {"body": ["一"]}),
            "neither a column text nor title (there are body)",
        ),
        (lambda path: write_table(path, {"text": []}), "is empty"),
        (Path.mkdir, "no posts in this folder"),
    ],
)
def test_parquet_that_cannot_be_read_is_unusable(tmp_path: Path, make: object, error: str) -> None:
    path = tmp_path / "a.parquet"
    make(path)
    (found,) = read_posts(path)
    assert isinstance(found, Unusable)
    assert found.error.startswith(f"{path}: ")
    assert error in found.error
    assert "\n" not in found.error


def test_without_pyarrow_one_line_says_what_brings_it(tmp_path: Path, monkeypatch) -> None:
    path = write_table(tmp_path / "a.parquet", {"text": ["一"]})
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"newsml\[parquet\]"):
        list(read_posts(path))
    with pytest.raises(UsageError, match=r"newsml\[parquet\]"), open_records(str(tmp_path / "b.parquet")):
        pass
    assert list(tmp_path.iterdir()) == [path]
