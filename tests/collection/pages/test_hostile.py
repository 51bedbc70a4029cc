"""Hostile titles in every table and sentence, opened in a browser: nothing runs, nothing loads, all read as typed."""

import base64
import io
import re
import warnings
import xml.etree.ElementTree as ET
from contextlib import redirect_stdout

import nbformat
import numpy as np
import pandas as pd
import pytest
from markupsafe import escape
from matplotlib import pyplot as plt
from PIL import Image
from support.hostile import HOSTILE
from support.report_making import display, make_report, png

from rbm_lib.analysis import films_of_hidden_units, new_user, recommendation_table
from rbm_lib.collection import figures
from rbm_lib.collection.pages.checks import content_policy
from rbm_lib.collection.pages.results import section
from rbm_lib.collection.pages.scripts import site_script
from rbm_lib.collection.results import styled, typed
from rbm_lib.collection.results.reading import Results
from rbm_lib.collection.results.typed import isolated, one_line, visible
from rbm_lib.collection.results.vector import vector_pair
from rbm_lib.data import Ratings
from rbm_lib.models import RBM

MARKS = ("**{}**", "*{}*", "[{}](13-energy.html)")
TITLES = list(HOSTILE.values())
ALONE = [visible(title) for title in TITLES]  # as a cell shows them
QUOTED = [isolated(visible(title)) for title in TITLES]  # and a sentence


def shown_table(style):
    return display({"text/html": style.to_html() if hasattr(style, "to_html") else style, "text/plain": "table"})


def said(text):
    return display({"text/markdown": text, "text/plain": text}, rbm_lib="conclusion")


def tables():
    """The kinds of table that notebooks show, with titles in cells, labels, names of rows and of columns."""
    frame = pd.DataFrame({"film": TITLES, "stars": np.linspace(1, 5, len(TITLES))})
    films = pd.DataFrame({"item_id": range(len(TITLES)), "title": TITLES})
    users = Ratings.from_triples(np.array(TITLES, dtype=object).astype(str), np.arange(len(TITLES)), [5] * len(TITLES))
    with pd.option_context("display.max_colwidth", None, "display.max_rows", None):
        plain = films._repr_html_()
        everybody = users.to_frame()
    labelled = frame.set_index(pd.Index(TITLES, name="film")).drop(columns="film")
    pairs = pd.DataFrame({"film": TITLES, "item": TITLES, "end": 1}).set_index(["film", "item"])
    wide = pd.DataFrame([range(len(TITLES))], columns=TITLES)
    return [
        styled(frame).hide().format({"stars": "{:g}"}),
        styled(frame).format({"stars": "{:.2f}"}, na_rep=""),
        styled(frame).set_properties(**{"text-align": "left"}),
        styled(labelled).format("{:.2f}"),
        styled(pairs),
        styled(wide).hide(),
        styled(everybody).hide(),
        styled(hidden_units()),
        styled(recommended()).format({"expected stars": "{:.2f}"}),
        plain,
    ]


def machine(units="softmax"):
    """A machine over the films, and ratings by which to ask it."""
    rows = np.repeat(np.arange(7), len(TITLES))
    ratings = Ratings.from_triples(rows, np.tile(np.arange(len(TITLES)), 7), 1 + rows % 5)
    ratings = ratings.binarize(3) if units == "bernoulli" else ratings
    return RBM(len(TITLES), num_hidden=3, units=units, seed=1), ratings


def hidden_units():
    model, ratings = machine("bernoulli")
    return films_of_hidden_units(model, ratings, np.array(TITLES, dtype=object), num_films=len(TITLES), min_ratings=1)


def recommended():
    model, ratings = machine()
    films = pd.DataFrame({"item_id": range(len(TITLES)), "title": TITLES})
    row = new_user([(0, 5)], ratings, films)
    return recommendation_table(model, row, ratings, films, n=len(TITLES))


def errors():
    """What is said of a film that nobody knows, the known ones quoted."""
    _, ratings = machine()
    films = pd.DataFrame({"item_id": range(len(TITLES)), "title": TITLES})
    found = []
    for title in TITLES:
        with pytest.raises(ValueError, match="expected one of") as caught:
            new_user([(f"{title}?", 5)], ratings, films)
        found.append(str(caught.value))
    return found


