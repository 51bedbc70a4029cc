"""The search over a collection: what the index holds, what is found, by keyboard and said aloud, without a network."""

import json
import re

import pytest
from bs4 import BeautifulSoup
from support.report_making import display, made_outputs, make_report

from rbm_lib.collection.pages.searching import sections_of

HTML = """<body><nav>Nowhere</nav><main><div class="opening"><p class="number">Notebook 02</p><h1>T</h1>
<p class="question">Why so?</p><p class="tools">Download</p></div>
<section class="prose"><h2 id="first">First<a class="anchor-link">¶</a></h2><p>One <b>two</b>.</p>
<math><mi>x</mi></math></section><div class="code"><pre>fit_biases(<span>x</span>)</pre></div>
<details class="code fold"><summary>Setup</summary><pre>import os</pre></details>
<h3 id="second">Second</h3><p>three &lt;b&gt;</p><img alt="z"></main><footer>Provenance</footer></body>"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    said = {"text/markdown": "Caf\u00e9 Zermelo and zebra stripes; zebra again."}
    outputs = [*made_outputs(), display(said | {"text/plain": "x"}, rbm_lib="conclusion")]
    return make_report(tmp_path_factory.mktemp("search"), outputs)


@pytest.fixture
def tab(browser, report):
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.heard = []
    tab.on("console", lambda message: tab.heard.append(message.text))
    tab.on("pageerror", lambda error: tab.heard.append(str(error)))
    tab.goto(report["search"].as_uri())
    yield tab
    context.close()


def found(tab):
    return tab.locator(".results a").all_inner_texts()


def test_a_page_is_taken_apart_at_its_headings():
    assert sections_of(HTML) == [
        {"anchor": "", "heading": "", "text": "Why so?"},
        {"anchor": "first", "heading": "First", "text": "One two . fit_biases(x)"},
        {"anchor": "second", "heading": "Second", "text": "three <b>"},
    ]


def test_the_index_holds_pages_that_are_there_and_stays_small(report):
    soup = BeautifulSoup(report["search"].read_text(), "html.parser")
    index = json.loads(soup.find(id="search-index").string)
    assert {one["number"] for one in index} == {"13"}
    page = BeautifulSoup(report["page"].read_text(), "html.parser")
    anchors = {"13-energy.html"} | {f"13-energy.html#{tag['id']}" for tag in page.find_all(id=True)}
    assert {one["address"] for one in index} <= anchors
    assert len(json.dumps(index)) < 2 * len(page.main.get_text())


def test_words_are_found_by_their_beginnings_whatever_their_accents(tab):
    for query, expected in (("zebra", 1), ("CAFE zermelo", 1), ("stri zeb", 1), ("tripes", 0), ("zebra quagga", 0)):
        tab.locator("#query").fill(query)
        assert len(found(tab)) == expected, query
        said = tab.locator("[role=status]#found").inner_text()
        assert said.startswith("1 section with" if expected else "Nothing holds all of"), query
    tab.locator("#query").fill("zebra")
    assert tab.locator(".results mark").all_inner_texts() == ["zebra", "zebra"]
    assert tab.heard == []


def test_a_heading_counts_for_more_than_the_text(tab):
    tab.locator("#query").fill("energy")
    assert found(tab)[0] == "What is the energy?"


def test_the_search_goes_by_keyboard_from_any_page(browser, report):
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.goto(report["page"].as_uri())
    tab.keyboard.press("/")
    tab.keyboard.type("energy is")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile(r"search\.html#q=energy"))
    assert tab.evaluate("document.activeElement.id") == "query"
    assert tab.locator("#query").input_value() == "energy is"
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement.textContent") == "What is the energy?"
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile(r"13-energy\.html#What-is-the-energy"))
    context.close()


def test_without_scripts_every_section_is_listed(browser, report):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(report["search"].as_uri())
    assert tab.get_by_role("link", name="What is the energy?").is_visible()
    tab.goto(report["page"].as_uri())
    tab.get_by_role("link", name="Search").click()
    assert tab.url.endswith("search.html")
    context.close()


def test_a_text_cannot_end_the_index(tmp_path):
    hostile = display({"text/markdown": "`</script><script>document.title = 'taken'</script>`", "text/plain": "x"})
    html = make_report(tmp_path, [*made_outputs(), hostile])["search"].read_text()
    assert html.count("<script") == 2
    assert "taken" in html
