"""The runner: order, freshness, failures, interrupts. Most tests run cells in this process; a few start kernels."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from notebook_making import PARAMETERS, make_notebook, reporting

from rbm_lib import freshness, kernels, reports
from rbm_lib.notebooks import NotebookError
from rbm_lib.runner import folder_lock

BINARY = [sys.executable, "-m", "rbm_lib.reports"]


class Collection:
    """Three notebooks, 11 <- 13, and 17 alone, in a folder of their own."""

    def __init__(self, root: Path):
        self.notebooks, self.reports = root / "notebooks", root / "reports"
        self.folder = self.reports / "quick" / "planted"
        self.write("11-first", "value = 0.25")
        second = 'value = 2 * read_results("11-first", dataset=DATASET, profile=PROFILE).value("value")'
        self.write("13-second", second, reads="`11-first`")
        self.write("17-alone", "value = 0.75")

    def write(self, slug, body="value = 0.5", after="", **changes):
        make_notebook(self.notebooks / f"{slug}.ipynb", *reporting(slug, body, after), **changes)

    def parameters(self, slug, text):
        path = self.notebooks / "params" / "full" / f"{slug}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, *arguments):
        return reports.main(["--notebooks", str(self.notebooks), *arguments])

    def results(self, slug, folder=None):
        return json.loads(((folder or self.folder) / "results" / f"{slug}.json").read_text())


@pytest.fixture
def collection(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path / "reports"))
    monkeypatch.delenv("RBM_STAGING", raising=False)
    monkeypatch.setattr(freshness, "fingerprint", lambda dataset: f"data of {dataset}")
    return Collection(tmp_path)


@pytest.fixture
def here(monkeypatch):
    """Run cells in this process instead of in a kernel; returns the names of the notebooks that ran, in order."""
    ran = []

    def execute(job, running):
        ran.append(job.source.stem)
        notebook = nbformat.read(job.source, as_version=4)
        injected = "\n".join(f"{name} = {value!r}" for name, value in job.parameters.items())
        space, error = {}, None
        for name in ("RBM_REPORTS_DIR", "RBM_NOTEBOOKS_DIR", "RBM_STAGING"):
            monkeypatch.setenv(name, job.environment[name])
        for cell in notebook.cells:
            if cell.cell_type == "code" and error is None:
                try:
                    with contextlib.redirect_stdout(io.StringIO()):  # display prints outside IPython
                        exec(
                            cell.source + ("\n" + injected if "parameters" in cell.metadata.get("tags", []) else ""),
                            space,
                        )
                except Exception as caught:
                    error = caught
        nbformat.write(notebook, job.output)
        if error is not None:
            raise kernels.RunFailed(f"{type(error).__name__}: {error}") from None
        return 0.01

    monkeypatch.setattr(kernels, "execute", execute)
    return ran


def said(capsys):
    out = capsys.readouterr()
    return out.out.splitlines(), out.err


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


def remove_figures_of_all(collection, monkeypatch):
    (collection.folder / "runs" / "17-alone.ipynb").unlink()


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        (change_source, ["11-first", "13-second"]),
        (change_comment, ["11-first"]),  # its results come out the same, so the second need not run
        (change_library, ["11-first", "13-second", "17-alone"]),
        (change_data, ["11-first", "13-second", "17-alone"]),
        (change_results, ["11-first"]),  # the hand-made change is overwritten by what the second had read
        (remove_figures_of_all, ["17-alone"]),
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


def test_the_full_profile_takes_its_parameters_and_has_its_own_folder(collection, here):
    body = 'value = RATE\nreport.record("steps", STEPS)'
    collection.write("17-alone", body, parameters=f"{PARAMETERS}\nRATE: float = 0.5\nSTEPS: int = 3")
    collection.parameters("17-alone", "RATE: 1e-3\nSTEPS: 5\n")
    assert collection.run("--profile", "full") == 0
    full = collection.reports / "planted"
    assert [r["value"] for r in collection.results("17-alone", full)["records"] if r["name"] != "coin_toss"] == [
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

    monkeypatch.setattr(kernels, "execute", noisy)
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


def test_list_runs_nothing(collection, here, capsys):
    assert collection.run("--list") == 0
    out, _ = said(capsys)
    assert out[1].startswith("13-second  would run  What does 13-second say?")
    assert here == []
    assert not collection.folder.exists()


def test_notebooks_run_side_by_side_where_the_order_allows(collection, here, monkeypatch):
    spans, inner = {}, kernels.execute

    def slow(job, running):
        begin = time.monotonic()
        time.sleep(0.4)
        seconds = inner(job, running)
        spans[job.source.stem] = (begin, time.monotonic())
        return seconds

    monkeypatch.setattr(kernels, "execute", slow)
    assert collection.run("--jobs", "2") == 0
    assert spans["17-alone"][0] < spans["11-first"][1]
    assert spans["13-second"][0] >= spans["11-first"][1]


def test_two_runs_on_one_folder_are_refused(collection, here, capsys):
    with folder_lock(collection.folder):
        assert collection.run() == reports.LOCKED
    assert f"another run (process {os.getpid()})" in said(capsys)[1]
    assert here == []
    assert collection.run() == 0  # the lock ended with its holder


def test_an_unreadable_collection_is_an_error(tmp_path):
    with pytest.raises(NotebookError, match="found none"):
        reports.Report("planted", "quick", tmp_path)


# From here on with real kernels.

NOISY = """import os, sys
os.write(2, b"port.cc:153] one" + b"DNN custom operations are on\\n")
from tqdm import tqdm
for _ in tqdm(range(3)):
    pass
