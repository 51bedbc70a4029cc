"""Interactive widgets in pages: a state as JSON, a static table for readers without scripts, and a script.

The last module of a kind exports `render({model, el})`, which anywidget calls. Its folder under `assets` contains a
style sheet of the same name. In a page, `widgets/boot.js` passes a model. Small helpers are shared with the explorer.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Any

from .checks import PageError
from .explorers import state_text, states_in
from .scripts import COMMENT, as_function

WIDGET_MIME = "application/vnd.rbm-lib.widget+json"
ASSETS = Path(__file__).resolve().parent / "assets"
# The modules of each kind, each after its dependencies.
KINDS = {
    "repairs": ("explorer/elements", "widgets/narrow", "repairs/worth", "repairs/cube", "repairs/repairs"),
    "chains": ("explorer/elements", "widgets/narrow", "chains/direction", "chains/tradeoff", "chains/chains"),
    "learning": (
        "explorer/elements",
        "widgets/narrow",
        "learning/tiny",
        "learning/curves",
        "learning/portrait",
        "learning/learning",
    ),
}


def _modules(kind: str) -> str:
    """The modules of a kind of widget, each as an immediately invoked function."""
    return "".join(as_function((ASSETS / path).parent, Path(path).name) for path in KINDS[kind])


@functools.cache
def widget_module(kind: str) -> str:
    """A kind of widget as one ES module with the default export `{ render }`, as anywidget expects."""
    return _modules(kind) + f"export default {{ render: module_{kind}.render }};\n"


@functools.cache
def widget_script(kind: str) -> str:
    """The script of a page with widgets of this kind, exactly the text between its tags."""
    boot = (ASSETS / "widgets" / "boot.js").read_text(encoding="utf-8")
    boot = COMMENT.sub("", boot).replace("KIND", kind).strip()
    return _modules(kind) + boot + "\n"


@functools.cache
def widget_style(kind: str) -> str:
    """The style sheet of a kind of widget, without comments."""
    files = ASSETS / "widgets" / "widgets.css", ASSETS / kind / f"{kind}.css"
    css = "".join(file.read_text(encoding="utf-8") for file in files)
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/\n?", "", css, flags=re.DOTALL))


def take_widgets(notebook: Any) -> list[tuple[str, str]]:
    """Remove the states of widgets from a notebook's outputs, and leave their tables, with ids for the script.

    Args:
        notebook: executed notebook (nbformat node); outputs with a widget are changed.
    Returns:
        widgets: (kind, JSON of its state) of `widget-1`, `widget-2`, ...
    Raises:
        PageError: for an output that is no state, or has no static table.
    """
    found: list[tuple[str, str]] = []
    for where, output, state in states_in(notebook, WIDGET_MIME, "a widget"):
        kind = state.get("kind") if isinstance(state, dict) else None
        if kind not in KINDS:
            raise PageError(f"{where}: expected the state of a widget of kind {' or '.join(KINDS)}, found {kind!r}")
        found.append((kind, state_text(dict(state))))
        table = output["data"]["text/html"]
        output["data"] = {"text/html": f'<div class="widget" id="widget-{len(found)}">{table}</div>'}
    return found


class Widget:
    """A widget, to be the last line of a cell: in JupyterLab through anywidget, in a page by its script, else a table.

    Args:
        kind: str, one of `KINDS`.
        state: dict, JSON-serialisable, read by the script.
        table: HTML, shown without scripts.
    Raises:
        ValueError: for an unknown kind.
    """

    def __init__(self, kind: str, state: dict[str, Any], table: str) -> None:
        if kind not in KINDS:
            raise ValueError(f"kind: expected one of {', '.join(KINDS)}, found {kind!r}")
        self.kind, self.state, self.table = kind, {"kind": kind} | state, table

    @functools.cached_property
    def widget(self) -> Any:
        """The widget of JupyterLab (`anywidget`), made when it is first asked for."""
        return _widget_class(self.kind)(state=self.state)

    def __repr__(self) -> str:
        return f"Widget({self.kind!r})"

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Jupyter's representation: the widget if a kernel is attached, and the data for pages."""
        data: dict[str, Any] = {WIDGET_MIME: self.state, "text/html": self.table, "text/plain": repr(self)}
        if os.environ.get("RBM_STAGING"):  # a run of `make reports`: pages have the script and no kernel
            return data, {}
        live, metadata = self.widget._repr_mimebundle_()
        return live | data, metadata


@functools.cache
def _widget_class(kind: str) -> type:
    """The class of the widget; anywidget, which imports ipywidgets, is imported only here."""
    import anywidget
    import traitlets

    class PageWidget(anywidget.AnyWidget):
        _esm = widget_module(kind)
        _css = widget_style(kind)
        state = traitlets.Dict().tag(sync=True)

    PageWidget.__name__ = f"{kind.title()}Widget"  # anywidget keeps one style sheet a name, for all open notebooks
    return PageWidget
