"""Where things lie: notebooks, report folders, and the collection's checkout if the package lies in one."""

import os
import re
import shlex
import sysconfig
from pathlib import Path

PROFILES = ("quick", "full")
RESERVED = ("quick", "bench", "docs")  # folders of the reports folder that belong to no data set
TABLE_SUFFIXES = (".csv", ".parquet", ".pq")
AROUND = Path(__file__).resolve().parents[2]  # the folder that the package lies in


class NoCheckoutError(ValueError):
    """Something is asked for that lies in the collection's checkout, and the package lies in none."""


def checkout_at(folder: Path) -> Path | None:
    """`folder` if it is a checkout of this collection, else None.

    Args:
        folder: what the package lies in: the checkout, or `site-packages` where the package was installed.
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
        NoCheckoutError: in one line, if the package lies in no checkout.
    """
    if REPOSITORY is None:
        found = f"expected a checkout of the collection around the package, found an installed copy in {AROUND}"
        raise NoCheckoutError(f"{name}: {found}; clone the repository and work there, or {way_out}")
    return REPOSITORY / name


def reports_root() -> Path:
    """Folder that holds every report: `$RBM_REPORTS_DIR`, else `reports/` of the checkout, else of the working folder.

    An installed package never holds reports: without a checkout they go where the work is done.
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
    """`PYTHONPATH` for a new process that has to find this very package, wherever it works.

    Returns:
        paths: the folder that the package lies in, then those set now; these alone where the package is installed.
    """
    installed = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    own = [] if AROUND in installed else [str(AROUND)]
    return os.pathsep.join([*own, *filter(None, [os.environ.get("PYTHONPATH")])])


def is_path(dataset: str) -> bool:
    """True if `dataset` names a file of ratings rather than a known set."""
    return "/" in dataset or os.sep in dataset or dataset.lower().endswith(TABLE_SUFFIXES)


def dataset_slug(dataset: str) -> str:
    """Folder name of a data set: the name itself, or the file name with its dots and blanks as dashes.

    Args:
        dataset: a data set's name, or the path of a ratings file.
    Returns:
        slug: lower-case letters, digits and dashes.
    Raises:
        ValueError: if nothing is left to make a name of.
    """
    name = Path(dataset).name if is_path(dataset) else dataset
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not slug:
        raise ValueError(f"dataset: expected a name or the path of a ratings file, found {dataset!r}")
    return f"{slug}-data" if slug in RESERVED else slug


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
    """`bench/results.json` of the reports folder; where that has none, the one committed in the checkout, if any."""
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
