"""One epoch at the size of MovieLens-32M, from memory and from TFRecord shards: seconds, and the peak of the memory.

Every stage runs in a separate process, `python -m rbm_lib.collection.bench.large STAGE FOLDER`, so that its peak is its
own. The folder is temporary: it contains arrays of the sampled likes (8 bytes a rating) and shards of them (3 bytes a
rating). It is removed at the end, even after an error, unless SIGKILL ends the process.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .rows import Row, row

if TYPE_CHECKING:
    from rbm_lib.data import Ratings, Shards
    from rbm_lib.datasets import PlantedSettings

NUM_HIDDEN, BATCH_SIZE, EPOCHS, SEED = 100, 1024, 3, 2007
ARRAYS = ("row_splits", "item_index", "rating", "user_id", "item_id")
BYTES_PER_RATING = 16  # an upper limit of the folder's size


def large_rows(
    settings: PlantedSettings, *, label: str = "MovieLens-32M's shape", scratch: str | Path | None = None
) -> Iterator[Row]:
    """Sample planted likes, train on them from memory and from shards, and report time and memory.

    Args:
        settings: `PlantedSettings`, the size.
        label: name of the size in the rows.
        scratch: folder for the temporary folder; None takes the system's.
    Yields:
        row: one for each number; see `rbm_lib.collection.bench.rows.row`.
    Raises:
        ValueError: if the disk has too little room.
    """
    check_room(scratch, settings.num_ratings * BYTES_PER_RATING)
    with tempfile.TemporaryDirectory(prefix="rbm-bench-", dir=scratch) as folder:
        (Path(folder) / "settings.json").write_text(json.dumps(asdict(settings)))
        found = {stage: run_stage(stage, folder) for stage in STAGES}
    yield row(f"{label}: ratings", settings.num_ratings, group="large shape")
    yield row(f"{label}: time to draw them", found["draw"]["seconds"], "s")
    yield row(f"{label}: time to write the shards", found["write"]["seconds"], "s")
    yield row(f"{label}: shards on disk", found["write"]["bytes"] / 1e9, "GB")
    bare = found["nothing"]["peak"] / 1e9
    yield row(f"{label}: peak memory of TensorFlow and this library alone", bare, "GB", **_place("memory", "nothing"))
    memory, shards = found["memory"], found["shards"]
    for source, where, bar in (("memory", "in memory", 3.0), ("shards", "from shards", 1.5)):
        seconds, peak = found[source]["seconds"], found[source]["peak"] / 1e9
        yield row(f"{label}: first epoch {where}, compiling included", seconds[0], "s")
        yield row(f"{label}: epoch {where}", min(seconds[1:]), "s", **_place("seconds", source))
        name = f"{label}: peak memory {where}, TensorFlow included"
        yield row(name, peak, "GB", at_most=bar, **_place("memory", source))
    ratio = min(shards["seconds"][1:]) / min(memory["seconds"][1:])
    yield row(f"{label}: epoch from shards / epoch in memory", ratio, at_most=1.5)


def check_room(folder: str | Path | None, needed: int) -> None:
    """Raises ValueError unless `folder` (None: the system's temporary one) has room for `needed` bytes."""
    folder = folder or tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ValueError(f"scratch: expected {needed / 1e9:.1f} GB of room in {folder}, found {free / 1e9:.1f} GB")


def run_stage(stage: str, folder: str | Path) -> dict[str, Any]:
    """Run a stage in a separate process.

    Args:
        stage: one of `STAGES`.
        folder: path with `settings.json` and the files of earlier stages.
    Returns:
        found: dict, the report of the stage, with its `peak` in bytes.
    Raises:
        RuntimeError: if it fails; its output is on the standard error.
    """
    from .computer import child_environment

    command = [sys.executable, "-m", "rbm_lib.collection.bench.large", stage, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=child_environment())
    if done.returncode:
        raise RuntimeError(f"stage {stage!r} ended with status {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def draw(folder: Path) -> dict[str, Any]:
    """Samples the likes and writes their arrays."""
    from rbm_lib.datasets import PlantedSettings, draw_likes

    settings = PlantedSettings(**json.loads((folder / "settings.json").read_text()))
    start = time.perf_counter()
    likes = draw_likes(settings, progress=_bar("draws likes"))
    seconds = time.perf_counter() - start
    for name in ARRAYS:
        np.save(folder / f"{name}.npy", getattr(likes, name))
    return {"seconds": seconds}


def write(folder: Path) -> dict[str, Any]:
    """Writes the sampled likes as shards."""
    from rbm_lib.data import write_shards

    likes = read_likes(folder)
    start = time.perf_counter()
    shards = write_shards(likes, folder / "shards", num_shards=min(16, likes.num_users), progress=_bar("writes shards"))
    return {"seconds": time.perf_counter() - start, "bytes": sum(path.stat().st_size for path in shards.paths)}


def train_in_memory(folder: Path) -> dict[str, Any]:
    """Trains on the arrays."""
    return train(read_likes(folder))


def train_from_shards(folder: Path) -> dict[str, Any]:
    """Trains on the shards."""
    from rbm_lib.data import Shards

    return train(Shards(folder / "shards"))


def import_only(folder: Path) -> dict[str, Any]:
    """Imports what training imports, and trains on nothing."""
    from ...models import model  # noqa: F401

    return {}


STAGES = {
    "draw": draw,
    "write": write,
    "nothing": import_only,
    "memory": train_in_memory,
    "shards": train_from_shards,
}


def train(source: Ratings | Shards) -> dict[str, Any]:
    """Seconds of each epoch of a new model on `source`, a `Ratings` or `Shards`."""
    import keras

    from rbm_lib.models import RBM, EpochTimer

    model = RBM(source.num_items, NUM_HIDDEN, engine="sparse", seed=SEED)
    model.compile(keras.optimizers.Adam(0.003))
    timer, progress = EpochTimer(), _bar(f"trains from {type(source).__name__}")(total=EPOCHS)
    step = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: progress.update())
    model.fit(source, batch_size=BATCH_SIZE, epochs=EPOCHS, callbacks=[timer, step], verbose=0)
    progress.close()
    return {"seconds": timer.seconds}


def read_likes(folder: Path) -> Ratings:
    """The likes that `draw` has written, in memory."""
    from rbm_lib.data import Ratings

    return Ratings(**{name: np.load(folder / f"{name}.npy") for name in ARRAYS})


def peak_memory() -> int:
    """The peak memory of this process, in bytes, shared libraries included."""
    # On Linux, `resource` starts from the size of the parent process; the status file does not.
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _place(group: str, source: str) -> dict[str, Any]:
    return {"group": f"large {group}", "series": "sparse", "x": source}


def _bar(description: str) -> Callable[..., Any]:
    from functools import partial

    from tqdm import tqdm

    return partial(tqdm, desc=f"  {description}", leave=False, file=sys.stderr, disable=None)


def main(arguments: list[str]) -> int:
    """Runs one stage and prints its report as JSON; returns the exit status."""
    stage, folder = arguments
    try:
        found = STAGES[stage](Path(folder))
    except KeyboardInterrupt:
        return 130
    print(json.dumps(found | {"peak": peak_memory()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
