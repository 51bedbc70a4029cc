"""Widgets in a real browser: their numbers beside the library's, by keyboard, on a phone, for a screen reader."""

import json
from itertools import product

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from support.report_making import display, make_report
from support.widget_making import DIALS, all_figures, board, dial

from rbm_lib.collection.article import SWITCHES, waterfall_path, worth_by_order, worth_of
from rbm_lib.collection.pages import (
    WIDGET_MIME,
    PageError,
    Widget,
    content_policy,
    site_script,
    widget_module,
    widget_script,
)
from rbm_lib.collection.pages.widgets import take_widgets

MADE = {"repairs": board, "chains": dial}
WORTHS = """(state) => {
  const worth = new window.worth.Worth(state);
  const masks = [...Array(128).keys()];
  return {
    at: masks.map((mask) => worth.at("accuracy", mask)),
    flips: worth.switches.map((_, place) => masks.map((mask) => worth.flip("auc", mask, place))),
    made: masks.map((mask) => worth.made(mask)),
    order: [...Array(8).keys()].map((count) => worth.at("accuracy", worth.inOrder(count))),
    best: worth.ranked("log_loss")[0], known: worth.ranked("log_loss").length,
  };
}"""
MOVING = """[...document.querySelectorAll('.rbm-widget *')]
  .filter((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0).length"""
DIRECTIONS = """([state, asked]) => {
  const direction = new window.direction.Direction(state);
  return asked.map((one) => ({ ...direction.at(one), best: direction.best(one, 1) }));
}"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A notebook's page with each kind of widget."""
    made = {}
    for kind, make in MADE.items():
        data = make()._repr_mimebundle_()[0]
        output = display({name: data[name] for name in (WIDGET_MIME, "text/html", "text/plain")})
        made[kind] = make_report(tmp_path_factory.mktemp(kind), [output])["page"]
    return made


@pytest.fixture(autouse=True)
def as_in_a_report(monkeypatch):
    monkeypatch.setenv("RBM_STAGING", "somewhere")


@pytest.fixture
def inside(browser):
    """`inside(kind, module, code, argument)` runs code with a module of the script on `window`."""
    context = browser.new_context(offline=True)

    def run(kind, module, code, argument):
        page = context.new_page()
        page.add_script_tag(content=f"{widget_script(kind)}\nwindow.{module} = module_{module};")
        return page.evaluate(code, argument)

    yield run
    context.close()


def test_the_figures_of_all_combinations_are_the_librarys(inside):
    figures = all_figures()
    found = inside("repairs", "worth", WORTHS, board().state)
    accuracy, auc, log_loss = (worth_of(figures, metric) for metric in ("accuracy", "auc", "log_loss"))
    places = [tuple((mask >> place) & 1 for place in range(7)) for mask in range(128)]
    np.testing.assert_allclose(found["at"], [accuracy[place] for place in places], atol=1e-5)
    assert found["made"] == [sum(place) for place in places]
    np.testing.assert_allclose(found["order"], waterfall_path(accuracy), atol=1e-5)
    for axis, flips in enumerate(found["flips"]):
        expected = [np.diff(auc, axis=axis).squeeze(axis)[place[:axis] + place[axis + 1 :]] for place in places]
        signs = [1 - 2 * place[axis] for place in places]
        np.testing.assert_allclose(flips, np.multiply(expected, signs), atol=3e-5)
    assert found["known"] == np.isfinite(log_loss).sum() == 64
    assert places[found["best"]] == np.unravel_index(np.nanargmin(log_loss), log_loss.shape)


