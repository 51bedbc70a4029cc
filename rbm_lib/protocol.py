"""One protocol for every predictor, RBM or baseline: fit on the training part, look at the inputs, answer for targets.

A predictor has `name`, `fit(train)` with a `Ratings`, which returns it and keeps `seen`, what it learned from, and
`predict(user_index, item_index)`, one float a pair: P(like) after likes, expected stars after stars. It may have
`fold_in(inputs)`, what it shall know of users it did not learn from, and `recommend(user_index, n)`, int32
`(num_users, n)`, best first, -1 where there is no film left.
"""

import numpy as np

from rbm_lib.evaluation import Comparison
from rbm_lib.ratings import Ratings
from rbm_lib.splits import Split, check_disjoint
from rbm_lib.star_evaluation import StarComparison

LEAST = 1e-7  # a machine's P(like) keeps this far from 0 and 1, which float32 rounds to: a log loss would be infinite


def fit_predictor(predictor, split):
    """Fits a predictor on a split's training part, and shows it the inputs where they are others.

    Args:
        predictor: of the protocol.
        split: `Split`.
    Returns:
        predictor: the same, fitted.
    Raises:
        ValueError: if it has seen a target, or cannot be shown the ratings of users it did not learn from.
    """
    predictor.fit(split.train)
    if split.inputs is not split.train:
        if not hasattr(predictor, "fold_in"):
            raise ValueError(
                f"{predictor.name}: expected fold_in, as {split.protocol} asks about new users, found none"
            )
        predictor.fold_in(split.inputs)
    check_unseen(predictor, split.targets)
    return predictor


def check_unseen(predictor, targets):
    """Raises ValueError if the predictor was fitted on a target, or does not say what it was fitted on."""
    seen = getattr(predictor, "seen", None)
    if seen is None:
        raise ValueError(f"{predictor.name}: expected seen, the ratings it was fitted on, found none")
    check_disjoint(seen, targets, (f"what {predictor.name!r} has seen", "targets"))


def evaluate(predictors, split, *, threshold=None, resamples=200, seed, progress=iter):
    """Fits predictors on a split's training part and compares them on its targets, base rates beside them.

    Args:
        predictors: list of predictors with names of their own.
        split: `Split` of stars, or of likes and dislikes.
        threshold: fewest stars of a like, to ask of a split of stars for likes; predictors with `reads_stars` then
            learn from the stars, the others from likes and dislikes.
        resamples, seed: of the intervals, as `Comparison` takes them.
        progress: wraps the predictors, as `tqdm` does.
    Returns:
        comparison: `Comparison` of likes, or `StarComparison`.
    Raises:
        ValueError: if names repeat, a predictor has seen a target, or answers with something else than one number each.
    """
    names = [predictor.name for predictor in predictors]
    if len(set(names)) < len(names):
        raise ValueError(f"predictors: expected different names, found {names}")
    asked = split if threshold is None else split.binarize(threshold)
    answers = {}
    for predictor in progress(predictors):
        fitted = fit_predictor(predictor, split if getattr(predictor, "reads_stars", False) else asked)
        answers[predictor.name] = fitted.predict(split.targets.user_index, split.targets.item_index)
    if threshold is None and not np.isin(split.train.rating, (0, 1)).all():
        return StarComparison(asked, answers, values=np.unique(split.train.rating), resamples=resamples, seed=seed)
    return Comparison(asked, answers, resamples=resamples, seed=seed)


