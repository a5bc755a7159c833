"""Posts that were cut, damaged, written in another encoding or filled with bombs are read or refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsml.boilerplate import mark_repeated
from newsml.domain import Post, Unusable
from newsml.posts import read_posts

FIXTURES = Path(__file__).parents[1] / "fixtures" / "posts"
ORIGINALS = [path.read_bytes() for path in sorted(FIXTURES.glob("[!b]*.md"))]
ENCODINGS = ["utf-8", "gb18030", "big5hkscs", "utf-16", "utf-16-le", "utf-16-be", "utf-7", "shift_jis"]
RUBBISH = [
    b"\0",
    b"\xff\xfe",
    b"---\n",
    b"+++\n",
    b"{",
    b"<!--",
    b"<script>",
    b"&#x",
    b"{%",
    b"\r",
    b"'",
    b"> " * 999,
]
RUBBISH += [b"[" * 3000, b"<div>" * 3000, b"*a " * 3000, b"<p " + b"a=1 " * 9000, b"- " * 3000, b"|" * 3000]
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

FIELDS = ["categories", "tags", "author", "title", "date", "thumbnail", "url"]


def bomb(field: str, depth: int) -> bytes:
    """Return a front matter's lines of lists of aliases of lists of aliases."""
    levels = [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9)}]" for i in range(1, depth)]
    return "\n".join(["---", "x0: &x0 [a]", *levels, f"{field}: *x{depth - 1}", ""]).encode()


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(ORIGINALS))
    places = st.integers(0, max(len(data) - 1, 0))
    kind = draw(st.sampled_from(["cut", "flip", "encode", "splice", "double", "bomb", "fence"]))
    if kind == "cut":
        return data[draw(places) : draw(places)] or data[: draw(places)]
    if kind == "flip":
        damaged = bytearray(data)
        for place in draw(st.lists(places, min_size=1, max_size=40)):
            damaged[place] ^= 1 << draw(st.integers(0, 7))
        return bytes(damaged)
    if kind == "encode":
        return data.decode("utf-8", "ignore").encode(draw(st.sampled_from(ENCODINGS)), "ignore")
    if kind == "splice":
        place = draw(places)
        return data[:place] + draw(st.sampled_from(RUBBISH)) + data[place:]
    if kind == "double":
        return data + draw(st.sampled_from(ORIGINALS))
    if kind == "fence":
        return data.replace(b"---", draw(st.sampled_from([b"+++", b"{", b"```", b"***"])))
    return data.replace(b"---\n", bomb(draw(st.sampled_from(FIELDS)), draw(st.integers(1, 20))), 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutated")


@unhurried
@given(data=mutated(), suffix=st.sampled_from([".md", ".html", ".txt", ".jsonl"]))
def test_any_mutation_is_read_or_refused(folder: Path, data: bytes, suffix: str) -> None:
    path = folder / f"a{suffix}"
    path.write_bytes(data)
    for found in read_posts(path):
        if isinstance(found, Unusable):
            assert found.error.startswith(str(path)) and "\n" not in found.error
            assert found.code and found.line >= 0
            continue
        check(found, lines=data.count(b"\n") + 1)


def check(post: Post, lines: int) -> None:
    """Hold a post to what its type promises."""
    assert post.text and post.model_input
    assert "\n" not in post.title + post.author + post.source + post.url + post.thumbnail
    assert all(0 <= problem.line <= lines and "\n" not in problem.message for problem in post.problems)
    edges = [edge for span in post.boilerplate for edge in span]
    assert edges == sorted(edges) and (not edges or edges[-1] <= len(post.text))
    assert all(0 <= stock.start < stock.end <= len(post.text) for stock in post.stocks)
    if "\ufffd" in post.text:
        assert any(problem.code.startswith("encoding") for problem in post.problems)


TEXTS = st.lists(
    st.sampled_from(["甲涨。", "乙跌。", "来源：晨光网", "晨光早报", ""]), min_size=1, max_size=5
)


@unhurried
@given(texts=st.lists(TEXTS.map("\n".join).filter(str.strip), max_size=12), least=st.integers(2, 4))
def test_footers_are_spans_of_the_text(texts: list[str], least: int) -> None:
    posts = [Post(str(i), "", text) for i, text in enumerate(texts)]
    for post, text in zip(mark_repeated(posts, least=least), texts, strict=True):
        assert post.text == text
        assert all(0 < start < end <= len(text) for start, end in post.boilerplate)
        assert post.model_input
