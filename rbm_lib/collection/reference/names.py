"""The public names of the library: those of its faces, each under the face that users import it from."""

import ast
import importlib
import inspect
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = "rbm_lib"
# In reading order for a new user. `collection`, which no user of the library imports, has no page.
WINGS = (
    "data", "datasets", "splits", "models", "baselines", "evaluation", "analysis", "draws", "sparse", "serving",
    "workers", "commands",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One public name.

    Attributes:
        face: module that users import it from, `rbm_lib` or `rbm_lib.<wing>`.
        name: as it is imported.
        obj: class, function or constant.
        module: module that defines it.
    """

    face: str
    name: str
    obj: Any
    module: str

    @property
    def kind(self) -> str:
        """`class`, `function` or `constant`."""
        if inspect.isclass(self.obj):
            return "class"
        return "function" if inspect.isroutine(self.obj) else "constant"

    @property
    def file(self) -> Path:
        """Source file that defines it."""
        return Path(str(inspect.getsourcefile(importlib.import_module(self.module))))

    @property
    def docstring(self) -> str:
        """Its docstring without indentation; for a constant, the comment beside or above it. Empty if there is none."""
        if self.kind == "constant":
            return comment_of(self.file, self.name)
        return inspect.cleandoc(self.obj.__doc__ or "")


def face_names() -> list[str]:
    """Every face, the library's own first."""
    return [PACKAGE, *(f"{PACKAGE}.{wing}" for wing in WINGS)]


@cache
def offered(face: str) -> dict[str, str]:
    """The names in a face's stub, each with the module that the stub imports it from; no submodules.

    Args:
        face: one of `face_names`.
    Returns:
        modules: by name, in the order of the stub.
    """
    package = importlib.import_module(face)  # by name: the library imports no face of the whole
    stub = Path(str(package.__file__)).with_suffix(".pyi")
    imports = (node for node in ast.parse(stub.read_text(encoding="utf-8")).body if isinstance(node, ast.ImportFrom))
    return {alias.name: f"{face}.{node.module}" for node in imports if node.module for alias in node.names}


def defining_module(face: str, name: str) -> str:
    """The module that defines a name of a face, if necessary through the face of a wing."""
    module = offered(face)[name]
    return defining_module(module, name) if module in face_names() else module


def entries_of(face: str) -> list[Entry]:
    """The names that are documented under a face: its own, but not those that the library's own face has too.

    Args:
        face: one of `face_names`.
    Returns:
        entries: classes, then functions, then constants, each in alphabetical order.
    """
    package = importlib.import_module(face)
    elsewhere = {} if face == PACKAGE else offered(PACKAGE)
    own = [name for name in offered(face) if elsewhere.get(name) != face]
    entries = [Entry(face, name, getattr(package, name), defining_module(face, name)) for name in own]
    kinds = ("class", "function", "constant")
    return sorted(entries, key=lambda entry: (kinds.index(entry.kind), entry.name.lower()))


def comment_of(file: Path, name: str) -> str:
    """The comment that explains a constant: at the end of its line, else the lines directly above it."""
    lines = file.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if not re.match(rf"(?:\w+, )*{re.escape(name)}\b[^=(]*=", line):
            continue
        if beside := re.search(r"\s#\s(.+)$", line):
            return beside[1]
        above: list[str] = []
        while number and lines[number - 1].startswith("# "):
            number -= 1
            above.insert(0, lines[number][2:])
        return " ".join(above)
    return ""
