"""Tasks for workers, who import them from here, and a cluster of processes to send them to."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
PYTHONPATH = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
THREADS = ("NUMBA_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class Untransportable(Exception):
    """An error that cannot be pickled back: its class wants two arguments."""

    def __init__(self, what, whom):
        super().__init__(f"{what} of {whom}")


def scaled(number, table):
    return number * float(table.sum())


def whereabouts(_, table):
    """The process, its threads, and what it was handed."""
    return os.getpid(), [os.environ.get(name) for name in THREADS], table


def growth_allowed(_):
    """How many bytes a worker of joblib's may grow by."""
    from joblib.externals.loky import process_executor

    return process_executor._MAX_MEMORY_LEAK_SIZE


def failing(number, error=ValueError):
    if number == 3:
        raise error("three", "four") if error is Untransportable else error("number: expected no 3, found 3")
    return number


def nested(number):
    """The processes in which tasks of a task run."""
    from rbm_lib._parallel import run_all

    return os.getpid(), run_all(process_of, [1, 2], 2)


def process_of(_):
    return os.getpid()


def dying_once(number, folder, work=scaled, *arguments):
    """Kills its process where no other has died; the arguments are those of `work`."""
    try:
        (folder / "died").touch(exist_ok=False)
    except FileExistsError:
        return work(number, *arguments)
    os.kill(os.getpid(), signal.SIGKILL)


def dying(number):
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def waiting(number, folder):
    """Says in a file that it has begun, and does not end."""
    (folder / str(os.getpid())).touch()
    time.sleep(600)


def prediction(recipe, split):
    """SHA-256 of what a trained machine says of each target."""
    machine = recipe.train(split.inputs)[0]
    return hashlib.sha256(machine.predict_ratings(split, output="distribution").tobytes()).hexdigest()


def is_alive(process):
    """Whether a process runs; one that ended and that nobody has asked for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def until(condition, seconds=60):
    """Waits for a condition; True if it came."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(condition())


@contextmanager
def cluster_of_two(folder):
    """The address of a Dask scheduler with two workers of one thread each, all of them processes of their own."""
    environment = os.environ | {"PYTHONPATH": PYTHONPATH, "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False"}
    dask = [sys.executable, "-m", "dask"]
    told = folder / "scheduler.json"
    quiet = {"env": environment, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    alone = ["--host", "127.0.0.1", "--no-dashboard"]
    started = [subprocess.Popen([*dask, "scheduler", *alone, "--port", "0", "--scheduler-file", told], **quiet)]
    worker = [*dask, "worker", *alone, "--scheduler-file", told, "--nthreads", "1", "--no-nanny"]
    try:
        started += [subprocess.Popen(worker, **quiet) for _ in range(2)]
        from distributed import Client

        assert until(told.exists)
        with Client(scheduler_file=str(told)) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()


def table():
    return np.ones(300_000)  # larger than what joblib sends with each task
