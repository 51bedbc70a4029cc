"""Every member on both engines, draw for draw: chains, directions, persistent chains, predictions, whole fits."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.family_making import (
    ENGINES,
    MEMBERS,
    NUM_USERS,
    direction,
    draw_parameters,
    make_model,
    random_ratings,
)

from rbm_lib.draws.layout import NOT_STARTED
from rbm_lib.models.engines.sparse import touches_only_listed_rows
from rbm_lib.models.training.row_adam import RowAdam
from rbm_lib.splits.held_out import random_n

NEAR = 2e-6  # what float32 sums in another order may differ by, in nats


@pytest.fixture
def ratings(member):
    return random_ratings(member)


def pair(member, **arguments):
    return [make_model(member, draw_parameters(member), engine, **arguments) for engine in ENGINES]


@pytest.mark.parametrize("cd_steps", [1, 3])
def test_chains_end_alike_and_directions_agree(member, ratings, cd_steps):
    batch = next(iter(ratings.batches(NUM_USERS, seed=1)))
    (dense, agreed, _), (compiled, agreement, _) = (direction(m, batch) for m in pair(member, cd_steps=cd_steps))
    np.testing.assert_array_equal(agreement, agreed)
    assert set(dense) == set(compiled)
    for name, value in dense.items():
        np.testing.assert_allclose(compiled[name], value, atol=NEAR)
        assert np.abs(value).max() > 1e-2  # the tolerance is far below what it guards


def test_persistent_chains_are_bit_for_bit_alike_over_several_steps(member, ratings):
    """Some chains begin, others go on; then all go on."""
    models, seen = pair(member, cd_steps=2), []
    states = np.random.default_rng(7).integers(0, 2, (NUM_USERS, 3)).astype(np.uint8)
    states[::2] = NOT_STARTED
    ends = [states, states]
    for step in range(5):
        batch = next(iter(ratings.batches(NUM_USERS, seed=1, epoch=step)))
        results = []
        for number, model in enumerate(models):
            users = batch["user_index"]
            found, _, stop = direction(model, batch, step=step, persistent=ends[number][users])
            ends[number] = ends[number].copy()
            ends[number][users] = stop
            results.append(found)
        np.testing.assert_array_equal(*ends)
        for name, value in results[0].items():
            np.testing.assert_allclose(results[1][name], value, atol=NEAR)
        seen.append(ends[0])
    assert set(np.unique(seen)) == {0, 1}
    assert all((earlier != later).any() for earlier, later in itertools.pairwise(seen))  # they move


@pytest.mark.parametrize("inference", ["mean_field", "exact", "sampled"])
def test_predictions_agree(member, ratings, inference):
    """Also where two targets of one user are both told to be rated."""
    split = random_n(ratings, 2, seed=1, more_than=2)
    batch = {name: tf.constant(value) for name, value in next(iter(split.inputs.batches(
        NUM_USERS, targets=split.targets))).items()}  # fmt: skip
    models, found = pair(member), {}
    for told in (False, True):
        dense, compiled = (m.engine_in_use.targets(m, batch, inference, 2, told).numpy() for m in models)
        assert dense.shape == (split.targets.num_ratings, *member.units.shape(1)[1:])
        np.testing.assert_allclose(compiled, dense, atol=NEAR)
        found[told] = dense
    assert found[False].std() > 0.05
    assert np.array_equal(found[True], found[False]) != member.conditional  # D of the targets tells something
    total = found[False].sum(axis=-1) if member.kind != "bernoulli" else 1.0
    np.testing.assert_allclose(total, 1.0, atol=NEAR)


def test_the_models_own_call_agrees_with_its_engine(member, ratings):
    """`predict_ratings` in a graph, in batches, gives the same on both engines; `predict` the same of all films."""
    split = random_n(ratings, 1, seed=1, more_than=2)
    dense, compiled = (m.predict_ratings(split, batch_size=4) for m in pair(member))
    np.testing.assert_allclose(compiled, dense, atol=2 * NEAR)
    every_film = pair(member)[0].predict(split.inputs, verbose=0)
    targets = split.targets
    np.testing.assert_allclose(every_film[targets.user_index, targets.item_index], dense, atol=2 * NEAR)


OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(0.1),
    "momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.9),
    "adam": lambda: keras.optimizers.Adam(0.03),
    "adamw": lambda: keras.optimizers.AdamW(0.03, weight_decay=0.1),
    "clipnorm": lambda: keras.optimizers.SGD(0.1, clipnorm=0.05),
    # Far above rounding, so that a gradient of zero and one of nearly zero do not become steps of different size.
    "row adam": lambda: RowAdam(0.03, epsilon=1e-3),
}
BY_ROWS = ("sgd", "row adam")  # of every member
CASES = [(name, optimizer) for name in MEMBERS for optimizer in BY_ROWS]
CASES += [("ordinal conditional", name) for name in OPTIMIZERS if name not in BY_ROWS]


@pytest.mark.parametrize(("name", "optimizer"), CASES)
def test_whole_fits_agree(name, optimizer):
    """Epochs of small batches, with persistent chains where the member is conditional."""
    member = MEMBERS[name]
    ratings = random_ratings(member)
    chains = NUM_USERS if member.conditional else 0
    models = pair(member, persistent_chains=chains, weight_decay=0.01 if "adam" in optimizer.split() else 0.0)
    start = [variable.numpy() for variable in models[0].trainable_variables]
    for model in models:
        model.compile(OPTIMIZERS[optimizer]())
        assert touches_only_listed_rows(model) == (optimizer in BY_ROWS)
        model.fit(ratings, batch_size=4, epochs=3, verbose=0)
    dense, compiled = models
    for left, right in zip(dense.variables, compiled.variables, strict=True):
        np.testing.assert_allclose(right.numpy(), left.numpy(), atol=1e-5, err_msg=left.path)
    for before, after in zip(start, dense.trainable_variables, strict=True):
        assert np.abs(after.numpy() - before).max() > 1e-2
