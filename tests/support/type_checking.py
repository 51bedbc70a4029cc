"""mypy on files of a test's own, beginning with what `make lint` has found out about the library."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINTED = ROOT / "build" / "mypy"  # the cache that pyproject.toml names
STRICT = "# mypy: disallow-subclassing-any, disallow-untyped-decorators, warn-return-any\n"  # not asked of the library


def mypy_on(folder, *files):
    """What mypy says of files in a folder, by the project's settings: an ended process.

    With other settings than those of `make lint`, or without its cache, the whole library is checked anew, which takes
    half a minute of a processor. The cache is copied: no two processes write to one.
    """
    cache = folder / "cache"
    if LINTED.exists():
        shutil.copytree(LINTED, cache)
    command = [sys.executable, "-m", "mypy", f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={cache}", *files]
    environment = os.environ | {"MYPYPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
