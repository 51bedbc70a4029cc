"""Persistent chains in training, and schedules of k: where they begin, go on, are kept and are refused."""

import keras
import numpy as np
import pytest
from support.counting import assert_same_counts
from support.family_making import (
    MEMBERS,
    NUM_USERS,
    Oracle,
    by_trained,
    densify,
    direction,
    draw_parameters,
    make_model,
    random_ratings,
    whole_batch,
)

from rbm_lib.data.ratings import Ratings
from rbm_lib.draws.layout import NOT_STARTED
from rbm_lib.models.saving import load_model


def states_of(model):
    return np.asarray(model.chain_states)


def fitted(member, engine, *, epochs, rate=0.1, **arguments):
    model = make_model(member, draw_parameters(member), engine, **arguments)
    model.compile(keras.optimizers.SGD(rate))
    model.fit(random_ratings(member), batch_size=4, epochs=epochs, verbose=0)
    return model


def test_the_first_visit_is_that_of_contrastive_divergence(member, engine):
    model, batch = make_model(member, draw_parameters(member), engine, cd_steps=2), whole_batch(random_ratings(member))
    new = np.full((NUM_USERS, 3), NOT_STARTED, np.uint8)
    persistent, agreement, stop = direction(model, batch, persistent=new)
    restarted, agreed, nothing = direction(model, batch)
    for name, value in restarted.items():
        np.testing.assert_array_equal(persistent[name], value)
    np.testing.assert_array_equal(agreement, agreed)
    assert nothing is None
    assert set(np.unique(stop)) == {0, 1}


def bias_by_trained(member, bias):
    nothing = np.zeros((*bias.shape, 1))
    return by_trained(member, {"interaction_weights": nothing, "visible_bias": bias})["visible_bias"]


def test_the_next_visit_starts_where_the_chain_stopped_and_not_at_the_data(member, engine):
    """With other data in the same films the negative phase is the same: only the stored states enter it."""
    model, ratings = make_model(member, draw_parameters(member), engine), random_ratings(member)
    batch = whole_batch(ratings)
    other = batch | {"rating": np.roll(member.values, 1)[np.searchsorted(member.values, batch["rating"])]}
    kept = np.random.default_rng(7).integers(0, 2, (NUM_USERS, 3)).astype(np.uint8)
    (first, *_, stop), (second, *_, stopped) = (direction(model, b, persistent=kept) for b in (batch, other))
    np.testing.assert_array_equal(stop, stopped)
    restarts = [direction(model, b)[0]["visible_bias"] for b in (batch, other)]
    data = [bias_by_trained(member, densify(b, member)[0].mean(axis=0)) for b in (batch, other)]
    negative = [up - found["visible_bias"] for up, found in zip(data, (first, second), strict=True)]
    np.testing.assert_allclose(*negative, atol=1e-6)
    assert np.abs((data[0] - restarts[0]) - (data[1] - restarts[1])).max() > 0.05  # contrastive divergence's differ
    assert (direction(model, batch, persistent=1 - kept)[2] != stop).any()


def test_training_keeps_each_users_chain(engine):
    """One epoch: everybody's chain has begun, user by user as the engine says; the next epoch moves them."""
    member = MEMBERS["ordinal conditional"]
    model = make_model(member, draw_parameters(member), engine, persistent_chains=NUM_USERS + 2)
    assert (states_of(model) == NOT_STARTED).all()
    model.compile(keras.optimizers.SGD(0.0))
    ratings = random_ratings(member)
    model.fit(ratings, batch_size=NUM_USERS, epochs=1, shuffle=False, verbose=0)
    expected = direction(model, whole_batch(ratings), step=0, persistent=np.full((NUM_USERS, 3), 255, np.uint8))[2]
    np.testing.assert_array_equal(states_of(model)[:NUM_USERS], expected)
    assert (states_of(model)[NUM_USERS:] == NOT_STARTED).all()  # a chain for a user who is not there
    model.fit(ratings, batch_size=NUM_USERS, epochs=1, shuffle=False, verbose=0)
    after = direction(model, whole_batch(ratings), step=1, persistent=expected)[2]
    np.testing.assert_array_equal(states_of(model)[:NUM_USERS], after)
    assert (after != expected).any()


