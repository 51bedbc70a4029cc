"""Training that can be interrupted: its whole state is saved at intervals, and `fit` resumes from it."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from rbm_lib._checks import check_count
from rbm_lib._files import folder_lock, sha256_of_file
from rbm_lib.data import Shards
from rbm_lib.workers import Ranks

from .. import feeds
from .callback_state import callback_states, has_stopped, set_callback_states
from .callbacks import EpochClock, Logs
from .checkpoint_files import Restored, read_newest, write_checkpoint
from .divergence import DivergenceWatch, not_finite

if TYPE_CHECKING:
    from ..model import RBM


class Checkpoints(keras.callbacks.Callback):
    """Saves the whole state of a training at intervals; `RBM.fit` resumes from the newest complete checkpoint.

    A run that is killed, even inside an epoch or during a save, and started again by the same lines, ends with the same
    weights as an uninterrupted one, bit for bit on the same computer. A finished run trains no further, unless `epochs`
    is raised. `fit` replaces the model's weights by those of the checkpoint.

    Restored are the weights, the chains of PCD, the optimizer (slots, iterations, so a schedule of
    `keras.optimizers.schedules`, and the learning rate), the position in the order of the users, the schedule of k, the
    training accuracy so far, and the state of `EarlyStopping`, `ReduceLROnPlateau`, `ModelCheckpoint` (its best value)
    and `History`; `LearningRateScheduler` needs nothing more. Other callbacks start anew. When an interrupted epoch is
    resumed, callbacks receive `on_epoch_begin` again, and their batches are numbered from 0 again.

    Args:
        folder: path, made if missing; for one run only.
        every_batches: int >= 1, a checkpoint after so many mini-batches of each epoch as well, or None.
        every_epochs: int >= 1, a checkpoint after so many epochs, or None. The last epoch always writes one.
        keep: int >= 1, how many of the newest checkpoints stay on the disk.
    Raises:
        ValueError: for a number out of range. `fit` raises it, naming what differs, if the folder holds the checkpoint
            of another run: another model, optimizer, data, batch size or shuffling. (The validation data and the other
            callbacks may change.)
        rbm_lib._files.Locked: from `fit`, while another process trains in the folder.
    Example:
        >>> from rbm_lib import Checkpoints
        >>> saves = Checkpoints("run", every_batches=100)  # for model.fit(..., callbacks=[saves])
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        every_batches: int | None = None,
        every_epochs: int | None = 1,
        keep: int = 2,
    ) -> None:
        super().__init__()
        self.folder: Path = Path(folder)
        self.every_batches = None if every_batches is None else check_count(every_batches, "every_batches")
        self.every_epochs = None if every_epochs is None else check_count(every_epochs, "every_epochs")
        self.keep: int = check_count(keep, "keep")
        self._clock: EpochClock = None  # type: ignore[assignment]  # `begin` sets it, and the run
        self._run: dict[str, Any] = {}
        self._restored: Restored = None
        self._others: list[keras.callbacks.Callback] = []
        self._done = 0
        self.writes: bool = True  # but for ranks other than 0

    def begin(
        self,
        model: "RBM",
        run: dict[str, Any],
        others: list[keras.callbacks.Callback],
        clock: EpochClock,
        epochs: int,
        initial_epoch: int,
        restored: Restored,
    ) -> int:
        """Resumes the folder's run, if there is one; `resuming` calls it.

        Args:
            model: `RBM`, compiled; its variables are set.
            run: dict, the properties that the run must share with its checkpoints; see `describe_run`.
            others: list of the other callbacks of this fit.
            clock: `EpochClock`, which is set to the place where training resumes.
            epochs, initial_epoch: ints, the arguments of `fit`.
            restored: the folder's newest checkpoint, as `read_newest` gives it, or None.
        Returns:
            initial_epoch: int, for Keras; `epochs` if there is nothing left to do.
        """
        self._clock, self._run, self._others, self._restored = clock, run, others, restored
        if self._restored is None:
            return initial_epoch
        path, note, arrays = self._restored
        if run["optimizer"]["learning_rate"] == note["learning_rate"]:  # a model that has trained in this folder before
            run["optimizer"]["learning_rate"] = note["run"]["optimizer"]["learning_rate"]
        check_same_run(path, note["run"], run)
        epoch, batch = note["epoch"], note["batch"]
        needed = epoch + (batch > 0)
        if epochs < needed:
            raise ValueError(f"epochs: expected at least {needed}, as {path} has begun so many, found {epochs}")
        if initial_epoch > epoch:
            raise ValueError(f"initial_epoch: expected at most {epoch}, where {path} goes on, found {initial_epoch}")
        _assign(model, note, arrays)
        clock.resume(epoch, batch)
        return epochs if has_stopped(others, note["callbacks"]) else epoch

    def on_train_begin(self, logs: Logs = None) -> None:
        if self._restored:
            _, note, arrays = self._restored
            set_callback_states(self._others, note["callbacks"], arrays)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._done = self._clock.first_batch
        if self._done and self._restored:  # it includes other callbacks' changes at the epoch's start
            _assign(self.model, *self._restored[1:])

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._done = self._clock.first_batch + batch + 1
        if self._done < self.params["steps"]:
            if self.every_batches and self._done % self.every_batches == 0:
                self._save(self._clock.epoch, self._done)
        elif self._clock.first_batch:
            self._clock.close_epoch()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self._done < self.params["steps"]:  # training was stopped inside the epoch
            self._save(epoch, self._done)
        elif (
            (self.every_epochs and (epoch + 1) % self.every_epochs == 0)
            or epoch + 1 == self.params["epochs"]
            or self.model.stop_training
        ):
            self._save(epoch + 1, 0)

    def on_train_end(self, logs: Logs = None) -> None:
        self._restored = None

    def _save(self, epoch: int, batch: int) -> None:
        if not self.writes or not_finite(self.model):
            return  # the previous one stays useful; `DivergenceWatch` ends the training
        states, arrays = callback_states(self._others)
        note = {
            "epoch": epoch,
            "batch": batch,
            "run": self._run,
            "learning_rate": _described_optimizer(self.model)["learning_rate"],
            "callbacks": states,
            "epochs_done": self._clock.order_of(epoch),
            "steps_done": self.model.steps_done,
        }
        arrays |= {name: np.asarray(variable) for name, variable in _variables(self.model).items()}
        write_checkpoint(self.folder, epoch, batch, arrays, note, self.keep)


