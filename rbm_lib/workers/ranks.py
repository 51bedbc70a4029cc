"""The processes of one training, as MPI numbers them, and what they exchange."""

from __future__ import annotations

import os
import pickle
import sys
import time
import traceback
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .packing import joined, packed, sizes_of

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm, Request

PATIENCE = 5.0  # seconds in which the others must fail too, or the job is aborted
PROMPT = 500  # looks at a message that is waited for, without a pause: about a millisecond
LONGEST = 5e-4  # seconds between two looks after these
MOST = 14  # arrays of an exchange
_pause: Callable[[], None] = getattr(os, "sched_yield", lambda: time.sleep(0))  # lets another process run


class Ranks:
    """The processes of one training; `mpi` makes it.

    All methods but the attributes are collective: every rank calls them in the same order. Where ranks have gone
    different ways, as when a callback stops the training on one of them only, all raise an error that says where each
    is, instead of waiting for each other.

    Args:
        communicator: `mpi4py.MPI.Intracomm`.
    Attributes:
        rank: int, this process' number, from 0.
        size: int, the number of processes.
        bytes_received: int, bytes of arrays received from others so far.
        seconds: float, time spent in exchanges so far, including waiting for slower ranks.
    References:
        MPI Forum (2025), "MPI: a message-passing interface standard", version 5.0, section 6.7, "Gather-to-all".
    Example:
        >>> from rbm_lib.workers import mpi
        >>> mpi()  # started without mpiexec
        Ranks(rank=0, size=1)
    """

    def __init__(self, communicator: Intracomm) -> None:
        self._world = communicator
        self._failing = communicator.Dup()  # its messages never meet those of the training
        self.rank: int = communicator.rank
        self.size: int = communicator.size
        self.bytes_received: int = 0
        self.seconds: float = 0.0

    def __repr__(self) -> str:
        return f"Ranks(rank={self.rank}, size={self.size})"

    def gathered(self, parts: Sequence[NDArray[Any]], where: str) -> list[NDArray[Any]]:
        """All ranks' arrays, each joined along its first axis in the order of the ranks: one all-gather.

        Args:
            parts: up to 14 arrays. Those of another rank may differ in their lengths only.
            where: the place in the program, for an error.
        Returns:
            joined: list of new arrays.
        Raises:
            ValueError: if another rank is elsewhere.
        """
        begun = time.perf_counter()
        lengths = self._meet(where, [len(part) for part in parts])
        sizes = sizes_of(parts, lengths)
        counts = sizes.sum(axis=1)
        whole = np.empty(counts.sum(), np.uint8)
        own = packed(parts, sizes[self.rank])
        _wait_for(self._world.Iallgatherv(own, [whole, counts.tolist()]))
        self.bytes_received += int(counts.sum() - counts[self.rank])
        self.seconds += time.perf_counter() - begun
        return joined(whole, parts, lengths, sizes)

    def of_all(self, value: Any, where: str) -> list[Any]:
        """The values of all ranks, any that can be pickled, in the order of the ranks."""
        self._meet(where, [])
        values: list[Any] = self._world.allgather(value)
        return values

    def by_first(self, function: Callable[[], Any], where: str) -> Any:
        """What rank 0 gets from a function, on every rank; so is the exception that it raises there."""
        told: tuple[Any, BaseException | None] | None = None
        if self.rank == 0:
            try:
                told = function(), None
            except Exception as error:
                told = None, _as_sent(error)
        self._meet(where, [])
        value, raised = self._world.bcast(told, root=0)
        if raised is not None:
            raise raised
        return value

    @contextmanager
    def failing_together(self) -> Iterator[None]:
        """Ends the whole job, with the traceback and exit status 1, if this rank fails and the others do not.

        An error of all ranks, as of an argument, is raised as usual.
        """
        try:
            yield
        except BaseException as error:
            if self.size > 1 and not self._all_fail():
                sys.stderr.write(f"rank {self.rank} of {self.size}:\n{''.join(traceback.format_exception(error))}")
                self.abort()
            raise

    def abort(self) -> None:
        """Ends all processes of the job, with exit status 1."""
        sys.stdout.flush()
        sys.stderr.flush()
        self._world.Abort(1)

    def _all_fail(self) -> bool:
        """Whether every rank says within `PATIENCE` that it fails."""
        request, last = self._failing.Ibarrier(), time.monotonic() + PATIENCE
        while not request.Test():
            if time.monotonic() > last:
                return False
            time.sleep(0.01)
        return True

    def _meet(self, where: str, lengths: list[int]) -> NDArray[np.int64]:
        """Waits until all ranks are here; returns the lengths of their arrays, int64 `(num_ranks, num_parts)`."""
        own, all_of_them = np.zeros(2 + MOST, np.int64), np.empty((self.size, 2 + MOST), np.int64)
        own[: 2 + len(lengths)] = zlib.crc32(where.encode()), len(lengths), *lengths
        _wait_for(self._world.Iallgather(own, all_of_them))
        if (all_of_them[:, :2] != own[:2]).any():
            places = ", ".join(f"rank {rank} {place}" for rank, place in enumerate(self._world.allgather(where)))
            raise ValueError(
                f"workers: expected all ranks at the same place, found {places}; callbacks must act alike on every rank"
            )
        return all_of_them[:, 2 : 2 + len(lengths)]


def _wait_for(request: Request) -> None:
    """Waits until an exchange is done. MPI's own wait takes a whole processor, for as long as rank 0 validates."""
    looks = 0
    while not request.Test():
        looks += 1
        if looks < PROMPT:
            _pause()
        else:
            time.sleep(min((looks - PROMPT) * 1e-6, LONGEST))


def _as_sent(error: Exception) -> Exception:
    """The error, or one with its text if it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # a foreign exception class may raise anything
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
