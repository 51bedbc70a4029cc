"""RESULTS.md: a table of contents, captions, and no histories."""

import pytest
from support.notebook_making import make_notebook

from rbm_lib.collection.pages.results import anchor, is_history, results_markdown
from rbm_lib.collection.results.notebooks import parse_notebook
from rbm_lib.collection.results.writing import open_report


def table(columns, rows):
    return {"columns": columns, "rows": [list(range(len(columns)))] * rows, "timing": False}


@pytest.fixture
def text(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path))
    monkeypatch.setenv("RBM_NOTEBOOKS_DIR", str(tmp_path))
    notebooks = [parse_notebook(make_notebook(tmp_path / f"{slug}.ipynb")) for slug in ("11-first", "13-second")]
    report = open_report("13-second", dataset="planted", profile="full")
    report.conclude("It is so.")
    report._tables = {"history": table(["epoch", "loss"], 83), "gains": table(["step", "gain"], 83)}
    report._figures = {"13-a": {"file": "figures/13-a.png", "alt": "A *line* that rises."}}
    report.write()
    (report.folder / "notebooks").mkdir()
    (report.folder / "notebooks" / "13-second.ipynb").write_text("{}")
    standings = {"11-first": ("stale", "never run"), "13-second": ("finished", "")}
    return results_markdown(report.folder, notebooks, standings)


def test_the_contents_lead_to_each_part_and_to_its_notebook(text):
    line = "- [13 About 13-second](#13-about-13-second)"
    assert line in text.splitlines()
    assert text.index(line) < text.index("## 11 About 11-first")
    assert text.index("## 13 About") < text.index("[The notebook with its outputs](notebooks/13-second.ipynb)")
    assert "notebooks/11-first.ipynb" not in text  # it has no result


def test_a_figure_has_its_caption(text):
    assert text.count("A &#42;line&#42; that rises.") == 2


def test_a_history_is_named_and_not_shown(text):
    assert "By epoch, in [results/13-second.json](results/13-second.json): history." in text
    assert "| step | gain |" in text
    assert "| epoch |" not in text
    assert not is_history(table(["epoch", "low"], 14))


def test_places_are_named_as_code_hosts_do():
    assert anchor("07 How good is it, beside everything else?") == "07-how-good-is-it-beside-everything-else"
