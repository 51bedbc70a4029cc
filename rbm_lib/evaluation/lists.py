"""Quality of recommended lists and of each user's ranking: trec_eval through ir-measures, intervals over users."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rbm_lib.baselines import PopularFilms, check_users
from rbm_lib.models import Bernoulli

from .compared import BootstrapComparison
from .metrics import LIST_METRICS

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.data import Ratings
    from rbm_lib.splits import Split

    from .resampling import Samples

LONGEST = 100  # the longest list that a metric uses
LISTED = 20  # films of each list that count for coverage and popularity bias
COVERAGE, POPULARITY_BIAS = f"coverage@{LISTED}", f"popularity bias@{LISTED}"


def list_metrics(recommended: ArrayLike, user_index: ArrayLike, targets: Ratings) -> pd.DataFrame:
    """nDCG and recall of each user's list.

    A user's liked targets are relevant; disliked targets and all other films gain nothing. nDCG@n discounts a relevant
    film at rank r by 1 / log2(r + 1) and divides by the value of the best list of n. Recall@n is the number of relevant
    films among the first n divided by min(n, number of relevant films), so that 1 can be reached (Liang et al. 2018,
    Eq. 2); the recall of trec_eval divides by the number of relevant films instead.

    Args:
        recommended: int `(num_asked, n)`, item_index, best first, -1 as padding; n >= 100 for all metrics to be full.
        user_index: int `(num_asked,)`, the user of each list.
        targets: `Ratings` of likes and dislikes.
    Returns:
        values: DataFrame indexed by `user_index`, a column for each metric of `LIST_METRICS`; users without a relevant
            target are left out.
    Raises:
        ValueError: if the arrays disagree, a film occurs twice in a list, or a target is neither 0 nor 1.
    References:
        Järvelin and Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques" (nDCG); Liang, Krishnan,
        Hoffman and Jebara (2018), "Variational autoencoders for collaborative filtering", section 4.2.
    """
    import ir_measures
    from ir_measures import P, nDCG

    checked, users = check_lists(recommended, user_index, targets)
    relevant = _relevant(targets)
    asked = [row for row, user in enumerate(users) if relevant[user]]
    judged = {str(users[row]): dict.fromkeys(relevant[users[row]], 1) for row in asked}
    lists = {
        str(users[row]): {str(item): float(-rank) for rank, item in enumerate(checked[row].tolist()) if item >= 0}
        for row in asked
    }
    measures = {nDCG @ 10: "ndcg@10", nDCG @ 100: "ndcg@100", P @ 20: "recall@20", P @ 50: "recall@50"}
    values = pd.DataFrame(0.0, index=pd.Index(users[asked], name="user_index"), columns=list(LIST_METRICS))
    found: dict[str, dict[int, float]] = {name: {} for name in LIST_METRICS}
    for metric in ir_measures.iter_calc(
        list(measures), judged, {user: films for user, films in lists.items() if films}
    ):
        found[measures[metric.measure]][int(metric.query_id)] = metric.value
    for name in LIST_METRICS:
        values[name] = pd.Series(found[name], dtype=float).reindex(values.index, fill_value=0.0)
    num_relevant = np.array([len(relevant[user]) for user in values.index])
    for n in (20, 50):  # precision@n is the number of hits divided by n
        values[f"recall@{n}"] *= n / np.minimum(n, num_relevant)
    return values


def check_lists(
    recommended: ArrayLike, user_index: ArrayLike, targets: Ratings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns lists as int64 `(num_asked, n)` and users as int64 `(num_asked,)`, or raises ValueError."""
    Bernoulli().check(targets.rating, "targets")
    users, lists = check_users(user_index, targets.num_users), np.asarray(recommended)
    if lists.ndim != 2 or len(lists) != len(users) or lists.dtype.kind not in "iu":
        raise ValueError(
            f"recommended: expected whole numbers ({len(users)}, n), a row a user, found {lists.dtype} {lists.shape}"
        )
    if len(np.unique(users)) < len(users):
        raise ValueError("user_index: expected every user once, found one twice")
    if lists.size and not (lists.min() >= -1 and lists.max() < targets.num_items):
        raise ValueError(
            f"recommended: expected item_index up to {targets.num_items - 1}, or -1 as padding, found "
            f"{lists.min()} to {lists.max()}"
        )
    ordered = np.sort(lists, axis=1)
    twice = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)
    if twice.any():
        row, column = np.argwhere(twice)[0]
        raise ValueError(f"recommended: expected each film once, found film {ordered[row, column]} twice in row {row}")
    return lists.astype(np.int64), users


def _relevant(targets: Ratings) -> list[list[str]]:
    """The liked targets of each user, their `item_index` as text."""
    names = np.char.mod("%d", targets.item_index)
    liked = targets.rating == 1
    return [names[a:b][liked[a:b]].tolist() for a, b in pairwise(targets.row_splits)]


