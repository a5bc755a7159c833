"""HTML and Markdown as text, paragraph by paragraph."""

from __future__ import annotations

import pytest

from newsml.posts import parse_post
from newsml.posts.html import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        # paragraphs and lines
        ("<p>甲涨。</p><p>乙跌。</p>", "甲涨。\n乙跌。"),
        ("甲涨。<br><br/>乙跌。", "甲涨。\n乙跌。"),
        ("<h2>盘面</h2>甲涨。<div>乙跌。</div>丙平。", "盘面\n甲涨。\n乙跌。\n丙平。"),
        ("<p></p><p>&nbsp;</p><p> \u3000\n</p><p>甲涨。</p><br>", "甲涨。"),
        ("<blockquote><p>甲涨。</p></blockquote><hr>乙跌。", "甲涨。\n乙跌。"),
        ("<p>甲<b>大</b><i>涨</i>。</p>", "甲大涨。"),
        # white space
        ("<p>\u3000\u3000甲  涨 \n</p>", "甲 涨"),
        ("<p>甲今日\n上涨。</p>", "甲今日上涨。"),
        ("<p>Mini\nLED上涨</p>", "Mini LED上涨"),
        ("<p>甲&nbsp;&nbsp;涨</p>", "甲 涨"),
        ("<p>晨光\u200b科技&#8203;上涨\ufeff</p>", "晨光科技上涨"),
        # lists and tables
        ("<ul><li>甲涨<li>乙跌</ul>", "甲涨\n乙跌"),
        ("<ol><li><p>甲涨</p></li><li>乙跌<ul><li>丙平</li></ul></li></ol>", "甲涨\n乙跌\n丙平"),
        ("<dl><dt>甲<dd>上涨</dl>", "甲\n上涨"),
        (
            "<table><tr><th>公司</th><th>利润</th></tr><tr><td>甲</td><td> 1.5 </td></tr></table>",
            "公司 | 利润\n甲 | 1.5",
        ),
        ("<table><tr><td>甲</td><td></td><td>1.5</td></tr></table>", "甲 | | 1.5"),
        ("前<table><tbody><tr><td>甲</td><td>乙</td></tr></tbody></table>后", "前\n甲 | 乙\n后"),
        (
            "<table><tr><td>甲</td> <td><p>1.5</p><p>亿</p></td> <td>大<br>涨</td></tr></table>",
            "甲 | 1.5 亿 | 大涨",
        ),
        ("<table><tr><td><p>甲</p></td><td hidden>乙</td><td><p>涨</p></td></tr></table>丙", "甲 | 涨\n丙"),
        ("<table><tr><td><p>甲涨。</p><p>乙跌。</p></td></tr></table>", "甲涨。\n乙跌。"),
        (
            "<table><tr><td>外</td><td><table><tr><td>甲</td><td>涨</td></tr></table></td></tr></table>",
            "外 |\n甲 | 涨",
        ),
        # what no reader sees
        ("甲<!-- 批注 <p>乙</p> > -->涨", "甲涨"),
        ("甲<script>if (a < b) { '</p>' }</script>涨", "甲涨"),
        ("甲<style>p > a { color: red }</style>涨", "甲涨"),
        ("<p hidden>乙</p>甲<span style='color: red; DISPLAY : none'>乙</span>涨", "甲涨"),
        ("<div style='visibility:hidden'><p>乙</p></div><p style='display: block'>甲涨</p>", "甲涨"),
        ("甲<select><option>乙</select><textarea>丙</textarea><noscript>丁</noscript>涨", "甲涨"),
        ("<p>甲涨</p><img src='a.png' alt='图'>", "甲涨"),
        ("甲|STCNTTTP|日K线|STCNTTTP|涨", "甲涨"),
        ("<p>甲涨|STCNTTTP|</p><p>图</p><p>|STCNTTTP|乙跌</p>", "甲涨乙跌"),
        ("甲|STCNTTTP|涨", "甲涨"),
        # entities, once
        ("甲&amp;乙&lt;5%&#65292;&quot;丙&quot;", '甲&乙<5%，"丙"'),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        # broken markup
        ("<div><p>甲<b>涨<p>乙跌", "甲涨\n乙跌"),
        ("</div></p>甲涨</b>", "甲涨"),
        ("<p>甲<5%，乙>3%</p>", "甲<5%，乙>3%"),
        ("<p>甲涨<a href='", "甲涨"),
        # a tag has a Latin name; nothing else in angle brackets is one
        ("<p>《关于<港口条例>的决定》</p>", "《关于<港口条例>的决定》"),
        ("<p>甲<ABC.N>涨</p>", "甲涨"),
        ("", ""),
        (" \n", ""),
    ],
)
def test_text(html: str, text: str) -> None:
    assert html_to_text(html) == (text, ())


