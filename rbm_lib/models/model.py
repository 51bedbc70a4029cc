"""The Keras model: `train_step` for CD-k and PCD, `test_step` and `predict_step` for held-out ratings."""

import keras
import numpy as np
import tensorflow as tf

from rbm_lib._checks import check_choice, check_count, check_seed
from rbm_lib._tensorflow import without_retracing_warning
from rbm_lib.data import batches_as_dataset, star_base_rates
from rbm_lib.draws import NOT_STARTED

from . import feeds, predictions
from .engines import choice as engines
from .engines.dense import predict_every_film
from .graph_errors import as_value_errors
from .layer import RBMLayer
from .outputs import TargetMetrics, expected_values, summarize
from .training.ascent import ascend
from .training.callbacks import EpochClock
from .training.checkpoints import resuming
from .training.schedule import cd_steps_at, check_cd_steps


@keras.saving.register_keras_serializable(package="rbm_lib")
class RBM(keras.Model):
    """A restricted Boltzmann machine of likes, or of stars, trained on the rated films only.

    Args:
        num_items: int >= 1, films.
        num_hidden: int >= 1, hidden units.
        units: "bernoulli" (likes), "softmax" (one to five stars) or "ordinal" (stars whose neighbours share what they
            learn), or an instance of these with other stars; see `rbm_lib.models.units`.
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
        engine: "dense", "sparse" or "auto" (dense on a GPU, sparse elsewhere), how a mini-batch is computed. Both make
            the same draws; their results differ by float rounding only.
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
        num_items,
        num_hidden=100,
        *,
        units="bernoulli",
        conditional=False,
        cd_steps=1,
        persistent_chains=0,
        weight_decay=0.0,
        inference="mean_field",
        engine="auto",
        seed=0,
        interaction_initializer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.cd_steps = check_cd_steps(cd_steps)
        self.inference = check_choice(inference, engines.INFERENCES, "inference")
        self.engine = check_choice(engine, engines.ENGINES, "engine")
        self.engine_in_use = engines.make_engine(engine)
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay: expected a number of at least 0, found {weight_decay!r}")
        self.weight_decay = float(weight_decay)
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
        self.persistent_chains = persistent_chains and check_count(persistent_chains, "persistent_chains")
        if persistent_chains:
            self.chain_states = self.add_weight(
                shape=(persistent_chains, num_hidden),
                dtype="uint8",
                initializer=keras.initializers.Constant(NOT_STARTED),
                trainable=False,
                name="chain_states",
            )
        # Keras' "auto" then means no XLA: batches differ in their number of ratings, and each would compile anew.
        self.supports_jit = False
        self.built = True  # fit() never calls the model, so nothing else would build it
        self.prediction_functions = {}  # graphs, made by `predictions`
        self._scheduled_cd_steps = tf.Variable(cd_steps_at(self.cd_steps, 0), trainable=False)
        self.chain_accuracy = keras.metrics.Mean(name="accuracy")
        self.target_metrics = TargetMetrics(self.units)

    num_items = property(lambda self: self.rbm_layer.num_items)
    num_hidden = property(lambda self: self.rbm_layer.num_hidden)
    parameters = property(lambda self: self.rbm_layer.parameters)
    units = property(lambda self: self.rbm_layer.units)
    conditional = property(lambda self: self.rbm_layer.conditional)
    metrics = property(lambda self: [self.chain_accuracy, *self.target_metrics.metrics])

    @property
    def current_cd_steps(self):
        """k of the current epoch: an int, or an int32 scalar tensor when it follows a schedule."""
        return self.cd_steps if isinstance(self.cd_steps, int) else self._scheduled_cd_steps.read_value()

    def begin_epoch(self, epoch):
        """Moves the schedule of k on; `fit` calls it."""
        self._scheduled_cd_steps.assign(cd_steps_at(self.cd_steps, epoch))

    def initialize_from_base_rates(self, ratings, *, smoothing=5.0, centred=False):
        """Starts the visible biases at each film's base rates, so that tastes alone are left to learn.

        Args:
            ratings: `Ratings` of the units' values, the training part.
            smoothing: float > 0, see `shares.base_rate_logits`.
            centred: bool, whether the hidden units see each rating minus the film's base rates instead of the bare
                rating, which makes dislikes heard; see `parameters.RBMParameters`.
        """
        ratings = feeds.as_ratings(ratings, self.num_items, self.units, "ratings")
        log_shares = star_base_rates(ratings, self.units.values, smoothing)
        self.rbm_layer.visible_bias.assign(self.units.bias_of(log_shares))
        offset = np.exp(log_shares) if self.units.shape(1)[1:] else np.exp(log_shares[:, 1])
        self.rbm_layer.visible_offset.assign(offset if centred else np.zeros_like(offset))

    def call(self, batch):
        """Mean-field P(like), or expected stars, `(batch, num_items)` of a sparse batch (`Ratings.batches`)."""
        return expected_values(predict_every_film(self, batch, "mean_field", 0), self.units)

    def get_metrics_result(self):
        """Training's own: Keras asks after every epoch, and those of targets, which cost more, `test_step` returns."""
        return {"accuracy": self.chain_accuracy.result()}

    def make_train_function(self, force=False):
        super().make_train_function(force)
        without_retracing_warning(self.train_function)

    def make_test_function(self, force=False):
        super().make_test_function(force)
        without_retracing_warning(self.test_function)

    def make_predict_function(self, force=False):
        function = super().make_predict_function(force)
        without_retracing_warning(self.predict_function)
        return function

    def train_step(self, batch):
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

    def test_step(self, batch):
        """Metrics of the targets, predicted from the inputs: see `outputs.TargetMetrics`."""
        probability = self.engine_in_use.targets(self, batch, self.inference, 0)
        return self.target_metrics.update(batch["target_rating"], probability)

    def predict_step(self, batch):
        """P(like), or expected stars, of every film: float32 `(batch, num_items)`; values when inference is sampled."""
        inference = "mean_field" if self.inference == "exact" else self.inference
        return expected_values(predict_every_film(self, batch, inference, repeat=0), self.units)

    def fit(self, x=None, *, batch_size=None, validation_data=None, callbacks=None, shuffle=True, **kwargs):
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
        clock, seed = EpochClock(), self.seed if shuffle else None
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
            clock.set_model(None)  # TensorFlow keeps what the batches are made by, the clock as well, for ever

    def evaluate(self, x=None, *, batch_size=None, return_dict=False, **kwargs):
        """Keras' `evaluate` on the targets of a `Split` (or of a dataset of its batches).

        They are `accuracy`, `auc`, `log_loss` for Bernoulli units, `rmse`, `mae`, `log_loss` for stars; see
        `outputs.TargetMetrics`.
        """
        batches = feeds.evaluation_batches(x, self.num_items, self.units, batch_size)
        with as_value_errors():
            found = super().evaluate(batches, return_dict=True, **kwargs)
        return found if return_dict else list(found.values())

    def predict(self, x, *, batch_size=256, **kwargs):
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
            x = batches_as_dataset(ratings, batch_size, every_user=True)
        with as_value_errors():
            return super().predict(x, **kwargs)

    def predict_ratings(
        self, split, *, inference=None, output="expected", threshold=3, targets_as_rated=False, repeat=0, batch_size=256
    ):
        """What the model expects of each target of a `Split`, from its inputs.

        Args:
            split: `Split` of the units' values.
            inference: "mean_field"; "exact", which sums the hidden units out film by film; or "sampled". Default the
                model's own.
            output: "expected" (P(like), or stars), "mode", "like" or "distribution"; see `outputs.summarize`.
            threshold: fewest stars of a like, for `output="like"` of a model of stars.
            targets_as_rated: bool, whether a conditional model is told that the targets were rated, though not how.
                Somebody chose to rate them, and that is a hint nobody has who recommends: say so beside the result.
            repeat: int >= 0, which of the independent repeats of sampled inference.
            batch_size: int, users at a time.
        Returns:
            rating: float32 `(num_targets,)`, in the order of `split.targets`; for "distribution" with an axis more.
        """
        inference = check_choice(inference or self.inference, engines.INFERENCES, "inference")
        summarize(np.zeros((0, *self.units.shape(1)[1:])), self.units, output, threshold)  # refuses before the work
        found = predictions.of_targets(self, split, batch_size, inference, targets_as_rated, repeat)
        return summarize(found, self.units, output, threshold)

    def recommend(self, ratings, n=10, *, batch_size=256):
        """The unrated films that each user would like best.

        Args:
            ratings: `Ratings` of the units' values, what is known of the users.
            n: int >= 1, films a user.
            batch_size: int, users at a time.
        Returns:
            item_index: int32 `(num_users, n)`, best first; -1 where a user has rated nearly everything.
            score: float32 `(num_users, n)`, mean-field P(like) or expected stars.
        """
        return predictions.best_films(self, ratings, batch_size, n)

    def free_energy(self, ratings, *, batch_size=1024):
        """Free energy of each user's ratings, float32 `(num_users,)`, in nats; see `energy.free_energy`."""
        return predictions.free_energy(self, ratings, batch_size)

    def get_config(self):
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
    def from_config(cls, config, custom_objects=None):
        initializer = keras.initializers.deserialize(config["interaction_initializer"], custom_objects)
        return cls(**config | {"interaction_initializer": initializer})


def load_model(path):
    """A model saved with `model.save("name.keras")`, optimizer included: `fit` goes on where it stopped.

    Keras' own `keras.saving.load_model` does the same once `rbm_lib.models.model` has been imported.

    Args:
        path: of the `.keras` file.
    Returns:
        model: `RBM`.
    Raises:
        ValueError: if the file is missing, or no model of this library.
    Example:
        >>> import tempfile
        >>> from rbm_lib import RBM, Ratings, load_model
        >>> likes = Ratings.from_triples([1, 1, 2, 3], [10, 20, 10, 20], [1, 0, 1, 1])
        >>> model = RBM(num_items=2, num_hidden=3, seed=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model.save(f"{folder}/rbm.keras")
        ...     again = load_model(f"{folder}/rbm.keras")
        >>> bool((again.free_energy(likes) == model.free_energy(likes)).all())
        True
    """
    model = keras.saving.load_model(path)
    if not isinstance(model, RBM):
        raise ValueError(f"path: expected a saved RBM, found {type(model).__name__} in {path}")
    return model
