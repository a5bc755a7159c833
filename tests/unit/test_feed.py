"""Feeds of RSS and Atom: their items are posts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from newsml import Post, Unusable, read_posts
from tests.conftest import Outcome

RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>远泊财经</title><link>https://yuanbo.example/</link>
<item><title><![CDATA[远泊海运：A&B合作]]></title><link>https://yuanbo.example/1?a=1&amp;b=2</link>
<guid isPermaLink="false">17</guid><pubDate>Wed, 28 Aug 2024 10:00:00 +0800</pubDate>
<category>公司</category><category>航运</category><dc:creator>张三</dc:creator>
<description>摘要。</description>
<content:encoded><![CDATA[<p>远泊海运（600000.SH）公告，拟回购股份。</p><script>x</script><p>股价上涨3%。</p>]]></content:encoded>
</item>
<item><title>标题 &amp;amp; 二</title><guid>18</guid><pubDate>2024年8月28日 10时30分</pubDate>
<description><![CDATA[第一行&nbsp;甲。
---
《关于修改<港口条例>的决定》]]></description></item>
<item><guid>https://yuanbo.example/3</guid><title></title><description> </description></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>霖州</title><id>urn:x</id>
<entry><title type="html">霖州&lt;b&gt;银行&lt;/b&gt;</title><id>tag:linzhou,1</id>
<updated>2024-08-28T02:00:00Z</updated><link rel="self" href="https://linzhou.example/feed"/>
<link href="https://linzhou.example/1"/><author><name>李四</name></author><category term="银行"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>甲 &lt; 乙。</p><p>丙。</p></div></content></entry>
</feed>"""


def read(path: Path, source: str | bytes) -> list[Post | Unusable]:
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    return list(read_posts(str(path)))


@pytest.mark.parametrize("encoding", ["utf-8", "gb2312", "utf-16"])
def test_rss(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "feed.xml"
    first, second, third = read(path, RSS.format(encoding=encoding).encode(encoding))
    assert isinstance(first, Post)
    assert isinstance(second, Post)
    assert isinstance(third, Unusable)
    assert (first.id, first.url) == ("https://yuanbo.example/1?a=1&b=2",) * 2
    assert first.title == "远泊海运：A&B合作"
    assert first.text == "远泊海运（600000.SH）公告，拟回购股份。\n股价上涨3%。"
    assert (first.labels, first.author, first.source) == (("公司", "航运"), "张三", "远泊财经")
    assert first.date is not None
    assert first.date.isoformat() == "2024-08-28T10:00:00+08:00"
    assert [stock.code for stock in first.stocks] == ["600000.SH"]
    assert (second.id, second.title) == (f"{path}:2", "标题 & 二")
    assert second.text.splitlines()[0] == "第一行 甲。"
    assert second.text.splitlines()[-1] == "《关于修改<港口条例>的决定》"
    assert second.date is not None
    assert second.date.isoformat() == "2024-08-28T10:30:00"
    assert (third.id, third.code, third.line) == (f"{path}:3", "no-text", 3)
    assert third.error == f"{path}:3: has neither title nor text"


def test_atom(tmp_path: Path) -> None:
    (post,) = read(tmp_path / "feed.ATOM", ATOM)
    assert isinstance(post, Post)
    assert (post.id, post.title, post.text) == ("tag:linzhou,1", "霖州银行", "甲 < 乙。\n丙。")
    assert (post.url, post.author, post.source) == ("https://linzhou.example/1", "李四", "霖州")
    assert post.labels == ("银行",)


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("", "empty", "is empty"),
        ("<a><b>x</b></a>", "feed", "is no feed of RSS or Atom"),
        ("远泊海运公告。", "feed", "is no feed of RSS or Atom"),
        ('<rss version="2.0"><channel><title>空</title></channel></rss>', "empty", "is a feed without posts"),
        (
            '<!DOCTYPE r [<! entity a "aa"><!ENTITY b "&a;&a;">]><rss><channel><item><title>&b;</title>'
            "</item></channel></rss>",
            "feed",
            "declares entities of its own",
        ),
        ("<rss><channel><item><title>甲&#x110000;乙</title>", "feed", "cannot be read as a feed"),
        (b"\x00\x01\x02" * 99, "binary", "is binary"),
    ],
)
def test_what_is_no_feed(tmp_path: Path, source: str | bytes, code: str, message: str) -> None:
    (found,) = read(tmp_path / "feed.rss", source)
    assert isinstance(found, Unusable)
    assert (found.id, found.code) == (str(tmp_path / "feed.rss"), code)
    assert message in found.error


def test_a_file_of_the_disk_is_no_part_of_a_post(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("秘密", encoding="utf-8")
    declared = f'<!DOCTYPE r SYSTEM "{tmp_path}/secret.txt">'
    source = "<rss><channel><item><title>甲&amp;</title></item></channel></rss>"
    (post,) = read(tmp_path / "feed.xml", declared + source)
    assert isinstance(post, Post)
    assert post.text == "甲&"


def test_broken_xml_is_told_and_read_as_far_as_it_makes_sense(
    newsml: Callable[..., Outcome], tmp_path: Path
) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(
        "\n<rss><channel><item><title>甲&乙</title></item><item><title>丙\x0b丁</title></channel></rss>",
        "utf-8",
    )
    outcome = newsml("data", "convert", str(path))
    assert outcome.code == 0
    assert [record["title"] for record in outcome.records] == ["甲&乙", "丙 丁"]
    (line,) = outcome.err.splitlines()
    assert line.startswith(f"newsml: {path}: broken XML, read as far as it makes sense: ")


def test_feeds_are_read_where_they_are_named(newsml: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(RSS.format(encoding="utf-8"), "utf-8")
    (tmp_path / "a.md").write_text("霖州银行公告。", "utf-8")
    assert [record["id"] for record in newsml("data", "convert", str(tmp_path)).records] == [
        f"{tmp_path}/a.md"
    ]
    assert newsml("classify", str(tmp_path / "feed.xml"), "--write", "--dry-run").code == 3
    several = [str(tmp_path / name) for name in ("feed.xml", "a.md", "feed.xml")]
    ids = [record["id"] for record in newsml("data", "convert", "--jobs", "2", *several).records]
    assert ids == [record["id"] for record in newsml("data", "convert", *several).records]
    assert len(ids) == 5
