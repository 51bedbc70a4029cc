"""The runner and its command line. Cells run in this process here; test_jupyter.py starts real kernels."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from support.notebook_making import PARAMETERS, said

from rbm_lib import datasets
from rbm_lib._files import folder_lock
from rbm_lib.collection.reports import freshness, jupyter
from rbm_lib.collection.reports import render as reports
from rbm_lib.collection.results.notebooks import NotebookError

pytest_plugins = ["support.collection_making"]


def test_a_report_is_complete_and_its_index_is_the_last_line(collection, here, capsys):
    assert collection.run() == 0
    out, err = said(capsys)
    assert out[-1] == str(collection.folder / "index.html")
    assert here == ["11-first", "13-second", "17-alone"]
    assert collection.results("13-second")["records"][1]["value"] == 0.5
    for slug in here:
        assert (collection.folder / f"{slug}.html").exists()
        assert (collection.folder / "runs" / f"{slug}.ipynb").exists()
    assert err.count("done") == 3
    assert "\r" not in err  # no live line in a log
    assert json.loads((collection.folder / "results" / "run-times.json").read_text())["seconds"].keys() == set(here)
    leftovers = [path for path in collection.folder.rglob("*.part*")] + [
        *(collection.folder / "runs/.staging").iterdir()
    ]
    assert leftovers == []


def test_when_nothing_changed_nothing_runs_and_nothing_is_written(collection, here):
    assert collection.run() == 0
    here.clear()
    kept = [path for path in collection.folder.rglob("*") if path.is_file() and path.name != ".lock"]
    before = {path: path.stat().st_mtime_ns for path in kept}
    assert collection.run() == 0
    assert here == []
    assert {path: path.stat().st_mtime_ns for path in kept} == before


def test_the_full_profile_takes_its_parameters_and_has_its_own_folder(collection, here):
    body = 'value = RATE\nreport.record("steps", STEPS)'
    collection.write("17-alone", body, parameters=f"{PARAMETERS}\nRATE: float = 0.5\nSTEPS: int = 3")
    collection.parameters("17-alone", "RATE: 1e-3\nSTEPS: 5\n")
    assert collection.run("--profile", "full") == 0
    full = collection.reports / "planted"
    assert [r["value"] for r in collection.results("17-alone", full)["records"] if r["name"] != "coin toss"] == [
        5,
        0.001,
    ]
    assert "It is 0.1%." in (full / "RESULTS.md").read_text()
    assert not (collection.folder / "results").exists()
    here.clear()
    collection.parameters("17-alone", "RATE: 1e-3\nSTEPS: 7\n")
    assert collection.run("--profile", "full") == 0
    assert here == ["17-alone"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SEED: seven\n", ("17-alone.ipynb", "SEED", "int", "'seven'")),
        ("LAYERS: 3\n", ("17-alone.ipynb", "unknown parameter LAYERS = 3")),
        ("DATASET: ml-1m\n", ("17-alone.yaml", "DATASET comes from the command line")),
        ("- 3\n", ("17-alone.yaml", "found list")),
        ("", ("17-alone.yaml", "found an empty file")),
        ("SEED: [3\n", ("17-alone.yaml", "expected YAML")),
    ],
)
def test_a_bad_parameter_stops_everything_before_anything_runs(collection, here, capsys, text, words):
    collection.parameters("17-alone", text)
    assert collection.run("--profile", "full") == reports.USAGE
    assert here == []
    _, err = said(capsys)
    for word in words:
        assert word in err


def test_a_notebook_that_misses_a_parameter_is_named(collection, here, capsys):
    collection.write("17-alone", parameters='DATASET: str = "planted"')
    assert collection.run() == reports.USAGE
    assert "17-alone.ipynb: expected a parameter `PROFILE: str" in said(capsys)[1]


def test_a_failed_run_never_looks_finished(collection, here, capsys):
    assert collection.run() == 0
    collection.write("11-first", "value = 0.375", after="raise ValueError('after the results were written')")
    said(capsys)
    assert collection.run() == reports.FAILED
    out, err = said(capsys)
    runs = collection.folder / "runs"
    assert "11-first failed: ValueError: after the results were written" in err
    assert "waits for 11-first" in err
    assert out[-1] == str(collection.folder / "index.html")
    assert not (collection.folder / "results" / "11-first.json").exists()  # neither the new one nor the old
    assert not (collection.folder / "11-first.html").exists()
    assert not (runs / "11-first.ipynb").exists()
    assert (runs / "11-first.failed.ipynb").exists()
    index = (collection.folder / "index.html").read_text()
    assert "ValueError: after the results were written" in index
    assert "notebook 11, 13" in index
    assert "37.5%" not in index
    assert "50.0%</span>" not in index  # the second notebook's figure came from results that no longer hold
    collection.write("11-first", "value = 0.25")
    here.clear()
    assert collection.run() == 0
    assert here == ["11-first"]  # the same results as before the failure: the second still holds
    assert not (runs / "11-first.failed.ipynb").exists()


def test_a_page_with_noise_is_a_failed_run(collection, here, monkeypatch, capsys):
    def noisy(job, running):
        notebook = nbformat.read(job.source, as_version=4)
        stderr = nbformat.v4.new_output("stream", name="stderr", text="oneDNN custom operations are on\n")
        notebook.cells[-1].outputs = [stderr]
        nbformat.write(notebook, job.output)
        return 0.01

    monkeypatch.setattr(jupyter, "execute", noisy)
    assert collection.run("--only", "17-alone") == reports.FAILED
    assert "stderr in the page: oneDNN custom operations" in said(capsys)[1]
    assert not (collection.folder / "17-alone.html").exists()


def test_figures_models_and_pages_of_earlier_versions_go(collection, here):
    two = (
        'value = 0.5\nreport.model_path("17-a.bin").write_bytes(b"a")\nreport.model_path("17-b.bin").write_bytes(b"b")'
    )
    collection.write("17-alone", two)
    collection.write("19-gone")
    assert collection.run() == 0
    collection.write("17-alone", 'value = 0.5\nreport.model_path("17-b.bin").write_bytes(b"c")')
    (collection.notebooks / "19-gone.ipynb").unlink()
    assert collection.run() == 0
    assert [path.name for path in (collection.folder / "models").iterdir()] == ["17-b.bin"]
    assert not (collection.folder / "19-gone.html").exists()
    assert not (collection.folder / "results" / "19-gone.json").exists()


def test_only_runs_what_is_named_and_what_that_reads(collection, here):
    assert collection.run("--only", "13") == 0
    assert here == ["11-first", "13-second"]
    assert collection.run("--only", "13-second", "--force") == 0
    assert here == ["11-first", "13-second", "13-second"]
    assert "notebook 17" in (collection.folder / "index.html").read_text()


def test_mistakes_on_the_command_line_are_named(collection, here, capsys):
    assert collection.run("--only", "99-none") == reports.USAGE
    assert "expected a notebook, found '99-none'; there are: 11-first" in said(capsys)[1]
    for arguments in (
        ("--jobs", "0"),
        ("--timeout", "-1"),
        ("--dataset", "nowhere/ratings.csv"),
        ("--profile", "fast"),
    ):
        with pytest.raises(SystemExit, match="2"):
            collection.run(*arguments)
    assert here == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, ("expected one of planted, ", "found 'nosuch'")),
        ("user,item,rating\n1,2,3\n1,2\n", ("broken.csv, line 3: expected 3 values",)),
        (OSError("no network: " + "a long way of saying so, " * 30 + "the end"), ("no network", "the end")),
    ],
)
def test_a_bad_data_set_is_one_error_before_anything_runs(collection, here, capsys, tmp_path, monkeypatch, text, words):
    dataset = "nosuch"
    if isinstance(text, str):
        dataset = str(tmp_path / "broken.csv")
        Path(dataset).write_text(text)
    elif text is not None:

        def unreachable(name):
            raise text

        dataset = "ml-20m"
        monkeypatch.setattr(datasets, "load", unreachable)
    assert collection.run("--dataset", dataset) == reports.USAGE
    out, err = said(capsys)
    assert (out, err.count("\n"), err.count("error: ")) == ([], 1, 1)
    for word in words:
        assert word in err
    assert here == []
    assert not collection.reports.exists()


def test_the_data_are_loaded_only_if_a_notebook_is_about_to_run(collection, here, monkeypatch):
    loaded = []
    monkeypatch.setattr(datasets, "load", loaded.append)
    assert collection.run() == 0
    assert loaded == ["planted"]
    assert collection.run() == 0
    assert loaded == ["planted"]
    assert collection.run("--only", "17", "--force") == 0
    assert loaded == ["planted"] * 2


def test_data_fetched_again_make_nothing_stale(collection, here, monkeypatch):
    at_hand = [True]
    monkeypatch.setattr(freshness, "fingerprint", lambda dataset: "data" if at_hand else "absent")
    monkeypatch.setattr(datasets, "load", at_hand.append)
    assert collection.run() == 0
    here.clear()
    at_hand.clear()
    assert collection.run() == 0
    assert here == []


def test_list_runs_nothing(collection, here, capsys):
    assert collection.run("--list") == 0
    out, _ = said(capsys)
    assert out[1].startswith("13-second  would run       –  What does 13-second say?")
    assert here == []
    assert not collection.folder.exists()


def test_two_runs_on_one_folder_are_refused(collection, here, capsys):
    with folder_lock(collection.folder, "runs/.lock"):
        assert collection.run() == reports.LOCKED
    assert f"another run (process {os.getpid()})" in said(capsys)[1]
    assert here == []
    assert collection.run() == 0  # the lock ended with its holder


def test_an_unreadable_collection_is_an_error(tmp_path):
    with pytest.raises(NotebookError, match="found none"):
        reports.Report("planted", "quick", tmp_path)
