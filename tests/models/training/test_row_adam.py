"""Adam row by row: against Keras' Adam where every film is listed, against NumPy where films are rare."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from support import checkpoint_making as making
from support.checkpoint_making import NUM_USERS, InMemory
from support.family_making import MEMBERS, draw_parameters, make_model, random_ratings

from rbm_lib import Ratings, RowAdam
from rbm_lib.models.engines import sparse as engine
from rbm_lib.models.model import RBM
from rbm_lib.models.training import row_adam

RATE, BETA_1, BETA_2, EPSILON = 0.03, 0.8, 0.95, 1e-3
SETTINGS = {"beta_1": BETA_1, "beta_2": BETA_2, "epsilon": EPSILON}
SOME = ("bernoulli conditional", "softmax centred", "ordinal conditional", "polynomial conditional")
# Of seven films the last two are rated by nobody but in step 3 and step 2; the fifth in no step.
LISTED = ([0, 1, 2, 3], [0, 1, 3, 6], [0, 2, 3, 5], [0, 1, 2, 6], [1, 3])


@pytest.fixture(params=["whole", "by rows"])
def written(request, monkeypatch):
    """Parameters of few numbers are written whole, larger ones row by row: the tests' are either."""
    small = 10**9 if request.param == "whole" else 0
    for place in (row_adam, engine):
        monkeypatch.setattr(place, "SMALL", small)
    return request.param


def oracle(weights, gradients, rate=lambda step: RATE):
    """Algorithm 1 of Kingma and Ba in float64, by rows: each gradient is a dict from a row to its gradient."""
    rows = {row: np.float64(value) for row, value in enumerate(weights)}
    first, second, count = ({row: 0.0 * value for row, value in rows.items()} for _ in range(3))
    for step, gradient in enumerate(gradients):
        for row, g in gradient.items():
            count[row] = count[row] + 1
            first[row] = BETA_1 * first[row] + (1 - BETA_1) * g
            second[row] = BETA_2 * second[row] + (1 - BETA_2) * g**2
            young = np.sqrt(1 - BETA_2 ** count[row]) / (1 - BETA_1 ** count[row])
            rows[row] = rows[row] - rate(step) * young * first[row] / (np.sqrt(second[row]) + EPSILON)
    return [np.array(list(part.values())) for part in (rows, first, second, count)]


def drawn_gradients(shape=(7, 3), seed=1):
    rng = np.random.default_rng(seed)
    return [{row: rng.normal(size=shape[1:]).astype(np.float32) for row in rows} for rows in LISTED]


def slices(gradient):
    return tf.IndexedSlices(np.stack(list(gradient.values())), np.int32(list(gradient)))


