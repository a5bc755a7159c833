"""Pages: the posts are shown as they are, and nothing in them can touch the page."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from newsml.digest import DigestConfig, build, render_html, render_json, render_markdown
from newsml.digest.lines import runs, write_lines
from newsml.digest.page import goes_on
from newsml.domain import Line, Post, StockMention, Summary
from newsml.labels import LabelScheme
from tests.digests import CHINA, NOON, SCHEME, by_text, digest_of, entry

CONFIG = DigestConfig()
VOID = {"meta", "link", "input", "rect"}


@pytest.fixture(autouse=True, scope="module")
def _group_by_text():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "group_stories", by_text)
        yield


def body_of(markdown: str) -> str:
    return markdown.split("---\n", 2)[2]


def shown(markdown: str) -> tuple[str, set[str]]:
    """Return the text that a browser shows, and the names of the elements around it."""
    page = (
        MarkdownIt("gfm-like", {"html": True, "linkify": False}).disable("linkify").render(body_of(markdown))
    )
    page = page.replace("<!-- more -->", "")
    text = html.unescape(re.sub(r"<[^>]*>", "", page))
    return " ".join(text.split()), set(re.findall(r"<(\w+)", page))


class Tree(HTMLParser):
    """Reads a page, and demands that every element is closed where it should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack and self.stack[-1] not in ("style", "script"):
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())


def test_markdown() -> None:
    def write(posts):
        lines = []
        for post in posts:
            bold = ((0, 2),) if post.id == "a" else ()
            lines.append(Line(Summary.from_spans(post.text, [(0, len(post.text))], method="lead"), bold))
        return lines

    digest = digest_of(
        entry(
            "a",
            text="派息三亿元。",
            author="晨光社",
            url="https://example.com/a(1)",
            date=NOON,
            title="晨光派息",
        ),
        entry("a2", text="派息三亿元。", source="晚报", date=NOON),
        entry("b", text="乙公司收涨。", date=NOON - timedelta(days=1)),
        entry("c", {"债券": 0.5}, text="丙债停牌。", date=NOON - timedelta(days=2)),
        write_lines=write,
    )
    assert render_markdown(digest, DigestConfig(top=1, title="早餐: “读”")).splitlines() == [
        "---",
        'title: "早餐: “读” 2024年5月1日 星期三"',
        "date: 2024-05-01 12:00:00",
        'categories: ["早餐: “读”"]',
        "---",
        "",
        "3 则消息 · 4 篇 · 2 个来源",
        "",
        "## 今日要点",
        "",
        "1. 晨光派息",
        "2. 乙公司收涨。",
        "3. 丙债停牌。",
        "",
        "<!-- more -->",
        "",
        "## 公司（2）",
        "",
        "- 12:00 **晨光派息** 派息三亿元。（[晨光社](https://example.com/a%281%29)、晚报 · 2 篇 · 2 家）",
        "- 04-30 12:00 乙公司收涨。",
        "",
        "## 债券（1）",
        "",
        "- 04-29 12:00 丙债停牌。",
    ]


@pytest.mark.parametrize("language", ["zh", "zh-hant", "en"])
def test_a_digest_of_nothing(language: str) -> None:
    config = DigestConfig(language=language)
    digest = digest_of(config=config)
    page = render_markdown(digest, config)
    matter = yaml.safe_load(page.split("---\n")[1])
    assert matter == {
        "title": config.title or {"zh": "财经早报", "zh-hant": "財經早報", "en": "Morning brief"}[language],
        "categories": [matter["title"]],
    }
    nothing = {"zh": "没有消息", "zh-hant": "沒有消息", "en": "No stories"}[language]
    assert nothing in page
    tree = Tree(render_html(digest, config))
    assert nothing in tree.words
    assert not tree.all("form") and not tree.all("nav") and not tree.all("svg")


HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "<b>未闭合 <i",
    "-->]]>",
    "\"' onmouseover='alert(1)' x=\"",
    "[点这里](javascript:alert(1))",
    "![图](https://example.com/a.png)",
    "[a]: https://example.com",
    "<https://example.com>",
    "甲|乙|丙",
    "`code` 与 ```",
    "**粗** _斜_ ~~删~~",
    "*",
    "\\*反斜线\\",
    "&lt;b&gt; 与 &amp;",
    "# 标题",
    "> 引用",
    "- 一条",
    "1. 一条",
    "---",
    "===",
    "第一行\n\n# 第二行",
    "[ ] 待办",
    "-1.5%",
    "{{ process.env }} {% raw %} {# x #}",
    "甲\u202e乙\u0007丙",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_posts_is_shown_as_it_is(text: str) -> None:
    expected = " ".join(text.replace("\u0007", " ").replace("\u202e", "").split())
    stocks = (StockMention(text, 0, 1),)
    entries = [
        entry("a", text=text, author=text, title=text, stocks=stocks, date=NOON),
        entry("b", {text: 0.5}, text=f"{text}之二", author="社", url="https://example.com/?q=" + text),
        entry(text, text=f"{text}之三", author=text, url=text),
    ]
    digest = digest_of(*entries, scheme=LabelScheme((*SCHEME.names, text)), write_lines=write_lines)
    config = DigestConfig(stock_url="https://example.com/{code}", title=text)
    page = render_markdown(digest, config)
    words, elements = shown(page)
    assert elements <= {"h2", "p", "ul", "ol", "li", "strong", "a"}
    assert f"{expected}（1）" in words
    assert expected in words.partition("今日要点")[2]
    assert "{{" not in body_of(page) and "{%" not in body_of(page)
    matter = yaml.safe_load(page.split("---\n")[1])
    assert matter["title"] == f"{expected} 2024年5月1日 星期三"
    tree = Tree(render_html(digest, config))
    assert tree.words.count(expected) >= 6
    assert len(tree.all("script")) == len(tree.all("style")) == 1
    assert not {"img", "i", "iframe", "object"} & {tag for tag, _ in tree.seen}
    for tag, attributes in tree.seen:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert (attributes.get("href") or "#").startswith(("#", "https://example.com/", "data:,"))


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://example.com/a?b=1&c=2#d", "https://example.com/a?b=1&c=2#d"),
        ("HTTP://example.com/新闻", "HTTP://example.com/%E6%96%B0%E9%97%BB"),
        ("https://example.com/a(b)'\"<>", "https://example.com/a%28b%29%27%22%3C%3E"),
        ("javascript:alert(1)", ""),
        ("JavaScript:alert(1)//https://example.com", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,<script>alert(1)</script>", ""),
        ("//example.com/a", ""),
        ("https:example.com", ""),
        ("https://exa mple.com", ""),
        ("http://[::1", ""),
        ("a.md", ""),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str, href: str) -> None:
    digest = digest_of(entry("a", text="甲事。", title="题", author="社", url=url))
    links = [a["href"] for a in Tree(render_html(digest, CONFIG)).all("a") if not a["href"].startswith("#")]
    assert links == ([href] if href else [])
    assert f"（{f'[社]({href})' if href else '社'}）" in render_markdown(digest, CONFIG)


@given(
    st.text("ab甲1 \n*_`[]()<>!#|~\\&;-+.:=/\"'{}%，。", min_size=1, max_size=24).filter(str.strip), st.data()
)
@settings(max_examples=150, deadline=None)
def test_any_line_is_shown_as_it_is_with_its_bold(text: str, data) -> None:
    edges = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=4, unique=True)) or [])
    bold = tuple(zip(edges[::2], edges[1::2], strict=False))
    line = Line(Summary.from_spans(text, [(0, len(text))], method="lead"), bold)
    digest = digest_of(entry("a", text=text), write_lines=lambda posts: [line], config=DigestConfig(top=0))
    expected = " ".join(text.split())
    words, elements = shown(render_markdown(digest, CONFIG))
    assert words == f"1 则消息 · 1 篇 公司（1） {expected}"
    assert elements <= {"h2", "p", "ul", "li", "strong"}
    assert expected in Tree(render_html(digest, CONFIG)).words
    assert "".join(piece for piece, _ in runs(text, line)) == expected


