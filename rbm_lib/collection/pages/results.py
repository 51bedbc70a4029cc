"""RESULTS.md: what a full run found, notebook by notebook, built from its results files."""

from pathlib import Path

from rbm_lib.collection.results import Notebook, Results, beside_text, load_results, markdown_table, record_text, spoken


def headline_rows(results: list[Results]) -> list[list[str]]:
    """One row a notebook that has a headline: its number, the figure, and the base rate beside it."""
    rows = []
    for one in results:
        if one.headline is not None:
            record = one.headline
            rows.append([one.notebook[:2], record["name"], record_text(record), beside_text(one.base_rate)])
    return rows


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
        columns = [spoken(column) for column in table["columns"]]
        rows = [[spoken(cell) if isinstance(cell, str) else cell for cell in row] for row in table["rows"]]
        parts.append(f"**{name[:1].upper()}{name[1:]}**\n\n{markdown_table(columns, rows)}")
    parts += [f"![{figure['alt']}]({figure['file']})" for figure in results.payload["figures"]]
    return "\n\n".join(parts)


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
        if standings[notebook.slug][0] == "finished" and path.exists():
            found[notebook.slug] = load_results(path)
    parts = [
        f"# Results on {folder.name}",
        "Every number below comes from `results/*.json` in this folder; nothing here is typed by hand.",
    ]
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
        said = "Its last run failed." if state == "failed" else "It has not been run, or not since it changed."
        parts.append(f"## {notebook.number} {notebook.title}\n\n*{notebook.question}*\n\n{said}")
    provenances = [results.payload["provenance"] for results in found.values()]
    if provenances:
        named = {
            key: dict.fromkeys(str(p[key]) for p in provenances if p.get(key) is not None) for key in provenances[0]
        }
        rows = [[key, "; ".join(values) or "none"] for key, values in named.items()]
        parts.append("## Provenance\n\n" + markdown_table(["what", "value"], rows))
    return "\n\n".join(parts) + "\n"
