"""The names in the written reference and their addresses, read from its pages so that no link is dead."""

import re
from pathlib import Path

from .names import PACKAGE

SECTION = re.compile(r'<section class="(?:name|member)" id="([\w.]+)">')


def documented_names(folder: Path) -> dict[str, str]:
    """The address of every name with a section on a page.

    Args:
        folder: of the pages, such as `places.docs_folder()`; it may be missing.
    Returns:
        addresses: relative to the folder, by public name: `rbm_lib.RBM.fit` is at `index.html#RBM.fit`; a package is at
            its page.
    """
    found = {}
    for path in sorted(folder.glob("*.html")):
        face = PACKAGE if path.stem == "index" else f"{PACKAGE}.{path.stem}"
        found[face] = path.name
        for name in SECTION.findall(path.read_text(encoding="utf-8")):
            found[f"{face}.{name}"] = f"{path.name}#{name}"
    return found
