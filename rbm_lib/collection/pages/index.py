"""The index page: a card per notebook, with question, headline, base rate, answer and provenance."""

import base64
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rbm_lib.collection.results import Notebook, Results, RunRecord, commit, format_duration, versions

from .quick import quick_note
from .renderer import facts_of, headline_of, listed, markdown, read_or_none
from .scripts import site_script
from .templates import fill, style_for

MOST_PIXELS = 50_000_000  # of a figure; larger ones are not opened
MOVABLE = re.compile(r'id="((explorer|widget)-\d+)-state">(.*?)</script>', re.DOTALL)
TO_MOVE = {  # by kind: title and question on the index
    "explorer": ("Rate films", "What does the machine make of your ratings, and why?"),
    "learning": ("Watch a machine learn", "What happens to it when you move its weights yourself?"),
    "repairs": ("Switch the repairs", "Which of the article's seven rules lean on each other?"),
    "chains": ("Turn k", "What does a longer chain mend, and what does it cost?"),
}
THUMBNAIL_WIDTH = 704  # pixels, twice the width on the card


@dataclass(frozen=True)
class ReportFacts:
    """Facts on a whole report, for the index.

    Attributes:
        folder: the report folder, with `results/`, `figures/` and the pages.
        dataset, profile: of the notebooks' runs.
        fingerprint: content hash of the data set.
        records: record of each notebook's last run, by notebook name; None if it never ran.
        standings: state by notebook name: (`finished`, ``), (`failed`, error) or (`stale`, reason).
        reference: address of the API reference, empty if it does not exist.
        glossary: address of the glossary, empty if there is none.
    """

    folder: Path
    dataset: str
    profile: str
    fingerprint: str
    records: dict[str, RunRecord | None]
    standings: dict[str, tuple[str, str]]
    reference: str = ""
    glossary: str = ""


def thumbnail(path: Path) -> str:
    """A small copy of a figure, as a `data:` address; empty if the file is missing, not a PNG, or too large."""
    if not path.is_file():
        return ""
    from PIL import Image

    buffer = io.BytesIO()
    try:
        with Image.open(path, formats=["PNG"]) as image:
            if image.width * image.height > MOST_PIXELS:
                return ""
            small = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    small.thumbnail((THUMBNAIL_WIDTH, THUMBNAIL_WIDTH), Image.Resampling.LANCZOS)
    small.save(buffer, "WEBP", quality=84, method=6)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def card_of(report: ReportFacts, notebook: Notebook) -> dict[str, Any]:
    """The content of a notebook's card; numbers only if its last run finished and is up to date."""
    state, note = report.standings[notebook.slug]
    finished = state == "finished"
    results = read_or_none(report.folder / "results" / f"{notebook.slug}.json") if finished else None
    record = report.records[notebook.slug]
    linked = finished and (report.folder / f"{notebook.slug}.html").exists()
    figure = results.payload["figures"][0] if results and results.payload["figures"] else None
    why = {"failed": note, "stale": "Not run yet." if note == "never run" else f"Not up to date ({note})."}
    return {
        "slug": notebook.slug,
        "number": notebook.number,
        "state": state,
        "badge": {"failed": "failed", "stale": "no result"}.get(state, ""),
        "linked": linked,
        "title_html": markdown(notebook.title, inline=True),
        "question_html": markdown(notebook.question, inline=True),
        "headline": headline_of(results),
        "answer": markdown(results.answer) if results else "",
        "thumbnail": thumbnail(report.folder / figure["file"]) if figure else "",
        "alt": figure["alt"] if figure else "",
        "note": why.get(state, "" if linked else "Its page could not be drawn."),
        "facts": facts_of(results, record) if finished and record else [],
        "summary": summary_of(results, record) if finished and record else "",
    }


def movable_parts(report: ReportFacts, notebooks: list[Notebook]) -> list[dict[str, str]]:
    """The explorers and widgets on the pages: title, question, number of the notebook, address."""
    found = []
    for notebook in notebooks:
        page = report.folder / f"{notebook.slug}.html"
        if report.standings[notebook.slug][0] != "finished" or not page.is_file():
            continue
        for name, sort, state in MOVABLE.findall(page.read_text(encoding="utf-8")):
            kind = sort if sort == "explorer" else json.loads(state)["kind"]
            if kind in TO_MOVE:
                title, question = TO_MOVE[kind]
                part = {"title": title, "question": question, "number": notebook.number}
                found.append(part | {"href": f"{page.name}#{name}"})
    return found


def summary_of(results: Results | None, record: RunRecord) -> str:
    """Provenance on one line: seed, commit, run time."""
    provenance = results.payload["provenance"] if results else {}
    words = [f"{name} {provenance[name]}" for name in ("seed", "commit") if provenance.get(name) is not None]
    return " · ".join([*words, f"ran in {format_duration(record.seconds)}"])


def index_html(report: ReportFacts, notebooks: list[Notebook]) -> str:
    """The index page.

    Args:
        report: facts on the report.
        notebooks: in reading order.
    Returns:
        html: the whole page, with thumbnails.
    """
    cards = [card_of(report, notebook) for notebook in notebooks]
    missing = [card["number"] for card in cards if card["state"] != "finished"]
    trouble = f"Without a result: notebook {', '.join(missing)}. What stands below is not complete." if missing else ""
    records = report.records.values()
    seconds = sum(record.seconds for record in records if record and record.state == "finished")
    facts = [
        ("data set", report.dataset),
        ("profile", report.profile),
        *versions().items(),
        ("commit", commit()),
        ("data fingerprint", report.fingerprint[:16]),
        ("notebooks took", f"{format_duration(seconds)} in all"),
    ]
    shown = "".join(card["title_html"] + card["question_html"] + card["answer"] for card in cards)
    run = f"{report.dataset} · {report.profile} profile"
    content: dict[str, Any] = {"cards": cards, "trouble": trouble, "run": run, "facts": facts}
    content |= {"reference": report.reference, "glossary": report.glossary}
    content |= {"quick_note": markdown(quick_note(report.dataset, report.profile))}
    content["movable"] = movable_parts(report, notebooks)
    return fill("index.html.j2", style_for(shown), scripts=[site_script()], notebooks=listed(notebooks), **content)
