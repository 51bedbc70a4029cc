"""A change runs exactly what depends on it, and no change runs nothing, fast."""

import json
import subprocess
import sys
import time

import pytest

from rbm_lib import freshness, places

pytest_plugins = ["collection_making"]


def change_source(collection, monkeypatch):
    collection.write("11-first", "value = 0.375")


def change_comment(collection, monkeypatch):
    collection.write("11-first", "value = 0.25  # the same number")


def change_library(collection, monkeypatch):
    (freshness.LIBRARY / "metrics.py").write_text("# another way to count")


def change_looks(collection, monkeypatch):
    (freshness.LIBRARY / "pages.py").write_text("# another look")


def change_data(collection, monkeypatch):
    monkeypatch.setattr(freshness, "fingerprint", lambda dataset: "other data")


def change_results(collection, monkeypatch):
    path = collection.folder / "results" / "11-first.json"
    path.write_text(path.read_text().replace("0.25", "0.3"))


def change_outputs(collection, monkeypatch):
    path = collection.notebooks / "11-first.ipynb"
    content = json.loads(path.read_text())
    content["cells"][2]["execution_count"] = 3
    path.write_text(json.dumps(content))


def remove_executed_copy(collection, monkeypatch):
    (collection.folder / "runs" / "17-alone.ipynb").unlink()


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        (change_source, ["11-first", "13-second"]),
        (change_comment, ["11-first"]),  # its results come out the same, so the second need not run
        (change_library, ["11-first", "13-second", "17-alone"]),
        (change_data, ["11-first", "13-second", "17-alone"]),
        (change_results, ["11-first"]),  # the hand-made change is overwritten by what the second had read
        (remove_executed_copy, ["17-alone"]),
        (change_looks, []),
        (change_outputs, []),
    ],
)
def test_a_change_runs_exactly_what_depends_on_it(collection, here, monkeypatch, tmp_path, change, runs):
    monkeypatch.setattr(freshness, "LIBRARY", tmp_path / "library")
    freshness.LIBRARY.mkdir()
    for name in ("metrics.py", "pages.py"):
        (freshness.LIBRARY / name).write_text("# as it was")
    assert collection.run() == 0
    pages = {path: path.stat().st_mtime_ns for path in collection.folder.glob("*.html")}
    here.clear()
    change(collection, monkeypatch)
    assert collection.run() == 0
    assert here == runs
    drawn = {path.stem for path in pages if path.stat().st_mtime_ns != pages[path]}
    assert (drawn == {"11-first", "13-second", "17-alone", "index"}) == (
        change in (change_looks, change_library, change_data)
    )


def test_who_reads_the_benchmark_runs_again_when_it_has_changed(collection, here):
    collection.write("17-alone", "value = 0.75", reads="`reports/bench/results.json`")
    assert collection.run() == 0
    here.clear()
    assert collection.run() == 0
    assert here == []
    places.write_atomically(collection.reports / "bench" / "results.json", "[]")
    assert collection.run() == 0
    assert here == ["17-alone"]


def test_the_path_without_work_is_fast_and_imports_nothing_heavy(collection, here):
    assert collection.run() == 0
    code = f"""
import sys
from rbm_lib import freshness, reports
freshness.fingerprint("planted")
freshness.fingerprint = lambda dataset: f"data of {{dataset}}"
status = reports.main(["--notebooks", {str(collection.notebooks)!r}])
print([name for name in ("papermill", "pandas", "tensorflow", "nbconvert", "keras") if name in sys.modules])
sys.exit(status)
"""
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[0] == "3 notebooks: 3 fresh"
    assert done.stdout.splitlines()[-1] == "[]"
    assert time.monotonic() - begin < 3
