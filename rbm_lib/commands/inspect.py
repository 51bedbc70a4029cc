"""`inspect FILE`: how a file of ratings was read. Needs no TensorFlow."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from rbm_lib.datasets import load
from rbm_lib.splits import random_fraction

from .options import add_reading, as_typed, reading_of
from .words import counted, path_typed, plain, span, stars

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rbm_lib.data import Ratings
    from rbm_lib.datasets import Dataset

HELP = "say what was understood of a file of ratings"
EXAMPLES = """examples:
  python -m rbm_lib inspect ratings.csv
  python -m rbm_lib inspect ratings.csv --unrated 99 --repeats last
  python -m rbm_lib inspect survey.xlsx --columns user=Name,item=Film,rating=Mark --best low
"""
SEED = 1  # of the held-out part
MOST_RATINGS = 1_000_000  # for base rates; more ratings are reduced to those of random users
FEWEST_TARGETS = 30  # held-out ratings; fewer are not informative
LONGEST_LABEL = 12
SAID_ABOVE = "ratings are "  # how the note on scale and likes begins


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("file", metavar="FILE", help="a table of ratings, or the name of a MovieLens set")
    add_reading(parser)


def run(chosen: argparse.Namespace) -> int:
    """Prints how the file was read; returns the exit status."""
    data = load(chosen.file, **reading_of(chosen))
    print(f"{'file':<{LONGEST_LABEL}}{plain(chosen.file)}")
    for label, said in facts(data):
        print(f"{label:<{LONGEST_LABEL}}{plain(said)}")
    notes = [note for note in data.notes if not note.startswith(SAID_ABOVE)]
    if notes:
        print("understood")
    for note in notes:
        print(f"  - {plain(as_typed(note))}")
    print(f"next: python -m rbm_lib train {path_typed(chosen.file)} -o machine.rbm, with the same options")
    return 0


def facts(data: Dataset) -> list[tuple[str, str]]:
    """(Label, sentence) on the content of a data set."""
    ratings = data.ratings
    values = np.unique(ratings.rating)
    liked = float((ratings.rating >= np.float32(data.threshold)).mean())
    return [
        ("ratings", f"{ratings.num_ratings:,}, {ratings.density:.2%} of what could be rated"),
        ("users", _counts(ratings.ratings_per_user)),
        ("items", _counts(ratings.ratings_per_item)),
        ("scale", f"{span(values.tolist())}; mean {ratings.rating.mean(dtype=np.float64):.2f}"),
        ("likes", f"{stars(data.threshold)} and more, {liked:.1%} of the ratings (--threshold says otherwise)"),
        ("dates", _dates(ratings)),
        ("repeated", next((note for note in data.notes if "repeated rating" in note), "no item twice by one user")),
        ("titles", _titles(data)),
        ("base rates", base_rates(ratings)),
    ]


def base_rates(ratings: Ratings) -> str:
    """The rating error of item and user biases beside that of the mean, on a held-out tenth."""
    if len(np.unique(ratings.rating)) < 2:
        return "none: all ratings are alike, so there is nothing to predict"
    of = ""
    if ratings.num_ratings > MOST_RATINGS:
        order = np.random.default_rng(SEED).permutation(ratings.num_users)
        upto = int(np.searchsorted(np.cumsum(ratings.ratings_per_user[order]), MOST_RATINGS)) + 1
        ratings = ratings.take_users(np.sort(order[:upto]))
        of = f" of {counted(ratings.num_users, 'user')} drawn at random"
    split = random_fraction(ratings, 0.1, seed=SEED)
    if split.targets.num_ratings < FEWEST_TARGETS:
        return f"none: a tenth held out is {counted(split.targets.num_ratings, 'rating')}, too few to measure by"
    from rbm_lib.baselines import OverallMean, StarItemUserBias  # imports scikit-learn

    where = split.targets.user_index, split.targets.item_index
    errors = [
        np.sqrt(np.mean((make().fit(split.inputs).predict(*where) - split.targets.rating) ** 2))
        for make in (OverallMean, StarItemUserBias)
    ]
    return (
        f"rating error (RMSE) {errors[0]:.3f} by the mean, {errors[1]:.3f} by biases of items and users, on "
        f"{counted(split.targets.num_ratings, 'rating')}{of} held out"
    )


def _counts(counts: NDArray[np.int64]) -> str:
    some = counts[counts > 0]
    low, middle, high = int(some.min()), float(np.median(some)), int(some.max())
    if low == high:
        return f"{len(some):,}, with {counted(low, 'rating')} each"
    return f"{len(some):,}, with {low:,} to {high:,} ratings each, {middle:g} in the middle"


def _dates(ratings: Ratings) -> str:
    if ratings.timestamp is None:
        return "none"
    first, last = (np.datetime64(int(end), "s").astype("datetime64[D]") for end in _ends(ratings.timestamp))
    same = ratings.timestamp.min() == ratings.timestamp.max()
    return f"{first} alone, the same moment for all" if same else f"from {first} to {last}"


def _ends(times: NDArray[np.int64]) -> tuple[int, int]:
    return int(times.min()), int(times.max())


def _titles(data: Dataset) -> str:
    titles, ids = data.items["title"], data.items["item_id"].astype(str)
    example = repr(str(titles.iloc[int(np.argmax(data.ratings.ratings_per_item))]))
    if (titles == ids).all():
        return f"none; items are called by their ids, as {example}"
    distinct = titles.nunique()
    shared = f"; {counted(len(titles) - distinct, 'item')} share theirs with another" if distinct < len(titles) else ""
    return f"{distinct:,}, as {example}{shared}"
