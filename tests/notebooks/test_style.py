"""Every notebook reads as the collection promises; and the rules notice each mistake they are named after."""

import json

import nbformat
import pytest
import yaml
from support.notebook_making import PARAMETERS, make_notebook
from support.style_rules import all_problems, typed_numbers

from rbm_lib.collection.results.notebooks import find_notebooks, parse_notebook

TITLE = "# Chains\n\nDo longer chains help?\n\n**Reads:** `11-before`\n**Writes:** `13-chains`\n"


def test_the_notebook_keeps_the_rules(notebook):
    assert all_problems(notebook) == []


def test_the_notebook_is_valid_and_its_cells_have_identities(notebook):
    content = nbformat.read(notebook.path, as_version=4)
    nbformat.validate(content)
    identities = [cell.get("id") for cell in content.cells]
    assert None not in identities
    assert len(set(identities)) == len(identities)


def test_the_notebooks_have_an_order(folder):
    if not folder.is_dir():
        pytest.skip("there are no notebooks")
    assert len(find_notebooks(folder)) == len(list(folder.glob("[!.]*.ipynb")))


def test_every_full_parameter_is_declared(folder):
    for path in sorted((folder / "params" / "full").glob("*")):
        source = folder / f"{path.stem}.ipynb"
        assert path.suffix == ".yaml", f"{path.name}: expected NN-slug.yaml"
        assert source.exists(), f"{path.name} has no notebook"
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert settings is not None, f"{path.name}: expected settings, or {{}} for none, found an empty file"
        parse_notebook(source).check(settings)


def clean(tmp_path, *code, **changes):
    path = make_notebook(tmp_path / "13-chains.ipynb", *code, **({"title": TITLE} | changes))
    return parse_notebook(path)


GOOD = (
    "from rbm_lib import open_report, read_results\nfrom rbm_lib.collection.figures.training import plot_chain",
    'report = open_report("13-chains", dataset=DATASET, profile=PROFILE)\n'
    'before = read_results("11-before", dataset=DATASET, profile=PROFILE)\n'
    'model = report.model_path("11-before.keras")',
    "M:How does the chain move?",
    "plot_chain(model)",
    "M:In section 3.1 of ML-1M, $x = 0.5$ and `0.02` stand; see [this](https://example.org/1.5).\n\n"
    "| method | reported |\n|---|---|\n| RBM | 0.9097 |",
)


def test_a_good_notebook_has_no_problem(tmp_path):
    assert all_problems(clean(tmp_path, *GOOD)) == []


@pytest.mark.parametrize(
    ("code", "changes", "problem"),
    [
        ((), {"title": TITLE.replace("?", ".")}, "expected a question"),
        ((), {"title": TITLE.replace("# Chains", "Chains")}, "expected a title"),
        ((), {"title": TITLE.replace("**Reads:**", "It reads")}, "no **Reads:** line"),
        (("M:# Another title",), {}, "expected one # heading, found 2"),
        ((), {"kernel": "my-env"}, "expected python3, found 'my-env'"),
        ((), {"parameters": None}, "expected one cell tagged parameters, found 0"),
        ((), {"parameters": f"{PARAMETERS}\nRATE = 0.1"}, "expected `NAME: type = literal`"),
        ((), {"parameters": f"{PARAMETERS}\nRATE: float = 1 / 3"}, "expected a literal"),
        ((), {"parameters": f"{PARAMETERS}\nRATE: float = 0.1  # best with k=1"}, "= in a trailing comment"),
        ((), {"parameters": f"{PARAMETERS}\nSTEPS: int = 0.5"}, "its default 0.5 is no int"),
        ((), {"parameters": PARAMETERS.replace("quick", "full")}, 'expected `PROFILE: str = "quick"`'),
        (("x = 1\n" * 26,), {}, "26 lines, more than 25"),
        (("frame.style.hide()",), {}, "use `styled`"),
        (("first_n(likes, n=10, more_than=rule.more_than)",), {}, "ask `held_out_rule`"),
        (("user_last(likes)",), {}, "ask `held_out_rule`"),
        (("def f():\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n    return a",), {}, "def f is longer than 5 lines"),
        (("report.recap()\nreport.write()",), {}, "tag it hide-input"),
        (("M:Now look.", "plot_chain(1)"), {}, "asks no question"),
        (("M:Now look.", "sns.lineplot(x)"), {}, "asks no question"),
        (("M:Now look.", 'report.save_figure(fig, "13-x", alt="x")'), {}, "asks no question"),
        (("M:It reaches 0.87 in the end.",), {}, "the number 0.87 is typed"),
        (("M:It reaches 87.6 % in the end.",), {}, "the number 87.6 is typed"),
        (("M:| method | ours |\n|---|---|\n| RBM | 0.91 |",), {}, "the number 0.91 is typed"),
        (('read_results("12-other", dataset=DATASET, profile=PROFILE)',), {}, "reads 12-other"),
        (('report.model_path("12-other.keras")',), {}, "uses the model 12-other.keras"),
        (("read_results(name)",), {}, "expected a name written out"),
        (('open_report("12-other", dataset=DATASET)',), {}, "open_report: expected '13-chains'"),
        (('path = "/home/me/ratings.csv"',), {}, "an absolute path"),
    ],
)
def test_each_mistake_is_noticed(tmp_path, code, changes, problem):
    found = all_problems(clean(tmp_path, *code, **changes))
    assert any(problem in one for one in found), found


def test_outputs_in_a_source_are_noticed_but_for_the_compared_ones(tmp_path):
    path = make_notebook(tmp_path / "13-chains.ipynb", "6 * 7", "# NBVAL_CHECK_OUTPUT\n6 * 7", title=TITLE)
    content = json.loads(path.read_text())
    for cell in content["cells"][-2:]:
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "42"}]
    path.write_text(json.dumps(content))
    assert all_problems(parse_notebook(path)) == ["cell 2: outputs in the source"]


@pytest.mark.parametrize(
    "text",
    [
        "Published in 2007, on MovieLens-1M.",
        "See sections 2.1 and 4.3, figure 2.5 and equation 3.2.",
        "Python 3.11 and TensorFlow 2.21 were used; arXiv 1206.5533; licence CC BY 4.0.",
        r"\begin{align} x &= 0.5 \end{align} and $$y = 0.25$$",
        "## References\n\n- Neural Computation 14.8 (2002), 1771.",
    ],
)
def test_numbers_that_are_names_are_allowed(text):
    assert typed_numbers(text) == []
