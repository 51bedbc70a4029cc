"""What surrounds a notebook on its page, in a real browser: the list of all, saving, copying, enlarging, citing."""

import base64
import io
import re
from urllib.parse import unquote

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from PIL import Image
from support.report_making import display, made_outputs, make_report, png

from rbm_lib.collection import new_figure, use_style
from rbm_lib.collection.pages import check_page, site_script
from rbm_lib.collection.pages.citing import citation, read_citation
from rbm_lib.collection.results import NARROW_MIME
from rbm_lib.collection.results.notebooks import parse_notebook
from rbm_lib.collection.results.vector import svg_width, vector_pair

NAMES = {"rbm_lib.RBM": "../../docs/index.html#RBM"}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return make_report(tmp_path_factory.mktemp("site"), reference=NAMES)


@pytest.fixture(scope="module")
def pages(report):
    """What `opened` opens."""
    return report


@pytest.mark.parametrize("which", ["page", "index", "search"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_in_the_way_of_anybody(opened, which, scheme, width):
    tab = opened(which, width, scheme)
    tab.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    tab.wait_for_timeout(50)
    found = Axe().run(tab).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.heard == []


def test_every_notebook_is_listed_and_this_one_is_marked(opened):
    tab = opened()
    tab.locator(".menu summary").press("Enter")
    shown = tab.locator(".menu a")
    assert [link.get_attribute("href") for link in shown.all()] == ["11-before.html", "13-energy.html", "17-after.html"]
    assert tab.locator("[aria-current=page]").all_inner_texts() == ["13\nAbout 13-energy"]
    assert shown.last.is_visible()
    tab.keyboard.press("Escape")
    assert not shown.last.is_visible()
    assert tab.evaluate("document.activeElement.tagName") == "SUMMARY"
    tab.keyboard.press("Enter")
    tab.mouse.click(1200, 700)
    assert not shown.last.is_visible()


def test_the_first_key_leads_past_the_bar(opened):
    tab = opened()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the content"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "content"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_notebook_is_saved_from_the_page_itself(opened, report, tmp_path, scripts):
    tab = opened(java_script_enabled=scripts)
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Download the notebook").click()
    assert download.value.suggested_filename == "13-energy.ipynb"
    download.value.save_as(tmp_path / "13-energy.ipynb")
    source = report["page"].parents[3] / "13-energy.ipynb"
    assert (tmp_path / "13-energy.ipynb").read_bytes() == source.read_bytes()


def test_code_is_copied_as_it_stands(opened):
    tab = opened()
    tab.evaluate("void (navigator.clipboard.writeText = async (text) => { window.copied = text; })")
    block = tab.locator(".code:not(details)").first
    block.hover()
    block.get_by_role("button", name="Copy the code").click()
    assert tab.evaluate("window.copied") == f"x = {'1 + ' * 80}1"
    tab.locator("[role=status]", has_text="Copied.").wait_for()


def test_code_is_copied_where_the_clipboard_is_closed(opened):
    tab = opened()
    tab.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('closed')))")
    copying = "(what) => (window.copied = document.activeElement.value, what === 'copy')"
    tab.evaluate(f"void (document.execCommand = {copying})")
    tab.locator("footer .copy").focus()
    tab.keyboard.press("Enter")
    tab.locator("footer .copy", has_text="Copied").wait_for()
    assert tab.evaluate("window.copied").startswith("@software{boltzmann-13-energy,")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_figure_is_enlarged_by_keyboard_and_by_click_and_gives_the_focus_back(opened, width):
    tab = opened(width=width)
    tab.locator(".plot .enlarge").focus()
    tab.keyboard.press("Enter")
    large = tab.locator("dialog.enlarged img")
    assert large.is_visible()
    assert large.get_attribute("alt") == "Nothing at all."
    assert large.bounding_box()["width"] >= tab.locator(".plot img").bounding_box()["width"]
    tab.keyboard.press("Escape")
    assert not large.is_visible()
    assert tab.evaluate("document.activeElement.className") == "enlarge"
    tab.locator(".plot img").click()
    assert large.is_visible()
    tab.get_by_role("button", name="Close").click()
    assert not large.is_visible()


