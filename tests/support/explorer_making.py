"""Small explorers: a machine with random couplings over a few films, its bundle, its state, its output of a cell."""

import numpy as np
import pandas as pd

from rbm_lib import RBM, Ratings
from rbm_lib.collection.explorer import Explorer
from rbm_lib.models import PolynomialSoftmax

STARS = (0.5, 1.0, 2.0, 3.0, 3.5, 4.0, 5.0)
NUM_FILMS, NUM_HIDDEN = 41, 7
HOSTILE = ['The "Quoted", Film (1987)', "</script><b>bold</b>", "\u202eturned round", "Amélie (2001)", "1917"]


def titled(number=NUM_FILMS):
    """DataFrame of films; the first have titles that are hard to carry."""
    titles = [*HOSTILE, *(f"Film number {n}, The (19{n:02d})" for n in range(number))][:number]
    return pd.DataFrame({"item_id": np.arange(200, 200 + number), "title": titles})


def known_ratings(number=NUM_FILMS):
    """`Ratings` in which the first film is known best, the next less, and so on; every value of the scale occurs."""
    users = number + len(STARS)
    rated = np.arange(number)[None, :] <= np.arange(users)[:, None]
    values = np.random.default_rng(3).choice(STARS, rated.shape)
    values[:, 0] = np.resize(STARS, users)
    return Ratings.from_dense(values, rated, item_id=np.arange(200, 200 + number))


def small_machine(num_films=NUM_FILMS, num_hidden=NUM_HIDDEN, seed=5):
    """A conditional user-based `RBM` with user biases, its couplings drawn."""
    units = PolynomialSoftmax(STARS, degree=1)
    model = RBM(num_films, num_hidden, units=units, conditional=True, user_bias=1, hidden_offset=0.5)
    rng, layer = np.random.default_rng(seed), model.rbm_layer
    layer.interaction_weights.assign(rng.normal(0, 0.5, layer.interaction_weights.shape))
    layer.rated_weights.assign(rng.normal(0, 0.1, layer.rated_weights.shape))
    layer.hidden_bias.assign(rng.normal(0, 0.3, num_hidden))
    shares = rng.dirichlet(np.full(len(STARS), 3.0), num_films).astype(np.float32)
    layer.visible_offset.assign(shares)
    layer.visible_bias.assign(np.log(shares))
    return model


def small_explorer(**arguments):
    """`Explorer` of `small_machine`."""
    return Explorer(small_machine(), known_ratings(), titled(), **arguments)
