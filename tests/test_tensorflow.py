"""The ways around TensorFlow's memory and warnings: each test fails without one of them."""

import gc
import logging
import subprocess
import sys
import weakref
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.model_making import trained

from rbm_lib import _tensorflow
from rbm_lib.data.ratings import Ratings
from rbm_lib.models.model import RBM
from rbm_lib.models.training.callbacks import EpochClock
from rbm_lib.splits.held_out import random_n


@pytest.fixture
def split(likes):
    return random_n(likes, 1, seed=1, more_than=1)


def resources():
    """What variables and the like TensorFlow holds, as far as Python refers to them."""
    gc.collect()
    tensors = (o for o in gc.get_objects() if issubclass(type(o), tf.Tensor))  # `isinstance` would follow dead proxies
    return sum(tensor.dtype == tf.resource for tensor in tensors)


@pytest.mark.parametrize("engine", ["sparse", "dense"])
def test_a_trained_models_parameters_and_its_optimizers_are_given_back(likes, engine):
    """The optimizer's graph was kept by the sum over replicas: a hundred megabytes a model of MovieLens-1M."""

    def train():
        model = RBM(likes.num_items, 3, engine=engine, seed=1)
        model.compile(keras.optimizers.Adam(0.01))
        model.fit(likes, batch_size=4, epochs=2, verbose=0)

    train()  # what is made once and for all
    before = resources()
    train()
    assert resources() <= before


def test_a_callback_that_tensorflow_keeps_lets_go_of_its_model(likes):
    """A clock that its batches ask stays in TensorFlow's registry."""
    model, clock = RBM(likes.num_items, 3), EpochClock()
    clock.set_model(model)
    list(likes.to_dataset(5, epoch=partial(getattr, clock, "epoch")))
    forgotten = weakref.ref(model), weakref.ref(clock)
    _tensorflow.forget_model(clock)
    del model, clock
    gc.collect()
    assert forgotten[0]() is None
    assert forgotten[1]() is not None  # else nobody keeps the clock any more, and nothing has to be forgotten


@pytest.mark.parametrize("engine", ["dense", "sparse"])
def test_a_model_that_nobody_needs_is_forgotten(likes, split, engine):
    """TensorFlow keeps every function given to `tf.numpy_function`; none may hold a model, or many fill the memory."""
    model, history = trained(split.inputs, engine=engine)
    model.evaluate(split, verbose=0)
    model.predict_ratings(split)
    model.recommend(likes)
    forgotten = weakref.ref(model), weakref.ref(model.engine_in_use)
    del model, history
    gc.collect()
    assert [one() for one in forgotten] == [None, None]


@pytest.mark.parametrize("engine", ["dense", "sparse"])
def test_ratings_that_nobody_needs_are_forgotten(likes, engine):
    split = random_n(likes, 1, seed=3, more_than=1)
    forgotten = [weakref.ref(part) for part in (split.inputs, split.targets)]
    model, _ = trained(split.inputs, engine=engine)
    model.evaluate(split, verbose=0)
    model.predict_ratings(split)
    del split
    gc.collect()
    assert [one() for one in forgotten] == [None, None]


def test_a_row_of_models_leaves_no_warning_behind():
    """TensorFlow warns of "retracing" at the fifth model's graph; in a notebook that is noise, and fails its page."""
    rng = np.random.default_rng(1)
    ratings = Ratings.from_dense((rng.random((11, 7)) < 0.5).astype(np.float32), rng.random((11, 7)) < 0.8)
    heard, logger = [], logging.getLogger("tensorflow")
    handler = logging.Handler()
    handler.emit = heard.append
    logger.addHandler(handler)
    try:
        for seed in range(8):
            RBM(7, 3, seed=seed).predict(ratings, verbose=0)
        logger.warning("something else")
    finally:
        logger.removeHandler(handler)
    assert [record.getMessage() for record in heard] == ["something else"]


def test_the_ways_around_were_seen_with_the_tensorflow_that_is_installed():
    installed = ".".join(tf.__version__.split(".")[:2])
    assert installed == _tensorflow.SEEN_WITH, (
        f"TensorFlow {installed} instead of {_tensorflow.SEEN_WITH}: look whether each way around in _tensorflow.py is "
        "still needed, and whether graph_errors.py still reads the error texts; then change SEEN_WITH"
    )


REPLICAS = """
import numpy as np
import tensorflow as tf
from rbm_lib import RBM, Ratings

device = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(device, [tf.config.LogicalDeviceConfiguration()] * 2)
ratings = Ratings.from_dense(np.eye(7), np.ones((7, 7), bool))
for strategy in (tf.distribute.OneDeviceStrategy("CPU:0"), tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])):
    with strategy.scope():
        model = RBM(7, 3, engine="dense", weight_decay=0.1)
        model.compile("sgd")
    try:
        model.fit(ratings, batch_size=7, epochs=1, verbose=0)
        print("trained")
    except ValueError as error:
        print(str(error).strip().splitlines()[-1])
"""


def test_several_replicas_are_refused_in_one_line():
    """Each would add the whole weight decay, and the sum of their means would be no mean; one may train."""
    done = subprocess.run([sys.executable, "-c", REPLICAS], capture_output=True, text=True, timeout=300)
    way_out = "over several processes by fit(..., workers=rbm_lib.workers.mpi())"
    refused = f"strategy: expected one replica, found 2; train outside the strategy's scope, {way_out}"
    assert done.stdout.splitlines()[-2:] == ["trained", refused], done.stderr
