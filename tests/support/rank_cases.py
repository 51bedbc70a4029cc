"""Trainings over several processes; as a program, started by `mpiexec`, it runs them and prints JSON."""

import hashlib
import json
import sys
from pathlib import Path

import keras
import numpy as np
from support import checkpoint_making as making

from rbm_lib import RBM, RowAdam
from rbm_lib.workers import mpi

STARS = (1, 2, 3, 4, 5)


def in_memory(**options):
    return lambda folder: making.InMemory(**options)


# Runs, each with its number of users in a mini-batch: 23 users, so that the last batch has one or three.
CASES = {
    "likes, small batches": (in_memory(engine="sparse", optimizer=lambda: keras.optimizers.SGD(0.1)), 2),
    "stars, conditional, rows": (in_memory(values=STARS, units="ordinal", conditional=True, optimizer=RowAdam), 11),
    "user biases": (
        in_memory(values=STARS, units="polynomial", user_bias=2, centred=True, optimizer=RowAdam, hidden_offset=0.5),
        7,
    ),
    "stars, conditional, chains": (making.Chains, making.BATCH_SIZE),
    "likes on disk, validated": (making.OnDisk, making.BATCH_SIZE),
}
FOR_TWO = ("stars, conditional, rows", "user biases")  # not for three ranks: tests/sparse/test_spread.py has those
WRITING = "likes, small batches"  # whose callbacks write files
KILLED, DEATH = "stars, conditional, chains", (1, 2)


def cases_for(size):
    """The names of the cases that so many ranks run."""
    return [name for name in CASES if size <= 2 or name not in FOR_TWO]


def trained(name, folder, workers=None, checkpoints=None, callbacks=()):
    """SHA-256 of all that a training moves, and of its history."""
    make, batch_size = CASES[name]
    run = make(str(folder))
    model = run.model()
    history = making.fit(run, model, checkpoints, callbacks, batch_size=batch_size, workers=workers).history
    digest = hashlib.sha256(repr(sorted(history.items())).encode())
    for array in making.state(model):
        digest.update(array.tobytes())
    return digest.hexdigest()


class Dying(making.Killer):
    """Kills its process, after it has written so."""

    def __init__(self, at, note):
        super().__init__(*at)
        self.note = note

    def strike(self):
        self.note.touch()
        super().strike()


class Stopping(keras.callbacks.Callback):
    """Stops the training after a batch of its first epoch, or with None at the end of that epoch."""

    def __init__(self, at):
        super().__init__()
        self.at = at

    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = batch == self.at

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = self.at is None


class Changing(keras.callbacks.Callback):
    """Changes one number of the model after an epoch."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.rbm_layer.hidden_bias.assign_add([1e-6, 0, 0])


def writers(folder, workers):
    """Callbacks that write files, by the name of the rank that was told to."""
    own = folder / f"rank-{workers.rank}"
    return [keras.callbacks.CSVLogger(own), keras.callbacks.ModelCheckpoint(str(own) + ".keras")]


def refused(call):
    """What is said against a training, or how long it was."""
    try:
        return f"{call()} epochs"
    except ValueError as error:
        return str(error)


def refusals(workers):
    """What is said on this rank against trainings that ranks cannot do together, by what is wrong."""
    rank, one = workers.rank, making.InMemory()

    def fit(x=one.x, callbacks=(), batch_size=4, start=0.0, engine="sparse"):
        model = RBM(making.NUM_ITEMS, 3, seed=1, engine=engine)
        model.rbm_layer.hidden_bias.assign(np.full(3, start))
        model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)  # sooner done than a graph is made
        common = {"epochs": 2, "verbose": 0, "workers": workers}
        return len(model.fit(x, batch_size=batch_size, callbacks=list(callbacks), **common).epoch)

    other = one.x.take_users(np.arange(1, making.NUM_USERS))
    calls = {
        "data": lambda: fit(other if rank else one.x),
        "settings": lambda: fit(batch_size=4 + rank),
        "weights": lambda: fit(start=0.1 * rank),
        "dense": lambda: fit(engine="dense"),
        "one dense": lambda: fit(engine="dense" if rank else "sparse"),
        "dataset": lambda: fit(one.x.to_dataset(4)),
        "backup": lambda: fit(callbacks=[keras.callbacks.BackupAndRestore("nowhere")]),
        "stopped alone": lambda: fit(callbacks=[Stopping(1)] if rank else []),
        "changed alone": lambda: fit(callbacks=[Changing()] if rank else []),
        "stopped by rank 0": lambda: fit(callbacks=[] if rank else [Stopping(None)]),
        "stopped by rank 1": lambda: fit(callbacks=[Stopping(None)] if rank else []),
    }
    return {name: refused(call) for name, call in calls.items()}


def main(folder):
    """Every case; a killed run that is begun again; refusals: a line of JSON from each rank."""
    workers = mpi()
    found = {"rank": workers.rank}
    files = folder / f"files-{workers.size}"
    for name in cases_for(workers.size):
        callbacks = writers(files, workers) if name == WRITING else []
        found[name] = trained(name, folder, workers, callbacks=callbacks)
    found["begun again"] = trained(KILLED, folder, workers, folder / f"killed-{workers.size}")
    found["files"] = sorted(file.name for file in files.glob("rank-*"))
    found["refusals"] = refusals(workers) if workers.size == 2 else {}
    print(json.dumps(found) + "\n", end="", flush=True)


def die(folder):
    """A training with checkpoints whose rank 1 is killed."""
    workers = mpi()
    callbacks = [Dying(DEATH, folder / "dying")] if workers.rank == 1 else []
    trained(KILLED, folder, workers, folder / "killed", callbacks)


if __name__ == "__main__":
    {"main": main, "die": die}[sys.argv[1]](Path(sys.argv[2]))
