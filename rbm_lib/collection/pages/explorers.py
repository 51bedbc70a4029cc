"""What a reader can move in pages: its script, as one text that a policy can name, and the state of each, as JSON.

There are two kinds: the explorer, in which films are rated, and learning, to be watched on a tiny machine. A cell's
output carries the state as JSON beside a static table. The page keeps the table; at its end it adds the state and the
library's own script, which puts the moving part in the table's place. Nothing of a notebook is run.
"""

import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from .checks import PageError

FOLDER = Path(__file__).resolve().parent / "assets" / "explorer"
BOOT = "boot"  # for pages: puts each part in the place of its table
COMMENT = re.compile(r"^\s*(?:/\*\*.*?\*/|//[^\n]*)\n", re.DOTALL | re.MULTILINE)
IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:class|function|const) (\w+))", re.MULTILINE)


@dataclass(frozen=True)
class Kind:
    """One kind of part that a reader can move.

    Attributes:
        mime: of the output of a cell that carries its state.
        modules: of its script, in the order in which they need each other; the last has `render({model, el})`.
        needs: what its state holds.
        said: what it is called in an error.
    """

    mime: str
    modules: tuple[str, ...]
    needs: frozenset[str]
    said: str


KINDS = {
    "explorer": Kind(
        "application/vnd.rbm-lib.explorer+json",
        ("elements", "decode", "machine", "search", "rated", "units", "explain", "chain", "links", "view"),
        frozenset({"bundle", "ratings"}),
        "an explorer",
    ),
    "learning": Kind(
        "application/vnd.rbm-lib.learning+json",
        ("elements", "tiny", "curves", "portrait", "learning"),
        frozenset({"bundle"}),
        "a learning machine",
    ),
}
EXPLORER_MIME, LEARNING_MIME = KINDS["explorer"].mime, KINDS["learning"].mime


class State(NamedTuple):
    """A part of a page: its name there, which begins with its kind, and its state as JSON."""

    name: str
    text: str

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self.name.split("-")[0]


def _as_function(name: str) -> str:
    """A module as a function that is called once: `const machine = (() => { ...; return { Machine }; })();`."""
    source = COMMENT.sub("", (FOLDER / f"{name}.js").read_text(encoding="utf-8"))
    exported = EXPORT.findall(source)
    source = IMPORT.sub(r"const \1 = module_\2;", EXPORT.sub("", source)).strip()
    return f"const module_{name} = (() => {{\n{source}\nreturn {{ {', '.join(exported)} }};\n}})();\n"


@functools.cache
def explorer_module(kind: str = "explorer") -> str:
    """One kind as one ES module, its default export with anywidget's `render({model, el})`."""
    modules = KINDS[kind].modules
    return "".join(map(_as_function, modules)) + f"export default {{ render: module_{modules[-1]}.render }};\n"


@functools.cache
def explorer_script(*kinds: str) -> str:
    """The script of a page with parts of these kinds, the explorer if none is named: the very text between its tags."""
    chosen = {kind: KINDS[kind].modules for kind in sorted(kinds or ("explorer",))}
    modules = dict.fromkeys(name for names in chosen.values() for name in (*names, BOOT))
    renders = ", ".join(f"{kind}: module_{names[-1]}.render" for kind, names in chosen.items())
    return "".join(map(_as_function, modules)) + f"module_{BOOT}.boot({{ {renders} }});\n"


@functools.cache
def explorer_style(*kinds: str) -> str:
    """The style sheet of these kinds, the explorer's if none is named, without its comments."""
    names = ("common", *sorted(kinds or ("explorer",)))
    css = "".join((FOLDER / f"{name}.css").read_text(encoding="utf-8") for name in names)
    return re.sub(r"\n\s*", "\n", re.sub(r"/\*.*?\*/\n?", "", css, flags=re.DOTALL))


def state_text(state: dict[str, Any]) -> str:
    """A state as JSON that can stand inside a script element: no `<` in it.

    Args:
        state: as `rbm_lib.collection.explorer.Explorer.state`.
    """
    text = json.dumps(state, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def kinds_of(states: Sequence[State]) -> tuple[str, ...]:
    """The kinds that a page holds, each once, in the order of the alphabet."""
    return tuple(sorted({state.kind for state in states}))


def take_explorers(notebook: Any) -> list[State]:
    """Numbers what can be moved among a notebook's outputs; the template gives the tables these names.

    Args:
        notebook: executed notebook (nbformat node); metadata of its outputs is set, and whatever said `rbm_lib` there.
    Returns:
        states: one for each, called `explorer-1`, `learning-2`, ... in the order of the page.
    Raises:
        PageError: for an output that is no state, or has no table for readers without scripts.
    """
    states: list[State] = []
    outputs = [(cell, output) for cell in notebook.cells for output in cell.get("outputs", [])]
    for cell, output in outputs:
        data = output.get("data", {})
        kind = next((name for name, kind in KINDS.items() if kind.mime in data), None)
        if kind is None:
            continue
        about, state, where = KINDS[kind], data[KINDS[kind].mime], f"cell [{cell.get('execution_count')}]"
        if not isinstance(state, dict) or not about.needs <= state.keys():
            wanted = " and ".join(sorted(about.needs))
            raise PageError(f"{where}: expected {about.said}'s {wanted}, found {type(state).__name__}")
        if "text/html" not in data:
            raise PageError(f"{where}: {about.said} without a table for readers without scripts")
        states.append(State(f"{kind}-{len(states) + 1}", state_text(dict(state))))
        output.metadata["rbm_lib"] = states[-1].name
    return states
