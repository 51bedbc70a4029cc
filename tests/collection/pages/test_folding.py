"""What a page folds: code that stands alone, tables that say what a figure says, references, inputs and outputs."""

import json

import pytest
from bs4 import BeautifulSoup
from support.notebook_making import make_notebook

from rbm_lib.collection.pages.dressing import dress
from rbm_lib.collection.pages.renderer import exporter, fold_boilerplate
from rbm_lib.collection.results.notebooks import parse_notebook

CODE = '<section class="work"><details class="code fold"><summary>Code</summary><pre>{}</pre></details>{}</section>'


@pytest.fixture
def page(tmp_path):
    notebook = parse_notebook(make_notebook(tmp_path / "13-folds.ipynb"))
    return lambda html: BeautifulSoup(dress(html, notebook)[0], "html.parser")


def test_folded_code_without_an_output_joins_what_follows(page):
    said = "<div class='output'>said</div>"
    soup = page(CODE.format("a", "") + CODE.format("b", "") + CODE.format("c", said) + CODE.format("d", ""))
    folds = [[block.get_text() for block in fold.find_all("pre")] for fold in soup.find_all("details")]
    assert folds == [["a", "b", "c"], ["d"]]
    assert [fold.parent.get_text(" ", strip=True).endswith("said") for fold in soup.find_all("details")] == [
        True,
        False,
    ]


def test_references_are_folded_and_the_limits_above_them_are_not(page):
    text = "<h2>Limits</h2><ul><li>One</li></ul><h2>References</h2><ul><li>A work</li></ul>"
    soup = page(f'<section class="prose"><p>first</p></section><section class="prose">{text}</section>')
    (fold,) = soup.find_all("details")
    assert (fold.summary.get_text(), fold.li.get_text()) == ("Works cited", "A work")
    assert fold.find_previous_sibling().get_text() == "References"


def test_the_provenance_stands_in_the_foot_alone(page):
    head = '<section class="prose"><h2>References</h2><p>A work</p><h2>Provenance</h2></section>'
    soup = page(f'{head}<section class="work"><table><tr><td>seed</td><td>7</td></tr></table></section>')
    assert "Provenance" not in soup.get_text()
    assert soup.table is None
    kept = page('<section class="prose"><h2>Provenance</h2><p>Where ratings come from.</p></section>')
    assert "Where ratings come from." in kept.get_text()


def test_what_a_notebook_reads_and_writes_is_one_fold(page):
    items = "<li><strong>Reads:</strong> a</li><li><strong>Writes:</strong> b</li>"
    (fold,) = page(f'<section class="prose"><p>Level: none.</p><ul>{items}</ul></section>').find_all("details")
    assert [item.get_text() for item in fold.find_all("li")] == ["Reads: a", "Writes: b"]


@pytest.mark.parametrize("tags", [[], ["fold-table"]])
def test_a_table_with_the_tag_is_folded_and_a_conclusion_beside_it_is_not(tmp_path, tags):
    import nbformat

    path = make_notebook(tmp_path / "13-folds.ipynb", "show()")
    content = json.loads(path.read_text())
    said = {"output_type": "display_data", "data": {"text/markdown": "It is."}, "metadata": {"rbm_lib": "conclusion"}}
    table = {"output_type": "display_data", "data": {"text/html": "<table><tr><td>1</td></tr></table>"}, "metadata": {}}
    content["cells"][-1] |= {"outputs": [said, table], "metadata": {"tags": tags}}
    path.write_text(json.dumps(content))
    node = nbformat.read(path, as_version=4)
    fold_boilerplate(node)
    soup = BeautifulSoup(exporter().from_notebook_node(node)[0], "html.parser")
    assert bool(soup.table.find_parent("details")) is bool(tags)
    assert soup.select_one(".conclusion").find_parent("details") is None
    assert [one.get_text() for one in soup.select("details.numbers summary")] == ["All numbers"] * len(tags)
