"""A notebook's source: question, parameters, and whose results it needs."""

import json

import pytest
from support.notebook_making import make_notebook

from rbm_lib.collection.results.notebooks import NotebookError, find_notebooks, parse_notebook, read_question


def notebook_with(tmp_path, parameters, **changes):
    return parse_notebook(make_notebook(tmp_path / "03-chains.ipynb", parameters=parameters, **changes))


BASE = 'DATASET: str = "planted"\nPROFILE: str = "quick"\n'


def test_title_question_and_reads(tmp_path):
    title = (
        "# 3. Longer chains\n\nWe ask about chains. **Does a chain of 2.5 sweeps help on ML-1M?** It might.\n\n"
        "**Reads:** `01-data`, the model of\n`02-the-machine` and `results.json`\n**Writes:** `03-chains`\n"
    )
    notebook = notebook_with(tmp_path, BASE, title=title)
    assert notebook.title == "Longer chains"
    assert notebook.question == "Does a chain of 2.5 sweeps help on ML-1M?"
    assert notebook.reads == ("01-data", "02-the-machine")  # not the notebook it writes
    assert (notebook.slug, notebook.number) == ("03-chains", "03")


def test_a_survey_follows_every_earlier_notebook_and_reads_none(tmp_path):
    for slug in ("02-the-machine", "11-other"):
        make_notebook(tmp_path / f"{slug}.ipynb")
    survey = parse_notebook(make_notebook(tmp_path / "07-all.ipynb", reads="`results/*.json` of all, and `05-mine`"))
    plain = parse_notebook(make_notebook(tmp_path / "05-mine.ipynb", reads="`02-the-machine`"))
    assert (survey.surveys, survey.reads, survey.follows) == (True, ("05-mine",), ("05-mine", "02-the-machine"))
    assert (plain.surveys, plain.follows) == (False, ("02-the-machine",))


@pytest.mark.parametrize(
    ("title", "message"),
    [("Chains\n\nDo they help?", "expected a title"), ("# Chains\n\nThey help.", "expected a question")],
)
def test_missing_title_or_question_is_named(tmp_path, title, message):
    notebook = notebook_with(tmp_path, BASE, title=title)
    with pytest.raises(NotebookError, match=rf"03-chains\.ipynb: {message}"):
        print(notebook.title, notebook.question)


@pytest.mark.parametrize(
    ("annotation", "value", "converted"),
    [
        ("float", "1e-3", 0.001),
        ("float", 3, 3.0),
        ("int", 10, 10),
        ("bool", False, False),
        ("str", "1e-3", "1e-3"),
        ("list[float]", ["1e-3", 1], [0.001, 1.0]),
        ("tuple[int, ...]", [1, 3, 5], [1, 3, 5]),
        ("tuple[int, str]", [1, "a"], [1, "a"]),
        ("list[list[int]]", [[1], [2, 3]], [[1], [2, 3]]),
        ("float | None", None, None),
        ("int | None", 7, 7),
    ],
)
def test_values_take_the_declared_type(tmp_path, annotation, value, converted):
    notebook = notebook_with(tmp_path, f"{BASE}RATE: {annotation} = None")
    found = notebook.check({"RATE": value})["RATE"]
    assert found == converted
    assert type(found) is type(converted)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("int", "10"),
        ("int", 10.0),
        ("int", True),
        ("float", "fast"),
        ("float", True),
        ("bool", 1),
        ("str", 5),
        ("list[int]", 5),
        ("list[int]", [1, "2"]),
        ("tuple[int, str]", [1, "a", 2]),
        ("int | None", "none"),
    ],
)
def test_ill_typed_values_are_named(tmp_path, annotation, value):
    notebook = notebook_with(tmp_path, f"{BASE}RATE: {annotation} = None")
    with pytest.raises(NotebookError) as caught:
        notebook.check({"RATE": value})
    for part in ("03-chains.ipynb", "RATE", annotation, repr(value)):
        assert part in str(caught.value)


def test_an_unknown_parameter_is_an_error_not_a_warning(tmp_path):
    with pytest.raises(NotebookError, match=r"03-chains\.ipynb: unknown parameter LAYERS = 3; it declares DATASET"):
        notebook_with(tmp_path, BASE).check({"LAYERS": 3})


@pytest.mark.parametrize(("left", "lacks"), [(BASE.splitlines()[0], "PROFILE"), (BASE.splitlines()[1], "DATASET")])
def test_every_notebook_must_take_data_set_and_profile(tmp_path, left, lacks):
    with pytest.raises(NotebookError, match=f"expected a parameter `{lacks}: str"):
        notebook_with(tmp_path, left).check({})


@pytest.mark.parametrize("line", ["RATE = 0.1", "RATE: float = 0.1 * 3", "import os", "RATE: float"])
def test_parameters_are_annotated_literals(tmp_path, line):
    with pytest.raises(NotebookError, match=r"03-chains\.ipynb: .*expected"):
        assert notebook_with(tmp_path, f"{BASE}{line}").parameters


def test_a_notebook_without_a_parameters_cell_is_named(tmp_path):
    with pytest.raises(NotebookError, match="one cell tagged parameters, found 0"):
        notebook_with(tmp_path, None).check({})


def test_outputs_do_not_change_the_checksum_but_sources_and_tags_do(tmp_path):
    path = make_notebook(tmp_path / "03-chains.ipynb", "1 + 1")
    before = parse_notebook(path).checksum
    content = json.loads(path.read_text())
    content["cells"][2] |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": "2"}], "execution_count": 5}
    content["metadata"]["widgets"] = {}
    path.write_text(json.dumps(content))
    assert parse_notebook(path).checksum == before
    content["cells"][2]["metadata"]["tags"] = ["raises-exception"]
    path.write_text(json.dumps(content))
    assert parse_notebook(path).checksum != before


def test_notebooks_come_in_reading_order(tmp_path):
    for slug in ("11-second", "02-first", "13-third"):
        make_notebook(tmp_path / f"{slug}.ipynb", reads="`02-first`" if slug != "02-first" else "")
    make_notebook(tmp_path / ".02-hidden.ipynb")
    assert [notebook.slug for notebook in find_notebooks(tmp_path)] == ["02-first", "11-second", "13-third"]


@pytest.mark.parametrize(
    ("slug", "reads", "message"),
    [
        ("05-b", "`07-later`", "reads 07-later, which is no earlier notebook"),
        ("05-b", "`05-b`", "reads 05-b, which is no earlier"),
        ("03-other", "", "number 03 is taken"),
        ("notes", "", "expected a name such as"),
    ],
)
def test_an_order_that_cannot_be_is_refused(tmp_path, slug, reads, message):
    for one in ("03-a", "07-later"):
        make_notebook(tmp_path / f"{one}.ipynb")
    make_notebook(tmp_path / f"{slug}.ipynb", reads=reads)
    with pytest.raises(NotebookError, match=message):
        find_notebooks(tmp_path)


def test_an_empty_folder_and_a_broken_file_are_named(tmp_path):
    with pytest.raises(NotebookError, match="found none"):
        find_notebooks(tmp_path)
    (tmp_path / "03-a.ipynb").write_text("{")
    with pytest.raises(NotebookError, match=r"03-a\.ipynb: expected a notebook"):
        find_notebooks(tmp_path)


def test_the_question_travels_with_the_results(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_NOTEBOOKS_DIR", str(tmp_path))
    make_notebook(tmp_path / "03-a.ipynb")
    assert read_question("03-a") == "What does 03-a say?"
    assert read_question("05-elsewhere") == ""
