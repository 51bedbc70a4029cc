"""Addresses of the works that notebooks cite: the DOI if there is one, else the publisher's page."""

import functools
import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent / "assets" / "literature.json"


def key_of(title: str) -> str:
    """The lookup key of a title: its letters and digits in lower case."""
    return "".join(letter for letter in title.lower() if letter.isalnum())


@functools.cache
def works() -> list[tuple[str, str, str]]:
    """All known works as (key, text required near the title, address), the longest required text first."""
    listed = json.loads(FILE.read_text(encoding="utf-8"))
    found = [(key_of(one["title"]), one.get("beside", ""), one["address"]) for one in listed]
    return sorted(found, key=lambda work: -len(work[1]))


def address_of(title: str, around: str = "") -> str:
    """The address of a work; empty if it is unknown.

    Args:
        title: the complete title.
        around: the surrounding text, which distinguishes editions.
    """
    wanted = key_of(title)
    return next((address for key, beside, address in works() if key == wanted and beside in around), "")


def link_works(soup: Any) -> None:
    """Link every title in italics whose work is known.

    Args:
        soup: BeautifulSoup of a page's cells.
    """
    for title in soup.select("section.prose em"):
        around = title.find_parent(["li", "p", "td"])
        address = address_of(title.get_text(), around.get_text() if around else "")
        if address and not title.find_parent("a"):
            title.wrap(soup.new_tag("a", href=address))
