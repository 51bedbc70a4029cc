"""Gaussian units: energies and sums against listed hidden states, chains and directions against exact ones."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from rbm_lib import RBM, Ratings, load_model, random_n
from rbm_lib.analysis import log_likelihood
from rbm_lib.draws import TRAINING, DrawAddress
from rbm_lib.models import conditionals, contrastive_divergence, energy
from rbm_lib.models.parameters import RBMParameters
from rbm_lib.models.units.gaussian import Gaussian

NUM_HIDDEN, NUM_ITEMS = 3, 7
RATED = np.array([0, 2, 3, 4, 6])
HIDDEN = np.array(list(itertools.product((0.0, 1.0), repeat=NUM_HIDDEN)))
NAMES = ("interaction_weights", "visible_bias", "hidden_bias", "rated_weights")


class Oracle:
    """E(v, h) = sum{ v^2 / 2 - b v } - c h - sum{ ((v - m) W + D) h } over rated films, in float64, and what follows.

    Given the hidden states every film is normal, so all sums over ratings are sums over the eight hidden states.
    """

    def __init__(self, seed=0, rated=RATED):
        rng = np.random.default_rng(seed)
        self.rated, self.arrays = rated, {
            "interaction_weights": rng.normal(0, 0.4, (NUM_ITEMS, NUM_HIDDEN)),
            "visible_bias": rng.normal(0, 0.5, NUM_ITEMS),
            "hidden_bias": rng.normal(0, 0.5, NUM_HIDDEN),
            "visible_offset": rng.normal(0, 0.5, NUM_ITEMS),
            "rated_weights": rng.normal(0, 0.3, (NUM_ITEMS, NUM_HIDDEN)),
        }  # fmt: skip
        self.arrays = {name: np.float64(np.float32(array)) for name, array in self.arrays.items()}

    def parameters(self, units=None):
        names = RBMParameters._fields[:5]
        arrays = (tf.constant(self.arrays[name], tf.float32) for name in names)
        return RBMParameters(*arrays, units=units or Gaussian())

    def masks(self, batch):
        return tf.constant(np.tile(np.isin(np.arange(NUM_ITEMS), self.rated), (batch, 1)))

    def heard(self, visible, arrays):
        """What each hidden unit receives: `(batch, num_hidden)`."""
        surprise = (visible - arrays["visible_offset"])[:, self.rated]
        couplings, rated = arrays["interaction_weights"][self.rated], arrays["rated_weights"][self.rated]
        return arrays["hidden_bias"] + surprise @ couplings + rated.sum(axis=0)

    def minus_energy(self, visible):
        own = visible[:, self.rated]
        bias = (own * self.arrays["visible_bias"][self.rated] - own**2 / 2).sum(axis=1)
        return bias[:, None] + self.heard(visible, self.arrays) @ HIDDEN.T

    def log_weights(self, arrays=None):
        """log of the integral over the ratings of exp(-E), of each hidden state."""
        arrays = arrays or self.arrays
        couplings = arrays["interaction_weights"][self.rated]
        centre = arrays["visible_bias"][self.rated] + HIDDEN @ couplings.T
        films = centre**2 / 2 + np.log(2 * np.pi) / 2 - HIDDEN @ (couplings * self.offset(arrays)).T
        films += HIDDEN @ arrays["rated_weights"][self.rated].T
        return films.sum(axis=1) + HIDDEN @ arrays["hidden_bias"]

    def offset(self, arrays):
        return arrays["visible_offset"][self.rated][:, None]

    def log_partition(self, arrays=None):
        return np.logaddexp.reduce(self.log_weights(arrays))

    def log_likelihood(self, visible, arrays):
        """Mean over the rows of `visible`, in nats."""
        own = visible[:, self.rated]
        bias = (own * arrays["visible_bias"][self.rated] - own**2 / 2).sum(axis=1)
        return (bias + np.logaddexp(0, self.heard(visible, arrays)).sum(axis=1)).mean() - self.log_partition(arrays)

    def gradient(self, visible, name, step=1e-5):
        """Of `log_likelihood`, by finite differences."""
        found = np.zeros_like(self.arrays[name])
        for place in np.ndindex(found.shape):
            ends = []
            for sign in (1, -1):
                moved = {key: array.copy() for key, array in self.arrays.items()}
                moved[name][place] += sign * step
                ends.append(self.log_likelihood(visible, moved))
            found[place] = (ends[0] - ends[1]) / (2 * step)
        return found

    def sample(self, count, seed):
        """Ratings drawn exactly: a hidden state by its weight, then a normal for each film."""
        rng = np.random.default_rng(seed)
        weights = np.exp(self.log_weights() - self.log_partition())
        state = HIDDEN[rng.choice(len(HIDDEN), count, p=weights / weights.sum())]
        centre = self.arrays["visible_bias"] + state @ self.arrays["interaction_weights"].T
        return np.where(np.isin(np.arange(NUM_ITEMS), self.rated), rng.normal(centre), 0.0)


@pytest.fixture
def oracle():
    return Oracle()


def test_the_energy_and_the_free_energy_are_those_of_the_listed_hidden_states(oracle):
    visible = oracle.sample(11, seed=1)
    minus_energy = oracle.minus_energy(visible)
    given = tf.constant(visible, tf.float32), oracle.masks(11), oracle.parameters()
    np.testing.assert_allclose(energy.free_energy(*given), -np.logaddexp.reduce(minus_energy, axis=1), rtol=1e-5)
    for place, state in enumerate(HIDDEN):
        hidden = tf.constant(np.tile(state, (11, 1)), tf.float32)
        found = energy.energy(given[0], hidden, *given[1:])
        np.testing.assert_allclose(found, -minus_energy[:, place], rtol=1e-4, atol=1e-5)


def test_log_z_is_the_integral_over_all_ratings():
    oracle = Oracle(rated=np.array([1, 5]))
    grid = np.linspace(-12, 12, 401)
    visible = np.zeros((len(grid) ** 2, NUM_ITEMS))
    visible[:, oracle.rated] = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    masks = oracle.masks(len(visible))
    free = energy.free_energy(tf.constant(visible, tf.float32), masks, oracle.parameters()).numpy().astype(np.float64)
    integral = np.logaddexp.reduce(-free) + 2 * np.log(grid[1] - grid[0])
    assert integral == pytest.approx(oracle.log_partition(), abs=1e-4)
    assert energy.log_partition(masks[:1], oracle.parameters())[0] == pytest.approx(integral, abs=1e-4)


@pytest.mark.parametrize("strength", [1.0, 4.0])
def test_exact_predictions_sum_the_hidden_states_out(oracle, strength):
    oracle.arrays["interaction_weights"] *= strength
    given = np.random.default_rng(3).normal(0, 2, (7, NUM_HIDDEN))
    films = np.arange(NUM_ITEMS)
    couplings, bias = oracle.arrays["interaction_weights"][films], oracle.arrays["visible_bias"][films]
    centre = bias[:, None] + couplings @ HIDDEN.T
    offset = oracle.arrays["visible_offset"][films, None]
    log_weight = given @ HIDDEN.T - (couplings * offset) @ HIDDEN.T + centre**2 / 2
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    expected = (weight * centre).sum(axis=1) / weight.sum(axis=1)
    activation = tf.constant(given, tf.float32)
    found = conditionals.exact_prediction(activation, films, films, oracle.parameters())
    np.testing.assert_allclose(found, expected, atol=2e-3 * strength)


def after_chain(oracle, visible, sweeps, units=None):
    users = tf.range(len(visible))
    address = DrawAddress(5, TRAINING, tf.constant(0, tf.int64), users)
    start = tf.constant(visible, tf.float32), oracle.masks(len(visible)), oracle.parameters(units)
    return contrastive_divergence.gibbs_chain(*start, address, sweeps).numpy()


def distance(oracle, first, second):
    """Largest difference of the first two moments of the rated films, in standard errors."""
    scores = []
    for moments in (lambda v: v, lambda v: np.einsum("ni,nj->nij", v, v).reshape(len(v), -1)):
        a, b = (moments(part[:, oracle.rated]) for part in (first, second))
        error = np.sqrt(a.var(axis=0) / len(a) + b.var(axis=0) / len(b))
        scores.append(np.abs((a.mean(axis=0) - b.mean(axis=0)) / error).max())
    return max(scores)


class TooWide(Gaussian):
    """A fault that a chain must not hide: draws with a standard deviation of 1.15."""

    def sample(self, mean, uniform):
        return mean + 1.15 * (super().sample(mean, uniform) - mean)


def test_the_chain_leaves_the_distribution_as_it_is(oracle):
    count = 20_011
    start, fresh = oracle.sample(count, seed=7), oracle.sample(count, seed=8)
    end = after_chain(oracle, start, 5)
    assert (end[:, ~np.isin(np.arange(NUM_ITEMS), RATED)] == 0).all()
    assert distance(oracle, end, fresh) < 4.5
    assert distance(oracle, after_chain(oracle, start, 5, TooWide()), fresh) > 9


def test_the_direction_of_long_chains_is_the_gradient_of_the_likelihood(oracle):
    """Many copies of three people, chains of 40 sweeps: within Monte-Carlo errors of the finite differences."""
    people, parts, copies = oracle.sample(3, seed=2) + 0.7, 23, 401
    found = {name: [] for name in NAMES}
    visible = np.tile(people, (copies, 1))
    given = tf.constant(visible, tf.float32), oracle.masks(len(visible)), oracle.parameters()
    for part in range(parts):
        address = DrawAddress(5, TRAINING, tf.constant(part, tf.int64), tf.range(len(visible)))
        direction, _ = contrastive_divergence.ascent_direction(*given, address, 40)
        for name in NAMES:
            found[name].append(getattr(direction, name).numpy())
    for name in NAMES:
        mean, error = np.mean(found[name], axis=0), np.std(found[name], axis=0, ddof=1) / np.sqrt(parts)
        exact = oracle.gradient(people, name)
        score = np.abs(mean - exact) / np.maximum(error, 1e-5)
        assert score.max() < 5, name
        assert np.abs(exact).max() > 0.05, name  # there is something to find


def test_draws_have_their_mean_and_spread_and_are_finite_at_both_ends():
    uniform = tf.constant((np.arange(2**14) + 0.5) / 2**14, tf.float32)
    drawn = Gaussian().sample(tf.constant(0.3), uniform).numpy()
    assert drawn.mean() == pytest.approx(0.3, abs=1e-3)
    assert drawn.std() == pytest.approx(1.0, abs=3e-3)
    ends = Gaussian().sample(tf.constant(0.0), tf.constant([0.0, 1 - 2.0**-24])).numpy()
    assert np.isfinite(ends).all()


@pytest.fixture(scope="module")
def temperatures():
    """Ratings from -10 to 10 of two groups of people who like opposite halves of 14 films."""
    rng = np.random.default_rng(13)
    group, taste = rng.integers(0, 2, 211) * 2 - 1, np.repeat([1, -1], 7)
    rating = np.clip(4 * group[:, None] * taste + rng.normal(1.5, 2, (211, 14)), -10, 10)
    return Ratings.from_dense(rating, rng.random((211, 14)) < 0.8)


def trained(ratings, **arguments):
    model = RBM(14, 5, units=Gaussian(-10, 10, scale=2), seed=3, **arguments)
    model.initialize_from_base_rates(ratings, centred=True)
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(ratings, batch_size=53, epochs=25, verbose=0)
    return model


def test_a_model_learns_a_continuous_scale_and_is_saved(temperatures, tmp_path):
    split = random_n(temperatures, 2, seed=1)
    model = trained(split.inputs)
    start = RBM(14, 5, units=Gaussian(-10, 10, scale=2), interaction_initializer="zeros")
    start.initialize_from_base_rates(split.inputs)
    rmse = {}
    for name, one in (("start", start), ("trained", model)):
        for inference in ("mean_field", "exact"):
            found = one.predict_ratings(split, inference=inference)
            rmse[name, inference] = np.sqrt(np.mean((found - split.targets.rating) ** 2))
    assert rmse["start", "exact"] == pytest.approx(rmse["start", "mean_field"], rel=1e-3)
    assert rmse["start", "exact"] > 4
    assert max(rmse["trained", "mean_field"], rmse["trained", "exact"]) < 2.6  # the noise is 2
    assert model.evaluate(split, return_dict=True, verbose=0)["rmse"] == pytest.approx(
        rmse["trained", "mean_field"], rel=1e-4
    )
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    assert again.units == model.units
    np.testing.assert_array_equal(again.predict_ratings(split), model.predict_ratings(split))


def test_the_best_films_are_unrated_and_those_that_are_expected_to_be_liked_most(temperatures):
    model = trained(temperatures)
    films, score = model.recommend_positions(temperatures, n=3)
    expected = model.predict(temperatures, verbose=0)
    _, rated = temperatures.to_dense()
    for user in range(temperatures.num_users):
        unrated = np.flatnonzero(~rated[user])
        best = unrated[np.argsort(-expected[user, unrated], kind="stable")][:3]
        np.testing.assert_array_equal(films[user, : len(best)], best)
        assert (films[user, len(best) :] == -1).all()
        np.testing.assert_allclose(score[user, : len(best)], expected[user, best], rtol=1e-6)
    visible, mask = model.units.encode(temperatures.to_dense()[0]), rated
    free = energy.free_energy(visible, mask, model.parameters)
    np.testing.assert_allclose(model.free_energy(temperatures, batch_size=17), free, rtol=1e-5)


def test_what_these_units_cannot_do_is_refused_by_name(temperatures):
    with pytest.raises(ValueError, match="engine: expected 'dense' for gaussian units, found 'sparse', which computes"):
        RBM(14, 5, units=Gaussian(), engine="sparse")
    model = RBM(14, 5, units="gaussian")
    assert model.engine_in_use.name == "dense"
    split = random_n(temperatures, 2, seed=1)
    for output in ("mode", "like", "distribution"):
        with pytest.raises(ValueError, match="output: expected 'expected' of gaussian units"):
            model.predict_ratings(split, output=output)
    with pytest.raises(ValueError, match="model: expected bernoulli, softmax, ordinal or polynomial units, found"):
        log_likelihood(model, temperatures)
    outside = Ratings.from_triples([1, 2], [1, 2], [3.0, 11.0])
    with pytest.raises(ValueError, match=r"x: expected ratings from -10 to 10, found 11\.0 and 0 more out of range"):
        RBM(2, 3, units="gaussian").fit(outside)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"low": np.nan}, "low: expected a finite number"),
        ({"low": 3, "high": 3}, "high: expected a finite number above"),
        ({"high": np.inf}, "high: expected a finite number above"),
        ({"scale": 0}, "scale: expected a finite number above 0"),
        ({"scale": np.nan}, "scale: expected a finite number above 0"),
    ],
)
def test_a_scale_that_is_none_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Gaussian(**arguments)
