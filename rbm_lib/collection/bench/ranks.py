"""`mpiexec -n 2 python -m rbm_lib.collection.bench.ranks`: an epoch of one process beside one of several, in turns."""

from __future__ import annotations

import argparse
import statistics

import keras
import numba
import numpy as np

from rbm_lib.datasets import load
from rbm_lib.models import RBM, EpochTimer
from rbm_lib.workers import Ranks, mpi

BATCH_SIZE = 1024


def seconds_of_epochs(
    name: str, turns: int, cd_steps: int, num_hidden: int, ranks: Ranks
) -> tuple[list[float], list[float], float, float]:
    """Seconds of epochs of an ordinal conditional machine, of rank 0 alone and of all ranks in turns.

    Args:
        name: a data set of stars, as `load` takes it.
        turns: int >= 1, epochs of each; one more of each comes first and is not counted.
        cd_steps, num_hidden: ints, of the machine.
        ranks: `Ranks`.
    Returns:
        alone: float list `(turns,)`, on rank 0; empty on the others.
        together: float list `(turns,)`.
        share: float, the part of `together` that this rank spent in exchanges, waiting for the others included.
        received: float, bytes that this rank received in a step.
    """
    ratings = load(name).ratings
    models, timers = [], [EpochTimer(), EpochTimer()]
    for _ in timers:
        model = RBM(
            ratings.num_items, num_hidden, units="ordinal", conditional=True, cd_steps=cd_steps, engine="sparse", seed=1
        )
        model.compile(keras.optimizers.Adam(0.01))
        models.append(model)
    for turn in range(turns + 1):
        if turn == 1:
            ranks.bytes_received, ranks.seconds = 0, 0.0
        if ranks.rank == 0:
            models[0].fit(ratings, batch_size=BATCH_SIZE, callbacks=[timers[0]], verbose=0)
        ranks.of_all(None, f"before turn {turn}")
        models[1].fit(ratings, batch_size=BATCH_SIZE, callbacks=[timers[1]], workers=ranks, verbose=0)
    alone, together = (timer.seconds[1:] for timer in timers)
    steps = turns * -(-ratings.num_users // BATCH_SIZE)
    if ranks.rank == 0:
        same = all(np.array_equal(*pair) for pair in zip(*(model.get_weights() for model in models), strict=True))
        print("weights", "equal" if same else "DIFFERENT")
    return alone, together, ranks.seconds / sum(together), ranks.bytes_received / steps


def main() -> None:
    """Prints, from rank 0, both times, their ratio, and what was exchanged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", default="ml-1m")
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--cd-steps", type=int, default=3)
    parser.add_argument("--hidden", type=int, default=100)
    chosen = parser.parse_args()
    ranks = mpi()
    how = chosen.dataset, chosen.turns, chosen.cd_steps, chosen.hidden
    alone, together, share, received = seconds_of_epochs(*how, ranks)
    shares = ranks.of_all(share, "at the end")
    if ranks.rank == 0:
        one, all_of_them = statistics.median(alone), statistics.median(together)
        ratios = sorted(first / second for first, second in zip(alone, together, strict=True))
        print(
            f"{chosen.dataset}, {BATCH_SIZE} users, k={chosen.cd_steps}, {chosen.hidden} hidden, "
            f"{numba.get_num_threads()} threads a rank\n"
            f"one process {one:.3f} s an epoch, {ranks.size} ranks {all_of_them:.3f} s: {one / all_of_them:.2f} times "
            f"as fast (turns {ratios[0]:.2f} to {ratios[-1]:.2f})\n"
            f"in exchanges {', '.join(f'{one:.0%}' for one in shares)} of the time; "
            f"{received / 1e6:.2f} MB received a step"
        )


if __name__ == "__main__":
    main()
