"""The Keras model: `train_step` for contrastive divergence, `test_step` and `predict_step` for held-out ratings."""

import keras
import numpy as np
import tensorflow as tf

from rbm_lib import draws, energy, engines, feeds, units
from rbm_lib.batches import batches_as_dataset
from rbm_lib.callbacks import EpochClock
from rbm_lib.layer import RBMLayer, check_count

# Evenly spaced in log odds, where predictions spread, instead of in probability, where they crowd near 1.
AUC_THRESHOLDS = tuple(float(1 / (1 + np.exp(-log_odds))) for log_odds in np.linspace(-10, 10, 501)[1:-1])
INFERENCES = ("mean_field", "sampled")


@keras.saving.register_keras_serializable(package="rbm_lib")
class RBM(keras.Model):
    """A restricted Boltzmann machine of likes and dislikes, trained with CD-k on the rated films only.

    Args:
        num_items: int >= 1, films.
        num_hidden: int >= 1, hidden units.
        cd_steps: int >= 1, Gibbs sweeps in the negative phase: the k of CD-k.
        weight_decay: float >= 0, pulls the couplings (never the biases) to zero: the gradient loses weight_decay * W.
        inference: "mean_field" or "sampled", how `evaluate` and `predict` infer.
        engine: "dense", "sparse" or "auto" (dense on a GPU, sparse elsewhere), how a mini-batch is computed. Both make
            the same draws; their results differ by float rounding only.
        seed: int, 0 <= seed < 2**32, root of the couplings' start, the order of the users and every draw of the chains.
        interaction_initializer: Keras initializer; default N(0, 0.02), seeded.
        **kwargs: those of `keras.Model`.
    Raises:
        ValueError: naming the argument, for a value out of its range.
    References:
        Salakhutdinov, Mnih and Hinton (2007), "Restricted Boltzmann machines for collaborative filtering", section 2.
    """

    def __init__(
        self,
        num_items,
        num_hidden=100,
        *,
        cd_steps=1,
        weight_decay=0.0,
        inference="mean_field",
        engine="auto",
        seed=0,
        interaction_initializer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.cd_steps = check_count(cd_steps, "cd_steps")
        self.inference = _check_choice(inference, INFERENCES, "inference")
        self.engine = _check_choice(engine, engines.ENGINES, "engine")
        self.engine_in_use = engines.make_engine(engine)
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay: expected a number of at least 0, found {weight_decay!r}")
        self.weight_decay = float(weight_decay)
        self.seed = draws.check_seed(seed)
        initializer = interaction_initializer or keras.initializers.RandomNormal(0.0, 0.02, seed=self.seed)
        self.rbm_layer = RBMLayer(num_items, num_hidden, interaction_initializer=initializer, name="rbm_layer")
        self.rbm_layer.build()
        # Keras' "auto" then means no XLA: batches differ in their number of ratings, and each would compile anew.
        self.supports_jit = False
        self.built = True  # fit() never calls the model, so nothing else would build it
        self._target_functions = {}
        self.chain_accuracy = keras.metrics.Mean(name="accuracy")
        self.target_metrics = [
            keras.metrics.BinaryAccuracy(name="accuracy"),
            keras.metrics.AUC(thresholds=AUC_THRESHOLDS, name="auc"),
            keras.metrics.BinaryCrossentropy(name="log_loss"),
        ]

    num_items = property(lambda self: self.rbm_layer.num_items)
    num_hidden = property(lambda self: self.rbm_layer.num_hidden)
    parameters = property(lambda self: self.rbm_layer.parameters)
    metrics = property(lambda self: [self.chain_accuracy, *self.target_metrics])

    def initialize_from_base_rates(self, ratings, *, smoothing=5.0, centred=False):
        """Starts the visible biases at each film's share of likes, so that tastes alone are left to learn.

        Args:
            ratings: `Ratings` of 0 and 1, the training part.
            smoothing: float > 0, see `units.base_rate_logits`.
            centred: bool, whether the hidden units see each rating minus that share instead of the bare rating, which
                makes dislikes heard; see `conditionals.RBMParameters`.
        """
        logits = units.base_rate_logits(feeds.as_ratings(ratings, self.num_items, "ratings"), smoothing)
        self.rbm_layer.visible_bias.assign(logits)
        self.rbm_layer.visible_offset.assign(tf.sigmoid(logits) if centred else tf.zeros_like(logits))

    def call(self, batch):
        """Mean-field P(like) `(batch, num_items)` of a sparse batch (`Ratings.batches`)."""
        return self.rbm_layer(*feeds.densify_batch(batch, self.num_items))

    def train_step(self, batch):
        """One step of gradient ascent on the log-likelihood of a mini-batch, as estimated by CD-k."""
        direction, agreement = self.engine_in_use.direction(self, batch, self.optimizer.iterations.value)
        layer = self.rbm_layer
        if self.weight_decay:
            decayed = direction.interaction_weights - self.weight_decay * layer.interaction_weights
            direction = direction._replace(interaction_weights=decayed)
        # Optimizers descend; handing them the negated direction makes the step an ascent.
        variables = [layer.interaction_weights, layer.visible_bias, layer.hidden_bias]
        self.optimizer.apply(engines.negated(direction), variables)
        self.chain_accuracy.update_state(tf.cast(agreement, tf.float32))
        return {"accuracy": self.chain_accuracy.result()}

    def test_step(self, batch):
        """Accuracy, AUC and log loss of the targets, predicted from the inputs."""
        rating, probability = batch["target_rating"], self.engine_in_use.targets(self, batch, self.inference, 0)
        for metric in self.target_metrics:
            metric.update_state(rating[:, None], probability[:, None])
        return {metric.name: metric.result() for metric in self.target_metrics}

    def predict_step(self, batch):
        """P(like), or with sampled inference a like or dislike, for every film: float32 `(batch, num_items)`."""
        return engines.predict_every_film(self, batch, self.inference, repeat=0)

    def fit(self, x=None, *, batch_size=None, validation_data=None, callbacks=None, shuffle=True, **kwargs):
        """Keras' `fit`.

        Args:
            x: `Ratings` of 0 and 1, `Shards` of them on disk, a `tf.data.Dataset` of their batches, or a pair
                `(visible, observed_mask)`.
            batch_size: int, users in a mini-batch; default 32. Not used for a dataset.
            validation_data: `Split` or dataset of its batches; gives `val_accuracy`, `val_auc`, `val_log_loss`.
            callbacks: list of Keras callbacks.
            shuffle: bool, whether each epoch has its own order of users, a function of the seed and the epoch.
            **kwargs: `epochs`, `verbose`, `initial_epoch` and the others of `keras.Model.fit`.
        Returns:
            history: `keras.callbacks.History`.
        Raises:
            ValueError: naming the argument, for data of another shape or ratings other than 0 and 1.
        """
        clock = EpochClock()
        seed = self.seed if shuffle else None
        batches = feeds.training_batches(x, self.num_items, batch_size, seed, lambda: clock.epoch)
        if validation_data is not None:
            validation_data = feeds.evaluation_batches(validation_data, self.num_items, None, "validation_data")
        callbacks = [clock, *(callbacks or [])]
        return super().fit(batches, validation_data=validation_data, callbacks=callbacks, shuffle=False, **kwargs)

    def evaluate(self, x=None, *, batch_size=None, return_dict=False, **kwargs):
        """Keras' `evaluate` on a `Split` (or a dataset of its batches): `accuracy`, `auc`, `log_loss` of its targets.

        The AUC is the streaming one of Keras, over 501 thresholds; `metrics.binary_metrics` gives the exact one.
        """
        batches = feeds.evaluation_batches(x, self.num_items, batch_size)
        found = super().evaluate(batches, return_dict=True, **kwargs)
        return found if return_dict else list(found.values())

    def predict(self, x, *, batch_size=256, **kwargs):
        """P(like) of every film for every user of `x` (a `Ratings`, a pair of dense arrays, or a dataset of batches).

        Returns:
            probability: float32 `(num_users, num_items)`; bits with sampled inference.
        """
        if not isinstance(x, tf.data.Dataset):
            x = batches_as_dataset(feeds.as_ratings(x, self.num_items), batch_size, every_user=True)
        return super().predict(x, **kwargs)

    def predict_ratings(self, split, *, inference=None, repeat=0, batch_size=256):
        """P(like) of each target of a `Split`, from its inputs.

        Args:
            split: `Split` of likes and dislikes.
            inference: "mean_field" or "sampled"; default the model's own.
            repeat: int >= 0, which of the independent repeats of sampled inference.
            batch_size: int, users at a time.
        Returns:
            probability: float32 `(num_targets,)`, in the order of `split.targets`; bits with sampled inference.
        """
        inference = _check_choice(inference or self.inference, INFERENCES, "inference")
        batches = feeds.evaluation_batches(split, self.num_items, batch_size, "split")
        predict = self._targets_function(inference)
        return np.concatenate([predict(batch, tf.constant(repeat)).numpy() for batch in batches])

    def free_energy(self, ratings, *, batch_size=256):
        """Free energy of each user's ratings, float32 `(num_users,)`, in nats; see `energy.free_energy`."""
        ratings = feeds.as_ratings(ratings, self.num_items, "ratings")
        batches = batches_as_dataset(ratings, batch_size, every_user=True)
        return np.concatenate(
            [energy.free_energy(*feeds.densify_batch(batch, self.num_items), self.parameters) for batch in batches]
        )

    def get_config(self):
        layer = self.rbm_layer
        return super().get_config() | {
            "num_items": layer.num_items,
            "num_hidden": layer.num_hidden,
            "cd_steps": self.cd_steps,
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

    def _targets_function(self, inference):
        """`engine_in_use.targets` as a graph, traced once for batches of any length."""
        if inference not in self._target_functions:
            kinds = {"row_splits": tf.int64, "item_index": tf.int32, "rating": tf.float32}
            kinds |= {f"target_{name}": kind for name, kind in kinds.items()} | {"user_index": tf.int32}
            batch = {name: tf.TensorSpec((None,), kind) for name, kind in kinds.items()}

            def targets(batch, repeat):
                return self.engine_in_use.targets(self, batch, inference, repeat)

            signature = [batch, tf.TensorSpec((), tf.int32)]
            self._target_functions[inference] = tf.function(targets, input_signature=signature)
        return self._target_functions[inference]


def load_model(path):
    """A model saved with `model.save("name.keras")`, optimizer included: `fit` goes on where it stopped.

    Keras' own `keras.saving.load_model` does the same once `rbm_lib.model` has been imported.

    Args:
        path: of the `.keras` file.
    Returns:
        model: `RBM`.
    Raises:
        ValueError: if the file is missing, or no model of this library.
    """
    model = keras.saving.load_model(path)
    if not isinstance(model, RBM):
        raise ValueError(f"path: expected a saved RBM, found {type(model).__name__} in {path}")
    return model


def _check_choice(value, choices, argument):
    if value not in choices:
        raise ValueError(f"{argument}: expected one of {', '.join(choices)}, found {value!r}")
    return value
