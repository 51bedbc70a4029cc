"""The library's own scripts, each as one text that a page's policy can name: modules put together, no build.

A page runs `site_script` (copy, enlarge, search field, menu), the page of the search `search_script`.
"""

import functools
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "assets" / "site"
# Modules in the order in which they need each other; the last of each script is its beginning.
SITE = ("dom", "copy", "enlarge", "find", "menu", "scrolling", "boot")
SEARCH = ("dom", "menu", "results", "search")
COMMENT = re.compile(r"^\s*(?:/\*\*.*?\*/|//[^\n]*)\n", re.DOTALL | re.MULTILINE)
IMPORT = re.compile(r'^import (\{[^}]*\}) from "\.{1,2}/(?:\w+/)?(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:class|function|const) (\w+))", re.MULTILINE)


def as_function(folder: Path, name: str) -> str:
    """A module as a function that is called once: `const module_a = (() => { ...; return { a }; })();`.

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
    """The script of every page, the very text between its tags."""
    return "".join(as_function(FOLDER, name) for name in SITE)


@functools.cache
def search_script() -> str:
    """The script of the search, the very text between its tags."""
    return "".join(as_function(FOLDER, name) for name in SEARCH)
