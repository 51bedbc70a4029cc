"""Results files: what a notebook leaves behind, and the rules it cannot break."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from rbm_lib._files import write_atomically
from rbm_lib.collection.results import origin as provenance
from rbm_lib.collection.results.reading import ResultsError, read_results, without_timings
from rbm_lib.collection.results.writing import open_report


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path))
    monkeypatch.delenv("RBM_STAGING", raising=False)
    return tmp_path


def small_report(**changes):
    report = open_report(
        "07-taste", **({"dataset": "planted", "profile": "quick", "seed": 11, "data": "c0ffee"} | changes)
    )
    report.record("always like", 0.8761234567, unit="share")
    report.record(
        "accuracy", 0.866, 0.861, 0.871, unit="share", num_users=5954, num_ratings=59540, base_rate="always like"
    )
    report.headline("accuracy")
    report.conclude("It is *worse*.")
    return report


def small_figure(height=1.3):
    figure, axes = plt.subplots(figsize=(1.7, height))
    axes.plot([2, 3, 5])
    return figure


def test_what_is_written_is_what_is_read():
    report = small_report()
    report.table(
        "comparison", pd.DataFrame({"RMSE": [0.9, 0.95], "AUC": [0.7, np.nan]}, index=pd.Index(["a", "b"], name="who"))
    )
    report.write()
    found = read_results("07-taste", dataset="planted", profile="quick")
    assert found.value("always like") == 0.876123  # six significant digits
    assert found.headline["base_rate"] == "always like"
    assert found.base_rate["value"] == 0.876123
    assert (found.answer, found.seed) == ("It is *worse*.", 11)
    table = found.table("comparison")
    assert list(table.columns) == ["who", "RMSE", "AUC"]  # the order survives the sorted keys
    assert list(table["who"]) == ["a", "b"]
    assert np.isnan(table["AUC"][1])


def test_two_runs_write_the_same_bytes_but_for_the_times(root):
    path, texts = root / "quick/planted/results/07-taste.json", []
    for seconds in (3.1, 4.7):
        report = small_report()
        report.record("time of a fit", seconds, unit="s")
        report.table("times", pd.DataFrame({"seconds": [seconds]}), timing=True)
        report.write()
        texts.append(path.read_text())
    assert texts[0] != texts[1]
    first, second = (without_timings(json.loads(text)) for text in texts)
    assert json.dumps(first) == json.dumps(second)
    assert [record["name"] for record in first["records"]] == ["always like", "accuracy"]
    small_report().write()
    once = path.read_bytes()
    small_report().write()
    assert path.read_bytes() == once


def test_neither_machine_nor_moment_is_written(root):
    report = small_report(dataset=str(root / "My Ratings.csv"))
    report.write()
    (written,) = root.glob("quick/my-ratings-csv-*/results/07-taste.json")
    text = written.read_text()
    assert str(root) not in text
    assert re.fullmatch(r"my-ratings-csv-[0-9a-f]{8}", json.loads(text)["dataset"])


@pytest.mark.parametrize(
    ("base_rate", "message"),
    [(None, "expected a base rate"), ("popularity", "was never recorded"), ("accuracy", "expected a base rate")],
)
def test_a_headline_without_its_base_rate_is_refused(root, base_rate, message):
    report = open_report("07-taste", dataset="planted", profile="quick")
    report.record("accuracy", 0.866, unit="share", base_rate=base_rate)
    report.headline("accuracy")
    report.conclude("So.")
    with pytest.raises(ResultsError, match=message):
        report.write()
    assert not (root / "quick").exists()


def test_a_headline_that_was_never_recorded_is_refused():
    report = small_report()
    report.headline("auc")
    with pytest.raises(ResultsError, match=r"'auc'.*no such record"):
        report.write()


def test_a_report_without_a_conclusion_is_refused():
    report = open_report("07-taste", dataset="planted", profile="quick")
    with pytest.raises(ResultsError, match="at least one conclude"):
        report.write()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((float("nan"),), "value: expected a finite number"),
        ((True,), "value: expected a finite number"),
        (("0.8",), "value: expected a finite number"),
        ((0.8, 0.7), "low and high, or neither"),
        ((0.8, 0.81, 0.9), "low <= value <= high"),
        ((0.8, 0.7, 0.79), "low <= value <= high"),
    ],
)
def test_records_that_mean_nothing_are_refused(arguments, message):
    with pytest.raises(ResultsError, match=message):
        open_report("07-taste", dataset="planted", profile="quick").record("accuracy", *arguments)


def test_numpy_values_become_plain_ones():
    report = small_report()
    report.record("count", np.int64(59540), num_users=np.int32(13))
    report.record("loss", np.float32(0.1), unit="nats")
    report.write()
    found = read_results("07-taste", dataset="planted", profile="quick")
    assert (found.value("count"), found.record("count")["num_users"]) == (59540, 13)
    assert found.value("loss") == 0.1


def test_the_answer_is_the_first_conclusion_or_the_one_that_says_so(root):
    report = small_report()
    report.conclude("Second.")
    report.conclude("Second.")  # the cell was run twice
    report.write()
    assert read_results("07-taste", dataset="planted", profile="quick").answer == "It is *worse*."
    report.conclude("Third.", answer=True)
    report.write()
    found = read_results("07-taste", dataset="planted", profile="quick")
    assert found.answer == "Third."
    assert found.conclusions == ["It is *worse*.", "Second.", "Third."]


def test_missing_results_say_which_command_makes_them():
    with pytest.raises(ResultsError, match="make reports DATASET=ml-1m PROFILE=full"):
        read_results("05-depth", dataset="ml-1m", profile="full")


def test_a_broken_results_file_is_named(root):
    path = root / "quick/planted/results/05-depth.json"
    path.parent.mkdir(parents=True)
    path.write_text("[1, 2")
    with pytest.raises(ResultsError, match=r"05-depth\.json: expected a results file"):
        read_results("05-depth", dataset="planted", profile="quick")


def test_unknown_names_list_the_known_ones():
    small_report().write()
    found = read_results("07-taste", dataset="planted", profile="quick")
    with pytest.raises(ResultsError, match="no record 'auc'; there are: accuracy, always like"):
        found.value("auc")
    with pytest.raises(ResultsError, match="no table 'x'; there are: none"):
        found.table("x")


def test_a_figure_has_the_same_bytes_twice_and_is_shown_once(root, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw, metadata: shown.append((data, metadata)))
    path, report = root / "quick/planted/figures/07-curve.png", small_report()
    shown.clear()
    report.save_figure(small_figure(), "07-curve", alt="A line\n that rises.")
    first = path.read_bytes()
    assert not plt.get_fignums()  # closed, so the inline backend does not show it again
    report.save_figure(small_figure(), "07-curve", alt="A line that rises.")
    assert path.read_bytes() == first
    assert b"matplotlib" not in first.lower()
    assert len(shown) == 2
    assert shown[0][1]["image/png"]["alt"] == "A line that rises."
    report.save_figure(small_figure(height=1.9), "07-curve", alt="A line that rises.")
    assert path.read_bytes() != first
    report.write()
    figures = read_results("07-taste", dataset="planted", profile="quick").payload["figures"]
    assert figures == [{"file": "figures/07-curve.png", "alt": "A line that rises."}]


@pytest.mark.parametrize(("name", "alt"), [("07-curve", "  "), ("08-curve", "A line."), ("../07-curve", "A line.")])
def test_figures_of_other_notebooks_or_without_words_are_refused(name, alt):
    with pytest.raises(ResultsError, match="save_figure"):
        small_report().save_figure(small_figure(), name, alt=alt)
    plt.close("all")


def test_models_are_written_by_their_notebook_and_found_by_later_ones():
    writer = open_report("07-taste", dataset="planted", profile="quick")
    reader = open_report("09-later", dataset="planted", profile="quick")
    with pytest.raises(ResultsError, match="`make reports` makes it"):
        reader.model_path("07-taste.keras")
    writer.model_path("07-taste.keras").write_bytes(b"weights")
    assert reader.model_path("07-taste.keras").read_bytes() == b"weights"


def test_under_the_runner_nothing_is_published_before_the_end(root, monkeypatch):
    staging = root / "quick/planted/runs/.staging"
    monkeypatch.setenv("RBM_STAGING", str(staging))
    report = small_report()
    report.save_figure(small_figure(), "07-curve", alt="A line.")
    report.model_path("07-taste.keras").write_bytes(b"weights")
    report.write()
    assert not any((root / "quick/planted" / kind).exists() for kind in ("results", "figures", "models"))
    kept = sorted(path.relative_to(staging / "07-taste").as_posix() for path in staging.rglob("*.*"))
    assert kept == ["figures/07-curve.png", "models/07-taste.keras", "results/07-taste.json"]


def test_a_write_that_fails_leaves_the_old_file(root, monkeypatch):
    path = root / "kept.json"
    write_atomically(path, "old")

    def full_disk(self, content):
        raise OSError("no space left")

    monkeypatch.setattr("pathlib.Path.write_bytes", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert [one.name for one in root.iterdir()] == ["kept.json"]


def test_provenance_names_versions_seed_data_and_commit():
    found = provenance.provenance(seed=13, dataset="/somewhere/r.csv", data="abc")
    assert found["numpy"] == np.__version__
    assert (found["seed"], found["data checksum"]) == (13, "abc")
    assert re.fullmatch(r"r-csv-[0-9a-f]{8}", found["dataset"])
    assert found["commit"]


def test_the_provenance_table_shows_the_profile():
    table = small_report(profile="full").provenance_table()
    assert table.loc["profile", "value"] == "full"
    assert table.loc["data checksum", "value"] == "c0ffee"


def test_the_leading_figure_comes_first():
    report = small_report()
    for name, lead in (("07-first", False), ("07-second", True), ("07-third", False)):
        report.save_figure(small_figure(), name, alt="A line.", lead=lead)
    report.write()
    figures = read_results("07-taste", dataset="planted", profile="quick").payload["figures"]
    assert [figure["file"] for figure in figures] == [f"figures/{n}.png" for n in ("07-second", "07-first", "07-third")]


def test_what_does_not_exist_is_said_and_no_interval_is_invented():
    report = small_report()
    nan = float("nan")
    report.record("gain", 0.25, nan, nan, unit="AUC")
    both = f"[{nan:+.4f}, {nan:+.4f}]", f"{nan:.1%} [{nan:.1%}, {nan:.1%}]"
    report.conclude(f"It gains {0.25:+.2f} {both[0]}, or {both[1]}; Nan and nanny stay.")
    report.write()
    found = read_results("07-taste", dataset="planted", profile="quick")
    assert (found.record("gain")["low"], found.record("gain")["over"]) == (None, None)
    said = "It gains +0.25 [no interval], or unknown [no interval]; Nan and nanny stay."
    assert found.conclusions[-1] == f"{said} (Unknown: too few or too uniform ratings.)"


def test_a_notebook_that_cannot_answer_says_so_and_ends_there():
    report = small_report()
    report.close_if("")
    with pytest.raises(SystemExit) as ended:
        report.close_if("Everybody likes everything.")
    assert ended.value.code == 0
    found = read_results("07-taste", dataset="planted", profile="quick")
    assert found.answer == "These ratings cannot answer this notebook's question. Everybody likes everything."
    assert found.headline is None


def test_a_notebook_that_has_answered_a_part_keeps_its_headline():
    report = small_report()
    report.write()
    before = read_results("07-taste", dataset="planted", profile="quick").headline
    with pytest.raises(SystemExit):
        report.close_if("All targets are likes.", "Half of it is known.")
    found = read_results("07-taste", dataset="planted", profile="quick")
    said = (
        "Half of it is known. The rest of this notebook's question these ratings cannot answer. All targets are likes."
    )
    assert found.answer == said
    assert found.headline == before is not None