class Machine:
    """An RBM of some recipe, as a predictor.

    Args:
        recipe: `Recipe`; its seed says all that is random.
        name: as tables show it.
        threshold: for a recipe of star units, to predict likes: the fewest stars of one. None predicts what it learns.
    """

    def __init__(self, recipe, name, *, threshold=None):
        self.recipe, self.name, self.threshold = recipe, name, threshold
        self.reads_stars = threshold is not None

    def fit(self, train):
        self.predictor, self.history = self.recipe.train(train)
        self.seen = self.inputs = train
        return self

    def fold_in(self, inputs):
        if self.recipe.based == "item":
            raise ValueError(f"{self.name}: expected users as cases, to take in new ones, found films as cases")
        self.inputs = inputs
        return self

    def predict(self, user_index, item_index):
        split, place = question(self.inputs, user_index, item_index)
        arguments = {} if self.threshold is None else {"output": "like", "threshold": self.threshold}
        answer = self.predictor.predict_ratings(split, **arguments)[place].astype(np.float64)
        of_likes = self.threshold is not None or np.isin(self.seen.rating, (0, 1)).all()
        return np.clip(answer, LEAST, 1 - LEAST) if of_likes else answer

    def recommend(self, user_index, n):
        if self.recipe.based == "item":
            raise ValueError(f"{self.name}: expected users as cases, to rank films for one, found films as cases")
        return self.predictor.recommend(rows(self.inputs, user_index), n)[0]


class Mean:
    """What several predictors expect, averaged. Those already fitted on the same ratings are not fitted again.

    Args:
        predictors: list of predictors.
        name: as tables show it.
    Raises:
        ValueError: if some read stars and others likes: one training part cannot serve both.
    """

    def __init__(self, predictors, name):
        self.predictors, self.name = list(predictors), name
        of_stars = [one.name for one in self.predictors if getattr(one, "reads_stars", False)]
        others = [one.name for one in self.predictors if not getattr(one, "reads_stars", False)]
        if of_stars and others:
            raise ValueError(
                f"predictors: expected all to read stars, or none, found {', '.join(of_stars)} that read them and "
                f"{', '.join(others)} that do not"
            )
        self.reads_stars = bool(of_stars)

    def fit(self, train):
        for one in self.predictors:
            if getattr(one, "seen", None) is not train:
                one.fit(train)
        self.seen = train
        return self

    def predict(self, user_index, item_index):
        return np.mean([one.predict(user_index, item_index) for one in self.predictors], axis=0)


def question(inputs, user_index, item_index):
    """A split that asks about pairs of user and film, in any order.

    Args:
        inputs: `Ratings`, what is known of the users.
        user_index, item_index: int `(num_pairs,)`.
    Returns:
        split: `Split` whose targets are the pairs, with ratings that mean nothing.
        place: int `(num_pairs,)`, where among the targets each pair is.
    Raises:
        ValueError: if a pair is among the inputs, or is asked about twice.
    """
    user_index, item_index = np.asarray(user_index), np.asarray(item_index)
    pair, place = np.unique(user_index.astype(np.int64) * inputs.num_items + item_index, return_inverse=True)
    if len(pair) < len(user_index):
        raise ValueError(f"user_index, item_index: expected every pair once, found {len(user_index) - len(pair)} again")
    user, item = np.divmod(pair, inputs.num_items)
    counts = np.bincount(user, minlength=inputs.num_users)
    targets = Ratings(
        row_splits=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        item_index=item.astype(np.int32),
        rating=np.full(len(pair), inputs.rating.min() if inputs.num_ratings else 0, np.float32),
        user_id=inputs.user_id,
        item_id=inputs.item_id,
    )
    return Split(inputs, targets, "a question", inputs.user_id[:0]), place.reshape(-1)


def rows(ratings, user_index):
    """The ratings of some users, in their order, as a `Ratings` of those users alone."""
    user_index = np.asarray(user_index)
    counts = ratings.ratings_per_user[user_index]
    splits = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    taken = np.arange(splits[-1]) + np.repeat(ratings.row_splits[user_index] - splits[:-1], counts)
    return Ratings(
        row_splits=splits,
        item_index=ratings.item_index[taken],
        rating=ratings.rating[taken],
        user_id=ratings.user_id[user_index],
        item_id=ratings.item_id,
    )
