"""Measures the engines side by side and writes `reports/bench/results.json`: `python -m rbm_lib.bench`.

Every figure is a ratio of times taken in one run, in turns, the best of several: what else the machine does then weighs
on both sides. A bar that is missed is written down as missed.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from rbm_lib import places

SEED = 2007


def main(arguments=None):
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rbm_lib.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="ml-1m", help="planted or a MovieLens name")
    parser.add_argument("--repeats", type=int, default=5, help="epochs of each kind; the best one counts")
    chosen = parser.parse_args(arguments)
    from rbm_lib import first_n, load

    ratings = first_n(load(chosen.dataset).ratings.binarize(3)).inputs
    rows = []
    for measure in (engine_ratios, bare_pass_ratio, scikit_learn_ratio, growth_ratios, import_overhead):
        for row in measure(ratings, chosen.repeats):
            rows.append(row)
            bar = f"   bar {row['bar']}: {'holds' if row['holds'] else 'MISSED'}" if row["bar"] else ""
            print(f"  {row['name']:<64} {row['value']:>8.3g} {row['unit']}{bar}", flush=True)
    write_results(rows, chosen)
    return 0


def row(name, value, unit, at_least=None, at_most=None):
    """One result: a name, a value and, where there is one, the bar and whether it holds."""
    bar = f">= {at_least:g}" if at_least is not None else f"<= {at_most:g}" if at_most is not None else ""
    holds = None if not bar else bool(value >= at_least if at_least is not None else value <= at_most)
    return {"name": name, "value": float(value), "unit": unit, "bar": bar, "holds": holds}


def epoch_seconds(models, batches, repeats):
    """Best seconds of an epoch of each model, taken in turns after one epoch to compile.

    Args:
        models: dict from a name to (`RBM`, `Ratings`).
        batches: int, users in a mini-batch.
        repeats: int >= 1.
    Returns:
        seconds: dict from a name to float.
    """
    from rbm_lib.ablation import EpochTimer

    best = dict.fromkeys(models, np.inf)
    for turn in range(repeats + 1):
        for name, (model, ratings) in models.items():
            timer = EpochTimer()
            model.fit(ratings, batch_size=batches, epochs=2 if turn else 1, callbacks=[timer], verbose=0)
            if turn:
                best[name] = min(best[name], *timer.seconds)
    return best


def make_model(ratings, engine, *, num_hidden=200, cd_steps=1):
    """An RBM ready to train with Adam, centred."""
    import keras

    from rbm_lib import RBM

    model = RBM(ratings.num_items, num_hidden, cd_steps=cd_steps, engine=engine, seed=SEED)
    model.initialize_from_base_rates(ratings, centred=True)
    model.compile(keras.optimizers.Adam(0.003))
    return model


def engine_ratios(ratings, repeats):
    """Dense against sparse, 200 hidden units, batches of 256."""
    for cd_steps, bar in ((1, 6), (10, 10)):
        models = {e: (make_model(ratings, e, cd_steps=cd_steps), ratings) for e in ("dense", "sparse")}
        best = epoch_seconds(models, 256, repeats)
        for engine, seconds in best.items():
            yield row(f"{engine} epoch, k={cd_steps}", seconds, "s")
        yield row(f"dense epoch / sparse epoch, k={cd_steps}", best["dense"] / best["sparse"], "", at_least=bar)


def bare_pass_ratio(ratings, repeats):
    """The sparse epoch at k=10 against its own arithmetic: one bare pass over the ratings times 2k + 3."""
    from rbm_lib import sparse_kernels as kernels

    rng = np.random.default_rng(SEED)
    weights = rng.normal(0, 0.1, (ratings.num_items, 200)).astype(np.float32)
    hidden_bias, offset = np.zeros(200, np.float32), np.zeros(ratings.num_items, np.float32)
    batches = list(ratings.batches(256, seed=SEED))
    model = make_model(ratings, "sparse", cd_steps=10)
    seconds = []
    for _ in range(2 * repeats):
        start = time.perf_counter()
        for b in batches:
            kernels.hidden_means(b["row_splits"], b["item_index"], b["rating"], weights, hidden_bias, offset)
        seconds.append(time.perf_counter() - start)
    bare = min(seconds)
    sparse = epoch_seconds({"sparse": (model, ratings)}, 256, repeats)["sparse"]
    yield row("one bare pass over the ratings", bare, "s")
    yield row("sparse epoch / (bare pass x 23), k=10", sparse / (23 * bare), "", at_most=2)


def scikit_learn_ratio(ratings, repeats):
    """scikit-learn's BernoulliRBM, which has no mask, on the likes as a sparse matrix."""
    from scipy.sparse import csr_array
    from sklearn.neural_network import BernoulliRBM

    shape = (ratings.num_users, ratings.num_items)
    matrix = csr_array((ratings.rating, ratings.item_index, ratings.row_splits), shape=shape)
    other = BernoulliRBM(n_components=200, batch_size=256, n_iter=1, random_state=SEED)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        other.fit(matrix)
        seconds.append(time.perf_counter() - start)
    sparse = epoch_seconds({"sparse": (make_model(ratings, "sparse"), ratings)}, 256, repeats)["sparse"]
    yield row("scikit-learn BernoulliRBM epoch", min(seconds), "s")
    yield row("scikit-learn epoch / sparse epoch, k=1", min(seconds) / sparse, "", at_least=4)


