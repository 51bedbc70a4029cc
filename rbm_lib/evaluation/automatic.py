"""Machines whose settings fit the data, chosen by the library on a validation part of the ratings it is given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from rbm_lib._checks import check_fraction, check_seed
from rbm_lib.baselines import OrdinalBiases
from rbm_lib.models import LogPool, Recipe
from rbm_lib.splits import Split, random_fraction

from .machines import question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from rbm_lib.data import Ratings

BASES = ("item", "user")
PRECISIONS = (15.0, 30.0, 60.0)  # of the couplings; beyond either end no data set that was tried gained


class AutomaticMachine:
    """A user-based and an item-based machine, settings chosen by validation, pooled with the biases alone.

    `fit` holds a part of its ratings out. On the rest it trains a machine of each base for each precision of the
    couplings; on the part it keeps the better precision of each base, and fits the weights of a `LogPool` of the two
    and of `OrdinalBiases`. Then it trains the chosen ones on everything. Nothing else is asked of the data, and nobody
    has to set anything. 100,000 ratings take about half a minute on 2 processors, a million about five.

    Args:
        fraction: float between 0 and 1, share of the ratings in the validation part.
        precisions: floats >= 0, which to choose from; see `Recipe.prior_precision`.
        seed: int, of the validation part and of the machines.
        progress: wraps the recipes to train, as `tqdm` does.
        **settings: attributes of `Recipe` to have otherwise than `Recipe.for_ratings` says, as `num_hidden=50`.
    Raises:
        ValueError: naming the argument.
    Example:
        >>> from rbm_lib import load, random_fraction
        >>> from rbm_lib.datasets import PlantedSettings
        >>> from rbm_lib.evaluation import AutomaticMachine
        >>> small = PlantedSettings(num_users=80, num_items=40, num_ratings=2000)
        >>> split = random_fraction(load("planted", planted=small).ratings, 0.1, seed=1)
        >>> machine = AutomaticMachine(precisions=[30], num_hidden=2, epochs=1).fit(split.inputs)
        >>> machine.predict(split.targets.user_index, split.targets.item_index).shape
        (200,)
        >>> machine.trials.columns.tolist()
        ['based', 'prior_precision', 'rmse', 'log_loss', 'chosen']
    """

    name = "automatic RBM"
    trials: pd.DataFrame  # a row a machine that was tried: its settings, its errors on the validation part

    def __init__(
        self,
        *,
        fraction: float = 0.1,
        precisions: Sequence[float] = PRECISIONS,
        seed: int = 1,
        progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
        **settings: Any,
    ) -> None:
        self.fraction, self.seed = check_fraction(fraction), check_seed(seed)
        self.precisions = [float(precision) for precision in precisions]
        if not self.precisions:
            raise ValueError("precisions: expected at least one number, found none")
        self.progress, self.settings = progress, settings

    def fit(self, train: Ratings) -> Self:
        """Chooses settings and weights, then trains on all of `train`, a `Ratings`; returns itself."""
        self.seen = self.inputs = train
        self.values: NDArray[np.float64] = np.unique(train.rating).astype(np.float64)
        tuning = random_fraction(train, self.fraction, seed=self.seed, purpose="choice of settings")
        self.recipes, tried = self._choose(tuning)
        biases = OrdinalBiases(values=self.values)
        self.pool = LogPool(self.values).fit([biases.fit(tuning.inputs), *tried], tuning)
        self.members = [biases.fit(train), *(recipe.train(train)[0] for recipe in self.recipes)]
        return self

    def _choose(self, tuning: Split) -> tuple[list[Recipe], list[Any]]:
        """The better recipe of each base on a validation part, and its machine there."""
        settings = {"stars": tuple(self.values.tolist()), "seed": self.seed} | self.settings
        start = {based: Recipe.for_ratings(self.seen, based=based, **settings) for based in BASES}
        candidates = [replace(start[based], prior_precision=p) for based in BASES for p in self.precisions]
        best: dict[str, tuple[float, Recipe, Any]] = {}
        rows = []
        given = np.searchsorted(self.values, tuning.targets.rating)
        for recipe in self.progress(candidates):
            machine = recipe.train(tuning.inputs)[0]
            shares = machine.predict_ratings(tuning, output="distribution").astype(np.float64)
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
        """Expected stars, or P(like), of each pair, float64 `(num_asked,)`; see `question` for what is refused."""
        split, place = question(self.inputs, user_index, item_index)
        expected: NDArray[np.float64] = self.predict_ratings(split)[place].astype(np.float64)
        return expected

    def predict_ratings(self, split: Split, *, output: str = "expected", threshold: float = 3) -> NDArray[np.float32]:
        """What is expected of each target of a split from its inputs; see `LogPool.predict_ratings`."""
        return self.pool.predict_ratings(self.members, split, output=output, threshold=threshold)
