"""The explorer as a page: one file that needs neither a network nor Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rbm_lib.collection.pages import explorer_html

if TYPE_CHECKING:
    from .explorer import Explorer


def explorer_page(explorer: Explorer, *, about: str) -> str:
    """The page.

    Args:
        explorer: `Explorer`; its ratings are the page's initial ones.
        about: Markdown at the end of the page, describes the model and its training data.
    Returns:
        html: the whole page.
    """
    return explorer_html(explorer.state, explorer.table(), about)
