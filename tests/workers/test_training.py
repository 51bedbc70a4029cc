"""A training over several processes ends with the bits of one, also one that was killed; and what cannot be spread."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import rank_cases
from support.parallel_tasks import PYTHONPATH
from support.rank_cases import CASES, KILLED, cases_for

pytest.importorskip("mpi4py", reason="the extra mpi is not installed")

MPIEXEC = Path(sys.executable).with_name("mpiexec")
SIZES = (2, 3)


def started(size, what, folder):
    """A job of so many ranks, a thread each."""
    command = [MPIEXEC, "-n", str(size), sys.executable, rank_cases.__file__, what, folder]
    environment = os.environ | {"PYTHONPATH": PYTHONPATH, "NUMBA_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.fixture(scope="module")
def one_process(tmp_path_factory):
    """A folder with shards, and the digest of each case as one process has it."""
    folder = tmp_path_factory.mktemp("ranks")
    return folder, {name: rank_cases.trained(name, folder) for name in CASES}


@pytest.fixture(scope="module")
def killed(one_process):
    """How the job ended whose rank 1 was killed; what it left is copied for those that begin again."""
    folder, _ = one_process
    job = started(2, "die", folder)
    while not (folder / "dying").exists():
        assert job.poll() is None, job.communicate()
        time.sleep(0.02)
    status = job.wait(timeout=10)
    job.communicate()
    for size in (1, *SIZES):
        shutil.copytree(folder / "killed", folder / f"killed-{size}")
        (folder / f"files-{size}").mkdir()
    return status


@pytest.fixture(scope="module")
def told(one_process, killed):
    """What each rank of each job says."""
    found = {}
    for size in SIZES:
        job = started(size, "main", one_process[0])
        said, errors = job.communicate(timeout=300)
        assert job.returncode == 0, errors
        lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        found[size] = sorted(lines, key=lambda one: one["rank"])  # they print in any order
        assert [one["rank"] for one in found[size]] == list(range(size)), said + errors
    return found


@pytest.mark.parametrize(("size", "name"), [(size, name) for size in SIZES for name in cases_for(size)])
def test_ranks_have_the_bits_of_one_process(one_process, told, size, name):
    assert [one[name] for one in told[size]] == [one_process[1][name]] * size


def test_a_killed_rank_ends_the_job(killed):
    """The fixture waits ten seconds at most."""
    assert killed not in (0, None)


@pytest.mark.parametrize("size", [1, *SIZES])
def test_a_killed_run_ends_as_one_that_was_not(one_process, told, size):
    folder, expected = one_process
    if size == 1:
        names = [file.name for file in (folder / "killed").glob("epoch-*")]
        assert sorted(name[:27] for name in names) == ["epoch-000001-batch-00000000", "epoch-000001-batch-00000002"]
        found = [rank_cases.trained(KILLED, folder, checkpoints=folder / "killed-1")]
    else:
        found = [one["begun again"] for one in told[size]]
    assert found == [expected[KILLED]] * size


@pytest.mark.parametrize("size", SIZES)
def test_rank_0_writes(told, size):
    assert [one["files"] for one in told[size]] == [["rank-0", "rank-0.keras"]] * size


REFUSALS = {
    "data": "workers: expected the same data.checksum on all ranks, found '",
    "settings": "workers: expected the same batch_size on all ranks, found 4 on rank 0 and 5 on rank 1; give ",
    "weights": "workers: expected the same weights on all ranks, found '",
    "dense": "workers: expected the sparse engine, found the dense one, with bernoulli units; make the model",
    "dataset": "x: expected Ratings, Shards or a pair of arrays with Checkpoints or workers, found a tf.data.Dataset",
    "backup": "callbacks: expected Checkpoints with workers, found BackupAndRestore",
    "changed alone": "workers: expected the same weights on all ranks, found '",
    "stopped alone": "workers: expected all ranks at the same place, found rank 0 in step 3 of all, rank 1 ",
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_cannot_be_trained_together_is_refused_on_every_rank(told, what):
    for one in told[2]:
        assert one["refusals"][what].startswith(REFUSALS[what])
        assert "\n" not in one["refusals"][what]


def test_rank_0_says_when_to_stop(told):
    for one in told[2]:
        assert one["refusals"]["stopped by rank 0"] == "1 epochs"
        assert one["refusals"]["stopped by rank 1"] == "2 epochs"


def test_an_error_of_one_rank_is_raised_on_all(told):
    first, second = (one["refusals"]["one dense"] for one in told[2])
    assert first == f"rank 1: {second}"
    assert second.startswith(REFUSALS["dense"])
