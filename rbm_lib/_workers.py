"""The worker's side of `rbm_lib._parallel`: set up the process, load the shared data, run one task at a time."""

from __future__ import annotations

import contextlib
import io
import math
import os
import pickle
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cloudpickle
import joblib
import numpy as np

from . import __version__

# These must be the same in a worker for the same bits: they choose the kernels of TensorFlow's matrix products.
SAME = ("TF_ENABLE_ONEDNN_OPTS",)
# Numbers of threads, and the library that reads each at its import. joblib sets numba's, Dask sets neither.
THREADS = {
    "NUMBA_NUM_THREADS": "numba",
    "TF_NUM_INTRAOP_THREADS": "tensorflow",
    "TF_NUM_INTEROP_THREADS": "tensorflow",
}
LOKY = "joblib.externals.loky.process_executor"
WATCH = 1.0  # seconds between checks that the parent is alive

_one_at_a_time = threading.RLock()  # Keras and the global seeds allow one training at a time
_running = threading.local()
_ready_for: set[int] = set()  # processes whose `_make_ready` is done: this one, or the one it was forked from
_taken_in: dict[str, Work] = {}  # loaded work by key; only the last one is kept


@dataclass(frozen=True)
class Work:
    """A function and the data that its tasks share.

    Args:
        function: of a task and the shared data.
        shared: objects that results may refer to.
        key: str, by which a worker finds work that it has loaded already.
    """

    function: Callable[..., Any]
    shared: tuple[Any, ...]
    key: str = field(default_factory=lambda: uuid.uuid4().hex)

    def as_array(self) -> np.ndarray:
        """The pickled whole, uint8: joblib and Dask send an array once."""
        return np.frombuffer(cloudpickle.dumps(self, protocol=5), np.uint8)

    def dumps(self, result: Any) -> bytes:
        """A pickled result, with shared objects replaced by their positions."""
        file = io.BytesIO()
        _ByPlace(file, self.shared).dump(result)
        return file.getvalue()

    def loads(self, result: bytes) -> Any:
        """A result of another process, with this process's shared objects put in."""
        return _FromPlace(io.BytesIO(result), self.shared).load()


class _ByPlace(cloudpickle.Pickler):
    def __init__(self, file: io.BytesIO, shared: tuple[Any, ...]) -> None:
        super().__init__(file, protocol=5)
        self.places = {id(one): place for place, one in enumerate(shared)}

    def persistent_id(self, thing: Any) -> int | None:
        return self.places.get(id(thing))


class _FromPlace(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, shared: tuple[Any, ...]) -> None:
        super().__init__(file)
        self.shared = shared

    def persistent_load(self, place: Any) -> Any:
        return self.shared[place]


@dataclass(frozen=True)
class Setting:
    """Facts about the calling process that a worker needs.

    Args:
        key: of the work.
        version: of this library.
        parent: id of the calling process.
        environment: dict of the variables `SAME`.
    """

    key: str
    version: str
    parent: int
    environment: dict[str, str]

    @classmethod
    def of_this_process(cls, work: Work) -> Setting:
        """The setting for workers of this process."""
        environment = {name: os.environ[name] for name in SAME if name in os.environ}
        return cls(work.key, __version__, os.getpid(), environment)


def dumps(task: Any) -> bytes:
    """A pickled task, by value if it is defined in a notebook; only a worker that is ready unpickles it."""
    task_as_bytes: bytes = cloudpickle.dumps(task, protocol=5)
    return task_as_bytes


def run(setting: Setting, sent: np.ndarray, place: int, task: bytes, name: str) -> tuple[int, bytes]:
    """One task in a worker: its place, and its result as `Work.loads` takes it."""
    with _one_at_a_time:
        _make_ready(setting)
        if setting.key not in _taken_in:
            _taken_in.clear()
            _taken_in[setting.key] = pickle.loads(sent.data)
        work = _taken_in[setting.key]
        _running.task = True
        try:
            with joblib.parallel_config(backend="sequential"):  # scikit-learn, too, uses this worker alone
                return place, work.dumps(with_note(work.function, name, pickle.loads(task), *work.shared))
        except Exception as error:
            raise _as_sent(error) from None
        finally:
            _running.task = False


def with_note(function: Callable[..., Any], name: str, *arguments: Any) -> Any:
    """`function(*arguments)`; the name becomes a note on any exception."""
    try:
        return function(*arguments)
    except Exception as error:
        error.add_note(name)
        raise


def inside_a_task() -> bool:
    """Whether this thread runs a task already: nested tasks then run in the same thread."""
    return getattr(_running, "task", False)


def _as_sent(error: Exception) -> Exception:
    """The error, or a replacement with its text if it cannot be pickled: that would look like a dead worker."""
    try:
        if type(pickle.loads(pickle.dumps(error))) is type(error):
            return error
    except Exception:  # a foreign exception class may raise anything
        pass
    plain = RuntimeError(f"{type(error).__name__}: {error}")
    for note in getattr(error, "__notes__", ()):
        plain.add_note(note)
    return plain


def _make_ready(setting: Setting) -> None:
    """Sets threads and matrix kernels before numba and TensorFlow are imported, once a process."""
    if setting.version != __version__:
        raise ValueError(
            f"worker on {socket.gethostname()}: expected rbm_lib {setting.version}, as its client has it, found "
            f"{__version__}; install the same"
        )
    if os.getpid() == setting.parent:  # joblib's threads: not a separate worker process
        return
    for name, value in setting.environment.items():
        if os.environ.get(name) != value and "tensorflow" in sys.modules:
            found = os.environ.get(name, "none")
            raise ValueError(
                f"worker on {socket.gethostname()}: expected {name}={value}, as its client has it, found {found}; "
                "start the worker with it"
            )
    os.environ.update(setting.environment)
    if os.getpid() in _ready_for:
        return
    _ready_for.add(os.getpid())
    started_here = os.getppid() == setting.parent and LOKY in sys.modules
    threads = _threads()
    for name, package in THREADS.items():
        if package not in sys.modules:
            os.environ[name] = threads
    if started_here:
        # joblib replaces a worker that has grown by 300 MB; the next one would need the same TensorFlow and graphs.
        vars(sys.modules[LOKY])["_MAX_MEMORY_LEAK_SIZE"] = math.inf
        threading.Thread(target=_end_with, args=(setting.parent,), daemon=True).start()


def _threads() -> str:
    """The number of threads that this worker was given: by Dask, or else by joblib, which sets it for numba."""
    distributed = sys.modules.get("distributed")
    if distributed is not None:
        with contextlib.suppress(ValueError):  # raised outside a Dask worker
            return str(distributed.get_worker().state.nthreads)
    return os.environ.get("NUMBA_NUM_THREADS", "1")


def _end_with(parent: int) -> None:
    """Ends this process when its parent is gone: a killed parent cannot stop its workers."""
    while os.getppid() == parent:
        time.sleep(WATCH)
    os._exit(1)
