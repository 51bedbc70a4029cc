"""Real kernels: quiet, stopped at their time limit, stopped by an interrupt."""

import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from rbm_lib.collection.reports import render as reports

pytest_plugins = ["support.collection_making"]

BINARY = [sys.executable, "-m", "rbm_lib.collection.reports"]


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
    out, err = process.communicate(timeout=300)
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
    _, err = process.communicate(timeout=300)
    assert process.returncode == reports.FAILED
    assert "17-alone failed: stopped: it ran past its limit of 3 s" in err


def test_an_interrupt_stops_the_kernels_and_the_next_run_goes_on(collection, capsys):
    kernel_file = collection.notebooks / "kernel"
    collection.write(
        "13-second", f"import os, time\nopen({str(kernel_file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(300)"
    )
    process = start(collection, "--force")
    try:
        deadline = time.monotonic() + 300
        while not (kernel_file.exists() and kernel_file.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert collection.run() == reports.LOCKED  # and meanwhile nobody else may write here
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == reports.INTERRUPTED
    assert err.splitlines()[-1] == f"interrupted: {reports.STOPPED}"
    assert "goes on from there" not in err
    for noise in ("Traceback", "Kernel died", "execute reply"):
        assert noise not in err
    with pytest.raises(ProcessLookupError):
        os.kill(int(kernel_file.read_text()), 0)
    assert (collection.folder / "11-first.html").exists()
    assert [*collection.folder.rglob("*.part*")] == []
    assert not list((collection.folder / "results").glob("13*"))
    capsys.readouterr()
    assert collection.run("--list") == 0
    states = [line.split()[1] for line in capsys.readouterr().out.splitlines()]
    assert states[1:] == ["would", "would", "words"]


def test_a_kill_costs_time_and_nothing_else(collection, tmp_path):
    """SIGKILL of the command while a kernel writes: the next run ends with what a run nobody touched ends with."""
    (collection.notebooks / "17-alone.ipynb").unlink()
    flag = tmp_path / "killed"
    wait = f"import pathlib, time\nflag = pathlib.Path({str(flag)!r})\nfirst = not flag.exists()\nflag.touch()\n"
    figure = 'import matplotlib.pyplot as plt\nreport.save_figure(plt.figure(), "13-a", alt="Nothing.")\n'
    collection.write("13-second", f"{wait}{figure}value = 0.5\nif first: time.sleep(300)", after="flag.exists()")
    process = start(collection, "--jobs", "2")
    try:
        deadline = time.monotonic() + 300
        while not [*collection.folder.glob("runs/.staging/13-second/figures/*")]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    assert not list((collection.folder / "results").glob("13*"))
    results = list((collection.folder / "results").glob("11*"))
    before = {path: path.read_bytes() for path in results}
    again = start(collection)
    _, err = again.communicate(timeout=300)
    assert again.returncode == 0, err
    assert {path: path.read_bytes() for path in results} == before
    assert [collection.results(slug)["records"][1]["value"] for slug in ("11-first", "13-second")] == [0.25, 0.5]
    left = [path.name for path in collection.folder.rglob("*") if ".part" in path.name or ".tmp" in path.name]
    assert left == []
    assert [*collection.folder.glob("runs/.staging/*")] == []
    assert [path.name for path in (collection.folder / "figures").iterdir()] == ["13-a.png"]
