"""Prepares the output of nbconvert for a page: tables, figures, links, headings."""

import itertools
import re
from collections.abc import Mapping
from typing import Any

from rbm_lib.collection.results import TYPED_COLUMNS, Notebook, spoken

from .checks import check_self_contained
from .linking import Reader, link_names
from .literature import link_works

NUMBER = re.compile(r"[-+−]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?( ?%)?|nan|NaN|–|-|\[[-+−.\d, %]+\]")

SCROLLS = {"tabindex": "0", "role": "group"}  # a box that can scroll, by keyboard too


def merge_index_name(table: Any) -> None:
    """Move the name of the index, for which pandas adds a row, into the first header row."""
    rows = [row.find_all("th", recursive=False) for row in table.select("thead tr")]
    if len(rows) == 2 and len(rows[0]) == len(rows[1]):
        names = [place for place, cell in enumerate(rows[1]) if cell.get_text(strip=True)]
        if names and not any(rows[0][place].get_text(strip=True) for place in names):
            for place in names:
                rows[0][place].string = rows[1][place].get_text(strip=True)
            rows[1][0].parent.decompose()


def speak(table: Any) -> None:
    """Replace keys by words, except in columns of user text."""
    heads = [[cell.get_text(strip=True) for cell in row.find_all(["td", "th"])] for row in table.select("thead tr")]
    columns = heads[-1] if heads else []
    for row in table.find_all("tr"):
        cells, in_body = row.find_all(["th", "td"], recursive=False), row.find_parent("thead") is None
        for place, cell in enumerate(cells, start=len(columns) - len(cells)):  # a row label may span several rows
            column = columns[place] if 0 <= place < len(columns) else ""
            is_plain = cell.string and not cell.find()  # text inside `<code>` stays
            if is_plain and not (in_body and column in TYPED_COLUMNS):
                cell.string.replace_with(spoken(cell.string))


def dress_table(soup: Any, table: Any) -> None:
    """Align numbers to the right, remove pandas' classes, and wrap the table in a box that scrolls."""
    table.attrs.pop("class", None)
    merge_index_name(table)
    speak(table)
    body = [row.find_all(["td", "th"], recursive=False) for row in table.select("tbody tr")]
    widths = {len(row) for row in body}
    for column in range(widths.pop() if len(widths) == 1 else 0):
        cells = [row[column] for row in body]
        texts = [cell.get_text(strip=True) for cell in cells]
        if all(NUMBER.fullmatch(text) for text in texts if text) and any(texts):
            head = [row.find_all(["td", "th"], recursive=False) for row in table.select("thead tr")]
            for cell in [*cells, *(row[column] for row in head if len(row) == len(body[0]))]:
                if not (cell in cells and cell.name == "th"):
                    cell["class"] = "num"
    name_heads(table)
    table.wrap(soup.new_tag("div", attrs={"class": "scroll"} | SCROLLS | {"aria-label": "Table"}))


def name_heads(table: Any) -> None:
    """Give header cells a `scope`; an empty header cell becomes a data cell."""
    for head in table.find_all("th"):
        if not head.get_text(strip=True):
            head.name = "td"
            head.attrs.pop("scope", None)
        else:
            head["scope"] = "col" if head.find_parent("thead") else "row"


def dress_code(soup: Any, reader: Reader) -> None:
    """Make code blocks and formulae scrollable by keyboard, and link the library's names in code to the reference."""
    for place, block in enumerate(soup.select(".code pre, .prose pre"), start=1):
        block.attrs |= SCROLLS | {"aria-label": f"Code, block {place}"}
    for block in soup.select(".code pre"):
        link_names(soup, block, reader)
    for place, formula in enumerate(soup.select(".formula"), start=1):
        formula.attrs |= SCROLLS | {"aria-label": f"Formula {place}"}


