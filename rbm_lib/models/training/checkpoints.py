"""Training that is killed and goes on: the whole state saved as it moves, and `fit` begun again where it stopped."""

import contextlib
import hashlib
import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from rbm_lib._checks import check_count
from rbm_lib._files import folder_lock
from rbm_lib.data import Shards

from .. import feeds
from .checkpoint_files import read_newest, write_checkpoint

# What makes a callback of Keras go on as if nothing had happened; a list of arrays among it goes to the arrays.
CALLBACK_STATE = {
    keras.callbacks.EarlyStopping: ("wait", "best", "best_epoch", "stopped_epoch", "best_weights"),
    keras.callbacks.ReduceLROnPlateau: ("wait", "best", "cooldown_counter"),
    keras.callbacks.ModelCheckpoint: ("best",),
    keras.callbacks.History: ("epoch", "history"),
}


class Checkpoints(keras.callbacks.Callback):
    """Saves the whole state of a training as it goes; `RBM.fit` goes on from the newest whole checkpoint it finds.

    A run that was killed, even inside an epoch or while it saved, and begun again by the same lines, ends with the
    same weights, bit for bit on the same machine, as one that was not. A run that has finished trains no further; with
    more `epochs` it goes on. Whatever weights the model has when `fit` begins, those of the folder take their place.

    Restored are the weights, the chains of PCD, the optimizer (slots, iterations, so a schedule of
    `keras.optimizers.schedules`, and the learning rate), the place in the order of the users, the schedule of k, the
    training accuracy so far, and what `EarlyStopping`, `ReduceLROnPlateau`, `ModelCheckpoint` (its best value) and
    `History` remember; `LearningRateScheduler` needs nothing more. Callbacks of other kinds begin afresh. In an epoch
    that was interrupted, callbacks hear `on_epoch_begin` again, and count its batches from 0 again.

    Args:
        folder: path, made if missing; one run's alone.
        every_batches: int >= 1, also a checkpoint after so many mini-batches of each epoch, or None.
        every_epochs: int >= 1, a checkpoint after so many epochs, or None. The last epoch always leaves one.
        keep: int >= 1, the newest checkpoints to leave on the disk.
    Raises:
        ValueError: for a number out of range. `fit` raises it, naming what differs, if the folder holds the checkpoint
            of another run: another model, optimizer, data, batch size or shuffling. (Changing the validation data or
            the other callbacks makes it no other run.)
        rbm_lib._files.Locked: from `fit`, while another process trains in the folder.
    Example:
        >>> from rbm_lib import Checkpoints
        >>> saves = Checkpoints("run", every_batches=100)  # for model.fit(..., callbacks=[saves])
    """

    def __init__(self, folder, every_batches=None, every_epochs=1, keep=2):
        super().__init__()
        self.folder = Path(folder)
        self.every_batches = every_batches and check_count(every_batches, "every_batches")
        self.every_epochs = every_epochs and check_count(every_epochs, "every_epochs")
        self.keep = check_count(keep, "keep")
        self._clock = self._run = self._restored = None
        self._others, self._done = [], 0

    def begin(self, model, run, others, clock, epochs, initial_epoch):
        """Takes up the folder's run, if there is one; `resuming` calls it.

        Args:
            model: `RBM`, compiled; its variables are set.
            run: dict, what the run must have in common with its checkpoints; see `describe_run`.
            others: list of the other callbacks of this fit.
            clock: `EpochClock`, which is told where to begin.
            epochs, initial_epoch: ints, what `fit` was asked for.
        Returns:
            initial_epoch: int, for Keras; `epochs` if there is nothing left to do.
        """
        self._clock, self._run, self._others = clock, run, others
        self._restored = read_newest(self.folder)
        if self._restored is None:
            return initial_epoch
        path, note, arrays = self._restored
        if run["optimizer"]["learning_rate"] == note["learning_rate"]:  # a model that has trained here before
            run["optimizer"]["learning_rate"] = note["run"]["optimizer"]["learning_rate"]
        check_same_run(path, note["run"], run)
        epoch, batch = note["epoch"], note["batch"]
        needed = epoch + (batch > 0)
        if epochs < needed:
            raise ValueError(f"epochs: expected at least {needed}, as {path} has begun so many, found {epochs}")
        if initial_epoch > epoch:
            raise ValueError(f"initial_epoch: expected at most {epoch}, where {path} goes on, found {initial_epoch}")
        _assign(model, arrays)
        clock.resume(epoch, batch)
        return epochs if _has_stopped(others, note["callbacks"]) else epoch

    def on_train_begin(self, logs=None):
        if self._restored:
            _, note, arrays = self._restored
            _set_callback_states(self._others, note["callbacks"], arrays)

    def on_epoch_begin(self, epoch, logs=None):
        self._done = self._clock.first_batch
        if self._done:  # what other callbacks do when an epoch begins, they had done before the interruption
            _assign(self.model, self._restored[2])

    def on_train_batch_end(self, batch, logs=None):
        self._done = self._clock.first_batch + batch + 1
        if self._done < self.params["steps"]:
            if self.every_batches and self._done % self.every_batches == 0:
                self._save(self._clock.epoch, self._done)
        elif self._clock.first_batch:
            self._clock.close_epoch()

    def on_epoch_end(self, epoch, logs=None):
        if self._done < self.params["steps"]:  # somebody stopped the training inside the epoch
            self._save(epoch, self._done)
        elif (
            (self.every_epochs and (epoch + 1) % self.every_epochs == 0)
            or epoch + 1 == self.params["epochs"]
            or self.model.stop_training
        ):
            self._save(epoch + 1, 0)

    def on_train_end(self, logs=None):
        self._restored = None

    def _save(self, epoch, batch):
        states, arrays = _callback_states(self._others)
        note = {
            "epoch": epoch,
            "batch": batch,
            "run": self._run,
            "learning_rate": _described_optimizer(self.model)["learning_rate"],
            "callbacks": states,
        }
        arrays |= {name: np.asarray(variable) for name, variable in _variables(self.model).items()}
        write_checkpoint(self.folder, epoch, batch, arrays, note, self.keep)


