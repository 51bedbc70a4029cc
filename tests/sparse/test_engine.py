"""The sparse engine against the dense one, draw for draw."""

import keras
import numba
import numpy as np
import pytest
import tensorflow as tf

from rbm_lib._numba import FLAGS
from rbm_lib.data.ratings import Ratings
from rbm_lib.draws import fill_uniform
from rbm_lib.draws import tensors as draws
from rbm_lib.models import conditionals, contrastive_divergence, energy
from rbm_lib.models.model import RBM
from rbm_lib.models.parameters import RBMParameters
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.sparse import engine as sparse
from rbm_lib.splits.held_out import random_n
from rbm_lib.splits.split import Split

NUM_HIDDEN, NUM_ITEMS, NUM_USERS = 5, 67, 29


@pytest.fixture(params=[0.0, 1.0], ids=["plain", "centred"])
def parameters(request):
    rng = np.random.default_rng(3)
    values = (
        rng.normal(0, 0.7, (NUM_ITEMS, NUM_HIDDEN)),
        rng.normal(0, 0.5, NUM_ITEMS),
        rng.normal(0, 0.5, NUM_HIDDEN),
        rng.uniform(0.2, 0.9, NUM_ITEMS) * request.param,
    )
    return RBMParameters(*(value.astype(np.float32) for value in values))


@pytest.fixture
def ratings():
    rng = np.random.default_rng(5)
    observed_mask = rng.random((NUM_USERS, NUM_ITEMS)) < np.linspace(0.02, 0.8, NUM_USERS)[:, None]
    observed_mask[:, 0] = True
    return Ratings.from_dense((rng.random((NUM_USERS, NUM_ITEMS)) < 0.6).astype(np.float32), observed_mask)


@pytest.fixture
def batch(ratings):
    return next(iter(ratings.batches(NUM_USERS, seed=1)))


def both(batch, parameters, cd_steps, step=7, seed=11):
    """The CD direction of either engine, as dense arrays."""
    order = np.argsort(batch["user_index"])
    visible = np.zeros((NUM_USERS, NUM_ITEMS), np.float32)
    mask = np.zeros_like(visible, bool)
    row = np.repeat(np.arange(len(order)), np.diff(batch["row_splits"]))
    visible[row, batch["item_index"]], mask[row, batch["item_index"]] = batch["rating"], True
    address = draws.DrawAddress(seed, draws.TRAINING, tf.constant(step), tf.constant(batch["user_index"]))
    dense, end = contrastive_divergence.ascent_direction(
        tf.constant(visible),
        tf.constant(mask),
        RBMParameters(*map(tf.constant, parameters.arrays), units=Bernoulli()),
        address,
        cd_steps,
    )
    found = sparse.ascent_direction(
        *(batch[k] for k in ("row_splits", "item_index", "rating", "user_index")),
        parameters, cd_steps=cd_steps, step=step, seed=seed,
    )  # fmt: skip
    couplings, bias = np.zeros((NUM_ITEMS, NUM_HIDDEN), np.float32), np.zeros(NUM_ITEMS, np.float32)
    couplings[found.items], bias[found.items] = found.interaction_weights, found.visible_bias
    return dense, (couplings, bias, found.hidden_bias), (end.numpy() == visible)[mask], found.agreement