@contextlib.contextmanager
def resuming(
    model: "RBM",
    callbacks: Iterable[keras.callbacks.Callback] | None,
    clock: EpochClock,
    x: Any,
    batch_size: int | None,
    shuffle: bool,
    arguments: dict[str, Any],
    ranks: Ranks | None = None,
    run: dict[str, Any] | None = None,
) -> Iterator[tuple[list[keras.callbacks.Callback], dict[str, Any]]]:
    """Callbacks and arguments for Keras' `fit`; if a `Checkpoints` is among the callbacks, they resume its run.

    Args:
        model: `RBM`.
        callbacks: list of callbacks, or None.
        clock: `EpochClock` of this fit.
        x, batch_size, shuffle: the arguments of `fit`.
        arguments: dict of the arguments for `keras.Model.fit`.
        ranks: the processes that train together, of which rank 0 reads and writes checkpoints; None for one process.
        run: what `describe_run` gives, if it is known already.
    Returns:
        A context manager that locks the folder, and yields the callbacks in order and the arguments.
    Raises:
        ValueError: for a folder of another run, or arguments with which a run cannot be resumed.
    """
    callbacks = list(callbacks or [])
    found = [callback for callback in callbacks if isinstance(callback, Checkpoints)]
    if not found:
        yield [clock, DivergenceWatch(clock, callbacks), *callbacks], arguments
        return
    _check_resumable(model, found, arguments)
    others = [callback for callback in callbacks if callback not in found]
    if not any(isinstance(callback, keras.callbacks.History) for callback in others):
        others.append(keras.callbacks.History())
    with contextlib.ExitStack() as stack:

        def locked_and_read() -> Restored:
            stack.enter_context(folder_lock(found[0].folder))
            return read_newest(found[0].folder)

        restored = ranks.by_first(locked_and_read, "at the checkpoints") if ranks else locked_and_read()
        run = run or describe_run(model, x, batch_size, shuffle)
        epochs, initial_epoch = arguments.get("epochs", 1), arguments.get("initial_epoch", 0)
        found[0].writes = ranks is None or ranks.rank == 0
        initial_epoch = found[0].begin(model, run, others, clock, epochs, initial_epoch, restored)
        # Last, so that the other callbacks are up to date when the state is saved, and set up when it is restored.
        watch = DivergenceWatch(clock, callbacks)
        yield [clock, watch, *others, found[0]], arguments | {"initial_epoch": initial_epoch}


