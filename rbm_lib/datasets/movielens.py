"""The MovieLens sets: where they may be on disk, and how they are downloaded and verified."""

import logging
import os
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from rbm_lib._files import atomic_folder

CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. ACM Transactions on "
    "Interactive Intelligent Systems 5, 4, Article 19. https://doi.org/10.1145/2827872"
)
BASE_URL = "https://files.grouplens.org/datasets/movielens/"
RETRIES = 2
TIMEOUT = 30  # seconds without a byte


class DatasetNotFoundError(ValueError):
    """The data set is in none of the searched places; the message names what to do.

    Example:
        >>> from rbm_lib import load
        >>> from rbm_lib.datasets import DatasetNotFoundError
        >>> try:
        ...     load("ml-1m", data_dir="no/such/folder")
        ... except DatasetNotFoundError as error:
        ...     print(str(error).split(":")[0])
        data_dir
    """


@dataclass(frozen=True)
class MovieLensSet:
    """One set as GroupLens publishes it.

    Attributes:
        archive_hash: of the archive `<name>.zip`.
        folder: the folder inside the archive.
        ratings_file: name of the file of ratings, lines of user, item, stars and timestamp.
        separator: between the values of a line of ratings.
        items_file: name of the file of titles and genres.
        num_ratings: the publisher's count; None if a set may change.
        header: first line of the file of ratings, or None.
        users_file: name of the file of users, or None.
        encoding: of the file of titles.
    """

    archive_hash: str
    folder: str
    ratings_file: str
    separator: str
    items_file: str
    num_ratings: int | None
    header: str | None = None
    users_file: str | None = None
    encoding: str = "utf-8"

    @property
    def files(self) -> tuple[str, ...]:
        """The files taken from the archive; tags, links and tag genomes are left in it."""
        named = (self.ratings_file, self.items_file, self.users_file, "u.genre", "README", "README.txt", "README.html")
        return tuple(name for name in named if name)


def _csv_set(name: str, archive_hash: str, num_ratings: int | None) -> MovieLensSet:
    header = "userId,movieId,rating,timestamp"
    return MovieLensSet(archive_hash, name, "ratings.csv", ",", "movies.csv", num_ratings, header)


# Hashes: from TensorFlow Datasets' list; for ml-10m and ml-32m, which are not in it, values that several independent
# projects pin beside the MD5 that GroupLens publishes.
MOVIELENS = {
    "ml-100k": MovieLensSet(
        "sha256:50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
        *("ml-100k", "u.data", "\t", "u.item", 100_000, None, "u.user", "latin-1"),
    ),
    "ml-1m": MovieLensSet(
        "sha256:a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
        *("ml-1m", "ratings.dat", "::", "movies.dat", 1_000_209, None, "users.dat", "latin-1"),
    ),
    "ml-10m": MovieLensSet(
        "sha256:813c411ccb6122564edfe752e7f80c4dcc5aa25fa94c93622f6877a7ba252862",
        *("ml-10M100K", "ratings.dat", "::", "movies.dat", 10_000_054),
    ),
    "ml-20m": _csv_set("ml-20m", "sha256:96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3", 20_000_263),
    "ml-25m": _csv_set("ml-25m", "sha256:8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa", 25_000_095),
    "ml-32m": _csv_set("ml-32m", "sha256:e4a68655d7386b8f95f2f2424b2ff975dfdd15ffd59e0d864a14dca43e99d6ee", 32_000_204),
    "ml-latest-small": _csv_set(
        "ml-latest-small", "sha256:696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436", None
    ),
}


def cache_folder() -> Path:
    """`$RBM_CACHE_DIR`, else the user's cache folder of this project.

    Returns:
        folder: `Path`, whether or not it exists.
    Example:
        >>> from rbm_lib.datasets import cache_folder
        >>> cache_folder() == cache_folder()
        True
    """
    if os.environ.get("RBM_CACHE_DIR"):
        return Path(os.environ["RBM_CACHE_DIR"])
    return Path(_pooch().os_cache("rbm_lib"))


