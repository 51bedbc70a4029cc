"""Where things lie: notebooks, report folders and the repository around them."""

import os
import re
from pathlib import Path

PROFILES = ("quick", "full")
REPOSITORY = Path(__file__).resolve().parents[2]
TABLE_SUFFIXES = (".csv", ".parquet", ".pq")


def reports_root() -> Path:
    """Folder that holds every report: `$RBM_REPORTS_DIR`, else `reports/` beside the package."""
    return Path(os.environ.get("RBM_REPORTS_DIR") or REPOSITORY / "reports").absolute()


def notebooks_root() -> Path:
    """Folder of the notebook sources: `$RBM_NOTEBOOKS_DIR`, else `notebooks/` beside the package."""
    return Path(os.environ.get("RBM_NOTEBOOKS_DIR") or REPOSITORY / "notebooks").absolute()


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
    # A data set called "quick" would land in the folder that holds every quick report.
    return f"{slug}-data" if slug == "quick" else slug


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


def bench_results() -> Path:
    """`bench/results.json` of the reports folder; where that has none, the one committed beside the package."""
    own = reports_root() / "bench" / "results.json"
    return own if own.exists() else REPOSITORY / "reports" / "bench" / "results.json"


def make_command(dataset: str, profile: str) -> str:
    """The command that makes the report of `dataset` under `profile`."""
    words = ["make reports"]
    words += [] if dataset == "planted" else [f"DATASET={dataset}"]
    words += [] if profile == "quick" else [f"PROFILE={profile}"]
    return " ".join(words)
