"""Full-text search over a collection without a server: an index of the finished pages, and the search page.

A page is split at its headings. The index contains the visible text of each section: prose, answers, tables, and code
that is not folded.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rbm_lib.collection.results import Notebook

from .renderer import listed
from .scripts import search_script
from .templates import fill, style_for

HEADINGS = ("h2", "h3")
UNREAD = ("style", "script", "math", "svg", "summary")
FOLDED = {"fold", "anchor-link", "label", "tools", "number"}


def sections_of(html: str) -> list[dict[str, str]]:
    """The sections of a page, the text before the first heading first.

    Args:
        html: of a notebook's page.
    Returns:
        sections: `anchor` and `heading`, both empty before the first heading, and `text`, on one line.
    """
    from bs4 import BeautifulSoup, SoupStrainer

    soup = BeautifulSoup(html, "html.parser", parse_only=SoupStrainer("main"))
    sections = [{"anchor": "", "heading": "", "text": ""}]
    pieces: list[str] = []
    for kind, piece in _walk(soup.main or soup):
        if kind == "text":
            pieces.append(piece)
            continue
        sections[-1]["text"], pieces = " ".join(pieces), []
        sections.append({"anchor": piece.get("id", ""), "heading": _text_of(piece), "text": ""})
    sections[-1]["text"] = " ".join(pieces)
    return [one for one in sections if one["text"] or one["heading"]]


def _walk(tag: Any) -> Iterator[tuple[str, Any]]:
    """The texts and the headings of an element, in document order."""
    for child in tag.children:
        if getattr(child, "name", None) is None:
            text = " ".join(str(child).split())
            if text:
                yield "text", text
        elif child.name in HEADINGS:
            yield "heading", child
        elif child.name not in (*UNREAD, "h1", "pre") and not FOLDED & set(child.get("class", [])):
            yield from _walk(child)
        elif child.name == "pre":
            yield "text", " ".join(child.get_text().split())


def _text_of(heading: Any) -> str:
    return " ".join(heading.get_text().replace("¶", "").split())


def index_of(folder: Path, notebooks: Sequence[Notebook]) -> list[dict[str, str]]:
    """The search index: the sections of every existing page.

    Args:
        folder: the report folder, with the pages.
        notebooks: in reading order.
    Returns:
        sections: `number` and `title` of the notebook, `address`, `heading`, `text`.
    """
    found = []
    for notebook in notebooks:
        path = folder / f"{notebook.slug}.html"
        for one in sections_of(path.read_text(encoding="utf-8")) if path.is_file() else ():
            address = path.name + (f"#{one['anchor']}" if one["anchor"] else "")
            named = {"number": notebook.number, "title": notebook.title, "address": address}
            found.append(named | {"heading": one["heading"], "text": one["text"]})
    return found


def search_html(folder: Path, notebooks: Sequence[Notebook], run: str) -> str:
    """The search page.

    Args:
        folder: the report folder, with the pages.
        notebooks: in reading order.
        run: data set and profile, as text.
    Returns:
        html: the whole page; without scripts it lists every section.
    """
    sections = index_of(folder, notebooks)
    index = json.dumps(sections, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    parts: dict[str, list[dict[str, str]]] = {}
    for one in sections:
        parts.setdefault(one["number"], []).append(one)
    content: dict[str, Any] = {"index": index, "parts_of": parts, "run": run, "notebooks": listed(notebooks)}
    style = style_for("".join(one["title_html"] for one in content["notebooks"]))
    return fill("search.html.j2", style, scripts=[search_script()], **content)
