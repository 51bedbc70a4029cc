"""A planted data set as the files of MovieLens-1M, and back."""

import os
import zipfile
from pathlib import Path

import numpy as np

from rbm_lib._files import atomic_folder

from .drawing import TASTES, PlantedDraw, draw_planted, stage_rng
from .titles import invent_titles
from .truth import PlantedSettings, PlantedTruth

_FIRST_TIMESTAMP, _TIME_SPAN = 956_703_932, 89_750_658  # MovieLens-1M's first second, and its length in seconds
_NO_TASTE = "Drama"  # genre of the films that no taste likes
_LIKED = 0.25  # weight, in logits per star, from which a film has the taste's genre
_AGES = ("1", "18", "25", "35", "45", "50", "56")  # MovieLens-1M's codes of age groups
_TRUTH_ARRAYS = tuple(PlantedTruth.__dataclass_fields__)


def write_planted(folder: str | os.PathLike[str], settings: PlantedSettings | None = None) -> Path:
    """Sample a planted data set and write it in the format of MovieLens-1M; the folder is complete or absent.

    Args:
        folder: the folder to make: `ratings.dat`, `movies.dat`, `users.dat`, and the true RBM in `truth.npz`.
        settings: size and seed; None takes the defaults.
    Returns:
        folder: the path. If another process made the same folder meanwhile, that one stays.
    Raises:
        ValueError: if the folder exists and is not empty.
    Example:
        >>> import tempfile
        >>> from rbm_lib.datasets import PlantedSettings, write_planted
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made = write_planted(f"{folder}/ml-1m", PlantedSettings(num_users=50, num_items=30, num_ratings=1200))
        ...     print(sorted(path.name for path in made.iterdir()))
        ['movies.dat', 'ratings.dat', 'truth.npz', 'users.dat']
    """
    folder, settings = Path(folder), settings or PlantedSettings()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"folder: expected a new or empty folder, found content in {folder}")
    draw = draw_planted(settings)
    with atomic_folder(folder) as temporary:
        _write_lines(temporary / "ratings.dat", _ratings_lines(draw, settings.seed))
        _write_lines(temporary / "movies.dat", _movies_lines(draw.truth, settings.seed))
        _write_lines(temporary / "users.dat", _users_lines(settings))
        np.savez(temporary / "truth.npz", **{name: getattr(draw.truth, name) for name in _TRUTH_ARRAYS})
    return folder


def read_truth(folder: str | os.PathLike[str]) -> PlantedTruth:
    """The RBM from which the planted data set in `folder` was sampled.

    Args:
        folder: made by `write_planted`.
    Returns:
        truth: its parameters and the sampled hidden units.
    Raises:
        ValueError: if `truth.npz` is missing or incomplete.
    """
    path = Path(folder) / "truth.npz"
    try:
        with np.load(path) as arrays:
            return PlantedTruth(**{name: arrays[name] for name in _TRUTH_ARRAYS})
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: expected the truth of a planted data set, found: {error}") from error


def film_genres(truth: PlantedTruth) -> list[list[str]]:
    """Genres of each film: the tastes that like it, the strongest first; `Drama` for a film that no taste likes.

    Args:
        truth: the RBM.
    Returns:
        genres: one list a film, never empty.
    """
    # From one to five stars, the weights of a taste that likes the film increase by four steps.
    coupling = (truth.interaction_weights[:, -1] - truth.interaction_weights[:, 0]) / 4
    is_taste = np.isin(truth.hidden_names, TASTES)
    coupling, names = coupling[:, is_taste], truth.hidden_names[is_taste].tolist()
    keenest = np.argsort(-coupling, axis=1)
    liked = [
        [names[taste] for taste in order if row[taste] >= _LIKED] for row, order in zip(coupling, keenest, strict=True)
    ]
    return [genres or [_NO_TASTE] for genres in liked]


def _ratings_lines(draw: PlantedDraw, seed: int) -> list[str]:
    """`user::film::stars::seconds`, users ascending, each user's ratings in the order of their time."""
    rng = stage_rng(seed, "timestamps")
    num_users = int(draw.user_index[-1]) + 1
    start = _FIRST_TIMESTAMP + (_TIME_SPAN * rng.random(num_users)).astype(np.int64)
    waiting = (120 * rng.random(len(draw.stars)) ** 3).astype(
        np.int64
    )  # seconds; many ratings share one, as in MovieLens
    elapsed = np.cumsum(waiting)
    first = np.searchsorted(draw.user_index, np.arange(num_users))
    seconds = start[draw.user_index] + elapsed - elapsed[first][draw.user_index]
    columns = (draw.user_index + 1, draw.truth.item_id[draw.item_index], draw.stars, seconds)
    return [
        f"{user}::{film}::{stars}::{time}"
        for user, film, stars, time in zip(*map(np.ndarray.tolist, columns), strict=True)
    ]


def _movies_lines(truth: PlantedTruth, seed: int) -> list[str]:
    genres = film_genres(truth)
    titles = invent_titles([names[0] for names in genres], stage_rng(seed, "titles"))
    films = zip(truth.item_id.tolist(), titles, genres, strict=True)
    return [f"{film}::{title}::{'|'.join(sorted(names))}" for film, title, names in films]


def _users_lines(settings: PlantedSettings) -> list[str]:
    """`user::gender::age::occupation::postcode`, sampled independently of the user's tastes."""
    gender, age, occupation, postcode = stage_rng(settings.seed, "users").random((4, settings.num_users)).tolist()
    return [
        f"{user + 1}::{'FM'[gender[user] < 0.7]}::{_AGES[int(7 * age[user])]}::{int(21 * occupation[user])}::"
        f"{int(100_000 * postcode[user]):05d}"
        for user in range(settings.num_users)
    ]


def _write_lines(path: Path, lines: list[str]) -> None:
    path.write_bytes(("\n".join(lines) + "\n").encode("latin-1"))
