"""The origin of a number: versions, seed, data and commit."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata
from typing import TYPE_CHECKING, Any

from ..places import REPOSITORY, dataset_slug

if TYPE_CHECKING:
    from rbm_lib.datasets import Dataset

# Distribution names tried in order: the first that is installed gives the version.
PACKAGES = {
    "tensorflow": ("tensorflow-cpu", "tensorflow"),
    "keras": ("keras",),
    "numpy": ("numpy",),
    "rbm_lib": ("rbm-lib",),
}
# The sources of a number. Reports and prose are left out: a run that writes them must not mark itself as changed.
SOURCES = ("rbm_lib", "notebooks", "pyproject.toml", "requirements.lock")


def version_of(*distributions: str) -> str:
    """Version of the first installed of some distributions, else `not installed`."""
    for name in distributions:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return "not installed"


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that the numbers depend on."""
    found = {name: version_of(*distributions) for name, distributions in PACKAGES.items()}
    return {"python": platform.python_version(), **found}


def commit() -> str:
    """Short commit of the checkout, `+changes` if its sources differ from it, `unknown` without a commit."""
    if REPOSITORY is None:  # an installed copy may be inside an unrelated repository
        return "unknown"

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(REPOSITORY), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()

    try:
        short = git("rev-parse", "--short=10", "HEAD")
        return short + ("+changes" if git("status", "--porcelain", "--", *SOURCES) else "")
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def provenance(
    *, seed: int | None = None, dataset: str | None = None, data: Dataset | str | None = None
) -> dict[str, Any]:
    """Everything needed to reproduce a number.

    Args:
        seed: root of the random numbers.
        dataset: the data set's name, or the path of a ratings file (only its name is kept).
        data: the loaded `Dataset` (its checksum is taken), a checksum, or None.
    Returns:
        provenance: versions, seed, dataset, data checksum and commit; no times, no host names.
    """
    checksum = data if isinstance(data, str) or data is None else data.checksum
    return {
        **versions(),
        "seed": seed,
        "dataset": dataset_slug(dataset) if dataset else None,
        "data checksum": checksum,
        "commit": commit(),
    }
