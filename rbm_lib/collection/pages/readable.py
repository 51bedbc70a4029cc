"""Executed notebooks to be committed: only outputs that code hosts show."""

from pathlib import Path
from typing import Any

from rbm_lib.collection.results import NARROW_MIME

from .checks import check_outputs, cut_at_its_end
from .explorers import EXPLORER_MIME

UNREAD = {NARROW_MIME, EXPLORER_MIME, "image/svg+xml", "application/vnd.jupyter.widget-view+json"}
KEPT = ("kernelspec", "language_info")  # of a notebook's metadata; the rest is times and paths of the run
OF_CELLS = ("tags", "jupyter")


def readable_notebook(executed: Path) -> str:
    """An executed notebook as committed: one format per output, figures as PNG, no times and no paths.

    Args:
        executed: path in `runs/`.
    Returns:
        text: the same for the same outputs.
    Raises:
        PageError: for outputs that must not be published, as for a page.
    """
    import nbformat

    node: Any = nbformat.read(executed, as_version=4)
    cut_at_its_end(node)
    check_outputs(node)
    node.metadata = {name: node.metadata[name] for name in KEPT if name in node.metadata}
    for cell in node.cells:
        cell.metadata = {name: cell.metadata[name] for name in OF_CELLS if name in cell.metadata}
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data or "image/png" in data or "text/markdown" in data:
                for name in UNREAD & data.keys():
                    del data[name]
                output.metadata = {name: output.metadata[name] for name in data if name in output.metadata}
    return nbformat.writes(node) + "\n"
