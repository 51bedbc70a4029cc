"""What a notebook can reach of the library is found by reading, and is never less than what Python really imports."""

import ast
import json
import subprocess
import sys

import pytest

from rbm_lib.freshness import LIBRARY
from rbm_lib.imported import code_of_notebook, reachable
from rbm_lib.notebooks import find_notebooks


@pytest.fixture
def library(tmp_path):
    files = {
        "__init__": '_HOME = {"Machine": "model"}',
        "model": "from rbm_lib.energy import free_energy",
        "energy": "def free_energy():\n    from rbm_lib import draws",
        "draws": "import rbm_lib.energy",  # a circle
        "plots": "import seaborn",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import numpy", set()),
        ("import rbm_lib", set()),
        ("from rbm_lib import Machine", {"model", "energy", "draws"}),
        ("import rbm_lib\nrbm_lib.Machine()", {"model", "energy", "draws"}),
        ("from rbm_lib import plots", {"plots"}),
        ("import rbm_lib.plots as p", {"plots"}),
        ("def later():\n    from rbm_lib.energy import free_energy", {"energy", "draws"}),
    ],
)
def test_imports_are_followed(library, code, found):
    assert reachable(code, library) == found | {"__init__"}


@pytest.mark.parametrize("code", ["from rbm_lib import Nobody", "import rbm_lib.gone", "no python", "%%bash\nls -l"])
def test_what_cannot_be_followed_reaches_everything(library, code):
    assert reachable(code, library) is None


def test_a_changed_file_is_read_again(library):
    assert "plots" not in reachable("import rbm_lib.draws", library)
    (library / "draws.py").write_text("import rbm_lib.plots, rbm_lib.energy")
    assert "plots" in reachable("import rbm_lib.draws", library)


LOADED = """
import json, sys
found = {}
for slug, imports in json.loads(sys.stdin.read()).items():
    for name in [name for name in sys.modules if name.split(".")[0] == "rbm_lib"]:
        del sys.modules[name]
    exec(imports, {})
    found[slug] = [name.split(".")[1] for name in sys.modules if name.startswith("rbm_lib.")]
print(json.dumps(found))
"""


def test_nothing_that_python_imports_is_missed():
    """The import lines of every notebook are run, each as if the library were new; all that is loaded was foreseen."""
    code = {notebook.slug: code_of_notebook(notebook.path) for notebook in find_notebooks(None)}
    imports = {
        slug: "\n".join(ast.unparse(n) for n in ast.parse(text).body if isinstance(n, ast.Import | ast.ImportFrom))
        for slug, text in code.items()
    }
    run = [sys.executable, "-c", LOADED]
    done = subprocess.run(run, input=json.dumps(imports), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    for slug, loaded in json.loads(done.stdout).items():
        assert loaded
        assert set(loaded) <= reachable(code[slug], LIBRARY), slug


def test_a_notebook_does_not_depend_on_what_it_never_imports():
    modules = reachable(code_of_notebook(find_notebooks(None)[0].path), LIBRARY)
    assert "ratings" in modules
    assert "annealing" not in modules
