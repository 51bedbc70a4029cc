"""RESULTS.md: the results of a full run, one section per notebook, built from the results files."""

import re
from pathlib import Path
from typing import Any

from rbm_lib.collection.results import (
    TYPED_COLUMNS,
    Notebook,
    Results,
    beside_text,
    markdown_table,
    record_text,
    spoken,
    typed,
)

from .renderer import read_or_none

MOST_BY_EPOCH = 14  # rows of a table by epoch; a longer one (a training history) is left in the results file


def headline_rows(results: list[Results]) -> list[list[str]]:
    """One row per notebook with a headline: its number, the record's name and value, the base rate."""
    rows = []
    for one in results:
        if one.headline is not None and one.base_rate is not None:
            record = one.headline
            rows.append([one.notebook[:2], record["name"], record_text(record), beside_text(one.base_rate)])
    return rows


def cell_text(column: str, cell: Any) -> Any:
    """A table's cell as Markdown: user text verbatim, keys as words, numbers unchanged."""
    if not isinstance(cell, str):
        return cell
    return typed(cell) if column in TYPED_COLUMNS else spoken(cell)


def section(notebook: Notebook, results: Results, folder: Path | None = None) -> str:
    """A notebook's section: question, answer, figures and tables with captions, records.

    Args:
        notebook: its source.
        results: its results.
        folder: the report folder; if the executed notebook is in it, the section links to it.
    """
    executed = f"notebooks/{notebook.slug}.ipynb"
    parts = [heading(notebook), f"*{notebook.question}*", results.answer]
    if folder is not None and (folder / executed).is_file():
        parts.append(f"[The notebook with its outputs]({executed})")
    others = [text for text in results.conclusions if text != results.answer]
    if others:
        parts.append("\n".join(f"- {text}" for text in others))
    for place, figure in enumerate(results.payload["figures"], 1):
        alt = typed(figure["alt"])
        parts.append(f"![{alt}]({figure['file']})\n\n*Figure {notebook.number}.{place}: {alt}*")
    return "\n\n".join([*parts, *tables_of(notebook, results)])


def tables_of(notebook: Notebook, results: Results) -> list[str]:
    """A notebook's records and tables with captions, and a link to its training histories."""
    parts = []
    if results.payload["records"]:
        rows = [
            [r["name"], record_text(r), r["base_rate"] or "", r["num_users"], r["num_ratings"]]
            for r in results.payload["records"]
        ]
        columns = ["record", "value", "beside it", "users", "ratings"]
        parts.append(f"**Table {notebook.number}.1: what was recorded**\n\n{markdown_table(columns, rows)}")
    tables = sorted(results.payload["tables"].items())
    shown = {name: table for name, table in tables if not is_history(table)}
    for place, (name, table) in enumerate(shown.items(), 2):
        columns = [spoken(column) for column in table["columns"]]
        rows = [[cell_text(*pair) for pair in zip(table["columns"], row, strict=True)] for row in table["rows"]]
        parts.append(f"**Table {notebook.number}.{place}: {name}**\n\n{markdown_table(columns, rows)}")
    histories = [name for name, _ in tables if name not in shown]
    if histories:
        file = f"results/{notebook.slug}.json"
        parts.append(f"By epoch, in [{file}]({file}): {', '.join(histories)}.")
    return parts


def heading(notebook: Notebook) -> str:
    """The heading of a notebook's section."""
    return f"## {notebook.number} {notebook.title}"


def is_history(table: dict[str, Any]) -> bool:
    """True for a training history: a long table by epoch."""
    return "epoch" in table["columns"] and len(table["rows"]) > MOST_BY_EPOCH


def contents(headings: list[str]) -> str:
    """A table of contents: a link to each second-level heading, with the anchors of code hosts."""
    titles = [line.removeprefix("## ") for line in headings]
    return "\n".join(f"- [{title}](#{anchor(title)})" for title in titles)


def anchor(heading: str) -> str:
    """The anchor that code hosts give a heading: lower case, dashes for spaces, no punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def opening(survey: Notebook, found: dict[str, Results], notebooks: list[Notebook], folder: Path) -> str:
    """The section of a notebook that reads all others, and a warning if results that it read are out of date."""
    parts = [section(survey, found[survey.slug], folder)]
    stale = [n.slug for n in notebooks if n.slug in survey.follows and n.slug not in found]
    if stale:
        parts.append(f"Where this speaks of {', '.join(stale)}: not run, or not since something it rests on changed.")
    return "\n\n".join(parts)


def provenance_of(found: dict[str, Results]) -> list[str]:
    """The provenance of the results, each fact once; an empty list without results."""
    provenances = [results.payload["provenance"] for results in found.values()]
    if not provenances:
        return []
    keys = dict.fromkeys(key for provenance in provenances for key in provenance)
    named = {key: dict.fromkeys(str(p[key]) for p in provenances if p.get(key) is not None) for key in keys}
    rows = [[key, "; ".join(values) or "none"] for key, values in named.items()]
    return ["## Provenance\n\n" + markdown_table(["what", "value"], rows)]


def results_markdown(folder: Path, notebooks: list[Notebook], standings: dict[str, tuple[str, str]]) -> str:
    """The text of RESULTS.md; a notebook without an up-to-date result is listed as such.

    Args:
        folder: the report folder.
        notebooks: in reading order.
        standings: state by notebook name: (`finished`, ``), (`failed`, error) or (`stale`, reason).
    Returns:
        markdown: the whole file.
    """
    found: dict[str, Results] = {}
    for notebook in notebooks:
        path = folder / "results" / f"{notebook.slug}.json"
        results = read_or_none(path) if standings[notebook.slug][0] == "finished" else None
        if results is not None:
            found[notebook.slug] = results
    surveys = [notebook for notebook in notebooks if notebook.surveys and notebook.slug in found]
    parts = [opening(notebook, found, notebooks, folder) for notebook in surveys]
    rows = [] if surveys else headline_rows(list(found.values()))
    if rows:
        parts.append(markdown_table(["notebook", "figure", "value", "beside it"], rows))
    for notebook in notebooks:
        if notebook in surveys:
            continue
        if notebook.slug in found:
            parts.append(section(notebook, found[notebook.slug], folder))
            continue
        state = standings[notebook.slug][0]
        said = {
            "failed": "Its last run failed.",
            "finished": "Its results file is missing or damaged.",
            "stale": "It has not been run, or not since it changed.",
        }[state]
        parts.append(f"{heading(notebook)}\n\n*{notebook.question}*\n\n{said}")
    parts += provenance_of(found)
    first = [
        f"# Results on {folder.name}",
        "Every number below comes from `results/*.json` in this folder; nothing here is typed by hand.",
        contents([line for part in parts for line in part.split("\n") if line.startswith("## ")]),
    ]
    return "\n\n".join([*first, *parts]) + "\n"
