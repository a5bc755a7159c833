"""The page in a real browser: it filters, folds and jumps by keyboard, and loads and complains of nothing."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from newsml.digest import DigestConfig, build, render_html, write_lines
from newsml.domain import StockMention
from tests.digests import NOON, by_text, digest_of, entry

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
AXE = os.environ.get("NEWSML_AXE", "")  # axe.min.js of the npm package axe-core

selenium = pytest.importorskip("selenium", reason="selenium is not installed")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with its driver is installed")

NAMES = "晨光 远泊 澜沧 霁泽 海岳 朔方 栖居 白榆 临江 安第亚".split()
HOSTILE = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1></h3></li></ol>"


def make_page(folder: Path) -> Path:
    """Write a page of 42 stories in three sections, two of which were sent to do harm."""
    entries = [
        entry(
            f"{i}",
            {("公司", "债券", "期货")[i % 3]: 0.9},
            title=f"{NAMES[i % 10]}第{i}次公告",
            text=f"{NAMES[i % 10]}公告第{i}项，金额{i * i * 37 + 11}万元，将于{i % 28 + 1}日实施。",
            author="晨汐通讯社",
            url=f"https://example.com/{i}",
            date=NOON - timedelta(minutes=37 * i),
            stocks=(StockMention(f"{600000 + i % 10}.SH", 0, 2),),
        )
        for i in range(40)
    ]
    entries.append(
        entry(
            "x", text=f"{HOSTILE}甲乙丙丁。", title=HOSTILE, author=HOSTILE, url="javascript:window.hacked=1"
        )
    )
    entries.append(
        entry(
            "e", text="Shares of Harbourlight rose 3% in thin trading.", author='"><script>hacked=1</script>'
        )
    )
    config = DigestConfig(stock_url="https://example.com/{code}")
    path = folder / "page.html"
    path.write_text(
        render_html(digest_of(*entries, config=config, write_lines=write_lines), config), encoding="utf-8"
    )
    return path


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """A browser without a window."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for option in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1200,900"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=DRIVER))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "group_stories", by_text)
        driver.page = make_page(tmp_path_factory.mktemp("page")).as_uri()
    yield driver
    driver.quit()


@pytest.fixture
def page(driver):
    """The page, just opened; at the end the console must have stayed empty."""
    driver.get("about:blank")
    driver.get(driver.page)
    yield driver
    assert driver.get_log("browser") == []


def press(page, *keys: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(page).send_keys(*keys).perform()


def shown(page) -> list[str]:
    return page.execute_script(
        "return [...document.querySelectorAll('.stories > ol > li')]"
        ".filter((item) => item.checkVisibility()).map((item) => item.id)"
    )


def focused(page, script: str):
    return page.execute_script(f"return document.activeElement.{script}")


def test_nothing_is_loaded_and_nothing_of_the_posts_runs(page):
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert page.execute_script("return window.hacked") is None
    assert (
        page.execute_script("return document.querySelectorAll('img, iframe, [onerror], script').length") == 1
    )
    assert "<script>window.hacked=1</script>" in page.execute_script("return document.body.textContent")
    assert len(shown(page)) == 42
    # What is no link of ours is refused by the policy, not only by us.
    page.execute_script(
        "document.body.insertAdjacentHTML('beforeend', '<b id=late onclick=\"window.hacked=1\">x</b>')"
    )
    page.execute_script("document.getElementById('late').click()")
    assert page.execute_script("return window.hacked") is None
    assert any("Content Security Policy" in line["message"] for line in page.get_log("browser"))


def test_filters_as_you_type(page):
    text, section, stock = (page.find_element("id", name) for name in ("text", "section", "stock"))
    text.send_keys("远泊")
    few = shown(page)
    assert 0 < len(few) < 10
    found = page.find_element("id", "found")
    assert found.text == f"显示 {len(few)} / 42 则"
    section.send_keys("债券")
    fewer = shown(page)
    assert 0 < len(fewer) < len(few) and set(fewer) < set(few)
    assert not page.find_element("id", "top").is_displayed()
    text.clear()
    text.send_keys("HARBOURLIGHT　rose")  # an ideographic space
    assert shown(page) == []
    section.send_keys("全部")
    assert len(shown(page)) == 1
    text.clear()
    stock.send_keys("600003")
    by_code = shown(page)
    stock.clear()
    stock.send_keys("霁泽")
    assert shown(page) == by_code != []
    press(page, "\ue00c")  # Escape clears a search field
    assert len(shown(page)) == 42


def test_contents_skip_link_and_folds_by_keyboard(page):
    press(page, "\ue004")  # Tab
    assert focused(page, "className") == "skip"
    assert page.switch_to.active_element.is_displayed()
    press(page, "\ue007")  # Enter
    assert focused(page, "id") == "stories"
    page.get(driver_page := page.current_url.partition("#")[0])
    press(page, "\ue004", "\ue004", "\ue004", "\ue007")  # the second entry of the contents: the first section
    assert page.current_url == f"{driver_page}#section-1"
    top = page.execute_script("return document.getElementById('section-1').getBoundingClientRect().top")
    assert -50 <= top <= 300
    page.execute_script("document.querySelector('.stories summary').focus()")
    press(page, "\ue007")
    assert focused(page, "parentElement.open") is True
    press(page, "\ue004")
    assert focused(page, "href").startswith("https://example.com/")
    page.execute_script("document.querySelector('.stories summary').focus()")
    press(page, " ")
    assert focused(page, "parentElement.open") is False


def test_a_link_to_what_is_filtered_away_brings_it_back(page):
    from selenium.webdriver.support.ui import WebDriverWait

    page.find_element("id", "text").send_keys("Harbourlight")
    assert len(shown(page)) == 1
    page.find_element("css selector", "nav a[href='#section-2']").send_keys("\ue007")
    WebDriverWait(page, 10).until(lambda shown_page: len(shown(shown_page)) == 42)


def test_landmarks_headings_and_languages(page):
    assert page.execute_script("return document.documentElement.lang") == "zh-CN"
    for tag in ("header", "nav", "main", "footer", "form[role=search]", "h1"):
        assert len(page.find_elements("css selector", tag)) == 1, tag
    levels = page.execute_script("return [...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert levels[0] == 1 and all(b - a <= 1 for a, b in pairwise(levels))
    (english,) = page.find_elements("css selector", "h3[lang=en]")
    assert "Harbourlight" in english.text


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen(page, width):
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.execute_script("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.skipif(not Path(AXE).is_file(), reason="NEWSML_AXE names no axe.min.js")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page.execute_script("for (const fold of document.querySelectorAll('details')) fold.open = true")
    page.execute_script(Path(AXE).read_text(encoding="utf-8"))
    page.set_script_timeout(120)
    found = page.execute_async_script("axe.run().then(arguments[0])")
    told = [(v["id"], v["impact"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
    assert told == []
    assert len(found["passes"]) > 15
