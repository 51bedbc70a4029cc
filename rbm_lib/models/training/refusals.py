"""Arguments of Keras without a meaning for a restricted Boltzmann machine: refused by name, with an alternative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from ..model import RBM

# Arguments of Keras' methods that must keep their defaults, and what to do instead.
OF_MODEL = {"activity_regularizer": "`weight_decay` is what pulls the couplings to zero"}
OF_COMPILE = {
    "loss": "an RBM climbs the log-likelihood of its ratings, and reports `loss` on its own",
    "loss_weights": "there is one loss, the model's own",
    "metrics": "an RBM has its own, listed at `RBM.evaluate`; `rbm_lib.evaluation` has more",
    "weighted_metrics": "ratings have no weights; `rbm_lib.evaluation` has more metrics",
}
OF_DATA = {
    "y": "an RBM learns the ratings of x themselves; held-out ratings go into a `Split`",
    "sample_weight": "every user counts once in the mean of a mini-batch; choose users by `Ratings.take_users`",
    "class_weight": "ratings are no classes; choose ratings by `Ratings.select`",
    "validation_split": "make a split, as in `random_fraction(ratings, 0.1, seed=1)`, train on its inputs and hand it "
    "over as `validation_data`",
}


def refuse_arguments(found: Mapping[str, Any], reasons: Mapping[str, str]) -> dict[str, Any]:
    """Raises ValueError for an argument that is set but has no meaning here.

    Args:
        found: arguments by name.
        reasons: dict from the name of each argument that must not be set to the alternative.
    Returns:
        rest: the other arguments, which may be set.
    """
    for name, way_out in reasons.items():
        value = found.get(name)
        if value is not None and not (isinstance(value, float | int) and value == 0):
            short = repr(value) if isinstance(value, str | float | int | list | tuple | dict) else type(value).__name__
            raise ValueError(f"{name}: expected None, found {short[:80]}; {way_out}")
    return {name: value for name, value in found.items() if name not in reasons}


def check_optimizer(optimizer: Any) -> None:
    """Raises ValueError for an optimizer with loss scaling: contrastive divergence has no loss to scale.

    Args:
        optimizer: `keras.optimizers.Optimizer`, or None.
    """
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        raise ValueError(
            "optimizer: expected one that scales no loss, found LossScaleOptimizer; hand over its inner optimizer, "
            f"{type(optimizer.inner_optimizer).__name__}: everything here is float32"
        )
    factor = getattr(optimizer, "loss_scale_factor", None)
    if factor is not None:
        raise ValueError(
            f"optimizer: expected loss_scale_factor=None, found {factor}: no loss is scaled here, and the step would "
            "be divided by it; leave it out"
        )


def check_float32(layer: keras.layers.Layer) -> None:
    """Raises ValueError for a layer or model whose dtype policy is not float32, the type of all arithmetic here."""
    found = layer.dtype_policy.name
    if found != "float32":
        raise ValueError(
            f"dtype: expected float32, in which both engines compute, found {found}; pass dtype='float32', or call "
            "keras.config.set_dtype_policy('float32')"
        )


def check_ready(model: RBM) -> None:
    """Raises ValueError, naming the fault, for a model that cannot be trained as it is."""
    if not model.compiled or model.optimizer is None:
        raise ValueError("model: expected a compiled model, found one without an optimizer; call `compile` first")
    check_optimizer(model.optimizer)  # checked again: it may have replaced the compiled one
    for variable in model.rbm_layer.weights:
        if getattr(variable, "regularizer", None) is not None:
            raise ValueError(
                f"regularizer: expected None on {variable.path}, found {type(variable.regularizer).__name__}; "
                "`RBM(weight_decay=...)` pulls the couplings to zero"
            )
