"""Users with a million ratings: energies keep all the digits that float32 can hold."""

import numpy as np
import pytest
import tensorflow as tf

from rbm_lib import Ratings
from rbm_lib.models import energy
from rbm_lib.models.long_sums import BLOCK
from rbm_lib.models.model import RBM
from rbm_lib.models.parameters import RBMParameters
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.models.units.gaussian import Gaussian
from rbm_lib.models.units.softmax import Softmax

MILLION, HIDDEN = 1_000_003, 3


def assert_rounded(found, expected):
    """Off by no more than rounding to float32 and back."""
    assert abs(float(found) - expected) < 2 * np.spacing(np.float32(abs(expected)))


def arrays(*shapes):
    """Couplings with a mean, as users with very many ratings have them; biases; hidden biases; and couplings D."""
    rng = np.random.default_rng(3)
    means, spreads = (0.3, 0.5, 0.0, 0.1), (0.1, 1.0, 1.0, 0.1)
    return [np.float32(rng.normal(m, s, shape)) for m, s, shape in zip(means, spreads, shapes, strict=False)]


@pytest.mark.parametrize("kind", ["likes", "centred likes", "conditional stars", "user bias"])
def test_energies_of_a_million_ratings(kind):
    """Against NumPy in float64; a plain float32 sum is several nats off."""
    stars = (3,) if "stars" in kind else ()
    films = MILLION // (3 if stars else 1)
    weights, bias, hidden_bias, rated = arrays((films, *stars, HIDDEN), (films, *stars), (HIDDEN,), (films, HIDDEN))
    rng = np.random.default_rng(5)
    rating = rng.integers(0, 3 if stars else 2, films)
    visible = np.float32(np.eye(3)[rating] if stars else rating)
    offset = {"centred likes": np.float32(rng.random(films)), "user bias": np.zeros(films, np.float32)}.get(kind, 0.0)
    rated = rated if stars else 0.0
    leaning = np.float32([0.37]) if kind == "user bias" else 0.0
    surprise = (visible - np.float64(offset) * np.ones(visible.shape)).reshape(-1)
    activation = hidden_bias + surprise @ np.float64(weights.reshape(-1, HIDDEN)) + np.sum(rated, axis=0, dtype=float)
    biases = (np.float64(visible) * bias).sum() + visible.sum(dtype=np.float64) * np.sum(leaning, dtype=np.float64)
    units = Softmax((1, 2, 3)) if stars else Bernoulli()
    parameters = RBMParameters(weights, bias, hidden_bias, offset, rated, units, leaning)
    given = tf.constant(visible[None]), tf.ones((1, films), bool), parameters
    assert_rounded(energy.free_energy(*given)[0], -biases - np.logaddexp(0, activation).sum())
    on = tf.constant([[1.0, 0.0, 1.0]])
    assert_rounded(energy.energy(given[0], on, *given[1:])[0], -biases - activation[0] - activation[2])


def test_the_free_energy_of_a_model_of_continuous_ratings():
    """Which no compiled loop computes: its matrices do, whichever engine trains."""
    rating = np.random.default_rng(7).uniform(-2, 10, MILLION).astype(np.float32)
    film = np.arange(MILLION, dtype=np.int32)
    ratings = Ratings.from_triples(np.ones(MILLION, np.int32), film, rating)
    model = RBM(MILLION, HIDDEN, units=Gaussian(-10, 10), seed=1)
    weights, bias, hidden_bias = arrays((MILLION, HIDDEN), (MILLION,), (HIDDEN,))
    layer = model.rbm_layer
    layer.interaction_weights.assign(weights)
    layer.visible_bias.assign(bias)
    layer.hidden_bias.assign(hidden_bias)
    visible = np.float64(rating / np.float32(model.units.scale))
    activation = hidden_bias + visible @ np.float64(weights)
    expected = -(visible * bias - 0.5 * visible**2).sum() - np.logaddexp(0, activation).sum()
    assert_rounded(model.free_energy(ratings)[0], expected)


def test_short_rows_are_summed_as_everywhere():
    """So that nothing that was measured on them moves."""
    films = BLOCK
    weights, bias, hidden_bias = map(tf.constant, arrays((films, HIDDEN), (films,), (HIDDEN,)))
    visible = tf.constant(np.float32(np.random.default_rng(5).integers(0, 2, (2, films))))
    parameters = RBMParameters(weights, bias, hidden_bias, units=Bernoulli())
    plain = -tf.linalg.matvec(visible, bias) - tf.reduce_sum(tf.nn.softplus(visible @ weights + hidden_bias), axis=1)
    found = energy.free_energy(visible, tf.ones((2, films), bool), parameters)
    np.testing.assert_array_equal(found, plain)
