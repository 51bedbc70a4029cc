"""Executed notebooks as pages: one self-contained HTML file each, without requests, with the library's scripts only."""

import base64
import functools
import re
import threading
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rbm_lib.collection.results import (
    NARROW_MIME,
    Notebook,
    Results,
    ResultsError,
    RunRecord,
    decimals_of,
    format_duration,
    format_interval,
    format_value,
    load_results,
)

from . import mathml
from .checks import ADDRESS, PICTURE, PageError, check_outputs, check_self_contained, cut_at_its_end
from .citing import citation, citation_file, read_citation
from .dressing import dress
from .explorers import EXPLORER_MIME, take_explorers
from .quick import quick_note
from .scripts import site_script
from .templates import ASSETS, fill, style_for
from .widgets import take_widgets

__all__ = ["PageError", "Renderer", "markdown"]

SVG_SIGNS = "/:=;,()!*@+?$-_.~"  # of an SVG, not escaped in an address; a space would split a `srcset`

# An inline formula and its punctuation; no line break may separate them.
PUNCTUATED = re.compile(r"([(\[]*)(<math\b(?:(?!</math>).)*</math>)([.,;:?!)\]]*)", re.DOTALL)


def keep_together(match: re.Match[str]) -> str:
    """A formula in one unbreakable element with its punctuation; without punctuation, unchanged."""
    return f'<span class="together">{match[0]}</span>' if match[1] or match[3] else match[0]


@functools.cache
def exporter() -> Any:
    """The nbconvert exporter that turns cells into HTML, formulae into MathML."""
    import jinja2
    from nbconvert.exporters.html import HTMLExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def inline_html(self, html: str) -> str:
            return escape(html, quote=False)

        def block_html(self, html: str) -> str:
            return f"<p>{escape(html.strip(), quote=False)}</p>\n"

        def link(self, text: str, url: str, title: str | None = None) -> str:
            return super().link(text, url) if ADDRESS.fullmatch(url) else text

        def image(self, text: str, url: str, title: str | None = None) -> str:
            return super().image(text, url) if PICTURE.fullmatch(url) else escape(text, quote=False)

        def inline_math(self, body: str) -> str:
            return mathml.to_mathml(body)

        def block_math(self, body: str) -> str:
            return mathml.to_mathml(body, "block")

        def latex_environment(self, name: str, body: str) -> str:
            return mathml.to_mathml(f"\\begin{{{name}}}{body}\\end{{{name}}}", "block")

    class CellExporter(HTMLExporter):
        @property
        def default_config(self) -> Any:
            found = super().default_config
            shown = found.NbConvertBase.display_data_priority
            found.NbConvertBase.display_data_priority = [EXPLORER_MIME, *shown]
            return found

        def default_filters(self) -> Any:
            yield from super().default_filters()
            yield "svg_address", svg_address

        @jinja2.pass_context
        def markdown2html(self, context: Any, source: str) -> str:
            attachments = context.get("cell", {}).get("attachments", {})
            html = MarkdownWithMath(renderer=Renderer(escape=False, attachments=attachments)).render(source)
            return PUNCTUATED.sub(keep_together, html)

    made = CellExporter(template_name="cells", extra_template_basedirs=[str(ASSETS)])
    made.environment.globals["narrow_mime"] = NARROW_MIME
    return made


def svg_address(svg: str) -> str:
    """An SVG as a `data:` address, percent-encoded: a third shorter than base64, and better to compress."""
    return f"data:image/svg+xml,{quote(svg, safe=SVG_SIGNS)}"


def markdown(text: str, *, inline: bool = False) -> str:
    """Markdown as HTML; `inline` removes the paragraph around it.

    If a formula cannot be converted or a page must not contain the markup, the text is returned escaped.
    """
    from bs4 import BeautifulSoup

    try:
        html = exporter().markdown2html({}, text).strip()
        check_self_contained(BeautifulSoup(html, "html.parser"))
    except (PageError, mathml.FormulaError):
        html = f"<p>{escape(text, quote=False)}</p>"
    if inline and html.startswith("<p>") and html.endswith("</p>") and html.count("<p>") == 1:
        return html[3:-4]
    return html


