"""Pages: self-contained, quiet, readable on a phone and in the dark. The last tests open them in a browser."""

import re
import shutil
import struct
import zlib

import nbformat
import pytest
from bs4 import BeautifulSoup
from notebook_making import make_notebook

from rbm_lib import fonts, index_page, pages
from rbm_lib.freshness import Ledger, RunRecord
from rbm_lib.mathml import FormulaError, math_characters, to_mathml
from rbm_lib.notebooks import parse_notebook
from rbm_lib.page_checks import PageError, check_outputs, check_self_contained
from rbm_lib.results import open_report

BROWSER = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
PROSE = r"""M:## What is the energy?

The couplings are $W_{ij}^k$ and $\hat r_i = \operatorname*{arg\,max}_k p(v_i = k \mid \mathbf v)$,
see [before](11-before.ipynb).

$$E(\mathbf v, \mathbf h) = -\sum_{i=1}^{V} m_i v_i \Bigl(a_i + \sum_{j=1}^{F} W_{ij} h_j\Bigr)
- \sum_j b_j h_j - \log \sum_{\mathbf h} e^{-E(\mathbf v, \mathbf h)} + \sum_{i=1}^{V} \sum_{j=1}^{F} v_i W_{ij} h_j$$

\begin{align}
a &= b \\
c &= \frac{1}{2}
\end{align}

| method | reported |
|---|---|
| RMSE | 0.9097 |
"""
WIDE = "<table border='1' class='dataframe'><thead><tr>{}</tr></thead><tbody><tr>{}</tr></tbody></table>".format(
    "".join(f"<th>a rather long column {n}</th>" for n in range(13)), "".join(f"<td>0.{n}</td>" for n in range(13))
)


def png(width=340, height=170):
    """A white picture, by hand."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\xff" * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def executed(path, outputs):
    """An executed copy of a notebook: its last code cell has `outputs`."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].outputs = outputs
    target = path.with_suffix(".done.ipynb")
    nbformat.write(notebook, target)
    return target


def display(data, **metadata):
    return nbformat.v4.new_output("display_data", data, metadata=metadata)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report folder with one notebook's page, and an index that also shows one that failed."""
    import base64

    root = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RBM_REPORTS_DIR", str(root / "reports"))
        patch.setenv("RBM_NOTEBOOKS_DIR", str(root))
        patch.setattr("rbm_lib.freshness.fingerprint", lambda dataset: "data")
        sources = [
            make_notebook(root / "11-before.ipynb", "1"),
            make_notebook(
                root / "13-energy.ipynb", PROSE, f"x = {'1 + ' * 80}1", "import os", "show()", reads="`11-before`"
            ),
            make_notebook(root / "17-after.ipynb", "1"),
        ]
        notebooks = [parse_notebook(path) for path in sources]
        writer = open_report("13-energy", dataset="planted", profile="quick", seed=5, data="c0ffee")
        writer.record("always_like", 0.8761, unit="share")
        writer.record("accuracy", 0.866, 0.861, 0.871, unit="share", base_rate="always_like")
        writer.headline("accuracy")
        writer.conclude(r"It is **worse than** answering like, by $\Delta = -0.010$.")
        picture = writer.folder / "figures" / "13-white.png"
        picture.parent.mkdir(parents=True)
        picture.write_bytes(png())
        writer._figures["13-white"] = {"file": "figures/13-white.png", "alt": "Nothing at all."}
        writer.write()
        outputs = [
            nbformat.v4.new_output("stream", name="stdout", text="a line " * 40),
            display({"text/html": WIDE, "text/plain": "wide"}),
            display(
                {"image/png": base64.b64encode(png()).decode()},
                **{"image/png": {"alt": "Nothing at all.", "width": 340}},
            ),
            display({"text/markdown": "So it is."}, rbm_lib="conclusion"),
        ]
        ledger = Ledger(writer.folder, "planted", "quick")
        record = RunRecord("finished", parts={"dataset": "planted", "profile": "quick"}, seconds=83)
        done, results = executed(sources[1], outputs), ledger.results_path("13-energy")
        page = writer.folder / "13-energy.html"
        page.write_text(pages.Renderer(notebooks).page(notebooks[1], done, results, record))
        record.save(ledger.run_path("13-energy.json"))
        standings = {
            "11-before": ("stale", "never run"),
            "13-energy": ("finished", ""),
            "17-after": ("failed", "cell [3]: it broke"),
        }
        index = writer.folder / "index.html"
        index.write_text(index_page.index_html(ledger, notebooks, standings))
    return {"page": page, "index": index}


