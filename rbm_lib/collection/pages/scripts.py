"""The library's scripts, each bundled from modules into one text, whose hash is in the page's policy.

Every page runs `site_script` (copy, enlarge, search field, menu); the search page runs `search_script`.
"""

import functools
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "assets" / "site"
# Modules, each after its dependencies; the last one starts the script.
SITE = ("dom", "copy", "enlarge", "find", "menu", "scrolling", "boot")
SEARCH = ("dom", "menu", "results", "search")
COMMENT = re.compile(r"^\s*(?:/\*\*.*?\*/|//[^\n]*)\n", re.DOTALL | re.MULTILINE)
IMPORT = re.compile(r'^import (\{[^}]*\}) from "\.{1,2}/(?:\w+/)?(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:class|function|const) (\w+))", re.MULTILINE)


def as_function(folder: Path, name: str) -> str:
    """A module as an immediately invoked function: `const module_a = (() => { ...; return { a }; })();`.

    Args:
        folder: of the modules.
        name: of the file, without suffix.
    """
    source = COMMENT.sub("", (folder / f"{name}.js").read_text(encoding="utf-8"))
    exported = EXPORT.findall(source)
    source = IMPORT.sub(r"const \1 = module_\2;", EXPORT.sub("", source)).strip()
    return f"const module_{name} = (() => {{\n{source}\nreturn {{ {', '.join(exported)} }};\n}})();\n"


@functools.cache
def site_script() -> str:
    """The script of every page, exactly the text between its tags."""
    return "".join(as_function(FOLDER, name) for name in SITE)


@functools.cache
def search_script() -> str:
    """The script of the search page, exactly the text between its tags."""
    return "".join(as_function(FOLDER, name) for name in SEARCH)
