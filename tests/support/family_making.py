"""An oracle for every member of the family: each joint state of a tiny machine, listed from its energy in float64.

E(v, h) = - sum over rated films { b[i, v_i] } - sum over hidden units { h_j (c_j + sum over rated films { W[i, v_i, j]
+ D[i, j] }) }, and nothing else: conditionals, transitions and gradients below are sums over the listed states. None
of the library's formulas is used.
"""

import itertools
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp

from rbm_lib.data.ratings import Ratings
from rbm_lib.models.parameters import RBMParameters
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.models.units.ordinal import OrdinalSoftmax
from rbm_lib.models.units.polynomial import PolynomialSoftmax
from rbm_lib.models.units.softmax import Softmax
from rbm_lib.sparse.checks import check_parameters

STARS = (0.5, 2.0, 3.5)
NUM_HIDDEN, NUM_ITEMS, NUM_USERS = 3, 7, 11
RATED = (0, 2, 3, 4, 6)
ENGINES = ("dense", "sparse")


class Member(NamedTuple):
    """Which visible units; whether conditional; whether hidden units see ratings minus an offset; their own offset."""

    kind: str
    conditional: bool = False
    centred: bool = False
    degree: int = 0  # of polynomial units
    hidden_offset: float = 0.0

    @property
    def units(self):
        if self.kind == "bernoulli":
            return Bernoulli()
        if self.kind == "polynomial":
            return PolynomialSoftmax(STARS, self.degree)
        return {"softmax": Softmax, "ordinal": OrdinalSoftmax}[self.kind](STARS)

    @property
    def coupling_axes(self):
        """Axes of the trained couplings between that of films and that of hidden units."""
        return () if self.kind == "bernoulli" else (self.degree or len(STARS),)

    @property
    def values(self):
        return np.array([0.0, 1.0] if self.kind == "bernoulli" else STARS, np.float32)


MEMBERS = {
    "bernoulli": Member("bernoulli"),
    "bernoulli centred": Member("bernoulli", centred=True),
    "bernoulli conditional": Member("bernoulli", conditional=True, centred=True),
    "softmax": Member("softmax"),
    "softmax centred": Member("softmax", centred=True),
    "softmax conditional": Member("softmax", conditional=True),
    "ordinal": Member("ordinal"),
    "ordinal conditional": Member("ordinal", conditional=True, centred=True),
    "polynomial": Member("polynomial", degree=1),
    "polynomial conditional": Member("polynomial", conditional=True, centred=True, degree=2, hidden_offset=0.5),
    "bernoulli about a half": Member("bernoulli", centred=True, hidden_offset=0.5),
    "softmax about a quarter": Member("softmax", conditional=True, hidden_offset=0.25),
}
# Polynomials of three even steps that have mean 0 and mean square 1, by hand: the line, and the parabola.
POLYNOMIALS = np.array([[-1.0, 1.0], [0.0, -2.0], [1.0, 1.0]]) * np.sqrt([1.5, 0.5])


def draw_parameters(member, *, seed=0, scale=1.0, num_items=NUM_ITEMS):
    """What is trained, by name: float64 arrays whose entries are float32 numbers, so that nothing is lost on the way.

    `scale` is the spread of the couplings in nats; that of Bernoulli units, which have fewer, is wider.
    """
    scale = scale * (1.8 if member.kind == "bernoulli" else 1.0)
    rng = np.random.default_rng(seed)
    bias_shape = (num_items,) if member.kind == "bernoulli" else (num_items, len(STARS))
    trained = {
        "interaction_weights": rng.normal(0, scale, (num_items, *member.coupling_axes, NUM_HIDDEN)),
        "visible_bias": rng.normal(0, 0.5, bias_shape),
        "hidden_bias": rng.normal(0, 0.5, NUM_HIDDEN),
    }
    if member.conditional:
        trained["rated_weights"] = rng.normal(0, scale, (num_items, NUM_HIDDEN))
    trained["visible_offset"] = rng.uniform(0.2, 0.9, bias_shape) * member.centred
    return {name: np.float64(np.float32(value)) for name, value in trained.items()}


def state_tables(member, trained):
    """W[i, s, j], b[i, s]: what film i in state s adds to a hidden unit's input, and to minus the energy."""
    couplings, bias = trained["interaction_weights"], trained["visible_bias"]
    if member.kind == "polynomial":
        couplings = sum(POLYNOMIALS[:, k, None] * couplings[:, k, None, :] for k in range(member.degree))
    if member.kind == "bernoulli":
        bias = bias - member.hidden_offset * couplings.sum(axis=1)
        rating = np.array([0.0, 1.0])
        surprise = rating - trained["visible_offset"][:, None]
        return surprise[:, :, None] * couplings[:, None, :], rating * bias[:, None]
    if member.kind == "ordinal":
        couplings = np.stack([couplings[:, : star + 1].sum(axis=1) for star in range(len(STARS))], axis=1)
        bias = np.stack([bias[:, : star + 1].sum(axis=1) for star in range(len(STARS))], axis=1)
    bias = bias - member.hidden_offset * couplings.sum(axis=2)
    return couplings - (trained["visible_offset"][:, :, None] * couplings).sum(axis=1, keepdims=True), bias


