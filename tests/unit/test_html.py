"""HTML and Markdown as text, paragraph by paragraph."""

from __future__ import annotations

import sys

import pytest

from newsml.errors import InputError
from newsml.posts import parse_post
from newsml.posts.html import markup_to_text, mend_markup


def html_to_text(html):
    return markup_to_text(mend_markup(html))


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
        (
            "<table><tr><td></td><td>2023</td><td>2024</td></tr><tr><td>甲</td><td>5</td><td>6</td></tr></table>",
            "| 2023 | 2024\n甲 | 5 | 6",
        ),
        ("<table><tr><td></td><td>甲涨停。</td></tr><tr><td></td><td></td></tr></table>", "甲涨停。"),
        (
            "<table><tr><td><table><tr><td>甲</td></tr></table>乙</td><td>丙</td><td>丁</td></tr></table>",
            "甲\n乙 | 丙 | 丁",
        ),
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
        ("<p>甲</p><style>b{}</style><p>涨</p><iframe src=a><p>丙</p></iframe>。", "甲\n涨\n。"),
        ("<p>甲</p><script><!-- if (a > b) f('<script> </script>乙') --></script><p>涨</p>", "甲\n涨"),
        ("<p>甲</p><p <!-- a>乙涨</p><!-- 批注 --><p>丙</p>", "甲\n乙涨\n丙"),
        ("<table><tr><td <!-- a>甲</td><td>涨</td></tr></table><!-- 批注 -->乙", "甲 | 涨\n乙"),
        ("<p>甲<b<style>乙</b></p><p>涨</p><style>b{}</style>丁", "甲乙\n涨\n丁"),
        ("<p>甲涨</p><img src='a.png' alt='图'>", "甲涨"),
        ("甲|STCNTTTP|日K线|STCNTTTP|涨", "甲涨"),
        ("<p>甲涨|STCNTTTP|</p><p>图</p><p>|STCNTTTP|乙跌</p>", "甲涨乙跌"),
        ("甲|STCNTTTP|涨", "甲涨"),
        ("甲<template><td>乙<script>a < b</script></td></template>涨", "甲涨"),
        ("甲<object>乙<object>丙</object>丁</object><svg><title>戊</title><svg/>己</svg>涨", "甲涨"),
        ("甲<script>'<!--'</script>涨<!-- 批注 -->。", "甲涨。"),
        ("甲<script><!-- <script>乙</script> --></script>涨", "甲涨"),
        ("甲<p hidden>乙</p>涨", "甲涨"),
        ("<img alt='a > b <p> <!--'>甲<b title='<td>\" style='>涨</b>", "甲涨"),
        ("<p style='color: red' title=' hidden='>甲涨</p>", "甲涨"),
        ("<body hidden>甲涨", ""),
        # text as it is written
        ("甲<xmp><p>乙 &amp; 丙</p></xmp>涨", "甲<p>乙 &amp; 丙</p>涨"),
        ("<pre>甲涨\n乙  跌\n</pre>丙<pre> <b>丁\n戊</b></pre>\n己", "甲涨\n乙 跌\n丙\n丁\n戊\n己"),
        (
            "<table><tr><td><pre>甲\n涨</pre></td><td>A\n<pre>B\nC</pre></td></tr></table>",
            "甲涨 | A B C",
        ),
        ("<table><tr><td>|</td><td>&lt;甲&gt;</td></tr></table>", "| | <甲>"),
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
        (f"<p>今日|&lt;{link('|甲股&gt;')}涨。</p>", [("600990", "|甲股>")]),
        (f"<p>晨\n光\u200b{link('甲股')}涨。</p>", [("600990", "甲股")]),
        (
            f"<table><tr><td></td><td>{link('甲股')}</td><td>|{link('乙|股', 'A&amp;B')}</td></tr></table>",
            [("600990", "甲股"), ("A&B", "乙|股")],
        ),
        (f"<p>今日{link('<img>')}{link(' ')}涨。</p>", []),
        (f"<p>今日{link('甲股', ' ')}涨<a href='#'>。</a></p>", []),
        (f"<p>今日<span hidden>{link('甲股')}</span>涨。</p>", []),
        (f"<p <!-- a>今日涨</p><!-- 批注 -->的{link('甲股')}跌", [("600990", "甲股")]),
        (f"<b<a code='600519'>今日</b>涨的{link('甲股')}跌", [("600990", "甲股")]),
    ],
)
def test_stock_mentions(html: str, mentions: list[tuple[str, str]]) -> None:
    text, stocks = html_to_text(html)
    assert [(mention.code, text[mention.start : mention.end]) for mention in stocks] == mentions
    starts = [mention.start for mention in stocks]
    assert starts == [text.index(name) for _, name in mentions]


