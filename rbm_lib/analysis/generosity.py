"""Ratings without personal tastes: by films, and by how high and how widely each user rates (generosity).

A user's bias a is unknown; its prior is the distribution of the biases of the training users. All ratings of one user
together have the probability

    P(v) = integral of N(a; 0, variance) * prod_i softmax(beta + t . (alpha_i + a))[v_i] da,

computed by Gauss-Hermite quadrature around the mode. Given some of the user's ratings, a is the mode given these. What
a model predicts of a new user beyond this comes neither from the films nor from the user's generosity: it is taste.

References:
    Liu and Pierce (1994), "A note on Gauss-Hermite quadrature": the rule around the mode.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp, softmax

from rbm_lib.baselines import OrdinalBiases
from rbm_lib.data import Ratings
from rbm_lib.models import Biases
from rbm_lib.sparse import infer_user_biases
from rbm_lib.splits import Split

BIASES = "film and user biases"
DEGREE = 2  # of the polynomials of the value: how high, and how widely
NODES = 15  # of the quadrature, in each direction
LEAST = float(np.finfo(np.float32).tiny)  # probabilities are clipped here, so that none is 0


def fit_generosity(train: Ratings, values: tuple[float, ...]) -> OrdinalBiases:
    """The biases of films and users with their variances, `OrdinalBiases`, fitted on the training ratings."""
    return OrdinalBiases(min(DEGREE, len(values) - 1), values).fit(train)


def biases_of_targets(train: Ratings, split: Split, values: tuple[float, ...]) -> NDArray[np.float64]:
    """log P(rating) of each target from its film's and its user's bias, the mode given the user's inputs.

    Args:
        train: `Ratings`, from which films and variances are learnt.
        split: `Split` over the same films.
        values: ascending floats, the possible ratings.
    Returns:
        log_likelihood: float64 `(num_targets,)`, in nats.
    """
    shares = fit_generosity(train, values).predict_ratings(split, output="distribution").astype(np.float64)
    state = np.searchsorted(np.asarray(values, np.float32), split.targets.rating)
    log_likelihood: NDArray[np.float64] = np.log(np.maximum(shares[np.arange(len(state)), state], LEAST))
    return log_likelihood


def biases_of_users(train: Ratings, ratings: Ratings, values: tuple[float, ...]) -> NDArray[np.float64]:
    """log P(all ratings of a user) from their films and an unknown bias, which is integrated out.

    Args:
        train: `Ratings`, from which films and variances are learnt.
        ratings: `Ratings` over the same films; users without any are left out.
        values: ascending floats, the possible ratings.
    Returns:
        log_likelihood: float64 `(num_users_with_ratings,)`, in nats.
    """
    return integrate(fit_generosity(train, values).biases, ratings, values)


def integrate(biases: Biases, ratings: Ratings, values: tuple[float, ...]) -> NDArray[np.float64]:
    """The integral of `biases_of_users`, for fitted biases.

    Args:
        biases: `Biases`, of which overall, film, user_variance and tilts are read.
        ratings, values: as in `biases_of_users`.
    """
    logits, variance, tilts = biases.film_logits(), biases.user_variance, biases.tilts.astype(np.float64)
    rows = ratings.row_splits, ratings.item_index, ratings.rating
    mode, spread, _ = infer_user_biases(*rows, softmax(logits, axis=1), biases.tilts, 1 / variance, values=values)
    users, scale = np.flatnonzero(ratings.ratings_per_user), np.sqrt(2.0 * spread)
    state = np.searchsorted(np.asarray(values, np.float32), ratings.rating)
    nodes, weights = np.polynomial.hermite.hermgauss(NODES)
    terms = []
    for place in product(range(NODES), repeat=len(variance)):
        node = nodes[list(place)]
        bias = mode + scale * node
        shares = log_softmax(logits[ratings.item_index] + (bias @ tilts.T)[ratings.user_index], axis=1)
        given = np.bincount(ratings.user_index, shares[np.arange(len(state)), state], ratings.num_users)
        prior = -0.5 * (bias**2 / variance + np.log(2 * np.pi * variance)).sum(axis=1)
        around = np.log(weights[list(place)]).sum() + (node**2).sum() + np.log(scale).sum(axis=1)
        terms.append((given + prior + around)[users])
    log_likelihood: NDArray[np.float64] = logsumexp(terms, axis=0)
    return log_likelihood