class Oracle:
    """Every joint state of the films in `rated`, its probability, and what follows from it.

    Attributes:
        states: int `(num_states, num_rated)`, state numbers.
        hidden: float 0/1 `(8, 3)`.
        minus_energy, joint: float64 `(num_states, 8)`.
        visible: float64 `(num_states,)`, the probability of each state.
        log_partition: float, in nats.
    """

    def __init__(self, member, trained, rated=RATED):
        self.member, self.trained, self.rated = member, trained, np.array(rated)
        self.num_items = len(trained["visible_bias"])
        couplings, bias = state_tables(member, trained)
        heard = trained.get("rated_weights", np.zeros((self.num_items, NUM_HIDDEN)))
        self.states = np.array(list(itertools.product(range(len(member.values)), repeat=len(rated))))
        self.hidden = np.array(list(itertools.product((0.0, 1.0), repeat=NUM_HIDDEN)))
        self.minus_energy = np.tile(self.hidden @ trained["hidden_bias"], (len(self.states), 1))
        for place, film in enumerate(rated):
            chosen = self.states[:, place]
            self.minus_energy += bias[film, chosen][:, None]
            self.minus_energy += (couplings[film, chosen] + heard[film]) @ self.hidden.T
        self.log_partition = logsumexp(self.minus_energy)
        self.joint = np.exp(self.minus_energy - self.log_partition)
        self.visible = self.joint.sum(axis=1)

    @property
    def unlikeliest(self):
        """Number of the state from which a chain has farthest to go."""
        return int(np.argmin(self.visible))

    @property
    def hidden_given_visible(self):
        return self.joint / self.visible[:, None]

    @property
    def visible_given_hidden(self):
        return self.joint / self.joint.sum(axis=0)

    @property
    def hidden_mean(self):
        return self.hidden_given_visible @ self.hidden

    def film_given_hidden(self, place):
        """P(state of one film | hidden states), `(8, num_values)`."""
        indicator = self.states[:, place][:, None] == np.arange(len(self.member.values))
        return self.visible_given_hidden.T @ indicator

    def transition(self):
        """T[v, v'] of one sweep up and down."""
        return self.hidden_given_visible @ self.visible_given_hidden.T

    def hidden_transition(self):
        """Q[h, h'] of one sweep down and up: how a persistent chain goes from visit to visit."""
        return self.visible_given_hidden.T @ self.hidden_given_visible

    def statistics(self):
        """-dE/d(what is trained) of each state, hidden units at their means: `(num_states, *shape)`."""
        return by_trained(self.member, self.effective_statistics())

    def effective_statistics(self):
        """The same by what the conditionals use: one coupling a value, hidden units as they are."""
        indicator = np.zeros((len(self.states), self.num_items, len(self.member.values)))
        for place, film in enumerate(self.rated):
            indicator[np.arange(len(self.states)), film, self.states[:, place]] = 1.0
        mean, is_rated = self.hidden_mean, np.isin(np.arange(self.num_items), self.rated).astype(float)
        if self.member.kind == "bernoulli":
            indicator = indicator[:, :, 1]
        surprise = indicator - self.trained["visible_offset"]
        surprise[:, is_rated == 0] = 0.0
        found = {"interaction_weights": np.einsum("n...,nh->n...h", surprise, mean)}
        found |= {"visible_bias": indicator, "hidden_bias": mean}
        if self.member.conditional:
            found["rated_weights"] = is_rated[:, None] * mean[:, None, :]
        return found

    def expected_direction(self, data, end):
        """Positive minus negative phase, by what is trained; `data`, `end`: distributions over states."""
        return {name: np.tensordot(data - end, value, axes=1) for name, value in self.statistics().items()}

    def direction_errors(self, end, repeats):
        """Standard error of the mean of `repeats` negative phases whose states are drawn from `end`."""
        return {
            name: np.sqrt(np.maximum(np.tensordot(end, value**2, 1) - np.tensordot(end, value, 1) ** 2, 0) / repeats)
            for name, value in self.statistics().items()
        }

    def starting_at(self, state):
        return np.eye(len(self.states))[state]

    def numbers(self, states):
        """Which of the listed states each row of state numbers is."""
        base = len(self.member.values)
        return np.asarray(states, int) @ (base ** np.arange(len(self.rated))[::-1])

    def batch(self, numbers, *, first_user=0):
        """A CSR batch: one user for each listed state in `numbers`."""
        rating = self.member.values[self.states[numbers]]
        users, length = len(numbers), len(self.rated)
        return {
            "row_splits": np.arange(users + 1, dtype=np.int64) * length,
            "item_index": np.tile(self.rated, users).astype(np.int32),
            "rating": rating.ravel().astype(np.float32),
            "user_index": np.arange(users, dtype=np.int32) + np.int32(first_user),
        }

    def dense(self, numbers):
        """The same users as `(visible, observed_mask)`, float32 and bool."""
        return densify(self.batch(numbers), self.member, self.num_items)


