"""How a part that a reader can move shows itself: as a widget where a kernel answers, in a page by itself."""

from __future__ import annotations

import functools
import os
from typing import Any, Protocol

from rbm_lib.collection.pages import KINDS, explorer_module, explorer_style


class Movable(Protocol):
    """What can be shown: its state for a page, its table for readers without scripts, its widget for JupyterLab."""

    @property
    def state(self) -> dict[str, Any]: ...

    @property
    def widget(self) -> Any: ...

    def table(self) -> str: ...


def shown(kind: str, part: Movable) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a cell puts out: the widget where somebody can answer it, and what a page needs.

    Args:
        kind: of `rbm_lib.collection.pages.KINDS`.
        part: of that kind.
    Returns:
        data, metadata: as `_repr_mimebundle_` is to return them.
    """
    data: dict[str, Any] = {KINDS[kind].mime: part.state, "text/html": part.table(), "text/plain": repr(part)}
    if os.environ.get("RBM_STAGING"):  # a run of `make reports`: the page has the script, and no kernel
        return data, {}
    live, metadata = part.widget._repr_mimebundle_()
    return live | data, metadata


@functools.cache
def widget_class(kind: str) -> type:
    """The class of a kind's widget; anywidget brings ipywidgets, which nothing else here needs."""
    import anywidget
    import traitlets

    synced = {name: traitlets.Dict().tag(sync=True) for name in KINDS[kind].needs}
    own = {"_esm": explorer_module(kind), "_css": explorer_style(kind), **synced}
    return type(f"{kind.title()}Widget", (anywidget.AnyWidget,), own)
