"""Paths of notebooks and report folders, and of the collection's checkout if the package is in one."""

import hashlib
import os
import re
import shlex
import sysconfig
from pathlib import Path

PROFILES = ("quick", "full")
RESERVED = ("quick", "bench", "docs")  # folders of the reports folder that are not named after a data set
AROUND = Path(__file__).resolve().parents[2]  # the folder that contains the package


class NoCheckoutError(ValueError):
    """A file of the collection's checkout is needed, but the package is not in a checkout."""


def checkout_at(folder: Path) -> Path | None:
    """`folder` if it is a checkout of this collection, else None.

    Args:
        folder: the folder that contains the package: the checkout, or `site-packages` for an installed package.
    Returns:
        checkout: `folder`, or None unless it holds `notebooks/` and the project's own `pyproject.toml`.
    """
    project = folder / "pyproject.toml"
    if not (folder / "notebooks").is_dir() or not project.is_file():
        return None
    return folder if 'name = "rbm-lib"' in project.read_text(encoding="utf-8").splitlines() else None


REPOSITORY = checkout_at(AROUND)


def in_checkout(name: str, way_out: str) -> Path:
    """The path of a file or folder of the checkout.

    Args:
        name: relative to the checkout.
        way_out: what to do without a checkout, for the end of the error.
    Returns:
        path: whether or not it exists.
    Raises:
        NoCheckoutError: in one line, if the package is not in a checkout.
    """
    if REPOSITORY is None:
        found = f"expected a checkout of the collection around the package, found an installed copy in {AROUND}"
        raise NoCheckoutError(f"{name}: {found}; clone the repository and work there, or {way_out}")
    return REPOSITORY / name


def reports_root() -> Path:
    """Folder of all reports: `$RBM_REPORTS_DIR`, else `reports/` of the checkout, else of the working folder.

    An installed package never contains reports: without a checkout they go to the working folder.
    """
    return Path(os.environ.get("RBM_REPORTS_DIR") or (REPOSITORY or Path()) / "reports").absolute()


def notebooks_root() -> Path:
    """Folder of the notebook sources: `$RBM_NOTEBOOKS_DIR`, else `notebooks/` of the checkout.

    Raises:
        NoCheckoutError: if there is neither.
    """
    own = os.environ.get("RBM_NOTEBOOKS_DIR")
    way_out = "name a folder of notebooks with --notebooks DIR or RBM_NOTEBOOKS_DIR"
    return Path(own or in_checkout("notebooks", way_out)).absolute()


def python_path() -> str:
    """`PYTHONPATH` for a new process that must find this package, whatever its working folder.

    Returns:
        paths: the folder that contains the package, then the current paths; only these if the package is installed.
    """
    installed = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    own = [] if AROUND in installed else [str(AROUND)]
    return os.pathsep.join([*own, *filter(None, [os.environ.get("PYTHONPATH")])])


def is_path(dataset: str) -> bool:
    """True if `dataset` names a table of ratings rather than a known set; see `rbm_lib.datasets.is_path`."""
    from rbm_lib import datasets

    return datasets.is_path(dataset)


def dataset_slug(dataset: str) -> str:
    """Folder name of a data set: its name; for a file, its name and a few digits that are unique to its path.

    Args:
        dataset: a data set's name, or the path of a ratings file.
    Returns:
        slug: lower-case letters, digits and dashes. Two files always have different slugs, even `/a/ratings.csv` and
            `/b/ratings.csv`; a file has one slug, however its path is written.
    Raises:
        ValueError: if the name has no usable character.
    """
    if is_path(dataset):
        path = os.path.realpath(Path(dataset).expanduser())
        digits = hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
        return "-".join(filter(None, [_slug(os.path.basename(path))[:60].strip("-"), digits]))
    slug = _slug(dataset)
    if not slug:
        raise ValueError(f"dataset: expected a name or the path of a ratings file, found {dataset!r}")
    return f"{slug}-data" if slug in RESERVED else slug


def _slug(name: str) -> str:
    """Latin letters and digits of a name in lower case, the rest as dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def check_profile(profile: str) -> str:
    """Return `profile` if it is a known one.

    Raises:
        ValueError: otherwise.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile: expected one of {', '.join(PROFILES)}, found {profile!r}")
    return profile


def report_folder(dataset: str, profile: str) -> Path:
    """Folder of one report: `reports/quick/<dataset>/`, or `reports/<dataset>/` for the full profile."""
    check_profile(profile)
    root = reports_root()
    return (root / "quick" if profile == "quick" else root) / dataset_slug(dataset)


def docs_folder() -> Path:
    """Folder of the API reference, `docs/` of the reports folder."""
    return reports_root() / "docs"


def bench_results() -> Path:
    """`bench/results.json` of the reports folder; if there is none, the one committed in the checkout, if any."""
    own = reports_root() / "bench" / "results.json"
    return own if own.exists() or REPOSITORY is None else REPOSITORY / "reports" / "bench" / "results.json"


def make_command(dataset: str, profile: str) -> str:
    """The command that makes the report of `dataset` under `profile`."""
    if REPOSITORY is None:
        return f"python -m rbm_lib.collection.reports --dataset {shlex.quote(dataset)} --profile {profile}"
    words = ["make reports"]
    words += [] if dataset == "planted" else [f"DATASET={shlex.quote(dataset)}"]
    words += [] if profile == "quick" else [f"PROFILE={profile}"]
    return " ".join(words)
