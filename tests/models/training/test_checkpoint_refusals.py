"""A folder is taken up by the run it belongs to, by one process at a time, and by none that cannot end as it would."""

import os
import shutil
from dataclasses import replace

import keras
import numpy as np
import pytest
from support import checkpoint_making as making
from support.checkpoint_making import BATCH_SIZE, NUM_BATCHES, NUM_HIDDEN, NUM_ITEMS, InMemory, OnDisk

from rbm_lib._files import Locked, folder_lock
from rbm_lib.data.shards import Shards, write_shards
from rbm_lib.models.model import RBM
from rbm_lib.models.training.checkpoints import Checkpoints


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder in which one epoch of `InMemory()` is done, and its history."""
    folder = tmp_path_factory.mktemp("finished")
    run = InMemory()
    return folder, making.fit(run, run.model(), folder, epochs=1).history


def test_a_finished_run_trains_no_further(finished):
    folder, history = finished
    before = sorted(os.listdir(folder))
    model = InMemory().model()
    again = making.fit(InMemory(), model, folder, epochs=1)
    assert (again.history, again.epoch) == (history, [0])
    assert model.optimizer.iterations == NUM_BATCHES
    assert sorted(os.listdir(folder)) == before


@pytest.mark.parametrize(
    ("other", "arguments", "message"),
    [
        ({}, {"batch_size": 5}, "batch_size 4 instead of 5"),
        ({}, {"shuffle": False}, "shuffle True instead of False"),
        ({"seed": 3}, {}, "model.seed 2 instead of 3"),
        ({"weight_decay": 0.5}, {}, "model.weight_decay 0.0 instead of 0.5"),
        ({"cd_steps": {0: 1, 5: 2}}, {}, "model.cd_steps"),
        ({"persistent_chains": 29}, {}, "model.persistent_chains 0 instead of 29"),
        ({"engine": "dense"}, {}, "model.engine 'sparse' instead of 'dense'"),
        ({"optimizer": lambda: keras.optimizers.SGD(0.05)}, {}, "optimizer.class 'Adam' instead of 'SGD'"),
        ({"optimizer": lambda: keras.optimizers.Adam(0.25)}, {}, r"optimizer.learning_rate 0\.05.* instead of 0.25"),
        ({"optimizer": lambda: keras.optimizers.Adam(0.05, beta_1=0.5)}, {}, "optimizer.beta_1 0.9 instead of 0.5"),
    ],
)
def test_a_folder_of_another_run_is_refused(finished, other, arguments, message):
    folder, _ = finished
    run = InMemory(**({"engine": "sparse"} | other))
    model = run.model()
    before = model.get_weights()
    with pytest.raises(ValueError, match=f"folder: expected checkpoints of this run, found .*{message}"):
        making.fit(run, model, folder, epochs=2, **arguments)
    for left, right in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_other_data_are_refused(finished, tmp_path):
    run = InMemory()
    changed = run.x.rating.copy()
    changed[3] = 1 - changed[3]
    data = {
        "checksum": replace(run.x, rating=changed),
        "users_per_shard": write_shards(run.x, tmp_path / "shards", 3),
    }
    for name, run.x in data.items():
        with pytest.raises(ValueError, match=f"folder: expected checkpoints of this run, found .*data.{name}"):
            making.fit(run, run.model(), finished[0], epochs=2)


def test_other_ratings_in_shards_of_the_same_shape_are_refused(tmp_path):
    run = OnDisk(tmp_path)
    inputs = run.validation_data.inputs
    making.fit(run, run.model(), tmp_path / "run", epochs=1)
    shapes = run.x.users_per_shard.tolist(), run.x.num_ratings
    run.x = write_shards(replace(inputs, rating=1 - inputs.rating), tmp_path / "opposite", 5)
    assert (run.x.users_per_shard.tolist(), run.x.num_ratings) == shapes
    message = r"folder: expected checkpoints of this run, found \S+ with data.checksum '\w+' instead of '\w+'; use"
    with pytest.raises(ValueError, match=message):
        making.fit(run, run.model(), tmp_path / "run", epochs=2)
    shutil.copytree(tmp_path / "shards", tmp_path / "moved")  # the same files elsewhere are the same run
    run.x = Shards(tmp_path / "moved")
    making.fit(run, run.model(), tmp_path / "run", epochs=2)


def test_what_cannot_be_taken_up_again_is_refused(finished, tmp_path):
    run = InMemory()
    for arguments, message in [
        ({"epochs": 0}, "epochs: expected at least 1, .* found 0"),
        ({"epochs": 5, "initial_epoch": 3}, "initial_epoch: expected at most 1, .* found 3"),
        ({"epochs": 5, "steps_per_epoch": 2}, "steps_per_epoch: expected None with Checkpoints, .* found 2"),
        ({"callbacks": [Checkpoints(tmp_path)]}, "callbacks: expected one Checkpoints, found 2"),
    ]:
        with pytest.raises(ValueError, match=message):
            making.fit(run, run.model(), finished[0], **arguments)
    run.x = run.x.to_dataset(BATCH_SIZE)
    with pytest.raises(ValueError, match=r"x: expected Ratings, .* found a tf\.data\.Dataset"):
        making.fit(run, run.model(), finished[0])
    model = RBM(NUM_ITEMS, NUM_HIDDEN)
    with pytest.raises(ValueError, match="model: expected a compiled model"):
        making.fit(InMemory(), model, tmp_path)
    model.compile("sgd", steps_per_execution=2)
    with pytest.raises(ValueError, match="steps_per_execution: expected 1 with Checkpoints, found 2"):
        making.fit(InMemory(), model, tmp_path)


@pytest.mark.parametrize("argument", ["every_batches", "every_epochs", "keep"])
def test_numbers_out_of_range_are_refused(tmp_path, argument):
    with pytest.raises(ValueError, match=f"{argument}: expected a whole number of at least 1, found -1"):
        Checkpoints(tmp_path, **{argument: -1})


def test_one_run_at_a_time_holds_a_folder(finished):
    run, folder = InMemory(), finished[0]
    with folder_lock(folder), pytest.raises(Locked, match=f"another run \\(process {os.getpid()}\\) is writing here"):
        making.fit(run, run.model(), folder, epochs=1)
    making.fit(run, run.model(), folder, epochs=1)  # free again
