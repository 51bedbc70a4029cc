"""A library without its checkout: README's code and the commands in an empty folder, and nothing written beside it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.readme_code import code_blocks

import rbm_lib
from rbm_lib.collection import places

LIBRARY = Path(rbm_lib.__file__).parent
# Each block in a space of its own, as in two files; after each, what is in the folder.
BLOCKS = """
import json, os, sys

for code in json.loads(sys.argv[1]):
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    print(sorted(os.listdir()))
"""
REPORT = """
from rbm_lib.collection import open_report

report = open_report("11-away", dataset="planted", profile="quick", seed=1)
report.conclude("A sentence.")
report.write()
"""
READS_BENCH = """
from rbm_lib.collection.bench import read_bench

read_bench()
"""


def files_below(folder):
    """A digest of every file by its path; caches of Python and of numba, which hold no data, left out."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """`site/` with a copy of the package, and of its compiled loops, as `pip install` would leave it."""
    site = tmp_path_factory.mktemp("installed") / "site"
    shutil.copytree(LIBRARY, site / "rbm_lib")
    return site


@pytest.fixture
def away(installed, tmp_path, monkeypatch):
    """Runs Python in an empty folder with the installed copy; afterwards the copy must be as it was."""
    for name in ("RBM_REPORTS_DIR", "RBM_NOTEBOOKS_DIR", "RBM_STAGING"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "empty"
    folder.mkdir()
    environment = os.environ | {"PYTHONPATH": str(installed), "HOME": str(tmp_path / "home"), "MPLBACKEND": "agg"}

    def python(*arguments, **own):
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment | own)

    before = files_below(installed)
    yield python, folder
    assert files_below(installed) == before


def test_the_copy_is_what_runs(away, installed):
    python, _ = away
    done = python("-c", "import rbm_lib; print(rbm_lib.__file__)")
    assert Path(done.stdout.strip()).parent == installed / "rbm_lib", done.stderr


def test_the_readme_has_the_blocks_that_are_run_here():
    assert len(code_blocks()) == 2


def test_the_code_blocks_of_the_readme_run(away):
    """And write nothing but the files that the first one names."""
    python, _ = away
    assert "rbm.keras" in code_blocks()[0]
    done = python("-c", BLOCKS, json.dumps(code_blocks()))
    assert done.returncode == 0, done.stderr
    left = [line for line in done.stdout.splitlines() if line.startswith("[")]
    assert left == ["['rbm.keras', 'rbm.npz']"] * 2


def test_a_report_is_written_where_the_work_is_done(away):
    python, folder = away
    done = python("-c", REPORT)
    assert done.returncode == 0, done.stderr
    assert list(files_below(folder)) == ["reports/quick/planted/results/11-away.json"]


def test_a_report_folder_that_is_named_is_taken(away, tmp_path):
    python, folder = away
    assert python("-c", REPORT, RBM_REPORTS_DIR=str(tmp_path / "own")).returncode == 0
    assert list(files_below(tmp_path / "own")) == ["quick/planted/results/11-away.json"]
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("command", "missing", "ways_out"),
    [
        ("rbm_lib.collection.reports", "notebooks", ["clone", "--notebooks DIR", "RBM_NOTEBOOKS_DIR"]),
        ("rbm_lib.collection.reports.readme", "README.md", ["clone", "--file FILE"]),
        ("rbm_lib.collection.results diff HEAD", "reports", ["clone", "--repository DIR"]),
    ],
)
def test_a_command_says_in_one_line_that_it_needs_the_checkout(away, command, missing, ways_out):
    python, folder = away
    done = python("-m", *command.split())
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {missing}: expected a checkout of the collection around the package, found")
    assert all(way in line for way in ways_out), line
    assert not list(folder.iterdir())


def test_a_folder_of_notebooks_that_is_named_is_taken(away, tmp_path):
    """Nothing but its own notebooks is looked for, and asking what would run leaves nothing behind."""
    python, folder = away
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    done = python("-m", "rbm_lib.collection.reports", "--list", "--notebooks", str(notebooks))
    assert f"{notebooks}: expected notebooks named NN-slug.ipynb, found none" in done.stderr
    shutil.copy(places.REPOSITORY / "notebooks" / "01-ratings.ipynb", notebooks)
    done = python("-m", "rbm_lib.collection.reports", "--list", "--notebooks", str(notebooks))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("01-ratings  would run")
    assert not list(folder.iterdir())


def test_the_benchmark_needs_no_checkout_and_says_how_its_results_are_made(away):
    python, _ = away
    done = python("-c", READS_BENCH)
    last = done.stderr.splitlines()[-1]
    assert "expected the rows that `python -m rbm_lib.collection.bench` writes" in last
    assert python("-m", "rbm_lib.collection.bench", "--help").returncode == 0


def test_a_checkout_is_known_by_its_notebooks_and_its_project(tmp_path):
    """A package that lies in a project of somebody else's is no checkout of this collection."""
    assert places.checkout_at(tmp_path) is None
    (tmp_path / "notebooks").mkdir()
    assert places.checkout_at(tmp_path) is None
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "somebody-elses"\ndependencies = ["rbm-lib"]\n')
    assert places.checkout_at(tmp_path) is None
    shutil.copy(places.REPOSITORY / "pyproject.toml", tmp_path)
    assert places.checkout_at(tmp_path) == tmp_path


def test_no_commit_of_a_repository_of_somebody_elses_is_taken(away, installed):
    """A package installed inside a git repository must not call that repository's commit its own."""
    python, _ = away
    subprocess.run(["git", "init", "-q", str(installed.parent)], check=True)
    git = ["git", "-C", str(installed.parent), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "theirs"], check=True)
    done = python("-c", "from rbm_lib.collection.results import commit; print(commit())")
    assert done.stdout.strip() == "unknown", done.stderr
