"""Epochs and steps are counted by the model: whoever trains it again goes on, and says so by `initial_epoch` if not."""

import keras
import numpy as np
import pytest
from support.model_making import assert_same_weights, trained

from rbm_lib.models.model import RBM
from rbm_lib.models.saving import load_model
from rbm_lib.models.training.checkpoints import Checkpoints

ENGINES = ("dense", "sparse")
SCHEDULE = {0: 1, 1: 3, 2: 2}


def fresh(engine="sparse", **arguments):
    model = RBM(7, 3, **({"seed": 2, "engine": engine, "cd_steps": SCHEDULE} | arguments))
    model.compile(keras.optimizers.SGD(0.1))
    return model


@pytest.mark.parametrize("engine", ENGINES)
def test_epochs_one_by_one_are_the_epochs_of_one_fit(likes, engine):
    """New orders of the users, and the schedule of k moves."""
    whole, history = trained(likes, engine=engine, cd_steps=SCHEDULE)
    one = fresh(engine)
    losses = [one.fit(likes, batch_size=5, epochs=1, verbose=0).history["loss"][0] for _ in range(3)]
    assert_same_weights(whole, one)
    assert losses == history.history["loss"]
    assert (one.epochs_done, one.steps_done) == (3, 9)


def test_callbacks_see_the_numbers_of_keras(likes):
    seen, model = [], fresh()
    note = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: seen.append(epoch))
    for epochs in (1, 2):
        model.fit(likes, epochs=epochs, callbacks=[note], verbose=0)
    assert seen == [0, 0, 1]


def test_the_first_epochs_number_can_be_said(likes):
    """As in a run that is repeated: then the order and k are those of that number, whatever was trained before."""
    whole, part = fresh(), fresh()
    whole.fit(likes, batch_size=5, epochs=3, verbose=0)
    part.fit(likes, batch_size=5, epochs=2, verbose=0)
    part.fit(likes, batch_size=5, initial_epoch=2, epochs=3, verbose=0)
    assert_same_weights(whole, part)
    orders = []
    for arguments in ({"initial_epoch": 0}, {}):
        again = fresh()
        again.fit(likes, batch_size=5, epochs=2, verbose=0)
        again.fit(likes, batch_size=5, epochs=1, verbose=0, **arguments)
        orders.append((again.get_weights()[0], again.epochs_done))
    assert (orders[0][1], orders[1][1]) == (1, 3)
    assert not np.array_equal(orders[0][0], orders[1][0])


@pytest.mark.parametrize("engine", ENGINES)
def test_compiling_again_repeats_no_draws(likes, engine):
    """With a learning rate of 0 nothing but draws and order can differ."""
    model, seen = RBM(7, 3, seed=2, engine=engine), []
    for _ in range(4):
        model.compile(keras.optimizers.SGD(0.0))
        seen.append(model.fit(likes, batch_size=11, shuffle=False, verbose=0).history["accuracy"][0])
    assert len(set(seen)) > 1
    assert model.steps_done == 4


@pytest.mark.parametrize("how", ["model", "weights"])
def test_the_counts_are_saved_with_the_model(likes, tmp_path, how):
    whole, part = fresh(), fresh()
    whole.fit(likes, batch_size=5, epochs=3, verbose=0)
    part.fit(likes, batch_size=5, epochs=2, verbose=0)
    if how == "model":
        part.save(tmp_path / "part.keras")
        part = load_model(tmp_path / "part.keras")
    else:
        part.save_weights(tmp_path / "part.weights.h5")
        part = fresh()
        part.load_weights(tmp_path / "part.weights.h5")
    assert (part.epochs_done, part.steps_done) == (2, 6)
    part.fit(likes, batch_size=5, epochs=1, verbose=0)
    assert_same_weights(whole, part)


def test_weights_that_are_restored_leave_the_counts_alone(likes):
    """`EarlyStopping` gives the best weights back; the draws of later epochs have been made all the same."""
    model = fresh()
    model.fit(likes, batch_size=5, epochs=1, verbose=0)
    before = model.get_weights()
    model.fit(likes, batch_size=5, epochs=1, verbose=0)
    model.set_weights(before)
    assert (model.epochs_done, model.steps_done) == (2, 6)


def test_checkpoints_go_on_from_a_model_that_was_trained_before(likes, tmp_path):
    """Killed in the second of its epochs and begun again by the same lines, from a model with an epoch behind it."""

    class Plug(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.steps_done == 8:
                raise KeyboardInterrupt

    def begun():
        model = fresh()
        model.fit(likes, batch_size=5, epochs=1, verbose=0)
        return model

    whole, broken, resumed = begun(), begun(), begun()
    whole.fit(likes, batch_size=5, epochs=3, verbose=0)
    saves = {"every_batches": 1}
    with pytest.raises(KeyboardInterrupt):
        broken.fit(likes, batch_size=5, epochs=3, callbacks=[Plug(), Checkpoints(tmp_path, **saves)], verbose=0)
    resumed.fit(likes, batch_size=5, epochs=3, callbacks=[Checkpoints(tmp_path, **saves)], verbose=0)
    assert_same_weights(whole, resumed)
    assert (resumed.epochs_done, resumed.steps_done) == (whole.epochs_done, whole.steps_done) == (4, 12)


def test_a_model_of_before_the_counts_goes_on_with_its_optimizers_steps(likes):
    whole, part = (fresh(cd_steps=1) for _ in range(2))
    whole.fit(likes, batch_size=5, epochs=3, verbose=0)
    part.fit(likes, batch_size=5, epochs=2, verbose=0)
    part.epochs_done = part.steps_done = 0  # as a file of version 0.2.0 leaves them
    part.fit(likes, batch_size=5, initial_epoch=2, epochs=3, verbose=0)
    assert_same_weights(whole, part)
