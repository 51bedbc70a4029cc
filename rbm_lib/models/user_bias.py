"""The bias of each user: how high and how widely the user rates, inferred from the user's own ratings.

P(value v of film i | a) ~ share[i, v] * exp(a . t(v)),    a ~ N(0, 1 / precision)

The bias a is the mode of its posterior, by Newton's method from 0, with the same steps as `sparse.infer_user_biases`.
It is a function of the user's known ratings: it exists for new users as well, and is 0 without ratings. The energy
takes it as given: a user's machine is an RBM with its own biases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from rbm_lib.sparse import LONGEST_STEP, NEWTON_STEPS

from .conditionals import offset_of
from .parameters import has_user_bias

if TYPE_CHECKING:
    from .parameters import RBMParameters
    from .units.listed import ListedUnits


def infer(
    visible: tf.Tensor, observed_mask: tf.Tensor, offset: tf.Tensor, precision: tf.Tensor, units: ListedUnits
) -> tf.Tensor:
    """The addition of each user's bias to the biases of all films.

    Args:
        visible: float `(batch, num_items[, num_stars])`, the units' statistic of the ratings.
        observed_mask: bool `(batch, num_items)`.
        offset: float `(num_items[, num_stars])`, each film's base rates.
        precision: float `(num_tilts,)`, of the prior; one or two.
        units: those of the machine, whose ratings are a list of values.
    Returns:
        user_bias: float `(batch[, num_stars])`, in nats.
    """
    likes = len(visible.shape) == 2
    tilts = tf.constant(units.tilts(precision.shape[0]))
    shares = tf.stack([1.0 - offset, offset], axis=-1) if likes else offset
    states = tf.stack([1.0 - visible, visible], axis=-1) if likes else visible
    observed = tf.cast(observed_mask, shares.dtype)
    states = tf.where(observed_mask[..., None], states, tf.zeros_like(states))
    given = tf.linalg.matmul(tf.reduce_sum(states, axis=1), tilts)  # the sum of t(v) over the user's ratings

    def newton(number: tf.Tensor, bias: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        power = tf.exp(tf.linalg.matmul(bias, tilts, transpose_b=True))
        weighed = shares * power[:, None, :]
        weighed *= (observed / tf.reduce_sum(weighed, axis=-1))[..., None]  # P(value) where rated, 0 elsewhere
        mean = tf.tensordot(weighed, tilts, 1)
        second = tf.einsum("bs,sp,sq->bpq", tf.reduce_sum(weighed, axis=1), tilts, tilts)
        curvature = second - tf.einsum("bip,biq->bpq", mean, mean) + tf.linalg.diag(precision)
        gradient = given - tf.reduce_sum(mean, axis=1) - precision * bias
        step = tf.linalg.solve(curvature, gradient[..., None])[..., 0]
        return number + 1, bias + tf.clip_by_value(step, -LONGEST_STEP, LONGEST_STEP)

    # A loop of the graph: it is traced once, not a step each.
    start = (tf.constant(0), tf.zeros_like(given))
    bias = tf.while_loop(lambda number, _: number < NEWTON_STEPS, newton, start, parallel_iterations=1)[1]
    user_bias = tf.linalg.matmul(bias, tilts, transpose_b=True)
    return user_bias[:, 1] if likes else user_bias


def of_user(parameters: RBMParameters, row: int) -> RBMParameters:
    """The machine of one user of a mini-batch as an ordinary RBM, with the user's bias among its visible biases.

    Args:
        parameters: `RBMParameters` with user biases; without them, they are returned unchanged.
        row: int, the user's row.
    """
    if not has_user_bias(parameters):
        return parameters
    offset = tf.convert_to_tensor(offset_of(parameters))
    own = tf.convert_to_tensor(parameters.user_bias)[row]
    return parameters._replace(visible_bias=parameters.visible_bias + own, visible_offset=offset[row], user_bias=0.0)


def parameters_of_all(model: Any) -> RBMParameters:
    """The parameters of a machine, if they are the same for all users.

    Args:
        model: `RBM`, or any object with `parameters`.
    Returns:
        parameters: `RBMParameters`.
    Raises:
        ValueError: for a machine with user biases: each user then has other parameters.
    Example:
        >>> from rbm_lib import RBM
        >>> from rbm_lib.models import parameters_of_all
        >>> parameters_of_all(RBM(num_items=4, num_hidden=2)).interaction_weights.shape
        TensorShape([4, 2])
    """
    degree = getattr(getattr(model, "rbm_layer", None), "user_bias", 0)
    if degree:
        raise ValueError(f"model: expected one whose users have no biases, found user_bias={degree}")
    parameters: RBMParameters = model.parameters
    return parameters
