"""A small collection of notebooks to run, for the tests of the runner (used as a pytest plugin)."""

import contextlib
import io
import json
from pathlib import Path

import nbformat
import pytest
from support.notebook_making import make_notebook, reporting

from rbm_lib.collection.reports import freshness, jupyter
from rbm_lib.collection.reports import render as reports


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
    """A small collection with its own report folder, on data that never change."""
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
            raise jupyter.RunFailed(f"{type(error).__name__}: {error}") from None
        return 0.01

    monkeypatch.setattr(jupyter, "execute", execute)
    return ran
