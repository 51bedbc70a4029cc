"""What a trained model says, batch by batch: its targets' probabilities, the best films, free energies."""

import numpy as np
import tensorflow as tf

from rbm_lib import sparse
from rbm_lib._checks import check_count
from rbm_lib.data import iterate_batches

from . import feeds
from .graph_errors import as_value_errors
from .parameters import RBMParameters


def of_targets(model, split, batch_size, inference, targets_as_rated, repeat):
    """P(like), or P(star), of each target of a `Split`.

    Args:
        model: `RBM`.
        split: `Split` of the units' values.
        batch_size: int, users at a time.
        inference, targets_as_rated, repeat: as `RBM.predict_ratings` takes them.
    Returns:
        probability: float32 `(num_targets[, num_stars])`, in the order of `split.targets`.
    """
    repeat = check_count(repeat, "repeat", least=0, most=2**31 - 1)
    batches = feeds.evaluation_batches(split, model.num_items, model.units, batch_size, "split")
    predict = _targets_function(model, inference, bool(targets_as_rated))
    with as_value_errors():
        return np.concatenate([predict(batch, tf.constant(repeat)).numpy() for batch in batches])


def recommend(model, ratings, batch_size, n):
    """`sparse.best_films` of every user, `batch_size` users at a time: `item_index` and `score`."""
    found = _over_users(model, ratings, sparse.best_films, batch_size, count=n)
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))


def free_energy_of_users(model, ratings, batch_size):
    """`sparse.free_energy` of every user, `batch_size` users at a time: float32 `(num_users,)`, in nats."""
    return np.concatenate(list(_over_users(model, ratings, sparse.free_energy, batch_size)))


def _targets_function(model, inference, targets_as_rated):
    """`engine_in_use.targets` as a graph, traced once for batches of any length."""
    key = (inference, targets_as_rated)
    if key not in model.prediction_functions:
        kinds = {"row_splits": tf.int64, "item_index": tf.int32, "rating": tf.float32}
        kinds |= {f"target_{name}": kind for name, kind in kinds.items()} | {"user_index": tf.int32}
        batch = {name: tf.TensorSpec((None,), kind) for name, kind in kinds.items()}

        def targets(batch, repeat):
            return model.engine_in_use.targets(model, batch, inference, repeat, targets_as_rated)

        signature = [batch, tf.TensorSpec((), tf.int32)]
        model.prediction_functions[key] = tf.function(targets, input_signature=signature)
    return model.prediction_functions[key]


def _over_users(model, ratings, compute, batch_size, **arguments):
    """Results of a function of `rbm_lib.sparse`, batch by batch, over all users."""
    ratings = feeds.as_ratings(ratings, model.num_items, model.units, "ratings")
    parameters = RBMParameters(*(np.asarray(part) for part in model.parameters))
    for batch in iterate_batches(ratings, batch_size, every_user=True):
        rows = (batch[name] for name in ("row_splits", "item_index", "rating"))
        yield compute(*rows, parameters, values=model.units.values, **arguments)
