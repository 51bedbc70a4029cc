"""Executed notebooks as pages: one self-contained HTML file each, without scripts and without requests."""

import functools
import re
import threading
from collections.abc import Sequence
from pathlib import Path

from rbm_lib.collection.results import (
    Notebook,
    Results,
    ResultsError,
    RunRecord,
    decimals_of,
    format_duration,
    format_interval,
    format_value,
    load_results,
    spoken,
)

from . import fonts, mathml
from .checks import PageError, check_outputs, check_self_contained

__all__ = ["PageError", "Renderer", "markdown"]

ASSETS = Path(__file__).resolve().parent / "assets"
NUMBER = re.compile(r"[-+−]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?( ?%)?|nan|NaN|–|-|\[[-+−.\d, %]+\]")

# An inline formula and the punctuation that must not be parted from it by the end of a line.
PUNCTUATED = re.compile(r"([(\[]*)(<math\b(?:(?!</math>).)*</math>)([.,;:?!)\]]*)", re.DOTALL)


def keep_together(match: re.Match) -> str:
    """A formula with its punctuation as one unbreakable piece; one without any as it is."""
    return f'<span class="together">{match[0]}</span>' if match[1] or match[3] else match[0]


@functools.cache
def exporter():
    """The nbconvert exporter that turns cells into HTML, formulae into MathML."""
    import jinja2
    from nbconvert.exporters.html import HTMLExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def inline_math(self, body: str) -> str:
            return mathml.to_mathml(body)

        def block_math(self, body: str) -> str:
            return mathml.to_mathml(body, "block")

        def latex_environment(self, name: str, body: str) -> str:
            return mathml.to_mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

    class CellExporter(HTMLExporter):
        @jinja2.pass_context
        def markdown2html(self, context, source: str) -> str:
            attachments = context.get("cell", {}).get("attachments", {})
            html = MarkdownWithMath(renderer=Renderer(escape=False, attachments=attachments)).render(source)
            return PUNCTUATED.sub(keep_together, html)

    return CellExporter(template_name="cells", extra_template_basedirs=[str(ASSETS)])


def markdown(text: str, *, inline: bool = False) -> str:
    """A little Markdown as HTML; `inline` drops the paragraph around it."""
    html = exporter().markdown2html({}, text).strip()
    if inline and html.startswith("<p>") and html.endswith("</p>") and html.count("<p>") == 1:
        return html[3:-4]
    return html


@functools.cache
def templates():
    """The jinja environment of the page and of the index."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(ASSETS), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )


@functools.cache
def text_style() -> str:
    """Text fonts and the style sheet, without its comments."""
    css = re.sub(r"/\*.*?\*/", "", (ASSETS / "style.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    return fonts.text_faces() + re.sub(r"\n\s*", "\n", css)


def style_for(html: str) -> str:
    """The style of a page: text fonts, and the mathematics font cut to its formulae."""
    characters = mathml.math_characters(html) if "<math" in html else set()
    return fonts.math_face(characters) + text_style()


def fold_boilerplate(notebook) -> None:
    """Mark the cells that a reader opens only on purpose: parameters and the imports after them."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", [])
        if "injected-parameters" in tags:
            cell.metadata["fold"] = "Parameters of this run"
        elif "parameters" in tags:
            cell.metadata["fold"] = "Parameters and their defaults"
        elif re.match(r"(?:#.*\n|%.*\n|\s)*(?:import|from) ", cell.source):
            cell.metadata["fold"] = "Setup"
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]


def headline_of(results: Results | None) -> dict | None:
    """The headline as the templates show it: value, interval, and the base rate beside it."""
    if results is None or results.headline is None:
        return None
    headline, base = results.headline, results.base_rate
    return {
        "name": headline["name"],
        "value": format_value(headline["value"], headline["unit"], decimals_of(headline)),
        "interval": format_interval(headline),
        "base_name": base["name"],
        "base_value": format_value(base["value"], base["unit"], decimals_of(base)),
    }


def facts_of(results: Results | None, record: RunRecord) -> list[tuple[str, str]]:
    """Provenance as the templates show it."""
    rows = [(key, value) for key, value in (results.payload["provenance"] if results else {}).items()]
    shown = [
        (key, str(value)[:16] if key == "data checksum" else str(value)) for key, value in rows if value is not None
    ]
    return [*shown, ("run time", format_duration(record.seconds))]


def merge_index_name(table) -> None:
    """Put the name of the index into the first header row: pandas gives it a row of its own."""
    rows = [row.find_all("th", recursive=False) for row in table.select("thead tr")]
    if len(rows) == 2 and len(rows[0]) == len(rows[1]):
        names = [place for place, cell in enumerate(rows[1]) if cell.get_text(strip=True)]
        if names and not any(rows[0][place].get_text(strip=True) for place in names):
            for place in names:
                rows[0][place].string = rows[1][place].get_text(strip=True)
            rows[1][0].parent.decompose()


