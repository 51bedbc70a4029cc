"""The glossary page, from `notebooks/glossary.md`; notebooks link to its headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rbm_lib.collection.results import Notebook

from .checks import check_self_contained
from .dressing import dress_table, lead_to_pages
from .renderer import listed, markdown
from .scripts import site_script
from .templates import fill, style_for

SOURCE = "glossary.md"  # in the folder of the notebooks
PAGE = "glossary.html"  # in the report folder


def glossary_address(notebooks: Path) -> str:
    """The address of the glossary in a report's pages, empty if the folder of notebooks has none."""
    return PAGE if (notebooks / SOURCE).is_file() else ""


def glossary_html(text: str, notebooks: Sequence[Notebook] = (), run: str = "") -> str:
    """The glossary's page.

    Args:
        text: its Markdown; the first line is the title.
        notebooks: in reading order, for the menu.
        run: the data set and the profile, in words.
    Returns:
        html: the whole page. Headings have the anchors of code hosts, such as `#the-machine`.
    Raises:
        PageError: if something would load an external resource.
    """
    from bs4 import BeautifulSoup

    title, body = text.split("\n", 1)
    soup = BeautifulSoup(markdown(body), "html.parser")
    check_self_contained(soup)
    for heading in soup.find_all("h2"):
        heading["id"] = re.sub(r"[^\w-]+", "-", heading.get_text().replace("¶", "").strip().lower())
        for link in heading.find_all("a"):
            link["href"] = f"#{heading['id']}"
    for table in soup.find_all("table"):
        dress_table(soup, table)
    lead_to_pages(soup)
    cells, title = str(soup), title.lstrip("# ").strip()
    menu = listed(notebooks)
    style = style_for(cells + "".join(one["title_html"] for one in menu))
    return fill("glossary.html.j2", style, [], [site_script()], title=title, cells=cells, notebooks=menu, run=run)
