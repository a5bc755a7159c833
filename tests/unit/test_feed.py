"""Feeds of RSS and Atom: their items are posts."""

from __future__ import annotations

import json
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
    assert (third.id, third.code, third.line) == ("https://yuanbo.example/3", "no-text", 3)
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
        (
            f"<rss><channel><item><title>甲</title>{'<category>乙</category>' * 1001}</item></channel></rss>",
            "too-large",
            "has over 1,000 categories of one post",
        ),
        ("<item<category>甲</item</category<", "feed", "cannot be read as a feed"),
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


NAMESPACES = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:x-y="http://purl.org/dc/elements/1.1/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
)


def item(inside: str, end: str = "</item></channel></rss>") -> str:
    return f"{NAMESPACES}<channel><title>甲&乙</title><item>{inside}{end}"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("S&P 500&nbsp;收高，R&D与AT&T；&lt;甲&gt;", "S&P 500 收高，R&D与AT&T；<甲>"),
        ("<![CDATA[S&P 500，R&D]]>", "S&P 500，R&D"),
        ("甲&#x110000;乙&#0;丙&#8;", "甲\ufffd乙\ufffd丙\ufffd"),
        ("股市&#xD83D;&#xDE00;&#55357;&#56832;&#128512;&#xD83D;甲", "股市😀😀😀\ufffd甲"),
        ("丙\x0b丁&unknown;", "丙 丁&unknown;"),
        ("&#20013;&#x56fd;", "中国"),
        ("<![CDATA[<img src='x'/>标题<br/>二]]>", "标题 二"),
        ("甲<!-- 注 -->乙", "甲乙"),
    ],
)
def test_characters(tmp_path: Path, written: str, title: str) -> None:
    (post,) = read(tmp_path / "feed.xml", item(f"<title>{written}</title>"))
    assert isinstance(post, Post)
    assert (post.title, post.source) == (title, "甲&乙")
    assert [problem.code for problem in post.problems] == ["body-missing"]


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<description>1. 一\n2. *乙公司*</description>", "1. 一\n2. *乙公司*"),
        (
            "<description><![CDATA[导语。<img\n src='a'\n/>甲，<a\nhref='x'>乙</a>。]]></description>",
            "导语。甲，乙。",
        ),
        (
            "<description>正文正文。</description><media:description>图说明，很长很长</media:description>",
            "正文正文。",
        ),
        (
            "<description>正文正文。</description><itunes:summary>摘要，很长很长</itunes:summary>",
            "正文正文。",
        ),
        ("<description>很长很长。</description><content:encoded>短</content:encoded>", "很长很长。"),
        ("<description>短</description><dc:description>很长很长。</dc:description>", "很长很长。"),
        ("<description>&lt;p>甲&lt;/p>&lt;p>乙&lt;/p></description>", "甲\n乙"),
        (
            "<description><![CDATA[<html><head><title>丙</title></head><body><p>甲</p></body></html>]]></description>",
            "甲",
        ),
        (
            '<description><![CDATA[甲<pre>&lt;!ENTITY a></pre><!ENTITY b "c">]]></description>',
            "甲\n<!ENTITY a>",
        ),
    ],
)
def test_bodies(tmp_path: Path, inside: str, text: str) -> None:
    (post,) = read(tmp_path / "feed.rdf", item(f"<title>题</title>{inside}"))
    assert isinstance(post, Post)
    assert (post.title, post.text) == ("题", text)


