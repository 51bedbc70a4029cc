"""Ids that differ only in case, zeros or blanks: named in notes, and merged if the options say so."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence

from .faults import counted, shown

BETWEEN = "\x00"  # no id contains it, see `ids.clean`; all ids are folded at once, twenty times faster
_ZEROS = re.compile(r"(?:(?<=\x00)|\A)(-?)0+(?=[0-9]+(?:\.0+)?(?:\x00|\Z))|(?<=[0-9])\.0+(?=\x00|\Z)")
_BLANKS = re.compile(r"[\s\u200b-\u200d]+")

FOLDS: dict[str, Callable[[str], str]] = {
    "case": str.casefold,
    "zeros": lambda joined: _ZEROS.sub(r"\1", joined),
    "blanks": lambda joined: _BLANKS.sub("", unicodedata.normalize("NFKC", joined)),
}
IN_WORDS = {
    "case": "in case",
    "zeros": "in zeros before or after them",
    "blanks": "in blanks or forms of characters",
}


def folded(texts: Sequence[str], kind: str) -> list[str]:
    """Texts without the differences that a kind of `FOLDS` removes."""
    return FOLDS[kind](BETWEEN.join(texts)).split(BETWEEN)


def merged(texts: list[str], merge: Sequence[str], role: str) -> tuple[list[str], list[str]]:
    """Texts that are equal under the folds of `merge` become the first of them.

    Args:
        texts: distinct or not.
        merge: kinds of `FOLDS`.
        role: "user" or "item", for the note.
    Returns:
        texts: of the same number.
        notes: how many were merged.
    """
    if not merge:
        return texts, []
    keys: Sequence[str] = texts
    for kind in merge:
        keys = folded(keys, kind)
    first: dict[str, str] = {}
    found = [first.setdefault(key, text) for key, text in zip(keys, texts, strict=True)]
    joined = len(set(texts)) - len(set(found))
    alone = " or ".join(IN_WORDS[kind] for kind in merge)
    said = f"{counted(joined, f'{role} id')} became one with another that differs {alone} alone"
    return found, [said] if joined else []


def alike(texts: list[str], role: str, merge: Sequence[str]) -> list[str]:
    """A note on distinct texts that differ only by one kind of `FOLDS`."""
    notes = []
    for kind in FOLDS:
        keys = folded(texts, kind)
        if kind in merge or len(set(keys)) == len(texts):
            continue
        groups = defaultdict(list)
        for key, text in zip(keys, texts, strict=True):
            groups[key].append(text)
        several = [group for group in groups.values() if len(group) > 1]
        number = sum(map(len, several))
        pair = " and ".join(map(shown, several[0][:2]))
        said = f"{counted(number, f'{role} id')} differ from another {IN_WORDS[kind]} alone, as {pair}"
        notes.append(f"{said}; merge={kind!r} makes them one")
    return notes