def test_the_page_says_what_it_must(report):
    soup = BeautifulSoup(report["page"].read_text(), "html.parser")
    assert soup.h1.get_text() == "About 13-energy"
    assert len(soup.find_all("h1")) == 1
    assert soup.select_one(".opening .question").get_text() == "What does 13-energy say?"
    assert "What does 13-energy say?" not in soup.main.get_text().replace(soup.select_one(".opening").get_text(), "")
    headline = " ".join(soup.select_one(".headline").get_text().split())
    assert headline == "86.6% accuracy [86.1, 87.1] always like 87.6%"
    assert "worse than" in soup.select_one(".answer").get_text()
    assert soup.select_one(".plot img")["alt"] == "Nothing at all."
    assert soup.select_one(".conclusion").get_text().strip() == "So it is."
    assert [a["href"] for a in soup.select(".neighbours a")] == ["11-before.html", "17-after.html"]
    assert soup.select_one("a.home")["href"] == "index.html"
    assert soup.select_one(".io a")["href"] == "11-before.html"
    assert soup.find("a", string="before")["href"] == "11-before.html"
    assert [summary.get_text() for summary in soup.find_all("summary")] == ["Parameters and their defaults", "Setup"]
    footer = soup.footer.get_text(" ")
    for fact in ("seed 5", "data checksum c0ffee", "run time 1 min 23 s", "commit"):
        assert fact in footer
    assert soup.find("meta", attrs={"name": "viewport"})
    assert soup.find("td", string="0.9097")["class"] == ["num"]
    assert not soup.find("table", attrs={"border": True})


def test_no_formula_is_left_as_source(report):
    soup = BeautifulSoup(report["page"].read_text(), "html.parser")
    assert len(soup.find_all("math")) == 5
    visible = soup.main.get_text()
    assert "$" not in visible
    assert "\\" not in visible


def test_the_index_shows_numbers_only_where_they_hold(report):
    soup = BeautifulSoup(report["index"].read_text(), "html.parser")
    before, energy, after = soup.find_all("article")
    assert "86.6%" in energy.get_text()
    assert "always like 87.6%" in " ".join(energy.get_text().split())
    assert energy.img["alt"] == "Nothing at all."
    assert energy.img["src"].startswith("data:image/webp;base64,")
    assert "seed 5" in energy.summary.get_text()
    assert "ran in 1 min 23 s" in energy.summary.get_text()
    assert "Not run yet." in before.get_text()
    assert "failed" in after.get_text()
    assert "it broke" in after.get_text()
    assert not before.find("a")
    assert "notebook 11, 17" in soup.select_one(".trouble").get_text()


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (nbformat.v4.new_output("stream", name="stderr", text="E0000 cuda"), r"cell \[5\]: stderr in the page: E0000"),
        (nbformat.v4.new_output("stream", name="stdout", text="\r 50%|#####     | 5/10"), "progress bar"),
        (nbformat.v4.new_output("stream", name="stdout", text="10it [00:01, 9.9it/s]"), "progress bar"),
        (nbformat.v4.new_output("stream", name="stdout", text="I0000 00:00:1 port.cc:153] oneDNN"), "library noise"),
        (nbformat.v4.new_output("error", ename="KeyError", evalue="'k'", traceback=[]), "KeyError: 'k'"),
    ],
)
def test_noise_and_errors_are_refused(output, message):
    cell = nbformat.v4.new_code_cell("run()", outputs=[output], execution_count=5)
    with pytest.raises(PageError, match=message):
        check_outputs(nbformat.v4.new_notebook(cells=[cell]))


