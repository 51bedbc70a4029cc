"""Small notebooks for tests."""

import json
from pathlib import Path

PARAMETERS = 'DATASET: str = "planted"\nPROFILE: str = "quick"\nSEED: int = 7'


def make_notebook(
    path: Path,
    *code: str,
    title: str | None = None,
    reads: str = "",
    parameters: str | None = PARAMETERS,
    kernel="python3",
) -> Path:
    """Write a notebook: title cell, parameters cell (None: left out), then code cells (`M:` starts a Markdown one)."""
    question = f"What does {path.stem} say?"
    title = (
        title or f"# About {path.stem}\n\n{question}\n\n**Reads:** {reads or 'nothing'}\n**Writes:** `{path.stem}`\n"
    )
    cells = [{"cell_type": "markdown", "source": title, "metadata": {}}]
    if parameters is not None:
        cells.append({"cell_type": "code", "source": parameters, "metadata": {"tags": ["parameters"]}})
    for source in code:
        markdown = source.startswith("M:")
        kind = "markdown" if markdown else "code"
        cells.append({"cell_type": kind, "source": source.removeprefix("M:"), "metadata": {}})
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    metadata = {
        "kernelspec": {"name": kernel, "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path


def reporting(slug: str, body: str = "value = 0.5", after: str = "") -> tuple[str, ...]:
    """Code cells that record `value` and write a results file."""
    return (
        "from rbm_lib.collection import open_report, read_results\n\n"
        f'report = open_report("{slug}", dataset=DATASET, profile=PROFILE, seed=SEED)',
        body,
        'report.record("coin toss", 0.5, unit="share")\n'
        'report.record("value", value, unit="share", base_rate="coin toss")\n'
        'report.headline("value")\n'
        'report.conclude(f"It is {value:.1%}.")\n'
        "report.write()",
        *([after] if after else []),
    )


def said(capsys):
    """What was printed: lines of the output, text of the error stream."""
    out = capsys.readouterr()
    return out.out.splitlines(), out.err
