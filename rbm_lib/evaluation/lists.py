"""Quality of recommended lists and of each user's own order: trec_eval through ir-measures, intervals over users."""

from itertools import pairwise

import numpy as np
import pandas as pd

from rbm_lib.baselines import PopularFilms, check_users
from rbm_lib.models import Bernoulli

from . import metrics

LIST_METRICS = ("ndcg@10", "ndcg@100", "recall@20", "recall@50")
LONGEST = 100  # the longest list that a metric looks at
LISTED = 20  # films of each list that coverage and popularity bias look at
COVERAGE, POPULARITY_BIAS = f"coverage@{LISTED}", f"popularity bias@{LISTED}"


def list_metrics(recommended, user_index, targets):
    """nDCG and recall of each user's list.

    Relevant are a user's liked targets; disliked targets and all other films gain nothing. nDCG@n discounts a relevant
    film at rank r by 1 / log2(r + 1) and divides by the best list of n. Recall@n is the number of relevant films among
    the first n divided by min(n, number of relevant films), so that 1 can be reached (Liang et al. 2018, Eq. 2); the
    recall of trec_eval divides by the number of relevant films instead.

    Args:
        recommended: int `(num_asked, n)`, item_index, best first, -1 as padding; n >= 100 for all metrics to be full.
        user_index: int `(num_asked,)`, whose list each is.
        targets: `Ratings` of likes and dislikes.
    Returns:
        values: DataFrame indexed by `user_index`, a column a metric of `LIST_METRICS`; users without a relevant target
            are left out.
    Raises:
        ValueError: if the arrays disagree, a film occurs twice in a list, or a target is neither 0 nor 1.
    References:
        Järvelin and Kekäläinen (2002), "Cumulated gain-based evaluation of IR techniques" (nDCG); Liang, Krishnan,
        Hoffman and Jebara (2018), "Variational autoencoders for collaborative filtering", section 4.2.
    """
    import ir_measures
    from ir_measures import P, nDCG

    recommended, users = check_lists(recommended, user_index, targets)
    relevant = _relevant(targets)
    asked = [row for row, user in enumerate(users) if relevant[user]]
    judged = {str(users[row]): dict.fromkeys(relevant[users[row]], 1) for row in asked}
    lists = {
        str(users[row]): {str(item): float(-rank) for rank, item in enumerate(recommended[row].tolist()) if item >= 0}
        for row in asked
    }
    measures = {nDCG @ 10: "ndcg@10", nDCG @ 100: "ndcg@100", P @ 20: "recall@20", P @ 50: "recall@50"}
    values = pd.DataFrame(0.0, index=pd.Index(users[asked], name="user_index"), columns=list(LIST_METRICS))
    found = {name: {} for name in LIST_METRICS}
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


def check_lists(recommended, user_index, targets):
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


def _relevant(targets):
    """The liked targets of each user, as lists of text."""
    names = np.char.mod("%d", targets.item_index)
    liked = targets.rating == 1
    return [names[a:b][liked[a:b]].tolist() for a, b in pairwise(targets.row_splits)]


