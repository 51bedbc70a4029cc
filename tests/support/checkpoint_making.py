"""Runs that are made to be killed, by the tests of the checkpoints and, as a program, in processes of their own."""

import json
import os
import signal
import sys

import keras
import numpy as np

from rbm_lib.data.ratings import Ratings
from rbm_lib.data.shards import Shards, write_shards
from rbm_lib.models.model import RBM
from rbm_lib.models.training.checkpoints import Checkpoints
from rbm_lib.splits.held_out import random_n

NUM_USERS, NUM_ITEMS, NUM_HIDDEN = 23, 7, 3
BATCH_SIZE, NUM_BATCHES = 4, 6
EPOCHS = 4


def made_ratings(values=(0, 1)):
    """23 users, 7 films, more than half of them rated; everybody has rated a film or two."""
    rng = np.random.default_rng(5)
    observed_mask = rng.random((NUM_USERS, NUM_ITEMS)) < 0.6
    observed_mask[:, :2] = True
    return Ratings.from_dense(rng.choice(values, (NUM_USERS, NUM_ITEMS)).astype(np.float32), observed_mask)


class Chains:
    """A run whose state is spread widest: stars, chains, a schedule of k, and Adam on a schedule of its own."""

    def __init__(self, folder):
        self.x, self.validation_data = made_ratings((1, 2, 3, 4, 5)), None

    def model(self):
        options = {"units": "ordinal", "conditional": True, "persistent_chains": NUM_USERS, "cd_steps": {0: 1, 1: 2}}
        model = RBM(NUM_ITEMS, NUM_HIDDEN, seed=2, weight_decay=0.01, **options)
        model.compile(keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.05, 7, 0.8)))
        return model

    def callbacks(self):
        return []


class OnDisk:
    """A run on shards, with momentum, and with callbacks that remember: two of the learning rate, one that stops."""

    def __init__(self, folder):
        self.validation_data = random_n(made_ratings(), 1, seed=1, more_than=1)
        shards = os.path.join(folder, "shards")
        self.x = Shards(shards) if os.path.exists(shards) else write_shards(self.validation_data.inputs, shards, 5)

    def model(self):
        model = RBM(NUM_ITEMS, NUM_HIDDEN, seed=3, cd_steps=2)
        model.compile(keras.optimizers.SGD(0.9, momentum=0.9))
        return model

    def callbacks(self):
        worse = {"monitor": "val_log_loss", "mode": "min"}
        return [
            keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.9 * rate),
            keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.7, **worse),
            keras.callbacks.EarlyStopping(patience=EPOCHS, restore_best_weights=True, **worse),
        ]


class InMemory:
    """A run without callbacks of a model with the given options; a Bernoulli one trained by Adam."""

    def __init__(self, values=(0, 1), optimizer=None, centred=False, validated=False, **options):
        split = random_n(made_ratings(values), 1, seed=1, more_than=1)
        self.x, self.validation_data = split.inputs, split if validated else None
        self.options, self.centred = options, centred
        self.optimizer = optimizer or (lambda: keras.optimizers.Adam(0.05))

    def model(self):
        model = RBM(NUM_ITEMS, NUM_HIDDEN, **({"seed": 2} | self.options))
        if self.centred:
            model.initialize_from_base_rates(self.x, centred=True)
        model.compile(self.optimizer())
        return model

    def callbacks(self):
        return []


RUNS = {"chains": Chains, "on_disk": OnDisk}


class Killer(keras.callbacks.Callback):
    """Kills its own process, by SIGKILL, after a batch `(epoch, batch)`; or when an epoch begins, with batch None."""

    def __init__(self, epoch, batch):
        super().__init__()
        self.at = (epoch, batch)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        if self.at == (epoch, None):
            self.strike()

    def on_train_batch_end(self, batch, logs=None):
        if self.at == (self.epoch, batch):
            self.strike()

    def strike(self):
        os.kill(os.getpid(), signal.SIGKILL)


def fit(run, model, folder=None, callbacks=(), epochs=EPOCHS, **arguments):
    """Trains a run's model, with checkpoints every other batch if there is a folder; returns Keras' `History`."""
    keepers = [] if folder is None else [Checkpoints(folder, every_batches=2)]
    arguments = {"batch_size": BATCH_SIZE, "validation_data": run.validation_data, "verbose": 0} | arguments
    return model.fit(run.x, epochs=epochs, callbacks=[*keepers, *run.callbacks(), *callbacks], **arguments)


def state(model):
    """All that training moves: the arrays of the model and of its optimizer."""
    return [np.array(variable) for variable in (*model.weights, *model.optimizer.variables)]


def killing(function, calls):
    """The same function, which kills the process when it is called for the last of so many times."""
    remaining = [calls]

    def deadly(*arguments, **named):
        remaining[0] -= 1
        if remaining[0] == 0:
            if function is np.savez:  # leaves half a file
                arguments[0].write(b"PK\x03\x04" + bytes(97))
                arguments[0].flush()
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)

    return deadly


def train_and_die(name, folder, death):
    """Trains, and dies: after a batch `[epoch, batch]`, or at the n-th call of a function, as in `["replace", 3]`."""
    run = RUNS[name](folder)
    killers = []
    match death:
        case ["replace", calls]:
            os.replace = killing(os.replace, calls)
        case ["fsync", calls]:
            os.fsync = killing(os.fsync, calls)
        case ["savez", calls]:
            np.savez = killing(np.savez, calls)
        case [epoch, batch]:
            killers = [Killer(epoch, batch)]
    fit(run, run.model(), os.path.join(folder, "checkpoints"), killers)


def main(deaths, folders):
    """One process a death, one after another; prints how each ended and what it left, as a line of JSON.

    They are forked from this process, where TensorFlow is imported and nothing of it has run yet, because importing it
    takes longer than all the rest.
    """
    for name, death in ((name, death) for name, several in deaths.items() for death in several):
        child = os.fork()
        if not child:
            train_and_die(name, folders[name], death)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps([name, status, sorted(os.listdir(os.path.join(folders[name], "checkpoints")))]), flush=True)


if __name__ == "__main__":
    main(*map(json.loads, sys.argv[1:]))