def describe_run(model: "RBM", x: Any, batch_size: int | None, shuffle: bool) -> dict[str, Any]:
    """The properties that two runs must share for one to resume the other's checkpoints: a JSON-serialisable dict."""
    if isinstance(x, Shards):
        items = hashlib.sha256("\0".join(map(str, x.item_id)).encode()).hexdigest()
        data = {"users_per_shard": x.users_per_shard.tolist(), "num_ratings": x.num_ratings, "items": items}
        data["checksum"] = _checksum_of_files(x.paths)
    elif isinstance(x, tf.data.Dataset):
        raise ValueError(
            "x: expected Ratings, Shards or a pair of arrays with Checkpoints or workers, found a tf.data.Dataset, "
            "whose order does not follow from seed and epoch alone"
        )
    else:
        data = {"checksum": feeds.as_ratings(x, model.num_items, model.units).checksum()}
    config = {name: value for name, value in model.get_config().items() if name != "name"}
    run = {
        "model": config | {"engine": model.engine_in_use.name, "shapes": [list(v.shape) for v in model.weights]},
        "optimizer": _described_optimizer(model),
        "data": data,
        "batch_size": batch_size,
        "shuffle": bool(shuffle),
    }
    return json.loads(json.dumps(run, default=str))


def _checksum_of_files(paths: Iterable[Path]) -> str:
    """SHA-256 over the contents of the files, in their order, read in pieces."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(bytes.fromhex(sha256_of_file(path)))
    return digest.hexdigest()


def check_same_run(path: Path, there: dict[str, Any], here: dict[str, Any]) -> None:
    """Raises ValueError, naming what differs, unless a checkpoint's run has the same description as this one."""
    there, here = flat(there), flat(here)
    names = [name for name in there | here if there.get(name) != here.get(name)]
    if names:
        found = ", ".join(f"{name} {there.get(name)!r} instead of {here.get(name)!r}" for name in names)
        raise ValueError(f"folder: expected checkpoints of this run, found {path} with {found}; use another folder")


def _check_resumable(model: "RBM", found: list[Checkpoints], arguments: dict[str, Any]) -> None:
    if len(found) > 1:
        raise ValueError(f"callbacks: expected one Checkpoints, found {len(found)}")
    if not model.compiled:
        raise ValueError("model: expected a compiled model, found one without an optimizer; call `compile` first")
    if arguments.get("steps_per_epoch") is not None:
        raise ValueError("steps_per_epoch: expected None with Checkpoints, as an epoch is every user once, found "
                         f"{arguments['steps_per_epoch']!r}")  # fmt: skip
    if model.steps_per_execution != 1:
        raise ValueError(f"steps_per_execution: expected 1 with Checkpoints, found {model.steps_per_execution!r}")


def _described_optimizer(model: "RBM") -> dict[str, Any]:
    """Configuration without the name, in which Keras counts optimizers; a plain learning rate is the current one."""
    config = {name: value for name, value in model.optimizer.get_config().items() if name != "name"}
    return {"class": type(model.optimizer).__name__, "learning_rate": None} | config


def _variables(model: "RBM") -> dict[str, Any]:
    groups = {
        "weight": model.weights,
        "optimizer": model.optimizer.variables,
        "accuracy": model.chain_accuracy.variables,
        "loss": model.training_metrics.loss.variables,
    }
    return {f"{group}/{place}": variable for group in groups for place, variable in enumerate(groups[group])}


def _assign(model: "RBM", note: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    for name, variable in _variables(model).items():
        if name in arrays or not name.startswith("loss/"):  # older checkpoints have no loss and no counts
            variable.assign(arrays[name])
    model.epochs_done = note.get("epochs_done", note["epoch"])
    model.steps_done = note.get("steps_done", int(arrays["optimizer/0"]))


def flat(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested dict as a flat one, its keys joined by dots."""
    found: dict[str, Any] = {}
    for name, value in nested.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return found
