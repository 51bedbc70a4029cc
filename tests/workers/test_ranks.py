"""Ranks alone, without a training: what they exchange, how a job ends, and what is said where there is no MPI."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support import ranks_alone
from support.parallel_tasks import PYTHONPATH

from rbm_lib.workers.job import _check_size, mpi
from rbm_lib.workers.packing import joined, packed, sizes_of

MPIEXEC = Path(sys.executable).with_name("mpiexec")
needs_mpi = pytest.mark.skipif(importlib.util.find_spec("mpi4py") is None, reason="the extra mpi is not installed")


def run(size, what):
    command = [MPIEXEC, "-n", str(size), sys.executable, ranks_alone.__file__, what]
    environment = os.environ | {"PYTHONPATH": PYTHONPATH}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)


@needs_mpi
@pytest.mark.parametrize("size", [2, 3])
def test_every_rank_gets_what_all_have(size):
    done = run(size, "exchange")
    assert done.returncode == 0, done.stderr
    said = sorted(line for line in done.stdout.splitlines() if line)
    assert said[:size] == [f"Ranks(rank={rank}, size={size}) True" for rank in range(size)]
    places = ", ".join(f"rank {rank} at {rank}" for rank in range(size))
    assert said[size:] == [
        "invalid literal for int() with base 10: 'x'",
        f"workers: expected all ranks at the same place, found {places}; callbacks must act alike on every rank",
    ]


@needs_mpi
@pytest.mark.parametrize(("what", "error"), [("alone", "OSError: alone"), ("outside", "KeyError: 'outside'")])
def test_a_rank_that_raises_alone_ends_the_job(what, error):
    """While rank 0 waits for it: the time limit above is what fails where it goes on waiting."""
    done = run(2, what)
    assert done.returncode != 0
    assert error in done.stderr
    assert ("rank 1 of 2:" in done.stderr) == (what == "alone")


def test_arrays_are_joined_rank_by_rank():
    rng = np.random.default_rng(3)
    lengths = np.array([[3, 7], [0, 0], [5, 1]])
    parts = [
        [rng.random((rows, 2)).astype(np.float32), rng.integers(0, 9, count).astype(np.int8)] for rows, count in lengths
    ]
    sizes = sizes_of(parts[0], lengths)
    whole = np.concatenate([packed(some, own) for some, own in zip(parts, sizes, strict=True)])
    for rank, some in enumerate(parts):
        for place, found in enumerate(joined(whole, some, lengths, sizes)):
            expected = np.concatenate([other[place] for other in parts])
            np.testing.assert_array_equal(found, expected, err_msg=f"rank {rank}")
            assert found.dtype == expected.dtype


@pytest.fixture
def made_anew():
    """`mpi` without the ranks that it made before."""
    mpi.cache_clear()
    yield
    mpi.cache_clear()


def test_without_mpi4py_the_way_out_is_said(monkeypatch, made_anew):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(
        ValueError, match=r"^workers: expected the package mpi4py, found none; pip install 'rbm-lib\[mpi\]'"
    ):
        mpi()


def test_without_a_library_of_mpi_the_way_out_is_said(monkeypatch, made_anew):
    class Broken:
        def __getattr__(self, name):
            raise RuntimeError("cannot load MPI library\n/nowhere/libmpi.so: no such file")

    monkeypatch.setitem(sys.modules, "mpi4py", Broken())
    with pytest.raises(
        ValueError, match=r"^workers: expected an MPI library .* \(cannot load MPI library\); pip install"
    ):
        mpi()


@pytest.mark.parametrize("name", ["PMI_SIZE", "OMPI_COMM_WORLD_SIZE"])
def test_a_launcher_of_another_mpi_is_noticed(monkeypatch, name):
    """Each process would train alone, and write into the same folder."""
    monkeypatch.setenv(name, "4")
    with pytest.raises(ValueError, match=rf"^workers: expected 4 processes, as {name} says, found 1: mpiexec"):
        _check_size(1)
    _check_size(4)
    monkeypatch.setenv(name, "1")
    _check_size(1)
