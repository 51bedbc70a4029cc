"""The Keras model: training, what it depends on, what it must not depend on, and what it refuses."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.model_making import assert_same_weights, trained

from rbm_lib.data.ratings import Ratings
from rbm_lib.models.model import RBM
from rbm_lib.splits.held_out import random_n


@pytest.fixture
def split(likes):
    return random_n(likes, 1, seed=1, more_than=1)


def test_the_same_seed_gives_the_same_run(likes):
    assert_same_weights(trained(likes)[0], trained(likes)[0])


def test_another_seed_gives_another_run(likes):
    first, second = trained(likes)[0], trained(likes, seed=3)[0]
    assert not np.array_equal(first.get_weights()[0], second.get_weights()[0])


def test_global_generators_have_no_say(likes):
    keras.utils.set_random_seed(1)
    first = trained(likes)[0]
    keras.utils.set_random_seed(99)
    assert_same_weights(first, trained(likes)[0])


def test_each_step_draws_its_own_numbers(likes):
    """With learning rate 0 nothing but the draws can differ between two steps on the same users."""
    model = RBM(likes.num_items, 3, seed=2)
    model.compile(keras.optimizers.SGD(0.0))
    seen = [
        model.fit(likes, batch_size=11, epochs=1, shuffle=False, verbose=0).history["accuracy"][0] for _ in range(7)
    ]
    assert len(set(seen)) > 1


def test_k_changes_the_run(likes):
    first, second = trained(likes, epochs=1)[0], trained(likes, epochs=1, cd_steps=2)[0]
    assert not np.array_equal(first.get_weights()[0], second.get_weights()[0])


@pytest.mark.parametrize("centred", [False, True])
def test_an_unrated_film_changes_nothing(likes, centred):
    """Metamorphic: one more film in the catalogue that nobody rated."""
    wider = Ratings(likes.row_splits, likes.item_index, likes.rating, likes.user_id, np.append(likes.item_id, 99))
    start = np.random.default_rng(0).normal(0, 0.3, (8, 3)).astype(np.float32)
    models = []
    for ratings, couplings in ((likes, start[:7]), (wider, start)):
        model = RBM(ratings.num_items, 3, seed=2)
        model.rbm_layer.interaction_weights.assign(couplings)
        model.initialize_from_base_rates(ratings, centred=centred)
        models.append(model)
    untouched = models[1].get_weights()[1][7]
    for model, ratings in zip(models, (likes, wider), strict=True):
        model.compile(keras.optimizers.SGD(0.1))
        model.fit(ratings, batch_size=5, epochs=3, verbose=0)
    narrow, wide = (model.get_weights() for model in models)
    np.testing.assert_allclose(wide[0][:7], narrow[0], atol=1e-6)
    np.testing.assert_array_equal(wide[0][7], start[7])  # not even its own couplings move
    np.testing.assert_allclose(wide[1][:7], narrow[1], atol=1e-6)
    assert wide[1][7] == untouched
    np.testing.assert_allclose(wide[2], narrow[2], atol=1e-6)
    np.testing.assert_allclose(
        models[1].predict(wider, verbose=0)[:, :7], models[0].predict(likes, verbose=0), atol=1e-6
    )
    np.testing.assert_allclose(models[1].free_energy(wider), models[0].free_energy(likes), atol=1e-5)


def test_users_can_be_permuted(likes):
    model = trained(likes)[0]
    order = np.random.default_rng(1).permutation(likes.num_users)
    visible, observed_mask = likes.to_dense()
    permuted = Ratings.from_dense(visible[order], observed_mask[order])
    np.testing.assert_allclose(model.predict(permuted, verbose=0), model.predict(likes, verbose=0)[order], atol=1e-6)
    np.testing.assert_allclose(model.free_energy(permuted), model.free_energy(likes)[order], rtol=1e-5)


def test_items_can_be_permuted_with_their_parameters(likes):
    model, other = trained(likes)[0], RBM(7, 3)
    order = np.random.default_rng(1).permutation(likes.num_items)
    couplings, visible_bias, hidden_bias, offset = model.get_weights()
    other.set_weights([couplings[order], visible_bias[order], hidden_bias, offset[order]])
    visible, observed_mask = likes.to_dense()
    permuted = Ratings.from_dense(visible[:, order], observed_mask[:, order])
    np.testing.assert_allclose(other.predict(permuted, verbose=0), model.predict(likes, verbose=0)[:, order], atol=1e-6)
    np.testing.assert_allclose(other.free_energy(permuted), model.free_energy(likes), rtol=1e-5)


def test_batch_mates_do_not_change_a_chain(likes):
    """In one step at learning rate 0 over all users, or with users alone: the same chains, so the same agreement."""

    def agreement(batch_size):
        model = RBM(7, 3, seed=2)
        model.compile(keras.optimizers.SGD(0.0))
        users = np.arange(likes.num_users)
        batches = likes.to_dataset(batch_size)
        agree = 0.0
        for batch in batches:
            model.steps_done = 0
            model.reset_metrics()
            model.train_step(batch)
            agree += float(model.chain_accuracy.total)
        assert len(users) == 11
        return agree

    assert agreement(11) == agreement(1) == agreement(4)


def test_weight_decay_shrinks_couplings_and_spares_biases(likes):
    model = RBM(7, 3, seed=2, weight_decay=0.5)
    plain = RBM(7, 3, seed=2)
    for one in (model, plain):
        one.compile(keras.optimizers.SGD(0.1))
        one.fit(likes, batch_size=11, epochs=1, verbose=0)
    start = RBM(7, 3, seed=2).get_weights()
    np.testing.assert_allclose(model.get_weights()[0], plain.get_weights()[0] - 0.1 * 0.5 * start[0], atol=1e-7)
    np.testing.assert_array_equal(model.get_weights()[1], plain.get_weights()[1])
    np.testing.assert_array_equal(model.get_weights()[2], plain.get_weights()[2])


def test_training_raises_the_likelihood(likes):
    """Exact log-likelihood, by enumeration, before and after."""
    from rbm_lib.models.energy import log_partition

    def mean_log_likelihood(model):
        observed_mask = likes.to_dense()[1]
        return np.mean(-model.free_energy(likes) - log_partition(observed_mask, model.parameters))

    before = mean_log_likelihood(RBM(7, 3, seed=2))
    after = mean_log_likelihood(trained(likes, epochs=200, batch_size=11)[0])
    assert after > before + 0.2  # nats a user


def test_dense_arrays_and_datasets_train_as_ratings_do(likes):
    visible, observed_mask = likes.to_dense()
    dense = np.where(observed_mask, visible, -1)
    from_ratings = trained(likes)[0]
    from_pair, from_dataset = RBM(7, 3, seed=2), RBM(7, 3, seed=2)
    for model in (from_pair, from_dataset):
        model.compile(keras.optimizers.SGD(0.1))
    from_pair.fit((dense, observed_mask), batch_size=5, epochs=3, verbose=0)
    assert_same_weights(from_ratings, from_pair)
    for epoch in range(3):
        from_dataset.fit(likes.to_dataset(5, seed=2, epoch=lambda epoch=epoch: epoch), verbose=0)
    assert_same_weights(from_ratings, from_dataset)


@pytest.mark.parametrize("steps_per_execution", [2, 3, 7])  # of four steps an epoch
@pytest.mark.parametrize("engine", ["dense", "sparse"])
def test_several_steps_in_a_call_are_the_same_steps(likes, engine, steps_per_execution):
    schedule = {0: 1, 1: 3}
    expected, history = trained(likes, batch_size=3, engine=engine, cd_steps=schedule)
    model = RBM(7, 3, seed=2, engine=engine, cd_steps=schedule)
    model.compile(keras.optimizers.SGD(0.1), steps_per_execution=steps_per_execution)
    found = model.fit(likes, batch_size=3, epochs=3, verbose=0)
    assert_same_weights(expected, model)
    assert found.history == history.history
    assert int(model.optimizer.iterations) == 12


def test_epochs_may_be_cut_into_pieces(likes):
    model = RBM(7, 3, seed=2)
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(likes, batch_size=3, steps_per_epoch=2, epochs=2, verbose=0)
    assert_same_weights(trained(likes, batch_size=3, epochs=1)[0], model)


def test_history_schedules_and_callbacks_are_those_of_keras(split):
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=3, decay_rate=0.5)
    model = RBM(7, 3)
    model.compile(keras.optimizers.Adam(schedule))
    stopping = keras.callbacks.EarlyStopping(monitor="val_log_loss", mode="min", patience=0, min_delta=10.0)
    history = model.fit(split.inputs, batch_size=5, epochs=9, validation_data=split, callbacks=[stopping], verbose=0)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy", "val_auc", "val_log_loss"}
    assert history.epoch == [0, 1]  # nothing gains ten nats a rating, so it stops as soon as it can
    assert float(model.optimizer.learning_rate) < 0.1


def test_evaluate_agrees_with_scikit_learn(split):
    from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

    model = trained(split.inputs, epochs=60)[0]
    found = model.evaluate(split, verbose=0, return_dict=True)
    assert model.evaluate(split, verbose=0) == pytest.approx(list(found.values()))
    assert list(found) == ["loss", "accuracy", "auc", "log_loss"]
    assert found["loss"] == found["log_loss"]
    probability, rating = model.predict_ratings(split), split.targets.rating
    assert found["accuracy"] == pytest.approx(accuracy_score(rating, probability > 0.5), abs=1e-6)
    assert found["log_loss"] == pytest.approx(log_loss(rating, probability.astype(float)), abs=1e-5)
    assert found["auc"] == pytest.approx(roc_auc_score(rating, probability), abs=0.02)  # streaming, by thresholds


def test_predicted_targets_are_entries_of_the_predicted_matrix(split):
    model = trained(split.inputs)[0]
    matrix = model.predict(split.inputs, verbose=0)
    assert matrix.shape == (11, 7)
    targets = split.targets
    for batch_size in (1, 4, 256):
        found = model.predict_ratings(split, batch_size=batch_size)
        np.testing.assert_allclose(found, matrix[targets.user_index, targets.item_index], atol=1e-6)


def test_targets_never_enter_a_prediction(split):
    from rbm_lib.splits.split import Split

    model = trained(split.inputs)[0]
    flipped = Ratings(
        split.targets.row_splits, split.targets.item_index, 1 - split.targets.rating, split.targets.user_id,
        split.targets.item_id,
    )  # fmt: skip
    other = Split(split.inputs, flipped, "flipped", split.dropped_users)
    np.testing.assert_array_equal(model.predict_ratings(split), model.predict_ratings(other))


def test_sampled_inference_gives_bits_that_repeat_and_vary(split):
    model = trained(split.inputs, inference="sampled")[0]
    first, again = model.predict_ratings(split), model.predict_ratings(split)
    assert set(np.unique(first)) <= {0.0, 1.0}
    np.testing.assert_array_equal(first, again)
    assert any((model.predict_ratings(split, repeat=r) != first).any() for r in range(1, 6))


def test_visible_bias_can_start_at_base_rates(likes):
    from rbm_lib.data.shares import base_rate_logits

    model = RBM(7, 3)
    model.initialize_from_base_rates(likes)
    np.testing.assert_array_equal(model.get_weights()[1], base_rate_logits(likes))
    assert (model.get_weights()[3] == 0).all()
    model.initialize_from_base_rates(likes, centred=True)
    np.testing.assert_allclose(model.get_weights()[3], 1 / (1 + np.exp(-base_rate_logits(likes))), rtol=1e-6)


def test_a_centred_machine_hears_dislikes(likes):
    """Adding a dislike moves the prediction of a centred machine, and leaves that of a plain one where it was."""
    nobody_knows = likes.select(likes.user_index != 4)
    visible, observed_mask = nobody_knows.to_dense()
    observed_mask[4, 0] = True  # a dislike: visible is 0 there
    for centred in (False, True):
        model = RBM(7, 3, seed=2)
        model.rbm_layer.interaction_weights.assign(np.full((7, 3), 0.5))
        model.initialize_from_base_rates(likes, centred=centred)
        before = model.predict(nobody_knows, verbose=0)[4]
        after = model.predict((visible, observed_mask), verbose=0)[4]
        assert (np.abs(after - before) > 1e-3).any() == centred


def test_a_fitted_empty_user_gets_the_biases_prediction(likes):
    model = trained(likes)[0]
    nothing = likes.select(likes.user_index != 4)
    couplings, visible_bias, hidden_bias, _ = model.get_weights()
    hidden = 1 / (1 + np.exp(-hidden_bias))
    expected = 1 / (1 + np.exp(-(couplings @ hidden + visible_bias)))
    np.testing.assert_allclose(model.predict(nothing, verbose=0)[4], expected, rtol=1e-5)


@pytest.mark.parametrize(("gpus", "expected"), [([], "sparse"), (["GPU:0"], "dense")])
def test_auto_takes_matrices_where_there_is_a_gpu(gpus, expected, monkeypatch):
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: gpus if kind == "GPU" else [])
    assert RBM(7, 3).engine_in_use.name == expected
    assert RBM(7, 3, engine="dense").engine_in_use.name == "dense"
