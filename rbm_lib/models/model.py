"""The Keras model: `train_step` for CD-k and PCD, `test_step` and `predict_step` for held-out ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib._checks import check_choice, check_count, check_number, check_seed
from rbm_lib._tensorflow import check_one_replica, forget_model
from rbm_lib.data import batches_as_dataset
from rbm_lib.draws import NOT_STARTED

from . import feeds, predictions
from .engines import choice as engines
from .engines.dense import predict_every_film
from .graph_errors import as_value_errors
from .layer import RBMLayer
from .outputs import TargetMetrics, expected_values
from .predicting import Predicting
from .tracing import QuietTracing
from .training.ascent import ascend
from .training.callbacks import EpochClock
from .training.checkpoints import resuming
from .training.schedule import cd_steps_at, check_cd_steps

if TYPE_CHECKING:
    from rbm_lib.data import Ratings

    from .units.contract import VisibleUnits


@keras.saving.register_keras_serializable(package="rbm_lib")
class RBM(Predicting, QuietTracing, keras.Model):
    """A restricted Boltzmann machine of likes, or of stars, trained on the rated films only.

    Args:
        num_items: int >= 1, films.
        num_hidden: int >= 1, hidden units.
        units: "bernoulli" (likes), "softmax" (one to five stars), "ordinal" (stars whose neighbours share what they
            learn), "gaussian" (numbers from -10 to 10), or `VisibleUnits`: these with other values, or your own.
        conditional: bool, whether the hidden units are also told which films were rated, whatever the rating.
        cd_steps: int >= 1, Gibbs sweeps in the negative phase, the k of CD-k; or a dict from an epoch, counted from 0,
            to the k from then on, as in `{0: 1, 10: 3, 20: 5}`.
        persistent_chains: int, number of users when each keeps a chain of its own that goes on from one visit to the
            next (PCD); 0 for chains that start at the data (CD). Chains are saved with the model. They must keep up
            with the parameters: with large steps and `cd_steps=1` training can collapse; small steps or 3 sweeps help.
        weight_decay: float >= 0, pulls the couplings (never the biases) to zero: the gradient loses weight_decay * W.
            An optimizer's own `weight_decay` is Keras' and pulls the biases as well.
        inference: "mean_field", "exact" or "sampled", how `evaluate` and `predict_ratings` infer. `predict`, which asks
            for every film, takes "exact" for "mean_field".
        engine: "dense", "sparse" or "auto" (dense on a GPU and for units that the sparse one does not compute, sparse
            elsewhere), how a mini-batch is computed. Both make the same draws; their results differ by float rounding.
        seed: int, 0 <= seed < 2**32, root of the couplings' start, the order of the users and every draw of the chains.
        interaction_initializer: Keras initializer; default N(0, 0.02), seeded.
        **kwargs: those of `keras.Model`.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    References:
        Salakhutdinov, Mnih and Hinton (2007), "Restricted Boltzmann machines for collaborative filtering", sections 2
            and 4.
    Example:
        >>> import keras
        >>> from rbm_lib import RBM, load, random_n
        >>> split = random_n(load("planted").ratings.binarize(3), 5, seed=1)
        >>> model = RBM(split.inputs.num_items, num_hidden=10, seed=2007)
        >>> model.compile(optimizer=keras.optimizers.Adam(0.01))
        >>> history = model.fit(split.inputs, batch_size=128, epochs=2, verbose=0)
        >>> model.predict_ratings(split).shape == (split.targets.num_ratings,)  # P(like) of every target
        True
        >>> item_index, score = model.recommend(split.inputs, n=3)  # the best three films of each user
    """

    def __init__(
        self,
        num_items: int,
        num_hidden: int = 100,
        *,
        units: str | VisibleUnits | dict[str, Any] = "bernoulli",
        conditional: bool = False,
        cd_steps: int | dict[int, int] = 1,
        persistent_chains: int = 0,
        weight_decay: float = 0.0,
        inference: str = "mean_field",
        engine: str = "auto",
        seed: int = 0,
        interaction_initializer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cd_steps = check_cd_steps(cd_steps)
        self.inference = check_choice(inference, engines.INFERENCES, "inference")
        self.engine = check_choice(engine, engines.ENGINES, "engine")
        self.weight_decay = float(check_number(weight_decay, "weight_decay", least=0))
        self.seed = check_seed(seed)
        initializer = interaction_initializer or keras.initializers.RandomNormal(0.0, 0.02, seed=self.seed)
        self.rbm_layer = RBMLayer(
            num_items,
            num_hidden,
            units=units,
            conditional=conditional,
            interaction_initializer=initializer,
            name="rbm_layer",
        )
        self.rbm_layer.build()
        self.engine_in_use = engines.make_engine(engine, self.units)
        self.persistent_chains = check_count(persistent_chains, "persistent_chains", least=0)
        if self.persistent_chains:
            self.chain_states = self.add_weight(
                shape=(self.persistent_chains, self.num_hidden),
                dtype="uint8",
                initializer=keras.initializers.Constant(NOT_STARTED),
                trainable=False,
                name="chain_states",
            )
        # Keras' "auto" then means no XLA: batches differ in their number of ratings, and each would compile anew.
        self.supports_jit = False
        self.built = True  # fit() never calls the model, so nothing else would build it
        self.prediction_functions: dict[tuple[str, bool], Any] = {}  # graphs, made by `predictions`
        self._scheduled_cd_steps = tf.Variable(cd_steps_at(self.cd_steps, 0), trainable=False)
        self.chain_accuracy = keras.metrics.Mean(name="accuracy")
        self.target_metrics = TargetMetrics(self.units)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Keras' list: the chain's accuracy, and those of targets."""
        return [self.chain_accuracy, *self.target_metrics.metrics]

    @property
    def current_cd_steps(self) -> int | tf.Tensor:
        """k of the current epoch: an int, or an int32 scalar tensor when it follows a schedule."""
        return self.cd_steps if isinstance(self.cd_steps, int) else self._scheduled_cd_steps.read_value()

    def begin_epoch(self, epoch: int) -> None:
        """Moves the schedule of k on; `fit` calls it."""
        self._scheduled_cd_steps.assign(cd_steps_at(self.cd_steps, check_count(epoch, "epoch", least=0)))

    def initialize_from_base_rates(self, ratings: Ratings, *, smoothing: float = 5.0, centred: bool = False) -> None:
        """Starts the visible biases at each film's base rates, so that tastes alone are left to learn.

        Args:
            ratings: `Ratings` of the units' values, the training part.
            smoothing: float > 0, see `shares.base_rate_logits`.
            centred: bool, whether the hidden units see each rating minus the film's base rates instead of the bare
                rating, which makes dislikes heard; see `parameters.RBMParameters`.
        """
        ratings = feeds.as_ratings(ratings, self.num_items, self.units, "ratings")
        bias, mean = self.units.start(ratings, smoothing)
        self.rbm_layer.visible_bias.assign(bias)
        self.rbm_layer.visible_offset.assign(mean if centred else np.zeros_like(mean))

    def call(self, batch: dict[str, tf.Tensor]) -> tf.Tensor:
        """Mean-field P(like), or expected stars, `(batch, num_items)` of a sparse batch (`Ratings.batches`)."""
        return expected_values(predict_every_film(self, batch, "mean_field", 0), self.units)

    def get_metrics_result(self) -> dict[str, tf.Tensor]:
        """Training's own: Keras asks after every epoch, and those of targets, which cost more, `test_step` returns."""
        return {"accuracy": self.chain_accuracy.result()}

    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step of gradient ascent on the log-likelihood of a mini-batch, as estimated by CD-k or PCD."""
        users, persistent = batch["user_index"], None
        if self.persistent_chains:
            persistent = tf.gather(self.chain_states.value, users)
        step = self.optimizer.iterations.value
        direction, agreement, persistent = self.engine_in_use.direction(self, batch, step, persistent)
        if self.persistent_chains:
            self.chain_states.value.scatter_update(tf.IndexedSlices(persistent, users))
        ascend(self, direction)
        self.chain_accuracy.update_state(tf.cast(agreement, tf.float32))
        return {"accuracy": self.chain_accuracy.result()}

    def test_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Metrics of the targets, predicted from the inputs: see `outputs.TargetMetrics`."""
        probability = self.engine_in_use.targets(self, batch, self.inference, 0)
        return self.target_metrics.update(batch["target_rating"], probability)

    def predict_step(self, batch: dict[str, tf.Tensor]) -> tf.Tensor:
        """P(like), or expected stars, of every film: float32 `(batch, num_items)`; values when inference is sampled."""
        inference = "mean_field" if self.inference == "exact" else self.inference
        return expected_values(predict_every_film(self, batch, inference, repeat=0), self.units)

    def fit(
        self,
        x: Any = None,
        *,
        batch_size: int | None = None,
        validation_data: Any = None,
        callbacks: list[keras.callbacks.Callback] | None = None,
        shuffle: bool = True,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Keras' `fit`.

            callbacks = [
                keras.callbacks.ReduceLROnPlateau("val_log_loss", mode="min", patience=2),
                keras.callbacks.EarlyStopping("val_log_loss", mode="min", patience=5, restore_best_weights=True),
                rbm_lib.Checkpoints("run-1"),
            ]
            model.compile(keras.optimizers.SGD(0.1, momentum=0.9))
            model.fit(split.inputs, epochs=100, validation_data=split, callbacks=callbacks)

        Killed and begun again by the same lines, that run goes on where it was; see `checkpoints.Checkpoints`. The best
        weights that `EarlyStopping` restores are all of them, chains of PCD included; the optimizer stays as it is.

        Args:
            x: `Ratings` of the units' values, `Shards` of them on disk, a `tf.data.Dataset` of their batches, or a pair
                `(visible, observed_mask)`.
            batch_size: int, users in a mini-batch; default 32. Not used for a dataset. An optimizer with a memory
                (Adam, momentum) moves every parameter at every step, so on the sparse engine small batches cost more
                than their chains: 128 to 1,024 users make good use of it. Plain SGD moves rated films only, exactly.
                Short steps also gain from `compile(..., steps_per_execution=8)`, which changes no result; it does not
                go with `Checkpoints`, which look between steps.
            validation_data: `Split` or dataset of its batches; gives `evaluate`'s metrics, as `val_log_loss` and so on.
            callbacks: list of Keras callbacks.
            shuffle: bool, whether each epoch has its own order of users, a function of the seed and the epoch.
            **kwargs: `epochs`, `verbose`, `initial_epoch` and the others of `keras.Model.fit`.
        Returns:
            history: `keras.callbacks.History`.
        Raises:
            ValueError: naming the argument, for data of another shape or ratings that are no value of the units.
        """
        check_one_replica(self.distribute_strategy)  # here too, before Keras divides the first batch
        clock, seed = EpochClock(), self.seed if shuffle else None
        batch_size, kwargs = feeds.check_batch_size(batch_size), feeds.check_lengths(kwargs)
        batches, steps = feeds.training_batches(x, self, batch_size, seed, clock, kwargs.get("steps_per_epoch"))
        if validation_data is not None:
            validation_data = feeds.evaluation_batches(
                validation_data, self.num_items, self.units, None, "validation_data"
            )
        kwargs |= {"validation_data": validation_data, "shuffle": False}
        if getattr(self, "optimizer", None) and not self.optimizer.built:
            self.optimizer.build(self.rbm_layer.trained)  # inside the first step, the step would be traced twice
        going_on = resuming(self, callbacks, clock, x, batch_size, shuffle, kwargs)
        try:
            with as_value_errors(), going_on as (callbacks, kwargs):
                return super().fit(batches, callbacks=callbacks, **kwargs | {"steps_per_epoch": steps})
        finally:
            forget_model(clock)  # the batches' function, which TensorFlow keeps, asks it

    def evaluate(
        self, x: Any = None, *, batch_size: int | None = None, return_dict: bool = False, **kwargs: Any
    ) -> list[float] | dict[str, float]:
        """Keras' `evaluate` on the targets of a `Split` (or of a dataset of its batches).

        They are `accuracy`, `auc`, `log_loss` for Bernoulli units, `rmse`, `mae`, `log_loss` for stars; see
        `outputs.TargetMetrics`.
        """
        batches = feeds.evaluation_batches(x, self.num_items, self.units, batch_size)
        with as_value_errors():
            found = super().evaluate(batches, return_dict=True, **feeds.check_lengths(kwargs))
        return found if return_dict else list(found.values())

    def predict(self, x: Any, *, batch_size: int = 256, **kwargs: Any) -> NDArray[np.float32]:
        """P(like), or expected stars, of every film for every user.

        Args:
            x: `Ratings`, a pair of dense arrays, or a dataset of batches.
            batch_size: int, users at a time.
            **kwargs: those of `keras.Model.predict`.
        Returns:
            rating: float32 `(num_users, num_items)`; drawn values with sampled inference.
        """
        if not isinstance(x, tf.data.Dataset):
            ratings = feeds.as_ratings(x, self.num_items, self.units)
            if kwargs.keys() <= {"verbose"}:
                return predictions.of_every_film(self, ratings, batch_size, kwargs.get("verbose", "auto"))
            x = batches_as_dataset(ratings, batch_size, every_user=True)
        with as_value_errors():
            return super().predict(x, **feeds.check_lengths(kwargs))

    def get_config(self) -> dict[str, Any]:
        layer = self.rbm_layer
        return super().get_config() | {
            "num_items": layer.num_items,
            "num_hidden": layer.num_hidden,
            "units": keras.saving.serialize_keras_object(self.units),
            "conditional": self.conditional,
            "cd_steps": self.cd_steps,
            "persistent_chains": self.persistent_chains,
            "weight_decay": self.weight_decay,
            "inference": self.inference,
            "engine": self.engine,
            "seed": self.seed,
            "interaction_initializer": keras.initializers.serialize(layer.interaction_initializer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> RBM:
        initializer = keras.initializers.deserialize(config["interaction_initializer"], custom_objects)
        return cls(**config | {"interaction_initializer": initializer})
