"""Keeps numba's files on disk honest: a compiled loop is recompiled when any of the sources it was made from changes.

Numba looks at a function's own file only; loops here call loops, and read constants, of other files.
"""

import contextlib
import hashlib
from pathlib import Path

SOURCES = ("draw_layout.py", "kernel_basics.py", "sparse_kernels.py", "prediction_kernels.py")


def discard_stale_kernels(folder=None):
    """Removes compiled loops from `__pycache__` unless they were made from the sources as they are now.

    Args:
        folder: where the sources lie; default this package's. A folder that cannot be written to is left alone.
    Returns:
        discarded: int, files removed.
    """
    folder = Path(folder or Path(__file__).parent)
    cache = folder / "__pycache__"
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in SOURCES)).hexdigest()
    note, discarded = cache / "kernels.sha256", 0
    with contextlib.suppress(OSError):
        if note.exists() and note.read_text() == digest:
            return 0
        for source in SOURCES:
            for compiled in cache.glob(f"{source.removesuffix('.py')}.*.nb[ic]"):
                compiled.unlink(missing_ok=True)
                discarded += 1
        cache.mkdir(exist_ok=True)
        note.write_text(digest)
    return discarded