def growth_ratios(ratings, repeats):
    """Twice the films at the same ratings, and twice the ratings (every user twice)."""
    from rbm_lib import Ratings

    r = ratings
    wider = Ratings(r.row_splits, r.item_index * 2, r.rating, r.user_id, np.arange(2 * r.num_items))
    splits = np.concatenate([r.row_splits, r.row_splits[-1] + r.row_splits[1:]])
    doubled = Ratings(splits, np.tile(r.item_index, 2), np.tile(r.rating, 2), np.arange(2 * r.num_users), r.item_id)
    sets = {"as it is": r, "twice the films": wider, "twice the ratings": doubled}
    best = epoch_seconds({name: (make_model(part, "sparse"), part) for name, part in sets.items()}, 256, repeats)
    yield row("twice the films: epoch time ratio", best["twice the films"] / best["as it is"], "", at_most=1.2)
    yield row("twice the ratings: epoch time ratio", best["twice the ratings"] / best["as it is"], "", at_most=2.2)


def import_overhead(ratings, repeats):
    """First import and first call in a new process with a warm cache, beyond TensorFlow's own import."""
    first_call = (
        "import tensorflow, time; start = time.perf_counter(); import numpy as np; from rbm_lib import sparse;"
        "from rbm_lib.conditionals import RBMParameters;"
        "z = lambda *shape: np.zeros(shape, np.float32);"
        "sparse.ascent_direction(np.array([0, 1]), np.array([0]), z(1), np.array([0]),"
        " RBMParameters(z(2, 3), z(2), z(3), z(2)), cd_steps=1, step=0, seed=0); print(time.perf_counter() - start)"
    )
    seconds = []
    for _ in range(max(2, repeats // 2)):
        done = subprocess.run([sys.executable, "-c", first_call], capture_output=True, text=True, check=True)
        seconds.append(float(done.stdout))
    yield row("first import and first call beyond TensorFlow's import", min(seconds), "s", at_most=1.0)


def write_results(rows, chosen):
    """`reports/bench/results.json` and a table, `RESULTS.md`, beside it; both whole or not at all."""
    import json

    from rbm_lib.provenance import provenance
    from rbm_lib.results_page import markdown_table

    folder = Path(places.reports_root()) / "bench"
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    busy = "The machine was busy with other work as well." if load > 1.5 else "The machine had little else to do."
    places.write_atomically(folder / "results.json", json.dumps(rows, indent=1) + "\n")
    table = markdown_table(
        ["what", "value", "unit", "bar", "holds"],
        [
            [r["name"], r["value"], r["unit"], r["bar"], {None: "", True: "yes", False: "**no**"}[r["holds"]]]
            for r in rows
        ],
    )
    versions = ", ".join(f"{name} {value}" for name, value in provenance(seed=SEED, dataset=chosen.dataset).items())
    text = (
        f"# Engines, measured\n\nOn {chosen.dataset}, {os.cpu_count()} processors, best of {chosen.repeats}; "
        f"200 hidden units, batches of 256 users, Adam. {busy}\n\n{table}\n\n{versions}\n"
    )
    places.write_atomically(folder / "RESULTS.md", text)
    print(folder / "RESULTS.md")


if __name__ == "__main__":
    sys.exit(main())