def test_bold_ends_where_markdown_can_close_it() -> None:
    text = "央行宣布，下调1.5%，“双降”来了"
    line = Line(Summary.from_spans(text, [(0, len(text))], method="lead"), ((0, 5), (5, 11), (12, 16)))
    digest = digest_of(entry("a", text=text), write_lines=lambda posts: [line], config=DigestConfig(top=0))
    page = render_markdown(digest, CONFIG)
    assert "- **央行宣布**，<strong>下调1.5%</strong>，<strong>“双降”</strong>来了" in page
    shown = MarkdownIt().render(body_of(page))
    assert shown.count("<strong>") == 3 and "*" not in shown
    assert "<b>“双降”</b>来了" in render_html(digest, CONFIG)


def test_the_page_is_one_file_that_allows_its_own_style_and_script_only() -> None:
    page = render_html(digest_of(entry("a", date=NOON)), CONFIG)
    (policy,) = [
        m["content"] for m in Tree(page).all("meta") if m.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"
    assert not re.search(r"url\(|@import|src=|fetch|XMLHttp|eval", page)


def test_caps_hold_on_pages_and_say_so() -> None:
    entries = [entry(f"甲{i}", date=NOON - timedelta(hours=i)) for i in range(9)]
    entries += [entry(f"乙{i}", {"债券": 1.0}, date=NOON - timedelta(days=1 + i)) for i in range(3)]
    config = DigestConfig(max_stories=8, max_per_section=5)
    digest = digest_of(*entries, config=config)
    assert len(list(digest.stories)) == 12
    tree = Tree(render_html(digest, config))
    assert len(tree.all("h3")) == 5
    assert "另有 4 则，未列出" in tree.words and "另有 3 则，未列出" in tree.words
    assert render_markdown(digest, config).count("\n- ") == 5


def test_the_top_is_told_whatever_the_caps_leave_out() -> None:
    entries = [entry(f"甲{i}", text=f"甲{i}派息。", date=NOON - timedelta(hours=i)) for i in range(4)]
    config = DigestConfig(max_stories=3, max_per_section=2, top=4)
    digest = digest_of(*entries, config=config)
    page = render_markdown(digest, config)
    assert [line for line in page.splitlines() if line[:2] in ("1.", "2.", "3.", "4.")] == [
        f"{place}. 甲{i}派息。" for place, i in enumerate(range(4), 1)
    ]
    assert page.count("\n- ") == 2
    tree = Tree(render_html(digest, config))
    links = [a["href"] for a in tree.all("a") if a["href"].startswith("#s") and a["href"][2:3] != "e"]
    ids = {item["id"] for item in tree.all("li") if "id" in item}
    assert len(links) == 3 and {link[1:] for link in links if link != "#stories"} == ids
    assert tree.words.count("甲3派息。") == 1


def test_languages_and_what_is_missing() -> None:
    entries = [
        entry("a", text="Shares of Yuanbo rose 3%.", title="", date=NOON),
        entry("b", text="乙公司收涨。"),
        entry("c", {}, text="1936"),
        entry("d", {"债券": 0.9}, text="遠泊海運擬發行公司債券，滙豐承銷。"),
        entry("e", {"债券": 0.9}, text="滙丰拟发行公司债券，由境内外多家机构承销。"),
    ]
    cases = (
        ("zh", ["en", "zh-Hant"], ["其他", "债券"]),
        ("zh-hant", ["en", "zh-CN"], ["其他", "債券"]),
        ("en", ["zh-CN", "zh-Hant"], ["Other", "债券"]),
    )
    for language, foreign, sections in cases:
        config = DigestConfig(language=language)
        tree = Tree(render_html(digest_of(*entries, config=config), config))
        assert tree.all("html")[0]["lang"] == {"zh": "zh-CN", "zh-hant": "zh-Hant", "en": "en"}[language]
        assert {h3.get("lang") for h3 in tree.all("h3")} == {None, *foreign}
        assert all(section in tree.words for section in sections)
        assert all(("datetime" in t) for t in tree.all("time"))
    assert "None" not in tree.words


def test_a_story_of_a_thousand_copies_lists_some_and_counts_all() -> None:
    posts = [entry(str(i), text="同一则消息。", author=f"社{i}", date=NOON) for i in range(1000)]
    page = render_html(digest_of(*posts), CONFIG)
    assert "1,000 篇 · 1,000 家" in page and "另有 950 篇" in page
    assert len(page) < 50_000
    assert len(render_markdown(digest_of(*posts), CONFIG)) < 2000


def test_two_thousand_stories_fit_in_two_megabytes() -> None:
    text = "远泊科技第{}次公告，拟以集中竞价方式回购股份，资金总额不低于3亿元，价格上限28.60元/股，用于员工。"
    entries = [
        entry(
            f"posts/{i}-{j}.md",
            text=text.format(i),
            title=f"远泊科技第{i}次公告：拟3亿元至5亿元回购股份，用于员工持股计划",
            author=f"第{j}电讯社",
            url=f"https://example.com/news/2024/05/01/{i:06}-{j}.html",
            date=NOON.astimezone(CHINA) - timedelta(minutes=i % 1440),
            stocks=(StockMention(f"{600000 + i}.SH", 0, 4),),
        )
        for i in range(2000)
        for j in range(2)
    ]
    assert len(render_html(digest_of(*entries, write_lines=write_lines), CONFIG).encode()) <= 2_000_000


@pytest.mark.parametrize(
    ("title", "text", "line"),
    [
        ("望海港扩建获批", "总投资三百亿元。", "**望海港扩建获批** 总投资三百亿元。"),
        ("望海港扩建", "望海港扩建获批，总投资三百亿元。", "望海港扩建获批，总投资三百亿元。"),  # told
        ("公司快讯：望海港…", "公司快讯：望海港扩建获批。", "公司快讯：望海港扩建获批。"),  # cut off
        ("……", "总投资三百亿元。", "总投资三百亿元。"),
        # Told though rounded or shortened; not told where a figure, the name or the answer is missing.
        (
            "远山科技营收增57%至1.2亿",
            "远山科技营收增长57.13%至12020.5万元。",
            "远山科技营收增长57.13%至12020.5万元。",
        ),
        ("远山科技营收增58%", "远山科技营收增长57.13%。", "**远山科技营收增58%** 远山科技营收增长57.13%。"),
        ("远山科技：营收大增", "营收大增。", "**远山科技：营收大增** 营收大增。"),
        ("远山科技裁员？公司回应", "远山科技裁员，公司没有否认。", "远山科技裁员，公司没有否认。"),
        ("望海港扩建 官方回应", "望海港扩建获批。", "**望海港扩建 官方回应** 望海港扩建获批。"),
        ("远山科技亏损5000万", "远山科技亏损5000亿。", "**远山科技亏损5000万** 远山科技亏损5000亿。"),
        ("望海港扩建", "望海港扩建\n总投资三百亿元。", "望海港扩建 总投资三百亿元。"),
        ("债市综述", "国债收益率全线下行。", "债市综述：国债收益率全线下行。"),
        ("*望海港*", "总投资三百亿元。", r"**\*望海港\*** 总投资三百亿元。"),
    ],
)
def test_a_title_stands_before_a_line_that_does_not_tell_it(title: str, text: str, line: str) -> None:
    digest = digest_of(entry("a", title=title, text=text))
    assert f"- {line}" in render_markdown(digest, CONFIG).splitlines()
    assert json.loads(render_json(digest))["sections"][0]["stories"][0]["headline"] == text


def test_a_title_of_the_first_sentence_is_one_where_the_line_is_another() -> None:
    text = "望海港扩建获批。总投资三百亿元。"
    digest = digest_of(
        entry("a", title="望海港扩建获批", text=text),
        write_lines=lambda posts: [Line(Summary.from_spans(text, [(8, len(text))], method="lead"))],
    )
    assert "**望海港扩建获批** 总投资三百亿元。" in render_markdown(digest, CONFIG)
    assert "<b>望海港扩建获批</b> 总投资三百亿元。" in render_html(digest, CONFIG)
    assert '">望海港扩建获批</a>' in render_html(digest, CONFIG)


def test_the_first_lines_say_something() -> None:
    posts = [
        Post(
            "a", "央行下调准备金率", "晨汐通讯社讯，央行宣布下调存款准备金率0.25个百分点，将于9月15日实施。"
        ),
        Post("b", "", "x" * 9999),
        Post("c", "", "甲，" * 400 + "乙。"),
        Post("d", "", "。"),
    ]
    lines = write_lines(posts, "lead")
    assert [posts[0].text[start:end] for start, end in lines[0].bold] == [
        "央行宣布下调存款准备金率0.25个百分点，"
    ]
    assert [line.salience for line in lines] == pytest.approx([0.4164, 0.7778, 0.7778, 0.0], abs=1e-4)
    for post, line in zip(posts, lines, strict=True):
        assert line.headline.text == line.headline.joiner.join(post.text[s:e] for s, e in line.headline.spans)
        assert all(0 <= start < end <= len(post.text) for start, end in line.bold)
    assert len(lines[2].headline.text) <= 120


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        # The subject stays, and what only leads on to what is left out goes.
        (
            f"远山科技公告，拟回购股份5万股。价格上限30元。{'用于员工持股，' * 20}期限一年。",
            "远山科技公告，拟回购股份5万股。价格上限30元。",
        ),
        (
            f"热门中概股多数下跌，{'甲股跌3%，' * 15}乙股涨5%。",
            f"热门中概股多数下跌，{'甲股跌3%，' * 15}乙股涨5%。",
        ),
        (f"热门中概股多数下跌，{'甲股跌3%，' * 30}乙股涨5%。", f"热门中概股多数下跌{'，甲股跌3%' * 18}"),
        (f"{'产能扩张，' * 22}如果谈判破裂，关税将上调到两成以上。", "，".join(["产能扩张"] * 22)),
    ],
)
def test_a_line_is_the_beginning_of_a_long_sentence(sentence: str, told: str) -> None:
    (line,) = write_lines([Post("a", "", sentence)])
    assert line.headline.text == told
    digest = digest_of(entry("a", text=sentence), write_lines=lambda posts: [line])
    assert ("…" in render_markdown(digest, CONFIG)) == (told[-1] != "。")