@contextlib.contextmanager
def resuming(model, callbacks, clock, x, batch_size, shuffle, arguments):
    """What `RBM.fit` hands to Keras: with a `Checkpoints` among the callbacks, so that a run goes on where it stopped.

    Args:
        model: `RBM`.
        callbacks: list of callbacks, or None.
        clock: `EpochClock` of this fit.
        x, batch_size, shuffle: as `fit` was given them.
        arguments: dict of the arguments for `keras.Model.fit`.
    Returns:
        A context manager that holds the folder, and yields the callbacks in order and the arguments.
    Raises:
        ValueError: for a folder of another run, or arguments that cannot be taken up again.
    """
    callbacks = list(callbacks or [])
    found = [callback for callback in callbacks if isinstance(callback, Checkpoints)]
    if not found:
        yield [clock, *callbacks], arguments
        return
    _check_resumable(model, found, arguments)
    others = [callback for callback in callbacks if callback not in found]
    if not any(isinstance(callback, keras.callbacks.History) for callback in others):
        others.append(keras.callbacks.History())
    with folder_lock(found[0].folder):
        run = describe_run(model, x, batch_size, shuffle)
        epochs, initial_epoch = arguments.get("epochs", 1), arguments.get("initial_epoch", 0)
        initial_epoch = found[0].begin(model, run, others, clock, epochs, initial_epoch)
        # Last, so that the others have moved on when the state is saved, and begun when it is restored.
        yield [clock, *others, found[0]], arguments | {"initial_epoch": initial_epoch}


def describe_run(model, x, batch_size, shuffle):
    """What two runs must have in common for one to take up the other's checkpoints: a dict that JSON can hold."""
    if isinstance(x, Shards):
        items = hashlib.sha256("\0".join(map(str, x.item_id)).encode()).hexdigest()
        data = {"users_per_shard": x.users_per_shard.tolist(), "num_ratings": x.num_ratings, "items": items}
        data["checksum"] = _checksum_of_files(x.paths)
    elif isinstance(x, tf.data.Dataset):
        raise ValueError(
            "x: expected Ratings, Shards or a pair of arrays with Checkpoints, found a tf.data.Dataset, whose order "
            "does not follow from seed and epoch alone"
        )
    else:
        data = {"checksum": feeds.as_ratings(x, model.num_items, model.units).checksum()}
    config = {name: value for name, value in model.get_config().items() if name != "name"}
    run = {
        "model": config | {"engine": model.engine_in_use.name, "shapes": [list(v.shape) for v in model.weights]},
        "optimizer": _described_optimizer(model),
        "data": data,
        "batch_size": batch_size or feeds.DEFAULT_BATCH_SIZE,
        "shuffle": bool(shuffle),
    }
    return json.loads(json.dumps(run, default=str))


