"""The map from trained to effective parameters: centred hidden units, increments, polynomials of the star.

With a hidden offset n the weights act on h - n: E contains - sum{ (v - m) W (h - n) }. This is the same machine as one
with visible biases b - n sum over hidden units { W }, up to a constant of each user. What changes is the direction of a
step, and that weight decay shrinks the predictions towards the biases.

References:
    Montavon and Mueller (2012), "Deep Boltzmann machines and the centering trick", section 2.
    Melchior, Fischer and Wiskott (2016), "How to center deep Boltzmann machines", Eqs. 5 and 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

from .parameters import units_of

if TYPE_CHECKING:
    from .parameters import Increments, RBMParameters
    from .units.contract import VisibleUnits


def effective(trained: RBMParameters, hidden_offset: float) -> RBMParameters:
    """The parameters as the conditionals use them, from the trained ones."""
    parameters = units_of(trained).effective(trained)
    if not hidden_offset:
        return parameters
    moved = hidden_offset * tf.reduce_sum(parameters.interaction_weights, axis=-1)
    return parameters._replace(visible_bias=parameters.visible_bias - moved)


def pull_back(gradient: Increments, units: VisibleUnits, hidden_offset: float) -> Increments:
    """The gradient by the trained parameters, from the gradient by the effective ones."""
    if hidden_offset:
        moved = gradient.interaction_weights - hidden_offset * gradient.visible_bias[..., None]
        gradient = gradient._replace(interaction_weights=moved)
    return units.pull_back(gradient)
