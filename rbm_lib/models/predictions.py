"""Predictions of a trained model, batch by batch: its targets' probabilities, the best films, free energies."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib._checks import check_count
from rbm_lib._process import refuse_forks
from rbm_lib._tensorflow import without_retracing_warning
from rbm_lib.data import Ratings, iterate_batches
from rbm_lib.splits import Split

from . import feeds
from .engines.choice import functions_of_users
from .graph_errors import as_value_errors
from .training.divergence import check_finite

if TYPE_CHECKING:
    import pandas as pd

    from .model import RBM


def of_targets(
    model: "RBM",
    split: Split | tf.data.Dataset[Any],
    batch_size: int,
    inference: str,
    targets_as_rated: bool,
    repeat: int,
) -> NDArray[np.float32]:
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
    batches = _with_targets(model, split, batch_size)
    predict = _targets_function(model, inference, bool(targets_as_rated))
    check_finite(model, "to predict")
    with as_value_errors():
        found = [predict(batch, tf.constant(repeat)).numpy() for batch in batches]
    return np.concatenate(found) if found else np.zeros((0, *model.units.shape(1)[1:]), np.float32)


def of_every_film(model: "RBM", ratings: Ratings, batch_size: int, verbose: str | int) -> NDArray[np.float32]:
    """`RBM.predict_step` for each user and film: Keras' `predict`, with bounded memory.

    Keras makes a TensorFlow pipeline for each call, and the process never frees its functions: 0.1 MB a call.

    Args:
        model: `RBM`.
        ratings: `Ratings` of the units' values.
        batch_size: int, users at a time.
        verbose: as Keras' `predict` takes it.
    Returns:
        rating: float32 `(num_users, num_items)`.
    """
    batches = iterate_batches(ratings, batch_size, every_user=True)
    predict = model.predict_step if model.run_eagerly else _films_function(model)
    bar = keras.utils.Progbar(-(-ratings.num_users // batch_size), verbose=1 if verbose == "auto" else int(verbose))
    found = []
    with as_value_errors():
        for place, batch in enumerate(batches, start=1):
            found.append(predict({name: tf.constant(array) for name, array in batch.items()}).numpy())
            if verbose:
                bar.update(place)
    return np.concatenate(found)


def _with_targets(model: "RBM", split: Split | tf.data.Dataset[Any], batch_size: int) -> Iterable[dict[str, Any]]:
    """Batches of inputs with their targets; for a `Split` without a pipeline, for the reason in `of_every_film`."""
    if not isinstance(split, Split):
        return feeds.evaluation_batches(split, model.num_items, model.units, batch_size, "split")
    inputs, targets = feeds.parts_of(split, model.num_items, model.units, "split", may_be_empty=True)
    return iterate_batches(inputs, feeds.check_batch_size(batch_size, 256), targets=targets)


def recommendations(
    model: "RBM", ratings: Ratings, items: "pd.DataFrame | None", batch_size: int, n: int
) -> "pd.DataFrame":
    """As `RBM.recommend`."""
    import pandas as pd

    ratings = feeds.as_ratings(ratings, model.num_items, model.units, "ratings", may_be_empty=True)
    if items is not None:
        _check_items(items, ratings)
    item_index, score = best_positions(model, ratings, batch_size, n)
    user, place = np.nonzero(item_index >= 0)
    film = item_index[user, place]
    columns = {"user_id": ratings.user_id[user], "rank": place + 1, "item_id": ratings.item_id[film]}
    columns |= {} if items is None else {"title": items["title"].to_numpy()[film]}
    return pd.DataFrame(columns | {"score": score[user, place]})


def _check_items(items: "pd.DataFrame", ratings: Ratings) -> None:
    """Refuse a table of items whose order is not that of the ratings."""
    missing = {"item_id", "title"} - set(items.columns)
    if missing:
        raise ValueError(f"items: expected the columns item_id and title, found {', '.join(map(str, items.columns))}")
    if list(map(str, items["item_id"].tolist())) != list(map(str, ratings.item_id.tolist())):
        found = f"others ({len(items)} and {ratings.num_items} ids)"
        raise ValueError(f"items: expected the ids of the ratings in their order, found {found}")


def best_positions(
    model: "RBM", ratings: Ratings, batch_size: int, n: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The unrated films with the best predictions for each user, in batches: `item_index` and `score`."""
    found = list(_over_users(model, ratings, "best_films", batch_size, count=n))
    if not found:
        return np.zeros((0, n), np.int32), np.zeros((0, n), np.float32)
    item_index, score = (np.concatenate(part) for part in zip(*found, strict=True))
    return item_index, score


def free_energy_of_users(model: "RBM", ratings: Ratings, batch_size: int) -> NDArray[np.float32]:
    """Free energy of every user's ratings, `batch_size` users at a time: float32 `(num_users,)`, in nats."""
    found = list(_over_users(model, ratings, "free_energy", batch_size))
    return np.concatenate(found) if found else np.zeros(0, np.float32)


def _targets_function(model: "RBM", inference: str, targets_as_rated: bool) -> Callable[..., Any]:
    """`engine_in_use.targets` as a graph, traced once for batches of any length."""
    key = (inference, targets_as_rated)
    if key not in model.prediction_functions:
        kinds = {"row_splits": tf.int64, "item_index": tf.int32, "rating": tf.float32}
        kinds |= {f"target_{name}": kind for name, kind in kinds.items()} | {"user_index": tf.int32}
        batch = {name: tf.TensorSpec((None,), kind) for name, kind in kinds.items()}

        def targets(batch: dict[str, tf.Tensor], repeat: tf.Tensor) -> tf.Tensor:
            return model.engine_in_use.targets(model, batch, inference, repeat, targets_as_rated)

        signature = [batch, tf.TensorSpec((), tf.int32)]
        model.prediction_functions[key] = without_retracing_warning(tf.function(targets, input_signature=signature))
    return model.prediction_functions[key]


def _films_function(model: "RBM") -> Callable[..., Any]:
    """`RBM.predict_step` as a graph, traced once for batches of any length."""
    key = (f"every film, {model.inference}", False)
    if key not in model.prediction_functions:
        kinds = {"row_splits": tf.int64, "item_index": tf.int32, "rating": tf.float32, "user_index": tf.int32}
        batch = {name: tf.TensorSpec((None,), kind) for name, kind in kinds.items()}
        made = tf.function(lambda batch: model.predict_step(batch), input_signature=[batch])
        model.prediction_functions[key] = without_retracing_warning(made)
    return model.prediction_functions[key]


def _over_users(model: "RBM", ratings: Ratings, name: str, batch_size: int, **arguments: Any) -> Iterator[Any]:
    """Results of one of `FunctionsOfUsers`, batch by batch, over all users."""
    refuse_forks()
    ratings = feeds.as_ratings(ratings, model.num_items, model.units, "ratings", may_be_empty=True)
    check_finite(model, "to predict")
    functions = functions_of_users(model.rbm_layer)
    compute: Callable[..., Any] = getattr(functions, name)
    for batch in iterate_batches(ratings, batch_size, every_user=True):
        rows = (batch[name] for name in ("row_splits", "item_index", "rating"))
        yield compute(*rows, functions.parameters, values=model.units.values, **arguments)
