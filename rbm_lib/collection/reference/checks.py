"""The requirements of a public docstring: it explains every argument and the returned value."""

import inspect
from typing import Any

from .docstrings import parse
from .names import Entry, entries_of, face_names

UNEXPLAINED = {"self", "cls", "kwargs", "args"}


def parameters_of(obj: Any) -> set[str]:
    """Names of a callable's parameters; empty if it has no signature in Python."""
    try:
        return {name for name in inspect.signature(obj).parameters if name not in UNEXPLAINED}
    except (TypeError, ValueError):
        return set()


def problems_of(entry: Entry) -> list[str]:
    """The missing parts of the docstring of one name.

    Args:
        entry: a public name.
    Returns:
        problems: in words; empty if nothing is missing.
    """
    text = entry.docstring
    if not text:
        return ["no comment" if entry.kind == "constant" else "no docstring"]
    if entry.kind == "constant":
        return []
    docstring = parse(text)
    missing = parameters_of(entry.obj) - docstring.names("Args") - docstring.names("Attributes")
    found = [f"no word on {name}" for name in sorted(missing)]
    if entry.kind == "function" and "Returns" not in docstring.sections and returns_something(entry.obj):
        found.append("no section Returns")
    return found


def returns_something(function: Any) -> bool:
    """Whether a function's annotation or source shows that it returns or yields a value."""
    annotation = inspect.signature(function).return_annotation
    if annotation is not inspect.Signature.empty:
        return annotation not in (None, "None")
    source = inspect.getsource(inspect.unwrap(getattr(function, "py_func", function)))
    return "return " in source or "yield " in source


def problems() -> dict[str, list[str]]:
    """The missing parts, by `face.name`, over all faces; complete names are left out."""
    found = {f"{entry.face}.{entry.name}": problems_of(entry) for face in face_names() for entry in entries_of(face)}
    return {name: what for name, what in found.items() if what}