def test_chains_that_go_on_reach_the_models_distribution(engine):
    """Whole fits at learning rate 0, all data at the unlikeliest state: the chains forget it, the model stays."""
    member, users = MEMBERS["softmax conditional"], 8009
    trained = draw_parameters(member)
    oracle = Oracle(member, trained)
    batch = oracle.batch(np.full(users, oracle.unlikeliest))
    rows = batch["row_splits"], batch["item_index"], batch["rating"]
    ratings = Ratings(*rows, np.arange(users), np.arange(7))
    model = make_model(member, trained, engine, persistent_chains=users)
    model.compile(keras.optimizers.SGD(0.0))
    model.fit(ratings, batch_size=users, epochs=11, verbose=0)
    counts = np.bincount(states_of(model) @ np.array([4, 2, 1]), minlength=8)
    assert_same_counts(counts, oracle.joint.sum(axis=0))
    with pytest.raises(AssertionError):
        assert_same_counts(counts, oracle.hidden_given_visible[oracle.unlikeliest])  # where they began


def test_persistent_chains_change_the_second_epoch_and_not_the_first(engine):
    """In the first epoch every chain begins, as contrastive divergence's all do; from the second on they go on."""
    member = MEMBERS["ordinal conditional"]
    restarting, persistent = (fitted(member, engine, epochs=1, persistent_chains=n) for n in (0, NUM_USERS))
    pairs = list(zip(restarting.trainable_variables, persistent.trainable_variables, strict=True))
    for left, right in pairs:
        np.testing.assert_array_equal(left, right)
    for model in (restarting, persistent):
        model.fit(random_ratings(member), batch_size=4, epochs=2, initial_epoch=1, verbose=0)
    for left, right in pairs:
        assert (left.numpy() != right.numpy()).any()


@pytest.mark.parametrize("dense_pair", [False, True])
def test_more_users_than_chains_are_refused(dense_pair):
    member = MEMBERS["bernoulli"]
    model, ratings = make_model(member, persistent_chains=NUM_USERS - 1), random_ratings(member)
    x = ratings.to_dense() if dense_pair else ratings
    before = states_of(model).copy()
    with pytest.raises(ValueError, match="x: expected at most 10 users, a chain each, found 11"):
        model.fit(x, verbose=0)
    np.testing.assert_array_equal(states_of(model), before)


@pytest.mark.parametrize("chains", [-1, 2.5, True])
def test_a_number_of_chains_is_a_number(chains):
    with pytest.raises(ValueError, match="persistent_chains: expected a whole number"):
        make_model(MEMBERS["bernoulli"], persistent_chains=chains)


def test_a_schedule_of_k_changes_the_run_at_its_epoch(engine):
    """Two epochs of k = 1, then k = 3: the same as constant k up to there, and as constant k = 3 from there on."""
    member = MEMBERS["softmax conditional"]
    scheduled, constant = (fitted(member, engine, epochs=2, cd_steps=k) for k in ({0: 1, 2: 3}, 1))
    for left, right in zip(scheduled.get_weights(), constant.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    longer = fitted(member, engine, epochs=2, cd_steps=3)
    assert (longer.get_weights()[0] != constant.get_weights()[0]).any()
    longer.set_weights(constant.get_weights())
    for model in (scheduled, constant, longer):
        model.fit(random_ratings(member), batch_size=4, epochs=3, initial_epoch=2, verbose=0)
    for left, right in zip(scheduled.get_weights(), longer.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    assert (scheduled.get_weights()[0] != constant.get_weights()[0]).any()


def test_a_schedule_is_saved_with_the_model(tmp_path):
    member = MEMBERS["softmax"]
    model = make_model(member, draw_parameters(member), cd_steps={5: 9, 0: 1, 2: 3})
    model.optimizer.build(model.trainable_variables)
    assert list(model.cd_steps.items()) == [(0, 1), (2, 3), (5, 9)]
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    assert again.cd_steps == {0: 1, 2: 3, 5: 9}
    for epoch, k in enumerate((1, 1, 3, 3, 3, 9, 9)):
        again.begin_epoch(epoch)
        assert int(again.current_cd_steps) == k


@pytest.mark.parametrize("schedule", [{}, {1: 3}, {0: 0}, {0: 1, 2: 1.5}, {-1: 1, 0: 2}, {0: True}, {0: 1, 2.5: 3}])
def test_schedules_that_do_not_hold_together_are_refused(schedule):
    with pytest.raises(ValueError, match=r"cd_steps(, epoch)?: expected"):
        make_model(MEMBERS["softmax"], cd_steps=schedule)
