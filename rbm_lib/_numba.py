"""Discards numba's cached files when any source that they were compiled from has changed.

Numba checks a function's own file only. Loops here call loops, and read constants, of other files.
"""

import contextlib
import hashlib
import os
from pathlib import Path

# What the compiler may assume of floats: sums may be reordered and fused. Infinities and NaN may NOT be excluded: with
# the full `fastmath`, the sigmoid of a large input was NaN.
FLAGS = {"reassoc", "contract", "nsz", "arcp"}
# Division as in NumPy: Python's check for a zero divisor is an exit from the loop, and the compiler vectorises no loop
# with an exit. The sigmoid took seven times as long with it.
PLAIN = {"nogil": True, "cache": True}  # loops without float arithmetic
OPTIONS = PLAIN | {"fastmath": FLAGS, "error_model": "numpy"}

FOLDERS = ("draws", "sparse")  # where the compiled loops and their constants are


def discard_stale_loops(library: str | os.PathLike[str] | None = None) -> int:
    """Removes cached compiled loops from the folders' `__pycache__` unless they match the current sources.

    Args:
        library: the package's folder; default this one. A folder without write access is left as it is.
    Returns:
        discarded: int, files removed.
    """
    library = Path(library or Path(__file__).parent)
    inside = (path for folder in FOLDERS for path in sorted((library / folder).rglob("*.py")))
    sources = [library / "_numba.py", *inside]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources if path.exists())).hexdigest()
    discarded = 0
    for folder in (inner for name in FOLDERS for inner in _with_folders_inside(library / name)):
        cache = folder / "__pycache__"
        note = cache / "loops.sha256"
        with contextlib.suppress(OSError):
            if note.exists() and note.read_text() == digest:
                continue
            for compiled in cache.glob("*.nb[ic]"):
                compiled.unlink(missing_ok=True)
                discarded += 1
            cache.mkdir(exist_ok=True)
            note.write_text(digest)
    return discarded


def _with_folders_inside(folder: Path) -> list[Path]:
    """The folder and its subfolders that hold sources."""
    return [folder, *sorted({path.parent for path in folder.rglob("*.py")} - {folder})]


discard_stale_loops()  # before the first compiled loop is loaded: every file that compiles imports `OPTIONS` from here
