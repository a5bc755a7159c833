"""Files, folders and standard input as a stream of posts."""

from __future__ import annotations

import gc
import gzip
import json
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from newsml.domain import Post, Unusable
from newsml.errors import InputError
from newsml.posts import find_sources, parse_post, read_posts
from newsml.posts.chunks import cut as chunks_of
from newsml.posts.parse import Draft, parse_text
from newsml.posts.record import parse_record
from tests.conftest import write_jsonl

POST = "---\ntitle: 派息\n---\n\n<p>晨光科技宣布派息。</p>\n"


def write(path: Path, text: str = POST) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def only(path: Path) -> Post | Unusable:
    (found,) = read_posts(path)
    return found


# folders


def test_a_folder_is_walked_in_sorted_order(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.html", "a/b/1.HTM", "c.markdown", "a.txt", "B.md"):
        write(tmp_path / name)
    for name in (".hidden.md", ".git/a.md", "a/.x/a.md", "data.jsonl", "data.jsonl.gz", "notes.rst", "md"):
        write(tmp_path / name)
    names = [source.id.removeprefix(f"{tmp_path}/") for source in find_sources([str(tmp_path)])]
    assert names == ["B.md", "a/b/1.HTM", "a/z.html", "a.txt", "b.md", "c.markdown"]
    kinds = [source.kind for source in find_sources([str(tmp_path)])]
    assert kinds == ["post", "post", "post", "text", "post", "post"]


@pytest.mark.parametrize(
    ("given", "id"),
    [
        ("posts", "posts/a/1.md"),
        ("posts/", "posts/a/1.md"),
        ("./posts", "./posts/a/1.md"),
        (".", "./posts/a/1.md"),
    ],
)
def test_an_id_is_the_folder_as_given_and_the_path_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, id: str
) -> None:
    write(tmp_path / "posts/a/1.md")
    monkeypatch.chdir(tmp_path)
    assert [post.id for post in read_posts(given)] == [id]


def test_no_name_at_all_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.md")
    monkeypatch.chdir(tmp_path)
    (found,) = read_posts([""])
    assert isinstance(found, Unusable)
    assert found.code == "missing"


def test_inputs_keep_their_order(tmp_path: Path) -> None:
    paths = [write(tmp_path / name) for name in ("b.md", "a.md")]
    assert [post.id for post in read_posts([*paths, paths[0]])] == [str(p) for p in (*paths, paths[0])]


def test_a_link_back_into_the_folder_is_followed_once(tmp_path: Path) -> None:
    write(tmp_path / "a/1.md")
    (tmp_path / "a/back").symlink_to(tmp_path, target_is_directory=True)
    assert [source.id for source in find_sources([str(tmp_path)])] == [f"{tmp_path}/a/1.md"]


def test_a_link_to_another_folder_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "there/1.md")
    (tmp_path / "here").mkdir()
    (tmp_path / "here/link").symlink_to(tmp_path / "there", target_is_directory=True)
    assert [post.id for post in read_posts(tmp_path / "here")] == [f"{tmp_path}/here/link/1.md"]


def test_links_that_lead_nowhere_are_unusable(tmp_path: Path) -> None:
    (tmp_path / "gone.md").symlink_to("no-such-file.md")
    (tmp_path / "self.md").symlink_to("self.md")
    write(tmp_path / "z.md")
    gone, loop, post = read_posts(tmp_path)
    assert [type(x) for x in (gone, loop, post)] == [Unusable, Unusable, Post]
    assert gone.id == f"{tmp_path}/gone.md"
    assert loop.id == f"{tmp_path}/self.md"


# what cannot be read


@pytest.mark.parametrize(
    ("name", "code", "error"),
    [
        ("missing.md", "missing", "no such file or folder"),
        ("empty", "empty", "no posts in this folder"),
        ("notes.rst", "kind", "not a kind of file"),
        ("posts.json", "empty", "holds no posts"),
        ("blank.md", "empty", "is empty"),
        ("blank.jsonl", "empty", "is empty"),
        ("markup.md", "no-text", "neither title nor text"),
        ("blank-lines.txt", "empty", "is empty"),
        ("unclosed.md", "front-matter", "line 1: .*never closed"),
        ("binary.md", "binary", "binary"),
    ],
)
def test_unusable_inputs_are_named(tmp_path: Path, name: str, code: str, error: str) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path / "notes.rst")
    write(tmp_path / "posts.json", "[]")
    write(tmp_path / "blank.md", " \n")
    write(tmp_path / "blank.jsonl", "")
    write(tmp_path / "markup.md", "<p>&nbsp;</p><!-- 批注 -->")
    write(tmp_path / "blank-lines.txt", "\n\n")
    write(tmp_path / "unclosed.md", "---\ntitle: 派息\n")
    write(tmp_path / "binary.md", "\0\1")
    path, good = tmp_path / name, write(tmp_path / "good.md")
    bad, post = read_posts([path, good])
    assert isinstance(bad, Unusable)
    assert bad.id == str(path)
    assert bad.error.startswith(f"{path}: ")
    assert (bad.code, bad.line) == (code, 1 if code == "front-matter" else 0)
    assert re.search(error, bad.error)
    assert "\n" not in bad.error
    assert isinstance(post, Post)