class RankingComparison:
    """Recommended lists of several predictors for the same users, never without the most rated films beside them.

    `coverage@20` is the share of all films that stand in the first 20 places of anybody's list. It belongs to the whole
    set of users (a bootstrap sample holds fewer different ones and would understate it), so it has no interval.
    `popularity bias@20` is the mean popularity of the films in the first 20 places divided by the mean popularity of
    the liked targets, both averaged within a user first; a film's popularity is the share of the users the predictors
    learned from who rated it. At 1 the lists are as popular as what users like; above 1 they favour well-known films.

    Args:
        split: `Split` of likes and dislikes.
        recommended: dict from predictor to int `(num_asked, n)`, item_index, best first, -1 as padding; the base rate
            "popular films" is added when missing.
        user_index: int `(num_asked,)`, whom was recommended to; None for all who have targets, ascending. Those without
            a liked target are left out.
        resamples: int >= 2, bootstrap samples of users.
        seed: int, root of the bootstrap.
    Attributes:
        num_users, num_without_relevant: users with a liked target, and users left out.
        num_relevant: their liked targets.
    Raises:
        ValueError: if a list does not fit or names a film the user rated in the inputs, or nobody has a liked target.
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

    def __init__(self, split, recommended, user_index=None, *, resamples=200, seed):
        self.split, recommended = split, dict(recommended)
        asked = np.unique(split.targets.user_index) if user_index is None else np.asarray(user_index)
        train = split.train
        if PopularFilms.name not in recommended:
            popular = PopularFilms().fit(train).fold_in(split.inputs)
            recommended = {PopularFilms.name: popular.recommend(asked, LONGEST)} | recommended
        self.per_user, first = {}, {}
        for name, lists in recommended.items():
            values = self.per_user[name] = list_metrics(lists, asked, split.targets).sort_index()
            _check_unseen(name, lists, asked, split.inputs)
            position = pd.Series(np.arange(len(asked)), index=asked)[values.index]
            first[name] = np.asarray(lists)[position, :LISTED]
        if not len(values):
            raise ValueError("targets: expected a liked target of at least one user, found none")
        self.num_users, self.num_without_relevant = len(values), len(asked) - len(values)
        users = values.index.to_numpy()
        liked = split.targets.select((split.targets.rating == 1) & np.isin(split.targets.user_index, users))
        self.num_relevant = liked.num_ratings
        popularity = train.ratings_per_item / max(1, int((train.ratings_per_user > 0).sum()))
        of_liked = _mean_of_rows(liked.user_index, popularity[liked.item_index], liked.num_users)[users]
        _, weights = metrics.draw_users(users, resamples=resamples, seed=seed)  # a column a user, ascending
        resampled = pd.DataFrame(
            {
                (name, metric): values
                for name in recommended
                for metric, values in self._resample(name, first[name], popularity, of_liked, weights).items()
            }
        )
        self.resampled = metrics.without_few_users(resampled, self.num_users)

    def _resample(self, name, first, popularity, of_liked, weights):
        """Every metric of one predictor for each row of `weights` `(num_samples, num_users)`."""
        values = {
            metric: weights @ self.per_user[name][metric].to_numpy() / weights.sum(axis=1) for metric in LIST_METRICS
        }
        row, column = np.nonzero(first >= 0)
        listed = first[row, column]
        covered = len(np.unique(listed)) / len(popularity)
        # no number in the resamples: `metrics.interval` then gives no interval
        values[COVERAGE] = np.concatenate([[covered], np.full(len(weights) - 1, np.nan)])
        of_listed = _mean_of_rows(row, popularity[listed], len(first))
        # no number either where nobody's liked targets were rated by anyone that was learned from
        liked = weights @ of_liked
        values[POPULARITY_BIAS] = np.divide(
            weights @ of_listed, liked, out=np.full(len(liked), np.nan), where=liked > 0
        )
        return values

    def interval(self, predictor, metric):
        """(value, low, high) of one metric of one predictor."""
        return metrics.interval(self.resampled[predictor, metric])

    def gain(self, predictor, over, metric):
        """(value, low, high) of how much more one predictor reaches than another, on the same drawn users.

        Raises:
            ValueError: for coverage and popularity bias, of which more is not better.
        """
        if metric not in LIST_METRICS:
            raise ValueError(f"metric: expected one of {', '.join(LIST_METRICS)}, found {metric!r}")
        return metrics.interval(self.resampled[predictor, metric] - self.resampled[over, metric])

    def long(self):
        """DataFrame, a row a predictor and metric: predictor, metric, value, low, high."""
        rows = [(*column, *metrics.interval(self.resampled[column])) for column in self.resampled.columns]
        return pd.DataFrame(rows, columns=["predictor", "metric", "value", "low", "high"])

    def table(self):
        """DataFrame, a row a predictor and a column a metric."""
        wide = self.long().pivot(index="predictor", columns="metric", values="value")
        return wide.reindex(index=list(self.per_user), columns=list(self.METRICS))


def _check_unseen(name, lists, users, inputs):
    row, column = np.nonzero(np.asarray(lists) >= 0)
    listed = users[row].astype(np.int64) * inputs.num_items + np.asarray(lists)[row, column]
    rated = inputs.user_index.astype(np.int64) * inputs.num_items + inputs.item_index
    if np.isin(listed, rated).any():
        user, item = divmod(int(listed[np.isin(listed, rated)][0]), inputs.num_items)
        raise ValueError(
            f"recommended: expected no film that the user rated in the inputs, found item_index {item} for user_index "
            f"{user} in the lists of {name!r}"
        )


def _mean_of_rows(row, values, num_rows):
    """Mean of the values of each row, 0 where it has none: float `(num_rows,)`."""
    count = np.bincount(row, minlength=num_rows)
    return np.bincount(row, values, num_rows) / np.maximum(count, 1)
