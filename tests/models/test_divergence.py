"""Parameters that are no numbers any more end the training, and are neither asked nor kept."""

import keras
import numpy as np
import pytest
from support.model_making import trained

from rbm_lib.models.model import RBM
from rbm_lib.models.training.checkpoint_files import checkpoint_paths, read_newest
from rbm_lib.models.training.checkpoints import Checkpoints
from rbm_lib.splits.held_out import random_n

ENGINES = ("dense", "sparse")
CAUSE = (
    r"the likely cause is a step that is too large: try a tenth of SGD's learning rate of 0\.1, or its clipnorm=1\.0"
)


class Poison(keras.callbacks.Callback):
    """Puts NaN into one coupling after a step of all."""

    def __init__(self, step, value=np.nan):
        super().__init__()
        self.step, self.value = step, value

    def on_train_batch_end(self, batch, logs=None):
        if self.model.steps_done == self.step:
            couplings = np.array(self.model.rbm_layer.interaction_weights)
            couplings[0, 0] = self.value  # of a film that everybody has rated
            self.model.rbm_layer.interaction_weights.assign(couplings)


def model_of(engine, **arguments):
    model = RBM(7, 3, seed=2, engine=engine, **arguments)
    model.compile(keras.optimizers.SGD(0.1))
    return model


@pytest.mark.parametrize("engine", ENGINES)
def test_the_step_after_it_ends_the_training(likes, engine):
    message = rf"^loss: expected a finite number, found nan in epoch 2, step 2; {CAUSE}"
    with pytest.raises(ValueError, match=message):
        model_of(engine).fit(likes, batch_size=4, epochs=3, callbacks=[Poison(4)], verbose=0)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_infinity_ends_it_within_the_epoch(likes, engine):
    message = rf"^(loss|weights): expected (a )?finite numbers?, found .* epoch 2, .*; {CAUSE}"
    with pytest.raises(ValueError, match=message):
        model_of(engine).fit(likes, batch_size=4, epochs=3, callbacks=[Poison(4, np.inf)], verbose=0)


@pytest.mark.parametrize("engine", ENGINES)
def test_steps_that_are_too_large_are_seen(likes, engine):
    """Without any help: a step of 1e38 leaves the range of float32."""
    model = RBM(7, 3, seed=2, engine=engine)
    model.compile(keras.optimizers.SGD(3e38, momentum=0.9))
    with pytest.raises(
        ValueError, match=r"expected (a )?finite numbers?, found .* likely cause .* learning rate of 3e\+38"
    ):
        model.fit(likes, batch_size=4, epochs=9, verbose=0)


@pytest.mark.parametrize("engine", ENGINES)
def test_after_the_last_step_the_epochs_end_is_the_place(likes, engine, tmp_path):
    """Nothing is left of it: the checkpoint is that of the epoch before."""
    message = rf"^weights: expected finite numbers, found NaN in interaction_weights at the end of epoch 2, .*; {CAUSE}"
    with pytest.raises(ValueError, match=message):
        model_of(engine).fit(
            likes,
            batch_size=4,
            epochs=3,
            callbacks=[Poison(6), Checkpoints(tmp_path, every_batches=1, keep=9)],
            verbose=0,
        )
    for path in checkpoint_paths(tmp_path):
        arrays = dict(np.load(path))
        assert np.isfinite(arrays["weight/0"]).all(), path
    assert read_newest(tmp_path)[1]["steps_done"] == 5


@pytest.mark.parametrize("engine", ENGINES)
def test_terminate_on_nan_ends_it_in_its_own_way(likes, engine):
    split = random_n(likes, 1, seed=1, more_than=1)
    model = model_of(engine)
    callbacks = [Poison(4), keras.callbacks.TerminateOnNaN()]
    history = model.fit(split.inputs, batch_size=4, epochs=5, validation_data=split, callbacks=callbacks, verbose=0)
    assert history.epoch == [0, 1]
    assert np.isfinite(history.history["loss"][0])
    assert np.isnan(history.history["loss"][1])
    raising = [Poison(1), keras.callbacks.TerminateOnNaN(raise_error=True)]
    with pytest.raises(RuntimeError, match="NaN or Inf loss encountered at batch 1"):
        model_of(engine).fit(likes, batch_size=4, epochs=5, callbacks=raising, verbose=0)


def test_what_is_no_number_answers_nothing_and_is_not_kept(likes, tmp_path):
    split = random_n(likes, 1, seed=1, more_than=1)
    model, _ = trained(split.inputs, inference="sampled")
    model.rbm_layer.hidden_bias.assign([0.0, np.inf, 0.0])
    for ask, purpose in {
        lambda: model.predict(likes, verbose=0): "to predict",
        lambda: model.predict_on_batch(likes): "to predict",
        lambda: model.predict_ratings(split): "to predict",
        lambda: model.recommend(likes): "to predict",
        lambda: model.free_energy(likes): "to predict",
        lambda: model.evaluate(split, verbose=0): "to evaluate",
        lambda: model.test_on_batch(split): "to evaluate",
        lambda: model.save(tmp_path / "lost.keras"): "to save",
        lambda: model.save_weights(tmp_path / "lost.weights.h5"): "to save",
        lambda: model.fit(likes, verbose=0): "to train",
        lambda: model.train_on_batch(likes): "to train",
    }.items():
        message = f"weights: expected finite numbers {purpose}, found infinity in hidden_bias: the training diverged"
        with pytest.raises(ValueError, match=message):
            ask()
    assert not list(tmp_path.iterdir())


def test_a_step_of_ones_own_says_it_too(likes):
    model = RBM(7, 3, seed=2)
    model.compile(keras.optimizers.SGD(3e38, momentum=0.9))
    with pytest.raises(ValueError, match=r"expected (a )?finite numbers?"):
        _ = [model.train_on_batch(likes) for _ in range(9)]
