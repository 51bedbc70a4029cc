"""Compiled loops on disk follow the sources they were made from."""

import subprocess
import sys
from pathlib import Path

import pytest

import rbm_lib
from rbm_lib._numba import FOLDERS, discard_stale_loops

LIBRARY = Path(rbm_lib.__file__).parent


@pytest.fixture
def library(tmp_path):
    for folder in FOLDERS:
        (tmp_path / folder / "__pycache__").mkdir(parents=True)
        (tmp_path / folder / "loops.py").write_text("one")
    return tmp_path


def test_compiled_loops_of_every_folder_go_when_any_source_changes(library):
    compiled = [library / folder / "__pycache__" / "loops.chains-11.py311.nbi" for folder in FOLDERS]
    other = library / FOLDERS[0] / "__pycache__" / "loops.cpython-311.pyc"
    for file in (*compiled, other):
        file.touch()
    assert discard_stale_loops(library) == len(FOLDERS)  # nobody knows what these were made from
    assert not any(file.exists() for file in compiled)
    compiled[0].touch()
    assert discard_stale_loops(library) == 0
    (library / FOLDERS[-1] / "loops.py").write_text("another constant")
    assert discard_stale_loops(library) == 1
    assert other.exists()


def test_a_folder_without_caches_is_no_obstacle(tmp_path):
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
    assert discard_stale_loops(tmp_path) == 0


def test_compiled_loops_live_in_these_folders_alone():
    compiling = {
        path.relative_to(LIBRARY).parts[0] for path in LIBRARY.rglob("*.py") if "numba.njit" in path.read_text()
    }
    assert compiling - {"collection"} == set(FOLDERS)  # the benchmark's loops call none of another file


def test_the_sparse_engine_starts_no_tensorflow():
    code = "import sys, rbm_lib.sparse as s; [getattr(s, n) for n in s.__all__]; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
