"""Predictions of a trained model: ratings of targets, films to recommend, free energies."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib._checks import check_choice, check_count
from rbm_lib._process import refuse_forks
from rbm_lib.data import batches_as_dataset
from rbm_lib.sparse import INFERENCES

from . import feeds, predictions
from .graph_errors import as_value_errors
from .layer import RBMLayer
from .outputs import as_keras_returns, summarize
from .parameters import RBMParameters
from .served import served
from .training.divergence import check_finite
from .training.refusals import OF_DATA, refuse_arguments
from .training.spreading import validated
from .units.contract import VisibleUnits

if TYPE_CHECKING:
    import os

    import pandas as pd
    from numpy.typing import ArrayLike

    from rbm_lib.data import Ratings
    from rbm_lib.serving import ServedMachine
    from rbm_lib.splits import Split

    from .model import RBM


class Predicting(keras.Model):
    """A mixin of `RBM`: its parts, and its predictions."""

    rbm_layer: RBMLayer

    @property
    def num_items(self) -> int:
        """Films."""
        return self.rbm_layer.num_items

    @property
    def num_hidden(self) -> int:
        """Hidden units."""
        return self.rbm_layer.num_hidden

    @property
    def parameters(self) -> RBMParameters:
        """The parameters as the conditionals use them, as tensors; see `RBMLayer.parameters`."""
        return self.rbm_layer.parameters

    @property
    def units(self) -> VisibleUnits:
        """The visible units."""
        return self.rbm_layer.units

    @property
    def conditional(self) -> bool:
        """Whether there are weights from which films were rated to the hidden units."""
        return self.rbm_layer.conditional

    def evaluate(
        self,
        x: Any = None,
        y: None = None,
        *,
        batch_size: int | None = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> list[float] | dict[str, float]:
        """Keras' `evaluate` on the targets of a `Split` (or of a dataset of its batches).

        The metrics are `loss`, `accuracy`, `auc`, `log_loss` for Bernoulli units, `loss`, `rmse`, `mae`, `log_loss` for
        stars; see `outputs.TargetMetrics`.
        """
        refuse_forks()
        batches = x
        if "_use_cached_eval_dataset" not in kwargs:  # else from `fit`, which has checked its parameters and batches
            check_finite(cast("RBM", self), "to evaluate")
            batches = feeds.evaluation_batches(x, self.num_items, self.units, batch_size)
        kwargs = refuse_arguments(kwargs | {"y": y}, OF_DATA)
        evaluate = partial(super().evaluate, batches, return_dict=True, **feeds.check_lengths(kwargs))
        ranks = cast("RBM", self).engine_in_use.ranks
        with as_value_errors():
            inside_fit = "_use_cached_eval_dataset" in kwargs
            found = validated(ranks, evaluate, kwargs["callbacks"]) if ranks and inside_fit else evaluate()
        return as_keras_returns(found, return_dict)

    def predict(self, x: Any, *, batch_size: int = 256, **kwargs: Any) -> NDArray[np.float32]:
        """P(like), or expected stars, of every film for every user; base rates for a user without ratings.

        Args:
            x: `Ratings`, a pair of dense arrays, or a dataset of batches.
            batch_size: int, users at a time.
            **kwargs: those of `keras.Model.predict`.
        Returns:
            rating: float32 `(num_users, num_items)`; drawn values with sampled inference.
        """
        refuse_forks()
        check_finite(cast("RBM", self), "to predict")
        if not isinstance(x, tf.data.Dataset):
            ratings = feeds.as_ratings(x, self.num_items, self.units, may_be_empty=True)
            if not ratings.num_users:
                return np.zeros((0, self.num_items), np.float32)
            if kwargs.keys() <= {"verbose"}:
                return predictions.of_every_film(cast("RBM", self), ratings, batch_size, kwargs.get("verbose", "auto"))
            x = batches_as_dataset(ratings, batch_size, every_user=True)
        with as_value_errors():
            return super().predict(x, **feeds.check_lengths(kwargs))

    def test_on_batch(
        self, x: Any, y: None = None, sample_weight: None = None, return_dict: bool = False
    ) -> list[float] | dict[str, float]:
        """`evaluate` of one batch with targets (`Ratings.batches`), or of a whole `Split`."""
        refuse_forks()
        refuse_arguments({"y": y, "sample_weight": sample_weight}, OF_DATA)
        check_finite(cast("RBM", self), "to evaluate")
        batch = feeds.one_batch(x, cast("RBM", self), targets=True)
        with as_value_errors():
            found = super().test_on_batch(batch, return_dict=True)
        return as_keras_returns(found, return_dict)

    def predict_on_batch(self, x: Any) -> NDArray[np.float32]:
        """`predict` of one batch of `Ratings.batches`, or of all users of `Ratings`: float32 `(batch, num_items)`."""
        refuse_forks()
        check_finite(cast("RBM", self), "to predict")
        batch = feeds.one_batch(x, cast("RBM", self), may_be_empty=True)
        with as_value_errors():
            return super().predict_on_batch(batch)

    def predict_ratings(
        self,
        split: Split,
        *,
        inference: str | None = None,
        output: str = "expected",
        threshold: float = 3,
        targets_as_rated: bool = False,
        repeat: int = 0,
        batch_size: int = 256,
    ) -> NDArray[np.float32]:
        """The model's prediction of each target of a `Split`, from the inputs.

        Args:
            split: `Split` of the units' values.
            inference: "mean_field"; "exact", which sums the hidden units out film by film; or "sampled". Default the
                model's own.
            output: "expected" (P(like), or stars), "mode", "like" or "distribution"; see `outputs.summarize`.
            threshold: fewest stars of a like, for `output="like"` of a model of stars.
            targets_as_rated: bool, whether a conditional model gets the fact that the targets were rated, though not
                how. This is information that a recommender does not have, because users choose what they rate: report
                it with the result.
            repeat: int >= 0, which of the independent repeats of sampled inference.
            batch_size: int, users at a time.
        Returns:
            rating: float32 `(num_targets,)`, in the order of `split.targets`; for "distribution" with one more axis.
        """
        model = cast("RBM", self)
        inference = check_choice(inference or model.inference, INFERENCES, "inference")
        summarize(
            np.zeros((0, *model.units.shape(1)[1:]), np.float32), model.units, output, threshold
        )  # refuses before the work
        found = predictions.of_targets(model, split, batch_size, inference, targets_as_rated, repeat)
        return summarize(found, model.units, output, threshold)

    def recommend(
        self, ratings: Ratings, n: int = 10, *, items: pd.DataFrame | None = None, batch_size: int = 256
    ) -> pd.DataFrame:
        """The unrated films with the best predictions for each user, by their ids.

        The score is how much a user would like a film, not whether the user would choose it: this machine does not use
        the fact that a film is unrated. `rbm_lib.baselines.SemiRestricted` predicts what a user watches next, and
        likes.

        Args:
            ratings: `Ratings` of the units' values, the known ratings of the users.
            n: int >= 1, films a user at most.
            items: DataFrame with item_id and title in the order of `ratings`, as `Dataset.items`, to show titles; or
                None.
            batch_size: int, users at a time.
        Returns:
            table: DataFrame, one row a recommendation, users in the order of `ratings` and each user's best first:
                user_id, rank from 1, item_id, title where `items` are given, and score, mean-field P(like) or expected
                stars. A user who has rated nearly everything has fewer than `n` rows.
        Raises:
            ValueError: for `n` below 1, or `items` that are not those of `ratings`.
        """
        return predictions.recommendations(cast("RBM", self), ratings, items, batch_size, check_count(n, "n"))

    def recommend_positions(
        self, ratings: Ratings, n: int = 10, *, batch_size: int = 256
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The unrated films with the best predictions for each user, as positions; `recommend` gives ids.

        Args:
            ratings: `Ratings` of the units' values, the known ratings of the users.
            n: int >= 1, films a user.
            batch_size: int, users at a time.
        Returns:
            item_index: int32 `(num_users, n)`, best first; -1, which is no position, where a user has rated nearly
                everything.
            score: float32 `(num_users, n)`, mean-field P(like) or expected stars; -inf beside -1.
        """
        return predictions.best_positions(cast("RBM", self), ratings, batch_size, check_count(n, "n"))

    def to_numpy(
        self, path: str | os.PathLike[str] | None = None, *, item_id: ArrayLike | None = None
    ) -> ServedMachine:
        """The machine in NumPy, for predictions without TensorFlow; see `rbm_lib.serving`.

        Args:
            path: of the file to write, such as "rbm.npz", which `serving.load` reads; None writes no file.
            item_id: ids of the films, `(num_items,)`, as `Ratings.item_id`; None numbers them from 0.
        Returns:
            machine: `serving.ServedMachine`.
        Raises:
            ValueError: for units without listed values, for sampled inference, or ids that do not fit.
        """
        return served(cast("RBM", self), path, item_id)

    def free_energy(self, ratings: Ratings, *, batch_size: int = 1024) -> NDArray[np.float32]:
        """Free energy of each user's ratings, float32 `(num_users,)`, in nats; see `energy.free_energy`."""
        return predictions.free_energy_of_users(cast("RBM", self), ratings, batch_size)