def variable(shape=(7, 3), seed=2):
    return keras.Variable(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def slots(optimizer, place=0):
    return [slot[place].numpy() for slot in (optimizer._momentums, optimizer._velocities, optimizer._counts)]


def test_a_rare_row_is_corrected_by_its_own_count(written):
    weights, gradients = variable(), drawn_gradients()
    before, optimizer = weights.numpy(), RowAdam(RATE, **SETTINGS)
    optimizer.build([weights])
    for gradient in gradients:
        optimizer.apply([slices(gradient)], [weights])
    moved, first, second, count = oracle(before, gradients)
    np.testing.assert_allclose(weights.numpy(), moved, atol=1e-6)
    for found, expected in zip(slots(optimizer), (first, second, count[:, 0]), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)
    assert slots(optimizer)[2].tolist() == [4, 4, 3, 4, 0, 1, 2]
    # The sixth film is listed in the third step alone, and moves as far as in a first one.
    signs = np.sign(gradients[2][5])
    np.testing.assert_allclose(weights.numpy()[5], before[5] - RATE * signs, atol=1e-3)
    np.testing.assert_array_equal(weights.numpy()[4], before[4])


def test_keras_adam_moves_a_rare_row_otherwise():
    """What the docstring says of it: three times as far at first, and on in steps that do not list it."""
    gradient = np.zeros((1, 2), np.float32)
    weights, optimizer = keras.Variable(gradient), keras.optimizers.Adam(RATE)
    moved = []
    for step in range(3):
        optimizer.build([weights])
        optimizer.iterations.assign(10_000 + step)
        optimizer.apply([tf.constant(gradient + (step == 0))], [weights])
        moved.append(-weights.numpy()[0, 0] / RATE)
    assert 3.0 < moved[0] < 3.3
    assert moved[0] < moved[1] < moved[2]


def test_a_dense_gradient_lists_every_row():
    """As hidden biases have one."""
    weights, others = variable((5,)), variable((5,))
    row, adam = RowAdam(RATE, **SETTINGS), keras.optimizers.Adam(RATE, **SETTINGS)
    for number in range(4):
        gradient = tf.constant(np.random.default_rng(number).normal(size=5).astype(np.float32))
        row.apply([gradient], [weights])
        adam.apply([gradient], [others])
    np.testing.assert_allclose(weights.numpy(), others.numpy(), rtol=1e-6, atol=1e-6)
    assert slots(row)[2].tolist() == [4] * 5


@pytest.mark.parametrize("name", SOME)
def test_where_every_film_is_listed_it_is_keras_adam(name):
    member, values = MEMBERS[name], []
    drawn = np.random.default_rng(3).choice(member.values, (11, 7))
    ratings = Ratings.from_dense(drawn, np.ones((11, 7), bool))
    for make in (RowAdam, keras.optimizers.Adam):
        model = make_model(member, draw_parameters(member), weight_decay=0.01)
        model.compile(make(RATE, **SETTINGS))
        model.fit(ratings, batch_size=5, epochs=2, verbose=0)
        values.append([one.numpy() for one in model.weights])
    for found, expected in zip(*values, strict=True):
        np.testing.assert_allclose(found, expected, atol=5e-6)


def step_of(model, users):
    """One step on one user who rated these films."""
    splits = np.array([0, len(users)])
    batch = {"row_splits": splits, "item_index": np.int32(users), "user_index": np.zeros(1, np.int32)}
    model.train_on_batch(batch | {"rating": np.ones(len(users), np.float32)})


@pytest.mark.parametrize("compute", ["dense", "sparse"])
def test_what_is_not_listed_does_not_move(compute, written):
    """Neither couplings, biases, moments nor counts; also under weight decay, which moves the others."""
    model = make_model(MEMBERS["bernoulli conditional"], engine=compute, weight_decay=0.1, conditional=True)
    model.compile(RowAdam(0.1))
    step_of(model, [0, 2, 6])
    state = [*model.rbm_layer.trained, *model.optimizer.variables]
    before = [one.numpy() for one in state]
    step_of(model, [0, 3])
    tables = [place for place, one in enumerate(state) if len(one.shape) and one.shape[0] == 7]
    assert len(tables) == 3 * 4  # each with two moments and a count
    for place in tables:
        changed = (state[place].numpy() != before[place]).reshape(7, -1).any(axis=1)
        assert set(np.flatnonzero(changed)) <= {0, 3}, state[place].path
    assert (model.rbm_layer.interaction_weights.numpy() != before[0])[[0, 3]].all()
    for place, count in enumerate(([2, 0, 1, 1, 0, 0, 1], [2, 0, 1, 1, 0, 0, 1], [2] * 3, [2, 0, 1, 1, 0, 0, 1])):
        assert slots(model.optimizer, place)[2].tolist() == count  # hidden biases move in every step


@pytest.mark.parametrize("name", SOME)
def test_both_ways_to_write_give_the_same_bits(name, monkeypatch):
    member, states = MEMBERS[name], []
    for small in (0, 10**9):
        for place in (row_adam, engine):
            monkeypatch.setattr(place, "SMALL", small)
        chains = NUM_USERS if member.conditional else 0
        model = make_model(member, draw_parameters(member), persistent_chains=chains, weight_decay=0.01)
        model.compile(RowAdam(RATE, clipnorm=0.1))
        history = model.fit(random_ratings(member), batch_size=4, epochs=2, verbose=0).history
        states.append([*making.state(model), *history["loss"], *history["accuracy"]])
    for found, expected in zip(*states, strict=True):
        np.testing.assert_array_equal(found, expected)


CLIPS = ({"clipnorm": 0.7}, {"clipvalue": 0.2}, {"global_clipnorm": 0.9})


@pytest.mark.parametrize("clip", CLIPS)
def test_clipping_is_that_of_the_whole_gradient(clip, written):
    gradient = drawn_gradients()[0]
    whole = np.zeros((7, 3), np.float32)
    whole[list(gradient)] = np.stack(list(gradient.values()))
    biases = np.float32([0.5, -2.0])
    found = []
    for optimizer, part in ((RowAdam(RATE, **clip), slices(gradient)), (keras.optimizers.Adam(RATE, **clip), whole)):
        variables = [variable(), variable((2,))]
        optimizer.apply([part, tf.constant(biases)], variables)
        found.append([one.numpy() for one in (*optimizer._momentums, *variables)])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)
    assert np.abs(found[0][0]).max() < 0.1 * np.abs(whole).max()  # it was clipped


def test_schedules_reach_the_rows():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0, 1, 2], [0.5, 0.25, 0.125, 0.0625])
    weights, gradients = variable(), drawn_gradients()
    before, optimizer = weights.numpy(), RowAdam(schedule, **SETTINGS)
    for gradient in gradients:
        optimizer.apply([slices(gradient)], [weights])
    expected = oracle(before, gradients, rate=lambda step: [0.5, 0.25, 0.125, 0.0625, 0.0625][step])[0]
    np.testing.assert_allclose(weights.numpy(), expected, atol=1e-5)


