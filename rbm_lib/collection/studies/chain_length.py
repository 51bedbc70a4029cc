"""Training the same model again and again with one thing changed."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import NDArray
from scipy import stats

from rbm_lib._checks import check_count, check_fraction, check_number, check_seed
from rbm_lib._parallel import run_all
from rbm_lib._states import binary_states
from rbm_lib.models import RBM, EpochTimer, RBMParameters, free_energy, hidden_probabilities, visible_probabilities
from rbm_lib.splits import Split


def train_for_each_k(
    split: Split,
    *,
    cd_steps: Sequence[int],
    seeds: Sequence[int],
    epochs: int,
    batch_size: int,
    learning_rate: float,
    centred: bool = True,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
    n_jobs: int | None = None,
    **model_arguments: Any,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Trains one RBM for each pair of k and seed, with Adam. What each k costs: `time_each_k`.

    Args:
        split: `Split` of likes and dislikes; trained on its inputs, scored on its targets after every epoch.
        cd_steps: list of int, the values of k.
        seeds: list of int.
        epochs, batch_size: int.
        learning_rate: float.
        centred: bool, see `RBM.initialize_from_base_rates`.
        progress: wraps the list of runs, as `tqdm` does.
        n_jobs: int, how many are trained at the same time; see `rbm_lib.models.train_recipes`.
        **model_arguments: those of `RBM` but for `num_items`, `cd_steps` and `seed`.
    Returns:
        curves: DataFrame, a row an epoch of a run: cd_steps, seed, epoch (from 1), accuracy, auc, log_loss.
        runs: DataFrame, a row a run: cd_steps, seed, accuracy, auc and log_loss at the epoch with the lowest log loss,
            and that epoch.
    """
    cd_steps = [check_count(k, "cd_steps") for k in cd_steps]
    seeds = [check_seed(seed, "seeds") for seed in seeds]
    epochs, learning_rate = check_count(epochs, "epochs"), check_number(learning_rate, "learning_rate", above=0)
    pairs = [(k, seed) for seed in seeds for k in cd_steps]
    fitting = {"batch_size": batch_size, "epochs": epochs}
    found = run_all(
        _curve,
        pairs,
        n_jobs,
        shared=(split, centred, learning_rate, fitting, model_arguments),
        names=[f"train_for_each_k: k of {k}, seed {seed}" for k, seed in pairs],
        progress=progress,
    )
    runs = [
        {"cd_steps": k, "seed": seed} | curve.loc[curve["log_loss"].idxmin()].to_dict()
        for (k, seed), curve in zip(pairs, found, strict=True)
    ]
    curves = [curve.assign(cd_steps=k, seed=seed) for (k, seed), curve in zip(pairs, found, strict=True)]
    return pd.concat(curves, ignore_index=True), pd.DataFrame(runs).astype({"epoch": int})


def _curve(
    pair: tuple[int, int],
    split: Split,
    centred: bool,
    learning_rate: float,
    fitting: dict[str, Any],
    model_arguments: dict[str, Any],
) -> pd.DataFrame:
    """The scores of one run, a row an epoch."""
    model = _compiled(split, *pair, centred, learning_rate, model_arguments)
    history = model.fit(split.inputs, validation_data=split, verbose=0, **fitting)
    curve = pd.DataFrame({name: history.history[f"val_{name}"] for name in ("accuracy", "auc", "log_loss")})
    curve.insert(0, "epoch", np.arange(1, len(curve) + 1))
    return curve


def _compiled(
    split: Split, k: int, seed: int, centred: bool, learning_rate: float, model_arguments: dict[str, Any]
) -> RBM:
    model = RBM(split.inputs.num_items, cd_steps=k, seed=seed, **model_arguments)
    model.initialize_from_base_rates(split.inputs, centred=centred)
    model.compile(keras.optimizers.Adam(learning_rate))
    return model


def time_each_k(
    split: Split,
    *,
    cd_steps: Sequence[int],
    seed: int,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    centred: bool = True,
    **model_arguments: Any,
) -> pd.DataFrame:
    """How long an epoch takes with each k: trained one after the other, with all threads, beside nothing else.

    Args:
        split: `Split` of likes and dislikes; trained on its inputs.
        cd_steps: list of int, the values of k.
        seed, epochs: int; as many epochs are timed, after one that compiles.
        batch_size, learning_rate, centred, **model_arguments: as in `train_for_each_k`.
    Returns:
        times: DataFrame, a row an epoch: cd_steps, epoch (from 1), seconds.
    """
    cd_steps, epochs = [check_count(k, "cd_steps") for k in cd_steps], check_count(epochs, "epochs")
    rows = []
    for k in cd_steps:
        timer = EpochTimer()
        model = _compiled(split, k, seed, centred, learning_rate, model_arguments)
        model.fit(split.inputs, batch_size=batch_size, epochs=epochs + 1, callbacks=[timer], verbose=0)
        rows += [(k, epoch, seconds) for epoch, seconds in enumerate(timer.seconds[1:], start=1)]
    return pd.DataFrame(rows, columns=["cd_steps", "epoch", "seconds"])


