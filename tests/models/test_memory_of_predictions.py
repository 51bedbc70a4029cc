"""Asking a model again and again takes no more memory than asking it some times."""

import os
from pathlib import Path

import numpy as np
import pytest

from rbm_lib import RBM, Ratings, random_n
from rbm_lib.data import batches_as_dataset

STATUS = Path("/proc/self/statm")


def resident():
    """Megabytes that the process holds."""
    return int(STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.fixture(scope="module")
def asked():
    rng = np.random.default_rng(7)
    rated = rng.random((29, 11)) < 0.6
    rated[:, :3] = True
    ratings = Ratings.from_dense(rng.integers(0, 2, rated.shape), rated)
    model = RBM(11, num_hidden=3, seed=1)
    model.compile("sgd")
    return model, ratings, random_n(ratings, 1, seed=1)


@pytest.mark.skipif(not STATUS.exists(), reason="memory as Linux counts it")
@pytest.mark.parametrize("what", ["predict", "predict_ratings", "recommend", "free_energy"])
def test_a_thousand_calls_take_no_memory_of_their_own(asked, what):
    """Keras' own `predict` took 100 MB for a thousand."""
    model, ratings, split = asked
    calls = {
        "predict": lambda: model.predict(ratings, verbose=0),
        "predict_ratings": lambda: model.predict_ratings(split),
        "recommend": lambda: model.recommend(ratings, 3),
        "free_energy": lambda: model.free_energy(ratings),
    }
    for _ in range(200):
        calls[what]()
    before = resident()
    for _ in range(1000):
        calls[what]()
    assert resident() - before < 10


def test_predict_says_what_keras_own_loop_says(asked, capsys):
    model, ratings, _ = asked
    batches = batches_as_dataset(ratings, 7, every_user=True)
    for inference in ("mean_field", "exact", "sampled"):
        other = RBM(11, num_hidden=3, seed=1, inference=inference)
        other.set_weights(model.get_weights())
        expected = other.predict(batches, verbose=0)
        assert (other.predict(ratings, batch_size=7, verbose=0) == expected).all()
        assert (other.predict(ratings, batch_size=7, callbacks=[], verbose=0) == expected).all()
    capsys.readouterr()
    model.predict(ratings, batch_size=7)
    assert "5/5" in capsys.readouterr().out
    model.predict(ratings, batch_size=7, verbose=0)
    assert capsys.readouterr().out == ""
    with pytest.raises(TypeError, match="colour"):
        model.predict(ratings, colour="red")