@pytest.mark.parametrize("end", ["　　", "\r", "\x0b", "\u2028", "\n"])
def test_a_sentence_that_a_line_end_ends_goes_on_nowhere(end: str) -> None:
    assert not goes_on(f"央行宣布降准{end}专家称利好", 6)
    assert goes_on("央行宣布降准，专家称利好", 6)


def test_times_are_told_where_they_differ() -> None:
    alike = digest_of(entry("a", text="甲事。", date=NOON), entry("b", text="乙事。", date=NOON))
    apart = digest_of(
        entry("a", text="甲事。", date=NOON), entry("b", text="乙事。", date=NOON + timedelta(hours=1))
    )
    undated = digest_of(
        *(entry(key, text=f"{key}事。", date=NOON) for key in "甲乙"), entry("丙", text="丙事。")
    )
    assert "- 12:00" not in render_markdown(undated, CONFIG)
    for render in (render_markdown, render_html):
        assert "12:00</time>" not in render(alike, CONFIG) and "- 12:00" not in render(alike, CONFIG)
        assert "12:00</time>" in render(apart, CONFIG) or "- 12:00" in render(apart, CONFIG)


def test_a_list_of_price_moves_says_less() -> None:
    news = "远山科技宣布在望海新建两座工厂，总投资三百亿元，预计明年投产，为今年以来行业里最大的一笔投资。"
    moves = "美元指数跌0.5%报102.61，欧元涨0.57%，英镑涨0.78%，澳元涨0.73%，日元涨0.25%，瑞郎跌0.04%。"
    first, second = write_lines([Post("a", "", news), Post("b", "", moves)])
    assert first.salience > second.salience


def test_names_of_any_length_are_cut_on_pages() -> None:
    digest = digest_of(entry("a", text="甲事。", title="题" * 9999, author="社" * 9999))
    for page in (render_html(digest, CONFIG), render_markdown(digest, CONFIG)):
        assert "社" * 200 + "…" in page
        assert "社" * 201 not in page and "题" * 201 not in page
    assert "题" * 9999 in render_json(digest)
