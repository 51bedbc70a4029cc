"""Names from a data set, shown as typed: titles and ids are arbitrary text, and none of it may become markup.

All data is shown through this file: `typed` for a sentence (Markdown), `styled` for a table (HTML), `one_line` for a
label, which is neither.
"""

from __future__ import annotations

import html
import re
import unicodedata
from numbers import Number
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

# Characters with a special meaning in Markdown or HTML, here, in Jupyter and on GitHub.
MARKUP = re.compile(
    r"[\\`*_{}\[\]<>$~|^@]|&(?=#|\w)|:(?=//|\w+:)|(?<=www)\.|\bn(?=an\b)"
    r"|\A(?:[#+.\-=!:]|\d+[.)]|\s+)|[^\S ]|(?<= ) "  # what begins a block, and blanks that Markdown would drop
)
OPENS, CLOSES, ISOLATE = "\u2066\u2067\u2068", "\u2069", "\u2068"  # isolates of text with its own direction
# Columns of users' text. In other columns a text with underscores is a key, shown as words.
TYPED_COLUMNS = frozenset((
    "user_id", "item_id", "user", "item", "title", "genres", "group", "film", "films",
    "Your ratings", "A made-up newcomer's ratings", "likes more than other samples do", "likes less", "what is said",
))  # fmt: skip


def visible(text: str) -> str:
    """A text in which control characters, except line ends and tabs, are replaced by visible symbols."""
    return "".join(_picture(letter) if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in text)


def _picture(letter: str) -> str:
    code = ord(letter)
    if letter in "\n\t":
        return letter
    return chr(0x2400 + code) if code < 32 else "␡" if code == 127 else "\ufffd"


def one_line(text: object) -> str:
    """A text on one line, without control characters and runs of blanks: for a label, or a terminal.

    Args:
        text: anything; a text is taken unchanged, other values as `str` writes them.
    """
    return " ".join(visible(str(text)).split())


def isolated(text: str) -> str:
    """A text whose direction does not affect the text beside it."""
    turns = {"R", "AL", "RLE", "LRE", "RLO", "LRO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    if not any(unicodedata.bidirectional(letter) in turns for letter in text):
        return text
    depth = lacking = 0
    for letter in text:
        if letter in OPENS:
            depth += 1
        elif letter == CLOSES:
            depth, lacking = (depth - 1, lacking) if depth else (0, lacking + 1)
    return ISOLATE * (lacking + 1) + text + CLOSES * (depth + 1)


def typed(value: object) -> str:
    """A value as Markdown that shows it as typed: no markup, no formula, no link.

    Args:
        value: a title, an id, a message with either in it; other values are taken as `str` writes them.
    Returns:
        markdown: the text itself wherever that is safe, character references in place of the rest.
    """
    return MARKUP.sub(lambda found: "".join(map(_reference, found[0])), isolated(visible(str(value))))


def _reference(letter: str) -> str:
    return letter if letter in "0123456789" else f"&#{ord(letter)};"


def styled(frame: pd.DataFrame) -> Styler:
    """A table whose texts, labels and names included, are shown as typed; pandas' own `style` escapes nothing.

    Args:
        frame: DataFrame.
    Returns:
        style: pandas `Styler` of an escaped copy, to be formatted as usual.
    """
    safe = frame.copy()
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        if column.dtype.kind not in "biufcmM":
            safe.isetitem(place, [in_html(value) for value in column])
    safe.index, safe.columns = _labels(frame.index), _labels(frame.columns)
    return safe.style


def in_html(value: Any) -> Any:
    """A cell of a table: a text escaped, a number unchanged."""
    if value is None or isinstance(value, Number) or hasattr(value, "isoformat") or type(value).__name__ == "NAType":
        return value
    return html.escape(visible(str(value)), quote=False)


def _labels(index: Any) -> Any:
    import pandas as pd

    names = [in_html(name) for name in index.names]
    if isinstance(index, pd.MultiIndex):
        return pd.MultiIndex.from_tuples([tuple(map(in_html, labels)) for labels in index], names=names)
    if index.dtype.kind in "biufmM":
        return index.rename(names[0])
    return pd.Index([in_html(label) for label in index], name=names[0], tupleize_cols=False)
