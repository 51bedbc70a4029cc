"""Named data sets: find, download, verify, parse. MovieLens, your own file, and the planted set."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rbm_lib._checks import check_number
from rbm_lib._files import existing_file, sha256_of_file
from rbm_lib.data import Ratings, options_file, read_movielens_ratings, read_own_table

from .movielens import CITATION, MOVIELENS, cache_folder, find_movielens
from .planted.files import read_truth, write_planted
from .planted.truth import PlantedSettings, PlantedTruth
from .tables import items_frame, read_items, read_users, users_frame

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("planted", *MOVIELENS)  # the data sets that `load` knows by name
DEFAULT_THRESHOLD = 3.0  # stars; the article's like
# Endings of the names of tables; their first bytes tell their format.
TABLE_SUFFIXES = (
    *(".csv", ".tsv", ".tab", ".txt", ".dat", ".data", ".psv", ".json", ".jsonl", ".ndjson"),
    *(".parquet", ".pq", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
    *(".gz", ".zip", ".zst", ".bz2", ".xz"),
)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Ratings in stars, with what is known about items and users.

    Attributes:
        name: one of `NAMES`, or the stem of your own file.
        ratings: stars.
        items: `DataFrame` indexed by `item_index`: item_id, title, genres (joined by `|`).
        users: `DataFrame` indexed by `user_index`, or None if the source has no table of users.
        checksum: SHA-256 of the raw ratings file, hexadecimal.
        citation: the publisher's citation request, or None.
        truth: the RBM from which the ratings were sampled, for `planted` only.
        threshold: the fewest stars of a like.
        notes: how your own file was read, one sentence each.
    Raises:
        ValueError: if `threshold` is not a finite number.
    Example:
        >>> from rbm_lib import load
        >>> data = load("planted")
        >>> data.name, data.threshold, data.users is None
        ('planted', 3.0, False)
    """

    name: str
    ratings: Ratings
    items: "pd.DataFrame"
    users: "pd.DataFrame | None"
    checksum: str
    citation: str | None = None
    truth: PlantedTruth | None = None
    threshold: float = DEFAULT_THRESHOLD
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_number(self.threshold, "threshold")

    def __repr__(self) -> str:
        """The name, the ratings, and how they were read, a line each."""
        return "\n".join([f"Dataset({self.name!r}, {self.ratings}, threshold={self.threshold:g})", *self.notes])


def load(
    name_or_path: str | os.PathLike[str],
    *,
    data_dir: str | os.PathLike[str] | None = None,
    download: bool = True,
    planted: PlantedSettings | None = None,
    **reading: Any,
) -> Dataset:
    """Load a data set by name, or your own ratings by path.

    A MovieLens set is searched in `data_dir`, else in `$RBM_DATA_DIR/<name>/`, else in the cache, else downloaded.

    Args:
        name_or_path: one of `NAMES`, or a table of ratings: text (CSV, TSV, `::` and others), JSON, Excel, Parquet or a
            folder of Parquet files, compressed or not. How the table was read is in `notes`.
        data_dir: the folder that holds the set, or the folder that holds its folder; no other place is then searched.
        download: whether the network may be used.
        planted: size and seed of `planted`; None takes the defaults.
        **reading: details that your own file does not show, such as `unrated=99`: the options of
            `rbm_lib.data.Reading`. They can also be stored beside the file, in `ratings.csv.toml` for `ratings.csv`,
            for everyone who loads it; an argument takes precedence over the stored option.
    Returns:
        dataset: stars, items and, where known, users.
    Raises:
        ValueError: if the name is unknown, the set cannot be found (`DatasetNotFoundError`) or a file is faulty.
    Example:
        >>> from rbm_lib import load
        >>> data = load("planted")  # drawn from a known model in a second, no download
        >>> data.ratings
        Ratings(num_users=943, num_items=1682, num_ratings=100000)
        >>> data.items.columns.tolist()
        ['item_id', 'title', 'genres']
    """
    kind = _kind(name_or_path, planted)
    if kind == "own":
        return _own(Path(name_or_path), reading)
    if reading:
        raise ValueError(f"{next(iter(reading))}: expected no options of reading for the data set {kind!r}, found one")
    if kind != "planted":
        entry = MOVIELENS[kind]
        folder = find_movielens(kind, data_dir, download)
        count, truth = entry.num_ratings, None
    else:
        settings = planted or PlantedSettings()
        folder = _planted_folder(settings, data_dir)
        count, entry, truth = settings.num_ratings, MOVIELENS["ml-1m"], read_truth(folder)
    path = folder / entry.ratings_file
    ratings = read_movielens_ratings(path, entry.separator, header=entry.header, num_ratings=count)
    users = read_users(folder, entry)
    citation = None if truth is not None else CITATION
    return _dataset(kind, ratings, read_items(folder, entry), users, path, citation=citation, truth=truth)


