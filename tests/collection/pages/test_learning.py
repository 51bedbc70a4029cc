"""Learning, to be watched, in a real browser: its numbers beside the library's, by keyboard, on a phone."""

import json

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from support.explorer_making import small_explorer
from support.report_making import display, make_report

from rbm_lib.collection.explorer import Learning, TinyMachine, two_valleys
from rbm_lib.collection.explorer.tiny_machine import (
    divergence,
    expected_direction,
    free_energies,
    state_names,
    state_shares,
    transition_matrix,
)
from rbm_lib.collection.pages import (
    EXPLORER_MIME,
    WIDGET_MIME,
    content_policy,
    explorer_script,
    widget_module,
    widget_script,
)

MACHINES = 100
SIZES = [(4, 2), (3, 5), (5, 3), (2, 1)]  # films and hidden units
ASKED = """(machines) => machines.map(({ numbers, films, hidden, data, sweeps }) => {
  const tiny = new window.tiny.Tiny(numbers, films, hidden);
  return {
    names: tiny.states.map((state) => state.join("")), energies: tiny.energies, shares: tiny.shares,
    transition: tiny.transition, after: tiny.after(data, sweeps), divergence: tiny.divergence(data),
    cd: tiny.direction(data, sweeps), exact: tiny.direction(data, null), stepped: tiny.step(data, null, 0.3).numbers,
  };
})"""


def learning():
    return Learning(*two_valleys(), steps=24, learning_rate=0.5)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A notebook's page with learning to be watched, its index, and a page with an explorer beside it."""
    part, explorer = learning(), small_explorer()
    outputs = [
        display({WIDGET_MIME: json.loads(json.dumps(part.state)), "text/html": part.table, "text/plain": "x"}),
        display({EXPLORER_MIME: json.loads(json.dumps(explorer.state)), "text/html": explorer.table()}),
    ]
    both = make_report(tmp_path_factory.mktemp("both"), outputs)
    return make_report(tmp_path_factory.mktemp("learning"), outputs[:1]) | {"both": both["page"]}


def drawn(n):
    rng, (films, hidden) = np.random.default_rng(n), SIZES[n % len(SIZES)]
    machine = TinyMachine(rng.normal(0, 2, (films, hidden)), rng.normal(0, 1, films), rng.normal(0, 1, hidden))
    shares = rng.dirichlet(np.ones(2**films))
    shares[n % 2] = 0.0
    return machine, shares / shares.sum(), 1 + n % 7


def flat(machine):
    return np.concatenate([part.ravel() for part in machine])


def test_the_browser_computes_what_the_library_does(browser):
    tab = browser.new_page()
    code = widget_module("learning").replace("export default", "window.learning =")
    tab.add_script_tag(content=f"{code}\nwindow.tiny = module_tiny;", type="module")
    tab.wait_for_function("window.tiny")
    asked = [
        {"numbers": flat(machine).tolist(), "films": len(machine.visible_bias), "hidden": len(machine.hidden_bias),
         "data": data.tolist(), "sweeps": sweeps}
        for machine, data, sweeps in map(drawn, range(MACHINES))
    ]  # fmt: skip
    for n, found in enumerate(tab.evaluate(ASKED, asked)):
        machine, data, sweeps = drawn(n)
        sweep, exact = transition_matrix(machine), expected_direction(machine, data, None)
        assert found["names"] == state_names(len(machine.visible_bias))
        expected = {
            "energies": free_energies(machine),
            "shares": state_shares(machine),
            "transition": sweep,
            "after": data @ np.linalg.matrix_power(sweep, sweeps),
            "divergence": divergence(data, machine),
            "cd": flat(expected_direction(machine, data, sweeps)),
            "exact": flat(exact),
            "stepped": flat(machine) + 0.3 * flat(exact),
        }
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, atol=1e-10, err_msg=f"{name} of machine {n}")
    tab.close()


