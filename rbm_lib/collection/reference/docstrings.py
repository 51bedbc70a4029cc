"""Docstrings of this project, parsed into sections and written as HTML."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

LISTS = ("Args", "Attributes", "Returns", "Raises")  # sections of named things
SECTIONS = (*LISTS, "References", "Example")
HEADING = re.compile(rf"({'|'.join(SECTIONS)}):\s*")
ITEM = re.compile(r"(\*{0,2}[A-Za-z_][\w.]*(?:, \*{0,2}[A-Za-z_][\w.]*)*): +(\S.*)", re.DOTALL)


@dataclass
class Docstring:
    """A parsed docstring.

    Attributes:
        summary: its first paragraph.
        paragraphs: those after the summary, with their line breaks.
        sections: the lines of each section, by its name, without the indentation of the section.
    """

    summary: str = ""
    paragraphs: list[str] = field(default_factory=list)
    sections: dict[str, list[str]] = field(default_factory=dict)

    def items(self, section: str) -> list[tuple[str, str]]:
        """The (name, text) pairs of a section; the name is empty for a text without one.

        Args:
            section: one of `SECTIONS`.
        """
        blocks: list[str] = []
        for line in self.sections.get(section, []):
            if line.startswith(" ") and blocks:
                blocks[-1] += " " + line.strip()
            elif line:
                blocks.append(line)
        if section not in LISTS:
            return [("", block) for block in blocks]
        return [_item(block) for block in _joined(blocks)]

    def names(self, section: str) -> set[str]:
        """The single names that a section explains, without stars."""
        return {one.strip("* ") for name, _ in self.items(section) for one in name.split(",") if one.strip("* ")}


def _item(block: str) -> tuple[str, str]:
    found = ITEM.fullmatch(block)
    return (found[1], found[2]) if found else ("", block)


def _joined(blocks: list[str]) -> list[str]:
    """Lines of prose that start no item belong to the line before."""
    joined: list[str] = []
    for block in blocks:
        if joined and not ITEM.fullmatch(block):
            joined[-1] += " " + block
        else:
            joined.append(block)
    return joined


def parse(text: str) -> Docstring:
    """Parse a docstring.

    Args:
        text: without indentation, as from `inspect.cleandoc`.
    Returns:
        docstring: `Docstring`.
    """
    found, body, lines = Docstring(), [], None
    for line in text.splitlines():
        heading = HEADING.fullmatch(line)
        if heading:
            lines = found.sections.setdefault(heading[1], [])
        elif lines is not None and (line.startswith("    ") or not line):
            lines.append(line[4:])
        else:
            lines = None
            body.append(line)
    paragraphs = [part.strip("\n") for part in re.split(r"\n\s*\n", "\n".join(body)) if part.strip()]
    if paragraphs:
        found.summary, found.paragraphs = " ".join(paragraphs[0].split()), paragraphs[1:]
    return found


def inline(text: str, link: Callable[[str], str | None]) -> str:
    """A line of prose as HTML: `code`, with a link where it is a public name, and *stress*.

    Args:
        text: prose of a docstring.
        link: address of a public name, None for anything else.
    Returns:
        html: escaped.
    """
    parts = re.split(r"`([^`]+)`", text)
    done = []
    for place, part in enumerate(parts):
        escaped = html.escape(part, quote=False)
        if place % 2:
            address = link(part)
            code = f"<code>{escaped}</code>"
            done.append(f'<a href="{html.escape(address)}">{code}</a>' if address else code)
        else:
            done.append(re.sub(r"(?<![\w*])\*([A-Za-z][^*\n]*)\*(?![\w*])", r"<em>\1</em>", escaped))
    return "".join(done)


def is_formula(paragraph: str) -> bool:
    """Whether a paragraph is shown with its line breaks: aligned by blanks, or an equation that is no sentence."""
    aligned = re.search(r"\S {2,}\S", paragraph) or any(line.startswith("  ") for line in paragraph.splitlines())
    equation = re.search(r" [=~] |^log |^exp ", paragraph) and not re.search(r"[.:?]$", paragraph)
    return bool(aligned or equation)


def table_html(paragraph: str, link: Callable[[str], str | None]) -> str:
    """Indented lines of a name, blanks and its explanation, as HTML; empty if the paragraph is something else."""
    rows = [re.fullmatch(r" {4}(\w+) {2,}(\S.*)", line) for line in paragraph.splitlines()]
    if None in rows:
        return ""
    pairs = (row.groups() for row in rows if row)
    shown = (f"<dt>{inline(f'`{name}`', link)}</dt><dd>{inline(text, link)}</dd>" for name, text in pairs)
    return f'<dl class="explained">{"".join(shown)}</dl>'


def paragraph_html(paragraph: str, link: Callable[[str], str | None]) -> str:
    """A paragraph as HTML."""
    table = table_html(paragraph, link)
    if table:
        return table
    if is_formula(paragraph):
        return f'<pre class="formula">{html.escape(paragraph, quote=False)}</pre>'
    return f"<p>{inline(' '.join(paragraph.split()), link)}</p>"
