"""The Keras model: training, what it depends on, what it must not depend on, and what it refuses."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

from rbm_lib.data.ratings import Ratings
from rbm_lib.models.graph_errors import as_value_errors
from rbm_lib.models.model import RBM, load_model
from rbm_lib.splits.held_out import random_n


def trained(ratings, *, epochs=3, batch_size=5, optimizer=None, **arguments):
    model = RBM(ratings.num_items, 3, **({"seed": 2} | arguments))
    model.compile(optimizer or keras.optimizers.SGD(0.1))
    history = model.fit(ratings, batch_size=batch_size, epochs=epochs, verbose=0)
    return model, history


def assert_same_weights(first, second):
    for left, right in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


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
            model.optimizer.iterations.assign(0)
            model.reset_metrics()
            model.train_step(batch)
            agree += float(model.chain_accuracy.total)
        assert len(users) == 11
        return agree

    assert agreement(11) == agreement(1) == agreement(4)


def test_resuming_equals_going_on(likes, tmp_path):
    whole = trained(likes, epochs=5, optimizer=keras.optimizers.Adam(0.05))[0]
    part = trained(likes, epochs=2, optimizer=keras.optimizers.Adam(0.05))[0]
    part.save(tmp_path / "part.keras")
    resumed = keras.saving.load_model(tmp_path / "part.keras")
    resumed.fit(likes, batch_size=5, epochs=5, initial_epoch=2, verbose=0)
    assert_same_weights(whole, resumed)


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
    assert set(history.history) == {"accuracy", "val_accuracy", "val_auc", "val_log_loss"}
    assert history.epoch == [0, 1]  # nothing gains ten nats a rating, so it stops as soon as it can
    assert float(model.optimizer.learning_rate) < 0.1


def test_evaluate_agrees_with_scikit_learn(split):
    from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

    model = trained(split.inputs, epochs=60)[0]
    found = model.evaluate(split, verbose=0, return_dict=True)
    assert model.evaluate(split, verbose=0) == pytest.approx(list(found.values()))
    assert list(found) == ["accuracy", "auc", "log_loss"]
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


def test_a_saved_model_loads_in_another_process(split, tmp_path):
    import subprocess
    import sys

    model = trained(split.inputs)[0]
    model.save(tmp_path / "rbm.keras")
    np.save(tmp_path / "visible.npy", np.stack([part.astype(np.float32) for part in split.inputs.to_dense()]))
    code = (
        "import rbm_lib.models.model, sys, numpy as np, keras\n"
        "model = keras.saving.load_model(sys.argv[1] + '/rbm.keras')\n"
        "visible, mask = np.load(sys.argv[1] + '/visible.npy')\n"
        "np.save(sys.argv[1] + '/out.npy', model.predict((visible, mask > 0), verbose=0))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=120)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), model.predict(split.inputs, verbose=0))


def test_an_untrained_model_saves_its_weights(tmp_path):
    model = RBM(7, 3, seed=5)
    model.save(tmp_path / "new.keras")
    assert_same_weights(model, load_model(tmp_path / "new.keras"))


def test_a_model_of_another_kind_is_not_loaded_as_an_rbm(tmp_path):
    other = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    other.save(tmp_path / "other.keras")
    with pytest.raises(ValueError, match="path: expected a saved RBM, found Sequential"):
        load_model(tmp_path / "other.keras")


def test_the_configuration_is_whole():
    arguments = {"cd_steps": 3, "weight_decay": 0.25, "inference": "sampled", "engine": "dense", "seed": 9}
    model = RBM(7, 3, **arguments)
    again = RBM.from_config(model.get_config())
    assert {name: getattr(again, name) for name in arguments} == arguments
    assert (again.num_items, again.num_hidden) == (7, 3)
    assert_same_weights(model, again)


def test_a_fitted_empty_user_gets_the_biases_prediction(likes):
    model = trained(likes)[0]
    nothing = likes.select(likes.user_index != 4)
    couplings, visible_bias, hidden_bias, _ = model.get_weights()
    hidden = 1 / (1 + np.exp(-hidden_bias))
    expected = 1 / (1 + np.exp(-(couplings @ hidden + visible_bias)))
    np.testing.assert_allclose(model.predict(nothing, verbose=0)[4], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cd_steps": 0}, "cd_steps: expected a whole number of at least 1, found 0"),
        ({"cd_steps": 1.5}, "cd_steps: expected a whole number"),
        ({"engine": "warp"}, "engine: expected one of auto, dense, sparse, found 'warp'"),
        ({"inference": "guess"}, "inference: expected one of mean_field, exact, sampled, found 'guess'"),
        ({"weight_decay": -0.1}, "weight_decay: expected a finite number of at least 0, found -0.1"),
        ({"seed": -1}, "seed: expected a whole number"),
        ({"num_items": 0}, "num_items: expected a whole number of at least 1, found 0"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        RBM(**({"num_items": 7, "num_hidden": 3} | arguments))


def bad_inputs(likes):
    visible, observed_mask = likes.to_dense()
    return {
        "another number of films": (likes.transpose(), "x: expected 7 films, as the model has, found 11"),
        "stars": ((visible * 5, observed_mask), "x: expected ratings 0"),
        "shapes that differ": ((visible, observed_mask[:, :5]), "x: expected visible and observed_mask of one shape"),
        "one dimension": ((visible[0], observed_mask[0]), "x: expected visible and observed_mask of one shape"),
        "empty mask": ((visible, observed_mask & False), "observed_mask: expected at least one rated film"),
        "no ratings": (likes.select(likes.rating > 5), "x: expected at least one rating, found none"),
        "an array without its mask": (visible, "x: expected Ratings, .* found ndarray"),
        "nothing": (None, "x: expected Ratings, .* found NoneType"),
        "another dataset": (tf.data.Dataset.from_tensor_slices(visible), "x: expected batches with the keys"),
        "a dataset of stars": (
            Ratings.from_dense(visible * 5, observed_mask).to_dataset(5),
            "x: expected ratings 0",
        ),
    }


@pytest.mark.parametrize("case", list(bad_inputs(Ratings.from_dense(np.ones((2, 7)), np.ones((2, 7), bool)))))
def test_data_that_do_not_fit_are_refused(likes, case):
    x, message = bad_inputs(likes)[case]
    model = RBM(7, 3)
    model.compile("sgd")
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.fit(x, verbose=0)
    for left, right in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_evaluation_wants_inputs_and_targets_apart(likes):
    model = RBM(7, 3)
    model.compile("sgd")
    with pytest.raises(ValueError, match="x: expected a Split"):
        model.evaluate(likes, verbose=0)
    with pytest.raises(ValueError, match="validation_data: expected a Split"):
        model.fit(likes, validation_data=likes, verbose=0)


BAD_BATCHES = {
    "rating": ({"rating": [0, 1, 5.0, 1]}, r"^rating: expected 0 \(dislike\) or 1 \(like\), found \[?5"),
    "too large": ({"item_index": [1, 3, 2, 7]}, "^item_index: expected numbers from 0 to 6, found .*7"),
    "negative": ({"item_index": [-1, 3, 2, 6]}, "^item_index: expected numbers from 0 to 6, found .*-1"),
    "twice": ({"item_index": [3, 3, 2, 6]}, "^item_index: expected strictly ascending films within a row, found .*3"),
    "unsorted": ({"item_index": [3, 1, 2, 6]}, "^item_index: expected strictly ascending films within a row, found"),
}


@pytest.mark.parametrize("case", list(BAD_BATCHES))
@pytest.mark.parametrize("engine", ["dense", "sparse"])
def test_a_later_batch_that_does_not_hold_together_is_refused(engine, case):
    """Only the first batch of a dataset can be looked at beforehand; the others are checked as they come."""
    change, message = BAD_BATCHES[case]
    good = {"row_splits": [0, 2, 4], "item_index": [1, 3, 2, 6], "rating": [0, 1, 1.0, 1], "user_index": [0, 1]}
    kinds = {"row_splits": tf.int64, "item_index": tf.int32, "rating": tf.float32, "user_index": tf.int32}
    targets = {"target_row_splits": [0, 1, 2], "target_item_index": [5, 5], "target_rating": [1.0, 0]}

    def dataset(more):
        kinds_of_targets = dict(zip(targets, [tf.int64, tf.int32, tf.float32], strict=True))
        batches = [good | more, good | more, good | more | change]
        made = [
            tf.data.Dataset.from_tensors({k: tf.constant(v, (kinds | kinds_of_targets)[k]) for k, v in batch.items()})
            for batch in batches
        ]
        return made[0].concatenate(made[1]).concatenate(made[2])

    model = RBM(7, 3, engine=engine)
    model.compile("sgd")
    with pytest.raises(ValueError, match=message):
        model.fit(dataset({}), verbose=0)
    sound = RBM(7, 3, engine=engine)
    sound.compile("sgd")
    sound.fit(dataset({}).take(2), verbose=0)
    assert_same_weights(sound, model)  # the two before it, and nothing of its own
    with pytest.raises(ValueError, match=message):
        model.evaluate(dataset(targets), verbose=0)
    with pytest.raises(ValueError, match=message):
        model.predict(dataset({}), verbose=0)


def resources():
    """What variables and the like TensorFlow holds, as far as Python refers to them."""
    gc.collect()
    tensors = (o for o in gc.get_objects() if issubclass(type(o), tf.Tensor))  # `isinstance` would follow dead proxies
    return sum(tensor.dtype == tf.resource for tensor in tensors)


@pytest.mark.parametrize("engine", ["sparse", "dense"])
def test_a_trained_models_parameters_and_its_optimizers_are_given_back(likes, engine):
    """The optimizer's graph was kept by the sum over replicas: a hundred megabytes a model of MovieLens-1M."""

    def train():
        model = RBM(likes.num_items, 3, engine=engine, seed=1)
        model.compile(keras.optimizers.Adam(0.01))
        model.fit(likes, batch_size=4, epochs=2, verbose=0)

    train()  # what is made once and for all
    before = resources()
    train()
    assert resources() <= before


