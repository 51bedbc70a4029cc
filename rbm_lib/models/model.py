"""The Keras model: its parts and its training and test steps; its mixins' files hold the rest of Keras' methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.trainers.compile_utils import MetricsList  # not public, but Keras' callbacks look for this class

from rbm_lib._checks import check_choice, check_count, check_number, check_seed
from rbm_lib._process import refuse_forks
from rbm_lib.draws import NOT_STARTED
from rbm_lib.sparse import INFERENCES

from . import feeds
from .biases import Biases, biases_for, start_from_biases
from .compiling import Compiling
from .engines import choice as engines
from .engines.dense import predict_every_film
from .fitting import Fitting
from .layer import RBMLayer
from .outputs import TargetMetrics, TrainingMetrics
from .predicting import Predicting
from .storing import Storing
from .tracing import QuietTracing
from .training.ascent import ascend
from .training.refusals import OF_MODEL, check_float32, refuse_arguments
from .training.schedule import cd_steps_at, check_cd_steps

if TYPE_CHECKING:
    from rbm_lib.data import Ratings

    from .units.contract import VisibleUnits


NEGATIVES = ("sampled", "expected")


@keras.saving.register_keras_serializable(package="rbm_lib")
class RBM(Fitting, Predicting, Compiling, Storing, QuietTracing, keras.Model):
    """A restricted Boltzmann machine of likes, or of stars, trained on the rated films only.

    Args:
        num_items: int >= 1, films.
        num_hidden: int >= 1, hidden units.
        units: "bernoulli" (likes), "softmax" (one to five stars), "ordinal" (stars whose neighbours share what they
            learn), "polynomial" (stars with one weight to each hidden unit), "gaussian" (numbers from -10 to 10), or
            `VisibleUnits`: these with other values, or your own.
        conditional: bool, whether the hidden units also depend on which films were rated, whatever the rating.
        user_bias: int, the degree, 0 to 2, of a bias of each user over the scale, inferred from the user's ratings: 1
            for how high the user rates, 2 for how widely as well; 0 for none. Call `initialize_from_biases` first.
        hidden_offset: float from 0 to 1; at 0.5 the weights act on hidden units minus a half, so that a machine whose
            weights decay to 0 predicts by its biases. See `rbm_lib.models.reparametrised`.
        cd_steps: int >= 1, Gibbs sweeps in the negative phase, the k of CD-k; or a dict from epochs, counted from 0, to
            the k from that epoch on, as in `{0: 1, 10: 3, 20: 5}`.
        persistent_chains: int, the number of users if each has a chain that continues from one visit to the next (PCD);
            0 for chains that start at the data (CD). Chains are saved with the model. They must keep up with the
            parameters: with large steps and `cd_steps=1` training can collapse; small steps or 3 sweeps help.
        negative: "sampled" or "expected": the chain's ratings are sampled, or are their means given the chain's hidden
            units, which are always sampled (Hinton 2010, section 3.2).
        weight_decay: float >= 0, L2 regularisation of the weights (couplings), never of the biases: the gradient loses
            weight_decay * W. An optimizer's own `weight_decay` is Keras' and applies to the biases as well.
        inference: "mean_field", "exact" or "sampled", how `evaluate` and `predict_ratings` infer. `predict`, which
            predicts every film, uses "mean_field" in place of "exact".
        engine: "dense", "sparse" or "auto" (dense on a GPU and for units that the sparse one does not compute, sparse
            elsewhere), how a mini-batch is computed. Both use the same random numbers; results differ by float
            rounding.
        seed: int, 0 <= seed < 2**32, root of the initial weights, the order of the users and all random numbers of the
            chains.
        interaction_initializer: Keras initializer; default N(0, 0.02), seeded.
        **kwargs: those of `keras.Model`; only float32 is accepted as `dtype`.
    Attributes:
        epochs_done, steps_done: ints, the epochs and steps of training so far, over all calls of `compile`; saved with
            the model. The next `fit` continues the count: each epoch has its own order of the users, each step its own
            random numbers.
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
        >>> len(model.recommend(split.inputs, n=3))  # the best three films of each of 943 users
        2829
    """

    def __init__(
        self,
        num_items: int,
        num_hidden: int = 100,
        *,
        units: str | VisibleUnits | dict[str, Any] = "bernoulli",
        conditional: bool = False,
        user_bias: int = 0,
        hidden_offset: float = 0.0,
        cd_steps: int | dict[int, int] = 1,
        persistent_chains: int = 0,
        negative: str = "sampled",
        weight_decay: float = 0.0,
        inference: str = "mean_field",
        engine: str = "auto",
        seed: int = 0,
        interaction_initializer: Any = None,
        **kwargs: Any,
    ) -> None:
        refuse_forks()
        super().__init__(**refuse_arguments(kwargs, OF_MODEL))
        check_float32(self)
        self.cd_steps = check_cd_steps(cd_steps)
        self.inference = check_choice(inference, INFERENCES, "inference")
        self.engine = check_choice(engine, engines.ENGINES, "engine")
        self.negative = check_choice(negative, NEGATIVES, "negative")
        self.weight_decay = float(check_number(weight_decay, "weight_decay", least=0))
        self.seed = check_seed(seed)
        initializer = interaction_initializer or keras.initializers.RandomNormal(0.0, 0.02, seed=self.seed)
        self.rbm_layer = RBMLayer(
            num_items,
            num_hidden,
            units=units,
            conditional=conditional,
            user_bias=user_bias,
            hidden_offset=hidden_offset,
            interaction_initializer=initializer,
            name="rbm_layer",
            dtype="float32",
        )
        self.rbm_layer.build()
        self.engine_in_use = engines.make_engine(engine, self.rbm_layer, self.negative)
        self.persistent_chains = check_count(persistent_chains, "persistent_chains", least=0)
        if self.persistent_chains:
            self.chain_states = self.add_weight(
                shape=(self.persistent_chains, self.num_hidden),
                dtype="uint8",
                initializer=keras.initializers.Constant(NOT_STARTED),
                trainable=False,
                name="chain_states",
            )
        # Keras' "auto" then means no XLA, which would compile anew for each number of ratings in a batch.
        self.supports_jit = False
        self.built = True  # fit() never calls the model, so no call would build it
        self.prediction_functions: dict[tuple[str, bool], Any] = {}  # graphs, made by `predictions`
        self._scheduled_cd_steps = tf.Variable(cd_steps_at(self.cd_steps, 0), trainable=False)
        self.chain_accuracy = keras.metrics.Mean(name="accuracy")
        self.chain_accuracy._direction = "up"  # marked as Keras marks its own, for the mode "auto" of its callbacks
        self.training_metrics, self.target_metrics = TrainingMetrics(), TargetMetrics(self.units)
        self.epochs_done = 0
        self._steps_done = tf.Variable(0, dtype=tf.int64, trainable=False)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Keras' list: the loss; the chain's accuracy and those of targets, where its callbacks look for directions."""
        return [self.training_metrics.loss, MetricsList([self.chain_accuracy, *self.target_metrics.metrics])]

    @property
    def steps_done(self) -> int:
        """Training steps so far: part of the address of the next step's random numbers."""
        return int(self._steps_done)

    @steps_done.setter
    def steps_done(self, steps: int) -> None:
        self._steps_done.assign(check_count(steps, "steps_done", least=0))

    @property
    def moving(self) -> list[keras.Variable]:
        """The variables that training changes: learnt ones that were not made untrainable."""
        return [one for one in self.rbm_layer.trained if any(one is other for other in self.trainable_variables)]

    @property
    def current_cd_steps(self) -> int | tf.Tensor:
        """k of the current epoch: an int, or an int32 scalar tensor when it follows a schedule."""
        return self.cd_steps if isinstance(self.cd_steps, int) else self._scheduled_cd_steps.read_value()

    def begin_epoch(self, epoch: int) -> None:
        """Sets the schedule of k to an epoch; `fit` calls it."""
        self._scheduled_cd_steps.assign(cd_steps_at(self.cd_steps, check_count(epoch, "epoch", least=0)))

    def initialize_from_base_rates(self, ratings: Ratings, *, smoothing: float = 5.0, centred: bool = False) -> None:
        """Starts the visible biases at each film's base rates, so that only personal tastes are left to learn.

        Args:
            ratings: `Ratings` of the units' values, the training part.
            smoothing: float > 0, see `shares.base_rate_logits`.
            centred: bool, whether the hidden units get each rating minus the film's base rates instead of the bare
                rating, so that dislikes have an effect too; see `parameters.RBMParameters`.
        """
        ratings = feeds.as_ratings(ratings, self.num_items, self.units, "ratings")
        bias, mean = self.units.start(ratings, smoothing)
        centred = centred or bool(self.rbm_layer.user_bias)  # users' biases are inferred from the films' base rates
        self.rbm_layer.visible_bias.assign(bias)
        self.rbm_layer.visible_offset.assign(mean if centred else np.zeros_like(mean))

    def initialize_from_biases(self, ratings: Ratings, biases: Biases | None = None) -> None:
        """Starts the visible biases at biases of films, fitted together with those of users; see `biases.fit_biases`.

        The machine is centred around them, and the prior of its users' biases gets the estimated precision.

        Args:
            ratings: `Ratings` of the units' values, the training part.
            biases: `Biases` of those ratings, if already fitted; None fits them.
        Raises:
            ValueError: for a machine without user biases; for biases of other films or another scale.
        """
        ratings = feeds.as_ratings(ratings, self.num_items, self.units, "ratings")
        start_from_biases(self.rbm_layer, biases_for(self.rbm_layer, ratings) if biases is None else biases)

    def call(self, batch: dict[str, tf.Tensor]) -> tf.Tensor:
        """Mean-field P(like), or expected stars, `(batch, num_items)` of a sparse batch (`Ratings.batches`)."""
        return self.units.expected(predict_every_film(self, batch, "mean_field", 0))

    def get_metrics_result(self) -> dict[str, tf.Tensor]:
        """The training metrics alone: Keras calls this after every epoch; `test_step` returns those of targets."""
        return {"loss": self.training_metrics.loss.result(), "accuracy": self.chain_accuracy.result()}

    def train_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """One step of gradient ascent on the log-likelihood of a mini-batch, as estimated by CD-k or PCD."""
        batch = feeds.unpacked(batch)
        users, persistent = batch["user_index"], None
        if self.persistent_chains:
            persistent = tf.gather(self.chain_states.value, users)
        step = self._steps_done.read_value()
        direction, agreement, persistent, loss = self.engine_in_use.direction(self, batch, step, persistent)
        if self.persistent_chains:
            self.chain_states.value.scatter_update(tf.IndexedSlices(persistent, users))
        ascend(self, direction)
        self._steps_done.assign_add(1)
        self.training_metrics.loss.update_state(loss)
        self.chain_accuracy.update_state(tf.cast(agreement, tf.float32))
        return self.get_metrics_result()

    def test_step(self, batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Metrics of the targets, predicted from the inputs: see `outputs.TargetMetrics`."""
        batch = feeds.unpacked(batch)
        probability = self.engine_in_use.targets(self, batch, self.inference, 0)
        return self.target_metrics.update(batch["target_rating"], probability)

    def predict_step(self, batch: dict[str, tf.Tensor]) -> tf.Tensor:
        """P(like), or expected stars, of every film: float32 `(batch, num_items)`; values when inference is sampled."""
        inference = "mean_field" if self.inference == "exact" else self.inference
        return self.units.expected(predict_every_film(self, feeds.unpacked(batch), inference, repeat=0))

    def get_config(self) -> dict[str, Any]:
        layer = self.rbm_layer
        return super().get_config() | {
            "num_items": layer.num_items,
            "num_hidden": layer.num_hidden,
            "units": keras.saving.serialize_keras_object(self.units),
            "conditional": self.conditional,
            "user_bias": layer.user_bias,
            "hidden_offset": layer.hidden_offset,
            "cd_steps": self.cd_steps,
            "persistent_chains": self.persistent_chains,
            "negative": self.negative,
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
