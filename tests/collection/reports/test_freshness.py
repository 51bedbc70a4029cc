"""A change runs exactly what depends on it, and no change runs nothing, fast."""

import json
import shutil
import subprocess
import sys

import pytest

from rbm_lib._files import write_atomically
from rbm_lib.collection.reports import freshness

pytest_plugins = ["support.collection_making"]


def change_source(collection, monkeypatch):
    collection.write("11-first", "value = 0.375")


def change_comment(collection, monkeypatch):
    collection.write("11-first", "value = 0.25  # the same number")


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
        (change_data, ["11-first", "13-second", "17-alone"]),
        (change_results, ["11-first"]),  # the hand-made change is overwritten by what the second had read
        (remove_executed_copy, ["17-alone"]),
        (change_outputs, []),
    ],
)
def test_a_change_runs_exactly_what_depends_on_it(collection, here, monkeypatch, change, runs):
    assert collection.run() == 0
    here.clear()
    change(collection, monkeypatch)
    assert collection.run() == 0
    assert here == runs


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A copy of the library whose files may change; what a notebook runs is the library itself."""
    copy = tmp_path / "rbm_lib"
    shutil.copytree(freshness.LIBRARY, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(freshness, "LIBRARY", copy)
    return copy


EVERY = ["11-first", "13-second", "17-alone"]


@pytest.mark.parametrize(
    ("file", "runs", "drawn"),
    [
        ("collection/results/writing.py", EVERY, True),  # each of them opens a report
        ("collection/figures/cost.py", ["17-alone"], False),  # a plot's colour: only who draws with it runs again
        ("collection/studies/own_ratings.py", ["11-first"], False),  # the wording of one notebook's sentence
        ("collection/figures/style.py", ["17-alone"], False),  # what the figure itself is drawn with
        ("analysis/annealing.py", [], False),  # nobody here reaches it
        ("collection/figures/__init__.pyi", [], False),  # one more name on offer
        ("collection/pages/renderer.py", [], True),  # finished runs are drawn again
        ("collection/pages/assets/style.css", [], True),
        ("collection/reports/progress.py", [], False),
    ],
)
def test_a_changed_file_of_the_library_reruns_who_reaches_it(collection, here, library, capsys, file, runs, drawn):
    collection.write("11-first", "from rbm_lib.collection.studies import lesson\nvalue = 0.25")
    collection.write("17-alone", "from rbm_lib.collection.figures import plot_bars\nvalue = 0.75")
    assert collection.run() == 0
    pages = {path: path.stat().st_mtime_ns for path in collection.folder.glob("[0-9]*.html")}
    here.clear()
    (library / file).write_text((library / file).read_text() + "\n")
    capsys.readouterr()
    assert collection.run("--list") == 0
    for line in capsys.readouterr().out.splitlines():
        slug, why = line.split()[0], f"changed: rbm_lib/{file}"
        assert (why in line) == (slug in runs), line
    assert collection.run() == 0
    assert here == runs
    again = {path.stem for path in pages if path.stat().st_mtime_ns != pages[path]}
    assert again == set(EVERY if drawn else runs)


def test_who_reads_the_benchmark_runs_again_when_it_has_changed(collection, here):
    collection.write("17-alone", "value = 0.75", reads="`reports/bench/results.json`")
    assert collection.run() == 0
    here.clear()
    assert collection.run() == 0
    assert here == []
    write_atomically(collection.reports / "bench" / "results.json", "[]")
    assert collection.run() == 0
    assert here == ["17-alone"]


def test_the_path_without_work_imports_nothing_heavy(collection, here):
    assert collection.run() == 0
    code = f"""
import sys
from rbm_lib.collection.reports import freshness, render
freshness.fingerprint("planted")
freshness.fingerprint = lambda dataset: f"data of {{dataset}}"
status = render.main(["--notebooks", {str(collection.notebooks)!r}])
print([name for name in ("papermill", "pandas", "tensorflow", "nbconvert", "keras") if name in sys.modules])
sys.exit(status)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[0] == "3 notebooks: 3 fresh"
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_changed_glossary_is_drawn_again_and_runs_nothing(collection, here):
    collection.run()
    assert not (collection.folder / "glossary.html").exists()  # a folder of notebooks need not have one
    here.clear()
    for word in ("first", "second"):
        (collection.notebooks / "glossary.md").write_text(f"# Words\n\n## Learning\n\n- **{word}**: a word.\n")
        assert collection.run() == 0
        assert f"<strong>{word}</strong>" in (collection.folder / "glossary.html").read_text()
    assert here == []
    assert 'href="glossary.html"' in (collection.folder / "index.html").read_text()