def fold_boilerplate(notebook: Any) -> None:
    """Mark the code that pages fold: parameters, imports, and cells tagged `hide-input`.

    The tags are those of Jupyter Book: `hide-input` folds the code and shows its outputs, `hide-cell` (of solutions)
    folds both. The template handles `hide-cell`.
    """
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
        elif "hide-input" in tags:
            cell.metadata["fold"] = "Code"
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]


def headline_of(results: Results | None) -> dict[str, str] | None:
    """The headline for the templates: value, interval, base rate."""
    if results is None or results.headline is None or results.base_rate is None:
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
    """Provenance for the templates."""
    rows = [(key, value) for key, value in (results.payload["provenance"] if results else {}).items()]
    shown = [
        (key, str(value)[:16] if key == "data checksum" else str(value)) for key, value in rows if value is not None
    ]
    return [*shown, ("run time", format_duration(record.seconds))]


class Renderer:
    """Renders pages; safe to call from several threads.

    Args:
        notebooks: the collection in reading order, for the list of notebooks.
        reference: address in the API reference by public name; None for no links.
    """

    def __init__(self, notebooks: Sequence[Notebook], reference: Mapping[str, str] | None = None):
        self.notebooks, self.reference = list(notebooks), reference
        self.citation = read_citation(citation_file())
        self._guard = threading.Lock()

    def page(self, notebook: Notebook, executed: Path, results: Path, record: RunRecord) -> str:
        """A notebook's page.

        Args:
            notebook: its source.
            executed: the executed copy.
            results: its results file, which may be missing.
            record: of its run.
        Returns:
            html: the whole page.
        Raises:
            PageError, FormulaError: for a page that must not be published.
        """
        import nbformat

        with self._guard:
            node = nbformat.read(executed, as_version=4)
            cut_at_its_end(node)
            check_outputs(node)
            widgets = take_widgets(node)
            explorers = take_explorers(node)
            fold_boilerplate(node)
            html, _ = exporter().from_notebook_node(node)
            cells, sections = dress(html, notebook, self.reference)
            return self._fill(notebook, cells, sections, read_or_none(results), record, explorers, widgets)

    def _fill(
        self,
        notebook: Notebook,
        cells: str,
        sections: list[tuple[str, str]],
        results: Results | None,
        record: RunRecord,
        explorers: list[str],
        widgets: list[tuple[str, str]],
    ) -> str:
        slugs = [other.slug for other in self.notebooks]
        place = slugs.index(notebook.slug)
        content: dict[str, Any] = {
            "title": notebook.title,
            "title_html": markdown(notebook.title, inline=True),
            "number": notebook.number,
            "slug": notebook.slug,
            "notebooks": listed(self.notebooks),
            "source": base64.b64encode(notebook.path.read_bytes()).decode(),
            "cite": citation(self.citation, notebook),
            "question": notebook.question,
            "question_html": markdown(notebook.question, inline=True),
            "run": f"{record.parts.get('dataset', '')} · {record.parts.get('profile', '')} profile",
            "quick_note": markdown(quick_note(record.parts.get("dataset", ""), record.parts.get("profile", ""))),
            "glossary": (self.notebooks[place].path.parent / "glossary.md").is_file(),
            "answer": markdown(results.answer) if results else "",
            "headline": headline_of(results),
            "sections": sections,
            "cells": cells,
            "previous": self.notebooks[place - 1] if place else None,
            "next": self.notebooks[place + 1] if place + 1 < len(slugs) else None,
            "facts": facts_of(results, record),
        }
        style = style_for(content["title_html"] + content["question_html"] + content["answer"] + cells)
        return fill("page.html.j2", style, explorers, [site_script()], widgets, **content)


def listed(notebooks: Sequence[Notebook]) -> list[dict[str, str]]:
    """The notebooks for the list on every page."""
    return [{"slug": n.slug, "number": n.number, "title_html": markdown(n.title, inline=True)} for n in notebooks]


def read_or_none(path: Path) -> Results | None:
    """The content of a results file, None if it is missing or invalid."""
    try:
        return load_results(path)
    except ResultsError:
        return None