def test_the_errors_of_directions_are_the_librarys(inside):
    names, choices = ("place", "weights", "negative", "users"), ((0, 3), (0, 1), ("sampled", "expected"), (1, 64))
    asked = [dict(zip(names, one, strict=True)) for one in product(*choices)]
    found = inside("chains", "direction", DIRECTIONS, [dial().state, asked])
    for one, answer in zip(asked, found, strict=True):
        table = list(DIALS.values())[one["weights"]]
        rows = table[table["negative"] == one["negative"]].reset_index(drop=True)
        noise = rows["noise"] / np.sqrt(one["users"])
        row = rows.iloc[one["place"]]
        assert answer["error"] == pytest.approx(row["error"])
        assert answer["noise"] == pytest.approx(noise[one["place"]])
        assert answer["together"] == pytest.approx(np.hypot(row["error"], noise[one["place"]]))
        price = (2 + 0.5 * rows["cd_steps"]) / 2.5
        assert answer["price"] == pytest.approx(price[one["place"]])
        assert answer["best"] == np.hypot(rows["error"], noise * np.sqrt(price)).argmin()


def test_switches_by_keyboard_change_the_figure_and_write_down_the_way(opened):
    page, accuracy = opened("repairs"), worth_of(all_figures(), "accuracy")
    figure, steps = page.locator(".figure"), page.locator(".way li")
    assert figure.inner_text() == f"{100 * accuracy[(0,) * 7]:.1f} %"
    switch = page.get_by_role("switch", name="unrated films absent")
    added = 100 * (accuracy[0, 0, 0, 1, 0, 0, 0] - accuracy[(0,) * 7])
    said = f"{added:+.1f}".replace("-", "−")
    assert page.locator(".switches li", has=switch).locator(".change").inner_text().strip("▲▼ ") == said
    switch.press("Space")
    assert switch.is_checked()
    assert figure.inner_text() == f"{100 * accuracy[0, 0, 0, 1, 0, 0, 0]:.1f} %"
    assert said in steps.nth(0).inner_text()
    page.get_by_role("button", name="Next repair").press("Enter")
    assert figure.inner_text() == f"{100 * accuracy[1, 0, 0, 1, 0, 0, 0]:.1f} %"
    assert "one's own ratings" in steps.nth(1).inner_text()
    page.get_by_role("button", name="Back").press("Enter")
    assert steps.count() == 1
    page.get_by_role("button", name="All repaired").press("Enter")
    assert figure.inner_text() == f"{100 * accuracy[(1,) * 7]:.1f} %"
    assert "7 of 7 repairs made" in page.locator(".said[role=status]").inner_text()
    assert page.get_by_role("button", name="Next repair").is_disabled()
    page.get_by_role("radio", name="log loss").press("Space")
    page.get_by_role("switch", name="mean field").press("Space")
    assert figure.inner_text() == "infinite"
    assert page.heard == []


def test_a_way_in_the_published_order_ends_where_all_is_repaired(opened):
    page, path = opened("repairs"), waterfall_path(worth_of(all_figures(), "accuracy"))
    for _ in SWITCHES:
        page.get_by_role("button", name="Next repair").click()
    steps = page.locator(".way li").all_inner_texts()
    table = 100 * worth_by_order(worth_of(all_figures(), "accuracy"))["in order"]
    for text, value, added in zip(steps, path[1:], table, strict=True):
        assert f"→ {100 * value:.1f} %" in text
        assert f"{abs(added):.1f}" in text


def test_k_by_keyboard_changes_error_noise_and_price(opened):
    page = opened("chains")
    values = page.locator(".meters dd")
    page.get_by_label("k, sweeps of the chain").press("ArrowRight")
    rows = DIALS["strong"][DIALS["strong"]["negative"] == "sampled"].reset_index(drop=True)
    assert values.all_inner_texts()[0] == f"{100 * rows['error'][1]:.1f} %"
    assert page.get_by_label("k, sweeps of the chain").get_attribute("aria-valuetext") == "k of 2"
    assert values.all_inner_texts()[3] == f"× {(2 + 0.5 * 2) / 2.5:.2f}"
    before = values.all_inner_texts()[1]
    page.get_by_label("users in a mini-batch").press("ArrowRight")
    assert values.all_inner_texts()[1] != before
    assert values.all_inner_texts()[0] == f"{100 * rows['error'][1]:.1f} %"
    page.get_by_role("radio", name="their means").press("Space")
    assert values.all_inner_texts()[0] != f"{100 * rows['error'][1]:.1f} %"
    assert "k of 2" in page.locator(".said[role=status]").inner_text()
    assert page.heard == []


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_nothing_is_in_the_way_of_a_screen_reader_or_a_phone(opened, kind, width, scheme):
    page = opened(kind, width, scheme, reduced_motion="reduce")
    page.locator("input:is([type=checkbox], [type=radio]):not(#show-code)").nth(1).press("Space")
    found = Axe().run(page, context=".output").response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".said[role=status]").count() == 1
    assert page.evaluate(MOVING) == 0
    keys = ":is(button, input, select, summary)"  # in JupyterLab they keep theirs
    assert page.locator(f".rbm-widget {keys}:not([data-lm-suppress-shortcuts])").count() == 0


