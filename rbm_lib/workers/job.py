"""The ranks of the job that `mpiexec` has started."""

from __future__ import annotations

import functools
import os
import sys
from types import TracebackType
from typing import Any

from .ranks import Ranks

WAY_OUT = "pip install 'rbm-lib[mpi]' brings mpi4py and MPICH"
LAUNCHED = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")  # how many processes MPICH's mpiexec and Open MPI's started


@functools.cache
def mpi() -> Ranks:
    """The processes that `mpiexec -n 4 python train.py` has started, for `RBM.fit(..., workers=mpi())`.

    Without `mpiexec` it is one process, and `fit` does as without `workers`. An exception that a rank does not catch
    ends the whole job: Python's own way out of a process would wait for the others (`sys.excepthook` is extended).

    Returns:
        ranks: `Ranks`, the same object in every call.
    Raises:
        ValueError: if mpi4py or its MPI library is missing, belongs to another MPI than `mpiexec`, or was started
            without support of threads.
    Example:
        >>> from rbm_lib import RBM, Ratings
        >>> from rbm_lib.workers import mpi
        >>> ratings = Ratings.from_triples([1, 1, 2], [10, 20, 10], [1, 0, 1])
        >>> model = RBM(ratings.num_items, num_hidden=3, engine="sparse", seed=1)
        >>> model.compile(optimizer="adam")
        >>> history = model.fit(ratings, epochs=2, verbose=0, workers=mpi())
        >>> len(history.history["loss"])  # then, if mpi().rank == 0, model.save("machine.keras")
        2
    """
    try:
        from mpi4py import MPI  # not at the import of this file: it starts MPI
    except ImportError:
        raise ValueError(f"workers: expected the package mpi4py, found none; {WAY_OUT}") from None
    except RuntimeError as error:  # mpi4py finds its library at the import
        reason = str(error).splitlines()[0]
        raise ValueError(f"workers: expected an MPI library for mpi4py, found none ({reason}); {WAY_OUT}") from None
    world = MPI.COMM_WORLD
    _check_size(world.size)
    if MPI.Query_thread() < MPI.THREAD_SERIALIZED:
        raise ValueError(
            "workers: expected MPI with support of threads (MPI_THREAD_SERIALIZED), found it started without; leave "
            "mpi4py.rc.thread_level as it is"
        )
    ranks = Ranks(world.Dup())
    if ranks.size > 1:
        sys.excepthook = functools.partial(_abort_after, ranks, sys.excepthook)
    return ranks


def _check_size(size: int) -> None:
    """Raises ValueError if a launcher of another MPI has started this process: each would train alone."""
    for name in LAUNCHED:
        launched = os.environ.get(name, "1")
        if size == 1 and launched.isdecimal() and int(launched) > 1:
            raise ValueError(
                f"workers: expected {launched} processes, as {name} says, found 1: mpiexec belongs to another MPI than "
                f"mpi4py; start by the mpiexec beside {sys.executable}, or build mpi4py with the system's MPI"
            )


def _abort_after(ranks: Ranks, hook: Any, kind: type[BaseException], error: Any, trace: TracebackType | None) -> None:
    """`sys.excepthook` of a rank: tells the error as before, then ends the job."""
    hook(kind, error, trace)
    ranks.abort()
