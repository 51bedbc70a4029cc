"""Where the works lie that notebooks refer to: a DOI where there is one, else the page that its publisher keeps."""

import functools
import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent / "assets" / "literature.json"


def key_of(title: str) -> str:
    """A title as it is looked up: its letters and digits in lower case."""
    return "".join(letter for letter in title.lower() if letter.isalnum())


@functools.cache
def works() -> list[tuple[str, str, str]]:
    """Every known work as (key, what must stand beside the title, address); the more asked for, the earlier."""
    listed = json.loads(FILE.read_text(encoding="utf-8"))
    found = [(key_of(one["title"]), one.get("beside", ""), one["address"]) for one in listed]
    return sorted(found, key=lambda work: -len(work[1]))


def address_of(title: str, around: str = "") -> str:
    """The address of a work; empty for an unknown one.

    Args:
        title: as a notebook writes it, whole.
        around: the entry that it stands in, which tells two editions apart.
    """
    wanted = key_of(title)
    return next((address for key, beside, address in works() if key == wanted and beside in around), "")


def link_works(soup: Any) -> None:
    """Make a link of every title, set in italics, of a work whose address is known.

    Args:
        soup: BeautifulSoup of a page's cells.
    """
    for title in soup.select("section.prose em"):
        around = title.find_parent(["li", "p", "td"])
        address = address_of(title.get_text(), around.get_text() if around else "")
        if address and not title.find_parent("a"):
            title.wrap(soup.new_tag("a", href=address))
