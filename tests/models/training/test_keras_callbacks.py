"""Every callback of Keras on both engines, with its defaults wherever it has some."""

import csv

import keras
import numpy as np
import pytest
from support.model_making import assert_same_weights

from rbm_lib.models.model import RBM
from rbm_lib.models.saving import load_model
from rbm_lib.splits.held_out import random_n

ENGINES = ("dense", "sparse")
EPOCHS = 3
PLAIN = {}  # see the fixture `plain`


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def split(likes):
    return random_n(likes, 1, seed=1, more_than=1)


def fit(engine, split, *callbacks, epochs=EPOCHS, optimizer=None, model=None, **arguments):
    if model is None:
        model = RBM(7, 3, seed=2, engine=engine)
        model.compile(optimizer or keras.optimizers.SGD(0.1))
    arguments = {"validation_data": split, "verbose": 0, "batch_size": 5} | arguments
    return model, model.fit(split.inputs, epochs=epochs, callbacks=list(callbacks), **arguments)


@pytest.fixture
def plain(engine, split):
    """A training without callbacks: the model and its history, made once for each engine."""
    if engine not in PLAIN:
        PLAIN[engine] = fit(engine, split)
    return PLAIN[engine]


def test_early_stopping_by_default_watches_the_loss_of_what_is_held_out(engine, split):
    """Without patience: it stops after the first epoch that is no better, and gives the best weights back."""
    seen = []
    diary = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(diary.model.get_weights()))
    stop = keras.callbacks.EarlyStopping(restore_best_weights=True)
    model, history = fit(engine, split, diary, stop, epochs=50, optimizer=keras.optimizers.SGD(2.0))
    losses = history.history["val_loss"]
    assert losses == history.history["val_log_loss"]
    assert 1 < len(losses) < 50
    assert losses[-1] >= losses[-2] == min(losses)
    for left, right in zip(model.get_weights(), seen[-2], strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(
    ("monitor", "best"),
    [
        ("loss", min),
        ("val_loss", min),
        ("val_auc", max),
        ("val_accuracy", max),
        ("accuracy", max),
        ("val_log_loss", min),
    ],
)
def test_directions_are_known_by_themselves(split, monitor, best, tmp_path):
    """mode="auto" of early stopping, of checkpoints and of the learning rate."""
    stop = keras.callbacks.EarlyStopping(monitor, patience=50)
    keep = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor, save_best_only=True)
    slow = keras.callbacks.ReduceLROnPlateau(monitor, patience=50, min_delta=0)
    _, history = fit("sparse", split, stop, keep, slow, epochs=9, optimizer=keras.optimizers.SGD(1.0))
    assert stop.best == keep.best == slow.best == best(history.history[monitor])
    assert len(set(history.history[monitor])) > 1


@pytest.mark.parametrize("monitor", ["val_rmse", "val_mae", "val_loss"])
def test_directions_of_stars_are_known_too(likes, monitor):
    visible, observed_mask = likes.to_dense()
    stars = random_n(type(likes).from_dense(visible * 2 + 1, observed_mask), 1, seed=1, more_than=1)
    for units in ("softmax", "gaussian"):
        model = RBM(7, 3, units=units, seed=2)
        model.compile(keras.optimizers.SGD(0.1))
        stop = keras.callbacks.EarlyStopping(monitor, patience=50)
        _, history = fit(None, stars, stop, epochs=4, model=model)
        assert stop.best == min(history.history[monitor])
        if units == "gaussian":
            assert history.history["val_loss"] == pytest.approx(np.square(history.history["val_rmse"]), rel=1e-5)


def test_the_best_model_is_the_one_that_is_kept(engine, split, tmp_path):
    keep = keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", save_best_only=True)
    every = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}-{val_loss:.3f}.weights.h5", save_weights_only=True)
    _, history = fit(engine, split, keep, every, epochs=6, optimizer=keras.optimizers.SGD(2.0))
    losses = history.history["val_loss"]
    best = load_model(tmp_path / "best.keras")
    assert best.evaluate(split, verbose=0)[0] == pytest.approx(min(losses))
    assert best.epochs_done == int(np.argmin(losses)) + 1
    assert {path.name for path in tmp_path.glob("*.h5")} == {f"{n}-{v:.3f}.weights.h5" for n, v in enumerate(losses, 1)}