@pytest.mark.parametrize(("count", "size", "chunks"), [(5, 100, [2, 2, 1]), (3, 400, [1, 1, 1]), (2, 9, [2])])
def test_files_are_read_together_up_to_a_number_and_a_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, size: int, chunks: list[int]
) -> None:
    monkeypatch.setattr("newsml.posts.chunks.CHUNK_FILES", 2)
    monkeypatch.setattr("newsml.posts.chunks.CHUNK_BYTES", 300)
    for i in range(count):
        (tmp_path / f"{i}.md").write_text("a" * size)
    cut = list(chunks_of(find_sources([str(tmp_path)]), single=True))
    assert [len(chunk.items) for chunk in cut] == chunks
    assert [post.text for post in read_posts(tmp_path)] == ["a" * size] * count


def test_what_failed_is_not_held_until_garbage_is_collected(tmp_path: Path) -> None:
    write(tmp_path / "a.md", "---\ntitle: 派息\n")  # a draft may be of 64 MiB
    write(tmp_path / "b.md", "---\ntitle: [\n---\n第一条。")
    write(tmp_path / "c.md", "\0\1")
    gc.collect()
    gc.disable()
    try:
        assert all(isinstance(post, Unusable) for post in read_posts(tmp_path))
        assert not any(type(thing) is Draft for thing in gc.get_objects())
    finally:
        gc.enable()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pipes_and_sockets_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    os.mkfifo("a.md")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("b.md")
        found = [post.error for post in read_posts(["a.md", "b.md"]) if isinstance(post, Unusable)]
    assert found == ["a.md: is no regular file", "b.md: is no regular file"]


def test_a_file_in_gb18030_is_read_and_noted(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(POST.encode("gb18030"))
    write(tmp_path / "b.md")
    notes: list[str] = []
    assert [post.text for post in read_posts(tmp_path, notes.append)] == ["晨光科技宣布派息。"] * 2
    assert notes == [f"{tmp_path}/a.md: read as GB18030"]


def test_lost_bytes_are_a_problem_of_the_post(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(POST.encode() * 2 + b"\xff")
    post = only(tmp_path / "a.md")
    assert isinstance(post, Post)
    assert [(p.code, p.message) for p in post.problems] == [("encoding-bytes", "1 byte could not be decoded")]


# plain text


def test_plain_text_has_no_markup(tmp_path: Path) -> None:
    post = only(write(tmp_path / "a.txt", "【派息】\u3000晨光  科技\n\n---\n<p>甲&amp;乙</p>\n"))
    assert post == Post(f"{tmp_path}/a.txt", "派息", "【派息】 晨光 科技\n---\n<p>甲&amp;乙</p>")


def test_blank_plain_text_is_no_post() -> None:
    with pytest.raises(InputError, match="has no text"):
        parse_text("\n \u3000\n", "a.txt")


# JSONL


@pytest.mark.parametrize(
    ("given", "id"), [("甲-1", "甲-1"), (7, "7"), (0, "0"), ("", ""), (None, "{path}:1"), (1.5, "1.5")]
)
def test_ids_of_records(tmp_path: Path, given: object, id: str) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"id": given, "text": "派息。"}])
    assert only(path).id == id.format(path=path)


def test_lines_are_counted_from_1_with_blank_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '\n{"text": "一"}\r\n \n{"text": "二"}')
    assert [(post.id, post.text) for post in read_posts(path)] == [(f"{path}:2", "一"), (f"{path}:4", "二")]