def dress_table(soup, table) -> None:
    """Numbers to the right, no borders of its own, and a box that scrolls when the column is narrow."""
    for attribute in ("border", "style", "class"):
        table.attrs.pop(attribute, None)
    for row in table.find_all("tr"):
        row.attrs.pop("style", None)
    merge_index_name(table)
    for cell in table.find_all(["th", "td"]):
        if cell.string and not cell.find():  # plain text: what stands as code is meant as code
            cell.string.replace_with(spoken(cell.string))
    body = [row.find_all(["td", "th"], recursive=False) for row in table.select("tbody tr")]
    widths = {len(row) for row in body}
    for column in range(widths.pop() if len(widths) == 1 else 0):
        cells = [row[column] for row in body]
        texts = [cell.get_text(strip=True) for cell in cells]
        if all(NUMBER.fullmatch(text) for text in texts if text) and any(texts):
            head = [row.find_all(["td", "th"], recursive=False) for row in table.select("thead tr")]
            for cell in [*cells, *(row[column] for row in head if len(row) == len(body[0]))]:
                if not (cell in cells and cell.name == "th"):
                    cell["class"] = "num"
    table.wrap(soup.new_tag("div", attrs={"class": "scroll", "tabindex": "0"}))


def dress(html: str, notebook: Notebook) -> tuple[str, list[tuple[str, str]]]:
    """Prepare the cells' HTML for the page.

    Returns:
        html: figures and tables in their boxes, the title and the question taken out (the page's head shows them).
        sections: (anchor, text) of each second-level heading.
    Raises:
        PageError: if something would load from elsewhere.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for style in soup.find_all("style", attrs={"scoped": True}):  # pandas' own look
        style.decompose()
    check_self_contained(soup)
    heading = soup.find("h1")
    if heading:
        heading.decompose()
    for paragraph in soup.select("section.prose:first-child :is(p, li)"):
        text = " ".join(paragraph.get_text().split())
        if text == notebook.question:
            paragraph.decompose()
        elif paragraph.find("strong") and re.match(r"(Reads|Writes|Follows)\b", text):
            dress_io(soup, paragraph)
    for table in soup.find_all("table"):
        dress_table(soup, table)
    for image in soup.find_all("img"):
        image.wrap(soup.new_tag("figure", attrs={"class": "plot"}))
    for link in soup.find_all("a", href=True):
        link["href"] = re.sub(r"^(?:\./)?(\d\d-[a-z0-9-]+)\.ipynb", r"\1.html", link["href"])
        if link["href"].startswith("http"):
            link["rel"] = "noopener"
    headings = [(h.get("id", ""), h.get_text().replace("¶", "").strip()) for h in soup.find_all("h2")]
    return str(soup), headings


def dress_io(soup, paragraph) -> None:
    """The lines that say what a notebook reads and writes: one a line, other notebooks as links."""
    (paragraph.parent if paragraph.name == "li" else paragraph)["class"] = "io"
    for strong in paragraph.find_all("strong")[1:]:
        strong.insert_before(soup.new_tag("br"))
    for code in paragraph.find_all("code"):
        if re.fullmatch(r"\d\d-[a-z0-9-]+", code.get_text()):
            code.wrap(soup.new_tag("a", href=f"{code.get_text()}.html"))


class Renderer:
    """Draws pages; safe to call from several threads.

    Args:
        notebooks: the collection in reading order, for the links to the neighbours.
    """

    def __init__(self, notebooks: Sequence[Notebook]):
        self.notebooks = list(notebooks)
        self._guard = threading.Lock()

    def page(self, notebook: Notebook, executed: Path, results: Path, record: RunRecord) -> str:
        """A notebook's page.

        Args:
            notebook: its source.
            executed: the executed copy.
            results: its results file; it may be missing.
            record: how its run went.
        Returns:
            html: the whole page.
        Raises:
            PageError, FormulaError: for a page that must not be published.
        """
        import nbformat

        with self._guard:
            node = nbformat.read(executed, as_version=4)
            check_outputs(node)
            fold_boilerplate(node)
            html, _ = exporter().from_notebook_node(node)
            cells, sections = dress(html, notebook)
            return self._fill(notebook, cells, sections, read_or_none(results), record)

    def _fill(self, notebook: Notebook, cells: str, sections: list, results: Results | None, record: RunRecord) -> str:
        slugs = [other.slug for other in self.notebooks]
        place = slugs.index(notebook.slug)
        content = {
            "title": notebook.title,
            "title_html": markdown(notebook.title, inline=True),
            "number": notebook.number,
            "question": notebook.question,
            "question_html": markdown(notebook.question, inline=True),
            "run": f"{record.parts.get('dataset', '')} · {record.parts.get('profile', '')} profile",
            "answer": markdown(results.answer) if results else "",
            "headline": headline_of(results),
            "sections": sections,
            "cells": cells,
            "previous": self.notebooks[place - 1] if place else None,
            "next": self.notebooks[place + 1] if place + 1 < len(slugs) else None,
            "facts": facts_of(results, record),
        }
        style = style_for(content["title_html"] + content["question_html"] + content["answer"] + cells)
        return templates().get_template("page.html.j2").render(style=style, **content)


def read_or_none(path: Path) -> Results | None:
    """A results file, None if it is missing or broken."""
    try:
        return load_results(path)
    except ResultsError:
        return None
