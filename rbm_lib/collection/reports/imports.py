"""The library files that a piece of code can reach through its imports. Standard library only; no code is run."""

import ast
import json
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "rbm_lib"
PARSER = threading.Lock()  # notebooks start at the same time, and Python 3.11's parser sometimes fails in two threads


def reachable(code: str, library: Path) -> frozenset[str] | None:
    """The files that `code` imports from the library, those that they import, and so on.

    A name of a package leads to the file that defines it: `from rbm_lib.models import RBM` reaches `models/model.py`,
    according to the package's `__init__.pyi`, and no other file of the package.

    Args:
        code: Python source, as all code cells of a notebook.
        library: the package's folder.
    Returns:
        files: paths relative to `library`; None if an import cannot be followed, so that any file may matter.
    """
    try:
        with PARSER:
            return _followed(code, library)
    except (SyntaxError, OSError, LookupError):
        return None


def code_of_notebook(path: Path) -> str:
    """The code cells of a notebook as one text, without lines for IPython only (`%`, `!`)."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = [line for c in cells if c["cell_type"] == "code" for line in "".join(c["source"]).splitlines()]
    return "\n".join("pass" if line.lstrip()[:1] in ("%", "!") else line for line in lines)


def _followed(code: str, library: Path) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(_reached(ast.parse(code), (), library))
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _reached_by_file(library, file, _stamp(library / file))
    return frozenset(found)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@cache
def _reached_by_file(library: Path, file: str, stamp: tuple[int, int]) -> tuple[str, ...]:
    tree = ast.parse((library / file).read_text(encoding="utf-8"))
    return tuple(_reached(tree, tuple(file.split("/")[:-1]), library))


def _reached(tree: ast.AST, package: tuple[str, ...], library: Path) -> Iterator[str]:
    """Files in the imports of a tree, including those inside functions.

    Args:
        tree: of a module in `package`, parts below the library; imports only for type checkers are left out.
    """
    bound: dict[str, tuple[str, ...]] = {}  # names of packages
    for node in _executed(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top, *parts = alias.name.split(".")
                if top == PACKAGE:
                    yield from _module(tuple(parts), library)
                    bound[alias.asname or PACKAGE] = tuple(parts) if alias.asname else ()
        elif isinstance(node, ast.ImportFrom) and (source := _source(node, package)) is not None:
            for alias in node.names:
                yield from _named(source, alias.name, library)
                if (library / Path(*source, alias.name)).is_dir():
                    bound[alias.asname or alias.name] = (*source, alias.name)
    yield from _attributes(tree, bound, library)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, except `if TYPE_CHECKING:`."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING"):
            yield from _executed(child)


def _source(node: ast.ImportFrom, package: tuple[str, ...]) -> tuple[str, ...] | None:
    """The module below the library that `from ... import` reads; None if it is outside the library."""
    parts = tuple((node.module or "").split(".")) if node.module else ()
    if node.level:
        return (*package[: len(package) - node.level + 1], *parts)
    return parts[1:] if parts[:1] == (PACKAGE,) else None


def _attributes(tree: ast.AST, bound: dict[str, tuple[str, ...]], library: Path) -> Iterator[str]:
    """Names read through packages, such as `rbm_lib.models.RBM`; all names of a package that is passed on."""
    chains = {node.value: node for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Name) and node.id in bound and isinstance(node.ctx, ast.Load)):
            continue
        source, outer = bound[node.id], chains.get(node)
        while outer is not None and (library / Path(*source, outer.attr)).is_dir():
            source, outer = (*source, outer.attr), chains.get(outer)
        if outer is None:
            yield from _everything(source, library)
        elif not outer.attr.startswith("__"):
            yield from _named(source, outer.attr, library)


def _module(parts: tuple[str, ...], library: Path) -> Iterator[str]:
    """The files that importing a module runs: `__init__` of every package on the way, and its own."""
    for depth in range(len(parts) + 1):
        if (library / Path(*parts[:depth])).is_dir():
            yield "/".join((*parts[:depth], "__init__.py"))
        else:
            yield "/".join(parts[:depth]) + ".py"


def _named(source: tuple[str, ...], name: str, library: Path) -> Iterator[str]:
    """The files that `from source import name` runs."""
    yield from _module(source, library)
    if not (library / Path(*source)).is_dir():
        return
    below = library / Path(*source, name)
    if below.is_dir() or below.with_suffix(".py").exists():
        yield from _module((*source, name), library)
    elif name == "*":
        yield from _everything(source, library)
    elif not name.startswith("__"):
        home = _offered(library / Path(*source, "__init__.pyi"))[name]
        yield from _named((*source, *home), name, library)


def _everything(source: tuple[str, ...], library: Path) -> Iterator[str]:
    """The files behind all the names of a package; none for the library itself, whose names are read one by one."""
    yield from _module(source, library)
    for name in _offered(library / Path(*source, "__init__.pyi")) if source else ():
        yield from _named(source, name, library)


def _offered(stub: Path) -> dict[str, tuple[str, ...]]:
    return _offered_then(stub, _stamp(stub))


@cache
def _offered_then(stub: Path, stamp: tuple[int, int]) -> dict[str, tuple[str, ...]]:
    """The names that a package's stub offers, each with the module below the package that defines it."""
    found: dict[str, tuple[str, ...]] = {}
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {alias.name: tuple(node.module.split(".")) if node.module else () for alias in node.names}
    return found
