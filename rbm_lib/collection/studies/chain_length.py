"""Repeated training with one hyperparameter varied: the chain length k, learning rate and weight decay."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd
from scipy import stats

from rbm_lib._checks import check_count, check_fraction, check_number, check_seed
from rbm_lib._parallel import run_all
from rbm_lib.models import RBM, EpochTimer
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
    """Train one RBM for each pair of k and seed, with Adam. `time_each_k` measures the cost of each k.

    Args:
        split: `Split` of likes and dislikes; inputs to train on, targets to evaluate after every epoch.
        cd_steps: list of int, the values of k.
        seeds: list of int.
        epochs, batch_size: int.
        learning_rate: float.
        centred: bool, see `RBM.initialize_from_base_rates`.
        progress: wraps the list of runs, as `tqdm` does.
        n_jobs: int, number of parallel trainings; see `rbm_lib.models.train_recipes`.
        **model_arguments: arguments of `RBM` except `num_items`, `cd_steps` and `seed`.
    Returns:
        curves: DataFrame, one row per run and epoch: cd_steps, seed, epoch (from 1), accuracy, auc, log_loss, and
            weight_size, the root mean square of the weights.
        runs: DataFrame, one row per run: cd_steps, seed, and the row of `curves` with the lowest log loss.
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
    """The metrics of one run, one row per epoch."""
    model = _compiled(split, *pair, centred, learning_rate, model_arguments)
    sizes: list[float] = []
    watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: sizes.append(weight_size(model)))
    history = model.fit(split.inputs, validation_data=split, callbacks=[watch], verbose=0, **fitting)
    curve = pd.DataFrame({name: history.history[f"val_{name}"] for name in ("accuracy", "auc", "log_loss")})
    curve["weight_size"] = sizes
    curve.insert(0, "epoch", np.arange(1, len(curve) + 1))
    return curve


def weight_size(model: RBM) -> float:
    """The root mean square of a model's weights, in nats."""
    return float(np.sqrt(np.mean(np.square(model.parameters.interaction_weights.numpy(), dtype=np.float64))))


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
    """Measure the duration of an epoch for each k; the trainings run one after the other, with all threads.

    Args:
        split: `Split` of likes and dislikes; inputs to train on.
        cd_steps: list of int, the values of k.
        seed: int.
        epochs: int, number of timed epochs, after a first one that compiles.
        batch_size, learning_rate, centred, **model_arguments: as in `train_for_each_k`.
    Returns:
        times: DataFrame, one row per epoch: cd_steps, epoch (from 1), seconds.
    """
    cd_steps, epochs = [check_count(k, "cd_steps") for k in cd_steps], check_count(epochs, "epochs")
    rows = []
    for k in cd_steps:
        timer = EpochTimer()
        model = _compiled(split, k, seed, centred, learning_rate, model_arguments)
        model.fit(split.inputs, batch_size=batch_size, epochs=epochs + 1, callbacks=[timer], verbose=0)
        rows += [(k, epoch, seconds) for epoch, seconds in enumerate(timer.seconds[1:], start=1)]
    return pd.DataFrame(rows, columns=["cd_steps", "epoch", "seconds"])


def train_for_each_setting(split: Split, settings: Iterable[tuple[float, float]], **arguments: Any) -> pd.DataFrame:
    """Train every k with several learning rates and weight decays, so that each k can be tuned separately.

    Args:
        split: as in `train_for_each_k`.
        settings: pairs (learning rate, weight decay).
        **arguments: the other arguments of `train_for_each_k`.
    Returns:
        runs: DataFrame, `runs` of `train_for_each_k`, preceded by columns learning_rate and weight_decay.
    """
    parts = []
    for rate, decay in settings:
        runs = train_for_each_k(split, learning_rate=rate, weight_decay=decay, **arguments)[1]
        parts.append(with_setting(runs, rate, decay))
    return pd.concat(parts, ignore_index=True)


def with_setting(runs: pd.DataFrame, learning_rate: float, weight_decay: float) -> pd.DataFrame:
    """Runs of one setting, preceded by columns with the setting, as in `train_for_each_setting`."""
    return pd.concat(
        [pd.DataFrame({"learning_rate": learning_rate, "weight_decay": weight_decay}, runs.index), runs], axis=1
    )


def runs_at_best_settings(runs: pd.DataFrame, metric: str = "log_loss") -> pd.DataFrame:
    """For each k, the runs with its best learning rate and weight decay, by the mean over seeds.

    Args:
        runs: DataFrame, result of `train_for_each_setting`.
        metric: str, column to minimise.
    Returns:
        runs: DataFrame, one row per k and seed.
    """
    settings = ["learning_rate", "weight_decay"]
    mean = runs.groupby(["cd_steps", *settings])[metric].mean()
    best = mean.loc[mean.groupby("cd_steps").idxmin()].reset_index()[["cd_steps", *settings]]
    return runs.merge(best, on=["cd_steps", *settings], how="inner").reset_index(drop=True)


def paired_gains(runs: pd.DataFrame, metric: str, *, baseline: int, level: float = 0.95) -> pd.DataFrame:
    """The difference of each k from a baseline k with the same seed: mean and Student t interval over seeds.

    The level is simultaneous for all comparisons (Bonferroni correction).

    Args:
        runs: DataFrame with columns `cd_steps`, `seed` and `metric`, one row per run.
        metric: column to compare.
        baseline: int, the k to compare with.
        level: float, simultaneous coverage of all intervals.
    Returns:
        gains: DataFrame indexed by `cd_steps` with columns mean, low, high.
    """
    check_fraction(level, "level")
    by_seed = runs.pivot(index="seed", columns="cd_steps", values=metric)
    others = by_seed.drop(columns=baseline).sub(by_seed[baseline], axis=0)
    num_seeds, comparisons = len(others), others.shape[1]
    half = stats.t.ppf(1 - (1 - level) / comparisons / 2, num_seeds - 1) * others.sem()
    return pd.DataFrame({"mean": others.mean(), "low": others.mean() - half, "high": others.mean() + half})
