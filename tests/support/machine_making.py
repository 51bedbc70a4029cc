"""Tiny machines of every member of the family, masks of ratings for them, and their sums by enumeration."""

import itertools
from types import SimpleNamespace

import numpy as np
import tensorflow as tf

from rbm_lib.analysis import annealing, likelihood
from rbm_lib.data.ratings import Ratings
from rbm_lib.models import energy
from rbm_lib.models.parameters import RBMParameters
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.models.units.ordinal import OrdinalSoftmax
from rbm_lib.models.units.softmax import Softmax

NUM_HIDDEN, NUM_RATED, NUM_ITEMS, NUM_USERS = 3, 5, 7, 11
STARS = (1.0, 2.5, 4.0)
MEMBERS = ("plain", "centred", "conditional likes", "softmax", "ordinal", "conditional stars", "centred stars")


def make_model(member, scale=1.0):
    """Random couplings strong enough to make the hidden units matter."""
    rng = np.random.default_rng(MEMBERS.index(member))
    stars = member == "softmax" or member == "ordinal" or member.endswith("stars")
    shape = (NUM_ITEMS, len(STARS)) if stars else (NUM_ITEMS,)
    units = {"ordinal": OrdinalSoftmax(STARS)}.get(member, Softmax(STARS) if stars else Bernoulli())
    trained = RBMParameters(
        tf.constant(rng.normal(0, scale, (*shape, NUM_HIDDEN)), tf.float32),
        tf.constant(rng.normal(0, 0.5, shape), tf.float32),
        tf.constant(rng.normal(0, 0.5, NUM_HIDDEN), tf.float32),
        tf.constant(rng.uniform(0.2, 0.9, shape), tf.float32) if member.startswith("centred") else 0.0,
        tf.constant(rng.normal(0, scale, (NUM_ITEMS, NUM_HIDDEN)), tf.float32) if "conditional" in member else 0.0,
    )
    return SimpleNamespace(parameters=units.effective(trained._replace(units=units)), units=units)


def make_ratings(units, num_users=NUM_USERS, seed=3):
    """Five films each, but for one user without any."""
    rng = np.random.default_rng(seed)
    observed_mask = np.zeros((num_users, NUM_ITEMS), bool)
    for user in range(num_users):
        observed_mask[user, rng.choice(NUM_ITEMS, NUM_RATED, replace=False)] = user != 2
    return Ratings.from_dense(rng.choice(units.values, observed_mask.shape), observed_mask)


def brute_force(model, ratings):
    """log Z and log P(v) of each user by listing all ratings of the user's films."""
    log_z, log_p = [], []
    for user in np.flatnonzero(ratings.ratings_per_user):
        own = slice(*ratings.row_splits[user : user + 2])
        states = np.array(list(itertools.product(model.units.values, repeat=NUM_RATED)))
        visible = np.zeros((len(states) + 1, NUM_ITEMS))
        visible[:-1, ratings.item_index[own]], visible[-1, ratings.item_index[own]] = states, ratings.rating[own]
        mask = np.isin(np.arange(NUM_ITEMS), ratings.item_index[own])
        masks = tf.constant(np.tile(mask, (len(visible), 1)))
        coded = model.units.encode(tf.constant(visible, tf.float32))
        log_weight = -energy.free_energy(coded, masks, model.parameters).numpy().astype(np.float64)
        log_z.append(np.logaddexp.reduce(log_weight[:-1]))
        log_p.append(log_weight[-1] - log_z[-1])
    return np.array(log_z), np.array(log_p)


def machine_of(model, films=(0, 2, 3, 4, 6)):
    return annealing.UserMachine(
        np.array(films), likelihood.checked_arrays(model.parameters, make_ratings(model.units))
    )