def by_trained(member, gradient):
    """The chain rule of a member's parameters, from the gradient by what the conditionals use; axes may stand before.

    Increments are common to all values from theirs on; couplings of polynomials count for each value what it is worth;
    couplings to hidden units minus an offset move the visible bias as well.
    """
    couplings, bias = gradient["interaction_weights"], gradient["visible_bias"]
    couplings = couplings - member.hidden_offset * bias[..., None]
    if member.kind == "polynomial":
        polynomials = POLYNOMIALS[:, : member.degree]
        couplings = sum(couplings[..., star, None, :] * polynomials[star, :, None] for star in range(len(STARS)))
    if member.kind == "ordinal":
        couplings = np.stack([couplings[..., star:, :].sum(axis=-2) for star in range(len(STARS))], axis=-2)
        bias = np.stack([bias[..., star:].sum(axis=-1) for star in range(len(STARS))], axis=-1)
    return gradient | {"interaction_weights": couplings, "visible_bias": bias}


def densify(batch, member, num_items=NUM_ITEMS):
    """A batch as NumPy `(visible, observed_mask)`, written here anew."""
    users = len(batch["user_index"])
    shape = (users, num_items) if member.kind == "bernoulli" else (users, num_items, len(STARS))
    visible, observed_mask = np.zeros(shape, np.float32), np.zeros((users, num_items), bool)
    for row in range(users):
        for place in range(batch["row_splits"][row], batch["row_splits"][row + 1]):
            film, rating = batch["item_index"][place], batch["rating"][place]
            visible[row, film] = rating if member.kind == "bernoulli" else np.equal(member.values, rating)
            observed_mask[row, film] = True
    return visible, observed_mask


def random_ratings(member, *, seed=5, num_users=NUM_USERS, num_items=NUM_ITEMS):
    """`Ratings` of the member's values, about three films in five rated; user 3 rated every film."""
    rng = np.random.default_rng(seed)
    observed_mask = rng.random((num_users, num_items)) < 0.6
    observed_mask[:, 0], observed_mask[3] = True, True
    return Ratings.from_dense(rng.choice(member.values, (num_users, num_items)), observed_mask)


def whole_batch(ratings):
    """All users in one batch, in the order of `ratings`."""
    return next(iter(ratings.batches(ratings.num_users)))


def make_model(member, trained=None, engine="sparse", **arguments):
    """`RBM` of this member with these parameters, compiled with an optimizer that moves every film."""
    import keras

    from rbm_lib.models.model import RBM

    num_items = NUM_ITEMS if trained is None else len(trained["visible_bias"])
    kind = {"units": member.units, "conditional": member.conditional, "hidden_offset": member.hidden_offset}
    arguments = kind | {"engine": engine, "seed": 11} | arguments
    model = RBM(num_items, NUM_HIDDEN, **arguments)
    for name, value in (trained or {}).items():
        getattr(model.rbm_layer, name).assign(value)
    model.compile(keras.optimizers.Adam(0.01))
    return model


def numpy_parameters(model):
    """`RBMParameters` as the sparse engine takes them."""
    return check_parameters(RBMParameters(*(np.asarray(part, np.float32) for part in model.parameters.arrays)))


def direction(model, batch, *, step=7, persistent=None):
    """One direction of the model's engine as NumPy arrays by name; which ratings came back; where chains stopped."""
    import tensorflow as tf

    tensors = {name: tf.constant(value) for name, value in batch.items()}
    persistent = None if persistent is None else tf.constant(persistent)
    found, agreement, stop, _ = model.engine_in_use.direction(model, tensors, tf.constant(step, tf.int64), persistent)
    parts = {name: np.asarray(part) for name, part in found._asdict().items()}
    if not model.conditional:
        del parts["rated_weights"]
    return parts, agreement.numpy(), None if stop is None else stop.numpy()
