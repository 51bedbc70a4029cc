"""Machines whose settings the library chooses itself, on a validation part of the given ratings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from rbm_lib._checks import check_choice, check_fraction, check_number, check_seed
from rbm_lib._parallel import check_jobs, run_all
from rbm_lib.baselines import OrdinalBiases
from rbm_lib.models import LogPool, Recipe, UserDrift, cross_fitted, summarize_shares, train_recipes
from rbm_lib.splits import Split, random_fraction

from .machines import check_some_held_out, question, with_known_ratings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.data import Ratings
    from rbm_lib.models import Biases

BASES = ("item", "user")
PRECISIONS = (15.0, 30.0, 60.0)  # of the weights; no tested data set gained beyond either end
KINDS = ("linear", "ordinal", "plain")
LOOSER = 0.5  # the precision of plain machines relative to the others': their weights learn the biases as well
FOLDS = 5  # for the cross-fitted machine from whose errors the drift is inferred


class AutomaticMachine:
    """User-based and item-based machines, settings chosen by validation, pooled with the biases alone.

    `fit` holds out a part of its ratings for validation. On the rest it trains one user-based and one item-based
    machine for each prior precision of the weights (couplings), with weights linear in the star, and keeps the better
    precision of each base. With that precision it trains the other kinds, whose errors differ: "ordinal", with weights
    that grow from star to star, and, with half of the precision, "plain", without biases of users and without a hidden
    offset, like the machines of 2007. On the validation part it fits the weights of a `LogPool` of all these and of
    `OrdinalBiases`; then it trains the chosen machines on all ratings. There is nothing to set. 100,000 ratings take
    about a minute on 2 processors, a million about ten.

    With `drift`, ratings given at about the same moment affect each other's predictions, see `UserDrift`. A machine is
    cross-fitted for this, and `predict_ratings` uses the timestamps of its targets. Report this with the result: it is
    information that is available at the moment of rating, but with a random split it also includes what the user rated
    in the next minute.

    Args:
        kinds: from `KINDS`, the machines for each base; "linear" is always included. Likes have no "ordinal".
        drift: bool, whether to use timestamps.
        fraction: float between 0 and 1, share of the ratings in the validation part.
        precisions: floats >= 0, the candidates; see `Recipe.prior_precision`.
        threshold: float, fewest stars of a like, for `predict` to return P(like) after fitting stars; None to predict
            what it is fitted on.
        seed: int, of the validation part and of the machines.
        progress: wraps the recipes to train, as `tqdm` does.
        n_jobs: int, how many machines are trained at the same time; see `rbm_lib.models.train_recipes`.
        **settings: attributes of `Recipe` that replace those of `Recipe.for_ratings`, such as `num_hidden=50`; `stars`,
            ascending floats, if ratings may have other values than those in `fit`.
    Raises:
        ValueError: naming the argument; from `fit`, if no rating can be held out.
    Example:
        >>> from rbm_lib import load, random_fraction
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.evaluation import AutomaticMachine
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> machine = AutomaticMachine(kinds=["linear"], precisions=[30], num_hidden=2, epochs=1).fit(split.inputs)
        >>> machine.predict(split.targets.user_index, split.targets.item_index).shape
        (200,)
        >>> machine.trials.columns.tolist()
        ['based', 'prior_precision', 'rmse', 'log_loss', 'chosen']
    """

    name = "pool of RBMs"
    trials: pd.DataFrame  # a row for each tested machine: its settings, its errors on the validation part

    def __init__(
        self,
        *,
        kinds: Sequence[str] = KINDS,
        drift: bool = False,
        fraction: float = 0.1,
        precisions: Sequence[float] = PRECISIONS,
        threshold: float | None = None,
        seed: int = 1,
        progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
        n_jobs: int | None = None,
        **settings: Any,
    ) -> None:
        self.kinds = [check_choice(kind, KINDS, "kinds") for kind in kinds]
        self.with_drift = drift
        self.fraction, self.seed = check_fraction(fraction), check_seed(seed)
        self.precisions = [float(precision) for precision in precisions]
        if not self.precisions:
            raise ValueError("precisions: expected at least one number, found none")
        self.threshold = threshold if threshold is None else check_number(threshold, "threshold")
        self.reads_stars = threshold is not None
        self.progress, self.n_jobs, self.settings = progress, check_jobs(n_jobs), settings

    def fit(self, train: Ratings) -> Self:
        """Chooses settings and weights, then trains on all of `train`, a `Ratings`; returns itself."""
        self.seen = self.inputs = train
        self.values: NDArray[np.float64] = np.array(self.settings.get("stars", np.unique(train.rating)), np.float64)
        candidates = self._candidates(train)
        tuning = random_fraction(train, self.fraction, seed=self.seed, purpose="choice of settings")
        check_some_held_out(tuning, train)
        if self.with_drift and train.timestamp is None:
            raise ValueError("train: expected ratings that say when they were given, found no timestamps; drift=False")
        biases = OrdinalBiases(values=self.values).fit(tuning.inputs)
        chosen, tried = self._choose(candidates, tuning, biases.biases)
        more = [recipe for base in chosen for recipe in self._other_kinds(base)]
        self.recipes = [*chosen, *more]
        how: dict[str, Any] = {"progress": self.progress, "n_jobs": self.n_jobs}
        tried = [biases, *tried, *train_recipes(more, tuning.inputs, biases=biases.biases, **how)]
        self.pool = LogPool(self.values).fit(tried, tuning)
        if self.with_drift:
            self._fit_drift(tuning, chosen[0], tried)
        biases = OrdinalBiases(values=self.values).fit(train)
        self.members = [biases, *train_recipes(self.recipes, train, biases=biases.biases, **how)]
        return self

    def _fit_drift(self, tuning: Split, recipe: Recipe, tried: list[Any]) -> None:
        """Chooses the drift's settings on the validation part, and then gives it all ratings as known.

        The settings are chosen with machines cross-fitted on the rest, so that no machine was trained on the validation
        part. Then the validation part becomes known, with the predictions of a machine trained on the rest.
        """
        how: dict[str, Any] = {"seed": self.seed, "progress": self.progress, "n_jobs": self.n_jobs}
        said = cross_fitted(recipe, tuning.inputs, num_folds=FOLDS, **how)
        pooled = self.pool.predict_ratings(tried, tuning, output="distribution")
        self.drift = UserDrift(self.values).fit(tuning.inputs, said, tuning.targets, pooled, seed=self.seed)
        of_all = np.empty((self.seen.num_ratings, said.shape[1]), np.float32)
        left = np.isin(self.seen.pair_index, tuning.inputs.pair_index, assume_unique=True)
        of_all[left], of_all[~left] = said, tried[1].predict_ratings(tuning, output="distribution")
        self.drift.fold_in(self.seen, of_all)

    def _other_kinds(self, recipe: Recipe) -> list[Recipe]:
        """The recipes of the kinds besides "linear", of one base."""
        likes = recipe.units == "bernoulli"
        changes: dict[str, dict[str, Any]] = {
            "ordinal": {"units": "ordinal"},
            "plain": {
                "units": recipe.units if likes else "ordinal",
                "user_bias": 0,
                "hidden_offset": 0.0,
                "prior_precision": LOOSER * recipe.prior_precision,
            },
        }
        wanted = [kind for kind in self.kinds if kind in changes and not (likes and kind == "ordinal")]
        return [replace(recipe, **changes[kind]) for kind in wanted]

    def _candidates(self, train: Ratings) -> list[Recipe]:
        """The candidate recipes."""
        settings = {"stars": tuple(self.values.tolist()), "seed": self.seed} | self.settings
        start = {based: Recipe.for_ratings(train, based=based, **settings) for based in BASES}
        return [replace(start[based], prior_precision=p) for based in BASES for p in self.precisions]

    def _choose(self, candidates: list[Recipe], tuning: Split, biases: Biases) -> tuple[list[Recipe], list[Any]]:
        """The better recipe of each base on a validation part, and its machine there."""
        best: dict[str, tuple[float, Recipe, Any]] = {}
        rows = []
        given = np.searchsorted(self.values, tuning.targets.rating)
        names = [f"AutomaticMachine: {recipe}" for recipe in candidates]
        how: dict[str, Any] = {"shared": (tuning, biases), "names": names, "progress": self.progress}
        for recipe, (machine, said) in zip(candidates, run_all(_try, candidates, self.n_jobs, **how), strict=True):
            shares = said.astype(np.float64)
            rmse = float(np.sqrt(np.mean((shares @ self.values - tuning.targets.rating) ** 2)))
            log_loss = float(-np.log(np.maximum(shares[np.arange(len(given)), given], 1e-9)).mean())
            rows.append((recipe.based, recipe.prior_precision, rmse, log_loss))
            if recipe.based not in best or rmse < best[recipe.based][0]:
                best[recipe.based] = rmse, recipe, machine
        self.trials = pd.DataFrame(rows, columns=["based", "prior_precision", "rmse", "log_loss"])
        chosen = [(self.trials["rmse"] == best[based][0]) & (self.trials["based"] == based) for based in BASES]
        self.trials["chosen"] = chosen[0] | chosen[1]
        return [best[based][1] for based in BASES], [best[based][2] for based in BASES]

    def predict(self, user_index: ArrayLike, item_index: ArrayLike) -> NDArray[np.float64]:
        """Expected stars, or P(like), of each pair, float64 `(num_asked,)`; see `question` for what is refused.

        A pair has no timestamp, so no drift is applied.
        """
        split, place = question(self.inputs, user_index, item_index)
        how: dict[str, Any] = {} if self.threshold is None else {"output": "like", "threshold": self.threshold}
        answer: NDArray[np.float64] = self.pool.predict_ratings(self.members, split, **how)[place].astype(np.float64)
        return answer

    def predict_ratings(self, split: Split, *, output: str = "expected", threshold: float = 3) -> NDArray[np.float32]:
        """The prediction of each target of a split from its inputs; see `LogPool.predict_ratings`."""
        split = with_known_ratings(split, self.values)
        if not self.with_drift:
            return self.pool.predict_ratings(self.members, split, output=output, threshold=threshold)
        shares = self.pool.predict_ratings(self.members, split, output="distribution")
        adjusted = self.drift.adjust(shares, split.targets)
        return summarize_shares(adjusted, self.values, output, threshold).astype(np.float32)


def _try(recipe: Recipe, tuning: Split, biases: Biases) -> tuple[Any, NDArray[np.float32]]:
    """A recipe's machine on a validation part, and P(value) of each target."""
    machine = recipe.train(tuning.inputs, biases=biases)[0]
    return machine, machine.predict_ratings(tuning, output="distribution")
