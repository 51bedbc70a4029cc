"""Bias and noise of CD-k as a gradient estimate: by enumeration for small models, or measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib import sparse
from rbm_lib._checks import check_count
from rbm_lib._states import binary_states
from rbm_lib.data import iterate_batches
from rbm_lib.models import RBM, RBMParameters, free_energy, hidden_probabilities, visible_probabilities
from rbm_lib.splits import Split

from .chain_length import _compiled


def direction_table(
    parameters: RBMParameters, visible: NDArray[np.floating], *, cd_steps: Sequence[int]
) -> pd.DataFrame:
    """Bias and noise of CD-k against the gradient of the log-likelihood, for users who rated every film.

    Everything is enumerated: the gradient over all rating vectors, the chain by powers of its exact transition matrix.
    The expected chain uses means instead of sampled ratings, as `RBM(negative="expected")`.

    Args:
        parameters: `RBMParameters` of at most 10 films and 10 hidden units.
        visible: float 0/1 `(num_users, num_items)`.
        cd_steps: list of int, the values of k.
    Returns:
        table: DataFrame, one row per k and kind of chain: cd_steps; negative, "sampled" or "expected"; error, the norm
            of the mean direction minus the gradient by the weights, and noise, the standard deviation of the direction
            from one random user, both divided by the norm of the gradient.
    """
    cd_steps = [check_count(k, "cd_steps") for k in cd_steps]
    states, hidden, surprises = _enumerate(parameters, visible.shape[1])
    of_state = _statistics(surprises, hidden)
    seen = (states[None] == visible[:, None]).all(axis=2).argmax(axis=1)
    gradient = of_state[seen].mean(axis=0) - _probability(parameters, states) @ of_state
    size = np.linalg.norm(gradient)
    transition = _transition(parameters, states, hidden)
    to_hidden, sweep, of_means = _expected_chain(parameters, hidden[seen])
    rows = []
    for k in cd_steps:
        ends = {
            "sampled": (np.linalg.matrix_power(transition, k)[seen], of_state),
            "expected": (to_hidden @ np.linalg.matrix_power(sweep, k - 1), of_means),
        }
        for negative, (end, of_end) in ends.items():
            mean = of_state[seen].mean(axis=0) - (end @ of_end).mean(axis=0)
            square = np.square(of_state[seen][:, None] - of_end[None]).sum(axis=2)
            variance = max((end * square).sum(axis=1).mean() - mean @ mean, 0)
            rows.append((k, negative, np.linalg.norm(mean - gradient) / size, np.sqrt(variance) / size))
    return pd.DataFrame(rows, columns=["cd_steps", "negative", "error", "noise"])


def exact_coupling_gradient(parameters: RBMParameters, visible: NDArray[np.floating]) -> NDArray[np.float64]:
    """Gradient of the log-likelihood of one fully rated user by the weights, by enumeration of the ratings.

    Args:
        parameters: `RBMParameters` of at most 16 films.
        visible: float 0/1 `(num_items,)`.
    Returns:
        gradient: float64 `(num_items, num_hidden)`, in nats.
    """
    states, hidden, surprises = _enumerate(parameters, len(visible))
    of_state = _statistics(surprises, hidden)
    seen = int(np.flatnonzero((states == visible).all(axis=1))[0])
    gradient: NDArray[np.float64] = of_state[seen] - _probability(parameters, states) @ of_state
    return gradient.reshape(surprises.shape[1], hidden.shape[1])


def _statistics(surprises: NDArray[np.floating], hidden: NDArray[np.float64]) -> NDArray[np.float64]:
    """The contribution of each state to the direction of the weights, `(num_states, num_items * num_hidden)`."""
    return np.einsum("si,sh->sih", surprises, hidden).reshape(len(hidden), -1)


def _probability(parameters: RBMParameters, states: NDArray[np.float32]) -> NDArray[np.float64]:
    """P(v) of every rating vector, float64 `(num_states,)`."""
    log_weight = -free_energy(tf.constant(states), tf.ones_like(states, bool), parameters).numpy().astype(np.float64)
    probability: NDArray[np.float64] = np.exp(log_weight - log_weight.max())
    return probability / probability.sum()


def _enumerate(
    parameters: RBMParameters, num_items: int
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.floating]]:
    """All rating vectors, their hidden means, and the vectors minus the visible offset."""
    states = binary_states(num_items, np.float32)
    return states, _hidden(parameters, states), states - np.asarray(parameters.visible_offset)


def _hidden(parameters: RBMParameters, visible: NDArray[np.floating]) -> NDArray[np.float64]:
    """Hidden means given ratings of every film, or their means."""
    rated = tf.ones_like(visible, bool)
    found = hidden_probabilities(tf.constant(visible, tf.float32), rated, parameters).numpy()
    return found.astype(np.float64)


def _transition(
    parameters: RBMParameters, states: NDArray[np.float32], hidden: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Matrix T[v, v'] of one Gibbs sweep, float64 `(num_states, num_states)`."""
    hidden_states = binary_states(hidden.shape[1], np.float32)
    like = visible_probabilities(tf.constant(hidden_states), parameters).numpy().astype(np.float64)
    return _product(hidden_states, hidden) @ _product(states, like)


