"""A step of `RowAdam` in a catalogue, and in one ten times as wide: its time, and the peak of the memory.

The ratings are the same in both, so only work for unrated films could make a difference. It runs in a separate process,
`python -m rbm_lib.collection.bench.catalogue SETTINGS`, so that the peak is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .engines import epoch_seconds, widen
from .large import peak_memory
from .rows import Row, row

if TYPE_CHECKING:
    from rbm_lib.data import Ratings
    from rbm_lib.datasets import PlantedSettings
    from rbm_lib.models import RBM

NUM_HIDDEN, BATCH_SIZE, REPEATS, SEED, TIMES = 200, 1024, 3, 2007, 10
FLOAT = 4  # bytes
TABLES = 3  # the parameters, and their two moments


def catalogue_rows(settings: PlantedSettings) -> Iterator[Row]:
    """Sample likes, train on them in their catalogue and in one ten times as wide, and report time and memory.

    Args:
        settings: `PlantedSettings`, the ratings, of whole mini-batches of 1,024 users.
    Yields:
        row: one for each number; see `rbm_lib.collection.bench.rows.row`.
    Raises:
        RuntimeError: if the process fails; its output is on the standard error.
    """
    from .computer import child_environment

    command = [sys.executable, "-m", "rbm_lib.collection.bench.catalogue", json.dumps(asdict(settings))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=child_environment())
    if done.returncode:
        raise RuntimeError(f"the measurement of a wide catalogue ended with status {done.returncode}")
    found = json.loads(done.stdout.splitlines()[-1])
    narrow, wide = f"{settings.num_items:,} films", f"{TIMES * settings.num_items:,} films"
    for name, films, seconds in ((narrow, 1, found["narrow"]), (wide, TIMES, found["wide"])):
        place: dict[str, Any] = {"group": "wide catalogue", "series": "sparse", "x": films * settings.num_items}
        yield row(f"RowAdam step of {BATCH_SIZE:,} users, {name}", 1000 * seconds, "ms", **place)
    yield row("RowAdam, ten times the films: step time ratio", found["wide"] / found["narrow"], at_most=1.5)
    yield row(f"RowAdam, {wide}: parameters, moments and a mini-batch", found["bytes"] / 1e9, "GB")
    ratio = found["grown"] / found["bytes"]
    yield row(f"RowAdam, {wide}: peak memory / parameters, moments and a mini-batch", ratio, at_most=1.1)


def measure(settings: PlantedSettings) -> dict[str, float]:
    """Seconds of a step in either catalogue, and the peak of the memory of training in the wide one, in bytes."""
    from rbm_lib.datasets import draw_likes

    ratings = draw_likes(settings)
    wide = widen(ratings, TIMES)
    fit(ratings)  # so that compilation is not measured
    before = resident_memory()
    trained = fit(wide)
    grown = peak_memory() - before
    models = {"narrow": (make(ratings), ratings), "wide": (trained, wide)}
    steps = -(-ratings.num_users // BATCH_SIZE)
    seconds = {name: found / steps for name, found in epoch_seconds(models, BATCH_SIZE, REPEATS).items()}
    return seconds | {"grown": grown, "bytes": bytes_of(trained, ratings)}


def make(ratings: Ratings) -> RBM:
    """A machine of likes, on the sparse engine, ready to train by rows."""
    from rbm_lib.models import RBM, RowAdam

    model = RBM(ratings.num_items, NUM_HIDDEN, engine="sparse", seed=SEED)
    model.compile(RowAdam(0.003))
    return model


def fit(ratings: Ratings) -> RBM:
    """The same machine, after two epochs."""
    model = make(ratings)
    model.fit(ratings, batch_size=BATCH_SIZE, epochs=2, verbose=0)
    return model


def bytes_of(model: RBM, ratings: Ratings) -> int:
    """The bytes that a step needs: parameters, moments, and for a mini-batch its ratings and its films' gradients."""
    import numpy as np

    batch = next(iter(ratings.batches(BATCH_SIZE, seed=SEED)))
    weights = sum(int(np.prod(one.shape)) for one in model.rbm_layer.trained)
    gradients = len(np.unique(batch["item_index"])) * (NUM_HIDDEN + 1)
    return FLOAT * (TABLES * weights + gradients) + sum(array.nbytes for array in batch.values())


def resident_memory() -> int:
    """The current memory of this process, in bytes; where Linux does not report it, the peak so far."""
    status = Path("/proc/self/status")
    if not status.exists():
        return peak_memory()
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return 1024 * int(line.split()[1])


def main(arguments: list[str]) -> int:
    """Measures and prints what it found as JSON; returns the exit status."""
    from rbm_lib.datasets import PlantedSettings

    settings: dict[str, Any] = json.loads(arguments[0])
    try:
        print(json.dumps(measure(PlantedSettings(**settings))), flush=True)
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
