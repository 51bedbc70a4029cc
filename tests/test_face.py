"""What importing the package sets up for whatever comes after it."""

import logging

import numpy as np

from rbm_lib import RBM
from rbm_lib.data.ratings import Ratings


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
