"""The types of the public names: a type checker sees the faces, and every public function says what it takes."""

import ast
import functools
import importlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest
from support.type_checking import STRICT, mypy_on

import rbm_lib

LIBRARY = Path(rbm_lib.__file__).parent
ROOT = LIBRARY.parent
FACES = sorted(path.parent for path in LIBRARY.rglob("__init__.pyi") if "collection" not in path.parts)

LOOPS = {
    "sparse": "arithmetic best chains gradients left_out long_rows moving predictions rows",
    "sparse.scored": "best chains gradients left_out predictions user_biases",
    "draws": "compiled",
}
COMPILED = {f"rbm_lib.{wing}.{name}" for wing, names in LOOPS.items() for name in names.split()}

GOOD = """
from typing import assert_type

import numpy as np
import rbm_lib
import rbm_lib.evaluation
from numpy.typing import NDArray
from rbm_lib import RBM, Average, ItemBased, Ratings, Recipe, Split, first_n, load
from rbm_lib.analysis import log_likelihood
from rbm_lib.evaluation import Comparison


def predictor(name: str) -> RBM | ItemBased:
    data = load(name, download=False)
    assert_type(data.ratings, Ratings)
    split = first_n(data.ratings.binarize(threshold=3), n=10)
    assert_type(split, Split)
    assert_type(split.train, Ratings)
    assert_type(split.inputs.rating, NDArray[np.float32])
    trained, _ = Recipe(units="bernoulli", epochs=1).train(split.inputs)
    assert_type(Average([trained, trained]).predict_ratings(split), NDArray[np.float32])
    return trained


def bracket(model: rbm_lib.RBM, ratings: rbm_lib.Ratings) -> tuple[float, float]:
    return log_likelihood(model, ratings, seed=1).bracket


def same(comparison: rbm_lib.evaluation.Comparison) -> Comparison:
    return comparison
"""
# Each line with the kind of error that it must be.
BAD = """
import rbm_lib
from rbm_lib import Recpie  # attr-defined
from rbm_lib.evaluation import Comparision  # attr-defined

rbm_lib.RMB  # attr-defined
rbm_lib.evalution  # attr-defined
data = rbm_lib.load(7)  # arg-type
data.ratings.binarise()  # attr-defined
data.rating  # attr-defined
rbm_lib.first_n(data, 10)  # arg-type
rbm_lib.first_n(data.ratings, "10")  # arg-type
rbm_lib.random_n(data.ratings, 10)  # call-arg
rbm_lib.Recipe(epoch=3)  # call-arg
rbm_lib.set_seed(None)  # arg-type
rbm_lib.Average(3)  # arg-type
rbm_lib.Ratings.from_triples([1], [2], [3.0]).to_frame(index=True)  # call-arg
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What mypy says, strictly, of the two files above: {file: {line: kind of error}}."""
    folder = tmp_path_factory.mktemp("types")
    (folder / "good.py").write_text(STRICT + GOOD)
    (folder / "bad.py").write_text(BAD)
    done = mypy_on(folder, "good.py", "bad.py")
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = {"good.py": {}, "bad.py": {}}
    for file, line, code in re.findall(r"^(\w+\.py):(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.MULTILINE):
        found[file].setdefault(int(line), set()).add(code)
    return found


def test_a_type_checker_sees_the_faces(said):
    assert said["good.py"] == {}


def test_a_type_checker_sees_wrong_names_and_arguments(said):
    expected = {
        number: {line.split("  # ")[1]} for number, line in enumerate(BAD.splitlines(), start=1) if "  # " in line
    }
    assert said["bad.py"] == expected


def test_types_travel_with_the_package():
    assert (LIBRARY / "py.typed").is_file()
    package_data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert {"*.pyi", "py.typed"} <= set(package_data["*"])


def test_only_compiled_loops_are_checked_less():
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    loose = {module for entry in overrides for module in entry["module"] if entry.get("disallow_untyped_defs") is False}
    assert loose == COMPILED


def is_exempt(module):
    """Whether annotations are not asked for in a module, by its dotted name."""
    names = [name.removesuffix(".*") for name in COMPILED]
    return not module.startswith("rbm_lib") or any(module == name or module.startswith(f"{name}.") for name in names)


def public_functions(thing, name):
    """(name, function) of a function, or of the public methods and properties that a class of this library defines."""
    if not inspect.isclass(thing):
        return [(name, thing)] if callable(thing) else []
    found = []
    for kind in thing.__mro__:
        for member, value in vars(kind).items() if not is_exempt(kind.__module__) else ():
            if member.startswith("_") and member != "__init__":
                continue
            value = value.func if isinstance(value, functools.cached_property) else value
            value = value.fget if isinstance(value, property) else value
            value = value.__func__ if isinstance(value, classmethod | staticmethod) else value
            if inspect.isfunction(value) and value.__module__ != "typing":  # what Protocols bring
                found.append((f"{name}.{member}", value))
    return found


def missing(function):
    """Parameters of a function without annotation, and "return"."""
    signature = inspect.signature(function)
    unsaid = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.annotation is parameter.empty and parameter.name not in ("self", "cls", "_cls")
    ]
    return unsaid + ["return"] * (signature.return_annotation is signature.empty)


def offered():
    for face in FACES:
        module = ".".join(("rbm_lib", *face.relative_to(LIBRARY).parts))
        stub = ast.parse((face / "__init__.pyi").read_text())
        for node in stub.body:
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                for alias in node.names:
                    yield module, alias.name


@pytest.mark.parametrize(("face", "name"), list(offered()))
def test_every_public_function_is_annotated(face, name):
    thing = getattr(importlib.import_module(face), name)
    if is_exempt(getattr(thing, "__module__", None) or ""):
        return
    unsaid = {where: missing(function) for where, function in public_functions(thing, name)}
    assert not {where: names for where, names in unsaid.items() if names}


def test_what_is_not_annotated_is_found():
    class Half:
        def __init__(self, size):
            self.size = size

        def grow(self, by: int):
            return self.size + by

        @functools.cached_property
        def width(self):
            return self.size

    Half.__module__ = "rbm_lib.made_up"
    found = {where: missing(function) for where, function in public_functions(Half, "Half")}
    assert found == {"Half.__init__": ["size", "return"], "Half.grow": ["return"], "Half.width": ["return"]}