def find_movielens(name: str, data_dir: str | os.PathLike[str] | None = None, download: bool = True) -> Path:
    """The folder that holds the files of a MovieLens set.

    Args:
        name: a key of `MOVIELENS`.
        data_dir: the folder that holds the set, or the folder that holds its folder; no other place is then searched.
        download: whether the network may be used when the set is neither in `$RBM_DATA_DIR/<name>/` nor in the cache.
    Returns:
        folder: an existing folder.
    Raises:
        DatasetNotFoundError: if the set is absent and cannot be downloaded; names what to do.
        ValueError: if the download differs from the published archive.
    """
    entry = MOVIELENS[name]
    if data_dir is not None:
        candidates = [Path(data_dir) / name, Path(data_dir) / entry.folder, Path(data_dir)]
        for folder in candidates:
            if (folder / entry.ratings_file).is_file():
                return folder
        raise DatasetNotFoundError(
            f"data_dir: expected {entry.ratings_file} of {name} in {candidates[0]} or in {data_dir}, found neither"
        )
    shared = os.environ.get("RBM_DATA_DIR")
    places = [Path(shared) / name, Path(shared) / entry.folder] if shared else []
    places.append(cache_folder() / name)
    for folder in places:
        if folder.is_dir():
            return folder
    if not download:
        raise _not_found(name, "downloading was not asked for")
    return download_movielens(name, places[-1])


def download_movielens(name: str, folder: Path) -> Path:
    """Download a MovieLens set into a new folder; the folder appears complete and verified, or not at all.

    Args:
        name: a key of `MOVIELENS`.
        folder: the folder to make. Another process may be making it at the same time.
    Returns:
        folder: the path.
    Raises:
        DatasetNotFoundError: if the download fails; names what to do.
        ValueError: if the download is not the published archive.
    """
    entry = MOVIELENS[name]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}.", suffix=".tmp", dir=folder.parent) as temporary:
        archive = _fetch(name, entry.archive_hash, Path(temporary))
        with atomic_folder(folder) as unpacked, zipfile.ZipFile(archive) as members:
            for file in entry.files:
                member = f"{entry.folder}/{file}"
                if member in members.namelist():
                    with members.open(member) as source, open(unpacked / file, "wb") as target:
                        shutil.copyfileobj(source, target)
    return folder


def _fetch(name: str, archive_hash: str, folder: Path) -> Path:
    pooch = _pooch()

    file = f"{name}.zip"
    fetcher = pooch.create(path=folder, base_url=BASE_URL, registry={file: archive_hash}, retry_if_failed=RETRIES)
    # HTTPDownloader verifies certificates; no code here may ever switch that off.
    downloader = pooch.HTTPDownloader(timeout=TIMEOUT)
    try:
        with _quiet(pooch.get_logger()):
            return Path(fetcher.fetch(file, downloader=downloader))
    except OSError as error:  # errors of requests are OSErrors too
        raise _not_found(name, f"the download of {BASE_URL}{file} failed ({error})") from error
    except ValueError as error:
        raise ValueError(
            f"{BASE_URL}{file}: expected the archive with {archive_hash}, found another: {error}"
        ) from error


def _not_found(name: str, reason: str) -> DatasetNotFoundError:
    shared = os.environ.get("RBM_DATA_DIR")
    shared = f"{shared}/{name}" if shared else f"$RBM_DATA_DIR/{name} (RBM_DATA_DIR is not set)"
    return DatasetNotFoundError(
        f"{name}: expected its files in {shared} or in {cache_folder() / name}, found neither, and {reason}. "
        f"Three ways out: pass data_dir=, the folder that holds {name}/; set RBM_DATA_DIR to that folder; "
        "or connect to the network and run again."
    )


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Keep progress messages out of notebooks and reports."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _pooch() -> ModuleType:
    """The module, imported without the warning that tqdm gives in a notebook without widgets."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")
        import pooch
    return pooch
