"""The explorer as a page of its own: one file, without a network, without Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbm_lib.collection.pages import explorer_html

if TYPE_CHECKING:
    from .explorer import Explorer


def explorer_page(explorer: Explorer, *, about: str) -> str:
    """The page.

    Args:
        explorer: `Explorer`; its ratings are those that the page begins with.
        about: what was trained on what, Markdown: the last lines of the page.
    Returns:
        html: the whole page, to be written to a file.
    """
    return explorer_html(explorer.state, explorer.table(), about)