@pytest.mark.parametrize("kind", MADE)
def test_without_scripts_a_table_stands_there(opened, kind):
    page = opened(kind, java_script_enabled=False)
    assert page.locator(".output table tbody tr").count() == {"repairs": 16, "chains": 8}[kind]
    assert page.locator(".rbm-widget").count() == 0


def test_the_table_without_scripts_holds_all_combinations():
    figures = all_figures()
    cells = [cell.get_text() for cell in BeautifulSoup(board().table, "html.parser").select("td")]
    found = [cell for cell in cells if cell.replace(".", "").isdigit()]
    assert sorted(found) == sorted(f"{100 * value:.1f}" for value in figures["accuracy"])
    first = BeautifulSoup(board().table, "html.parser").select("tbody tr")[0].get_text("|").split("|")
    assert first[:2] == ["none", f"{100 * worth_of(figures, 'accuracy')[(0,) * 7]:.1f}"]


@pytest.mark.parametrize("kind", MADE)
def test_a_page_lets_in_the_script_of_its_widget_and_no_other(pages, kind):
    soup = BeautifulSoup(pages[kind].read_text(encoding="utf-8"), "html.parser")
    assert soup.find("meta", attrs={"http-equiv": True})["content"] == content_policy(
        widget_script(kind), site_script()
    )
    assert sorted(script["type"] for script in soup.find_all("script")) == ["application/json", "module", "module"]
    for text in (widget_script(kind), widget_module(kind)):
        assert "</script" not in text.lower()
        assert "<!--" not in text
    assert widget_module(kind).rstrip().endswith(f"export default {{ render: module_{kind}.render }};")


def test_a_widget_is_to_have_a_state_of_its_kind_and_a_table():
    def notebook(data):
        output = nbformat.v4.new_output("display_data", data)
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output], execution_count=5)])

    for data, message in (
        ({WIDGET_MIME: "x", "text/html": ""}, r"cell \[5\]: expected the state of a widget of kind .*found None"),
        ({WIDGET_MIME: {"kind": "clock"}, "text/html": ""}, "found 'clock'"),
        ({WIDGET_MIME: {"kind": "chains"}}, r"cell \[5\]: a widget without a table"),
    ):
        with pytest.raises(PageError, match=message):
            take_widgets(notebook(data))
    with pytest.raises(ValueError, match=r"kind: expected one of .*, found 'clock'"):
        Widget("clock", {}, "")


@pytest.mark.parametrize("kind", MADE)
def test_in_jupyterlab_the_widget_carries_the_same_state(kind, monkeypatch):
    monkeypatch.delenv("RBM_STAGING")
    made = MADE[kind]()
    data, _ = made._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert made.widget.state == data[WIDGET_MIME] == json.loads(json.dumps(made.state))


def test_in_jupyterlab_each_kind_keeps_a_style_sheet_of_its_own(monkeypatch):
    monkeypatch.delenv("RBM_STAGING")
    made = [make().widget for make in MADE.values()]
    assert len({one._anywidget_id for one in made}) == len({one._css for one in made}) == len(MADE)
