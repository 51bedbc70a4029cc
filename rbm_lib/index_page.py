"""The index: every notebook with its question, its headline beside the base rate, its answer and its provenance."""

import base64
import io
from pathlib import Path

from rbm_lib.freshness import Ledger, RunRecord
from rbm_lib.notebooks import Notebook
from rbm_lib.pages import facts_of, headline_of, markdown, read_or_none, style_for, templates
from rbm_lib.provenance import commit, versions
from rbm_lib.results_files import Results
from rbm_lib.wording import format_duration

THUMBNAIL_WIDTH = 704  # pixels: twice what the card shows


def thumbnail(path: Path) -> str:
    """A figure made small, as a `data:` address; empty if the file is missing."""
    if not path.is_file():
        return ""
    from PIL import Image

    with Image.open(path) as image:
        small = image.convert("RGB")
        small.thumbnail((THUMBNAIL_WIDTH, THUMBNAIL_WIDTH), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        small.save(buffer, "WEBP", quality=84, method=6)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def card_of(ledger: Ledger, notebook: Notebook, standing: tuple[str, str]) -> dict:
    """What the index shows of one notebook; numbers only if its last run finished and still holds."""
    state, note = standing
    finished = state == "finished"
    results = read_or_none(ledger.results_path(notebook.slug)) if finished else None
    record = ledger.record(notebook.slug)
    linked = finished and (ledger.folder / f"{notebook.slug}.html").exists()
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
        "thumbnail": thumbnail(ledger.folder / figure["file"]) if figure else "",
        "alt": figure["alt"] if figure else "",
        "note": why.get(state, "" if linked else "Its page could not be drawn."),
        "facts": facts_of(results, record) if finished and record else [],
        "summary": summary_of(results, record) if finished and record else "",
    }


def summary_of(results: Results | None, record: RunRecord) -> str:
    """Provenance in a line: seed, commit, run time."""
    provenance = results.payload["provenance"] if results else {}
    words = [f"{name} {provenance[name]}" for name in ("seed", "commit") if provenance.get(name) is not None]
    return " · ".join([*words, f"ran in {format_duration(record.seconds)}"])


def index_html(ledger: Ledger, notebooks: list[Notebook], standings: dict[str, tuple[str, str]]) -> str:
    """The index page.

    Args:
        ledger: of the report folder.
        notebooks: in reading order.
        standings: by name: (`finished`, ``), (`failed`, error) or (`stale`, why).
    Returns:
        html: the whole page, thumbnails included.
    """
    cards = [card_of(ledger, notebook, standings[notebook.slug]) for notebook in notebooks]
    missing = [card["number"] for card in cards if card["state"] != "finished"]
    trouble = f"Without a result: notebook {', '.join(missing)}. What stands below is not complete." if missing else ""
    records = [ledger.record(notebook.slug) for notebook in notebooks]
    seconds = sum(record.seconds for record in records if record and record.state == "finished")
    facts = [
        ("data set", ledger.shared["dataset"]),
        ("profile", ledger.profile),
        *versions().items(),
        ("commit", commit()),
        ("data fingerprint", ledger.shared["data"][:16]),
        ("notebooks took", f"{format_duration(seconds)} in all"),
    ]
    shown = "".join(card["title_html"] + card["question_html"] + card["answer"] for card in cards)
    run = f"{ledger.shared['dataset']} · {ledger.profile} profile"
    template = templates().get_template("index.html.j2")
    return template.render(style=style_for(shown), cards=cards, trouble=trouble, run=run, facts=facts)
