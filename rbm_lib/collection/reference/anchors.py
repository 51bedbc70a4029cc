"""The names that the written reference explains, and where: read from its pages, so that no link to them is dead."""

import re
from pathlib import Path

from .names import PACKAGE

SECTION = re.compile(r'<section class="(?:name|member)" id="([\w.]+)">')


def documented_names(folder: Path) -> dict[str, str]:
    """The address of every name that has a section on a page.

    Args:
        folder: of the pages, as `places.docs_folder()`; it may be missing.
    Returns:
        addresses: relative to the folder, by public name: `rbm_lib.RBM.fit` is at `index.html#RBM.fit`; a face is at
            its page.
    """
    found = {}
    for path in sorted(folder.glob("*.html")):
        face = PACKAGE if path.stem == "index" else f"{PACKAGE}.{path.stem}"
        found[face] = path.name
        for name in SECTION.findall(path.read_text(encoding="utf-8")):
            found[f"{face}.{name}"] = f"{path.name}#{name}"
    return found
