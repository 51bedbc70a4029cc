"""RESULTS.md: what a full run found, notebook by notebook, built from its results files."""

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

MOST_ROWS = 20  # of a history that is shown whole


def headline_rows(results: list[Results]) -> list[list[str]]:
    """One row a notebook that has a headline: its number, the figure, and the base rate beside it."""
    rows = []
    for one in results:
        if one.headline is not None and one.base_rate is not None:
            record = one.headline
            rows.append([one.notebook[:2], record["name"], record_text(record), beside_text(one.base_rate)])
    return rows


def cell_text(column: str, cell: Any) -> Any:
    """A table's cell as Markdown: what people have typed as they typed it, keys as words, numbers as they are."""
    if not isinstance(cell, str):
        return cell
    return typed(cell) if column in TYPED_COLUMNS else spoken(cell)


def section(notebook: Notebook, results: Results) -> str:
    """One notebook's part: question, answer, records, tables, figures."""
    parts = [f"## {notebook.number} {notebook.title}", f"*{notebook.question}*", results.answer]
    others = [text for text in results.conclusions if text != results.answer]
    if others:
        parts.append("\n".join(f"- {text}" for text in others))
    if results.payload["records"]:
        rows = [
            [r["name"], record_text(r), r["base_rate"] or "", r["num_users"], r["num_ratings"]]
            for r in results.payload["records"]
        ]
        parts.append(markdown_table(["record", "value", "beside it", "users", "ratings"], rows))
    for name, table in sorted(results.payload["tables"].items()):
        title = f"{name[:1].upper()}{name[1:]}"
        if is_history(table):
            parts.append(f"**{title}**: {len(table['rows'])} rows, in `results/{notebook.slug}.json`.")
            continue
        columns = [spoken(column) for column in table["columns"]]
        rows = [[cell_text(*pair) for pair in zip(table["columns"], row, strict=True)] for row in table["rows"]]
        parts.append(f"**{title}**\n\n{markdown_table(columns, rows)}")
    for figure in results.payload["figures"]:
        parts.append(f"![{typed(figure['alt'])}]({figure['file']})\n\n*{typed(figure['alt'])}*")
    return "\n\n".join(parts)


def is_history(table: dict[str, Any]) -> bool:
    """Whether a table is the course of a training, epoch by epoch: a figure shows it, and nobody reads it."""
    return "epoch" in table["columns"] and len(table["rows"]) > MOST_ROWS


def contents(notebooks: list[Notebook]) -> str:
    """A table of contents: each part, and the notebook with its outputs."""
    lines = []
    for notebook in notebooks:
        heading = f"{notebook.number} {notebook.title}"
        lines.append(f"- [{heading}](#{anchor(heading)}) ([notebook](notebooks/{notebook.slug}.ipynb))")
    return "\n".join(lines)


def anchor(heading: str) -> str:
    """The place of a heading as code hosts name it: lower case, dashes for blanks, other signs left out."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def opening(survey: Notebook, found: dict[str, Results], notebooks: list[Notebook]) -> str:
    """What a notebook says that reads all the others, and whose results it read that hold no more."""
    parts = [section(survey, found[survey.slug])]
    stale = [n.slug for n in notebooks if n.slug in survey.follows and n.slug not in found]
    if stale:
        parts.append(f"Where this speaks of {', '.join(stale)}: not run, or not since something it rests on changed.")
    return "\n\n".join(parts)


def results_markdown(folder: Path, notebooks: list[Notebook], standings: dict[str, tuple[str, str]]) -> str:
    """The text of RESULTS.md; a notebook without a result that holds says so.

    Args:
        folder: the report folder.
        notebooks: in reading order.
        standings: by name: (`finished`, ``), (`failed`, error) or (`stale`, why).
    Returns:
        markdown: the whole file.
    """
    found: dict[str, Results] = {}
    for notebook in notebooks:
        path = folder / "results" / f"{notebook.slug}.json"
        results = read_or_none(path) if standings[notebook.slug][0] == "finished" else None
        if results is not None:
            found[notebook.slug] = results
    parts = [
        f"# Results on {folder.name}",
        "Every number below comes from `results/*.json` in this folder; nothing here is typed by hand.",
    ]
    parts.append(contents([notebook for notebook in notebooks if notebook.slug in found]))
    surveys = [notebook for notebook in notebooks if notebook.surveys and notebook.slug in found]
    parts += [opening(notebook, found, notebooks) for notebook in surveys]
    rows = [] if surveys else headline_rows(list(found.values()))
    if rows:
        parts.append(markdown_table(["notebook", "figure", "value", "beside it"], rows))
    for notebook in notebooks:
        if notebook in surveys:
            continue
        if notebook.slug in found:
            parts.append(section(notebook, found[notebook.slug]))
            continue
        state = standings[notebook.slug][0]
        said = {
            "failed": "Its last run failed.",
            "finished": "Its results file is missing or damaged.",
            "stale": "It has not been run, or not since it changed.",
        }[state]
        parts.append(f"## {notebook.number} {notebook.title}\n\n*{notebook.question}*\n\n{said}")
    provenances = [results.payload["provenance"] for results in found.values()]
    if provenances:
        keys = dict.fromkeys(key for provenance in provenances for key in provenance)
        named = {key: dict.fromkeys(str(p[key]) for p in provenances if p.get(key) is not None) for key in keys}
        rows = [[key, "; ".join(values) or "none"] for key, values in named.items()]
        parts.append("## Provenance\n\n" + markdown_table(["what", "value"], rows))
    return "\n\n".join(parts) + "\n"