def outputs():
    sentences = [f"The best film is “{typed(title)}”, by far." for title in TITLES]
    printed = io.StringIO()
    with redirect_stdout(printed):
        print(*(title for name, title in HOSTILE.items() if name not in ("carriage", "noise")), sep="\n")
    picture = {"image/png": base64.b64encode(png()).decode()}
    return [
        *map(shown_table, tables()),
        *map(said, sentences),
        said("\n".join(f"- {sentence}" for sentence in sentences)),
        said("\n\n".join(f"## “{typed(title)}”" for title in TITLES)),
        said(
            "\n\n".join(
                f"**“{typed(title)}”** *“{typed(title)}”* [“{typed(title)}”](13-energy.html)" for title in TITLES
            )
        ),
        said("| film |\n|---|\n" + "\n".join(f"| “{typed(title)}” |" for title in TITLES)),
        said("\n\n".join(typed(title) for title in TITLES)),
        *(said(typed(error)) for error in errors()),
        nbformat.v4.new_output("stream", name="stdout", text=printed.getvalue()),
        *(display(picture, **{"image/png": {"alt": title, "width": 340}}) for title in TITLES),
    ]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A page with all of them, and an index whose answer, alternative text and data set name hold them."""
    answer = " ".join(f"“{typed(title)}”" for title in TITLES)
    return make_report(
        tmp_path_factory.mktemp("hostile"), outputs=outputs(), answer=answer, alt=" ".join(map(one_line, TITLES))
    )


@pytest.fixture(scope="module")
def careless(tmp_path_factory):
    """The same of a results file by somebody else, which escapes nothing."""
    answer = "\n\n".join(TITLES).replace("\ud800", "")
    return make_report(tmp_path_factory.mktemp("careless"), outputs=[said("So.")], answer=answer, alt=TITLES[0])


def opened(browser, html, policy=True):
    """A page, touched all over, and what was heard of it; `policy` False takes its content policy away first."""
    text = html.read_text(encoding="utf-8")
    bare = re.sub(r"<meta http-equiv[^>]*>", "", text)
    assert bare != text
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    tab, heard = context.new_page(), []
    tab.on("dialog", lambda dialog: (heard.append(f"dialog {dialog.message}"), dialog.dismiss()))
    tab.on("console", lambda message: heard.append(f"console {message.text}"))
    tab.on("pageerror", lambda error: heard.append(f"error {error}"))
    tab.route("**/*", lambda route: (heard.append(f"request {route.request.url}"), route.abort()))
    tab.set_content(text if policy else bare)
    tab.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    tab.evaluate(
        "for (const one of document.querySelectorAll('*')) for (const kind of "
        "['mouseover', 'focus', 'click', 'toggle', 'error', 'load', 'animationstart'])"
        " if (!one.closest('a')) one.dispatchEvent(new Event(kind, {bubbles: true}))"
    )
    tab.wait_for_timeout(50)
    return context, tab, heard


@pytest.mark.parametrize("which", ["page", "index"])
@pytest.mark.parametrize("policy", [True, False])
def test_no_event_fires_and_nothing_is_loaded(browser, report, careless, which, policy):
    """The policy is a second wall: without it nothing happens either."""
    for made in (report, careless):
        context, tab, heard = opened(browser, made[which], policy)
        assert heard == []
        names = tab.evaluate("[...new Set([...document.querySelectorAll('*')].map(one => one.localName))]")
        assert not {"iframe", "object", "embed", "base", "animate"} & set(names)
        assert tab.evaluate("[...document.scripts].map(one => one.textContent)") == [site_script()]
        assert tab.evaluate("[...document.forms].map(one => one.className)") == ["find"]  # made by that script
        assert tab.locator("a[download]").count() == (which == "page")  # the notebook's source
        links = "[...document.links].filter(one => !one.download)"
        addresses = tab.evaluate(f"{links}.map(one => one.getAttribute('href'))")
        assert [one for one in addresses if re.match(r"(?!https?:)\w+:", one)] == []
        assert [one for one in addresses if "evil" in one and one[0] != "#" and made is report] == []
        assert tab.evaluate("document.querySelectorAll('h1').length") == 1
        context.close()


def test_all_titles_read_as_typed(browser, report):
    context, tab, _ = opened(browser, report["page"])
    cells = tab.evaluate(
        "[...document.querySelectorAll('.scroll table')].map(table => "
        "[...table.querySelectorAll('th, td')].map(one => one.textContent))"
    )
    assert len(cells) >= len(tables()) + 1
    for own in cells[1:7]:
        assert [title for title in ALONE if title not in own] == []
    for own in cells[7:10]:  # the last is a plain frame, which writes tabs and line ends as \\t and \\n
        text = "\n".join(own)
        assert [title for title in ALONE if title not in text and "papermill" not in title] == []
    text = tab.evaluate("document.querySelector('main').textContent")
    assert [title for title in QUOTED if text.count(f"“{title}”") < 7] == []
    alts = tab.evaluate("[...document.images].map(one => one.alt)")
    assert [title for title in TITLES if title.replace("\x00", "\ufffd").replace("\r", "\n") not in alts] == []
    answer = tab.evaluate("document.querySelector('.answer').textContent")
    assert [title for title in QUOTED if f"“{title}”" not in answer] == []
    context.close()


def test_the_search_takes_titles_for_words(browser, report, careless):
    """What is found, and what was asked, stand on the page of the search as letters; the address holds the question."""
    for made in (report, careless):
        context = browser.new_context(offline=True)
        tab, heard = context.new_page(), []
        tab.on("dialog", lambda dialog, heard=heard: (heard.append(dialog.message), dialog.dismiss()))
        tab.on("console", lambda message, heard=heard: heard.append(message.text))
        tab.on("pageerror", lambda error, heard=heard: heard.append(str(error)))
        tab.goto(made["search"].as_uri())
        seen = set()
        for title in TITLES:
            tab.fill("#query", one_line(title))
            seen |= set(tab.evaluate("[...document.querySelectorAll('.results *')].map(one => one.localName)"))
        for title in TITLES[::9]:
            tab.fill("#query", one_line(title))
            tab.reload()
            assert tab.input_value("#query") == one_line(title).strip()
        assert heard == []
        assert seen <= {"li", "a", "span", "p", "mark"}
        tab.fill("#query", "javascript film")
        assert made is careless or "[Free film](javascript:alert(1))" in tab.inner_text(".results")
        context.close()


def test_the_policy_stops_a_script_that_is_not_the_librarys_own(browser, report, tmp_path):
    """The policy alone: a page into which somebody writes a script, an event and a picture from elsewhere."""
    own = "document.title = 'run'"
    text = report["index"].read_text(encoding="utf-8")
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)><img src=https://evil.example/x.png>"
    before, after = (str(escape(content_policy(site_script(), *more))) for more in ((), (own,)))
    hashed = text.replace(before, after).replace("</main>", f"{evil}<script>{own}</script></main>")
    assert hashed.count(after) == 1
    made = tmp_path / "page.html"
    made.write_text(hashed, encoding="utf-8")
    context, tab, heard = opened(browser, made)
    assert [one for one in heard if not one.startswith("console")] == []
    assert len([one for one in heard if "Content Security Policy" in one]) >= 3
    assert tab.title() == "run"
    context.close()


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_figure_takes_any_title_as_letters_without_a_warning(name):
    title = HOSTILE[name]
    figures.use_style()
    fig, (one, two, three, four) = plt.subplots(1, 4)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", append=True)  # behind the filters of `use_style`
        figures.plot_chain(np.zeros((3, 1)), one, titles=[title])
        figures.plot_star_shares(np.full((1, 5), 0.2), [3], [1, 2, 3, 4, 5], two, labels=[title])
        figures.plot_fantasies(np.ones((2, 1)), [1, 2], [title], three)
        figures.plot_machine([1.0], [0.5], [[1.0]], four, titles=[title])
        fig.savefig(io.BytesIO(), format="png")
        drawn = vector_pair(fig)
    said = ["".join(text.itertext()) for text in ET.fromstring(drawn[0]).iter("{http://www.w3.org/2000/svg}text")]
    assert one_line(title)[:5] in "".join(said)
    assert [str(one.message) for one in heard if "deprecat" not in str(one.message).lower()] == []
    for label, width in ((one.get_xticklabels()[0], None), (four.texts[-1], 60)):
        text, is_formula = label._preprocess_math(label.get_text())
        assert (text, is_formula) == (one_line(title)[:width], False)
    plt.close(fig)


def test_titles_in_results_md_stay_in_their_cells():
    rows = [[title, 1.5, "log_loss"] for title in TITLES]
    tables = {"films": {"columns": ["film", "value", "metric"], "rows": rows, "timing": False}}
    payload = {"headline": None, "answer": "So.", "conclusions": [], "records": [], "tables": tables,
               "figures": [{"file": "figures/13-a.png", "alt": "\n".join(TITLES)}]}  # fmt: skip
    notebook = type("Notebook", (), {"slug": "13-energy", "number": "13", "title": "T", "question": "Q?"})
    text = section(notebook, Results("13-energy", None, payload))
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(lines) == len(TITLES) + 2
    for line in lines[2:]:
        assert line.count("|") == 4
        assert line.endswith("| 1.5 | log loss |")
        assert not set("<>`$[]*_~") & set(line)
    (figure,) = [place for place, line in enumerate(text.splitlines()) if line.startswith("![")]
    assert text.splitlines()[figure + 2].startswith("*Figure 13.1: ")  # the caption, on a line of its own
    assert text.splitlines()[figure + 3] == ""
    assert "](figures/13-a.png)" in text


def test_a_plain_name_is_left_alone():
    for title in ("The Quiet Comet (1987)", "Mission: Impossible", "300", "Se7en", "Léon (1994)", "L'Atalante, 1934!"):
        assert typed(title) == title
    image = Image.open(io.BytesIO(png()))
    assert image.size == (340, 170)