def test_the_learning_rate_falls_where_the_loss_does_not(engine, split):
    slow = keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.5, min_delta=10.0)  # nothing gains ten nats
    model, history = fit(engine, split, slow)
    assert history.history["learning_rate"] == pytest.approx([0.1, 0.1, 0.05])
    assert float(model.optimizer.learning_rate) == pytest.approx(0.025)


def test_the_learning_rate_follows_a_schedule_of_ones_own(engine, split):
    model, history = fit(engine, split, keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.5 * rate))
    assert float(model.optimizer.learning_rate) == pytest.approx(0.0125)
    assert len(history.history["learning_rate"]) == EPOCHS


def test_logs_reach_files_functions_and_another_machine(engine, split, tmp_path, monkeypatch):
    import requests

    seen, sent = [], []
    monkeypatch.setattr(requests, "post", lambda root, json, headers: sent.append(json))
    called = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append((batch, set(logs))))
    table = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    shown = keras.callbacks.History(), keras.callbacks.ProgbarLogger()
    remote = keras.callbacks.RemoteMonitor(send_as_json=True)
    _, history = fit(engine, split, called, table, *shown, remote, verbose=2)
    assert seen == [(batch, {"loss", "accuracy"}) for _ in range(EPOCHS) for batch in range(3)]
    with open(tmp_path / "log.csv") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == pytest.approx(history.history["loss"])
    assert [float(row["val_auc"]) for row in rows] == pytest.approx(history.history["val_auc"])
    assert [logs["loss"] for logs in sent] == pytest.approx(history.history["loss"])


def test_averaged_weights_are_swapped_in_for_validation(engine, split):
    def optimizer():
        return keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.9)

    model, history = fit(engine, split, keras.callbacks.SwapEMAWeights(swap_on_epoch=True), optimizer=optimizer())
    assert model.evaluate(split, verbose=0)[0] == pytest.approx(history.history["val_loss"][-1])
    plain, other = fit(engine, split, optimizer=optimizer())
    assert other.history["val_loss"] != history.history["val_loss"]
    for left, right in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6)  # Keras ends both with the averages, swapped by sums


def test_a_broken_run_is_taken_up_from_its_backup(engine, split, plain, tmp_path):
    class Plug(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    whole, _ = plain
    for again in ("another model", "the same model"):
        folder = tmp_path / again
        broken = RBM(7, 3, seed=2, engine=engine)
        broken.compile(keras.optimizers.SGD(0.1))
        with pytest.raises(KeyboardInterrupt):
            fit(engine, split, keras.callbacks.BackupAndRestore(folder), Plug(), model=broken)
        resumed, history = fit(
            engine, split, keras.callbacks.BackupAndRestore(folder), model=broken if again == "the same model" else None
        )
        assert history.epoch == [2]
        assert_same_weights(whole, resumed)


def test_tensorboard_gets_its_files(engine, split, tmp_path):
    pytest.importorskip("tensorboard")
    board = keras.callbacks.TensorBoard(tmp_path / "board", histogram_freq=1, update_freq="batch")
    fit(engine, split, board)
    assert {path.name for path in (tmp_path / "board").iterdir()} == {"train", "validation"}


def test_none_of_them_moves_a_weight(engine, split, plain, tmp_path):
    """All that only look, together."""
    callbacks = [
        keras.callbacks.EarlyStopping(patience=9),
        keras.callbacks.ModelCheckpoint(tmp_path / "m.keras"),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.BackupAndRestore(tmp_path / "backup"),
        keras.callbacks.ReduceLROnPlateau(patience=9),
    ]
    watched, history = fit(engine, split, *callbacks)
    alone, expected = plain
    assert_same_weights(watched, alone)
    assert {name: history.history[name] for name in expected.history} == expected.history