@pytest.mark.parametrize("engine", ["dense", "sparse"])
def test_a_model_that_nobody_needs_is_forgotten(likes, split, engine):
    """TensorFlow keeps every function given to `tf.numpy_function`; none may hold a model, or many fill the memory."""
    model, history = trained(split.inputs, engine=engine)
    model.evaluate(split, verbose=0)
    model.predict_ratings(split)
    model.recommend(likes)
    forgotten = weakref.ref(model), weakref.ref(model.engine_in_use)
    del model, history
    gc.collect()
    assert [one() for one in forgotten] == [None, None]


@pytest.mark.parametrize("engine", ["dense", "sparse"])
def test_ratings_that_nobody_needs_are_forgotten(likes, engine):
    split = random_n(likes, 1, seed=3, more_than=1)
    forgotten = [weakref.ref(part) for part in (split.inputs, split.targets)]
    model, _ = trained(split.inputs, engine=engine)
    model.evaluate(split, verbose=0)
    model.predict_ratings(split)
    del split
    gc.collect()
    assert [one() for one in forgotten] == [None, None]


def test_errors_that_are_no_refusals_stay_as_they_are():
    with (
        pytest.raises(tf.errors.InvalidArgumentError, match=r"Matrix size-incompatible|[Ii]ncompatible"),
        as_value_errors(),
    ):
        tf.matmul(tf.zeros((2, 3)), tf.zeros((2, 3)))


@pytest.mark.parametrize(("gpus", "expected"), [([], "sparse"), (["GPU:0"], "dense")])
def test_auto_takes_matrices_where_there_is_a_gpu(gpus, expected, monkeypatch):
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: gpus if kind == "GPU" else [])
    assert RBM(7, 3).engine_in_use.name == expected
    assert RBM(7, 3, engine="dense").engine_in_use.name == "dense"
