"""The pages of the reference: one for each face, self-contained, in the style of the notebooks' pages."""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rbm_lib.collection.pages import ASSETS as SHARED
from rbm_lib.collection.pages import check_self_contained, content_policy, style_for

from .docstrings import Docstring, inline, paragraph_html, parse
from .names import PACKAGE, Entry, entries_of, face_names, offered
from .objects import documented, members, signature, source, written

if TYPE_CHECKING:
    import jinja2

ASSETS = Path(__file__).resolve().parent / "assets"
TITLES = {"Args": "Arguments"}
LONGEST_VALUE = 300  # characters of a constant's value


def page_name(face: str) -> str:
    """File name of a face's page."""
    return "index.html" if face == PACKAGE else f"{face.removeprefix(f'{PACKAGE}.')}.html"


@functools.cache
def addresses() -> dict[str, str]:
    """The address of every public name, by the name alone and by `face.name`; of a wing, by its name."""
    found = {face: page_name(face) for face in face_names()}
    for face in reversed(face_names()):  # for equal names, the earlier face has precedence
        for entry in entries_of(face):
            found |= dict.fromkeys((entry.name, f"{face}.{entry.name}"), f"{page_name(face)}#{entry.name}")
    return found


def link(code: str) -> str | None:
    """The address of a public name in prose: `RBM`, `RBM.fit`, `rbm_lib.models.RBM`, `load()`, `models`."""
    name = code.split("(")[0]
    name = f"{PACKAGE}.{name}" if f"{PACKAGE}.{name}" in face_names() else name
    return addresses().get(name) or addresses().get(name.split(".")[0] if name[:1].isupper() else "")


@functools.cache
def highlight(code: str, lexer: str = "python") -> str:
    """Code as HTML, with the kinds of tokens as classes of the style sheet."""
    from pygments import highlight as coloured
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name

    return coloured(code, get_lexer_by_name(lexer, stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n")


def sections(docstring: Docstring) -> list[dict[str, Any]]:
    """The sections of a docstring for the template: a title, and rows or code."""
    shown: list[dict[str, Any]] = []
    for title in docstring.sections:
        if title == "Example":
            code = "\n".join(docstring.sections[title]).strip("\n")
            shown.append({"title": title, "code": highlight(code, "pycon"), "rows": []})
        else:
            rows = [(name, inline(text, link)) for name, text in docstring.items(title)]
            shown.append({"title": TITLES.get(title, title), "code": "", "rows": rows})
    return shown


def words(text: str) -> dict[str, Any]:
    """A docstring for the template: summary, paragraphs, sections."""
    docstring = parse(text)
    return {
        "summary": inline(docstring.summary, link),
        "prose": [paragraph_html(paragraph, link) for paragraph in docstring.paragraphs],
        "sections": sections(docstring),
    }


def member_card(owner: Entry, name: str, doc: Any) -> dict[str, Any]:
    """A method or a property for the template."""
    is_method = doc.kind == "function"
    kind = "class method" if is_method and doc.is_classmethod else "method" if is_method else "property"
    text = inspect.cleandoc(written(inspect.getattr_static(owner.obj, name)))
    shown = signature(doc) if is_method else ""
    return {"name": name, "kind": kind, "signature": highlight(f"{name}{shown}")} | words(text)


def card(entry: Entry) -> dict[str, Any]:
    """A public name for the template."""
    shown: dict[str, Any] = {
        "name": entry.name,
        "kind": entry.kind,
        "module": entry.module,
        "members": [],
        "source": "",
    }
    if entry.kind == "constant":
        value = repr(entry.obj)
        value = value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]} ..."
        value = re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", value)
        return shown | {"signature": highlight(f"{entry.name} = {value}")} | words(entry.docstring)
    doc: Any = documented(entry)
    if entry.kind == "class":
        shown["members"] = [member_card(entry, name, member) for name, member in members(doc)]
    shown["source"] = highlight(source(entry.obj))
    return shown | {"signature": highlight(f"{entry.name}{signature(doc)}")} | words(entry.docstring)


@functools.cache
def templates() -> jinja2.Environment:
    """The jinja environment: the reference's own template, and the parts that it shares with the other pages."""
    import jinja2

    loader = jinja2.ChoiceLoader([jinja2.FileSystemLoader(folder) for folder in (ASSETS, SHARED)])
    made = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    made.globals["policy"] = content_policy()
    return made


def wing_row(face: str) -> dict[str, Any]:
    """A wing on the first page: its purpose, and all of its names."""
    names = [
        {"name": name, "address": addresses().get(f"{face}.{name}") or addresses()[name]} for name in offered(face)
    ]
    about = parse(inspect.cleandoc(importlib.import_module(face).__doc__ or "")).summary
    return {"face": face, "address": page_name(face), "about": inline(about, link), "names": names}


def page(face: str, made_from: str) -> str:
    """The page of a face.

    Args:
        face: one of `face_names`.
        made_from: digest of the sources of the pages, written into the page.
    Returns:
        html: the whole page.
    Raises:
        PageError: if the page would load anything from elsewhere.
    """
    from bs4 import BeautifulSoup

    package = importlib.import_module(face)
    wings = [wing_row(other) for other in face_names()[1:]]
    elsewhere = [] if face == PACKAGE else sorted(name for name, module in offered(PACKAGE).items() if module == face)
    about = words(inspect.cleandoc(package.__doc__ or ""))
    content = {
        "face": face,
        "version": importlib.import_module(PACKAGE).__version__,
        "about": about,
        "wings": wings,
        "here": [wing for wing in wings if wing["face"] == face],
        "elsewhere": [{"name": name, "address": addresses()[name]} for name in elsewhere],
        "cards": [card(entry) for entry in entries_of(face)],
        "made_from": made_from,
    }
    style = style_for("") + (ASSETS / "reference.css").read_text(encoding="utf-8")
    html = templates().get_template("reference.html.j2").render(style=style, is_first=face == PACKAGE, **content)
    check_self_contained(BeautifulSoup(html, "html.parser").body)
    return html