def _checksum_of_files(paths):
    """SHA-256 over what the files hold, in their order, read piece by piece."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def check_same_run(path, there, here):
    """Raises ValueError, naming what differs, unless a checkpoint's run is described as this one."""
    there, here = _flat(there), _flat(here)
    names = [name for name in there | here if there.get(name) != here.get(name)]
    if names:
        found = ", ".join(f"{name} {there.get(name)!r} instead of {here.get(name)!r}" for name in names)
        raise ValueError(f"folder: expected checkpoints of this run, found {path} with {found}; use another folder")


def _check_resumable(model, found, arguments):
    if len(found) > 1:
        raise ValueError(f"callbacks: expected one Checkpoints, found {len(found)}")
    if not model.compiled:
        raise ValueError("model: expected a compiled model, found one without an optimizer; call `compile` first")
    if arguments.get("steps_per_epoch") is not None:
        raise ValueError("steps_per_epoch: expected None with Checkpoints, as an epoch is every user once, found "
                         f"{arguments['steps_per_epoch']!r}")  # fmt: skip
    if model.steps_per_execution != 1:
        raise ValueError(f"steps_per_execution: expected 1 with Checkpoints, found {model.steps_per_execution!r}")


def _described_optimizer(model):
    """Configuration without the name, which Keras counts on; a plain learning rate is the present one."""
    config = {name: value for name, value in model.optimizer.get_config().items() if name != "name"}
    return {"class": type(model.optimizer).__name__, "learning_rate": None} | config


def _variables(model):
    groups = {
        "weight": model.weights,
        "optimizer": model.optimizer.variables,
        "accuracy": model.chain_accuracy.variables,
    }
    return {f"{group}/{place}": variable for group in groups for place, variable in enumerate(groups[group])}


def _assign(model, arrays):
    for name, variable in _variables(model).items():
        variable.assign(arrays[name])


def _callback_states(callbacks):
    """What the callbacks remember, and apart from it the arrays among that, by name."""
    states, arrays = [], {}
    for callback in callbacks:
        kind = _kind(callback)
        if kind is None:
            continue
        state = {name: getattr(callback, name) for name in CALLBACK_STATE[kind]}
        for name in [name for name in state if name.endswith("_weights") and state[name] is not None]:
            named = {f"callback/{len(states)}/{name}/{n}": array for n, array in enumerate(state[name])}
            arrays |= named
            state[name] = list(named)
        states.append({"class": kind.__name__} | state)
    return states, arrays


def _set_callback_states(callbacks, states, arrays):
    for callback, state in _paired(callbacks, states):
        for name in CALLBACK_STATE[_kind(callback)]:
            value = state[name]
            setattr(callback, name, [arrays[part] for part in value] if name.endswith("_weights") and value else value)


def _has_stopped(callbacks, states):
    """Whether an early stopping among the callbacks had lost its patience when the checkpoint was made."""
    return any(
        state["stopped_epoch"] and state["wait"] >= callback.patience
        for callback, state in _paired(callbacks, states)
        if isinstance(callback, keras.callbacks.EarlyStopping)
    )


def _paired(callbacks, states):
    """Each callback with the state of the one of its class that stood at its place among them."""
    states = list(states)
    for callback in callbacks:
        kind = _kind(callback)
        state = next((state for state in states if kind and state["class"] == kind.__name__), None)
        if state:
            states.remove(state)
            yield callback, state


def _kind(callback):
    return next((kind for kind in CALLBACK_STATE if isinstance(callback, kind)), None)


def _flat(nested, prefix=""):
    """A nested dict as one dict, its names joined by dots."""
    flat = {}
    for name, value in nested.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat
