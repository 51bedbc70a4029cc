"""What `--list` says: the state of every notebook, and how many words its page has to read."""

from collections.abc import Sequence
from pathlib import Path

from rbm_lib.collection.results import Notebook

STATES = {"finished": "fresh", "stale": "would run", "failed": "would run"}
MOST_WORDS = 20_000  # on all pages together, code and tables included: an evening's reading


def listing(folder: Path, standings: Sequence[tuple[Notebook, str, str]]) -> list[str]:
    """A line for every notebook, and one for all pages together.

    Args:
        folder: the report folder, with the pages that there are.
        standings: each notebook with its state and the reason for it.
    Returns:
        lines: state, words on the page, question; the last line is left out where there is no page.
    """
    width = max(len(notebook.slug) for notebook, _, _ in standings)
    words = {notebook.slug: page_words(folder / f"{notebook.slug}.html") for notebook, _, _ in standings}
    lines = []
    for notebook, state, why in standings:
        there = f"{words[notebook.slug]:>6,}" if words[notebook.slug] else "     –"
        note = f"  ({why})" if why else ""
        lines.append(f"{notebook.slug:<{width}}  {STATES[state]:<9}  {there}  {notebook.question}{note}")
    total, pages = sum(words.values()), sum(map(bool, words.values()))
    over = f", more than the {MOST_WORDS:,} of an evening" if total > MOST_WORDS else ""
    return [*lines, f"{total:,} words to read on {pages} pages{over}"] if pages else lines


def page_words(page: Path) -> int:
    """The words that a page has to read, 0 if it is not there."""
    from rbm_lib.collection.pages import reader_words

    return reader_words(page.read_text(encoding="utf-8")) if page.is_file() else 0