def dress(
    html: str, notebook: Notebook, reference: Mapping[str, str] | None = None
) -> tuple[str, list[tuple[str, str]]]:
    """Prepare the cells' HTML for the page.

    Args:
        html: output of nbconvert.
        notebook: its source.
        reference: address in the API reference by public name; None without a reference.
    Returns:
        html: with boxes around figures and tables; without title, question and provenance, which the page's header and
            footer show; with Reads and Writes, and the references, folded.
        sections: (anchor, text) of each second-level heading.
    Raises:
        PageError: if something would load an external resource.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for style in soup.find_all("style", attrs={"scoped": True}):  # styles by pandas
        style.decompose()
    for part in soup.find_all(["table", "tr"]):
        for attribute in ("border", "style"):
            part.attrs.pop(attribute, None)
    check_self_contained(soup)
    join_folds(soup)
    heading = soup.find("h1")
    if heading:
        heading.decompose()
    for paragraph in soup.select("section.prose:first-child :is(p, li)"):
        text = " ".join(paragraph.get_text().split())
        if text == notebook.question:
            paragraph.decompose()
        elif paragraph.find("strong") and re.match(r"(Reads|Writes|Follows)\b", text):
            dress_io(soup, paragraph)
    for part in soup.select(".io"):
        fold(soup, [part], "What it reads and writes")
    for table in soup.find_all("table"):
        dress_table(soup, table)
    dress_code(soup, Reader(reference or {}))
    link_works(soup)
    fold_backmatter(soup)
    for image in soup.find_all("img"):
        (image.find_parent("picture") or image).wrap(soup.new_tag("figure", attrs={"class": "plot"}))
    lead_to_pages(soup)
    headings = [(h.get("id", ""), h.get_text().replace("¶", "").strip()) for h in soup.find_all("h2")]
    return str(soup), headings


def lead_to_pages(soup: Any) -> None:
    """Point links to notebooks and to the glossary at their pages."""
    for link in soup.find_all("a", href=True):
        link["href"] = re.sub(r"^(?:\./)?(\d\d-[a-z0-9-]+|glossary)\.(?:ipynb|md)", r"\1.html", link["href"])
        if link["href"].startswith("http"):
            link["rel"] = "noopener"


def fold(soup: Any, elements: list[Any], summary: str) -> None:
    """Put neighbouring elements into a fold that a reader opens on purpose."""
    box, head = soup.new_tag("details", attrs={"class": "fold"}), soup.new_tag("summary")
    head.string = summary
    elements[0].insert_before(box)
    box.append(head)
    for element in elements:
        box.append(element.extract())


def join_folds(soup: Any) -> None:
    """One fold for neighbouring cells whose code is folded, where all but the last put out nothing."""
    for section in soup.select("section.work"):
        code, following = section.find_all(recursive=False), section.find_next_sibling()
        below = following.find(True, recursive=False) if following and following.get("class") == ["work"] else None
        if len(code) == 1 and is_code(code[0]) and below is not None and is_code(below):
            for block in reversed(code[0].find_all(recursive=False)[1:]):
                below.summary.insert_after(block.extract())
            section.decompose()


def is_code(element: Any) -> bool:
    """Whether an element is the fold of a cell's code."""
    return element.get("class") == ["code", "fold"] and element.summary.get_text() == "Code"


def fold_backmatter(soup: Any) -> None:
    """Fold the references; take out the provenance, heading and table, which the page's foot shows."""
    for heading in soup.select("section.prose h2"):
        title = heading.get_text().replace("¶", "").strip()
        below = list(itertools.takewhile(lambda one: one.name != "h2", heading.find_next_siblings()))
        if title == "References" and below:
            fold(soup, below, "Works cited")
        elif title == "Provenance" and not below:
            table = heading.parent.find_next_sibling("section")
            if table is not None and table.find("table"):
                table.decompose()
                heading.decompose()


def dress_io(soup: Any, paragraph: Any) -> None:
    """Format the lines Reads, Writes and Follows: one per line, notebooks as links."""
    (paragraph.parent if paragraph.name == "li" else paragraph)["class"] = "io"
    for strong in paragraph.find_all("strong")[1:]:
        strong.insert_before(soup.new_tag("br"))
    for code in paragraph.find_all("code"):
        if re.fullmatch(r"\d\d-[a-z0-9-]+", code.get_text()):
            code.wrap(soup.new_tag("a", href=f"{code.get_text()}.html"))