def test_links_after_much_text_stand_where_they_do() -> None:
    words = "晨光 科技 a b " * 3000
    html = f"<p>{words}</p><p>{'涨' * 9000}<a code='600001'>东河 钢铁</a>{words}<a code='600002'>远山</a></p>"
    text, mentions = html_to_text(html)
    assert [(m.code, text[m.start : m.end]) for m in mentions] == [
        ("600001", "东河 钢铁"),
        ("600002", "远山"),
    ]


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


# Markdown


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# 盘面\n\n甲涨。\n\n## 个股\n乙跌。", "盘面\n甲涨。\n个股\n乙跌。"),
        ("| 公司 | 利润 |\n|:--|--:|\n| 甲 | 1.5 |\n| **乙** | 2 |", "公司 | 利润\n甲 | 1.5\n乙 | 2"),
        ("1. 甲涨\n2. 乙跌\n   - 丙平\n", "甲涨\n乙跌\n丙平"),
        ("甲涨![走势图](a.png)。\n\n![图][1]\n\n[1]: a.png", "甲涨。"),
        ("见[公告](https://example.com '标题')与[问询][1]。\n\n[1]: https://example.com", "见公告与问询。"),
        ("甲**大涨**，*乙*跌~~了~~。", "甲大涨，乙跌了。"),
        ("甲涨。\n<video src='a.mp4' controls>不支持</video>\n\n乙跌。", "甲涨。\n乙跌。"),
        ("<video controls><source src='a.mp4'></video>\n\n甲**涨**。", "甲涨。"),
        ("{% asset_img a.png 走势图 %}\n甲涨。<!-- more -->\n\n乙跌。", "甲涨。\n乙跌。"),
        ("{% blockquote 王小明 %}\n甲涨。\n{% endblockquote %}", "甲涨。"),
        ('{{< figure src="a.png" >}}\n甲涨{{ site.name }}。', "甲涨。"),
        ("    甲涨。\n\n\t乙跌。", "甲涨。\n乙跌。"),
        ("```\n甲 1\n乙 2\n```", "甲 1\n乙 2"),
        (
            "《关于<港口条例>的决定》。\n\n<新型烟草管理办法>",
            "《关于<港口条例>的决定》。\n<新型烟草管理办法>",
        ),
        ("*ST晨光与*ST港湾涨停，**ST远洋**跌停。", "*ST晨光与*ST港湾涨停，ST远洋跌停。"),
        ("合计3*5*2亿元。", "合计3*5*2亿元。"),
        ("甲&amp;乙，&amp;lt;丙。", "甲&乙，&lt;丙。"),
        ("<div align='center'>\n\n## 盘面\n\n甲**涨**。\n\n</div>", "盘面\n甲涨。"),
    ],
)
def test_markdown_as_text(markdown: str, text: str) -> None:
    assert parse_post(f"---\ntitle: 快讯\n---\n\n{markdown}\n", "a.md").text == text


def test_the_heading_of_a_post_without_title_is_its_title() -> None:
    post = parse_post("# 晨光科技派息\n\n今日公告。\n", "a.md")
    assert (post.title, post.text) == ("晨光科技派息", "晨光科技派息\n今日公告。")
    assert post.model_input == "【晨光科技派息】今日公告。"


def test_much_markdown_keeps_its_marks() -> None:
    assert parse_post("甲**涨**。\n\n" * 30_000, "a.md").text.startswith("甲**涨**。\n甲**")
    assert parse_post("[" * 50_000 + "甲", "a.md").text == "[" * 50_000 + "甲"


# bounds


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td"])
def test_nesting_without_bounds(tag: str, closed: bool) -> None:
    closing = "".join(f"</{name}>" for name in reversed(tag.split("><"))) if closed else ""
    text, _ = html_to_text(f"<{tag}>" * 30_000 + "甲涨" + closing * 30_000 + "<p>乙跌")
    assert text.replace("\n", "") == "甲涨乙跌"


def test_an_endless_tag() -> None:
    attributes = " ".join(f"a{i}='{i}'" for i in range(100_000))
    assert html_to_text(f"<p {attributes}>甲涨</p><img src='data:{'x' * 10**6}'>。")[0] == "甲涨\n。"


def test_tags_without_end_are_refused() -> None:
    with pytest.raises(InputError, match="over 300,000 tags") as caught:
        html_to_text("<b>甲</b>" * 200_000)
    assert caught.value.code == "too-large"


# pages


PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>晨光科技拟派息三亿元_晨光财经</title>
<meta name="author" content="王小明"><meta property="og:site_name" content="晨光财经">
<meta property="article:published_time" content="2024-08-28T10:00:00+08:00">
<meta name="keywords" content="派息,回购"><meta property="og:image" content="https://example.com/a.png">
<link rel="canonical" href="https://example.com/a.html"><script>var a = "<p>";</script></head>
<body><nav><a href="/">首页</a><a href="/stock">股票</a></nav>
<h1>晨光科技拟派息三亿元</h1>
<article><p>晨光科技今日公告，拟每十股派发现金三元，合计三亿元，占去年净利润的四成以上。</p>
<p>公司称，《关于修改<港口条例>的决定》对其没有影响，全年业绩仍将保持稳定增长的势头。</p>
<table><tr><td>营业收入</td><td>30亿元</td></tr><tr><td>净利润</td><td>7亿元</td></tr></table>
<p>分析人士认为，派息比例提高显示公司现金流充裕，对股价形成支撑，后市仍需关注成本的变化。</p></article>
<footer>联系我们 网站地图</footer></body></html>
"""
MAIN = [
    "晨光科技今日公告，拟每十股派发现金三元，合计三亿元，占去年净利润的四成以上。",
    "公司称，《关于修改<港口条例>的决定》对其没有影响，全年业绩仍将保持稳定增长的势头。",
    "营业收入 | 30亿元",
    "净利润 | 7亿元",
    "分析人士认为，派息比例提高显示公司现金流充裕，对股价形成支撑，后市仍需关注成本的变化。",
]


def test_the_head_of_a_page_names_its_fields() -> None:
    post = parse_post(PAGE, "a.html", html=True)
    assert (post.title, post.author, post.source) == ("晨光科技拟派息三亿元", "王小明", "晨光财经")
    assert (post.url, post.thumbnail) == ("https://example.com/a.html", "https://example.com/a.png")
    assert post.tags == ("派息", "回购")
    assert post.date is not None and post.date.isoformat() == "2024-08-28T10:00:00+08:00"


def test_the_main_text_of_a_page() -> None:
    pytest.importorskip("trafilatura")
    paragraphs = parse_post(PAGE, "a.html", html=True).text.split("\n")
    assert [paragraph for paragraph in paragraphs if paragraph != "晨光科技拟派息三亿元"] == MAIN


def test_a_page_is_taken_from_its_heading_on_without_the_extractor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    assert parse_post(PAGE, "a.html", html=True).text.split("\n") == ["晨光科技拟派息三亿元", *MAIN]


FLASH = """<!DOCTYPE html><html><head><title>晨光科技拟派息_晨光财经</title></head>
<body><div class="top"><ul><li><a href="/">首页</a></li><li><a href="/stock">股票</a></li></ul></div>
<h1>晨光科技拟派息</h1><span>2025年04月01日 18:00</span>
<div><p>晨光科技<b>今日公告</b>，拟派息三亿元。</p><p>派息比例高于去年。</p></div>
<div class="footer"><p>版权所有</p></div></body></html>
"""


@pytest.mark.parametrize("extractor", [True, False])
def test_a_page_of_a_short_flash_keeps_its_paragraphs(
    monkeypatch: pytest.MonkeyPatch, extractor: bool
) -> None:
    if extractor:
        pytest.importorskip("trafilatura")
    else:
        monkeypatch.setitem(sys.modules, "trafilatura", None)
    assert parse_post(FLASH, "a.html", html=True).text.split("\n") == [
        "晨光科技拟派息",
        "2025年04月01日 18:00",
        "晨光科技今日公告，拟派息三亿元。",
        "派息比例高于去年。",
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "<p>甲公司今日公告拟派息。</p><div><p>乙</p><h1>晨光财经</h1></div>",
            "甲公司今日公告拟派息。\n乙\n晨光财经",
        ),
        ("<p>甲公司今日公告拟派息。</p>", "甲公司今日公告拟派息。"),
        (f"<ul>{'<li><a href=/>股票</a></li>' * 40}</ul><h1>派息</h1>甲公司派息。", "派息\n甲公司派息。"),
        ("<aside>甲公司今日公告拟派息。</aside>", "甲公司今日公告拟派息。"),
        ("首页<!-- a --><header><p>导航</p><h1>派息</h1></header>甲公司派息。", "派息\n甲公司派息。"),
    ],
)
def test_a_page_whose_heading_does_not_begin_its_text(body: str, text: str) -> None:
    assert parse_post(f"<html><body>{body}</body></html>", "a.html", html=True).text == text


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>派息公告 - 晨光财经</title></head><body><h1>派息公告</h1>", "派息公告"),
        ("<title>派息公告</title></head><body><h1>晨光财经</h1>", "派息公告"),
        ("</head><body><h1> 派息\n公告 </h1>", "派息 公告"),
        ('<meta property="og:title" content="派息"><title>公告</title></head><body>', "派息"),
    ],
)
def test_the_title_of_a_page(head: str, title: str) -> None:
    assert parse_post(f"<html><head>{head}<p>正文。</p></body></html>", "a.html", html=True).title == title


def test_a_fragment_of_html_with_front_matter_is_no_page() -> None:
    post = parse_post("---\ntitle: 派息\n---\n<body><p>短。</p></body>", "a.html", html=True)
    assert (post.title, post.text) == ("派息", "短。")
