"""Pages in a real browser: without a network, on a phone, in the dark."""

import io
import re

import pytest
from PIL import Image
from support.report_making import make_report


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report folder's page, index and search."""
    return make_report(tmp_path_factory.mktemp("report"))


@pytest.fixture(params=["page", "index", "search"])
def opened(request, browser, report):
    """`opened(width, scheme)` opens the page without a network; every message and request is kept."""
    contexts = []

    def open_page(width=1280, scheme="light"):
        context = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": width, "height": 800})
        contexts.append(context)
        tab = context.new_page()
        tab.heard = []
        tab.on("console", lambda message: tab.heard.append(message.text))
        tab.on("pageerror", lambda error: tab.heard.append(str(error)))
        tab.on("request", lambda asked: tab.heard.append(asked.url) if not asked.url.startswith("data:") else None)
        tab.goto(report[request.param].as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()


def test_opened_without_a_network_nothing_is_missed(opened, report):
    tab = opened()
    assert [text for text in tab.heard if not text.endswith(("13-energy.html", "index.html", "search.html"))] == []
    assert len(tab.heard) == 1  # the page itself
    if "search.html" in tab.url:
        return
    heights = tab.evaluate("[...document.querySelectorAll('math')].map(m => m.getBoundingClientRect().height)")
    assert heights
    assert min(heights) > 5
    assert tab.evaluate("document.fonts.check('16px \"Page Math\"')")
    broken = tab.evaluate("[...document.images].filter(image => !image.naturalWidth).length")
    assert broken == 0


def test_on_a_phone_nothing_scrolls_sideways_but_wide_boxes(opened):
    tab = opened(width=390)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    wide = tab.evaluate("[...document.querySelectorAll('.scroll')].some(box => box.scrollWidth > box.clientWidth)")
    assert wide == bool(tab.query_selector(".scroll"))


def test_output_wraps_and_code_boxes_fill_the_column_and_leave_it_for_long_lines_only(browser, report):
    for width in (390, 1280):
        tab = browser.new_page(viewport={"width": width, "height": 800})
        tab.goto(report["page"].as_uri())
        assert not tab.evaluate("[...document.querySelectorAll('pre.output')].some(p => p.scrollWidth > p.clientWidth)")
        tab.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        column = tab.evaluate("document.querySelector('main').getBoundingClientRect()")
        boxes = tab.evaluate("[...document.querySelectorAll('.code pre')].map(p => p.getBoundingClientRect())")
        lines = tab.evaluate("[...document.querySelectorAll('.code pre')].map(p => p.textContent)")
        assert len(boxes) > 2
        for box, text in zip(boxes, lines, strict=True):
            longest = max(len(line) for line in text.splitlines())
            wider = box["width"] > column["width"] + 1
            assert box["width"] > column["width"] - 1
            assert box["right"] < width
            assert not wider or (width == 1280 and longest > 80), text
        tab.close()


def test_a_box_that_scrolls_shows_a_shadow_until_its_end(browser, report):
    def edge(box):
        picture = Image.open(io.BytesIO(box.screenshot())).convert("L")
        return picture.getpixel((picture.width - 2, picture.height - 8))

    tab = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme="light")
    tab.goto(report["page"].as_uri())
    tab.add_style_tag(content=".scroll table { visibility: hidden; }")
    narrow, wide = tab.locator(".prose .scroll"), tab.locator(".output .scroll")
    assert edge(wide) < 235 < 245 < edge(narrow)
    wide.evaluate("box => box.scrollLeft = 1e6")
    assert edge(wide) > 245
    tab.close()


def test_dark_and_light_follow_the_reader(opened):
    def brightness(tab, what):
        colour = tab.evaluate(f"getComputedStyle(document.body).{what}")
        return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3

    dark, light = opened(scheme="dark"), opened(scheme="light")
    assert brightness(dark, "backgroundColor") < 40
    assert brightness(dark, "color") > 180
    assert brightness(light, "backgroundColor") > 240
    assert brightness(light, "color") < 60


def test_the_code_can_be_put_away_without_a_script(browser, report):
    tab = browser.new_page()
    tab.goto(report["page"].as_uri())
    assert tab.locator("div.code").first.is_visible()
    tab.locator("#show-code").uncheck()
    assert not tab.locator("div.code").first.is_visible()
    assert tab.locator(".plot img").is_visible()
    tab.close()
