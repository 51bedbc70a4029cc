"""The result of a training: machines, their pool, and the code from their predictions to recommendations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from rbm_lib.data import Ratings
from rbm_lib.splits import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rbm_lib.baselines import OrdinalBiases
    from rbm_lib.datasets import Dataset
    from rbm_lib.evaluation import AutomaticMachine
    from rbm_lib.models import RBM, ItemBased, LogPool

AT_ONCE = 200_000  # pairs of user and item that are predicted together; bounds memory
MOST_VALUES = 200  # of a scale that a machine can be trained on
QUICK: dict[str, Any] = {
    "kinds": ("linear",),
    "precisions": (30.0,),
    "num_hidden": 20,
    "epochs": 5,
}  # for a quick training


@dataclass(frozen=True, eq=False)
class Best:
    """The best items that a user has not rated.

    Attributes:
        user_id: raw id.
        item_index: int `(num_found,)`, best first; fewer than requested if the user has rated nearly everything.
        score: float `(num_found,)`, expected ratings.
    """

    user_id: Any
    item_index: NDArray[np.int64]
    score: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained recommender.

    Attributes:
        name: of the data set.
        ratings: `Ratings`, all of them.
        titles: one for each item, or None if items are named by their ids.
        threshold: the fewest stars of a like.
        biases, machines: the members of the pool, in its order; the best of each base comes first.
        pool: the fitted `LogPool`.
        reading: the options that the file was read with.
        about: other facts of the training: the digest of the data, settings, errors on the validation part.
    """

    name: str
    ratings: Ratings
    titles: list[str] | None
    threshold: float
    biases: OrdinalBiases
    machines: list[ItemBased | RBM]
    pool: LogPool
    reading: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The name of each item: its title, else its id."""
        return self.titles if self.titles is not None else [str(own) for own in self.ratings.item_id.tolist()]

    @property
    def user_based(self) -> RBM:
        """The machine that can predict for new users: the first user-based one."""
        return cast("RBM", next(machine for machine in self.machines if not is_item_based(machine)))

    def best(self, user_index: Sequence[int], n: int, fewest: int = 1) -> Iterator[Best]:
        """The best unrated items of users of the file, by the pool of all machines.

        Args:
            user_index: positions of the users.
            n: items a user.
            fewest: the number of ratings that an item must have.
        Returns:
            found: `Best` of each user, in order.
        """
        members: list[Any] = [self.biases, *self.machines]
        step = max(1, AT_ONCE // max(1, self.ratings.num_items))
        for start in range(0, len(user_index), step):
            chosen = np.unique(np.asarray(user_index[start : start + step], np.int64))
            asked = unrated(self.ratings, chosen, self._allowed(fewest))
            expected = self.pool.predict_ratings(members, Split(self.ratings, asked, "unrated", asked.user_id[:0]))
            found = {one: best_of(asked, expected, one, n) for one in chosen.tolist()}
            yield from (found[one] for one in user_index[start : start + step])

    def best_for(self, row: Ratings, n: int, fewest: int = 1) -> Best:
        """The best unrated items of a new user, by the user-based machine, without training.

        Args:
            row: `Ratings` of one user over the items of the training.
            n, fewest: as for `best`.
        Returns:
            found: `Best`.
        """
        asked = unrated(row, np.array([0]), self._allowed(fewest))
        expected = self.user_based.predict_ratings(Split(row, asked, "unrated", asked.user_id[:0]))
        return best_of(asked, expected, 0, n)

    def _allowed(self, fewest: int) -> NDArray[np.bool_]:
        return self.ratings.ratings_per_item >= fewest


def train(data: Dataset, *, seed: int, quick: bool, progress: Any, reading: dict[str, Any]) -> Trained:
    """Trains a recommender by the library's automatic recipe.

    Args:
        data: `Dataset`.
        seed: root of all random numbers.
        quick: whether to try fewer settings on smaller machines.
        progress: wraps the recipes to train.
        reading: the options that `data` was read with.
    Returns:
        trained: `Trained`.
    Raises:
        ValueError: for ratings from which nothing can be learnt; see `check_learnable`.
    """
    check_learnable(data.ratings)
    machine = make_machine(seed=seed, quick=quick, progress=progress).fit(data.ratings)
    biases, *machines = machine.members
    titles = data.items["title"].astype(str).tolist()
    if titles == data.items["item_id"].astype(str).tolist():
        titles = None
    about = {"checksum": data.checksum, "seed": seed, "quick": quick, "trials": machine.trials.to_dict("records")}
    parts: dict[str, Any] = {"biases": biases, "machines": machines, "pool": machine.pool}
    return Trained(data.name, data.ratings, titles, data.threshold, **parts, reading=reading, about=about)


def is_item_based(machine: ItemBased | RBM) -> bool:
    """Whether a machine is item-based."""
    from rbm_lib.models import ItemBased  # imports TensorFlow

    return isinstance(machine, ItemBased)


def make_machine(*, seed: int, quick: bool, progress: Any = iter) -> AutomaticMachine:
    """The automatic recipe, or a short form of it."""
    from rbm_lib.evaluation import AutomaticMachine  # imports TensorFlow

    return AutomaticMachine(seed=seed, progress=progress, **(QUICK if quick else {}))


def check_learnable(ratings: Ratings) -> None:
    """Raises ValueError for ratings that are all equal, of too many values, or of one user or item."""
    values = np.unique(ratings.rating)
    if len(values) < 2:
        raise ValueError(f"ratings: expected at least two values, found {values[0]:g} alone; nothing can be learnt")
    if len(values) > MOST_VALUES:
        found = f"{len(values):,} from {values[0]:g} to {values[-1]:g}"
        raise ValueError(f"ratings: expected at most {MOST_VALUES} values, found {found}; num_values=10 rounds them")
    if min(ratings.num_users, ratings.num_items) < 2:
        way_out = "; `recommend --my-ratings FILE` is for one person's" if ratings.num_users == 1 else ""
        raise ValueError(
            "ratings: expected at least two users and two items, to learn from one what suits another, found "
            f"{ratings.num_users:,} and {ratings.num_items:,}{way_out}"
        )


def unrated(ratings: Ratings, user_index: NDArray[np.int64], allowed: NDArray[np.bool_]) -> Ratings:
    """Every pair of some users and an item that they have not rated, as targets whose ratings are placeholders.

    Args:
        ratings: the known ratings.
        user_index: int, ascending.
        allowed: bool `(num_items,)`, the items to include.
    """
    counts = np.zeros(ratings.num_users, np.int64)
    items = []
    for user in user_index.tolist():
        left = allowed.copy()
        left[ratings.item_index[ratings.row_splits[user] : ratings.row_splits[user + 1]]] = False
        items.append(np.flatnonzero(left).astype(np.int32))
        counts[user] = len(items[-1])
    item_index = np.concatenate(items) if items else np.zeros(0, np.int32)
    rating = np.full(len(item_index), ratings.rating.min(), np.float32)
    ids = {"user_id": ratings.user_id, "item_id": ratings.item_id}
    return Ratings.from_counts(counts, item_index=item_index, rating=rating, **ids)


def best_of(asked: Ratings, expected: NDArray[np.floating], user: int, n: int) -> Best:
    """The `n` targets of a user with the highest predictions."""
    own = slice(int(asked.row_splits[user]), int(asked.row_splits[user + 1]))
    score = np.asarray(expected[own], np.float64)
    order = np.argsort(-score, kind="stable")[:n]
    user_id = asked.user_id[user]
    user_id = user_id.item() if isinstance(user_id, np.generic) else user_id
    return Best(user_id, asked.item_index[own][order].astype(np.int64), score[order])