def paired_gains(runs: pd.DataFrame, metric: str, *, baseline: int, level: float = 0.95) -> pd.DataFrame:
    """What each k gains over a baseline k with the same seed: mean and Student t interval over seeds.

    The level holds for all comparisons together (Bonferroni), so that one lucky k among many does not count.

    Args:
        runs: DataFrame with columns `cd_steps`, `seed` and `metric`, a row a run.
        metric: column to compare.
        baseline: int, the k that the others are compared with.
        level: float, coverage of all intervals together.
    Returns:
        gains: DataFrame indexed by `cd_steps` with columns mean, low, high.
    """
    check_fraction(level, "level")
    by_seed = runs.pivot(index="seed", columns="cd_steps", values=metric)
    others = by_seed.drop(columns=baseline).sub(by_seed[baseline], axis=0)
    num_seeds, comparisons = len(others), others.shape[1]
    half = stats.t.ppf(1 - (1 - level) / comparisons / 2, num_seeds - 1) * others.sem()
    return pd.DataFrame({"mean": others.mean(), "low": others.mean() - half, "high": others.mean() + half})


def direction_errors(
    parameters: RBMParameters, visible: NDArray[np.floating], *, cd_steps: Sequence[int]
) -> NDArray[np.float64]:
    """How far the expected CD-k direction is from the gradient of the log-likelihood, for one fully rated user.

    Both are enumerated: the gradient over all ratings, the chain by powers of its exact transition matrix.

    Args:
        parameters: `RBMParameters` of at most 10 films and 10 hidden units.
        visible: float 0/1 `(num_items,)`, every film rated.
        cd_steps: list of int, the values of k.
    Returns:
        relative_error: float `(len(cd_steps),)`, norm of the difference over norm of the gradient of the couplings.
    """
    cd_steps = [check_count(k, "cd_steps") for k in cd_steps]
    states, hidden, surprises = _enumerate(parameters, len(visible))
    seen = int(np.flatnonzero((states == visible).all(axis=1))[0])
    exact = exact_coupling_gradient(parameters, visible)
    transition = _transition(parameters, states, hidden)
    errors = []
    for k in cd_steps:
        end = np.linalg.matrix_power(transition, k)[seen]
        direction = np.outer(surprises[seen], hidden[seen]) - np.einsum("s,si,sh->ih", end, surprises, hidden)
        errors.append(np.linalg.norm(direction - exact) / np.linalg.norm(exact))
    return np.array(errors)


def exact_coupling_gradient(parameters: RBMParameters, visible: NDArray[np.floating]) -> NDArray[np.float64]:
    """Gradient of the log-likelihood of one fully rated user by the couplings, by enumeration of the ratings.

    Args:
        parameters: `RBMParameters` of at most 16 films.
        visible: float 0/1 `(num_items,)`.
    Returns:
        gradient: float64 `(num_items, num_hidden)`, in nats.
    """
    states, hidden, surprises = _enumerate(parameters, len(visible))
    everything = tf.ones_like(states, bool)
    log_weight = -free_energy(tf.constant(states), everything, parameters).numpy().astype(np.float64)
    probability = np.exp(log_weight - log_weight.max())
    probability /= probability.sum()
    seen = int(np.flatnonzero((states == visible).all(axis=1))[0])
    return np.outer(surprises[seen], hidden[seen]) - np.einsum("s,si,sh->ih", probability, surprises, hidden)


def _enumerate(
    parameters: RBMParameters, num_items: int
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.floating]]:
    """Every rating vector, its hidden means, and what it adds to the offsets."""
    states = binary_states(num_items, np.float32)
    hidden = hidden_probabilities(tf.constant(states), tf.ones_like(states, bool), parameters).numpy()
    return states, hidden.astype(np.float64), states - np.asarray(parameters.visible_offset)


def _transition(
    parameters: RBMParameters, states: NDArray[np.float32], hidden: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Matrix T[v, v'] of one Gibbs sweep, float64 `(num_states, num_states)`."""
    hidden_states = binary_states(hidden.shape[1], np.float32)
    like = visible_probabilities(tf.constant(hidden_states), parameters).numpy().astype(np.float64)
    return _product(hidden_states, hidden) @ _product(states, like)


def _product(states: NDArray[np.float32], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(state | means) of independent units: `(num_means, num_states)`."""
    found: NDArray[np.float64] = np.exp(np.log(means) @ states.T + np.log1p(-means) @ (1 - states.T))
    return found