def test_bodies_of_atom(tmp_path: Path) -> None:
    entry = (
        '<entry><title>题</title><content type="image/png">iVBORw0KGgo=</content>'
        "<summary>说明。</summary></entry>"
        '<entry><title>题</title><content type="text">甲 &lt;p> 乙</content></entry>'
    )
    posts = read(tmp_path / "feed.xml", f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>')
    assert [post.text for post in posts if isinstance(post, Post)] == ["说明。", "甲 <p> 乙"]


def test_authors(tmp_path: Path) -> None:
    (post,) = read(tmp_path / "feed.xml", item("<title>题</title><author>a@b.example (王小明)</author>"))
    assert isinstance(post, Post)
    assert post.author == "王小明"
    (post,) = read(
        tmp_path / "feed.xml",
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>题</title>'
        "<author><name>李四</name><email>l@b.example</email></author></entry></feed>",
    )
    assert isinstance(post, Post)
    assert post.author == "李四"
    (post,) = read(tmp_path / "feed.xml", item("<title>题</title><dc:creator>张三</dc:creator>" * 2))
    assert isinstance(post, Post)
    assert post.author == "张三、张三"


@pytest.mark.parametrize("guid", ["17", "12:30:00", "新闻: 甲乙", "posts/a.md"])
def test_what_is_no_address_is_no_id(tmp_path: Path, guid: str) -> None:
    (post,) = read(tmp_path / "feed.xml", item(f"<title>题</title><guid>{guid}</guid>"))
    assert (post.id, post.error if isinstance(post, Unusable) else "") == (f"{tmp_path}/feed.xml:1", "")


@pytest.mark.parametrize(
    ("inside", "source"),
    [
        ("<source url='https://yuanbo.example/feed'>远泊财经</source>", "远泊财经"),
        ("<source url='https://yuanbo.example/feed'>https://yuanbo.example/</source>", "甲&乙"),
        ("", "甲&乙"),
    ],
)
def test_sources(tmp_path: Path, inside: str, source: str) -> None:
    (post,) = read(tmp_path / "feed.xml", item(f"<title>标题</title>{inside}"))
    assert isinstance(post, Post)
    assert (post.source, post.url) == (source, "")


def test_labels(tmp_path: Path) -> None:
    labels = "<category>a&amp;amp;b</category><media:keywords>图</media:keywords><category>公司</category>"
    (post,) = read(tmp_path / "feed.xml", item(f"<title>题</title>{labels}"))
    assert isinstance(post, Post)
    assert post.labels == ("a&b", "公司")


@pytest.mark.parametrize(
    "inside",
    [
        f"<author>{'a' * 10**6}</author>",
        f"<itunes:keywords>{'甲 ' * 10**6}</itunes:keywords>",
        "<enclosure " + "".join(f"a{i}='1' " for i in range(10**5)) + "/>",
        "<!--" * 10**5,
        "<![CDATA[" * 10**5,
        "<author" * 10**5,
        "<author>" + "a" * 200 + "]" + "a" * 10**5 + "</author>",
        "<author>" + "a<!-- -->" * 10**5 + "</author>",
        "<author>" + "a&#97;<![CDATA[a]]>" * 10**5 + "</author>",
        "<x-y:creator>" + "a" * 10**5 + "</x-y:creator>",
        "<Category>甲</Category>" * 10**4,
        ("<" + "a" * 9000 + " ") * 300,
        "<a" * 10**5,
        "<a>" * 10**6,
        "&" * 10**5,
    ],
)
def test_endless_feeds_are_read_in_seconds(tmp_path: Path, inside: str) -> None:
    """Each took minutes, or would: the suite, not this test, is timed."""
    posts = read(tmp_path / "feed.xml", item(f"<title>题</title>{inside}"))
    assert [post.title for post in posts if isinstance(post, Post)] in (["题"], [])


def test_broken_xml_is_told_and_read_as_far_as_it_makes_sense(
    newsml: Callable[..., Outcome], tmp_path: Path
) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(item("<title>甲</title></item><item><title>乙</title></item>", ""), "utf-8")
    outcome = newsml("data", "convert", str(path))
    assert outcome.code == 0
    assert [record["title"] for record in outcome.records] == ["甲", "乙"]
    (line,) = outcome.err.splitlines()
    broken = f"newsml: {path}: broken XML, read as far as it makes sense: "
    assert line.startswith(broken)
    findings = newsml("data", "check", str(path), "--format", "jsonl").records
    assert [finding["code"] for finding in findings].count("feed-mended") == 1
    path.write_text(item("<title></title></item>", ""), "utf-8")
    outcome = newsml("data", "convert", str(path))
    assert outcome.code == 3
    assert outcome.err.startswith(broken)


JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "远泊财经", "items": [
{"id": "https://yuanbo.example/1", "title": "题", "content_html": "<p>甲。</p><p>乙。</p>",
 "tags": ["公司", "航运"], "date_published": "2024-08-28T10:00:00+08:00", "authors": [{"name": "张三"}],
 "url": "https://yuanbo.example/a"},
{"id": 7, "title": "题二", "content_text": "1. 甲 <p>\\n2. 乙"}, "丙", {"id": "urn:4"},
{"title": "戊\\ud800"}]}"""


def test_json_feed(tmp_path: Path) -> None:
    path = tmp_path / "feed.json"
    first, second, third, fourth, fifth = read(path, JSON_FEED)
    assert isinstance(fifth, Post)
    assert fifth.title == "戊?"
    assert isinstance(first, Post)
    assert isinstance(second, Post)
    assert isinstance(third, Unusable)
    assert isinstance(fourth, Unusable)
    assert (first.id, first.url) == ("https://yuanbo.example/1", "https://yuanbo.example/a")
    assert (first.title, first.text, first.labels) == ("题", "甲。\n乙。", ("公司", "航运"))
    assert (first.author, first.source, str(first.date)) == ("张三", "远泊财经", "2024-08-28 10:00:00+08:00")
    assert (second.id, second.text) == (f"{path}:2", "1. 甲 <p>\n2. 乙")
    assert [(bad.id, bad.line, bad.code) for bad in (third, fourth)] == [
        (f"{path}:3", 3, "no-text"),
        ("urn:4", 4, "no-text"),
    ]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/1.html", "https://yuanbo.example/1.html"),
        ("a/1.html", "https://yuanbo.example/news/a/1.html"),
        ("https://linzhou.example/1", "https://linzhou.example/1"),
        ("//linzhou.example/1", "https://linzhou.example/1"),
        ("//[/1", ""),
        ("17", ""),
    ],
)
def test_links_relative_to_that_of_the_feed(link: str, url: str, tmp_path: Path) -> None:
    base = "https://yuanbo.example/news/"
    sources = {
        "a.xml": f"<rss><channel><link>{base}</link>"
        f"<item><title>题</title><link>{link}</link></item></channel></rss>",
        "b.xml": f'<feed xmlns="http://www.w3.org/2005/Atom"><link href="{base}"/>'
        f'<entry><title>题</title><link href="{link}"/></entry></feed>',
        "c.json": json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "home_page_url": base,
                "items": [{"title": "题", "url": link}],
            }
        ),
    }
    for name, source in sources.items():
        (post,) = read(tmp_path / name, source)
        assert isinstance(post, Post)
        assert (post.url, post.id) == (url, url or f"{tmp_path / name}:1")


def test_posts_without_an_author_have_that_of_an_atom_or_json_feed(tmp_path: Path) -> None:
    person = "<author><name>赵六</name></author>"
    own = "<author><name>李四</name></author>"
    entries = f"<entry><title>题</title></entry><entry><title>题二</title>{own}</entry>"
    atom = read(tmp_path / "a.xml", f'<feed xmlns="http://www.w3.org/2005/Atom">{person}{entries}</feed>')
    found = {
        "version": "https://jsonfeed.org/version/1.1",
        "authors": [{"name": "赵六"}],
        "items": [{"title": "题"}, {"title": "题二", "authors": [{"name": "李四"}]}],
    }
    listed = read(tmp_path / "b.json", json.dumps(found))
    for posts in (atom, listed):
        assert [post.author for post in posts if isinstance(post, Post)] == ["赵六", "李四"]
    editor = "<managingEditor>e@yuanbo.example (赵六)</managingEditor>"
    (post,) = read(
        tmp_path / "c.xml", f"<rss><channel>{editor}<item><title>题</title></item></channel></rss>"
    )
    assert isinstance(post, Post)
    assert post.author == ""


def test_records_in_a_list(tmp_path: Path) -> None:
    path = tmp_path / "posts.json"
    good, bad, odd = read(
        path, '[{"id": 1.10, "content": "甲。", "category": "公司"}, {"id": "b", "text": 7}, 8]'
    )
    assert isinstance(good, Post)
    assert (good.id, good.text, good.labels) == ("1.10", "甲。", ("公司",))
    assert isinstance(bad, Unusable)
    assert isinstance(odd, Unusable)
    assert [(post.id, post.code, post.line) for post in (bad, odd)] == [
        ("b", "record", 2),
        (f"{path}:3", "json", 3),
    ]
    for source in (
        '{"text": "甲。"}',
        '{"title": "列表", "items": [{"text": "甲。"}]}',
        '[{"text": "甲。", "author": NaN}]',
    ):
        (alone,) = read(path, source)
        assert isinstance(alone, Post)
        assert (alone.id, alone.text) == (f"{path}:1", "甲。")
    (lines,) = read(path, '{"text": "甲。"}\n{"text": "乙。"}')
    assert isinstance(lines, Unusable)
    assert lines.error.endswith("broken JSON: Extra data; records, one a line, go into .jsonl")


@pytest.mark.parametrize(
    ("source", "code"),
    [("[]", "empty"), ("7", "json"), ('{"text": ', "json"), ("[" * 10**5, "json"), ('"甲"', "json")],
)
def test_what_json_holds_no_posts(tmp_path: Path, source: str, code: str) -> None:
    (found,) = read(tmp_path / "posts.json", source)
    assert isinstance(found, Unusable)
    assert found.code == code


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
