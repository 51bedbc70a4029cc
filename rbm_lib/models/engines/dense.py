"""The dense engine: every mini-batch as matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib import draws

from .. import conditionals, energy, feeds
from ..contrastive_divergence import ascent_direction, persistent_direction
from ..loss import left_out_loss
from ..parameters import units_of
from ..reparametrised import pull_back
from ..training.row_adam import RowAdam

if TYPE_CHECKING:
    from ..model import RBM
    from ..parameters import Increments, RBMParameters


class DenseEngine:
    """Every mini-batch as a matrix of users by films, with its mask."""

    name = "dense"
    ranks = None  # it is not spread over several processes

    def direction(
        self, model: RBM, batch: dict[str, tf.Tensor], step: tf.Tensor, persistent: tf.Tensor | None = None
    ) -> tuple[Increments, tf.Tensor, tf.Tensor | None, tf.Tensor]:
        """The CD-k direction, and which observed ratings the chain reproduced.

        Args:
            model: `RBM`.
            batch: dict of tensors, as `Ratings.batches` makes them.
            step: int64 scalar tensor, `RBM.steps_done`.
            persistent: uint8 `(batch, num_hidden)`, the last states of persistent chains, or None.
        Returns:
            direction: `Increments`, in nats per unit of each trained parameter; for `RowAdam` as `tf.IndexedSlices` of
                the films that the batch rated.
            agreement: `(num_observed,)`, in any order: whether each rating was reproduced, or with what probability.
            persistent: the new last states, or None.
            loss: float32 `(num_users,)`, of users with ratings; see `loss.left_out_loss`.
        """
        visible, observed_mask = feeds.densify_batch(batch, model.num_items, model.units)
        address = draws.DrawAddress(model.seed, draws.TRAINING, step, batch["user_index"])
        parameters = model.rbm_layer.parameters_given(visible, observed_mask)
        common = (visible, observed_mask, parameters, address, model.current_cd_steps)
        if persistent is None:
            direction, end = ascent_direction(*common, negative=model.negative)
        else:
            direction, end, persistent = persistent_direction(*common, persistent, negative=model.negative)
        agreement = tf.boolean_mask(model.units.agrees(end, visible), observed_mask)
        loss = left_out_loss(batch, visible, observed_mask, parameters)
        direction = pull_back(direction, model.units, model.rbm_layer.hidden_offset)
        if isinstance(getattr(model, "optimizer", None), RowAdam):  # a model that is not compiled has none
            direction = rows_of(direction, tf.cast(tf.where(tf.reduce_any(observed_mask, axis=0))[:, 0], tf.int32))
        return direction, agreement, persistent, loss

    def targets(
        self,
        model: RBM,
        batch: dict[str, tf.Tensor],
        inference: str,
        repeat: int | tf.Tensor,
        targets_as_rated: bool = False,
    ) -> tf.Tensor:
        """P(like), or P(star), of the batch's targets.

        Args:
            model, batch: as in `direction`, the batch with targets.
            inference: "mean_field", "exact" or "sampled".
            repeat: int scalar, which of the independent repeats of sampled inference.
            targets_as_rated: bool, whether a conditional RBM gets the targets as rated films.
        Returns:
            probability: float32 `(num_targets[, num_stars])`; 0 and 1 when sampled.
        """
        visible, observed_mask = feeds.densify_batch(batch, model.num_items, model.units)
        row, item = feeds.row_index(batch["target_row_splits"]), tf.cast(batch["target_item_index"], tf.int64)
        place = tf.stack([row, item], axis=1)
        rated_mask = observed_mask
        if targets_as_rated:
            rated_mask = tf.tensor_scatter_nd_update(observed_mask, place, tf.ones_like(row, tf.bool))
        if inference == "exact":
            parameters = model.rbm_layer.parameters_given(visible, observed_mask)
            activation = conditionals.hidden_activation(visible, observed_mask, parameters, rated_mask)
            return conditionals.exact_prediction(activation, row, item, parameters)
        return tf.gather_nd(_every_film(model, batch, visible, observed_mask, inference, repeat, rated_mask), place)


def rows_of(direction: Increments, films: tf.Tensor) -> Increments:
    """The rows of some films, int32 `(num_listed,)`, as `tf.IndexedSlices`; the hidden biases as they are."""
    rows = {
        name: tf.IndexedSlices(tf.gather(part, films), films)
        for name, part in direction._asdict().items()
        if name != "hidden_bias" and not isinstance(part, float)
    }
    return direction._replace(**rows)


def predict_every_film(model: RBM, batch: dict[str, tf.Tensor], inference: str, repeat: int | tf.Tensor) -> tf.Tensor:
    """P(like), or P(star), of every film for every row: float32 `(batch, num_items[, num_stars])`; bits if sampled."""
    visible, observed_mask = feeds.densify_batch(batch, model.num_items, model.units)
    return _every_film(model, batch, visible, observed_mask, inference, repeat, observed_mask)


def _every_film(
    model: RBM,
    batch: dict[str, tf.Tensor],
    visible: tf.Tensor,
    observed_mask: tf.Tensor,
    inference: str,
    repeat: int | tf.Tensor,
    rated_mask: tf.Tensor | None,
) -> tf.Tensor:
    parameters = model.rbm_layer.parameters_given(visible, observed_mask)
    if inference == "mean_field":
        return conditionals.mean_field_prediction(visible, observed_mask, parameters, rated_mask)
    address = draws.DrawAddress(model.seed, draws.PREDICTION, repeat, batch["user_index"])
    return conditionals.sampled_prediction(visible, observed_mask, parameters, address, rated_mask)


def dense_best_films(
    row_splits: NDArray[np.int64],
    item_index: NDArray[np.int32],
    rating: NDArray[np.float32],
    parameters: RBMParameters,
    count: int,
    *,
    values: Any = None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """As `rbm_lib.sparse.best_films`, from the units' own mean: for units that the compiled loops do not support.

    Args:
        row_splits, item_index, rating: CSR of a batch, NumPy arrays.
        parameters: `RBMParameters` of NumPy arrays, with their units.
        count: int >= 1, films a row.
        values: not used; `rbm_lib.sparse` takes the values where this takes the units.
    """
    units, num_items = units_of(parameters), len(parameters.visible_bias)
    visible, observed_mask = feeds.densify(row_splits, item_index, rating, num_items, units)
    mean = conditionals.mean_field_prediction(visible, observed_mask, parameters)
    score = np.where(observed_mask, -np.inf, units.expected(mean)).astype(np.float32)
    films = np.argsort(-score, axis=1, kind="stable")[:, :count].astype(np.int32)
    score = np.take_along_axis(score, films, axis=1)
    missing = ((0, 0), (0, count - films.shape[1]))  # more films requested than there are
    films, score = np.pad(films, missing), np.pad(score, missing, constant_values=-np.inf)
    return np.where(np.isneginf(score), -1, films).astype(np.int32), score


def dense_free_energy(
    row_splits: NDArray[np.int64],
    item_index: NDArray[np.int32],
    rating: NDArray[np.float32],
    parameters: RBMParameters,
    *,
    values: Any = None,
) -> NDArray[np.float32]:
    """As `rbm_lib.sparse.free_energy`; arguments as in `dense_best_films`."""
    units, num_items = units_of(parameters), len(parameters.visible_bias)
    visible, observed_mask = feeds.densify(row_splits, item_index, rating, num_items, units)
    return energy.free_energy(visible, observed_mask, parameters).numpy()
