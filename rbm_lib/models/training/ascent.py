"""One step of gradient ascent: from a CD-k direction to an optimizer's step."""

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from rbm_lib._tensorflow import apply_gradients

if TYPE_CHECKING:
    from ..model import RBM
    from ..parameters import Increments

COUPLINGS = (0, 3)  # places in `parameters.Increments` that weight decay applies to


def ascend(model: "RBM", direction: "Increments") -> None:
    """Updates the model's parameters along a direction, with its optimizer and weight decay.

    Args:
        model: `RBM`, compiled.
        direction: `Increments` by the trained parameters; `tf.IndexedSlices` if the optimizer updates only listed
            films.
    Example:
        >>> import keras
        >>> import tensorflow as tf
        >>> from rbm_lib import RBM
        >>> from rbm_lib.models import Increments, ascend
        >>> model = RBM(num_items=3, num_hidden=2, seed=1)
        >>> model.compile(keras.optimizers.SGD(0.5))
        >>> ascend(model, Increments(tf.zeros((3, 2)), tf.constant([1.0, 0.0, -1.0]), tf.zeros(2), 0.0))
        >>> model.rbm_layer.visible_bias.numpy()
        array([ 0.5,  0. , -0.5], dtype=float32)
    """
    variables = model.moving
    if not variables:
        return
    if not model.optimizer.built:
        model.optimizer.build(variables)
    places = [place for place, one in enumerate(model.rbm_layer.trained) if any(one is other for other in variables)]
    parts = [direction[place] for place in places]
    if any(isinstance(part, tf.IndexedSlices) for part in parts):
        gradients = [_negative(part) for part in parts]
        if model.weight_decay:  # of the listed films, as documented in `RowAdam`
            for n, place in enumerate(places):
                if place in COUPLINGS:
                    gradients[n] = _decayed(gradients[n], variables[n], model.weight_decay)
        apply_gradients(model.optimizer, gradients, variables)
        return

    # XLA fuses the sign, the decay and the optimizer into one loop, in about a third of the time of separate
    # operations.
    @tf.function(jit_compile=True)
    def apply(parts: Any) -> None:
        gradients = [-part for part in parts]  # optimizers descend
        if model.weight_decay:
            for n, place in enumerate(places):
                if place in COUPLINGS:
                    gradients[n] += model.weight_decay * variables[n]
        apply_gradients(model.optimizer, gradients, variables)

    apply(parts)


def _negative(part: tf.Tensor | tf.IndexedSlices) -> tf.Tensor | tf.IndexedSlices:
    return tf.IndexedSlices(-part.values, part.indices) if isinstance(part, tf.IndexedSlices) else -part


def _decayed(gradient: tf.IndexedSlices, variable: Any, weight_decay: float) -> tf.IndexedSlices:
    """The gradient of some rows, weight decay included."""
    rows = tf.gather(variable.value, gradient.indices)
    return tf.IndexedSlices(gradient.values + weight_decay * rows, gradient.indices)
