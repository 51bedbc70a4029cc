"""Workarounds for TensorFlow's memory use and warnings, each with its reason; all were observed with `SEEN_WITH`.

TensorFlow keeps registries that the process never clears: the functions of `tf.numpy_function` and the gradients of
custom operations. Objects that these refer to, such as a trained model or its ratings, would stay in memory as well.
"""

import weakref
from collections.abc import Callable
from typing import Any

import tensorflow as tf

SEEN_WITH = "2.21"  # the release of TensorFlow whose behaviour is described here, and whose error texts are read


def held_weakly(thing: Any) -> Callable[[], Any]:
    """A function that returns `thing` as long as another object refers to it.

    TensorFlow keeps every function given to `tf.numpy_function` for ever, with all objects that it refers to. A
    function that needs a model, its memory or its ratings refers to them through this one.
    """
    return weakref.ref(thing)


def forget_model(callback: Any) -> None:
    """Removes the reference from a callback to its model, where TensorFlow keeps the callback itself.

    A callback that a `tf.data.Dataset` calls stays in the registry of `tf.numpy_function`, and would keep the model
    that it was trained with.

    Args:
        callback: `keras.callbacks.Callback`, after its training.
    """
    callback.set_model(None)


def check_one_replica(strategy: Any) -> None:
    """Raises ValueError under a distribution strategy with several replicas, whose steps would be wrong.

    Each replica would add the weight decay of the whole model, and average over its own part of the mini-batch; Keras
    then sums the replicas' gradients.

    Args:
        strategy: `tf.distribute.Strategy` of the model.
    """
    replicas = strategy.num_replicas_in_sync
    if replicas > 1:
        raise ValueError(
            f"strategy: expected one replica, found {replicas}; train outside the strategy's scope, over several "
            "processes by fit(..., workers=rbm_lib.workers.mpi())"
        )


def apply_gradients(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """`optimizer.apply`, called outside the replica context if there is only one replica.

    Inside a replica, Keras sums the gradients over all replicas by an operation with a custom gradient. TensorFlow
    keeps the graph of that gradient for ever, with the model's variables and the optimizer's slots.
    """
    if tf.distribute.has_strategy():
        optimizer.apply(gradients, variables)
    else:
        tf.distribute.get_replica_context().merge_call(lambda _: optimizer.apply(gradients, variables))


def without_retracing_warning(function: Any) -> Any:
    """The same `tf.function`, without TensorFlow's warning about retracing.

    Each model has its own graphs. TensorFlow counts graphs by the Python function that they were traced from. That
    function is Keras' and the same for all models, so the fifth model's first graph is counted as one model's fifth.

    Args:
        function: `tf.function`, or a plain function that wraps some, as Keras' train function does.
    """
    around = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    for one in (function, *around):
        if isinstance(one, tf.types.experimental.PolymorphicFunction):
            one._omit_frequent_tracing_warning = True
    return function
