"""Discards numba's files on disk when any of the sources they were compiled from changes.

Numba itself looks at a function's own file only. Loops here call loops, and read constants, of other files.
"""

import contextlib
import hashlib
import os
from pathlib import Path

# What may be assumed of floats: sums may be reordered and fused. Infinities and NaN may NOT be assumed away: with the
# full `fastmath` the sigmoid of a large input came out as NaN.
FLAGS = {"reassoc", "contract", "nsz", "arcp"}
# Division as NumPy divides: Python's check for a zero divisor is a way out of the loop, and no loop with one becomes
# vector instructions. The sigmoid took seven times as long with it.
PLAIN = {"nogil": True, "cache": True}  # loops without float arithmetic
OPTIONS = PLAIN | {"fastmath": FLAGS, "error_model": "numpy"}

FOLDERS = ("draws", "sparse")  # where the compiled loops and their constants are


def discard_stale_loops(library: str | os.PathLike[str] | None = None) -> int:
    """Removes compiled loops from the folders' `__pycache__` unless they were made from the sources as they are now.

    Args:
        library: the package's folder; default this one. A folder that cannot be written to is left alone.
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
    """The folder, and those inside it that hold sources."""
    return [folder, *sorted({path.parent for path in folder.rglob("*.py")} - {folder})]


discard_stale_loops()  # before the first compiled loop is looked up: whoever compiles imports `OPTIONS` from here
