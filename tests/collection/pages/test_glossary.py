"""The glossary's page, the links to it, and the note that stands first on pages of the quick profile."""

import re

from bs4 import BeautifulSoup
from support.report_making import make_report

from rbm_lib.collection import places
from rbm_lib.collection.pages.glossary import glossary_html
from rbm_lib.collection.pages.quick import quick_note
from rbm_lib.collection.results.notebooks import find_notebooks

SOURCE = places.REPOSITORY / "notebooks" / "glossary.md"
LINK = re.compile(r"\]\(glossary\.md(?:#([\w-]*))?\)")


def page():
    text = SOURCE.read_text(encoding="utf-8")
    return BeautifulSoup(glossary_html(text, find_notebooks(), "planted · quick profile"), "html.parser")


def test_the_glossary_is_a_page_without_formulae_left_as_source():
    soup = page()
    assert soup.h1.get_text() == "Glossary and symbols"
    assert "$" not in soup.main.get_text()
    assert len(soup.select("main li strong")) >= 35
    assert [cell.get_text() for cell in soup.select("thead th")] == ["symbol", "meaning", "name in code"]


def test_the_glossary_has_the_menu_and_the_search_of_every_page():
    soup = page()
    menu = [link["href"] for link in soup.select("header nav a")]
    assert menu == [f"{notebook.slug}.html" for notebook in find_notebooks()]
    assert soup.select_one("header a.find")["href"] == "search.html"
    assert "addSearchField();" in soup.select_one("script[type=module]").string  # the link becomes the field
    assert soup.select_one("a.skip")["href"] == f"#{soup.main['id']}"


def test_every_link_of_a_notebook_to_the_glossary_leads_to_one_of_its_headings():
    anchors = {heading["id"] for heading in page().find_all("h2")}
    texts = [cell["source"] for notebook in find_notebooks() for cell in notebook.cells]
    asked = [anchor for text in texts for anchor in LINK.findall(text)]
    assert asked
    assert set(asked) <= anchors | {""}


def test_links_lead_to_pages():
    soup = BeautifulSoup(
        glossary_html("# Words\n\nSee [the first](01-ratings.ipynb) and [more](#more)."), "html.parser"
    )
    assert [link["href"] for link in soup.select("main a")] == ["01-ratings.html", "#more"]


def test_a_quick_page_says_first_that_it_is_the_toy_run(tmp_path, monkeypatch):
    said = quick_note("planted", "quick")
    assert said.startswith("This is the toy run")
    assert "made up" in said
    assert "reports/ml-1m/RESULTS.md" in said
    assert "made up" not in quick_note("ml-100k", "quick")
    assert quick_note("planted", "full") == ""
    index = BeautifulSoup(make_report(tmp_path)["index"].read_text(), "html.parser")
    assert index.select_one("header .toy").get_text().strip().startswith("This is the toy run")
