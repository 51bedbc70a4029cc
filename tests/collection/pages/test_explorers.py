"""The explorer's page in a real browser: without a network, by keyboard, on a phone, for a screen reader."""

import json

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from support.explorer_making import known_ratings, small_explorer
from support.report_making import display, make_report

from rbm_lib.collection.explorer import explorer_page
from rbm_lib.collection.pages import EXPLORER_MIME, PageError, content_policy, explorer_script, site_script
from rbm_lib.collection.pages.checks import check_self_contained
from rbm_lib.collection.pages.explorers import take_explorers


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A notebook's page with an explorer, and the explorer's own page."""
    root, explorer = tmp_path_factory.mktemp("explorers"), small_explorer()
    state = json.loads(json.dumps(explorer.state))
    output = display({EXPLORER_MIME: state, "text/html": explorer.table(), "text/plain": "an explorer"})
    page = root / "explorer.html"
    page.write_text(explorer_page(explorer, about="A small machine."), encoding="utf-8")
    return {"notebook": make_report(root, [output])["page"], "own": page}


def stars_of(page, title, stars):
    row = page.locator(".films .film", has=page.locator("legend", has_text=title))
    return row.locator(f"input[aria-label='{stars}']")


@pytest.mark.parametrize("which", ["notebook", "own"])
def test_rating_by_keyboard_moves_units_and_films_and_says_why(opened, which):
    page = opened(which)
    before = page.locator(".picks").first.inner_text()
    page.locator("[role=combobox]").focus()
    page.keyboard.type("amelie")
    assert page.locator("[role=option]").all_inner_texts() == ["Amélie (2001)"]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.type") == "radio"
    page.keyboard.press("Space")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert stars_of(page, "Amélie", "5 stars").is_checked()
    assert page.locator(".picks").first.inner_text() != before
    assert "your 5 stars for Amélie" in page.locator(".why").inner_text()
    assert page.locator(".units li").count() >= 3
    assert page.locator(".links path").count() >= 2
    page.locator(".picks button").nth(1).press("Enter")
    second = page.locator(".picks button").nth(1).locator(".title").inner_text()
    assert page.locator(".why").inner_text().startswith(second)
    page.locator(".explanation summary").press("Enter")
    page.locator(".explanation tr.total").wait_for()
    assert page.locator(".explanation tbody tr").count() == 2
    page.locator(".chain summary").press("Enter")
    page.locator(".strip").wait_for()
    page.locator(".chain input").press("ArrowRight")
    assert "units are on" in page.locator(".chain output").inner_text()
    keys = ":is(button, input, select, summary)"  # in JupyterLab they keep theirs
    assert page.locator(f".rbm-explorer {keys}:not([data-lm-suppress-shortcuts])").count() == 0
    assert page.heard == []


@pytest.mark.parametrize("which", ["notebook", "own"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_nothing_is_in_the_way_of_a_screen_reader_or_a_phone(opened, which, width, scheme):
    page = opened(which, width, scheme)
    for row, stars in ((0, "5 stars"), (2, "1 star")):
        page.locator(".films .film").nth(row).locator(f"input[aria-label='{stars}']").check(force=True)
    page.locator(".explanation summary").click()
    page.locator(".chain summary").click()
    page.locator("[role=combobox]").fill("film")
    found = Axe().run(page, context=".explorer").response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_ratings_are_saved_and_loaded_as_a_table(opened, tmp_path):
    page = opened("own")
    stars_of(page, "Film number 3", "5 stars").check(force=True)
    page.locator("[role=combobox]").fill("quoted")
    page.keyboard.press("Enter")
    stars_of(page, "Quoted", "2 stars").check(force=True)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save").click()
    file = tmp_path / "mine.csv"
    download.value.save_as(file)
    assert set(file.read_text(encoding="utf-8").splitlines()) == {
        "item,title,rating",
        '208,"Film number 3, The (1903)",5',
        '200,"The ""Quoted"", Film (1987)",2',
    }
    explorer = small_explorer()
    explorer.rate(file)
    assert sorted(explorer.own) == [("Film number 3, The (1903)", 5.0), ('The "Quoted", Film (1987)', 2.0)]
    page.get_by_role("button", name="Clear").click()
    assert page.locator(".film.given").count() == 0
    file.write_text(file.read_text(encoding="utf-8") + "9,Unknown,3\n", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(file)
    page.locator(".message", has_text="2 ratings read").wait_for()
    assert "Unknown" in page.locator(".message").inner_text()
    assert page.locator(".films .film.given").count() == 2
    assert page.heard == []


@pytest.mark.parametrize("which", ["notebook", "own"])
def test_without_scripts_a_table_of_the_units_stands_there(opened, which):
    page = opened(which, java_script_enabled=False)
    assert page.locator(".explorer table tbody tr").count() == 7
    assert page.locator(".rbm-explorer").count() == 0
    assert page.get_by_text("films it raises").is_visible()


def test_a_page_lets_in_the_librarys_script_and_no_other(opened, pages):
    html = pages["own"].read_text(encoding="utf-8")
    soup = BeautifulSoup(html, "html.parser")
    assert soup.find("meta", attrs={"http-equiv": True})["content"] == content_policy(explorer_script())
    for script in (explorer_script() + " ", "alert()"):
        added = BeautifulSoup(f"<script type='module'>{script}</script>", "html.parser")
        with pytest.raises(PageError, match="<script>"):
            check_self_contained(added, [explorer_script()])
    for tag in ("<script type='application/json'>{</script>", "<script type='module' src='a.js'></script>"):
        with pytest.raises(PageError, match="<script>"):
            check_self_contained(BeautifulSoup(tag, "html.parser"), [explorer_script()])
    check_self_contained(soup.body, [explorer_script()])
    with pytest.raises(PageError, match="<script>"):
        check_self_contained(soup.body)
    foreign = pages["own"].with_name("foreign.html")
    foreign.write_text(html.replace("</body>", "<script>document.title = 'taken'</script></body>"), encoding="utf-8")
    page = opened("own")
    page.goto(foreign.as_uri())
    assert page.title() != "taken"
    assert any("Content Security Policy" in text for text in page.heard)


def test_titles_are_text_and_nothing_more(opened):
    page = opened("own")
    page.locator("[role=combobox]").fill("script")
    page.keyboard.press("Enter")
    assert page.locator(".films legend", has_text="</script><b>bold</b>").count() == 1
    assert page.locator("b", has_text="bold").count() == 0
    assert page.heard == []


def test_a_page_has_the_scripts_that_it_needs_and_no_other(pages, tmp_path):
    plain = BeautifulSoup(make_report(tmp_path)["page"].read_text(encoding="utf-8"), "html.parser")
    notebook = BeautifulSoup(pages["notebook"].read_text(encoding="utf-8"), "html.parser")
    for soup, scripts in ((plain, [site_script()]), (notebook, [site_script(), explorer_script()])):
        assert [script.string for script in soup.find_all("script", type="module")] == scripts
        assert soup.find("meta", attrs={"http-equiv": True})["content"] == content_policy(*scripts)
    assert "rbm-explorer" not in str(plain)


def test_an_explorer_is_to_have_a_state_and_a_table():
    def notebook(data):
        output = nbformat.v4.new_output("display_data", data)
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output], execution_count=5)])

    for data, message in (
        ({EXPLORER_MIME: "x", "text/html": ""}, r"cell \[5\]: expected an explorer's bundle and ratings, found str"),
        ({EXPLORER_MIME: {"bundle": {}, "ratings": {}}}, r"cell \[5\]: an explorer without a table"),
    ):
        with pytest.raises(PageError, match=message):
            take_explorers(notebook(data))


def test_the_script_can_stand_in_a_page():
    assert "</script" not in explorer_script().lower()
    assert "<!--" not in explorer_script()
    assert known_ratings().ratings_per_item.tolist() == sorted(known_ratings().ratings_per_item, reverse=True)