def test_steps_are_watched_and_weights_moved_by_keyboard(opened):
    page, part = opened(), learning()
    first = page.locator(".rule").first
    assert "1.276 nats" in first.inner_text()
    page.get_by_label("Step of learning").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.locator(".sweeps output").first.inner_text() == "3 of 24"
    for place, rule in enumerate(part.divergences):
        assert f"{part.divergences[rule][3]:.3f} nats" in page.locator(".rule").nth(place).inner_text()
    first.get_by_role("button").press("Enter")
    said = page.locator(".hand [role=status]")
    assert said.inner_text().startswith(f"CD-1 after 3 steps. {part.divergences['CD-1'][3]:.3f} nats")
    assert "worse than before: 1.276" in said.inner_text()
    page.get_by_role("button", name="All at zero").press("Enter")
    cells = page.locator(".every tbody td.machine")
    assert set(cells.all_inner_texts()) == {"6.3 %"}
    page.get_by_label("Weight between film A and hidden unit 1").press("End")
    page.get_by_label("Weight between film B and hidden unit 1").press("End")
    assert cells.all_inner_texts()[-4:] == ["25 %"] * 4  # both liked
    people, chain = (page.locator(f".every tbody td.{kind}") for kind in ("people", "chain"))
    page.get_by_label("Sweeps of the chain").press("Home")
    assert chain.all_inner_texts() == people.all_inner_texts()
    page.get_by_label("Sweeps of the chain").press("ArrowRight")
    assert chain.all_inner_texts() != people.all_inner_texts()
    page.get_by_role("button", name="One step of exact").press("Enter")
    assert "better than before" in said.inner_text()
    page.locator(".rbm-learning summary").press("Enter")
    page.locator(".transitions").wait_for()
    assert page.locator(".transitions i").count() == 256
    keys = ":is(button, input, select, summary)"  # in JupyterLab they keep theirs
    assert page.locator(f".rbm-learning {keys}:not([data-lm-suppress-shortcuts])").count() == 0
    assert page.heard == []


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_nothing_is_in_the_way_of_a_screen_reader_or_a_phone(opened, width, scheme):
    page = opened(width=width, scheme=scheme)
    page.get_by_label("Step of learning").fill("20")
    page.locator(".rbm-learning summary").click()
    found = Axe().run(page, context=".widget").response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_plays_to_its_end_but_not_for_those_who_want_no_motion(opened):
    page = opened()
    page.get_by_role("button", name="Play").click()
    page.get_by_text("24 of 24").wait_for()
    page.get_by_role("button", name="Play").wait_for()
    assert opened(reduced_motion="reduce").get_by_role("button", name="Play").count() == 0


def test_without_scripts_a_table_stands_there(opened):
    page = opened(java_script_enabled=False)
    assert page.locator(".widget table tbody tr").count() == 7
    assert page.locator(".rbm-widget").count() == 0


def test_a_page_holds_the_script_of_what_it_shows_and_no_more(opened, pages, tmp_path):
    alone = widget_script("learning")
    for which, scripts in (("page", [alone]), ("both", [alone, explorer_script()])):
        soup = BeautifulSoup(pages[which].read_text(encoding="utf-8"), "html.parser")
        allowed = set(content_policy(*scripts).split("; ")[1].split()[1:])
        assert allowed <= set(soup.find("meta", attrs={"http-equiv": True})["content"].replace(";", " ").split())
        assert set(scripts) <= {script.string for script in soup.find_all("script", type="module")}
    assert "class Machine" not in alone
    without = len(make_report(tmp_path)["page"].read_bytes())
    assert len(pages["page"].read_bytes()) - without < 150_000
    page = opened("both")
    assert page.locator("#widget-1 .rbm-learning").count() == page.locator("#explorer-1 .board").count() == 1
    assert page.heard == []


def test_the_index_leads_to_it(opened, pages):
    page = opened("index")
    link = page.locator(".movable a")
    assert link.count() == 1
    assert link.get_attribute("href") == "13-energy.html#widget-1"
    assert "Watch a machine learn" in link.inner_text()
