"""The reader's own ratings: their file, its requirements, and whether a machine can learn a taste from them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rbm_lib.baselines import STAR_BASE_RATES, OverallMean
from rbm_lib.data import read_own_ratings
from rbm_lib.evaluation import FEWEST_USERS, compare

from .. import places

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from rbm_lib.datasets import Dataset
    from rbm_lib.evaluation import StarComparison
    from rbm_lib.splits import Split

FEWEST_TARGETS = 30  # held-out ratings; fewer cannot distinguish predictors


def own_file(dataset: str, data: Dataset, folder: str | Path) -> Path:
    """The file of ratings that the notebook reads.

    Args:
        dataset: path of a CSV or Parquet file, which is used unchanged; or the name of a data set.
        data: the loaded `Dataset`; a named one is written as CSV, its films by their titles.
        folder: where to write.
    Returns:
        path: `Path` of the file.
    """
    if places.is_path(dataset):
        return Path(dataset)
    frame = data.ratings.to_frame()
    item_index = data.ratings.item_index
    titles = pd.Series(distinct_titles(data.items)).take(item_index).array
    columns = {"user": frame["user_id"], "item": titles, "rating": frame["rating"]}
    path = Path(folder) / f"{places.dataset_slug(dataset)}.csv"
    frame.assign(**columns)[list(columns)].to_csv(path, index=False, float_format="%g")
    return path


def distinct_titles(items: pd.DataFrame) -> NDArray[np.str_]:
    """A name for each film, str `(num_items,)`: its title, followed by its id if several films share the title.

    Args:
        items: DataFrame with item_id and title, from a `Dataset`.
    """
    named = items["title"].astype(str).str.normalize("NFC").str.strip()  # as titles are read
    shared = named.duplicated(keep=False) | (named == "")
    return named.where(~shared, named + " #" + items["item_id"].astype(str)).to_numpy(dtype=str)


def refusal(text: str) -> str:
    """The loader's answer to a CSV file with this content.

    Args:
        text: the whole file.
    Returns:
        message: the error, with the file called `faulty.csv`; "accepted" and the size if there is none.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "faulty.csv"
        path.write_text(text, encoding="utf-8")
        try:
            return f"accepted: {read_own_ratings(path)}"
        except ValueError as error:
            return str(error).replace(str(path), path.name)


def why_not_enough(split: Split) -> str:
    """Why a split cannot tell one predictor from another: too few targets; empty if it can."""
    found, users = split.targets.num_ratings, len(np.unique(split.targets.user_index))
    if found >= FEWEST_TARGETS and users >= FEWEST_USERS:
        return ""
    return (
        f"It takes {FEWEST_TARGETS} ratings of at least {FEWEST_USERS} users to measure by; held out here are {found} "
        f"of {users} ({split.inputs.num_ratings + found} ratings in all)."
    )


def lesson(comparison: StarComparison, predictor: str) -> tuple[str, str]:
    """Whether a machine has learnt tastes from the ratings, by held-out ratings; a warning if it has not.

    The base rates know how well each film is liked and how generous each user is. A machine's gain over all of them on
    held-out ratings is taste: the same film suits one user and not another. If the ratings are noise, biases fit the
    noise and a single number is the best base rate, so the strongest base rate decides.

    Args:
        comparison: `StarComparison` on held-out ratings.
        predictor: name of the machine in it.
    Returns:
        verdict: str, for the machine against the strongest base rate, by an interval of the difference on the same
            users.
        sentence: str, the verdict in words; starts with a warning if it has not.
    """
    errors = {make.name: comparison.interval(make.name, "rmse")[0] for make in STAR_BASE_RATES}
    strongest = min(errors, key=lambda name: errors[name])
    gain, low, high = comparison.gain(predictor, strongest, "rmse")
    verdict = compare(low, high)
    measured = (
        f"on held-out ratings the {predictor} is {verdict} {strongest}, the strongest base rate, by RMSE "
        f"({gain:+.4f} stars [{low:+.4f}, {high:+.4f}])."
    )
    if low > 0:
        return verdict, f"There is something to learn in this file: {measured}"
    sentence = (
        f"**Warning: no gain of this machine over averages can be shown.** What was measured: {measured} Its "
        "recommendations are no evidence of anybody's taste."
    )
    if strongest == OverallMean.name:
        sentence += " One number for everybody and every film does best of all: these ratings look like noise."
    return verdict, sentence
