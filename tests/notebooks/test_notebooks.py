"""The notebooks run: under nbval (`make notebooks`), and in JupyterLab with a real browser."""

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from support.notebook_making import make_notebook, reporting

from rbm_lib.collection import places
from rbm_lib.collection.results.notebooks import find_notebooks

SOURCES = sorted((places.REPOSITORY / "notebooks").glob("[!.]*.ipynb"))


def recipe():
    """The command that `make notebooks` would run."""
    command = ["make", "--no-print-directory", "-n", "notebooks"]
    return subprocess.run(command, cwd=places.REPOSITORY, capture_output=True, text=True, check=True).stdout


def nbval_flags():
    return sorted(set(re.findall(r"--nbval\S+", recipe())))


def test_make_notebooks_runs_all_of_them_and_writes_elsewhere():
    assert {"--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=600"} == set(nbval_flags())
    assert re.findall(r"notebooks/(\S+)\.ipynb", recipe()) == [path.stem for path in SOURCES]
    assert re.search(r"folder=\$\(mktemp -d\).*RBM_REPORTS_DIR=\"\$folder\"", recipe(), re.DOTALL)


def test_make_lab_opens_on_the_first_notebook():
    command = ["make", "--no-print-directory", "-n", "lab", "LAB_ARGS=--port=9000"]
    shown = subprocess.run(command, cwd=places.REPOSITORY, capture_output=True, text=True, check=True).stdout
    assert f"jupyter lab --LabApp.default_url=/lab/tree/{SOURCES[0].name} --port=9000 notebooks" in shown


def test_make_notebooks_starts_none_before_what_it_reads():
    """All that reads nothing runs side by side; what reads the others' results has a command of its own, after them."""
    side_by_side, *later = [re.findall(r"(\S+)\.ipynb", part) for part in recipe().split("pytest")[1:]]
    by_path = {f"notebooks/{notebook.slug}": notebook for notebook in find_notebooks()}
    assert [path for path in side_by_side if by_path[path].follows] == []
    assert [path for part in later for path in part if by_path[path].reads] == []


def test_nbval_reads_earlier_results_and_fails_when_a_cell_raises(tmp_path):
    body = 'value = 2 * read_results("11-first", dataset=DATASET, profile=PROFILE).value("value")'
    paths = [
        make_notebook(tmp_path / "notebooks" / "11-first.ipynb", *reporting("11-first", "value = 0.25")),
        make_notebook(
            tmp_path / "notebooks" / "13-second.ipynb", *reporting("13-second", body), "assert value == 0.75"
        ),
    ]
    command = [sys.executable, "-m", "pytest", *nbval_flags(), "-p", "no:cacheprovider", "-q", *map(str, paths)]
    environment = os.environ | {"RBM_REPORTS_DIR": str(tmp_path / "reports")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "13-second.ipynb::Cell 4" in done.stdout
    assert re.search(r"\b1 failed, 8 passed", done.stdout), done.stdout
    second = tmp_path / "reports" / "quick" / "planted" / "results" / "13-second.json"
    assert json.loads(second.read_text())["records"][1]["value"] == 0.5


@pytest.fixture
def lab(tmp_path):
    """A JupyterLab server on loopback with a copy of a notebook; it ends with the test."""
    work, configuration = tmp_path / "notebooks", tmp_path / "config"
    work.mkdir()
    source = places.REPOSITORY / "notebooks" / "01-ratings.ipynb"  # which trains nothing
    shutil.copy(source, work)
    configuration.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    folders = ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    environment = os.environ | {name: str(tmp_path / name.lower()) for name in (*folders, "IPYTHONDIR")}
    environment |= {"JUPYTER_CONFIG_DIR": str(configuration), "RBM_REPORTS_DIR": str(tmp_path / "reports")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={work}"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with (tmp_path / "lab.log").open("w") as log:
        server = subprocess.Popen(command, cwd=work, env=environment, stdout=log, stderr=log)
        try:
            wait_for_server(f"http://127.0.0.1:{port}/api/status?token={token}", server)
            yield f"http://127.0.0.1:{port}/lab/tree/{source.name}?token={token}&reset", work / source.name
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def wait_for_server(address, server):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            assert server.poll() is None, "the server ended"
            time.sleep(0.3)
    raise AssertionError("the server did not start")


def saved_cells(path):
    """Code cells of the notebook on disk; the server empties the file for a moment before it writes it anew."""
    for _ in range(100):
        with contextlib.suppress(json.JSONDecodeError):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            return [cell for cell in cells if cell["cell_type"] == "code"]
        time.sleep(0.1)
    raise AssertionError(f"{path}: no whole notebook in ten seconds")


def test_jupyter_lab_runs_a_notebook_in_a_browser(lab, browser):
    address, path = lab
    asked = []
    tab = browser.new_page(viewport={"width": 1400, "height": 1000})
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(address)
    # Until the kernel is idle, Run All would ask for a kernel and run nothing.
    tab.get_by_text("| Idle").wait_for(timeout=60_000)
    tab.get_by_role("menuitem", name="Run", exact=True).click()
    tab.get_by_text("Run All Cells", exact=True).click()
    deadline = time.monotonic() + 150
    while not all(cell["execution_count"] for cell in saved_cells(path)):
        assert time.monotonic() < deadline, "not every cell was run"
        tab.wait_for_timeout(1000)
        tab.keyboard.press("Control+s")
    assert tab.locator(".jp-OutputArea-output").first.is_visible()
    assert tab.get_by_text("Jupyter news").count() == 0  # set-up turned the question off
    tab.close()
    outputs = [output for cell in saved_cells(path) for output in cell["outputs"]]
    assert outputs
    assert [o for o in outputs if o["output_type"] == "error"] == []
    elsewhere = [url for url in asked if not re.match(r"(https?|ws)://127\.0\.0\.1:|data:|blob:", url)]
    assert elsewhere == []
