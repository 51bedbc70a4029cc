"""Ranks without a training, started by `mpiexec`: what they exchange, and how a job ends whose ranks fail."""

import sys
import time

import numpy as np

from rbm_lib.workers import mpi, ranks

ranks.PATIENCE = 0.5


def exchange(workers):
    """Arrays of several types and lengths, of which rank 1 has none; values; the words of rank 0; an error of all."""
    rank, rows = workers.rank, 3 * (workers.rank != 1)
    parts = [
        np.full((rows, 2), rank + 0.5, np.float32),
        np.full(5 * rank + 1, rank, np.uint8),
        np.zeros((0, 3), np.int8),
    ]
    for _ in range(2):
        floats, small, empty = workers.gathered(parts, "here")
    assert floats.tolist() == [[one + 0.5] * 2 for one in range(workers.size) if one != 1 for _ in range(3)]
    assert small.tolist() == [one for one in range(workers.size) for _ in range(5 * one + 1)]
    assert empty.shape == (0, 3)
    assert workers.of_all(rank * rank, "there") == [one * one for one in range(workers.size)]
    assert workers.by_first(lambda: f"rank {rank}", "there") == "rank 0"
    for wrong in (lambda: workers.by_first(lambda: int("x"), "there"), lambda: workers.of_all(1, f"at {rank}")):
        try:
            with workers.failing_together():
                wrong()
        except ValueError as error:
            if rank == 0:
                print(error)
    print(f"{workers!r} {workers.bytes_received > 0}\n", end="", flush=True)


def raise_alone(workers):
    """One rank raises, which the script itself catches, too late."""
    try:
        with workers.failing_together():
            if workers.rank == 1:
                raise OSError("alone")
            workers.of_all(None, "waiting")
    except OSError:
        time.sleep(60)


def raise_outside(workers):
    """One rank raises outside of any training."""
    if workers.rank == 1:
        raise KeyError("outside")
    workers.of_all(None, "waiting")


if __name__ == "__main__":
    {"exchange": exchange, "alone": raise_alone, "outside": raise_outside}[sys.argv[1]](mpi())
