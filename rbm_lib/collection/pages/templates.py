"""Rendering of templates: style, scripts, and the Content-Security-Policy that allows only these scripts."""

import functools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import fonts, mathml
from .checks import content_policy
from .explorers import explorer_script, explorer_style
from .widgets import widget_script, widget_style

ASSETS = Path(__file__).resolve().parent / "assets"


@functools.cache
def templates() -> Any:
    """The jinja environment of the pages."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(ASSETS), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )


@functools.cache
def text_style() -> str:
    """Text fonts and the style sheet, without comments."""
    css = re.sub(r"/\*.*?\*/", "", (ASSETS / "style.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    return fonts.text_faces() + re.sub(r"\n\s*", "\n", css)


def style_for(html: str) -> str:
    """The style of a page: text fonts, style sheet, and the subset of the mathematics font for its formulae."""
    characters = mathml.math_characters(html) if "<math" in html else set()
    return fonts.math_face(characters) + text_style()


def fill(
    template: str,
    style: str,
    explorers: Sequence[str] = (),
    scripts: Sequence[str] = (),
    widgets: Sequence[tuple[str, str]] = (),
    **content: Any,
) -> str:
    """Render a template with its scripts and the policy that allows only these.

    Args:
        template: name of the file.
        style: result of `style_for`.
        explorers: the state of each explorer, as JSON; if not empty, their script and style are added.
        scripts: other scripts of the library in the page.
        widgets: (kind, state as JSON) of each, as `take_widgets` returns; each kind adds its script and style.
        content: variables of the template.
    """
    if explorers:
        scripts = [*scripts, explorer_script()]
        style += explorer_style()
    kinds = sorted({kind for kind, _ in widgets})
    scripts = [*map(widget_script, kinds), *scripts]
    style += "".join(map(widget_style, kinds))
    run: dict[str, Any] = {"explorers": explorers, "widgets": [state for _, state in widgets]}
    run |= {"scripts": scripts, "policy": content_policy(*scripts)}
    return templates().get_template(template).render(style=style, **run, **content)
