"""Machines with a bias of each user, and their oracle: found by a general minimiser, not by the library's formulas.

The oracle lists the states of a machine whose visible biases and offset hold the user's bias.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from support.family_making import POLYNOMIALS, Member, Oracle, draw_parameters, make_model

from rbm_lib.models.feeds import densify

PRECISION = np.array([0.7, 1.9])
REPEATS, DATA = 8009, 77
BIASED = {
    "polynomial": (Member("polynomial", centred=True, degree=1, hidden_offset=0.5), 1),
    "polynomial conditional": (Member("polynomial", conditional=True, centred=True, degree=2, hidden_offset=0.5), 2),
    "ordinal": (Member("ordinal", conditional=True, centred=True), 2),
    "softmax": (Member("softmax", centred=True), 1),
    "bernoulli": (Member("bernoulli", conditional=True, centred=True, hidden_offset=0.5), 1),
}


def drawn(member):
    """Parameters whose offset are base rates: of stars, shares that add up to one."""
    trained = draw_parameters(member)
    if member.kind != "bernoulli":
        offset = trained["visible_offset"]
        trained["visible_offset"] = np.float64(np.float32(offset / offset.sum(axis=1, keepdims=True)))
    return trained


def tilts_of(member, degree):
    return np.array([[0.0], [1.0]]) if member.kind == "bernoulli" else POLYNOMIALS[:, :degree]


def log_shares(member, trained):
    offset = trained["visible_offset"]
    return np.log(np.stack([1 - offset, offset], axis=1) if member.kind == "bernoulli" else offset)


def best_bias(member, degree, trained, films, states):
    """The mode of the posterior of one user's bias."""
    tilts, logits = tilts_of(member, degree), log_shares(member, trained)[films]

    def loss(bias):
        tilted = logits + tilts @ bias
        likelihood = (tilted - logsumexp(tilted, axis=1, keepdims=True))[np.arange(len(films)), states].sum()
        return 0.5 * (PRECISION[:degree] * bias**2).sum() - likelihood

    return minimize(loss, np.zeros(degree), tol=1e-12).x


def given(member, degree, trained, films, states):
    """The parameters of one user's machine, without biases of users."""
    tilt = tilts_of(member, degree) @ best_bias(member, degree, trained, films, states)
    offset = softmax(log_shares(member, trained) + tilt, axis=1)
    if member.kind == "bernoulli":
        return trained | {"visible_bias": trained["visible_bias"] + tilt[1], "visible_offset": offset[:, 1]}
    moved = np.diff(tilt, prepend=0.0) if member.kind == "ordinal" else tilt
    return trained | {"visible_bias": trained["visible_bias"] + moved, "visible_offset": offset}


def model_of(biased, engine="sparse", **arguments):
    member, degree = biased
    model = make_model(member, drawn(member), engine, user_bias=degree, **arguments)
    model.rbm_layer.user_precision.assign(PRECISION[:degree])
    return model


def oracle_of(biased, data=DATA):
    member, degree = biased
    plain = Oracle(member, drawn(member))
    data %= len(plain.states)
    return Oracle(member, given(member, degree, plain.trained, plain.rated, plain.states[data])), data


def dense_of(model, ratings):
    return densify(ratings.row_splits, ratings.item_index, ratings.rating, model.num_items, model.units)