class RankingComparison(BootstrapComparison):
    """Recommended lists of several predictors for the same users, always beside the films with the most ratings.

    The intervals are over users only. A list ranks all films at once, so its quality is one number for each user. With
    other films to choose from the list itself would differ, which no weights on the films of this list can show.

    `coverage@20` is the share of all films that are in the first 20 places of at least one list. It is a property of
    the whole set of users (a bootstrap sample has fewer different ones and would understate it), so it has no interval.
    `popularity bias@20` is the mean popularity of the films in the first 20 places divided by the mean popularity of
    the liked targets, both averaged within a user first; a film's popularity is the share of the training users who
    rated it. At 1 the lists are as popular as what users like; above 1 they favour well-known films.

    Args:
        split: `Split` of likes and dislikes.
        recommended: dict from predictor to int `(num_asked, n)`, item_index, best first, -1 as padding; the base rate
            "popular films" is added when missing.
        user_index: int `(num_asked,)`, the users of the lists; None for all who have targets, ascending. Those without
            a liked target are left out.
        resamples: int >= 2, bootstrap samples of users.
        seed: int, root of the bootstrap's random numbers.
    Attributes:
        num_users, num_without_relevant: users with a liked target, and users left out.
        num_relevant: their liked targets.
    Raises:
        ValueError: if a list is not valid or has a film that the user rated in the inputs, or no user has a liked
            target.
    Example:
        >>> from rbm_lib import load, random_n
        >>> from rbm_lib.baselines import Ease
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.evaluation import RankingComparison
        >>> small = PlantedSettings(num_users=60, num_items=200, num_ratings=2000)
        >>> split = random_n(load("planted", planted=small).ratings.binarize(3), 5, seed=1)
        >>> lists = Ease(penalty=50.0).fit(split.inputs).recommend(range(60), n=100)
        >>> comparison = RankingComparison(split, {"EASE": lists}, range(60), resamples=20, seed=1)
        >>> comparison.table().index.tolist()
        ['popular films', 'EASE']
    """

    METRICS = (*LIST_METRICS, COVERAGE, POPULARITY_BIAS)

    def __init__(
        self,
        split: Split,
        recommended: Mapping[str, ArrayLike],
        user_index: ArrayLike | None = None,
        *,
        resamples: int = 200,
        seed: int,
    ) -> None:
        self.asked = np.unique(split.targets.user_index) if user_index is None else np.asarray(user_index)
        if PopularFilms.name not in recommended:
            popular = PopularFilms().fit(split.train).fold_in(split.inputs)
            recommended = {PopularFilms.name: popular.recommend(self.asked, LONGEST)} | dict(recommended)
        self.per_user: dict[str, pd.DataFrame] = {}
        for name, lists in recommended.items():
            self.per_user[name] = list_metrics(lists, self.asked, split.targets).sort_index()
            _check_unseen(name, lists, self.asked, split.inputs)
        users = self.per_user[name].index.to_numpy()
        if not len(users):
            raise ValueError("targets: expected a liked target of at least one user, found none")
        self.num_without_relevant = len(self.asked) - len(users)
        self._judged = pd.Series(np.arange(len(self.asked)), index=self.asked)[users].to_numpy()
        liked = split.targets.select((split.targets.rating == 1) & np.isin(split.targets.user_index, users))
        self.num_relevant = liked.num_ratings
        learned_from = max(1, int((split.train.ratings_per_user > 0).sum()))
        self._popularity = split.train.ratings_per_item / learned_from
        self._of_liked = _mean_of_rows(liked.user_index, self._popularity[liked.item_index], liked.num_users)[users]
        super().__init__(split, recommended, users, resamples=resamples, seed=seed)

    def _values(self, samples: Samples) -> dict[tuple[str, str], NDArray[np.float64]]:
        weights = samples.user_weights
        return {
            (name, metric): values for name in self.predictions for metric, values in self._of(name, weights).items()
        }

    def _of(self, predictor: str, weights: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Every metric of one predictor on each row of `weights`."""
        per_user, drawn = self.per_user[predictor], weights.sum(axis=1)
        values = {metric: weights @ per_user[metric].to_numpy() / drawn for metric in LIST_METRICS}
        first = np.asarray(self.predictions[predictor])[self._judged, :LISTED]
        row, column = np.nonzero(first >= 0)
        listed = first[row, column]
        covered = len(np.unique(listed)) / len(self._popularity)
        # NaN on the resamples: `metrics.interval` then gives no interval
        values[COVERAGE] = np.concatenate([[covered], np.full(len(weights) - 1, np.nan)])
        of_listed = _mean_of_rows(row, self._popularity[listed], len(first))
        # also NaN if no training user rated a liked target
        liked, bias = weights @ self._of_liked, np.full(len(weights), np.nan)
        values[POPULARITY_BIAS] = np.divide(weights @ of_listed, liked, out=bias, where=liked > 0)
        return values

    def _part(self, split: Split, mask: NDArray[np.bool_], only: Collection[str] | None) -> RankingComparison:
        # The lists stay; fewer of their films are relevant. `only` saves no time: all metrics come from one count.
        return RankingComparison(split, self.predictions, self.asked, **self.drawing)

    def can_judge(self, mask: ArrayLike, metric: str) -> bool:
        """As `BootstrapComparison.can_judge`, of the users who have a liked target."""
        return super().can_judge(np.asarray(mask) & (self.split.targets.rating == 1), metric)


def _check_unseen(name: str, lists: ArrayLike, users: NDArray[np.integer], inputs: Ratings) -> None:
    """Raises ValueError if a list has a film that its user rated in the inputs."""
    row, column = np.nonzero(np.asarray(lists) >= 0)
    listed = users[row].astype(np.int64) * inputs.num_items + np.asarray(lists)[row, column]
    rated = inputs.user_index.astype(np.int64) * inputs.num_items + inputs.item_index
    if np.isin(listed, rated).any():
        user, item = divmod(int(listed[np.isin(listed, rated)][0]), inputs.num_items)
        raise ValueError(
            f"recommended: expected no film that the user rated in the inputs, found item_index {item} for user_index "
            f"{user} in the lists of {name!r}"
        )


def _mean_of_rows(row: NDArray[np.integer], values: NDArray[np.float64], num_rows: int) -> NDArray[np.float64]:
    """Mean of the values of each row, 0 where it has none: float `(num_rows,)`."""
    count = np.bincount(row, minlength=num_rows)
    return np.bincount(row, values, num_rows) / np.maximum(count, 1)
