"""Classes and functions as pdoc represents them: signatures, members, sources; the same on every computer."""

import inspect
import re
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pdoc.doc

from .names import PACKAGE, Entry


class LibraryClass(pdoc.doc.Class):
    """A class with this library's own members, without those of Keras and of Python."""

    @cached_property
    def _bases(self) -> tuple[type, ...]:
        ours = tuple(base for base in super()._bases if base.__module__.split(".")[0] == PACKAGE)
        return (*ours, object) if inspect.isabstract(self.obj) else ours  # for an abstract class pdoc drops `__init__`

    def _taken_from(self, member_name: str, obj: object) -> tuple[str, str]:
        """The origin of a member; methods that `NamedTuple` makes have none, for which pdoc would warn."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return super()._taken_from(member_name, obj)


def documented(entry: Entry) -> pdoc.doc.Doc[Any]:
    """pdoc's object for a class or a function, under the face that it is imported from.

    Args:
        entry: a class or a function.
    """
    kind: type[Any] = LibraryClass if entry.kind == "class" else pdoc.doc.Function
    return kind(entry.face, entry.name, entry.obj, (entry.module, entry.name))


def signature(doc: pdoc.doc.Doc[Any]) -> str:
    """The signature after the name: arguments with types and defaults, the same on every computer.

    Args:
        doc: class or function; for a class, the constructor's signature.
    """
    if isinstance(doc, pdoc.doc.Class):
        if issubclass(doc.obj, tuple):  # a named tuple has no constructor in Python
            return plain(str(inspect.signature(doc.obj)))
        constructor: Any = doc.members.get("__init__")
        return plain(str(constructor.signature_without_self)) if constructor else "()"
    function: Any = doc  # everything that is not a class is a function
    bound = "." in function.qualname and not function.is_staticmethod
    return plain(str(function.signature_without_self if bound else function.signature))


def plain(text: str) -> str:
    """A signature without addresses and paths; types by their last name; functions and modules by their name."""
    text = re.sub(r"<function [\w.]*<lambda>[^>]*>", "...", text)
    text = re.sub(r"<(?:built-in )?(?:function|method|module) '?([\w.<>]+?)'?(?: (?:at|from|of)\b[^>]*)?>", r"\1", text)
    text = re.sub(r"<class '([\w.]+)'>", r"\1", text)
    text = re.sub(r"\b(?:rbm_lib|tensorflow|pandas|collections|pathlib|typing|scipy|keras)(?:\.\w+)*\.(?=\w)", "", text)
    return re.sub(r"\bnumpy\.(?=\w)", "np.", text)


def members(doc: pdoc.doc.Class) -> Iterator[tuple[str, pdoc.doc.Doc[Any]]]:
    """Methods and properties of a class that have a docstring in this library, in the order of the source.

    Returns:
        An iterator of (name, `pdoc.doc.Function` or `pdoc.doc.Variable`).
    """
    for name, member in doc.members.items():
        raw = inspect.getattr_static(doc.obj, name, None)
        is_value = not (callable(raw) or isinstance(raw, property | cached_property | classmethod | staticmethod))
        if not name.startswith("_") and not is_value and not inspect.isclass(raw) and written(raw):
            yield name, member


def written(raw: object) -> str:
    """The docstring of a member itself, not that of a base class."""
    return raw.__doc__ or ""


def source(obj: Any) -> str:
    """Python source of a class or function, also of a compiled loop."""
    return inspect.getsource(inspect.unwrap(getattr(obj, "py_func", obj)))
