"""What a notebook can reach of the library is found by reading, and is never less than what Python really imports."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from rbm_lib.collection.reports.freshness import LIBRARY
from rbm_lib.collection.reports.imports import code_of_notebook, reachable
from rbm_lib.collection.results.notebooks import find_notebooks

FILES = {
    "__init__.py": "import lazy_loader",
    "__init__.pyi": "from . import models as models\nfrom .models import Machine as Machine",
    "models/__init__.py": "import lazy_loader",
    "models/__init__.pyi": "from .machine import Machine as Machine\nfrom .energy import free_energy as free_energy\n"
    "from .deep.down import below as below",
    "models/machine.py": "from .energy import free_energy\nfrom rbm_lib import draws\n\nx = draws.uniform",
    "models/energy.py": "def free_energy():\n    from rbm_lib.draws import philox",
    "models/deep/__init__.py": "",
    "models/deep/down.py": "from ..energy import free_energy\nfrom ... import draws\ncalled(draws)",
    "draws/__init__.py": "import lazy_loader",
    "draws/__init__.pyi": "from .tensors import uniform as uniform\nfrom .compiled import philox as philox",
    "draws/tensors.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from rbm_lib.models import Machine",
    "draws/compiled.py": "import numba",
    "figures/__init__.py": "import lazy_loader",
    "figures/__init__.pyi": "from .one import plot_one as plot_one\nfrom .two import plot_two as plot_two",
    "figures/one.py": "import rbm_lib.figures.two",
    "figures/two.py": "import rbm_lib.figures.one",  # a circle
}
TOP = {"__init__.py"}
FIGURES = TOP | {"figures/__init__.py", "figures/one.py", "figures/two.py"}
PHILOX = TOP | {"draws/__init__.py", "draws/compiled.py"}
UNIFORM = TOP | {"draws/__init__.py", "draws/tensors.py"}
ENERGY = PHILOX | {"models/__init__.py", "models/energy.py"}
MACHINE = ENERGY | UNIFORM | {"models/machine.py"}


@pytest.fixture
def library(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import numpy", set()),
        ("import rbm_lib", TOP),
        ("import rbm_lib\nprint(rbm_lib.__version__)", TOP),
        ("from rbm_lib import Machine", MACHINE),
        ("import rbm_lib\nrbm_lib.Machine()", MACHINE),
        ("import rbm_lib\nrbm_lib.models.free_energy()", ENERGY),
        ("import rbm_lib as r\nr.draws.philox()", PHILOX),
        ("from rbm_lib.models import free_energy", ENERGY),  # the face of a package leads to one file of it
        ("from rbm_lib import draws\ndraws.philox(1)", PHILOX),
        ("from rbm_lib import draws as d\nd.uniform(1)", UNIFORM),
        ("from rbm_lib import draws\ncalled(draws)", PHILOX | UNIFORM),  # passed on: any of its names
        ("from rbm_lib.models import below", ENERGY | UNIFORM | {"models/deep/__init__.py", "models/deep/down.py"}),
        ("import rbm_lib.figures.one as p", FIGURES),
        ("def later():\n    from rbm_lib.models.energy import free_energy", ENERGY),
    ],
)
def test_imports_are_followed(library, code, found):
    assert reachable(code, library) == found


@pytest.mark.parametrize(
    "code",
    ["from rbm_lib import Nobody", "import rbm_lib.gone", "from rbm_lib.models import gone", "no python", "%%bash\nls"],
)
def test_what_cannot_be_followed_reaches_everything(library, code):
    assert reachable(code, library) is None


def test_a_changed_file_is_read_again(library):
    assert "figures/one.py" not in reachable("import rbm_lib.draws.tensors", library)
    (library / "draws" / "tensors.py").write_text("import rbm_lib.figures.one")
    assert "figures/one.py" in reachable("import rbm_lib.draws.tensors", library)
    (library / "draws" / "__init__.pyi").write_text("from .compiled import uniform as uniform")
    assert reachable("from rbm_lib.draws import uniform", library) == PHILOX


LOADED = """
import json, sys
found = {}
for slug, imports in json.loads(sys.stdin.read()).items():
    for name in [name for name in sys.modules if name.split(".")[0] == "rbm_lib"]:
        del sys.modules[name]
    exec(imports, {})
    found[slug] = [m.__file__ for name, m in sys.modules.items() if name.split(".")[0] == "rbm_lib"]
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
        files = {Path(file).relative_to(LIBRARY).as_posix() for file in loaded}
        assert files <= reachable(code[slug], LIBRARY), slug


def test_a_notebook_does_not_depend_on_what_it_never_imports():
    first = next(notebook for notebook in find_notebooks(None) if notebook.slug == "01-ratings")
    files = reachable(code_of_notebook(first.path), LIBRARY)
    assert "data/ratings.py" in files
    assert not {"analysis/annealing.py", "collection/figures/article.py", "collection/reports/runner.py"} & files
