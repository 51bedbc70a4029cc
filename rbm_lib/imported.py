"""Which files of the library a piece of code can reach through its imports. Standard library only, nothing is run."""

import ast
import json
from functools import cache
from pathlib import Path

PACKAGE = "rbm_lib"


def reachable(code: str, library: Path) -> frozenset[str] | None:
    """The modules that `code` imports from the library, those that they import, and so on.

    Args:
        code: Python source, as all code cells of a notebook.
        library: the package's folder.
    Returns:
        modules: file stems, `__init__` included; None if an import cannot be followed, so that anything may matter.
    """
    try:
        found, waiting = {"__init__"}, list(_imports(ast.parse(code), library))
        while waiting:
            module = waiting.pop()
            if module not in found:
                found.add(module)
                waiting += _imports_of_file(library / f"{module}.py", _stamp(library / f"{module}.py"))
    except (SyntaxError, OSError, LookupError):
        return None
    return frozenset(found)


def code_of_notebook(path: Path) -> str:
    """The code cells of a notebook as one text; a line for IPython alone (`%`, `!`) is left out."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = [line for c in cells if c["cell_type"] == "code" for line in "".join(c["source"]).splitlines()]
    return "\n".join("pass" if line.lstrip()[:1] in ("%", "!") else line for line in lines)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@cache
def _imports_of_file(path: Path, stamp: tuple[int, int]) -> tuple[str, ...]:
    return tuple(_imports(ast.parse(path.read_text(encoding="utf-8")), path.parent))


def _imports(tree: ast.AST, library: Path):
    """Modules of the library that a tree names in its imports, those inside functions too, or as `rbm_lib.name`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1] for alias in node.names if alias.name.startswith(f"{PACKAGE}."))
        elif isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            yield from (_home_of(alias.name, library) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}."):
            yield node.module.split(".")[1]
        elif _is_attribute_of_package(node):
            yield _home_of(node.attr, library)


def _is_attribute_of_package(node: ast.AST) -> bool:
    of_package = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == PACKAGE
    return of_package and not node.attr.startswith("__")


def _home_of(name: str, library: Path) -> str:
    """The module that `from rbm_lib import name` leads to: one of that name, or the home that `__init__` gives it."""
    if (library / f"{name}.py").exists():
        return name
    return _homes(library / "__init__.py", _stamp(library / "__init__.py"))[name]


@cache
def _homes(path: Path, stamp: tuple[int, int]) -> dict[str, str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "_HOME":
            return ast.literal_eval(node.value)
    return {}
