"""RESULTS.md: contents, captions, and no history of a training."""

import pandas as pd
import pytest
from support.notebook_making import make_notebook

from rbm_lib.collection.pages import results_markdown
from rbm_lib.collection.results import find_notebooks
from rbm_lib.collection.results.writing import open_report


@pytest.fixture
def text(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path / "reports"))
    monkeypatch.setenv("RBM_NOTEBOOKS_DIR", str(tmp_path))
    monkeypatch.delenv("RBM_STAGING", raising=False)
    make_notebook(tmp_path / "13-energy.ipynb", title="# Energy, and why?\n\nWhy?\n\n**Reads:** n\n**Writes:** w\n")
    report = open_report("13-energy", dataset="ml-1m", profile="full", seed=5)
    report.record("coin", 0.5, unit="share")
    report.table("history", pd.DataFrame({"epoch": range(1, 31), "auc": [0.123] * 30}))
    report.table("few epochs", pd.DataFrame({"epoch": range(1, 4), "auc": [0.456] * 3}))
    report.table("many rows", pd.DataFrame({"film": range(1, 31), "auc": [0.789] * 30}))
    report._figures["13-white"] = {"file": "figures/13-white.png", "alt": "Nothing at all."}
    report.conclude("It is.")
    report.write()
    return results_markdown(report.folder, find_notebooks(), {"13-energy": ("finished", "")})


def test_contents_lead_to_the_headings(text):
    assert "- [13 Energy, and why?](#13-energy-and-why)\n- [Provenance](#provenance)" in text
    assert text.index("(#provenance)") < text.index("## 13 Energy")


def test_figures_and_tables_have_captions(text):
    assert "![Nothing at all.](figures/13-white.png)\n\n*Figure 13.1: Nothing at all.*" in text
    assert "**Table 13.1: what was recorded**" in text
    assert "**Table 13.2: few epochs**" in text
    assert "**Table 13.3: many rows**" in text


def test_a_history_stays_in_the_results_file(text):
    assert "0.123" not in text
    assert "By epoch, in [results/13-energy.json](results/13-energy.json): history." in text
    assert text.count("| 0.456 |") == 3
    assert text.count("| 0.789 |") == 30