def test_a_broken_line_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"text": "一"}\n{"text": \n{"text": "三"}\n')
    first, broken, third = read_posts(path)
    assert isinstance(broken, Unusable)
    assert broken.id == f"{path}:2"
    assert broken.error.startswith(f"{path}:2: broken JSON")
    assert (first.text, third.text) == ("一", "三")


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_only_a_newline_ends_a_line(tmp_path: Path, separator: str) -> None:
    text = f"上半{separator}下半"
    line = json.dumps({"text": text}, ensure_ascii=False)
    assert only(write(tmp_path / "a.jsonl", line + "\n")).text == text


def test_a_file_of_blank_lines_is_empty(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", "\n \n")
    (post,) = read_posts(tmp_path / "a.jsonl")
    assert isinstance(post, Unusable)
    assert post.code == "empty"


def test_a_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress('{"text": "一"}\n{"text": "二"}\n'.encode()))
    assert [(post.id, post.text) for post in read_posts(path)] == [(f"{path}:1", "一"), (f"{path}:2", "二")]


@pytest.mark.parametrize("damage", [lambda data: data[:-12], lambda data: b"no gzip", lambda data: b""])
def test_a_damaged_compressed_file_is_unusable(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(damage(gzip.compress('{"text": "一"}\n'.encode() * 1000)))
    *_, last = read_posts(path)
    assert isinstance(last, Unusable)
    assert last.error.startswith(str(path))


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "stdin", '{"text": "一"}\n[]\n{"id": "x", "text": "三"}\n')
    with path.open(encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        found = list(read_posts("-"))
        assert not stdin.closed
    assert [x.id for x in found] == ["-:1", "-:2", "x"]
    assert found[1] == Unusable(
        "-:2", "-:2: is no JSON object", code="json", line=2, message="is no JSON object"
    )


@pytest.mark.parametrize(
    ("written", "errors"),
    [
        ("---\ntitle: 降准\n---\n央行宣布降准。\n", ["-: is not JSONL, one {"]),
        ("[\n  {}\n]\n", ["-:1: broken JSON", "-:2: has neither", "-:3: broken JSON"]),
        ("央行\n" * 300 + '{"text": "一"}\n', ["-:"] * 300 + [""]),  # the rest goes on
        ("央行宣布降准。", ["-:1: broken JSON"]),
        ("\n\n", ["-: is empty"]),
        ('\n头\n\n{"text": "一"}\n尾\n', ["-:2: broken JSON", "", "-:5: broken JSON"]),
        ('\ufeff{"text": "一"}\n', [""]),
    ],
)
def test_standard_input_that_is_no_jsonl_is_told_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, errors: list[str]
) -> None:
    for jobs in (1, 2):
        with write(tmp_path / "stdin", written).open(encoding="utf-8") as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            found = [post.error if isinstance(post, Unusable) else "" for post in read_posts("-", jobs=jobs)]
        assert len(found) == len(errors)
        assert all(told.startswith(error) for told, error in zip(found, errors, strict=True))


def test_a_byte_order_mark_and_gb18030_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('\ufeff{"text": "一"}\n'.encode() + '{"text": "晨光科技派息。"}\n'.encode("gbk") * 2)
    notes: list[str] = []
    assert [post.text for post in read_posts(path, notes.append)] == [
        "一",
        "晨光科技派息。",
        "晨光科技派息。",
    ]
    assert notes == [f"{path}:2: read as GB18030"]


def test_a_line_too_long_to_hold_is_unusable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsml.posts.chunks.MAX_BYTES", 40)
    path = write_jsonl(tmp_path / "a.jsonl", [{"text": "长" * 60}, {"text": "短"}])
    long, short = read_posts(path)
    assert isinstance(long, Unusable)
    assert (long.id, short.id, short.text) == (f"{path}:1", f"{path}:2", "短")


# records


def record(**fields: object) -> Post:
    return parse_record(json.dumps(fields), "a.jsonl:1")


def test_a_record_stays_as_given() -> None:
    text = "\u3000晨光科技\r\n 派息 <b>3元</b>&amp; "
    post = record(
        text=text, title=" 派\n息 ", labels=["公司", "中国"], summary=" 派息 ", highlights=[[5, 7], [1, 3]]
    )
    assert post.text == text
    assert (post.title, post.labels, post.summary) == ("派 息", ("公司", "中国"), " 派息 ")
    assert post.highlights == ((1, 3), (5, 7))


def test_a_record_with_a_title_only() -> None:
    post = record(title="晨光科技派息", text=" ")
    assert post.text == post.title == "晨光科技派息"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("【派息】晨光科技今日公告。", "派息"),
        (" 【派 息】晨光科技今日公告。", "派 息"),
        ("晨光科技【派息】。", ""),
        ("【】晨光科技派息。", ""),
        ("【派\n息】晨光科技派息。", ""),
        ("【派息", ""),
        (f"【{'长' * 300}】正文", ""),
    ],
)
def test_a_headline_in_brackets_is_the_title(text: str, title: str) -> None:
    assert (record(text=text).title, record(text=text).text) == (title, text)
    assert record(text=text, title="另题").title == "另题"