def link(name: str, code: str = "600990") -> str:
    return f'<a href="https://example.com" code="{code}">{name}</a>'


@pytest.mark.parametrize(
    ("html", "mentions"),
    [
        (f"<p>{link('甲股')}涨。</p>", [("600990", "甲股")]),
        (
            f"<p>前文。</p><p>今日{link('甲股')}与{link('乙股', '000001')}涨。</p>",
            [("600990", "甲股"), ("000001", "乙股")],
        ),
        (f"<p>今日 {link('甲股')} 涨。</p>", [("600990", "甲股")]),
        (f"<p>今日\n{link('甲股')}\n涨。</p>", [("600990", "甲股")]),
        (f"<p>今日{link(' 甲股 ')}涨。</p>", [("600990", "甲股")]),
        (f"<p>今日{link('<b>甲</b>股')}涨。</p>", [("600990", "甲股")]),
        (f"<p>A&amp;B&nbsp;&nbsp;{link('甲股')}涨。</p>", [("600990", "甲股")]),
        (f"<p>今日{link('<!-- 批注 -->甲股<span hidden>隐</span>')}涨。</p>", [("600990", "甲股")]),
        (f"今日{link('<div>甲股</div>')}涨。", [("600990", "甲股")]),
        (f"<p>|STCNTTTP|图|STCNTTTP|{link('甲股')}涨。</p>", [("600990", "甲股")]),
        (f"<table><tr><td>一</td><td>{link('甲股')}</td><td>涨</td></tr></table>", [("600990", "甲股")]),
        (f"<p>今日{link('甲股', ' 600990 ')}涨。</p>", [("600990", "甲股")]),
        ('<p><a code="600990">甲股<a code="000001">乙股</a></p>', [("600990", "甲股"), ("000001", "乙股")]),
        (f"<p>今日{link('<img>')}{link(' ')}涨。</p>", []),
        (f"<p>今日{link('甲股', ' ')}涨<a href='#'>。</a></p>", []),
        (f"<p>今日<span hidden>{link('甲股')}</span>涨。</p>", []),
    ],
)
def test_stock_mentions(html: str, mentions: list[tuple[str, str]]) -> None:
    text, stocks = html_to_text(html)
    assert [(mention.code, text[mention.start : mention.end]) for mention in stocks] == mentions
    starts = [mention.start for mention in stocks]
    assert starts == [text.index(name) for _, name in mentions]


@pytest.mark.parametrize("tag", ["div", "span", "b", "a", "ul><li", "table><tr><td", "blockquote"])
def test_deep_nesting(tag: str) -> None:
    closing = "".join(f"</{name}>" for name in reversed(tag.split("><")))
    text, _ = html_to_text(f"<{tag}>" * 2000 + "甲涨" + closing * 2000 + "乙跌")
    assert text.replace("\n", "") == "甲涨乙跌"


MARKDOWN = """# 盘面

晨光科技**上涨**，
[公告](https://example.com)随后公布。

- 甲涨
- 乙跌

> 引用一句。

<p>夹杂的 HTML &amp; 实体</p>
"""


def test_markdown() -> None:
    paragraphs = [
        "盘面",
        "晨光科技上涨，",
        "公告随后公布。",
        "甲涨",
        "乙跌",
        "引用一句。",
        "夹杂的 HTML & 实体",
    ]
    assert parse_post(MARKDOWN, "a.md").text.split("\n") == paragraphs


def test_a_body_without_text_has_its_title_as_text() -> None:
    post = parse_post("---\ntitle: 晨光科技派息\n---\n\n<div>\n<img src='a.png'>\n</div>\n", "a.md")
    assert post.text == post.title == post.model_input == "晨光科技派息"