def test_draws_are_those_of_the_dense_engine():
    places = np.array([0, 1, 63, 64, 255, 256, 257, 3705, 100_003], np.int32)
    out = np.empty(len(places), np.float32)
    for stream in (0, 1, 23):
        fill_uniform(places, 77, 5, stream, 9, 1, out)
        expected = draws.uniform_reference(9, 1, 5, [77], stream // 2, stream % 2, 100_004)[0, places]
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("cd_steps", [1, 2, 10])
def test_both_engines_run_the_same_chain_and_take_the_same_step(batch, parameters, cd_steps):
    dense, found, dense_agreement, agreement = both(batch, parameters, cd_steps)
    np.testing.assert_array_equal(agreement, dense_agreement)  # every bit of every chain
    for left, right in zip(dense[:3], found, strict=True):
        np.testing.assert_allclose(right, left, atol=2e-6)
        assert np.abs(left).max() > 1e-2  # the tolerance is far below what it guards


def test_the_number_of_threads_changes_no_bit(batch, parameters):
    results = []
    for threads in (1, numba.config.NUMBA_NUM_THREADS):
        numba.set_num_threads(threads)
        results.append(both(batch, parameters, 3)[1])
    for left, right in zip(*results, strict=True):
        np.testing.assert_array_equal(left, right)


def test_batch_mates_change_no_chain(ratings, parameters):
    """Each user alone, or all together: the sums over users are the same."""
    arguments = {"cd_steps": 2, "step": 3, "seed": 11}
    names = ("row_splits", "item_index", "rating", "user_index")
    (together,) = (
        sparse.ascent_direction(*(b[n] for n in names), parameters, **arguments) for b in ratings.batches(29)
    )
    total = np.zeros(NUM_HIDDEN)
    agreement = []
    for single in ratings.batches(1):
        alone = sparse.ascent_direction(*(single[n] for n in names), parameters, **arguments)
        total += alone.hidden_bias
        agreement.append(alone.agreement)
    np.testing.assert_array_equal(np.concatenate(agreement), together.agreement)
    np.testing.assert_allclose(total / NUM_USERS, together.hidden_bias, atol=1e-6)


@pytest.mark.parametrize("inference", ["mean_field", "sampled"])
def test_both_engines_predict_alike(ratings, parameters, inference):
    split = random_n(ratings, 1, seed=1, more_than=2)
    predictions = []
    for engine in ("dense", "sparse"):
        model = RBM(NUM_ITEMS, NUM_HIDDEN, engine=engine, seed=4)
        model.set_weights([parameters[0], parameters[1], parameters[2], parameters[3]])
        predictions.append(model.predict_ratings(split, inference=inference, repeat=2))
    np.testing.assert_allclose(predictions[0], predictions[1], atol=1e-6)
    assert np.std(predictions[0]) > 0.05


OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(0.1),
    "momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.9),
    "adam": lambda: keras.optimizers.Adam(0.01),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
def test_both_engines_take_the_same_steps(ratings, optimizer, weight_decay):
    """Step by step from the same state. A draw within rounding of its probability may fall either way: one may."""
    models = []
    for engine in ("dense", "sparse"):
        model = RBM(NUM_ITEMS, NUM_HIDDEN, engine=engine, seed=4, cd_steps=2, weight_decay=weight_decay)
        model.initialize_from_base_rates(ratings, centred=True)
        model.compile(OPTIMIZERS[optimizer]())
        model.optimizer.build(model.trainable_variables)
        models.append(model)
    dense, other = models
    steps = [tf.function(model.train_step, reduce_retracing=True) for model in (dense, other)]  # traced once, as in fit
    differences = []
    for epoch in range(3):
        for batch in ratings.to_dataset(7, seed=1, epoch=lambda epoch=epoch: epoch):
            for mine, theirs in zip(other.variables, dense.variables, strict=True):
                mine.assign(theirs)
            for step in steps:
                step(batch)
            pairs = zip(other.get_weights(), dense.get_weights(), strict=True)
            differences.append(max(np.abs(left - right).max() for left, right in pairs))
    assert len(differences) == 15
    assert np.sum(np.array(differences) > 1e-5) <= 1
    assert np.abs(dense.get_weights()[0] - RBM(NUM_ITEMS, NUM_HIDDEN, seed=4).get_weights()[0]).max() > 1e-2


def test_fit_evaluate_and_history_are_the_same(ratings):
    split = random_n(ratings, 1, seed=1, more_than=2)
    histories = []
    for engine in ("dense", "sparse"):
        model = RBM(NUM_ITEMS, NUM_HIDDEN, engine=engine, seed=2)
        model.compile(keras.optimizers.SGD(0.1))
        history = model.fit(split.inputs, batch_size=7, epochs=3, validation_data=split, verbose=0).history
        histories.append(history | model.evaluate(split, verbose=0, return_dict=True))
    for name, values in histories[0].items():
        np.testing.assert_allclose(values, histories[1][name], atol=0.02, err_msg=name)


def test_only_touched_rows_are_updated_where_that_is_exact(ratings):
    """Plain gradient descent and `RowAdam` are given slices; momentum, decay and Adam move films nobody rated, too."""
    from rbm_lib.models.engines.sparse import touches_only_listed_rows
    from rbm_lib.models.training.row_adam import RowAdam

    model = RBM(NUM_ITEMS, NUM_HIDDEN, engine="sparse")
    for optimizer, expected in (
        (keras.optimizers.SGD(0.1), True),
        (keras.optimizers.SGD(0.1, momentum=0.5), False),
        (keras.optimizers.SGD(0.1, weight_decay=0.1), False),
        (keras.optimizers.Adam(0.1), False),
        (RowAdam(0.1), True),
        (RowAdam(0.1, clipnorm=1.0, gradient_accumulation_steps=2), True),
    ):
        model.compile(optimizer)
        assert touches_only_listed_rows(model) == expected


def test_a_wide_catalogue_costs_nothing_by_users():
    """Two million films and a thousand users: a matrix of them would take sixteen gigabytes."""
    import tracemalloc  # sees what NumPy takes; `test_bench` asks the system about all there is

    num_items, num_users = 2_000_003, 1009
    rng = np.random.default_rng(1)
    item_index = np.sort(rng.integers(0, num_items, (num_users, 7)), axis=1).astype(np.int32)
    item_index += np.arange(7, dtype=np.int32)  # strictly ascending
    parameters = RBMParameters(
        np.zeros((num_items + 7, 2), np.float32), np.zeros(num_items + 7, np.float32), np.zeros(2, np.float32),
        np.zeros(num_items + 7, np.float32),
    )  # fmt: skip
    splits = np.arange(num_users + 1) * 7
    rating = rng.integers(0, 2, num_users * 7).astype(np.float32)
    users = np.arange(num_users)
    tracemalloc.start()
    sparse.ascent_direction(splits, item_index.ravel(), rating, users, parameters, cd_steps=1, step=0, seed=0)
    sparse.predict_pairs(splits, item_index.ravel(), rating, splits, item_index.ravel(), parameters)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6  # bytes: a few arrays over films, a few over ratings


@pytest.mark.parametrize("size", [0.0, 80.0, -80.0, 1e30, -1e30])
def test_large_inputs_give_probabilities_and_no_nan(size):
    parameters = RBMParameters(
        np.full((2, 3), size, np.float32), np.zeros(2, np.float32), np.zeros(3, np.float32), np.zeros(2, np.float32)
    )
    ones = np.array([0, 1]), np.array([0]), np.array([1.0])
    probability = sparse.predict_pairs(*ones, *ones[:2], parameters)
    assert ((probability >= 0) & (probability <= 1)).all()


@pytest.mark.parametrize("num_values", [0, 3])
@pytest.mark.parametrize("size", [80.0, 1e30, 3e38, np.inf])
def test_chains_of_huge_couplings_give_means_and_no_nan(size, num_values):
    """The compiler may not assume that infinities do not occur."""
    assert not {"nnan", "ninf"} & FLAGS
    shape = (2, num_values) if num_values else (2,)
    couplings = np.zeros((*shape, 3), np.float32)
    couplings[..., 0], couplings[..., 1] = size, -size
    if np.isinf(size):
        couplings[1] = 0.0  # of infinite size on one film alone: the difference of infinities has no value
    parameters = RBMParameters(
        couplings, np.zeros(shape, np.float32), np.zeros(3, np.float32), np.zeros(shape, np.float32)
    )
    row = np.array([0, 1]), np.array([0]), np.array([1.0])
    values = (0.0, 1.0, 2.0)[: num_values or 2]
    found = sparse.hidden_probabilities(*row, parameters, values=values)
    np.testing.assert_allclose(found, [[1.0, 0.0, 0.5]], atol=1e-6)
    if np.isfinite(size):
        direction = sparse.ascent_direction(*row, np.array([0]), parameters, cd_steps=2, step=0, seed=0, values=values)
        for part in (direction.interaction_weights, direction.visible_bias, direction.hidden_bias):
            assert np.isfinite(part).all()


def test_both_engines_agree_with_the_free_energys_slope(ratings, parameters):
    """A check that both are not wrong alike: hidden means are the free energy's derivative by the hidden biases."""
    visible, observed_mask = (tf.constant(part) for part in ratings.to_dense())
    bias = tf.constant(parameters.hidden_bias)
    with tf.GradientTape() as tape:
        tape.watch(bias)
        moved = parameters._replace(hidden_bias=bias, units=Bernoulli())
        free = tf.reduce_sum(energy.free_energy(visible, observed_mask, moved))
    slope = -tape.gradient(free, bias)
    found = sparse.hidden_probabilities(ratings.row_splits, ratings.item_index, ratings.rating, parameters)
    np.testing.assert_allclose(found.sum(axis=0), slope, rtol=1e-4)
    dense = conditionals.hidden_probabilities(visible, observed_mask, parameters)
    np.testing.assert_allclose(found, dense, atol=1e-5)


def test_a_split_with_cold_users_is_predicted(ratings, parameters):
    """A user whose every rating is a target has no inputs: the prediction is that of the biases."""
    inputs, targets = ratings.select(ratings.user_index != 3), ratings.select(ratings.user_index == 3)
    model = RBM(NUM_ITEMS, NUM_HIDDEN, engine="sparse")
    model.set_weights(list(parameters[:4]))
    found = model.predict_ratings(Split(inputs, targets, "cold", ratings.user_id[:0]))
    hidden = 1 / (1 + np.exp(-parameters.hidden_bias))
    expected = 1 / (1 + np.exp(-(parameters.interaction_weights @ hidden + parameters.visible_bias)))
    np.testing.assert_allclose(found, expected[targets.item_index], rtol=1e-4)
