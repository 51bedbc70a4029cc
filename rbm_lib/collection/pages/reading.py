"""How much there is to read on a page: the words that a reader sees who opens nothing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rbm_lib.collection.results import Notebook

from .checks import cut_at_its_end
from .dressing import dress
from .explorers import take_explorers
from .renderer import exporter, fold_boilerplate
from .widgets import take_widgets

UNSEEN = {"script", "style", "svg"}
REPLACED = {"anchor-link", "explorer"}  # by class: signs beside headings, and tables that scripts replace
KINDS = {"pre": "code", "table": "tables"}


def reader_words(html: str) -> int:
    """The words that a page shows in its main column: prose, answers, tables, and code that is not folded.

    Of what is folded the line that opens it counts alone. A formula is one word; signs without a letter or a digit are
    none; the menu, the contents, the foot, the texts of figures, and the tables in whose place scripts put something to
    move, do not count.

    Args:
        html: of a page.
    Returns:
        words: their number.
    """
    return sum(words_by_kind(html).values())


def words_by_kind(html: str) -> dict[str, int]:
    """The words of `reader_words`, by where they stand.

    Args:
        html: of a page.
    Returns:
        words: of `prose`, `code` and `tables`.
    """
    from bs4 import BeautifulSoup, SoupStrainer

    soup = BeautifulSoup(html, "html.parser", parse_only=SoupStrainer("main"))
    text: dict[str, list[str]] = {"prose": [], "code": [], "tables": []}
    for kind, piece in _seen(soup, "prose"):
        text[kind].append(piece)
    return {kind: sum(bool(re.search(r"\w", word)) for word in "".join(text[kind]).split()) for kind in text}


def notebook_words(notebook: Notebook, executed: Path | None = None) -> int:
    """The words that a notebook brings to its page, without the page's head.

    Args:
        notebook: its source.
        executed: the executed copy; None counts the text and the code of the source alone.
    Returns:
        words: their number.
    """
    import nbformat

    node = nbformat.read(executed or notebook.path, as_version=4)
    cut_at_its_end(node)
    take_widgets(node)
    take_explorers(node)
    fold_boilerplate(node)
    html, _ = exporter().from_notebook_node(node)
    return reader_words(f"<main>{dress(html, notebook)[0]}</main>")


def _seen(element: Any, kind: str) -> Iterator[tuple[str, str]]:
    """Every text that is seen, with its kind; a blank where an element of its own line or cell ends."""
    for child in element.children:
        if child.name is None:
            yield kind, str(child)
        elif child.name == "math":
            yield kind, " x "
        elif child.name == "details" and not child.has_attr("open"):
            yield kind, f" {child.summary.get_text() if child.summary else ''} "
        elif child.name not in UNSEEN and not REPLACED & set(child.get("class", [])):
            inside = KINDS.get(child.name, kind)
            yield from _seen(child, inside)
            if child.name not in ("a", "b", "code", "em", "i", "span", "strong", "sub", "sup"):
                yield inside, " "