def test_a_phone_shows_the_figure_that_was_laid_out_for_it_and_the_dark_its_colours(browser, tmp_path):
    use_style()
    fig, ax = new_figure()
    ax.plot([1, 2], [3, 4], color="#000000", label="a line, and more")
    ax.legend()
    wide, narrow = vector_pair(fig)
    data = {"image/svg+xml": wide, NARROW_MIME: narrow, "image/png": base64.b64encode(png()).decode()}
    look = {"alt": "A line.", "width": 860}
    page = make_report(tmp_path, [display(data, **{"image/svg+xml": look})])["page"]
    check_page(BeautifulSoup(page.read_text(), "html.parser").body, [site_script()])
    for width, shown in ((1280, wide), (390, narrow)):
        tab, heard = browser.new_page(viewport={"width": width, "height": 800}, color_scheme="dark"), []
        tab.on("console", lambda message, heard=heard: heard.append(message.text))
        tab.goto(page.as_uri())
        assert unquote(tab.evaluate("document.querySelector('.plot img').currentSrc").split(",", 1)[1]) == shown
        box = tab.locator(".plot img").bounding_box()
        sizes = [float(size) for size in re.findall(r"font-size: ?([\d.]+)px", shown)]
        assert min(sizes) * box["width"] / svg_width(shown) >= 11
        picture = np.asarray(Image.open(io.BytesIO(tab.locator(".plot img").screenshot())).convert("L"))
        assert np.median(picture) < 40  # no white card
        assert picture.max() > 150  # and a line that is seen
        assert heard == []
        tab.close()


def test_boxes_that_do_not_scroll_are_no_stops_of_the_tab_key(opened):
    for width, stops in ((1280, 1), (390, 2)):
        tab = opened(width=width)
        tab.wait_for_timeout(100)
        boxes = ".scroll, .formula, .code pre"
        wide = f"[...document.querySelectorAll('{boxes}')].filter(box => box.scrollWidth > box.clientWidth)"
        assert tab.evaluate(f"{wide}.every(box => box.tabIndex === 0)")
        assert tab.evaluate(f"{wide}.length") >= stops
        still = f"[...document.querySelectorAll('{boxes}')].filter(box => box.scrollWidth <= box.clientWidth)"
        assert tab.evaluate(f"{still}.every(box => box.tabIndex === -1)")


def test_on_paper_stands_what_is_read(opened):
    tab = opened(scheme="dark")
    tab.emulate_media(media="print", color_scheme="dark")
    hidden = (".bar", ".neighbours", ".tools", ".fold", ".copy", ".enlarge", ".skip")
    assert [one for one in hidden if tab.locator(one).first.is_visible()] == []
    assert all(
        tab.locator(one).first.is_visible() for one in ("h1", ".answer", ".plot img", "table", ".cite", ".facts")
    )
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert tab.evaluate("getComputedStyle(document.querySelector('.plot')).breakInside") == "avoid"
    assert tab.evaluate(
        "[...document.querySelectorAll('.scroll')].every(b => getComputedStyle(b).overflow === 'visible')"
    )


def test_a_link_on_paper_says_where_it_leads(browser, tmp_path):
    page = tmp_path / "linked.html"
    html = make_report(tmp_path, made_outputs())["page"].read_text()
    page.write_text(
        html.replace("<h2", '<p><a id="out" href="https://doi.org/10.1/2">x</a></p><h2', 1), encoding="utf-8"
    )
    tab = browser.new_page()
    tab.goto(page.as_uri())
    tab.emulate_media(media="print")
    shown = tab.evaluate("getComputedStyle(document.getElementById('out'), '::after').content")
    assert "https://doi.org/10.1/2" in shown or "attr(href)" in shown
    tab.close()


def test_a_page_is_cited_in_words_and_as_bibtex(report, tmp_path):
    notebook = parse_notebook(report["page"].parents[3] / "13-energy.ipynb")
    file = tmp_path / "CITATION.cff"
    file.write_text(
        'title: "Films & machines"\nversion: 3.1.0\ndate-released: "2031-05-07"\n'
        "authors:\n  - name: The Founders\n  - {given-names: Ada, family-names: Lovelace}\n"
    )
    shown = citation(read_citation(file), notebook)
    assert shown["words"] == (
        "The Founders, Ada Lovelace (2031). Films & machines, version 3.1.0. Notebook 13, “About 13-energy”."
    )
    assert "author = {{The Founders} and {Ada Lovelace}}" in shown["bibtex"]
    assert r"title = {{Films \& machines}}" in shown["bibtex"]
    assert citation(read_citation(None), notebook) == {}
    file.write_text("title: nothing else\n")
    assert read_citation(file) == {}


def test_the_source_in_the_page_is_whole(report):
    start = "data:application/x-ipynb+json;base64,"
    text = report["page"].read_text()
    encoded = text[text.index(start) + len(start) :].split('"', 1)[0]
    assert b'"nbformat": 4' in base64.b64decode(encoded)
