"""RBMs, and means of several predictors, as predictors for the evaluation protocol."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from rbm_lib._checks import check_number
from rbm_lib.baselines import Fitted, Predictor, reads_stars
from rbm_lib.data import Ratings
from rbm_lib.splits import Split

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.models import Recipe

LEAST = 1e-7  # limit of P(like) of a machine, because float32 rounds to 0 and 1: the log loss stays finite


class Machine:
    """An RBM made by a recipe, as a predictor.

    Args:
        recipe: `Recipe`; its seed determines all random numbers.
        name: str, used in tables.
        threshold: float, fewest stars of a like, for a recipe of star units in a comparison of likes; None to predict
            what it is fitted on, stars or likes.
    Raises:
        ValueError: if `threshold` is not a finite number.
    Example:
        >>> from rbm_lib import Recipe, load, random_fraction
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.evaluation import Machine
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> machine = Machine(Recipe(num_hidden=2, epochs=1), "RBM").fit(split.inputs)
        >>> machine.predict(split.targets.user_index, split.targets.item_index).shape
        (200,)
    """

    predictor: Any  # `RBM` or `ItemBased`, depending on the recipe

    def __init__(self, recipe: Recipe, name: str, *, threshold: float | None = None) -> None:
        self.recipe, self.name, self.threshold = recipe, name, threshold
        if threshold is not None:
            check_number(threshold, "threshold")
        self.reads_stars = threshold is not None

    def fit(self, train: Ratings) -> Self:
        """Trains the recipe's machine on `train`, a `Ratings`; returns itself."""
        self.predictor, self.history = self.recipe.train(train)
        self.seen = self.inputs = train
        return self

    def fold_in(self, inputs: Ratings) -> Self:
        """Takes in the ratings of users it was not fitted on, `Ratings`; returns itself.

        Raises:
            ValueError: for an item-based machine, which has no visible unit for a new user.
        """
        if self.recipe.based == "item":
            raise ValueError(f"{self.name}: expected users as cases, to take in new ones, found films as cases")
        self.inputs = inputs
        return self

    def predict(self, user_index: ArrayLike, item_index: ArrayLike) -> NDArray[np.float64]:
        """P(like) or expected stars of each pair, float64 `(num_asked,)`; see `question` for what is refused."""
        split, place = question(self.inputs, user_index, item_index)
        arguments: dict[str, Any] = {} if self.threshold is None else {"output": "like", "threshold": self.threshold}
        answer: NDArray[np.float64] = self.predictor.predict_ratings(split, **arguments)[place].astype(np.float64)
        of_likes = self.threshold is not None or np.isin(self.seen.rating, (0, 1)).all()
        return np.clip(answer, LEAST, 1 - LEAST) if of_likes else answer

    def recommend(self, user_index: ArrayLike, n: int) -> NDArray[np.int32]:
        """The `n` best unseen films of each user, int32 `(num_asked, n)`; refused for item-based machines."""
        if self.recipe.based == "item":
            raise ValueError(f"{self.name}: expected users as cases, to rank films for one, found films as cases")
        films: NDArray[np.int32] = self.predictor.recommend_positions(self.inputs.take_users(user_index), n)[0]
        return films


class Mean:
    """The mean of several predictors. Those already fitted on the same ratings are not fitted again.

    Args:
        predictors: list of `rbm_lib.baselines.Predictor`.
        name: str, used in tables.
    Raises:
        ValueError: if some are fitted on stars and others on likes: one training part cannot serve both.
    Example:
        >>> from rbm_lib import Recipe, load, random_fraction
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.evaluation import Machine, Mean
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> machines = [Machine(Recipe(based=based, num_hidden=2, epochs=1), based) for based in ("user", "item")]
        >>> both = Mean(machines, "both").fit(split.inputs)
        >>> both.predict(split.targets.user_index, split.targets.item_index).shape
        (200,)
    """

    def __init__(self, predictors: Iterable[Predictor], name: str) -> None:
        self.predictors, self.name = list(predictors), name
        of_stars = [one.name for one in self.predictors if reads_stars(one)]
        others = [one.name for one in self.predictors if not reads_stars(one)]
        if of_stars and others:
            raise ValueError(
                f"predictors: expected all to read stars, or none, found {', '.join(of_stars)} that read them and "
                f"{', '.join(others)} that do not"
            )
        self.reads_stars = bool(of_stars)

    def fit(self, train: Ratings) -> Self:
        """Fits every predictor on `train`, a `Ratings`, that was not fitted on it before; returns itself."""
        for one in self.predictors:
            if not (isinstance(one, Fitted) and one.seen is train):
                one.fit(train)
        self.seen = train
        return self

    def predict(self, user_index: NDArray[np.integer], item_index: NDArray[np.integer]) -> NDArray[np.float64]:
        """The mean of the predictors' values for each pair, float64 `(num_asked,)`."""
        mean: NDArray[np.float64] = np.mean([one.predict(user_index, item_index) for one in self.predictors], axis=0)
        return mean


def with_known_ratings(split: Split, values: NDArray[np.floating]) -> Split:
    """A split without target ratings that a machine does not know; predictions do not use the ratings of targets.

    Args:
        split: `Split`.
        values: ascending floats, the ratings that the machine accepts; others are errors.
    Returns:
        split: the same, except that unknown ratings of targets are replaced by the lowest of `values`.
    """
    known = np.isin(split.targets.rating, np.asarray(values, np.float32))
    if known.all():
        return split
    rating = np.where(known, split.targets.rating, np.float32(values[0]))
    return replace(split, targets=replace(split.targets, rating=rating))


def check_some_held_out(tuning: Split, train: Ratings) -> None:
    """Raise ValueError if the validation part of some ratings is empty."""
    if not tuning.targets.num_ratings:
        most = train.ratings_per_user.max(initial=0)
        raise ValueError(
            "train: expected enough ratings to hold some out of users that keep others, found "
            f"{train.num_ratings:,}, at most {most:,} of one user; `OrdinalBiases` needs none held out"
        )


def question(inputs: Ratings, user_index: ArrayLike, item_index: ArrayLike) -> tuple[Split, NDArray[np.int64]]:
    """A split whose targets are the requested pairs of user and film, in any order.

    Args:
        inputs: `Ratings`, the known ratings of the users.
        user_index, item_index: int `(num_pairs,)`.
    Returns:
        split: `Split` whose targets are the pairs; their ratings are placeholders.
        place: int `(num_pairs,)`, the position of each pair among the targets.
    Raises:
        ValueError: if a pair is among the inputs, or is requested twice.
    """
    user_index, item_index = np.asarray(user_index), np.asarray(item_index)
    pair, place = np.unique(user_index.astype(np.int64) * inputs.num_items + item_index, return_inverse=True)
    if len(pair) < len(user_index):
        raise ValueError(f"user_index, item_index: expected every pair once, found {len(user_index) - len(pair)} again")
    user, item = np.divmod(pair, inputs.num_items)
    counts = np.bincount(user, minlength=inputs.num_users)
    targets = Ratings.from_counts(
        counts,
        item_index=item.astype(np.int32),
        rating=np.full(len(pair), inputs.rating.min() if inputs.num_ratings else 0, np.float32),
        user_id=inputs.user_id,
        item_id=inputs.item_id,
    )
    return Split(inputs, targets, "a question", inputs.user_id[:0]), place.reshape(-1)
