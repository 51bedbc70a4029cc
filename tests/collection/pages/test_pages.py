"""Pages: self-contained, quiet, with their formulae, figures, tables and provenance."""

from types import SimpleNamespace

import nbformat
import pytest
from bs4 import BeautifulSoup
from support.report_making import make_report

from rbm_lib.collection.pages import fonts
from rbm_lib.collection.pages.checks import (
    PageError,
    check_outputs,
    check_page,
    check_self_contained,
    cut_at_its_end,
)
from rbm_lib.collection.pages.mathml import FormulaError, math_characters, to_mathml
from rbm_lib.collection.pages.renderer import exporter, fold_boilerplate, headline_of, markdown
from rbm_lib.collection.pages.scripts import search_script, site_script


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report folder's page and index."""
    return make_report(tmp_path_factory.mktemp("report"))


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
    folds = [summary.get_text() for summary in soup.main.find_all("summary")]
    assert folds == ["What it reads and writes", "Parameters and their defaults", "Setup"]
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


def test_a_formula_stays_with_its_punctuation():
    soup = BeautifulSoup(markdown("So $a$, then ($b$); $c$ and\n$$d$$\n."), "html.parser")
    assert [span.get_text() for span in soup.select("span.together")] == ["a,", "(b);"]


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
    assert "notebooks took 1 min 23 s in all" in " ".join(soup.footer.get_text(" ").split())
    assert "notebook 11, 17" in soup.select_one(".trouble").get_text()


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (nbformat.v4.new_output("stream", name="stderr", text="E0000 cuda"), r"cell \[5\]: stderr in the page: E0000"),
        (nbformat.v4.new_output("stream", name="stdout", text="\r 50%|#####     | 5/10"), "progress bar"),
        (nbformat.v4.new_output("stream", name="stdout", text="10it [00:01, 9.9it/s]"), "progress bar"),
        (nbformat.v4.new_output("stream", name="stdout", text="I0000 00:00:1 port.cc:153] oneDNN"), "library noise"),
        (nbformat.v4.new_output("stream", name="stdout", text="WARNING:tensorflow:5 out of 5 calls"), "library noise"),
        (nbformat.v4.new_output("stream", name="stdout", text="<Model object at 0x7f3c5d2e1a90>"), "library noise"),
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


def test_a_small_number_and_its_interval_have_the_same_decimals():
    gain = {"name": "gain", "value": -0.00115375, "low": -0.00138944, "high": -0.00071305, "unit": "AUC"}
    base = {"name": "always-like", "value": 0.5, "low": 0.5, "high": 0.5, "unit": "AUC"}
    shown = headline_of(SimpleNamespace(headline=gain, base_rate=base))
    assert (shown["value"], shown["interval"]) == ("-0.00115", "[-0.00139, -0.00071]")
    assert shown["base_value"] == "0.500"


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
        '<p style="color: red">x</p>',
        "<b onclick='x()'>b</b>",
        "<details open ontoggle='x()'>d</details>",
        "<svg onload='x()'></svg>",
        "<svg><use href='#a'></use></svg>",
        "<a href='javascript:x()'>a</a>",
        "<a href='//example.org/'>a</a>",
        "<a href='data:text/html,x'>a</a>",
        "<a href='a.html' target='_blank'>a</a>",
        "<img src='data:image/png;base64,AA' srcset='https://example.org/a.png 1x' alt='a'>",
        "<img src='data:text/html;base64,AA' alt='a'>",
        "<picture><source srcset='https://example.org/a.png'></picture>",
        "<a download='a' href='data:application/x-ipynb+json;base64,AA'>a</a>",
        "<form action='a.html'></form>",
        "<input type='text'>",
        "<meta http-equiv='refresh' content='0'>",
        "<base href='https://example.org/'>",
        "<math href='javascript:x()'><mi>x</mi></math>",
        "<math><mglyph></mglyph></math>",
        "<style>p { background: u\\72l(x) }</style>",
        "<style>p { background: image-set('x' 1x) }</style>",
        "<marquee onstart='x()'>m</marquee>",
        "<!-- what follows is gone -->",
    ],
)
def test_what_would_load_or_run_is_refused(html):
    with pytest.raises(PageError):
        check_self_contained(BeautifulSoup(html, "html.parser"))


def test_what_a_page_holds_is_allowed(report):
    for part in report.values():
        check_page(BeautifulSoup(part.read_text(), "html.parser").body, [site_script(), search_script()])


@pytest.mark.parametrize("address", ["data:text/html;base64,AA", "https://example.org/a.ipynb", "a.ipynb"])
def test_nothing_but_the_notebook_is_saved_from_a_page(address):
    link = f"<a download='a.ipynb' href='{address}'>save</a>"
    with pytest.raises(PageError, match="a download that is no notebook"):
        check_page(BeautifulSoup(f"<p class='tools'>{link}</p>", "html.parser"))
    with pytest.raises(PageError, match="<a download>"):
        check_page(BeautifulSoup(f"<p>{link}</p>", "html.parser"))


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


def test_a_notebook_that_ended_early_is_a_page_up_to_there():
    exit_cell = nbformat.v4.new_code_cell("report.close_if(reason)", execution_count=5)
    exit_cell.outputs = [
        nbformat.v4.new_output("display_data", {"text/markdown": "There is nothing to tell apart."}),
        nbformat.v4.new_output("error", ename="SystemExit", evalue="0", traceback=[]),
        nbformat.v4.new_output("stream", name="stderr", text="UserWarning: To exit: use 'exit', 'quit', or Ctrl-D."),
    ]
    cells = [nbformat.v4.new_markdown_cell("# T"), exit_cell, nbformat.v4.new_code_cell("never_run()")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    cut_at_its_end(notebook)
    check_outputs(notebook)
    assert [len(cell.get("outputs", [])) for cell in notebook.cells] == [0, 1]


def test_what_is_tagged_is_folded():
    """`hide-input` folds the code alone, `hide-cell` a solution as a whole, prose or code."""
    output = nbformat.v4.new_output("stream", name="stdout", text="what it puts out")
    cells = [
        nbformat.v4.new_code_cell("open_code", outputs=[output]),
        nbformat.v4.new_code_cell("folded_code", outputs=[output], metadata={"tags": ["hide-input"]}),
        nbformat.v4.new_markdown_cell("the solution", metadata={"tags": ["hide-cell"]}),
        nbformat.v4.new_code_cell("solved", outputs=[output], metadata={"tags": ["hide-cell"]}),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    fold_boilerplate(notebook)
    soup = BeautifulSoup(exporter().from_notebook_node(notebook)[0], "html.parser")
    folds = {fold.summary.get_text(): fold.get_text() for fold in soup.find_all("details")}
    assert list(folds) == ["Code", "Solution", "Solution, run"]
    assert "folded_code" in folds["Code"]
    assert "what it puts out" not in folds["Code"]
    assert "the solution" in folds["Solution"]
    assert "what it puts out" in folds["Solution, run"]
    assert not any("open_code" in text for text in folds.values())
