"""Two hundred members of the family, drawn at random: chains, directions, losses and predictions of both engines."""

import numpy as np
import pytest
import tensorflow as tf
from support.family_making import ENGINES

from rbm_lib.data.ratings import Ratings
from rbm_lib.draws.layout import NOT_STARTED
from rbm_lib.models.model import RBM
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.models.units.ordinal import OrdinalSoftmax
from rbm_lib.models.units.softmax import Softmax
from rbm_lib.splits.held_out import random_n

MEMBERS, AT_ONCE, USERS = 200, 50, 11
NEAR = 5e-6  # what float32 sums in another order may differ by, in nats


def drawn(number):
    """A pair of models, one an engine, with the same random parameters; ratings; a random generator."""
    rng = np.random.default_rng([2007, number])
    stars = np.sort(rng.choice(np.arange(1, 21) / 2, rng.integers(2, 11), replace=False)).tolist()
    units = [Bernoulli(), Softmax(stars), OrdinalSoftmax(stars)][rng.integers(3)]
    num_items, num_hidden = (int(rng.choice(sizes)) for sizes in ((2, 7, 13), (1, 3, 65)))
    arguments = {
        "units": units,
        "conditional": bool(rng.integers(2)),
        "cd_steps": int(rng.integers(1, 4)),
        "persistent_chains": int(rng.choice([0, USERS])),
        "seed": number,
    }
    models = [RBM(num_items, num_hidden, engine=engine, **arguments) for engine in ENGINES]
    for variables in zip(*(model.rbm_layer.weights for model in models), strict=True):
        scale = rng.choice([0.0, 0.1, 1.0])
        value = rng.uniform(0, 1, variables[0].shape) if "offset" in variables[0].name else rng.normal(
            0, 1, variables[0].shape
        )  # fmt: skip
        for variable in variables:
            variable.assign(scale * value)
        if "offset" in variables[0].name and rng.integers(2):
            models[0].rbm_layer.visible_offset.assign(0 * value)
            models[1].rbm_layer.visible_offset.assign(0 * value)
    observed_mask = rng.random((USERS, num_items)) < rng.uniform(0.2, 1.0)
    observed_mask[:, :2] = True
    ratings = Ratings.from_dense(rng.choice(np.float32(units.values), (USERS, num_items)), observed_mask)
    return models, ratings, rng


def compare(number):
    """Raises AssertionError unless both engines give the same, at one step of training and in all predictions."""
    models, ratings, rng = drawn(number)
    batch = {name: tf.constant(value) for name, value in next(iter(ratings.batches(USERS, seed=number))).items()}
    chains = None
    if models[0].persistent_chains:
        chains = rng.integers(0, 2, (USERS, models[0].num_hidden)).astype(np.uint8)
        chains[rng.random(USERS) < 0.5] = NOT_STARTED
        chains = tf.constant(chains)
    for model in models:
        model.compile("adam")  # an optimizer that moves every film
    step = tf.constant(int(rng.integers(1000)), tf.int64)
    dense, compiled = (model.engine_in_use.direction(model, batch, step, chains) for model in models)
    np.testing.assert_array_equal(compiled[1].numpy(), dense[1].numpy())
    if chains is not None:
        np.testing.assert_array_equal(compiled[2].numpy(), dense[2].numpy())
    size = max(1, models[0].num_hidden // 10)
    np.testing.assert_allclose(compiled[3], dense[3], atol=NEAR * size)
    for left, right in zip(compiled[0], dense[0], strict=True):
        np.testing.assert_allclose(left, right, atol=NEAR * size)
    if ratings.num_items > 2:
        split = random_n(ratings, 1, seed=number, more_than=1)
        told = bool(rng.integers(2))
        rows = {
            name: tf.constant(v) for name, v in next(iter(split.inputs.batches(USERS, targets=split.targets))).items()
        }
        for inference in ("mean_field", "exact", "sampled")[: 3 if number % 5 == 0 else 2]:
            left, right = (m.engine_in_use.targets(m, rows, inference, 1, told).numpy() for m in models)
            np.testing.assert_allclose(left, right, atol=NEAR * size)


@pytest.mark.parametrize("first", range(0, MEMBERS, AT_ONCE))
def test_the_engines_agree(first):
    for number in range(first, first + AT_ONCE):
        try:
            compare(number)
        except AssertionError as error:
            raise AssertionError(f"member {number}: {error}") from None


def test_the_members_are_not_all_alike():
    kinds = set()
    for number in range(40):
        one = drawn(number)[0][0]
        kinds.add((one.units.name, one.conditional, one.cd_steps, bool(one.persistent_chains), one.num_hidden))
    assert len(kinds) > 30
