"""A run that is killed and begun again ends as one that was not; and whatever would spoil that is refused."""

import json
import os
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest
from support import checkpoint_making as making
from support.checkpoint_making import BATCH_SIZE, NUM_USERS, InMemory

from rbm_lib.data import batches
from rbm_lib.models.training.checkpoint_files import checkpoint_paths
from rbm_lib.models.training.checkpoints import Checkpoints
from rbm_lib.models.units.softmax import Softmax

# Where each run is killed, in the order of its processes; the tests themselves are the last process, which finishes.
DEATHS = {
    "chains": [("savez", 2), (1, None), ("replace", 2)],
    "on_disk": [(0, 4), ("fsync", 4), (2, 3)],
}


def assert_same_state(first, second):
    for left, right in zip(making.state(first), making.state(second), strict=True):
        np.testing.assert_array_equal(left, right)


def places(names):
    """(epoch, batch) of the checkpoints among the names of files, the oldest first."""
    parts = [name.split("-") for name in sorted(names) if name.startswith("epoch-")]
    return [(int(epoch), int(batch)) for _, epoch, _, batch, _ in parts]


@pytest.fixture(scope="module")
def killed_runs(tmp_path_factory):
    """Folders of both runs, killed one process after another; and how each process ended and what it left there."""
    folders = {name: str(tmp_path_factory.mktemp(name)) for name in DEATHS}
    for name, folder in folders.items():
        making.RUNS[name](folder)  # so that the shards are there
    command = [sys.executable, making.__file__, json.dumps(DEATHS), json.dumps(folders)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    left = {name: [] for name in DEATHS}
    for name, status, files in map(json.loads, ended.stdout.splitlines()):
        assert status == -signal.SIGKILL, ended.stderr
        left[name].append(files)
    return folders, left


@pytest.mark.parametrize("name", list(DEATHS))
def test_a_killed_run_ends_as_one_that_was_not(killed_runs, name):
    folder = killed_runs[0][name]
    run = making.RUNS[name](folder)
    whole, resumed = run.model(), run.model()
    history = making.fit(run, whole).history
    found = making.fit(run, resumed, os.path.join(folder, "checkpoints")).history
    assert found == history  # the accuracy of interrupted epochs too
    assert_same_state(whole, resumed)
    if name == "on_disk":  # the callbacks had something to remember: the best epoch was over when the last process died
        assert np.argmin(history["val_log_loss"]) == 1
        assert history["learning_rate"][3] < 0.8 * history["learning_rate"][2]


def test_the_runs_were_killed_where_it_matters(killed_runs):
    """Inside an epoch, between two, and with a file half written, written and not named, named and not yet tidied."""
    left = killed_runs[1]
    assert [places(files) for files in left["chains"]] == [[(0, 2)], [(0, 4), (1, 0)], [(1, 0), (1, 2)]]
    assert [".being-written" in files for files in left["chains"]] == [True, False, True]
    assert [places(files) for files in left["on_disk"]] == [
        [(0, 2), (0, 4)],
        [(0, 4), (1, 0), (1, 2)],
        [(2, 0), (2, 2)],
    ]


class Interrupter(making.Killer):
    """Stops a run as Ctrl-C does, which this process outlives."""

    def strike(self):
        raise KeyboardInterrupt


def interrupted(run, folder, at, **arguments):
    """Trains a model of that run until it is interrupted at (epoch, batch)."""
    with pytest.raises(KeyboardInterrupt):
        making.fit(run, run.model(), folder, [Interrupter(*at)], **arguments)


STARS = (0.5, 2.0, 3.5)
HALF_STARS = Softmax(STARS)
MEMBERS = {
    "bernoulli, sparse, plain descent": {"engine": "sparse", "optimizer": lambda: keras.optimizers.SGD(0.1)},
    "bernoulli, centred, dense, chains": {"engine": "dense", "centred": True, "persistent_chains": NUM_USERS},
    "bernoulli, conditional, averaged": {
        "conditional": True,
        "optimizer": lambda: keras.optimizers.AdamW(0.05, use_ema=True, ema_overwrite_frequency=4),
    },
    "softmax, sparse, chains": {"values": STARS, "units": HALF_STARS, "persistent_chains": NUM_USERS},
    "ordinal, conditional": {"values": (1, 2, 3, 4, 5), "units": "ordinal", "conditional": True},
}


@pytest.mark.parametrize("member", list(MEMBERS))
def test_every_member_of_the_family_goes_on(tmp_path, member):
    run = InMemory(**MEMBERS[member])
    whole, resumed = run.model(), run.model()
    making.fit(run, whole, epochs=2)
    interrupted(run, tmp_path, (1, 3), epochs=2)
    making.fit(run, resumed, tmp_path, epochs=2)
    assert_same_state(whole, resumed)


@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_that_were_done_are_not_made_again(tmp_path, monkeypatch, shuffle):
    """By their numbers, counted over all epochs: how far ahead a thread has made some does not matter."""
    made, numbered = [], batches._numbered

    def counting(*arguments):
        make, num_batches = numbered(*arguments)

        def noted(number):
            made.append(number)
            return make(number)

        return noted, num_batches

    run = InMemory()
    interrupted(run, tmp_path, (0, 4), epochs=1, shuffle=shuffle)
    monkeypatch.setattr(batches, "_numbered", counting)
    making.fit(run, run.model(), tmp_path, epochs=1, shuffle=shuffle)
    assert made[:2] == [4, 5]
    assert made == list(range(4, 4 + len(made)))


def test_a_torn_checkpoint_costs_time_and_nothing_else(tmp_path):
    run = InMemory()
    whole, resumed = run.model(), run.model()
    making.fit(run, whole, epochs=2)
    interrupted(run, tmp_path, (1, 4), epochs=2)
    newest = checkpoint_paths(tmp_path)[-1]
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 16
    newest.write_bytes(content)
    with pytest.warns(UserWarning, match=f"{newest.name}: .* the checkpoint is torn"):
        making.fit(run, resumed, tmp_path, epochs=2)
    assert_same_state(whole, resumed)


def test_more_epochs_go_on(tmp_path):
    run = InMemory()
    whole, parts = run.model(), run.model()
    history = making.fit(run, whole, epochs=3).history
    for epochs in (1, 3):
        found = making.fit(run, parts, tmp_path, epochs=epochs)
    assert (found.history, found.epoch) == (history, [0, 1, 2])
    assert_same_state(whole, parts)


def test_a_run_that_somebody_stopped_inside_an_epoch_goes_on_there(tmp_path):
    class Enough(making.Killer):
        def strike(self):
            self.model.stop_training = True

    run = InMemory()
    whole, resumed = run.model(), run.model()
    making.fit(run, whole, epochs=2)
    making.fit(run, resumed, tmp_path, [Enough(1, 2)], epochs=2)
    assert places(os.listdir(tmp_path))[-1] == (1, 3)
    making.fit(run, resumed, tmp_path, epochs=2)
    assert_same_state(whole, resumed)


def test_checkpoints_come_when_asked_for(tmp_path):
    run = InMemory()
    for name, options, expected in [
        ("every other, and the last", {"every_epochs": 2, "keep": 7}, [(2, 0), (3, 0)]),
        ("batches only, and the last", {"every_epochs": None, "every_batches": 5, "keep": 7},
         [(0, 5), (1, 5), (2, 5), (3, 0)]),
        ("two", {"every_batches": 1}, [(2, 5), (3, 0)]),
    ]:  # fmt: skip
        run.model().fit(
            run.x, batch_size=BATCH_SIZE, epochs=3, callbacks=[Checkpoints(tmp_path / name, **options)], verbose=0
        )
        assert places(os.listdir(tmp_path / name)) == expected, name
