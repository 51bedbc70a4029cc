"""What a reader sees of a record is found by searching its notebook's source, and no key reaches a reader."""

import ast
import re

import pytest
from support.notebook_making import make_notebook
from support.style_rules import parse

from rbm_lib.collection import places
from rbm_lib.collection.results.notebooks import parse_notebook
from rbm_lib.collection.results.reading import load_results
from rbm_lib.collection.results.records import KEY
from rbm_lib.collection.results.survey import SHARE_OF_LIKES

REPORT = places.REPOSITORY / "reports" / "ml-1m"
LITERAL_WORDS = 2  # of three letters or more, at least, that a name with something filled in must have
CODE = ("rbm_lib.RBM", "rbm_lib")  # what stands for itself: the names of a class and of the package


def strings(notebook):
    """Texts of a notebook's code, and patterns of those with something filled in."""
    texts, patterns = set(), []
    for cell in notebook.cells:
        for node in ast.walk(parse(cell["source"])) if cell["cell_type"] == "code" else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
                if len(re.findall(r"[^\W\d_]{3,}", " ".join(filter(None, parts)))) >= LITERAL_WORDS:
                    patterns.append("".join(".+" if part is None else re.escape(part) for part in parts))
    return texts, patterns


def not_found(notebook, records):
    """Names of the records whose words, metric or group cannot be found by searching the notebook's source."""
    texts, patterns = strings(notebook)
    lost = []
    for record in records:
        if record["metric"] is None:
            found = record["name"] in texts or any(re.fullmatch(one, record["name"]) for one in patterns)
        else:  # a notebook that surveys others takes groups from them
            found = record["metric"] in texts and (record["group"] in texts | {""} or notebook.surveys)
        if not found:
            lost.append(record["name"])
    return lost


def cells_of(markdown):
    """Cells of every table row of a Markdown text, with what stands as code taken out."""
    rows = [line for line in markdown.splitlines() if line.startswith("|") and not set(line) <= set("|-: ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", row))[1:-1]] for row in rows]


def keys_of(cells):
    """Cells that are a key, or hold one before a value."""
    shown = [re.sub("|".join(map(re.escape, CODE)), "", cell) for cell in cells]
    return [cell for cell in shown if re.search(r"^\w+[_.][A-Za-z]\w*$|[^\W_]_[^\W_]*=", cell)]


def test_every_committed_record_is_found_by_searching_its_notebook(notebook):
    path = REPORT / "results" / f"{notebook.slug}.json"
    if not path.exists():
        pytest.skip("its full run has not been committed")
    records = load_results(path).payload["records"]
    assert records
    assert not_found(notebook, records) == []


def test_the_share_that_the_page_of_answers_reads_is_one_that_the_first_notebook_records(folder):
    """Otherwise the page would say that always-like answers "like" on ratings where it answers "dislike"."""
    assert not_found(parse_notebook(folder / "01-ratings.ipynb"), [{"name": SHARE_OF_LIKES, "metric": None}]) == []
    path = REPORT / "results" / "01-ratings.json"
    names = [one["name"] for one in load_results(path).payload["records"]] if path.exists() else [SHARE_OF_LIKES]
    assert SHARE_OF_LIKES in names


def test_a_name_that_is_composed_of_variables_is_not_found(tmp_path):
    code = (
        'report.record(f"{kind}: {what}", 1)\nreport.record(f"ratings among the {kind}", 2)\n'
        'report.record("coin toss", 3)\n'
        'for metric in ("auc",):\n    report.record(None, 4, predictor=p, metric=metric, group=f"{kind} users")\n'
    )
    notebook = parse_notebook(make_notebook(tmp_path / "13-names.ipynb", code))
    names = ("inputs: ratings", "ratings among the inputs", "coin toss")
    records = [{"name": name, "metric": None, "group": ""} for name in names]
    for metric, group in (("auc", ""), ("auc", "new users"), ("rmse", "")):
        records.append({"name": f"{metric} {group}", "metric": metric, "group": group})
    assert not_found(notebook, records) == ["inputs: ratings", "auc new users", "rmse "]


@pytest.mark.parametrize("file", [places.REPOSITORY / "README.md", REPORT / "RESULTS.md"], ids=lambda path: path.name)
def test_no_key_stands_in_a_table_that_a_reader_sees(file):
    if not file.exists():
        pytest.skip("no full run has been committed")
    rows = cells_of(file.read_text(encoding="utf-8"))
    assert len(rows) > 10
    assert keys_of(cell for row in rows for cell in row) == []


def test_no_committed_name_is_a_key():
    records = [one for path in REPORT.glob("results/[0-9]*.json") for one in load_results(path).payload["records"]]
    names = {name for one in records for name in (one["name"], one["group"])}
    assert {name for name in names if KEY.search(re.sub("|".join(map(re.escape, CODE)), "", name))} == set()


def test_keys_in_tables_are_noticed():
    text = (
        "| record | value |\n| --- | ---: |\n| rmse.blend | log_loss |\n| `log_loss` | num_hidden=20 |\n| 0.5 | a.b c |"
    )
    cells = [cell for row in cells_of(text) for cell in row]
    assert keys_of(cells) == ["rmse.blend", "log_loss", "num_hidden=20"]
    assert keys_of(["rbm_lib.RBM", "W + rate dW", "0.25", "faulty.csv: expected user_id", "learning rate=0.01"]) == []
