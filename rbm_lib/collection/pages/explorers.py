"""Explorers in pages: their script, with one hash in the page's policy, and the state of each, as JSON.

A cell's output contains the state as JSON and a static table. The page contains the table and, at its end, the state
and the library's script, which replaces the table by an explorer. No code of a notebook is run.
"""

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .checks import PageError
from .scripts import as_function

EXPLORER_MIME = "application/vnd.rbm-lib.explorer+json"
FOLDER = Path(__file__).resolve().parent / "assets" / "explorer"
# The modules of the script, each after its dependencies.
MODULES = ("decode", "machine", "elements", "search", "rated", "units", "explain", "chain", "links", "view")
BOOT = "boot"  # for pages: replaces each table by an explorer


@functools.cache
def explorer_module() -> str:
    """The explorer as one ES module with the default export `{ render }`, as anywidget expects."""
    return "".join(as_function(FOLDER, name) for name in MODULES) + "export default { render: module_view.render };\n"


@functools.cache
def explorer_script() -> str:
    """The script of a page with explorers, exactly the text between its tags."""
    return "".join(as_function(FOLDER, name) for name in (*MODULES, BOOT))


@functools.cache
def explorer_style() -> str:
    """The style sheet of explorers, without its comments."""
    css = (FOLDER / "explorer.css").read_text(encoding="utf-8")
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/\n?", "", css, flags=re.DOTALL))


def state_text(state: dict[str, Any]) -> str:
    """A state as JSON for a script element: every `<` is escaped.

    Args:
        state: `Explorer.state`, with `bundle` and `ratings`, or the state of a widget.
    """
    text = json.dumps(state, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def states_in(notebook: Any, mime: str, noun: str) -> Iterator[tuple[str, Any, Any]]:
    """The outputs of a notebook that contain a state for a script.

    Args:
        notebook: executed notebook (nbformat node).
        mime: type of the state.
        noun: "an explorer", "a widget", for the error.
    Returns:
        An iterator over (name of the cell, output, state).
    Raises:
        PageError: for an output that has no static table.
    """
    for cell in notebook.cells:
        where = f"cell [{cell.get('execution_count')}]"
        for output in cell.get("outputs", []):
            state = output.get("data", {}).get(mime)
            if state is None:
                continue
            if "text/html" not in output["data"]:
                raise PageError(f"{where}: {noun} without a table for readers without scripts")
            yield where, output, state


def take_explorers(notebook: Any) -> list[str]:
    """Number the explorers among a notebook's outputs; the template uses the names as ids of their tables.

    Args:
        notebook: executed notebook (nbformat node); the entry `rbm_lib` in the metadata of such outputs is set.
    Returns:
        states: JSON of each, for `explorer-1`, `explorer-2`, ...
    Raises:
        PageError: for an output that is no state, or has no static table.
    """
    states: list[str] = []
    for where, output, state in states_in(notebook, EXPLORER_MIME, "an explorer"):
        if not isinstance(state, dict) or not {"bundle", "ratings"} <= state.keys():
            raise PageError(f"{where}: expected an explorer's bundle and ratings, found {type(state).__name__}")
        states.append(state_text(dict(state)))
        output.metadata["rbm_lib"] = f"explorer-{len(states)}"
    return states
