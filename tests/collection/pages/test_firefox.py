"""Pages in Firefox: silent, dark and calm where the reader wants it, by keyboard, with the numbers of Chromium."""

import json

import pytest
from support.explorer_making import small_explorer
from support.firefox import CALM, FIREFOX, SCHEME, Firefox
from support.report_making import display, make_report
from support.widget_making import board, dial

from rbm_lib.collection.explorer import Learning, explorer_page, two_valleys
from rbm_lib.collection.pages import EXPLORER_MIME, WIDGET_MIME

# What a reader does on each page, then all the text of the widget.
RATED = """[...document.querySelectorAll('.films .film')].slice(0, 4)
  .forEach((row, n) => row.querySelectorAll('input')[n % 2 ? 0 : 4].click()),
  document.querySelectorAll('.rbm-explorer summary').forEach((one) => one.click())"""
PULLED = """document.querySelectorAll('.rbm-widget input[type=range]').forEach((one) => {
  one.value = Number(one.max) / 2; one.dispatchEvent(new Event('input', { bubbles: true })); })"""
SWITCHED = "document.querySelectorAll('.rbm-widget [role=switch]').forEach((one, n) => n % 2 || one.click())"
DONE = {"own": RATED, "explorer": RATED, "learning": PULLED, "chains": PULLED, "repairs": SWITCHED}
SHOWN = "document.querySelector('.rbm-explorer, .rbm-widget').textContent"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A page with each kind of widget and with an explorer, the explorer's own page, an index and its search."""
    explorer, learning = small_explorer(), Learning(*two_valleys(), steps=24, learning_rate=0.5)
    states = {"explorer": (EXPLORER_MIME, explorer.state, explorer.table())}
    for kind, made in {"learning": learning, "repairs": board(), "chains": dial()}.items():
        states[kind] = (WIDGET_MIME, made.state, made.table)
    root, found = tmp_path_factory.mktemp("firefox"), {}
    for name, (mime, state, table) in states.items():
        output = display({mime: json.loads(json.dumps(state)), "text/html": table, "text/plain": name})
        (root / name).mkdir()
        report = make_report(root / name, [output])
        found |= {name: report["page"], "index": report["index"], "search": report["search"]}
    found["own"] = root / "explorer.html"
    found["own"].write_text(explorer_page(explorer, about="A small machine."), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def firefox():
    """Firefox of a reader who wants the dark and no motion, one for all tests of this file."""
    if FIREFOX is None:
        pytest.skip("firefox-esr is not installed")
    running = Firefox(**{SCHEME: 0, CALM: 1})
    yield running
    running.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_anything_to_complain_of(firefox, pages, width):
    for page in pages.values():
        firefox.open(page, width)
        assert firefox.ask("document.documentElement.scrollWidth") <= width
        assert max(map(int, firefox.ask("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)"))) < 40
        assert firefox.heard == [], page
    firefox.ask("console.log('heard')")
    assert firefox.heard == ["heard"]  # else nothing would be


@pytest.mark.parametrize("which", DONE)
def test_what_is_shown_is_what_chromium_shows(firefox, browser, pages, which):
    firefox.open(pages[which])
    tab = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="dark", reduced_motion="reduce")
    tab.goto(pages[which].as_uri())
    before = firefox.ask(SHOWN)
    for ask in (firefox.ask, tab.evaluate):
        ask(f"(() => {{ {DONE[which]} }})()")
    found, expected = firefox.ask(SHOWN), tab.evaluate(SHOWN)
    tab.close()
    assert before != found == expected
    assert sum(letter.isdigit() for letter in found) > 30
    assert firefox.heard == []


def test_films_are_rated_by_keyboard(firefox, pages):
    firefox.open(pages["own"]).ask("document.querySelector('[role=combobox]').focus()")
    firefox.press("amelie")
    firefox.wait_for("document.querySelectorAll('[role=option]').length == 1")
    firefox.press("Enter")
    firefox.wait_for("document.activeElement.type == 'radio'")
    firefox.press(" ", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    firefox.wait_for("document.querySelector('.why').innerText.includes('your 5 stars for Amélie')")
    firefox.ask("document.querySelectorAll('.picks button')[1].focus()")
    firefox.press("Enter")
    second = firefox.ask("document.querySelectorAll('.picks button')[1].querySelector('.title').innerText")
    firefox.wait_for(f"document.querySelector('.why').innerText.startsWith({json.dumps(second)})")
    assert firefox.ask("document.querySelectorAll('.links path').length") >= 2
    assert firefox.heard == []


@pytest.mark.parametrize(
    ("which", "control", "key", "said"),
    [
        ("learning", "[aria-label='Step of learning']", "ArrowRight", "1 of 24"),
        ("repairs", "[role=switch]", " ", "1 of 7 repairs made"),
        ("chains", "[aria-label='k, sweeps of the chain']", "ArrowRight", "With k of 2"),
    ],
)
def test_widgets_are_turned_by_keyboard(firefox, pages, which, control, key, said):
    firefox.open(pages[which]).ask(f'document.querySelector("{control}").focus()')
    assert said not in firefox.ask(SHOWN)
    firefox.press(key)
    firefox.wait_for(f"{SHOWN}.includes({json.dumps(said)})")
    assert (
        firefox.ask("[...document.querySelectorAll('button')].some((one) => one.textContent == 'Play' && !one.hidden)")
        is False
    )
