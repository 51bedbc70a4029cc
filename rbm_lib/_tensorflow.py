"""Ways around TensorFlow's memory and its warnings, each with its reason; all were seen with `SEEN_WITH`.

What is handed to TensorFlow stays in registries that the process never clears: the functions of `tf.numpy_function`,
the gradients of custom operations. Whatever these refer to, a trained model or its ratings, would stay as well.
"""

import weakref
from collections.abc import Callable
from typing import Any

import tensorflow as tf

SEEN_WITH = "2.21"  # the release of TensorFlow whose behaviour is described here, and whose error texts are read


def held_weakly(thing: Any) -> Callable[[], Any]:
    """A function that returns `thing` as long as somebody else holds it.

    TensorFlow keeps every function given to `tf.numpy_function` for ever, and all that the function refers to. One that
    refers to a model, to its memory or to its ratings takes this instead.
    """
    return weakref.ref(thing)


def forget_model(callback: Any) -> None:
    """Lets go of the model that Keras gave a callback, where TensorFlow keeps the callback itself.

    A callback that a `tf.data.Dataset` asks stays in the registry of `tf.numpy_function` with it, and would hold the
    model that it was trained with.

    Args:
        callback: `keras.callbacks.Callback`, after the training that it belonged to.
    """
    callback.set_model(None)


def check_one_replica(strategy: Any) -> None:
    """Raises ValueError under a distribution strategy with several replicas, whose steps would add up wrongly.

    Each replica would add the weight decay of the whole model, and take means over its own part of a mini-batch, which
    Keras then sums.

    Args:
        strategy: `tf.distribute.Strategy` of the model.
    """
    replicas = strategy.num_replicas_in_sync
    if replicas > 1:
        raise ValueError(f"strategy: expected one replica, found {replicas}; train outside the strategy's scope")


def apply_gradients(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """`optimizer.apply`, outside the replica where there is but one.

    Inside a replica Keras sums the gradients over all replicas, by an operation with a gradient of its own. TensorFlow
    keeps that gradient's graph for ever, with the model's variables and the optimizer's slots.
    """
    if tf.distribute.has_strategy():
        optimizer.apply(gradients, variables)
    else:
        tf.distribute.get_replica_context().merge_call(lambda _: optimizer.apply(gradients, variables))


def without_retracing_warning(function: Any) -> Any:
    """The same `tf.function`, about which TensorFlow does not warn.

    Each model has graphs of its own. TensorFlow counts them by the Python function they were made from, which is
    Keras' and the same for all models, so it takes the fifth model's first graph for the fifth graph of one model.

    Args:
        function: `tf.function`, or a plain function around some, as Keras' train function is.
    """
    around = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    for one in (function, *around):
        if isinstance(one, tf.types.experimental.PolymorphicFunction):
            one._omit_frequent_tracing_warning = True
    return function
