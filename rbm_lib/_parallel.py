"""One function on many tasks: in this process, in local joblib workers, or on a Dask cluster.

All random numbers follow from a seed in the task, so results do not depend on where the tasks run. Data that the tasks
share is sent to each worker once, as one array of bytes: joblib maps it from a file, Dask scatters it. A worker runs
one task at a time, see `rbm_lib._workers`.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import cache
from typing import Any

import joblib
import numpy as np

from . import _workers
from ._checks import check_count

JOBS, CLUSTER = "RBM_JOBS", "RBM_CLUSTER"  # used for n_jobs=None outside a joblib context
MOST = 10**6  # a plausible upper limit of tasks at the same time


def run_all(
    function: Callable[..., Any],
    tasks: Iterable[Any],
    n_jobs: int | None = None,
    *,
    shared: Sequence[Any] = (),
    names: Sequence[str] | None = None,
    progress: Callable[[Any], Iterable[Any]] = iter,
) -> list[Any]:
    """`[function(task, *shared) for task in tasks]`, several at a time if asked.

    Args:
        function: of a task and the shared data. Workers get it by its name, or by value if it is defined in a notebook.
        tasks: the part that differs.
        n_jobs: int, how many run at the same time: 1 one after the other in this process, -1 as many as there are
            processors, -2 one less. None takes the value of the `joblib.parallel_config` context; without one, that of
            the environment: the cluster that RBM_CLUSTER names, or RBM_JOBS processes, or 1.
        shared: data that every task reads. If a result refers to one of these objects, it is the caller's own object.
        names: str for each task, added as a note to its exceptions.
        progress: wraps the list of tasks, as `tqdm` does.
    Returns:
        results: list, in the order of the tasks.
    Raises:
        ValueError: if `n_jobs` is no whole number other than 0, or an environment variable is not valid.
        RuntimeError: naming the tasks left, if workers were killed twice.
        Exception: any exception of a task.
    """
    tasks = list(tasks)
    names = [str(task) for task in tasks] if names is None else names
    jobs, context = _place(check_jobs(n_jobs))
    if context is None or len(tasks) < 2:
        pairs = zip(progress(tasks), names, strict=True)
        return [_workers.with_note(function, name, task, *shared) for task, name in pairs]
    return _in_workers(_workers.Work(function, tuple(shared)), tasks, names, jobs, context, progress)


def runs_here(n_jobs: int | None, num_tasks: int) -> bool:
    """Whether `run_all` would run this many tasks one after the other in this process, so that each can be timed."""
    n_jobs = check_jobs(n_jobs)
    return num_tasks < 2 or _place(n_jobs)[1] is None


def check_jobs(n_jobs: Any, argument: str = "n_jobs") -> int | None:
    """A whole number other than 0 as an int, or None; ValueError naming the argument otherwise."""
    try:
        jobs = None if n_jobs is None else check_count(n_jobs, argument, least=-MOST, most=MOST)
    except ValueError:
        jobs = 0
    if jobs == 0:
        expected = "a whole number other than 0: 1 one after the other, -1 as many as there are processors"
        raise ValueError(f"{argument}: expected {expected}, found {n_jobs!r}")
    return jobs


Context = Callable[[np.ndarray], AbstractContextManager[Any]]  # of the bytes that are sent once


def _place(n_jobs: int | None) -> tuple[int | None, Context | None]:
    """How many tasks run at once, and in which context of joblib; None for this process."""
    if n_jobs == 1 or _workers.inside_a_task():
        return 1, None
    backend = joblib.parallel.get_active_backend()[0]
    if hasattr(backend, "client"):
        return n_jobs, lambda sent: _on_dask(backend.client, sent, _said_of(backend))
    jobs = joblib.effective_n_jobs(n_jobs)
    if n_jobs is None and jobs == 1:
        if os.environ.get(CLUSTER):
            client = cluster(os.environ[CLUSTER])
            return None, lambda sent: _on_dask(client, sent, {})
        jobs = joblib.effective_n_jobs(_jobs_of_environment())
    return jobs, None if jobs == 1 else lambda sent: nullcontext()


def _on_dask(client: Any, sent: np.ndarray, arguments: dict[str, Any]) -> AbstractContextManager[Any]:
    """joblib's Dask backend, with the shared bytes on every worker: if one is killed, the others have them."""
    context: AbstractContextManager[Any] = joblib.parallel_config(
        backend="dask", client=client, scatter=[sent], **arguments
    )
    return context


def _said_of(backend: Any) -> dict[str, Any]:
    """The settings of the user's own joblib context for tasks on the cluster."""
    return {"wait_for_workers_timeout": backend.wait_for_workers_timeout, **backend.submit_kwargs}


def _jobs_of_environment() -> int:
    found = os.environ.get(JOBS, "").strip() or "1"
    try:
        value: Any = int(found)
    except ValueError:
        value = found
    return check_jobs(value, JOBS) or 1


@cache
def cluster(address: str) -> Any:
    """The client of a Dask scheduler, one for each address.

    Raises:
        ValueError: if `distributed` is not installed, or no scheduler answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise ValueError(
            f"{CLUSTER}: expected the package distributed, found none; install rbm-lib[cluster], or unset {CLUSTER}"
        ) from None
    try:
        return Client(address, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:  # no answer, or no valid address
        raise ValueError(
            f"{CLUSTER}: expected the address of a running scheduler, as tcp://head:8786, found {address!r} "
            f"({' '.join(str(error).split())}); start it with `dask scheduler`, or unset {CLUSTER}"
        ) from None


def _in_workers(
    work: _workers.Work,
    tasks: list[Any],
    names: Sequence[str],
    jobs: int | None,
    context: Context,
    progress: Callable[[Any], Iterable[Any]],
) -> list[Any]:
    """Results from workers. Tasks of a killed worker run once more, on other workers."""
    sent, found = work.as_array(), {}
    setting = _workers.Setting.of_this_process(work)
    bar = iter(progress(tasks))
    next(bar, None)
    for attempt in (1, 2):
        left = [place for place in range(len(tasks)) if place not in found]
        calls = [
            joblib.delayed(_workers.run)(setting, sent, place, _workers.dumps(tasks[place]), names[place])
            for place in left
        ]
        try:
            with _quiet(), context(sent), closing(_unordered(calls, jobs)) as results:
                for place, result in results:
                    found[place] = work.loads(result)
                    next(bar, None)
            break
        except Exception as error:
            again = isinstance(error, BrokenProcessPool)
            if not again and type(error).__name__ != "KilledWorker":  # Dask's error after several tries of its own
                raise
            if attempt == 2 or not again:
                raise _killed([name for place, name in enumerate(names) if place not in found]) from error
    return [found[place] for place in range(len(tasks))]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without joblib's warning about a worker that stopped after a time without work: the others do the rest."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A worker stopped while some jobs were given to the executor")
        yield


def _unordered(calls: list[Any], jobs: int | None) -> Generator[tuple[int, bytes]]:
    """Results in the order in which they finish; closing the generator ends the workers."""
    parallel = joblib.Parallel(jobs, batch_size=1, pre_dispatch="all", return_as="generator_unordered")
    results: Generator[tuple[int, bytes]] = parallel(calls)
    return results


def _killed(names: list[str]) -> RuntimeError:
    shown = "; ".join(names[:3]) + (f"; and {len(names) - 3} more" if len(names) > 3 else "")
    return RuntimeError(
        f"n_jobs: a worker was killed, and another when its task was begun again, as a system does that has no memory "
        f"left; not finished: {shown}; take fewer workers, n_jobs=1 for none"
    )
