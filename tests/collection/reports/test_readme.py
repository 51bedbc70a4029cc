"""The generated blocks of README.md: numbers come from results files, and stale ones are noticed."""

import json

import pytest
from support.notebook_making import make_notebook

from rbm_lib.collection import places
from rbm_lib.collection.reports import readme
from rbm_lib.collection.results import run_times
from rbm_lib.collection.results.wording import record_text
from rbm_lib.collection.results.writing import open_report

TEXT = """# Collection

<!-- generated: hero 13-energy -->
typed by hand: 99.9%
<!-- end: hero -->

Prose stays.

<!-- generated: headline -->
<!-- end: headline -->
<!-- generated: notebooks -->
<!-- end: notebooks -->
<!-- generated: figure -->
<!-- end: figure -->
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path / "reports"))
    monkeypatch.setenv("RBM_NOTEBOOKS_DIR", str(tmp_path / "notebooks"))
    monkeypatch.delenv("RBM_STAGING", raising=False)
    for slug in ("11-before", "13-energy"):
        make_notebook(tmp_path / "notebooks" / f"{slug}.ipynb")
    (tmp_path / "README.md").write_text(TEXT)
    return tmp_path


def write_results(accuracy=0.866, predictor="RBM"):
    report = open_report("13-energy", dataset="ml-1m", profile="full", seed=5)
    report.record(None, 0.8761, predictor="always-like", metric="accuracy")
    ends = accuracy - 0.005, accuracy + 0.005
    report.record(None, accuracy, *ends, predictor=predictor, metric="accuracy", base_rate="always-like")
    report.headline(predictor=predictor, metric="accuracy")
    report.conclude(f"It reaches {accuracy:.1%}.")
    report._figures["13-white"] = {"file": "figures/13-white.png", "alt": "Nothing at all."}
    report.write()


def refresh(place, *arguments):
    return readme.main(["--file", str(place / "README.md"), *arguments])


def test_blocks_are_filled_from_the_results(place):
    write_results()
    run_times.write_run_times(places.report_folder("planted", "quick"), {"11-before": 3.2, "13-energy": 12.4})
    run_times.write_run_times(places.report_folder("ml-1m", "full"), {"13-energy": 754})
    assert refresh(place) == 0
    text = (place / "README.md").read_text()
    assert "<!-- generated: hero 13-energy -->\nIt reaches 86.6%.\n<!-- end: hero -->" in text
    assert "| 13 | accuracy of “RBM” | 86.6% [86.1, 87.1] | accuracy of “always-like”: 87.6% |" in text
    assert "| [13](notebooks/13-energy.ipynb) | What does 13-energy say? | 12 s | 13 min |" in text
    assert "| [11](notebooks/11-before.ipynb) | What does 11-before say? | 3 s | – |" in text
    assert "![Nothing at all.](reports/ml-1m/figures/13-white.png)" in text
    assert "99.9%" not in text
    assert "Prose stays." in text


def test_a_survey_repeats_no_headline(place):
    write_results()
    make_notebook(place / "notebooks" / "17-all.ipynb", reads="`results/*.json` of all")
    report = open_report("17-all", dataset="ml-1m", profile="full", seed=5)
    report.record("13 always-like", 0.8761, unit="share")
    report.record("13 accuracy", 0.866, unit="share", base_rate="13 always-like")
    report.headline("13 accuracy")
    report.conclude("All is said.")
    report.write()
    assert refresh(place) == 0
    text = (place / "README.md").read_text()
    assert "| 13 | accuracy of “RBM” |" in text
    assert "| 17 |" not in text
    assert "[17](notebooks/17-all.ipynb)" in text


def test_the_headline_follows_a_predictor_of_another_name(place):
    for predictor in ("RBM", "the machine, k = 5: rmse.best"):
        write_results(predictor=predictor)
        assert refresh(place) == 0
        assert f"| 13 | accuracy of “{predictor}” | 86.6% [86.1, 87.1] |" in (place / "README.md").read_text()


def test_the_verdict_and_the_ladder_come_from_the_records(place):
    write_results()
    text = "<!-- generated: verdict -->\n<!-- end: verdict -->\n<!-- generated: ladder -->\n<!-- end: ladder -->\n"
    (place / "README.md").write_text(text)
    assert refresh(place) == 0
    assert (place / "README.md").read_text().count("The full run on ml-1m has not been made") == 2
    report = open_report("11-before", dataset="ml-1m", profile="full", seed=5)
    for predictor, accuracy, auc in (
        ("always-like", 0.87, 0.5),
        ("item+user bias", 0.88, 0.8),
        ("pool of RBMs", 0.89, 0.9),
    ):
        base = None if predictor == "always-like" else "always-like"
        for metric, value in (("accuracy", accuracy), ("auc", auc)):
            ends = value - 0.005, value + 0.005
            fields = {"predictor": predictor, "metric": metric, "base_rate": base, "num_ratings": 7}
            report.record(None, value, *ends, over="users and films", **fields)
    report.conclude("It is.")
    report.write()
    assert refresh(place) == 0
    text = (place / "README.md").read_text()
    assert "Two biases alone go 75% of the way from a coin to the best of these: most of an opinion" in text
    assert "| pool of RBMs | stars | 89.0% [88.5, 89.5] | 0.900 [0.895, 0.905] |" in text
    assert "Brackets are 95 % intervals over users and films." in text


def test_check_finds_a_stale_block_and_changes_nothing(place, capsys):
    write_results()
    assert refresh(place, "--check") == 1
    assert "make readme" in capsys.readouterr().err
    assert (place / "README.md").read_text() == TEXT
    assert refresh(place) == 0
    assert refresh(place, "--check") == 0
    write_results(accuracy=0.867)
    assert refresh(place, "--check") == 1


def test_without_a_run_the_blocks_say_so(place):
    assert refresh(place) == 0
    text = (place / "README.md").read_text()
    assert text.count("The full run on ml-1m has not been made; `make reports DATASET=ml-1m PROFILE=full`") == 4
    assert "99.9%" not in text
    assert "| [13](notebooks/13-energy.ipynb) | What does 13-energy say? | – | – |" in text


def test_the_readme_of_the_collection_is_fresh(monkeypatch, capsys):
    for name in ("RBM_REPORTS_DIR", "RBM_NOTEBOOKS_DIR"):
        monkeypatch.delenv(name, raising=False)
    if not list(places.notebooks_root().glob("*.ipynb")):
        pytest.skip("there are no notebooks")
    assert readme.main(["--check"]) == 0, capsys.readouterr().err


def test_run_times_do_not_flicker(place):
    full, quick = places.report_folder("ml-1m", "full"), places.report_folder("planted", "quick")
    run_times.write_run_times(full, {"13-energy": 754})
    run_times.write_run_times(quick, {"13-energy": 12.4})
    run_times.adopt_quick_times(full)
    run_times.write_run_times(quick, {"13-energy": 19.9})
    run_times.adopt_quick_times(full)
    assert json.loads((full / "results" / "run-times.json").read_text())["quick_seconds"] == {"13-energy": 12.4}


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "text"),
    [
        (-0.001, -0.001, -0.00071305, "AUC", "-0.00100 [-0.00100, -0.00071]"),
        (0.802379, 0.796817, 0.807709, "AUC", "0.802 [0.797, 0.808]"),
        (2e-7, -1e-7, 6e-7, "nats", "0.000000 nats [0.000000, 0.000001]"),
        (0.5, 0.5, 0.5, None, "0.500 [0.500, 0.500]"),
        (5954, 5900, 6011, "users", "5,954 users [5,900, 6,011]"),
        (0.00091, None, None, None, "0.00091"),
        (0.866, 0.861, 0.871, "share", "86.6% [86.1, 87.1]"),
    ],
)
def test_a_value_and_its_interval_have_the_same_decimals(value, low, high, unit, text):
    assert record_text({"value": value, "low": low, "high": high, "unit": unit}) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "<!-- generated: triumph -->\n<!-- end: triumph -->",
            "expected a block named headline, notebooks, verdict, ladder, hero, figure",
        ),
        ("<!-- generated: headline -->\nforgotten", "to have its"),
        ("<!-- generated: hero 99-none -->\n<!-- end: hero -->", "expected a notebook's name, found '99-none'"),
    ],
)
def test_mistakes_in_the_file_are_named(place, capsys, text, message):
    (place / "README.md").write_text(text)
    assert refresh(place) == 2
    assert message in capsys.readouterr().err
    assert (place / "README.md").read_text() == text