def _expected_chain(
    parameters: RBMParameters, hidden: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """A chain of means: P(first hidden state | user), its transition matrix, and each state's contribution."""
    hidden_states = binary_states(hidden.shape[1], np.float32)
    like = visible_probabilities(tf.constant(hidden_states), parameters).numpy().astype(np.float64)
    after = _hidden(parameters, like)
    of_means = _statistics(like - np.asarray(parameters.visible_offset), after)
    return _product(hidden_states, hidden), _product(hidden_states, after), of_means


def _product(states: NDArray[np.float32], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(state | means) of independent units: `(num_means, num_states)`."""
    found: NDArray[np.float64] = np.exp(np.log(means) @ states.T + np.log1p(-means) @ (1 - states.T))
    return found


def measured_directions(
    split: Split,
    *,
    cd_steps: Sequence[int],
    seed: int,
    epochs: int,
    repeats: int,
    batch_size: int,
    learning_rate: float,
    centred: bool = True,
    **model_arguments: Any,
) -> pd.DataFrame:
    """Mean and noise of mini-batch directions for each k, at the weights of one trained model.

    The model is trained with the first k. Then its weights are fixed, and the directions of the same mini-batches are
    computed with every k.

    Args:
        split: `Split` of likes and dislikes; its inputs are used.
        cd_steps: list of int, the values of k.
        seed: int.
        epochs: int, of the training.
        repeats: int, passes over the users with each k.
        batch_size, learning_rate, centred, **model_arguments: as in `train_for_each_k`.
    Returns:
        table: DataFrame, one row per k: cd_steps; length, the norm of the mean direction of the weights; noise, the
            standard deviation of a mini-batch's direction; signal = length / sqrt(length ** 2 + noise ** 2), the factor
            that noise puts on a step of Adam; cosine, between the mean direction and that of the longest chain.
    """
    cd_steps, repeats = [check_count(k, "cd_steps") for k in cd_steps], check_count(repeats, "repeats")
    model = _compiled(split, cd_steps[0], seed, centred, learning_rate, model_arguments)
    model.fit(split.inputs, batch_size=batch_size, epochs=epochs, verbose=0)
    means: dict[int, NDArray[np.float64]] = {}
    rows = []
    for k in cd_steps:
        mean, square, count = _batch_directions(model, split, k, seed, repeats, batch_size)
        noise = max(square - float(mean @ mean), 0.0) * count / max(count - 1, 1)  # below 0 only by rounding
        length = float(np.sqrt(max(float(mean @ mean) - noise / count, 0.0)))
        means[k] = mean
        rows.append((k, length, np.sqrt(noise), length / np.sqrt(length**2 + noise)))
    table = pd.DataFrame(rows, columns=["cd_steps", "length", "noise", "signal"])
    longest = means[max(cd_steps)]
    table["cosine"] = [m @ longest / np.linalg.norm(m) / np.linalg.norm(longest) for m in means.values()]
    return table


def _batch_directions(
    model: RBM, split: Split, k: int, seed: int, repeats: int, batch_size: int
) -> tuple[NDArray[np.float64], float, int]:
    """The mean direction of the weights over mini-batches, the mean squared norm, the number of mini-batches."""
    arrays: Any = [np.asarray(part) for part in model.parameters.arrays]
    parameters, total = RBMParameters(*arrays), np.zeros(arrays[0].size)
    square, count = 0.0, 0
    for repeat in range(repeats):
        for batch in iterate_batches(split.inputs, batch_size, seed=seed, epoch=repeat):
            csr = (batch["row_splits"], batch["item_index"], batch["rating"], batch["user_index"])
            found = sparse.ascent_direction(*csr, parameters, cd_steps=k, step=count, seed=seed, every_film=True)
            one = found.interaction_weights.astype(np.float64).ravel()
            total, square, count = total + one, square + float(one @ one), count + 1
    return total / count, square / count, count