def test_a_headline_in_the_body_of_a_post_is_the_title() -> None:
    post = parse_post("<p>【派息】晨光科技今日公告。</p>", "a.html")
    assert (post.title, post.text) == ("派息", "【派息】晨光科技今日公告。")


@pytest.mark.parametrize(
    ("labels", "expected"), [(None, ()), ([], ()), (["公司"], ("公司",)), ("公司", ("公司",))]
)
def test_labels_of_records(labels: object, expected: tuple[str, ...]) -> None:
    assert record(text="派息", labels=labels).labels == expected


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "neither title nor text"),
        ({"text": "\u3000\n", "title": " "}, "neither title nor text"),
        ({"text": 1}, '"text" is no string'),
        ({"text": ["派息"]}, '"text" is no string'),
        ({"text": "派息", "title": 1}, '"title" is no string'),
        ({"text": "派息", "summary": ["派息"]}, '"summary" is no string'),
        ({"text": "派\ud800息"}, "surrogate"),
        ({"text": "派息", "labels": 1}, '"labels" is no list of strings'),
        ({"text": "派息", "labels": ["公司", None]}, '"labels" is no list of strings'),
        ({"text": "派息", "labels": {"公司": 1}}, '"labels" is no list of strings'),
        ({"text": "派息", "highlights": "01"}, r'"highlights" is no list of \[start, end\]'),
        ({"text": "派息", "highlights": [0, 1]}, r'"highlights" is no list of \[start, end\]'),
        ({"text": "派息", "highlights": [[0, 1, 2]]}, r'"highlights" is no list of \[start, end\]'),
        ({"text": "派息", "highlights": [["0", "1"]]}, r'"highlights" is no list of \[start, end\]'),
        ({"text": "派息", "highlights": [[0.5, 1.5]]}, r'"highlights" is no list of \[start, end\]'),
        ({"text": "派息", "highlights": [[0, float("inf")]]}, r'"highlights" is no list of \[start, end\]'),
        ({"text": "派息", "highlights": [[0, 3]]}, '"highlights" reaches beyond the text'),
        ({"text": "派息", "highlights": [[-1, 1]]}, '"highlights" reaches beyond the text'),
    ],
)
def test_fields_of_the_wrong_kind(tmp_path: Path, fields: dict, error: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(fields) + '\n{"text": "派息"}\n', encoding="utf-8")
    bad, good = read_posts(path)
    assert isinstance(bad, Unusable)
    assert isinstance(good, Post)
    assert re.search(error, bad.error)


@pytest.mark.parametrize(
    ("given", "id"), [("x", "x"), (7, "7"), (1.5, "1.5"), (None, None), (["x"], None), (True, None)]
)
def test_an_unusable_record_keeps_its_id(tmp_path: Path, given: object, id: str | None) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"id": given, "text": ""}])
    found = only(path)
    assert isinstance(found, Unusable)
    assert (found.id, found.line) == (id or f"{path}:1", 1)
    assert found.error == f"{path}:1: has neither title nor text"


def test_an_unusable_row_of_parquet_keeps_its_id(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"id": ["x", None], "text": ["", ""]}), path)
    assert [post.id for post in read_posts(path)] == ["x", f"{path}:2"]


def test_deep_json_is_an_error(tmp_path: Path) -> None:
    found = only(write(tmp_path / "a.jsonl", "[" * 100_000))
    assert isinstance(found, Unusable)
    assert "nested too deep" in found.error


def test_a_number_that_python_does_not_read_is_an_error(tmp_path: Path) -> None:
    found = only(write(tmp_path / "a.jsonl", f'{{"id": {"9" * 5000}, "text": "派息。"}}\n'))
    assert isinstance(found, Unusable)
    assert found.error.endswith("broken JSON: a number of too many digits")


def test_a_markdown_body_that_begins_with_a_tag_stays_markdown(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text('---\ntitle: 快讯\n---\n<img src="a.png">\n\n- 一条\n- **两**条\n', encoding="utf-8")
    (post,) = read_posts(path)
    assert isinstance(post, Post)
    assert post.text == "一条\n两条"


def test_an_html_file_is_no_markdown(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("# 不是标题 *星*", encoding="utf-8")
    (post,) = read_posts(path)
    assert isinstance(post, Post)
    assert post.text == "# 不是标题 *星*"
