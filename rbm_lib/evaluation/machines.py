"""RBMs, and means of several, as predictors of the protocol."""

import numpy as np

from rbm_lib.data import Ratings, rows
from rbm_lib.splits import Split

LEAST = 1e-7  # a machine's P(like) keeps this far from 0 and 1, which float32 rounds to: a log loss would be infinite


class Machine:
    """An RBM of some recipe, as a predictor.

    Args:
        recipe: `Recipe`; its seed says all that is random.
        name: as tables show it.
        threshold: for a recipe of star units, to predict likes: the fewest stars of one. None predicts what it learns.
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