value = 0.5"""


def start(collection, *arguments):
    command = [*BINARY, "--notebooks", str(collection.notebooks), *arguments]
    environment = os.environ | {"RBM_REPORTS_DIR": str(collection.reports)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_real_kernels_are_quiet_and_failures_name_the_cell(collection):
    collection.write("11-first", NOISY)
    collection.write("13-second", "value = 1 / 0")
    (collection.notebooks / "17-alone.ipynb").unlink()
    process = start(collection, "--jobs", "2")
    out, err = process.communicate(timeout=60)
    assert process.returncode == reports.FAILED, err
    assert out.splitlines()[-1] == str(collection.folder / "index.html")
    assert "13-second failed: cell [4]: ZeroDivisionError: division by zero" in err
    page = (collection.folder / "11-first.html").read_text()
    for noise in ("oneDNN", "IPKernelApp", "it/s", "papermill", "Warning"):
        assert noise not in out + err
        assert noise not in page
    failed = nbformat.read(collection.folder / "runs" / "13-second.failed.ipynb", as_version=4)
    assert any(output.output_type == "error" for cell in failed.cells for output in cell.get("outputs", []))


def test_a_notebook_that_hangs_is_stopped_at_its_limit(collection):
    (collection.notebooks / "13-second.ipynb").unlink()
    (collection.notebooks / "11-first.ipynb").unlink()
    collection.write("17-alone", "import time\ntime.sleep(300)")
    process = start(collection, "--timeout", "3")
    _, err = process.communicate(timeout=60)
    assert process.returncode == reports.FAILED
    assert "17-alone failed: stopped: it ran past its limit of 3 s" in err


def test_an_interrupt_stops_the_kernels_and_the_next_run_goes_on(collection, capsys):
    kernel_file = collection.notebooks / "kernel"
    collection.write(
        "13-second", f"import os, time\nopen({str(kernel_file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(300)"
    )
    process = start(collection)
    try:
        deadline = time.monotonic() + 60
        while not (kernel_file.exists() and kernel_file.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert collection.run() == reports.LOCKED  # and meanwhile nobody else may write here
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == reports.INTERRUPTED
    assert "interrupted: kernels stopped" in err
    assert "Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.kill(int(kernel_file.read_text()), 0)
    assert (collection.folder / "11-first.html").exists()
    assert [*collection.folder.rglob("*.part*")] == []
    assert not list((collection.folder / "results").glob("13*"))
    capsys.readouterr()
    assert collection.run("--list") == 0
    states = [line.split()[1] for line in said(capsys)[0]]
    assert states[1:] == ["would", "would"]


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
