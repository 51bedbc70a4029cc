"""A run with `RowAdam` that was interrupted, saved or pickled goes on bit for bit; and what a step of it writes."""

import os
import pickle
from pathlib import Path

import keras
import numpy as np
import pytest
from support import checkpoint_making as making
from support.checkpoint_making import NUM_USERS, InMemory

from rbm_lib import RowAdam, load_model
from rbm_lib.models.engines import sparse as engine
from rbm_lib.models.model import RBM
from rbm_lib.models.training import row_adam
from rbm_lib.models.units.softmax import Softmax

STARS = (0.5, 2.0, 3.5)
RUNS = {
    "likes": {"engine": "sparse"},
    "dense": {"engine": "dense", "weight_decay": 0.01},
    "stars": {"values": STARS, "units": Softmax(STARS), "conditional": True, "persistent_chains": NUM_USERS},
}


@pytest.mark.parametrize("kind", RUNS)
@pytest.mark.parametrize("small", [0, 10**9])
def test_a_run_that_was_interrupted_goes_on_bit_for_bit(tmp_path, monkeypatch, kind, small):
    for place in (row_adam, engine):  # what is smaller is written whole
        monkeypatch.setattr(place, "SMALL", small)

    class Interrupter(making.Killer):
        def strike(self):
            raise KeyboardInterrupt

    schedule = keras.optimizers.schedules.ExponentialDecay(0.05, 7, 0.8)
    run = InMemory(**RUNS[kind], optimizer=lambda: RowAdam(schedule, gradient_accumulation_steps=2, clipnorm=1.0))
    whole, resumed = run.model(), run.model()
    making.fit(run, whole, epochs=2)
    with pytest.raises(KeyboardInterrupt):
        making.fit(run, run.model(), tmp_path, [Interrupter(1, 3)], epochs=2)
    making.fit(run, resumed, tmp_path, epochs=2)
    for found, expected in zip(making.state(resumed), making.state(whole), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_saved_model_and_a_pickled_one_go_on_bit_for_bit(tmp_path):
    run = InMemory(optimizer=lambda: RowAdam(0.05, beta_1=0.8))
    model = run.model()
    making.fit(run, model, epochs=1)
    model.save(tmp_path / "saved.keras")
    copies = [load_model(tmp_path / "saved.keras"), pickle.loads(pickle.dumps(model))]
    for one in (model, *copies):
        making.fit(run, one, epochs=2, initial_epoch=1)
        assert isinstance(one.optimizer, RowAdam)
        assert one.optimizer.beta_1 == 0.8
        for found, expected in zip(making.state(one), making.state(model), strict=True):
            np.testing.assert_array_equal(found, expected)


def step_of(model, users):
    """One step on one user who rated these films."""
    splits = np.array([0, len(users)])
    batch = {"row_splits": splits, "item_index": np.int32(users), "user_index": np.zeros(1, np.int32)}
    model.train_on_batch(batch | {"rating": np.ones(len(users), np.float32)})


def told(name):
    """A line of what Linux says of this process's memory, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])


def grown(make, num_items):
    """Bytes that the process grows by in three steps of about 1,000 films, at its highest."""
    model = RBM(num_items, 61, engine="sparse", seed=1)
    model.compile(make(0.1))
    model.optimizer.build(model.moving)
    before = told("VmRSS:")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    for number in (3, 5, 7):
        step_of(model, np.arange(number, num_items, num_items // 1000))
    return told("VmHWM:") - before


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the peak cannot be set back")
@pytest.mark.parametrize(("name", "whole"), [("RowAdam", False), ("SGD", False), ("Adam", True)])
def test_steps_write_nothing_of_films_by_hidden_units(name, whole):
    """500,009 films and 61 hidden units are 122 MB, which Adam's gradients take; the rows of 1,000 films are 0.2 MB."""
    make = {"RowAdam": RowAdam, "SGD": keras.optimizers.SGD, "Adam": keras.optimizers.Adam}[name]
    grown(make, 20_011)  # what it takes to compile is no part of the matter
    assert (grown(make, 500_009) > 100e6) == whole
