"""The machines of the measurement on a GPU, and ratings of one shape, so that every step has the same shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

    from rbm_lib.data import Ratings
    from rbm_lib.models import RBM

SEED = 2007
LEARNING_RATE = 0.003


class Shape(NamedTuple):
    """The shape of a training: users in a mini-batch, ratings of each user, films, hidden units."""

    batch_size: int
    ratings_a_user: int
    num_items: int
    num_hidden: int


# A member of the family each: arguments of `RBM`. Each is checked on the GPU against the CPU.
MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "likes": {"units": "bernoulli"},
    "likes, conditional": {"units": "bernoulli", "conditional": True},
    "likes, k=3": {"units": "bernoulli", "cd_steps": 3},
    "likes, expected reconstructions": {"units": "bernoulli", "negative": "expected"},
    "likes, user biases": {"units": "bernoulli", "user_bias": 1},
    "softmax": {"units": "softmax"},
    "softmax, conditional": {"units": "softmax", "conditional": True},
    "ordinal, conditional": {"units": "ordinal", "conditional": True, "weight_decay": 0.005},
    "polynomial": {"units": "polynomial", "hidden_offset": 0.5},
    "polynomial, user biases": {"units": "polynomial", "user_bias": 2, "hidden_offset": 0.5, "negative": "expected"},
    "gaussian": {"units": "gaussian"},
}
SMALL = Shape(batch_size=64, ratings_a_user=12, num_items=96, num_hidden=24)

STEPS = 8  # of the small training whose parameters are compared
USERS, PLACES, STEP = 512, 1000, 3  # of the random numbers that are compared

# The size of MovieLens-1M: 6,144 users and 1,013,760 ratings an epoch.
ML_1M = {num_hidden: Shape(1024, 165, 3706, num_hidden) for num_hidden in (100, 200, 500, 1000)}
STEPS_AN_EPOCH = 6
TIMED: Mapping[str, Mapping[str, Any]] = {
    "likes": {"units": "bernoulli"},
    "stars": {"units": "ordinal", "conditional": True},
}


def values_of(units: str) -> list[float]:
    """The ratings that users give here."""
    return {"bernoulli": [0.0, 1.0], "gaussian": [-4.0, -1.0, 0.0, 2.0, 5.0]}.get(units, [1.0, 2.0, 3.0, 4.0, 5.0])


def random_ratings(shape: Shape, values: list[float], *, users: int | None = None, seed: int = SEED) -> Ratings:
    """Ratings of films at random, as many by each user; films that many rate are liked more.

    Args:
        shape: `Shape`.
        values: the ratings that occur.
        users: int, users in all; those of one mini-batch by default.
        seed: int.
    Returns:
        ratings: `Ratings`.
    """
    from rbm_lib.data import Ratings

    rng = np.random.default_rng(seed)
    users = shape.batch_size if users is None else users
    order = rng.random((users, shape.num_items)) ** np.linspace(0.5, 1, shape.num_items)
    films = np.sort(np.argsort(order, axis=1)[:, : shape.ratings_a_user], axis=1).ravel()
    place = rng.random(films.shape) ** (0.5 + films / shape.num_items) * len(values)
    rating = np.asarray(values, np.float32)[place.astype(int)]
    user = np.repeat(np.arange(users), shape.ratings_a_user)
    return Ratings.from_triples(user, films, rating, item_ids=np.arange(shape.num_items))


def make_member(shape: Shape, ratings: Ratings, arguments: Mapping[str, Any]) -> RBM:
    """A compiled machine of the dense engine, started at the ratings' biases."""
    import keras

    from rbm_lib.models import RBM

    model = RBM(shape.num_items, shape.num_hidden, engine="dense", seed=SEED, **arguments)
    if model.rbm_layer.user_bias:
        model.initialize_from_biases(ratings)
    else:
        model.initialize_from_base_rates(ratings)
    model.compile(keras.optimizers.Adam(LEARNING_RATE))
    model.optimizer.build(model.moving)
    return model


def batches_of(ratings: Ratings, batch_size: int) -> list[dict[str, tf.Tensor]]:
    """Mini-batches of whole size in the order of the users, as tensors."""
    import tensorflow as tf

    return [
        {name: tf.constant(value) for name, value in batch.items()}
        for batch in ratings.batches(batch_size, seed=None)
        if len(batch["user_index"]) == batch_size
    ]
