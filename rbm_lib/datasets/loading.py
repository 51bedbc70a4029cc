"""Named data sets: find, download, verify, parse. MovieLens, a reader's own file, and the planted set."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rbm_lib._checks import check_number
from rbm_lib._files import existing_file, sha256_of_file
from rbm_lib.data import Ratings, read_movielens_ratings, read_own_ratings

from .movielens import CITATION, MOVIELENS, cache_folder, find_movielens
from .planted.files import read_truth, write_planted
from .planted.truth import PlantedSettings, PlantedTruth
from .tables import items_frame, read_items, read_users, users_frame

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("planted", *MOVIELENS)  # what `load` knows by name
DEFAULT_THRESHOLD = 3.0  # stars; the article's like
_OWN_SUFFIXES = (".csv", ".parquet", ".pq")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Ratings in stars, with what is known about items and users.

    Attributes:
        name: one of `NAMES`, or the stem of a reader's own file.
        ratings: stars.
        items: `DataFrame` indexed by `item_index`: item_id, title, genres (joined by `|`).
        users: `DataFrame` indexed by `user_index`, or None where the source has no table of users.
        checksum: SHA-256 of the raw ratings file, hexadecimal.
        citation: how the publisher asks to be cited, or None.
        truth: the RBM that drew the ratings, for `planted` only.
        threshold: the fewest stars of a like.
    Raises:
        ValueError: if `threshold` is no finite number.
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

    def __post_init__(self) -> None:
        check_number(self.threshold, "threshold")


def load(
    name_or_path: str | os.PathLike[str],
    *,
    data_dir: str | os.PathLike[str] | None = None,
    download: bool = True,
    planted: PlantedSettings | None = None,
) -> Dataset:
    """Load a data set by name, or a reader's own ratings by path.

    A MovieLens set is looked for in `data_dir`, else in `$RBM_DATA_DIR/<name>/`, else in the cache, else downloaded.

    Args:
        name_or_path: one of `NAMES`, or a CSV or Parquet file with columns user, item, rating and, if known, timestamp.
        data_dir: the folder that holds the set, or the folder that holds its folder; no other place is then searched.
        download: whether the network may be used.
        planted: size and seed of `planted`; None takes the defaults.
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
        path = Path(name_or_path)
        return _dataset(path.stem, read_own_ratings(path), {}, None, path)
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
    """What decides whether results are out of date: the raw ratings file; of `planted`, its settings and generator.

    Args:
        name_or_path: as for `load`.
        data_dir: as for `load`.
        download: as for `load`.
        planted: as for `load`.
    Returns:
        fingerprint: SHA-256, 64 hexadecimal digits.
    Raises:
        ValueError: as for `load`, short of parsing.
    Example:
        >>> from rbm_lib.datasets import data_fingerprint
        >>> data_fingerprint("planted") == data_fingerprint("planted")
        True
    """
    kind = _kind(name_or_path, planted)
    if kind == "own":
        return sha256_of_file(existing_file(name_or_path))
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
    if Path(name).suffix.lower() in _OWN_SUFFIXES:
        return "own"
    raise ValueError(
        f"data set: expected one of {', '.join(NAMES)}, or a path to a .csv or .parquet file, found {name!r}"
    )


def _planted_folder(settings: PlantedSettings, data_dir: str | os.PathLike[str] | None) -> Path:
    """The folder of the planted set in the cache, drawn on first use."""
    parent = Path(data_dir) if data_dir is not None else cache_folder()
    folder = parent / f"planted-{_planted_digest(settings)[:16]}"
    return folder if folder.is_dir() else write_planted(folder, settings)


def _planted_digest(settings: PlantedSettings) -> str:
    """Changes with the settings and with the code that draws, so that no stale set is ever read from the cache."""
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
