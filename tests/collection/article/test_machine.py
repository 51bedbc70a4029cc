"""The article's machine: each fault is caught by a check, the repaired machine by none; both against references."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import rbm_lib
from rbm_lib.collection.article import checks as article_checks
from rbm_lib.collection.article import machine as article_machine
from rbm_lib.collection.article.checks import CAUGHT_BY, CHECKS, make_with
from rbm_lib.collection.article.machine import AS_PUBLISHED, FAULT_NAMES, ArticleMachine, Faults, mean_over_users
from rbm_lib.collection.article.repairs import machines_of, repairs, train_library_rbm, twin_of
from rbm_lib.data.ratings import Ratings
from rbm_lib.draws import tensors as draws
from rbm_lib.models import contrastive_divergence
from rbm_lib.models.parameters import RBMParameters
from rbm_lib.models.units.bernoulli import Bernoulli
from rbm_lib.splits.held_out import random_n

NUM_HIDDEN, NUM_ITEMS, NUM_USERS = 3, 7, 11


@pytest.mark.parametrize("check", CHECKS)
def test_the_repaired_machine_passes(check):
    assert CHECKS[check](make_with(Faults()))


@pytest.mark.parametrize("fault", FAULT_NAMES)
def test_each_fault_alone_is_caught(fault):
    assert not CHECKS[CAUGHT_BY[fault]](make_with(Faults(**{fault: True})))


@pytest.mark.parametrize("check", CHECKS)
def test_the_machine_as_published_fails_every_check(check):
    assert not CHECKS[check](make_with(AS_PUBLISHED))


@pytest.mark.parametrize("fault", FAULT_NAMES)
def test_the_check_of_a_fault_passes_once_that_fault_alone_is_repaired(fault):
    """Hence it is that fault that the check sees. (Enumeration sees two; it is nobody's own check.)"""
    assert CHECKS[CAUGHT_BY[fault]](make_with(AS_PUBLISHED.without(fault)))


def test_the_table_of_checks_says_the_same():
    table = article_checks.check_table()
    assert list(table.index) == ["repaired", *FAULT_NAMES, "as published"]
    assert table.loc["repaired"].all()
    assert not table.loc["as published"].any()
    assert not any(table.loc[fault, CAUGHT_BY[fault]] for fault in FAULT_NAMES)


def test_the_article_is_no_part_of_the_public_interface():
    assert not [name for name in rbm_lib.__all__ if "rticle" in name]


def machine_for(likes, faults, **arguments):
    settings = {"num_hidden": NUM_HIDDEN, "cd_steps": 5, "batch_size": NUM_USERS, "epochs": 0, "seed": 2} | arguments
    machine = ArticleMachine(faults=faults, **settings).fit(likes)
    rng = np.random.default_rng(3)
    machine.visible_bias = rng.normal(0, 0.5, NUM_ITEMS).astype(np.float32)
    machine.hidden_bias = rng.normal(0, 0.5, NUM_HIDDEN).astype(np.float32)
    return machine


def uniform(users, sweep, layer, places, seed, purpose=draws.TRAINING):
    return draws.uniform_reference(seed, purpose, 0, users, sweep, layer, places)


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def article_by_hand(machine, likes, cd_steps):
    """The article's `_gibbs_sampling` and `_compute_gradients`, users by films, -1 and all."""
    visible, observed_mask = likes.to_dense()
    start = np.where(observed_mask, visible, -1.0)
    weights, users = machine.interaction_weights, np.arange(len(visible))
    chain = start
    for sweep in range(cd_steps):
        hidden_mean = sigmoid(chain @ weights + machine.hidden_bias)
        hidden = uniform(users, sweep, draws.HIDDEN, NUM_HIDDEN, machine.seed) < hidden_mean
        visible_mean = sigmoid(hidden @ weights.T + machine.visible_bias)
        drawn = uniform(users, sweep, draws.VISIBLE, NUM_ITEMS, machine.seed) < visible_mean
        chain = np.where(start < 0, start, drawn)
    first, last = (sigmoid(values @ weights + machine.hidden_bias) for values in (start, chain))
    agreement = (chain == start)[observed_mask].mean()
    return (start.T @ first - chain.T @ last) / len(start), agreement


@pytest.mark.parametrize("cd_steps", [1, 5])
def test_as_published_the_direction_is_the_articles_written_out_densely(likes, cd_steps):
    machine = machine_for(likes, AS_PUBLISHED, cd_steps=cd_steps)
    found, agreement = machine.direction(next(likes.batches(NUM_USERS)))
    expected, expected_agreement = article_by_hand(machine, likes, cd_steps)
    np.testing.assert_allclose(found.interaction_weights, expected, atol=2e-6)
    assert np.abs(expected).max() > 1e-2
    assert agreement == pytest.approx(expected_agreement)
    assert not found.visible_bias.any()
    assert not found.hidden_bias.any()
    unrated = ~likes.to_dense()[1].any(axis=0)
    assert not unrated.any()  # every film is rated by somebody here, yet moves by those who did not rate it as well


def test_without_faults_the_direction_is_the_librarys_on_the_same_draws(likes):
    machine = machine_for(likes, Faults())
    found, _ = machine.direction(next(likes.batches(NUM_USERS)))
    visible, observed_mask = (tf.constant(part) for part in likes.to_dense())
    parameters = RBMParameters(
        *(tf.constant(v) for v in (machine.interaction_weights, machine.visible_bias, machine.hidden_bias)),
        units=Bernoulli(),
    )
    address = draws.DrawAddress(machine.seed, draws.TRAINING, tf.constant(0), tf.range(NUM_USERS))
    expected, _ = contrastive_divergence.ascent_direction(visible, observed_mask, parameters, address, 5)
    for one, other in zip(found[:3], expected[:3], strict=True):
        np.testing.assert_allclose(one, other, atol=2e-6)
        assert np.abs(other).max() > 1e-3


@pytest.mark.parametrize("weight_decay", [0.0, 0.05])
def test_without_faults_it_is_the_librarys_rbm_with_plain_gradient_ascent(likes, weight_decay):
    settings = {"num_hidden": NUM_HIDDEN, "epochs": 5, "batch_size": 3, "cd_steps": 2, "seed": 5}
    machine = ArticleMachine(learning_rate=0.3, weight_decay=weight_decay, **settings).fit(likes)
    twin = twin_of(machine, likes)
    for name in ("interaction_weights", "visible_bias", "hidden_bias"):
        np.testing.assert_allclose(getattr(twin.parameters, name), getattr(machine, name), atol=1e-5)
    split = random_n(likes, 1, seed=3)
    found = machine.predict(split.targets.user_index, split.targets.item_index, inputs=split.inputs)
    np.testing.assert_allclose(twin.predict_ratings(split), found, atol=1e-5)


def test_a_faulty_machine_has_no_twin(likes):
    machine = ArticleMachine(NUM_HIDDEN, faults=Faults(frozen_biases=True), epochs=1).fit(likes)
    with pytest.raises(ValueError, match="machine: expected one without faults"):
        twin_of(machine, likes)


def test_as_published_a_prediction_is_one_sampled_pass_up_and_down(likes):
    machine = machine_for(likes, AS_PUBLISHED.without("misaligned_users"))
    visible, observed_mask = likes.to_dense()
    start, users = np.where(observed_mask, visible, -1.0), np.arange(NUM_USERS)
    up = sigmoid(start @ machine.interaction_weights + machine.hidden_bias)
    hidden = uniform(users, 0, draws.HIDDEN, NUM_HIDDEN, 2, draws.PREDICTION) < up
    down = sigmoid(hidden @ machine.interaction_weights.T + machine.visible_bias)
    bits = uniform(users, 0, draws.VISIBLE, NUM_ITEMS, 2, draws.PREDICTION) < down
    pairs = np.array([(user, item) for item in (6, 0, 3) for user in (10, 2, 7)]).T  # in no order
    np.testing.assert_array_equal(machine.predict(*pairs), bits[tuple(pairs)])
    mean_field = machine.repaired("sampled_inference").predict(*pairs)
    np.testing.assert_allclose(
        mean_field, sigmoid(up @ machine.interaction_weights.T + machine.visible_bias)[tuple(pairs)], atol=1e-6
    )


def test_after_a_user_without_targets_the_articles_loop_answers_from_an_earlier_users_ratings(likes):
    """The loop of `train.py`, written out: inputs move on only where there are targets."""
    machine = machine_for(likes, Faults(misaligned_users=True))
    asked, films = [1, 1, 4, 9], [6, 0, 3, 2]
    inputs, of_user = iter(range(NUM_USERS)), {}
    for user in range(NUM_USERS):
        if user in asked:
            of_user[user] = next(inputs)
    assert of_user == {1: 0, 4: 1, 9: 2}
    expected = machine.repaired("misaligned_users").predict([of_user[user] for user in asked], films)
    np.testing.assert_array_equal(machine.predict(asked, films), expected)
    assert (machine.repaired("misaligned_users").predict(asked, films) != expected).all()


def test_probabilities_of_large_couplings_stay_below_one(likes):
    machine = machine_for(likes, Faults())
    machine.visible_bias += 25
    assert (machine.predict([0, 1], [1, 1]) < 1).all()


def test_the_articles_rule_shrinks_every_coupling_but_at_rate_one(likes):
    sizes = {}
    for rate in (1.0, 0.5):
        for scaled in (False, True):
            machine = ArticleMachine(
                NUM_HIDDEN, faults=Faults(rate_scales_weights=scaled), learning_rate=rate, epochs=7, batch_size=3
            )
            sizes[rate, scaled] = machine.fit(likes).interaction_weights
    np.testing.assert_allclose(sizes[1.0, True], sizes[1.0, False], atol=1e-5)
    assert np.abs(sizes[0.5, True]).mean() < 0.7 * np.abs(sizes[0.5, False]).mean()


def test_a_step_worked_by_hand(likes):
    machine = ArticleMachine(NUM_HIDDEN, learning_rate=0.5, weight_decay=0.1, epochs=0).fit(likes)
    before, direction = machine.interaction_weights, np.ones((NUM_ITEMS, NUM_HIDDEN), np.float32)
    machine.step(article_machine.Increments(direction, direction[:, 0], direction[0]))
    np.testing.assert_allclose(machine.interaction_weights, before + 0.5 * (1 - 0.1 * before), atol=1e-6)
    assert machine.visible_bias.tolist() == [0.5] * NUM_ITEMS
    machine.faults = Faults(rate_scales_weights=True)
    machine.step(article_machine.Increments(direction, direction[:, 0], direction[0]))
    assert machine.visible_bias.tolist() == [0.75] * NUM_ITEMS


def test_runs_repeat_and_follow_the_seed(likes):
    def couplings(seed):
        machine = ArticleMachine(NUM_HIDDEN, faults=AS_PUBLISHED, epochs=3, batch_size=5, seed=seed).fit(likes)
        return machine.interaction_weights

    np.testing.assert_array_equal(couplings(1), couplings(1))
    assert (couplings(1) != couplings(2)).all()


def test_the_score_is_the_mean_of_the_users_means(likes):
    assert mean_over_users(np.array([1, 0, 1, 1]), np.array([0, 0, 0, 4])) == pytest.approx((2 / 3 + 1) / 2)
    split = random_n(likes, 1, seed=3)
    machine = ArticleMachine(NUM_HIDDEN, epochs=1).fit(split.inputs)
    bit = machine.predict(split.targets.user_index, split.targets.item_index) > 0.5
    assert machine.score(split.inputs, split.targets) == pytest.approx(np.mean(bit == split.targets.rating))


def test_scores_need_held_out_ratings_unless_the_fault_is_on(likes):
    machine = ArticleMachine(NUM_HIDDEN, epochs=1).fit(likes)
    with pytest.raises(ValueError, match="targets: expected held-out ratings, found None"):
        machine.score(likes)
    with pytest.raises(ValueError, match="targets: expected no rating that is also"):
        machine.score(likes, likes)
    machine.faults = Faults(scored_on_training=True)
    assert machine.score(likes) == machine.score(likes, likes)


def test_every_repair_takes_a_fault_away_and_none_is_left(likes):
    steps = repairs(learning_rate=0.3, weight_decay=0.01)
    machines = machines_of(steps, likes, num_hidden=NUM_HIDDEN, epochs=1, batch_size=3, seed=1)
    assert list(machines) == ["as published", *(repair.step for repair in steps)]
    counts = [sum(vars(machine.faults).values()) for machine in machines.values()]
    assert counts == [7, 5, 4, 3, 2, 1, 0, 0]
    published, _, mean_field, *_, last = machines.values()
    assert mean_field.interaction_weights is published.interaction_weights
    assert (last.learning_rate, last.weight_decay, published.learning_rate) == (0.3, 0.01, 1.0)


def test_the_librarys_machine_learns_the_base_rates_at_least():
    rng = np.random.default_rng(3)
    likes = Ratings.from_dense(rng.random((101, NUM_ITEMS)) < 0.8, rng.random((101, NUM_ITEMS)) < 0.9)
    split = random_n(likes.select(np.isin(likes.user_index, np.flatnonzero(likes.ratings_per_user > 3))), 1, seed=2)
    model = train_library_rbm(split, centred=True, conditional=True, num_hidden=NUM_HIDDEN, epochs=2, seed=1)
    assert model.conditional
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    share = model.predict_ratings(split).mean()
    assert share == pytest.approx(split.inputs.rating.mean(), abs=0.1)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("num_hidden", 0), ("num_hidden", 2.5), ("epochs", -1), ("cd_steps", 0), ("learning_rate", 0),
     ("learning_rate", np.nan), ("weight_decay", -1e-3), ("weight_decay", np.inf), ("seed", -1), ("cd_steps", True)],
)  # fmt: skip
def test_settings_out_of_range_are_refused(argument, value):
    with pytest.raises(ValueError, match=f"{argument}: expected"):
        ArticleMachine(**{argument: value})


def test_stars_are_refused(likes):
    stars = Ratings.from_dense(np.full((NUM_USERS, NUM_ITEMS), 4.0), likes.to_dense()[1])
    with pytest.raises(ValueError, match="train"):
        ArticleMachine(NUM_HIDDEN, epochs=1).fit(stars)


def test_users_without_ratings_and_films_without_ratings_stay_finite():
    ratings = Ratings.from_dense(
        [[1, 0, 0], [0, 0, 0], [1, 1, 0]], [[True, True, False], [False] * 3, [True] * 2 + [False]]
    )
    for faults in (Faults(), AS_PUBLISHED):
        machine = ArticleMachine(NUM_HIDDEN, faults=faults, epochs=3, batch_size=2).fit(ratings)
        assert np.isfinite(machine.predict([0, 1, 2], [2, 2, 2])).all()
        assert np.isfinite(machine.interaction_weights).all()
    assert len(machine.predict([], [])) == 0
