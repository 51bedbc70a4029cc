"""`fit` over several processes: what must be the same on all of them, and what rank 0 alone does."""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from rbm_lib.workers import Ranks

from .callbacks import EpochClock, Logs
from .checkpoints import Checkpoints, describe_run, flat, resuming
from .divergence import blocks_of

if TYPE_CHECKING:
    from ..model import RBM

# Callbacks of Keras that write files or send messages, and do nothing to the training.
WRITERS = (
    keras.callbacks.CSVLogger,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.RemoteMonitor,
    keras.callbacks.TensorBoard,
)


def failing_together(workers: Ranks | None) -> contextlib.AbstractContextManager[None]:
    """`Ranks.failing_together`, or nothing for None; ValueError for anything else.

    Args:
        workers: the argument of `fit`.
    """
    if workers is None:
        return contextlib.nullcontext()
    if not isinstance(workers, Ranks):
        raise ValueError(f"workers: expected rbm_lib.workers.mpi() or None, found {workers!r}")
    return workers.failing_together()


@contextlib.contextmanager
def spread_over(
    workers: Ranks | None,
    model: RBM,
    callbacks: Iterable[keras.callbacks.Callback] | None,
    clock: EpochClock,
    x: Any,
    batch_size: int,
    shuffle: bool,
    arguments: dict[str, Any],
) -> Iterator[tuple[list[keras.callbacks.Callback], dict[str, Any]]]:
    """As `checkpoints.resuming`, for a training over several processes.

    Args:
        workers: `Ranks`, or None for one process.
        model, callbacks, clock, x, batch_size, shuffle, arguments: as `resuming` takes them.
    Returns:
        A context manager that yields the callbacks and arguments for Keras' `fit` in this process.
    Raises:
        ValueError: on all ranks, for a model or callbacks that cannot be spread, or if the ranks' data or settings
            differ.
    """
    if workers is None or workers.size == 1:
        with resuming(model, callbacks, clock, x, batch_size, shuffle, arguments) as found:
            yield found
        return
    callbacks = list(callbacks or [])
    run = _same_run(workers, model, callbacks, x, batch_size, shuffle, arguments)
    callbacks = [one for one in callbacks if workers.rank == 0 or not isinstance(one, WRITERS)]
    callbacks.append(_SameEverywhere(workers))
    arguments = arguments if workers.rank == 0 else arguments | {"verbose": 0}
    model.engine_in_use.ranks = workers
    try:
        with resuming(model, callbacks, clock, x, batch_size, shuffle, arguments, workers, run) as found:
            yield found
        workers.of_all(None, "after the training")
    finally:
        model.engine_in_use.ranks = None


def validated(workers: Ranks, evaluate: Callable[[], Any], callbacks: keras.callbacks.Callback) -> Any:
    """The logs of a validation inside `fit`: rank 0 evaluates, all get what it found.

    Args:
        workers: `Ranks`.
        evaluate: makes the logs; it calls the callbacks of rank 0.
        callbacks: Keras' list of callbacks, which hears of the validation on the other ranks too.
    """
    if workers.rank:
        callbacks.on_test_begin()
    logs = workers.by_first(evaluate, "at the validation")
    if workers.rank:
        callbacks.on_test_end(logs)
    return logs


class _SameEverywhere(keras.callbacks.Callback):
    """Compares the ranks' weights after every epoch, and stops the training on all ranks where rank 0 stops."""

    def __init__(self, workers: Ranks) -> None:
        super().__init__()
        self.workers = workers

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        found = self.workers.of_all((digest(self.model.weights), self.model.stop_training), "at the end of an epoch")
        self.model.stop_training = found[0][1]
        _refuse_differences(
            [{"weights": one} for one, _ in found],
            f" after epoch {epoch + 1}; a callback changed them on some ranks, or their processors or versions differ",
        )


def digest(variables: Iterable[keras.Variable]) -> str:
    """CRC-32 over the values of variables, in hexadecimal."""
    found = 0
    for variable in variables:
        for block in blocks_of(variable):
            found = zlib.crc32(np.ascontiguousarray(block).data, found)
    return f"{found:08x}"


def _same_run(
    workers: Ranks,
    model: RBM,
    callbacks: list[keras.callbacks.Callback],
    x: Any,
    batch_size: int,
    shuffle: bool,
    arguments: dict[str, Any],
) -> dict[str, Any]:
    """The description of the run for checkpoints; ValueError, on all ranks, if it cannot be spread or ranks differ."""
    try:
        _check_spreadable(model, callbacks)
        run = describe_run(model, x, batch_size, shuffle)
        said = flat(run) | {
            "weights": digest(model.weights),
            "optimizer.state": digest(model.optimizer.variables),
            "epochs_done": model.epochs_done,
            "steps_done": model.steps_done,
            "checkpoints": any(isinstance(one, Checkpoints) for one in callbacks),
            "validation_data": "none" if arguments.get("validation_data") is None else "given",
            **{name: arguments.get(name) for name in ("epochs", "initial_epoch", "steps_per_epoch", "validation_freq")},
            "steps_per_execution": model.steps_per_execution,
            "keras": keras.__version__,
        }
    except ValueError as error:
        workers.of_all(error, "at the beginning")
        raise
    found = workers.of_all(said, "at the beginning")
    for rank, one in enumerate(found):
        if isinstance(one, ValueError):
            raise ValueError(f"rank {rank}: {one}")
    _refuse_differences(found, "; give every rank the same")
    return run


def _check_spreadable(model: RBM, callbacks: list[keras.callbacks.Callback]) -> None:
    """Raises ValueError for a model or callbacks that several processes cannot train."""
    if model.engine_in_use.name != "sparse":
        raise ValueError(
            f"workers: expected the sparse engine, found the dense one, with {model.units.name} units; make the model "
            "with engine='sparse', or fit without workers"
        )
    if any(isinstance(one, keras.callbacks.BackupAndRestore) for one in callbacks):
        raise ValueError(
            "callbacks: expected Checkpoints with workers, found BackupAndRestore, which restores each rank on its own"
        )


def _refuse_differences(found: list[dict[str, Any]], way_out: str) -> None:
    """Raises ValueError, naming what differs, unless all ranks say the same as rank 0."""
    plain = [{name: re.sub(r" at 0x[0-9a-f]+", "", repr(value)) for name, value in one.items()} for one in found]
    for rank, one in enumerate(plain):
        names = [name for name in plain[0] | one if plain[0].get(name) != one.get(name)]
        if names:
            first = names[0]
            others = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
            raise ValueError(
                f"workers: expected the same {first} on all ranks, found {plain[0].get(first)} on rank 0 and "
                f"{one.get(first)} on rank {rank}{others}{way_out}"
            )
