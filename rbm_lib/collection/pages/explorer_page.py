"""A page that holds an explorer and nothing else."""

from typing import Any

from .checks import check_self_contained
from .explorers import explorer_script, state_text
from .renderer import markdown
from .templates import fill, style_for


def explorer_html(state: dict[str, Any], table: str, about: str) -> str:
    """The page.

    Args:
        state: `Explorer.state`.
        table: HTML, what stands in the explorer's place without scripts.
        about: Markdown, what was trained on what.
    Returns:
        html: the whole page.
    Raises:
        PageError: if something in it would load from elsewhere.
    """
    from bs4 import BeautifulSoup

    said = markdown(about)
    html = fill("explorer.html.j2", style_for(said), [state_text(state)], table=table, about=said)
    check_self_contained(BeautifulSoup(html, "html.parser").body, [explorer_script()])
    return html
