"""The measuring computer: its load, its memory bandwidth and arithmetic rate, the time of a start."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rbm_lib._checks import check_count

from .. import places
from .rows import Bench, Row, row

BUSY = 0.5  # waiting processes per processor, averaged over the last minute
LOAD, PROCESSORS = "load before the start", "processors"
BANDWIDTH, PEAK = "memory bandwidth (triad)", "arithmetic rate (matrix product)"
_TRIAD_FLOATS = 2**25  # 128 MiB an array, far beyond any cache
_PRODUCT_SIZE = 2048
FIRST_CALL = (
    "import tensorflow, time; start = time.perf_counter(); import numpy as np; from rbm_lib import sparse;"
    "from rbm_lib.models import RBMParameters;"
    "z = lambda *shape: np.zeros(shape, np.float32);"
    "sparse.ascent_direction(np.array([0, 1]), np.array([0]), z(1), np.array([0]),"
    " RBMParameters(z(2, 3), z(2), z(3), z(2)), cd_steps=1, step=0, seed=0); print(time.perf_counter() - start)"
)


def computer_rows() -> Iterator[Row]:
    """Processors, and the load before anything is measured; call it first of all."""
    processors = os.cpu_count() or 1
    yield row(PROCESSORS, processors, group="machine")
    load = os.getloadavg()[0] / processors if hasattr(os, "getloadavg") else 0.0
    yield row(LOAD, load, "per processor", group="machine")


def was_busy(bench: Bench) -> bool | None:
    """Whether other processes were busy when the measurement began; None if that was not recorded."""
    return bench.value(LOAD) > BUSY if LOAD in bench else None


def roofline_rows(repeats: int, *, floats: int = _TRIAD_FLOATS, size: int = _PRODUCT_SIZE) -> Iterator[Row]:
    """Bytes per second of the memory, and float32 operations per second of a matrix product.

    Args:
        repeats: int >= 1, the best one counts.
        floats: int, length of the three arrays of the triad `a = b + 3 c`; beyond the caches.
        size: int, of the square matrices.
    """
    for name, value in (("repeats", repeats), ("floats", floats), ("size", size)):
        check_count(value, name)
    triad = _triad()
    a, b, c = np.zeros(floats, np.float32), np.ones(floats, np.float32), np.ones(floats, np.float32)
    triad(a, b, c)  # compiles
    yield row(BANDWIDTH, 3 * a.nbytes / 1e9 / best_seconds(triad, a, b, c, repeats=repeats), "GB/s", group="machine")
    matrix = np.random.default_rng(0).random((size, size), np.float32)
    seconds = min(best_seconds(product, repeats=repeats) for product in _products(matrix))
    yield row(PEAK, 2 * size**3 / 1e9 / seconds, "GFLOP/s", group="machine")


def best_seconds(function: Callable[..., object], *arguments: Any, repeats: int) -> float:
    """The shortest of several calls, in seconds."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        function(*arguments)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def start_rows(repeats: int) -> Iterator[Row]:
    """First import and first call in a new process, beyond TensorFlow's own import.

    With warm caches: the compiled kernels, and Python's own byte code, which an installation without a writable folder
    (or PYTHONDONTWRITEBYTECODE) would otherwise compile again at every start.
    """
    with tempfile.TemporaryDirectory(prefix="rbm-bench-") as folder:
        environment = child_environment() | {"PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        seconds = []
        for _ in range(max(2, repeats // 2) + 1):
            command = [sys.executable, "-c", FIRST_CALL]
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
            seconds.append(float(done.stdout))
    yield row("first import and first call beyond TensorFlow's import", min(seconds[1:]), "s", at_most=1.0)


def child_environment() -> dict[str, str]:
    """Environment of a new process that imports this copy of the library."""
    return os.environ | {"PYTHONPATH": places.python_path()}


def _products(matrix: NDArray[np.float32]) -> tuple[Callable[[], object], ...]:
    """The square of a matrix by NumPy and by TensorFlow, each called once before; the faster one counts."""
    import tensorflow as tf

    out, tensor = matrix @ matrix, tf.constant(matrix)
    tf.linalg.matmul(tensor, tensor).numpy()
    return (lambda: np.matmul(matrix, matrix, out)), (lambda: tf.linalg.matmul(tensor, tensor).numpy())


def _triad() -> Callable[..., None]:
    import numba

    @numba.njit(parallel=True, fastmath=True)
    def triad(a: NDArray[np.float32], b: NDArray[np.float32], c: NDArray[np.float32]) -> None:
        for n in numba.prange(len(a)):
            a[n] = b[n] + np.float32(3.0) * c[n]

    return triad
