"""Training the same model again and again with one thing changed."""

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
        curves: DataFrame, a row an epoch of a run: cd_steps, seed, epoch (from 1), accuracy, auc, log_loss, and
            weight_size, the root mean square of the weights.
        runs: DataFrame, a row a run: cd_steps, seed, and these at the epoch with the lowest log loss, and that epoch.
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


def train_for_each_setting(split: Split, settings: Iterable[tuple[float, float]], **arguments: Any) -> pd.DataFrame:
    """Trains every k with other learning rates and weight decays, so that each k can be judged by settings of its own.

    Args:
        split: as in `train_for_each_k`.
        settings: pairs (learning rate, weight decay).
        **arguments: all others of `train_for_each_k`.
    Returns:
        runs: DataFrame, its `runs` with columns learning_rate and weight_decay in front.
    """
    parts = []
    for rate, decay in settings:
        runs = train_for_each_k(split, learning_rate=rate, weight_decay=decay, **arguments)[1]
        parts.append(with_setting(runs, rate, decay))
    return pd.concat(parts, ignore_index=True)


def with_setting(runs: pd.DataFrame, learning_rate: float, weight_decay: float) -> pd.DataFrame:
    """Runs of one setting, with the setting in the first two columns, as `train_for_each_setting` has them."""
    return pd.concat(
        [pd.DataFrame({"learning_rate": learning_rate, "weight_decay": weight_decay}, runs.index), runs], axis=1
    )


def runs_at_best_settings(runs: pd.DataFrame, metric: str = "log_loss") -> pd.DataFrame:
    """Of each k the runs at the learning rate and weight decay with the lowest mean over seeds.

    Args:
        runs: DataFrame, as `train_for_each_setting` returns.
        metric: str, the column that chooses; lower is better.
    Returns:
        runs: DataFrame, a row a k and seed.
    """
    settings = ["learning_rate", "weight_decay"]
    mean = runs.groupby(["cd_steps", *settings])[metric].mean()
    best = mean.loc[mean.groupby("cd_steps").idxmin()].reset_index()[["cd_steps", *settings]]
    return runs.merge(best, on=["cd_steps", *settings], how="inner").reset_index(drop=True)


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
