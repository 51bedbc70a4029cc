"""Keras' own tools around a training: early stopping, and metrics of held-out ratings after each epoch."""

import keras
import numpy as np
import pytest
from support import checkpoint_making as making
from support.checkpoint_making import NUM_USERS, InMemory

PATIENCE, MANY = 3, 60
# Trained far too fast, both get worse at what was held out soon.
FAST = {
    "likes": ("val_log_loss", InMemory(validated=True, optimizer=lambda: keras.optimizers.SGD(1.0, momentum=0.5))),
    "stars": (
        "val_rmse",
        InMemory(
            validated=True,
            values=(1, 2, 3, 4, 5),
            units="ordinal",
            persistent_chains=NUM_USERS,
            optimizer=lambda: keras.optimizers.Adam(0.1),
        ),
    ),
}


class Diary(keras.callbacks.Callback):
    """The state of the model after each epoch."""

    def __init__(self):
        super().__init__()
        self.weights, self.optimizer = [], []

    def on_epoch_end(self, epoch, logs=None):
        self.weights.append(self.model.get_weights())
        self.optimizer.append([np.array(variable) for variable in self.model.optimizer.variables])


def stopping(monitor, **options):
    return keras.callbacks.EarlyStopping(monitor, mode="min", restore_best_weights=True, **options)


def assert_equal(first, second):
    for left, right in zip(first, second, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("kind", list(FAST))
def test_early_stopping_waits_and_gives_the_best_weights_back(kind):
    monitor, run = FAST[kind]
    model, diary = run.model(), Diary()
    history = making.fit(run, model, callbacks=[stopping(monitor, patience=PATIENCE), diary], epochs=MANY).history
    values = history[monitor]
    best = int(np.argmin(values))
    assert 0 < best < len(values) - 1 == best + PATIENCE < MANY - 1
    assert_equal(model.get_weights(), diary.weights[best])  # chains of PCD included
    assert_equal(making.state(model)[len(model.weights) :], diary.optimizer[-1])  # the optimizer is left as it is
    assert model.evaluate(run.validation_data, verbose=0, return_dict=True)[monitor.removeprefix("val_")] == min(values)


@pytest.mark.parametrize("kind", list(FAST))
def test_validation_metrics_are_those_of_evaluate(kind):
    _, run = FAST[kind]
    model = run.model()
    found = making.fit(run, model, epochs=2).history
    evaluated = model.evaluate(run.validation_data, verbose=0, return_dict=True)
    assert {name: values[-1] for name, values in found.items() if name.startswith("val_")} == {
        f"val_{name}": value for name, value in evaluated.items()
    }


def test_a_stopped_run_stays_stopped_until_there_is_more_patience(tmp_path):
    monitor, run = FAST["likes"]

    def trained(patience, folder=None):
        model, diary = run.model(), Diary()
        callbacks = [stopping(monitor, patience=patience), diary]
        return making.fit(run, model, folder, callbacks, epochs=MANY).history, model, len(diary.weights)

    history, whole, last = trained(PATIENCE)
    for epochs in (last, 0):  # the second time there is nothing left to do
        found, again, trained_epochs = trained(PATIENCE, tmp_path)
        assert found == history
        assert_equal(again.get_weights(), whole.get_weights())
        assert trained_epochs == epochs
    history, whole, later = trained(PATIENCE + 2)
    found, patient, trained_epochs = trained(PATIENCE + 2, tmp_path)
    assert found == history
    assert_equal(making.state(patient), making.state(whole))
    assert trained_epochs == later - last == 2


def test_schedules_of_keras_reach_the_step():
    """The first step of plain descent is as long as the learning rate of its time."""
    rates = {
        "constant": ([], 0.5, 0.5),
        "at each epoch": ([keras.callbacks.LearningRateScheduler(lambda epoch, _: 0.25 / (1 + epoch))], 0.5, 0.25),
        "a function of the step": ([], keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.125, 7.0]), 0.125),
    }
    moved = {}
    for name, (callbacks, rate, first) in rates.items():
        run = InMemory(optimizer=lambda rate=rate: keras.optimizers.SGD(rate))
        model = run.model()
        before = model.get_weights()
        making.fit(run, model, callbacks=callbacks, epochs=1, batch_size=NUM_USERS)
        moved[name] = (model.get_weights()[2] - before[2]) / first
    assert np.abs(moved["constant"]).min() > 0
    for change in moved.values():
        np.testing.assert_allclose(change, moved["constant"], rtol=1e-5)
