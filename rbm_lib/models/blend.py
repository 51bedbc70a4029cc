"""A blend: the predictions of several machines, combined by a regression that is fitted on a validation part.

The plain mean of several predictors varies too little: where their errors differ, it is closer to the overall mean than
the ratings are. A regression on held-out ratings restores the spread. It weights each machine by its accuracy, and more
where its distribution is narrow and where the user and the film have many ratings.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from rbm_lib.splits import Split

from .combined import PredictsRatings
from .counts import relative_log_counts
from .outputs import check_threshold, share_of_likes

# With tens of thousands of ratings to fit, ten times more or less of either changed the error in the fourth digit.
STAR_PENALTY, LIKE_STRENGTH = 100.0, 0.1
LEAST = 1e-6  # probabilities are clipped to the range from this to 1 minus this


class Blend:
    """Stars, or P(like), from the predictions of several machines of stars.

    stars   = intercept + a . x + x' B x             fitted by ridge regression
    P(like) = sigmoid(intercept + a . x + x' B x)    fitted by logistic regression

    x holds, for each machine, the expected stars and their standard deviation (for likes the log odds of a like as
    well). It also holds the logarithms of the numbers of ratings that the user and the film have among the inputs,
    relative to the mean user and film. All of it is standardised.

    Args:
        values: ascending floats, the possible ratings.
        threshold: the fewest stars of a like, to blend P(like); None blends stars.
    Raises:
        ValueError: if `threshold` makes every value a like, or none.
    References:
        Wolpert (1992), "Stacked generalization".
    Example:
        >>> from rbm_lib import Blend, Recipe, load, random_fraction
        >>> from rbm_lib.datasets import PlantedSettings
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> stars = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> tuning = stars.validation(0.1, seed=1)
        >>> recipes = [Recipe(based=based, num_hidden=2, epochs=1) for based in ("user", "item")]
        >>> blend = Blend([1, 2, 3, 4, 5]).fit([recipe.train(tuning.inputs)[0] for recipe in recipes], tuning)
        >>> expected = blend.predict_ratings([recipe.train(stars.inputs)[0] for recipe in recipes], stars)
        >>> expected.shape == (stars.targets.num_ratings,)
        True
    """

    regression: Any  # scikit-learn's pipeline, made by `fit`

    def __init__(self, values: ArrayLike, *, threshold: float | None = None) -> None:
        self.values: NDArray[np.float64] = np.asarray(values, np.float64)
        self.threshold: float | None = threshold
        if threshold is not None:
            check_threshold(self.values, threshold)

    def fit(self, machines: Sequence[PredictsRatings], split: Split) -> "Blend":
        """Fits the weights of machines of these kinds.

        Args:
            machines: list with `predict_ratings(split, output="distribution")`, trained on `split.inputs`.
            split: `Split` of stars, of a validation part: the machines were not trained on its targets.
        Returns:
            blend: itself.
        Raises:
            ValueError: without a machine, or for likes if all targets are likes or all are dislikes.
        """
        statement, rating = self._statement(machines, split), split.targets.rating.astype(np.float64)
        spread = [StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler()]
        if self.threshold is None:
            self.regression = make_pipeline(*spread, Ridge(STAR_PENALTY)).fit(statement, rating)
        else:
            likes = LogisticRegression(C=LIKE_STRENGTH, max_iter=1000)
            self.regression = make_pipeline(*spread, likes).fit(statement, rating >= self.threshold)
        return self

    def predict_ratings(self, machines: Sequence[PredictsRatings], split: Split) -> NDArray[np.float32]:
        """The regression's prediction from machines like those it was fitted on, in the same order.

        Args:
            machines: list as in `fit`, trained on `split.inputs`.
            split: `Split` of stars.
        Returns:
            rating: float32 `(num_targets,)`, stars between the lowest and the highest, or P(like).
        Raises:
            ValueError: for another number of machines than in `fit`.
        """
        if not hasattr(self, "regression"):
            raise ValueError("blend: expected one that was fitted, found one that was not; call `fit` first")
        statement = self._statement(machines, split)
        if statement.shape[1] != self.regression.n_features_in_:
            expected = (self.regression.n_features_in_ - 2) // (2 if self.threshold is None else 3)
            raise ValueError(f"machines: expected {expected}, as in fit, found {len(machines)}")
        if self.threshold is not None:
            like = self.regression.predict_proba(statement)[:, 1]
            return np.clip(like, LEAST, 1 - LEAST).astype(np.float32)  # log loss stays finite
        return np.clip(self.regression.predict(statement), self.values[0], self.values[-1]).astype(np.float32)

    def _statement(self, machines: Sequence[PredictsRatings], split: Split) -> NDArray[np.float64]:
        """The machines' predictions of each target, and the counts of ratings: float `(num_targets, ...)`."""
        if not len(machines):
            raise ValueError("machines: expected at least one, found none")
        columns = []
        for machine in machines:
            shares = np.asarray(machine.predict_ratings(split, output="distribution"), np.float64)
            expected = shares @ self.values
            columns += [expected, np.sqrt(np.maximum(shares @ self.values**2 - expected**2, 0))]
            if self.threshold is not None:
                like = np.clip(share_of_likes(shares, self.values, self.threshold), LEAST, 1 - LEAST)
                columns.append(np.log(like / (1 - like)))
        return np.column_stack([*columns, relative_log_counts(split)])