def data_fingerprint(
    name_or_path: str | os.PathLike[str],
    *,
    data_dir: str | os.PathLike[str] | None = None,
    download: bool = True,
    planted: PlantedSettings | None = None,
) -> str:
    """A digest to see whether results are out of date: of the raw file, or of `planted`'s settings and generator.

    Args:
        name_or_path: as for `load`.
        data_dir: as for `load`.
        download: as for `load`.
        planted: as for `load`.
    Returns:
        fingerprint: SHA-256, 64 hexadecimal digits.
    Raises:
        ValueError: as for `load`, except for errors of parsing.
    Example:
        >>> from rbm_lib.datasets import data_fingerprint
        >>> data_fingerprint("planted") == data_fingerprint("planted")
        True
    """
    kind = _kind(name_or_path, planted)
    if kind == "own":
        return _own_digest(Path(name_or_path))
    if kind == "planted":
        return _planted_digest(planted or PlantedSettings())
    return sha256_of_file(existing_file(find_movielens(kind, data_dir, download) / MOVIELENS[kind].ratings_file))


def _kind(name_or_path: str | os.PathLike[str], planted: PlantedSettings | None) -> str:
    """`own` for a path to a file, else the name of the set."""
    name = os.fspath(name_or_path)
    if planted is not None and name != "planted":
        raise ValueError(f"planted: expected None for the data set {name!r}, found {planted}")
    if name in NAMES:
        return name
    if is_path(name):
        return "own"
    raise ValueError(f"data set: expected one of {', '.join(NAMES)}, or the path of a table of ratings, found {name!r}")


def is_path(name: str) -> bool:
    """Whether a name is the path of a table, and not the name of a set.

    Args:
        name: the argument of `load`.
    Returns:
        is_path: True for a name with a folder or the ending of a table, or of an existing path; never for one of
            `NAMES`.
    Example:
        >>> from rbm_lib.datasets import is_path
        >>> is_path("ml-1m"), is_path("ratings.csv")
        (False, True)
    """
    if name in NAMES:
        return False
    return "/" in name or os.sep in name or name.lower().endswith(TABLE_SUFFIXES) or os.path.exists(name)


def _own(path: Path, options: dict[str, Any]) -> Dataset:
    """Your own table."""
    table = read_own_table(path, **options)
    titles = {}
    if table.titles is not None:
        titles = {own: (title, "") for own, title in zip(table.ratings.item_id.tolist(), table.titles, strict=True)}
    return Dataset(
        name=path.stem,
        ratings=table.ratings,
        items=items_frame(table.ratings, titles),
        users=None,
        checksum=_digest(path),
        threshold=table.threshold,
        notes=table.notes,
    )


def _own_digest(path: Path) -> str:
    """Changes with the file and with the options that are stored beside it."""
    digest, beside = _digest(path), options_file(path)
    if not os.path.isfile(beside):
        return digest
    return hashlib.sha256(f"{digest}:{sha256_of_file(beside)}".encode()).hexdigest()


def _digest(path: Path) -> str:
    """SHA-256 of a file; of a folder, of the names and contents of its files."""
    if not path.is_dir():
        return sha256_of_file(existing_file(path))
    digest = hashlib.sha256()
    for file in sorted(one for one in path.rglob("*") if one.is_file()):
        digest.update(f"{file.relative_to(path).as_posix()}:{sha256_of_file(file)}\n".encode())
    return digest.hexdigest()


def _planted_folder(settings: PlantedSettings, data_dir: str | os.PathLike[str] | None) -> Path:
    """The folder of the planted set in the cache, made on first use."""
    parent = Path(data_dir) if data_dir is not None else cache_folder()
    folder = parent / f"planted-{_planted_digest(settings)[:16]}"
    return folder if folder.is_dir() else write_planted(folder, settings)


def _planted_digest(settings: PlantedSettings) -> str:
    """Changes with the settings and with the generator's code, so that no stale set is ever read from the cache."""
    digest = hashlib.sha256(settings.digest().encode())
    for source in sorted((Path(__file__).parent / "planted").glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _dataset(
    name: str,
    ratings: Ratings,
    titles: dict[int, tuple[str, str]],
    users: dict[int, dict[str, str]] | None,
    path: Path,
    **others: Any,
) -> Dataset:
    return Dataset(
        name=name,
        ratings=ratings,
        items=items_frame(ratings, titles),
        users=None if users is None else users_frame(ratings, users),
        checksum=sha256_of_file(path),
        **others,
    )
