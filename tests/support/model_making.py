"""Small trained models, and whether two are the same."""

import keras
import numpy as np

from rbm_lib.models.model import RBM


def trained(ratings, *, epochs=3, batch_size=5, optimizer=None, **arguments):
    model = RBM(ratings.num_items, 3, **({"seed": 2} | arguments))
    model.compile(optimizer or keras.optimizers.SGD(0.1))
    history = model.fit(ratings, batch_size=batch_size, epochs=epochs, verbose=0)
    return model, history


def assert_same_weights(first, second):
    for left, right in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
