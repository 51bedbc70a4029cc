"""The house: imports go one way, the gate that says so bites, and the faces offer what their stubs say."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import rbm_lib

LIBRARY = Path(rbm_lib.__file__).parent
ROOT = LIBRARY.parent
GROUND = {path.stem for path in LIBRARY.glob("_*.py")} - {"__init__", "__main__"}  # files below every wing
FACES = sorted(path.parent for path in LIBRARY.rglob("__init__.pyi"))


def lint_imports(folder):
    """Runs the gate of `make lint` on a copy of the library; returns its exit status and what it says."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": str(folder)})
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(LIBRARY, tmp_path / "rbm_lib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(copy, file, line):
    path = copy / "rbm_lib" / file
    path.write_text(path.read_text() + f"\n\n{line}\n")


def test_imports_go_one_way(copy):
    status, said = lint_imports(copy)
    assert status == 0, said


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("data/ratings.py", "from rbm_lib.models import RBM", "A wing imports only wings below it"),
        ("data/ratings.py", "def later():\n    from rbm_lib.splits import Split", "A wing imports only wings below it"),
        ("models/model.py", "from rbm_lib.collection import open_report", "A wing imports only wings below it"),
        ("analysis/likelihood.py", "import rbm_lib.collection.places", "A wing imports only wings below it"),
        ("datasets/loading.py", "from rbm_lib.splits import first_n", "A wing imports only wings below it"),
        ("analysis/likelihood.py", "from rbm_lib.commands import main", "A wing imports only wings below it"),
        ("commands/words.py", "from rbm_lib.collection import open_report", "A wing imports only wings below it"),
        ("collection/places.py", "from rbm_lib.commands import main", "A wing imports only wings below it"),
        ("commands/line.py", "import rbm_lib.__main__", "A wing imports only wings below it"),
        ("collection/figures/style.py", "from rbm_lib.collection.bench import row", "Inside the collection"),
        ("data/checks.py", "from .ratings import Ratings", "No circle"),
        ("models/training/schedule.py", "from ..model import RBM", "No circle"),
        ("sparse/engine.py", "import tensorflow", "The sparse engine needs no TensorFlow"),
    ],
)
def test_the_gate_bites(copy, file, line, broken):
    plant(copy, file, line)
    status, said = lint_imports(copy)
    assert status == 1, said
    assert re.search(rf"{broken}[^\n]*(\n[^\n]*)? BROKEN", said), said


def imports_of(path):
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)]


def test_no_file_of_the_library_imports_the_face_of_the_whole():
    """`from rbm_lib import RBM` inside the library would hide an import from the gate; a wing is a name it sees."""
    wings = {path.name for path in LIBRARY.iterdir() if path.is_dir()} | GROUND
    for path in LIBRARY.rglob("*.py"):
        for node in imports_of(path):
            if isinstance(node, ast.ImportFrom) and node.module == "rbm_lib" and node.level == 0:
                assert {alias.name for alias in node.names} <= wings, path
            if isinstance(node, ast.Import):
                assert "rbm_lib" not in [alias.name for alias in node.names], path


def test_other_wings_are_imported_by_their_face():
    """`from rbm_lib.data import Ratings`, not `from rbm_lib.data.ratings`; files of one's own wing are relative."""
    faces = {".".join(("rbm_lib", *face.relative_to(LIBRARY).parts)) for face in FACES}
    ground = {f"rbm_lib.{name}" for name in GROUND}
    for path in LIBRARY.rglob("*.py"):
        for node in imports_of(path):
            if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("rbm_lib"):
                assert node.module in faces | ground, f"{path}:{node.lineno} {node.module}"
                wing = path.relative_to(LIBRARY).parts[0]
                assert node.module.split(".")[1:2] != [wing] or wing == "collection", f"{path}:{node.lineno}"


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.relative_to(ROOT).as_posix())
def test_a_face_offers_what_its_stub_says(face):
    module = __import__("rbm_lib")
    for part in face.relative_to(LIBRARY).parts:
        module = getattr(module, part)
    stub = ast.parse((face / "__init__.pyi").read_text())
    said = {alias.name for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert said == set(module.__all__) == set(dir(module))
    for name in said:
        assert getattr(module, name) is not None


def test_help_introduces_every_wing():
    """One line each in the package's docstring, all in one column; the workshop is named as what is not for users."""
    module = __import__("rbm_lib")
    stub = ast.parse((LIBRARY / "__init__.pyi").read_text())
    wings = {
        alias.name for node in stub.body if isinstance(node, ast.ImportFrom) and not node.module for alias in node.names
    }
    introduced = re.findall(r"^    (\w+) {2,}\S", module.__doc__.split("The rest is in the wings")[1], re.MULTILINE)
    assert sorted(introduced) == sorted(wings - {"collection"})
    assert "Not for users: `rbm_lib.collection`" in module.__doc__


def test_the_library_is_small_files():
    long = {
        path.relative_to(ROOT).as_posix(): count
        for path in (*LIBRARY.rglob("*.py"), *(ROOT / "tests").rglob("*.py"))
        if (count := len(path.read_text().splitlines())) > 300
    }
    assert not long


@pytest.mark.parametrize("file", sorted((LIBRARY / "models" / "units").glob("*.py")), ids=lambda file: file.stem)
def test_a_unit_is_one_small_file(file):
    """The contract is longer: it explains every method."""
    assert file.stem == "contract" or len(file.read_text().splitlines()) <= 120
