"""The citation of a page, as text and as BibTeX, from the collection's CITATION.cff."""

import re
from pathlib import Path
from typing import Any

from rbm_lib.collection.results import Notebook

from .. import places

SPECIAL = re.compile(r"[\\{}&%$#_^~]")


def citation_file() -> Path | None:
    """Path of the checkout's CITATION.cff, None if there is none (in an installed package)."""
    path = places.REPOSITORY / "CITATION.cff" if places.REPOSITORY is not None else None
    return path if path is not None and path.is_file() else None


def read_citation(path: Path | None) -> dict[str, Any]:
    """The content of the file; empty if there is no file or a required field is missing."""
    if path is None:
        return {}
    import yaml

    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    needed = {"title", "version", "date-released", "authors"}
    return said if isinstance(said, dict) and needed <= said.keys() else {}


def _author(one: dict[str, str]) -> str:
    return one.get("name") or f"{one.get('given-names', '')} {one.get('family-names', '')}".strip()


def citation(said: dict[str, Any], notebook: Notebook) -> dict[str, str]:
    """A notebook's citation for the template.

    Args:
        said: result of `read_citation`.
        notebook: the notebook to cite.
    Returns:
        shown: `words`, a sentence, and `bibtex`; empty if `said` is.
    """
    if not said:
        return {}
    authors = [_author(one) for one in said["authors"]]
    year, part = str(said["date-released"])[:4], f"Notebook {notebook.number}, “{notebook.title}”"
    words = f"{', '.join(authors)} ({year}). {said['title']}, version {said['version']}. {part}."
    fields = {
        "author": " and ".join(f"{{{_escaped(author)}}}" for author in authors),
        "title": f"{{{_escaped(said['title'])}}}",
        "version": said["version"],
        "year": year,
        "note": _escaped(f"Notebook {notebook.number}, {notebook.title}"),
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return {"words": words, "bibtex": f"@software{{boltzmann-{notebook.slug},\n{lines}}}"}


def _escaped(text: str) -> str:
    return SPECIAL.sub(lambda sign: f"\\{sign[0]}", text)
