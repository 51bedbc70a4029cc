"""A page with nothing but an explorer."""

from typing import Any

from .checks import check_self_contained
from .explorers import explorer_script, state_text
from .renderer import markdown
from .templates import fill, style_for


def explorer_html(state: dict[str, Any], table: str, about: str) -> str:
    """The page.

    Args:
        state: `Explorer.state`.
        table: HTML, shown in place of the explorer without scripts.
        about: Markdown, describes the model and its training data.
    Returns:
        html: the whole page.
    Raises:
        PageError: if something would load an external resource.
    """
    from bs4 import BeautifulSoup

    said = markdown(about)
    html = fill("explorer.html.j2", style_for(said), [state_text(state)], table=table, about=said)
    check_self_contained(BeautifulSoup(html, "html.parser").body, [explorer_script()])
    return html
