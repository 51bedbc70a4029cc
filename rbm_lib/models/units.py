"""Visible units: what a rating is, how it is drawn, and how what is trained becomes what the conditionals use.

A Bernoulli unit has one coupling a hidden unit; a softmax unit has one for each of its values, and one bias for each.
"""

import keras
import numpy as np
import tensorflow as tf

from rbm_lib.data import LIKES_IN_WORDS, TO_LIKES, check_values

SERIAL = keras.saving.register_keras_serializable(package="rbm_lib")
STARS = (1.0, 2.0, 3.0, 4.0, 5.0)


@SERIAL
class Bernoulli:
    """Like (1) or dislike (0), with P(like) = sigmoid(activation).

    A dislike and an unrated film both contribute nothing to the hidden units' input; the mask alone tells them apart,
    in the chain, in the gradient and in the normaliser.
    """

    name = "bernoulli"
    values = (0.0, 1.0)
    trains_increments = False  # whether couplings and biases are trained as increments from value to value

    def shape(self, num_items):
        """Shape of the visible biases; the couplings have `num_hidden` after it."""
        return (num_items,)

    def effective(self, trained):
        """What the conditionals use, from what is trained: the same."""
        return trained

    def pull_back(self, gradient):
        """The gradient by what is trained, from the gradient by what the conditionals use."""
        return gradient

    def bias_of(self, log_shares):
        """Visible biases that give these log shares `(num_items, num_values)` when nothing else is known, NumPy."""
        return log_shares[:, 1] - log_shares[:, 0]

    @staticmethod
    def encode(rating):
        """What stands in `visible` for each rating (a tensor): the rating itself."""
        return rating

    @staticmethod
    def probabilities(activation):
        """P(like), float, of the shape of `activation` (in nats)."""
        return tf.sigmoid(activation)

    @staticmethod
    def sample(probabilities, uniform):
        """1.0 where the draw falls below the probability, else 0.0; a float array of the same shape."""
        return tf.cast(uniform < probabilities, probabilities.dtype)

    @staticmethod
    def log_normaliser(activation):
        """log(1 + exp(activation)): the log of the sum over both values, in nats."""
        return tf.nn.softplus(activation)

    def check(self, rating, argument):
        """Raises ValueError unless every entry of `rating` (a NumPy array) is one of the unit's values."""
        check_values(rating, self.values, argument, self.expected, self.hint)

    expected = LIKES_IN_WORDS
    hint = TO_LIKES

    def get_config(self):
        return {}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def __eq__(self, other):
        return type(self) is type(other) and self.get_config() == other.get_config()

    def __hash__(self):
        return hash((type(self), str(self.get_config())))

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in self.get_config().items())})"


@SERIAL
class Softmax(Bernoulli):
    """One of K values, with P(value s) = softmax over s of the activations.

    Args:
        stars: ascending numbers, at least two, what a rating can be; half stars as well.
    Raises:
        ValueError: for fewer than two values, or values that do not ascend.
    References:
        Salakhutdinov, Mnih and Hinton (2007), Eq. 1.
    """

    name = "softmax"

    def __init__(self, stars=STARS):
        values = tuple(float(star) for star in stars)
        steps = np.diff(np.float32(values))  # as ratings are kept: float32
        if not 2 <= len(values) <= 127 or not all(np.isfinite(steps) & (steps > 0)):
            raise ValueError(f"stars: expected 2 to 127 ascending numbers, found {stars!r}")
        self.values = values

    expected = property(lambda self: f"among {', '.join(f'{value:g}' for value in self.values)}")
    hint = "; `stars=` names what a rating can be"

    def shape(self, num_items):
        return (num_items, len(self.values))

    def bias_of(self, log_shares):
        return log_shares

    def encode(self, rating):
        """One-hot over the values, float32 `(..., num_stars)`; all zero for a number that is none of them."""
        return tf.cast(rating[..., None] == tf.constant(self.values, tf.float32), tf.float32)

    @staticmethod
    def probabilities(activation):
        """P(value), float `(..., num_stars)`."""
        return tf.nn.softmax(activation)

    @staticmethod
    def sample(probabilities, uniform):
        """One-hot of the first value whose cumulative probability exceeds the draw.

        Args:
            probabilities: float `(..., num_stars)`.
            uniform: float of the same shape without the last axis.
        Returns:
            visible: float of the shape of `probabilities`.
        """
        below = tf.cumsum(probabilities, axis=-1)[..., :-1] <= uniform[..., None]
        return tf.one_hot(tf.reduce_sum(tf.cast(below, tf.int32), axis=-1), probabilities.shape[-1])

    @staticmethod
    def log_normaliser(activation):
        """log of the sum over the values of exp(activation), in nats; float `(...)`."""
        return tf.reduce_logsumexp(activation, axis=-1)

    def get_config(self):
        return {"stars": list(self.values)}


@SERIAL
class OrdinalSoftmax(Softmax):
    """A softmax unit whose couplings and biases for value s are the sums of trained increments up to s.

    Neighbouring values then share what they learn: the step from 3 to 4 stars is learnt from every rating of 4 or 5.
    The first increment is common to all values and does nothing but tell the hidden units that the film was rated.
    """

    name = "ordinal"
    trains_increments = True

    def effective(self, trained):
        couplings, biases = (tf.unstack(part, axis=1) for part in trained[:2])
        return trained._replace(
            interaction_weights=tf.stack(_running_sums(couplings), axis=1),
            visible_bias=tf.stack(_running_sums(biases), axis=1),
        )

    def pull_back(self, gradient):
        couplings, biases = (tf.unstack(part, axis=1)[::-1] for part in gradient[:2])
        return gradient._replace(
            interaction_weights=tf.stack(_running_sums(couplings)[::-1], axis=1),
            visible_bias=tf.stack(_running_sums(biases)[::-1], axis=1),
        )

    def bias_of(self, log_shares):
        return np.diff(log_shares, axis=1, prepend=np.zeros_like(log_shares[:, :1]))


UNITS = {kind.name: kind for kind in (Bernoulli, Softmax, OrdinalSoftmax)}


def make_units(units):
    """Units from a name ("bernoulli", "softmax", "ordinal"; one to five stars) or as they are."""
    if isinstance(units, str) and units in UNITS:
        return UNITS[units]()
    if not isinstance(units, Bernoulli):
        raise ValueError(f"units: expected one of {', '.join(UNITS)} or an instance of theirs, found {units!r}")
    return units


def _running_sums(parts):
    sums = [parts[0]]
    for part in parts[1:]:
        sums.append(sums[-1] + part)
    return sums