def test_the_learning_rate_may_be_lowered_on_a_plateau():
    run = InMemory(validated=True, optimizer=lambda: RowAdam(0.2))
    model = run.model()
    lower = keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.5, monitor="val_log_loss", mode="min")
    making.fit(run, model, callbacks=[lower], epochs=9)
    assert float(model.optimizer.learning_rate) < 0.2


def test_accumulated_gradients_list_what_any_step_listed(written):
    """Two steps count as one on their mean; a film that one of them listed has half of that step's gradient."""
    weights, gradients = variable(), drawn_gradients()[:4]
    before, optimizer = weights.numpy(), RowAdam(RATE, gradient_accumulation_steps=2, **SETTINGS)
    optimizer.build([weights])
    for number, gradient in enumerate(gradients):
        optimizer.apply([slices(gradient)], [weights])
        if number == 0:
            np.testing.assert_array_equal(weights.numpy(), before)
    nothing = np.zeros(3, np.float32)
    means = [
        {row: (a.get(row, nothing) + b.get(row, nothing)) / 2 for row in sorted({*a, *b})}
        for a, b in (gradients[:2], gradients[2:])
    ]
    moved, _, _, count = oracle(before, means)
    np.testing.assert_allclose(weights.numpy(), moved, atol=1e-6)
    assert slots(optimizer)[2].tolist() == count[:, 0].tolist() == [2, 2, 2, 2, 0, 1, 2]
    assert not optimizer._accumulated_gradients[0].numpy().any()


def test_gradients_are_accumulated_in_a_fit():
    run = InMemory(optimizer=lambda: RowAdam(0.05, gradient_accumulation_steps=3))
    model = run.model()
    making.fit(run, model, epochs=2)  # of six steps each
    assert max(slots(model.optimizer)[2]) == 4


def test_its_configuration_makes_it_anew():
    made = RowAdam(0.5, clipnorm=2.0, gradient_accumulation_steps=3, **SETTINGS)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(made))
    assert again.get_config() == made.get_config()
    assert isinstance(again, RowAdam)
    assert (again.beta_2, again.clipnorm) == (BETA_2, 2.0)


@pytest.mark.parametrize(("argument", "value"), [("weight_decay", 0.1), ("use_ema", True), ("amsgrad", True)])
def test_what_moves_rows_that_are_not_listed_is_refused(argument, value):
    with pytest.raises(ValueError, match=rf"^{argument}: expected None, found {value}; .*`"):
        RowAdam(0.1, **{argument: value})


def test_a_row_that_is_listed_twice_is_refused(written):
    weights = variable()
    twice = tf.IndexedSlices(np.ones((2, 3), np.float32), np.int32([3, 3]))
    with pytest.raises(Exception, match=r"listed: expected rows .*each once, ascending, found"):
        RowAdam(0.1).apply([twice], [weights])


@pytest.mark.parametrize("small", [3, 7, 8])
def test_rows_are_moved_some_at_a_time(small, monkeypatch):
    """One row a piece, two, and two with one left over: four rows of three numbers in all."""
    monkeypatch.setattr(row_adam, "SMALL", small)
    weights, gradients = variable(), drawn_gradients()
    before, optimizer = weights.numpy(), RowAdam(RATE, **SETTINGS)
    for gradient in gradients:
        optimizer.apply([slices(gradient)], [weights])
    np.testing.assert_allclose(weights.numpy(), oracle(before, gradients)[0], atol=1e-6)


def test_a_frozen_parameter_stays():
    model = RBM(7, 3, seed=1)
    model.rbm_layer.interaction_weights.trainable = False
    before = model.rbm_layer.interaction_weights.numpy()
    model.compile(RowAdam(0.1))
    step_of(model, [0, 3])
    np.testing.assert_array_equal(model.rbm_layer.interaction_weights.numpy(), before)
    assert slots(model.optimizer)[2].tolist() == [1, 0, 0, 1, 0, 0, 0]  # of the visible biases, which are the first


@pytest.mark.parametrize("kind", ["bernoulli", "ordinal conditional"])
def test_users_without_ratings_list_nothing(kind, written):
    model = make_model(MEMBERS[kind])
    model.compile(RowAdam(0.1))
    before = model.rbm_layer.interaction_weights.numpy()
    nobody = {"row_splits": np.zeros(3, np.int64), "item_index": np.zeros(0, np.int32)}
    model.train_on_batch(nobody | {"rating": np.zeros(0, np.float32), "user_index": np.arange(2, dtype=np.int32)})
    np.testing.assert_array_equal(model.rbm_layer.interaction_weights.numpy(), before)
