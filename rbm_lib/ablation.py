"""Training the same model again and again with one thing changed."""

import time

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from rbm_lib import draws
from rbm_lib.conditionals import hidden_probabilities
from rbm_lib.contrastive_divergence import ascent_direction
from rbm_lib.energy import free_energy
from rbm_lib.model import RBM


class EpochTimer(keras.callbacks.Callback):
    """Seconds of training (validation left out) of each epoch, in `seconds`."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self._spent, self._since = 0.0, time.perf_counter()

    def on_test_begin(self, logs=None):
        self._spent += time.perf_counter() - self._since

    def on_test_end(self, logs=None):
        self._since = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(self._spent + time.perf_counter() - self._since)


def train_for_each_k(
    split, *, cd_steps, seeds, epochs, batch_size, learning_rate, centred=True, progress=iter, **model_arguments
):
    """Trains one RBM for each pair of k and seed, with Adam.

    Args:
        split: `Split` of likes and dislikes; trained on its inputs, scored on its targets after every epoch.
        cd_steps: list of int, the values of k.
        seeds: list of int.
        epochs, batch_size: int.
        learning_rate: float.
        centred: bool, see `RBM.initialize_from_base_rates`.
        progress: wraps the list of runs, as `tqdm` does.
        **model_arguments: those of `RBM` but for `num_items`, `cd_steps` and `seed`.
    Returns:
        curves: DataFrame, a row an epoch of a run: cd_steps, seed, epoch (from 1), accuracy, auc, log_loss.
        runs: DataFrame, a row a run: cd_steps, seed, accuracy, auc and log_loss at the epoch with the lowest log loss,
            that epoch, and seconds, the median epoch's training time without the first, which compiles.
    """
    curves, runs = [], []
    for k, seed in progress([(k, seed) for k in cd_steps for seed in seeds]):
        model = RBM(split.inputs.num_items, cd_steps=k, seed=seed, **model_arguments)
        model.initialize_from_base_rates(split.inputs, centred=centred)
        model.compile(keras.optimizers.Adam(learning_rate))
        timer = EpochTimer()
        history = model.fit(
            split.inputs, batch_size=batch_size, epochs=epochs, validation_data=split, callbacks=[timer], verbose=0
        )
        curve = pd.DataFrame({name: history.history[f"val_{name}"] for name in ("accuracy", "auc", "log_loss")})
        curve.insert(0, "epoch", np.arange(1, epochs + 1))
        run = {"cd_steps": k, "seed": seed, "seconds": float(np.median(timer.seconds[1:] or timer.seconds))}
        runs.append(run | curve.loc[curve["log_loss"].idxmin()].to_dict())
        curves.append(curve.assign(cd_steps=k, seed=seed))
    return pd.concat(curves, ignore_index=True), pd.DataFrame(runs).astype({"epoch": int})


def direction_errors(parameters, visible, *, cd_steps, num_chains, seed):
    """How far the expected CD-k direction is from the gradient of the log-likelihood, for one user's ratings.

    The expectation is over `num_chains` chains; the gradient's own negative phase is enumerated, not sampled.

    Args:
        parameters: `RBMParameters` of a machine with few units.
        visible: float 0/1 `(num_items,)`, every film rated.
        cd_steps: list of int, the values of k.
        num_chains: int.
        seed: int, root of the draws.
    Returns:
        relative_error: float `(len(cd_steps),)`, norm of the difference over norm of the gradient of the couplings.
    """
    start = tf.tile(tf.constant(visible, tf.float32)[None], [num_chains, 1])
    observed_mask = tf.ones_like(start, bool)
    exact = exact_coupling_gradient(parameters, np.asarray(visible))
    address = draws.DrawAddress(seed, draws.TRAINING, tf.constant(0), tf.range(num_chains))
    errors = []
    for k in cd_steps:
        direction, _ = ascent_direction(start, observed_mask, parameters, address, k)
        errors.append(np.linalg.norm(direction.interaction_weights - exact) / np.linalg.norm(exact))
    return np.array(errors)


def exact_coupling_gradient(parameters, visible):
    """Gradient of the log-likelihood of one fully rated user by the couplings, by enumeration of the ratings.

    Args:
        parameters: `RBMParameters` of at most 16 films.
        visible: float 0/1 `(num_items,)`.
    Returns:
        gradient: float64 `(num_items, num_hidden)`, in nats.
    """
    num_items = len(visible)
    states = ((np.arange(2**num_items)[:, None] >> np.arange(num_items)) & 1).astype(np.float32)
    everything = tf.ones_like(states, bool)
    log_weight = -free_energy(tf.constant(states), everything, parameters).numpy().astype(np.float64)
    probability = np.exp(log_weight - log_weight.max())
    probability /= probability.sum()
    hidden = hidden_probabilities(tf.constant(states), everything, parameters).numpy()
    surprises = states - np.asarray(parameters.visible_offset)
    seen = int(np.flatnonzero((states == visible).all(axis=1))[0])
    return np.outer(surprises[seen], hidden[seen]) - np.einsum("s,si,sh->ih", probability, surprises, hidden)