def test_an_error_that_the_notebook_means_to_show_is_shown():
    output = nbformat.v4.new_output("error", ename="ValueError", evalue="overlap", traceback=[])
    cell = nbformat.v4.new_code_cell("run()", outputs=[output], metadata={"tags": ["raises-exception"]})
    check_outputs(nbformat.v4.new_notebook(cells=[cell]))


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert()</script>",
        "<img src='https://example.org/a.png' alt='a'>",
        "<img src='figures/a.png' alt='a'>",
        "<img src='data:image/png;base64,AA' alt=' '>",
        "<iframe src='data:,x'></iframe>",
        "<link rel='stylesheet' href='https://example.org/a.css'>",
        "<style>@import 'https://example.org/a.css'</style>",
        '<p style="background: url(https://example.org/a.png)">x</p>',
    ],
)
def test_what_would_load_or_run_is_refused(html):
    with pytest.raises(PageError):
        check_self_contained(BeautifulSoup(html, "html.parser"))


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\log Z", '<mi>log</mi><mspace width="0.167em" /><mi>Z</mi>'),
        (r"\log(Z)", "<mi>log</mi><mo"),
        (r"\Delta w", '<mi mathvariant="normal">Δ</mi><mi>w</mi>'),
        (r"\operatorname{softplus}(x)", "<mi>softplus</mi></mrow><mo"),
        (r"\operatorname{arg\,max}_k p", "<msub><mrow><mi>arg\u2009max</mi></mrow><mi>k</mi></msub>"),
        (r"\mathbf{v}", "<mi>𝐯</mi>"),
        (r"\boldsymbol{\theta}", "<mi>𝜽</mi>"),
        (r"\mathbf{1}", "<mn>𝟏</mn>"),
        (r"h \sim p", "<mo>∼</mo>"),
        (r"\langle v \rangle", '<mo stretchy="false">⟨</mo>'),
        (r"(-x)", '<mo form="prefix">−</mo>'),
        (r"a - b", "<mo>−</mo>"),
        (r"1{,}000", "<mn>1</mn><mtext>,</mtext><mn>000</mn>"),
    ],
)
def test_formulae_come_out_as_latex_would_set_them(latex, expected):
    assert expected in to_mathml(latex)


def test_aligned_lines_are_aligned_and_bear_no_stray_numbers():
    html = to_mathml(r"\begin{align} a &= b \\ c &= d \end{align}", "block")
    assert html.count('columnalign="right"') == 2
    assert "(1)" not in html
    assert "&amp;" not in html
    assert html.startswith('<div class="formula">')


def test_an_unknown_command_is_an_error_that_quotes_the_formula():
    with pytest.raises(FormulaError, match=r"\$\\KL\(p\)\$ cannot be shown: unknown command \\KL"):
        to_mathml(r"\KL(p)")


def test_the_mathematics_font_is_cut_to_what_is_needed():
    needed = math_characters(f"<p>no letters of prose: q</p>{to_mathml('h + W')}")
    assert {"h", "ℎ", "W", "𝑊", "+"} <= needed
    assert "q" not in needed
    rule = fonts.math_face(needed)
    assert rule.startswith("@font-face")
    assert len(rule) < 60_000
    assert fonts.math_face(set()) == ""


def test_a_font_that_is_not_installed_is_done_without():
    assert fonts.face("no_such_package", "a.ttf", "A", 400, "normal", "a", ()) == ""


@pytest.fixture(scope="module")
def browser():
    if BROWSER is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(params=["page", "index"])
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
    assert [text for text in tab.heard if not text.endswith(("13-energy.html", "index.html"))] == []
    assert len(tab.heard) == 1  # the page itself
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
