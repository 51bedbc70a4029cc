"""Run one notebook in a quiet kernel that can be stopped at any moment."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Log lines of the kernel itself are kept out of the terminal, C++ lines of TensorFlow out of the notebook.
KERNEL_ARGUMENTS = [
    "--log-level=ERROR",
    "--IPKernelApp.capture_fd_output=False",
    "--HistoryManager.enabled=False",
]
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # the same matrix kernels on every processor
    "TF_CPP_MAX_VLOG_LEVEL": "0",
    "GRPC_VERBOSITY": "ERROR",
    "TQDM_DISABLE": "1",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


class RunFailed(RuntimeError):
    """A notebook did not run to its end; the message says where and why."""


class Kernels:
    """The kernels that are running, so that an interrupt or a time limit can stop them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._running: set[int] = set()
        self.stopped = False

    def started(self, pid: int) -> None:
        """Remember a kernel; one that starts after `stop_all` is stopped at once."""
        with self._guard:
            self._running.add(pid)
        if self.stopped:
            self.stop(pid)

    def stop(self, pid: int) -> None:
        """Kill a kernel and everything it started: a kernel leads its own process group."""
        with self._guard:
            if pid not in self._running:
                return
            self._running.discard(pid)
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            os.killpg(pid, signal.SIGKILL)

    def finished(self, pid: int) -> None:
        """Forget a kernel that has ended: its process id may soon belong to another process."""
        with self._guard:
            self._running.discard(pid)

    def stop_all(self) -> None:
        """Kill every running kernel, and every later one."""
        self.stopped = True
        for pid in list(self._running):
            self.stop(pid)


@dataclass
class Job:
    """One notebook to run.

    Args:
        source: the notebook.
        output: the executed copy, which grows during the run.
        log: file for output of the kernel's process outside the notebook.
        parameters: checked values to inject.
        folder: the kernel's working directory.
        environment: variables added to the kernel's environment.
        timeout: seconds after which it is stopped.
    """

    source: Path
    output: Path
    log: Path
    parameters: dict[str, Any]
    folder: Path
    environment: dict[str, str]
    timeout: float


def manager_class(job: Job, kernels: Kernels, started: list[subprocess.Popen[bytes]]) -> type:
    """A kernel manager that starts this interpreter, not a kernel installed for the user."""
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    class ThisInterpreter(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=command, display_name="Python 3", language="python")

    class QuietKernelManager(AsyncKernelManager):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs | {"kernel_spec_manager": ThisInterpreter()})

        async def start_kernel(self, **kw: Any) -> None:
            with job.log.open("ab") as log:
                kw |= {"cwd": str(job.folder), "stdout": log, "stderr": log}
                kw["env"] = kw.get("env", dict(os.environ)) | QUIET | job.environment
                await super().start_kernel(**kw)
            started.append(self.provisioner.process)
            kernels.started(self.provisioner.pid)

    return QuietKernelManager


def first_error(path: Path) -> str:
    """The first error in an executed notebook, as `cell 3: ValueError: ...`; empty if there is none."""
    import nbformat

    try:
        cells = nbformat.read(path, as_version=4).cells
    except (OSError, ValueError):
        return ""
    for cell in cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                where = f"cell [{cell.execution_count}]" if cell.execution_count else "a cell"
                return f"{where}: {output.ename}: {output.evalue}"
    return ""


def unheard(record: logging.LogRecord) -> bool:
    """False for the log line of a kernel's death, which `RunFailed` already reports."""
    return not record.getMessage().startswith("Kernel died")


def death_of(started: list[subprocess.Popen[bytes]], error: Exception) -> str:
    """The end of the last kernel: the name of a signal, a status, or the text of `error` if neither is known."""
    status = started[-1].poll() if started else None
    if status is None:
        return " ".join(str(error).split()) or type(error).__name__
    if status >= 0:
        return f"it ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"killed by {name}" + (", as a system does that has no memory left" if name == "SIGKILL" else "")


def execute(job: Job, kernels: Kernels) -> float:
    """Run a notebook to its end.

    Args:
        job: the notebook and its settings.
        kernels: the kernel is registered there while it runs.
    Returns:
        seconds: how long it took, the kernel's start included.
    Raises:
        RunFailed: if a cell raised, the kernel died, or the time limit passed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import papermill
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
        from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").addFilter(unheard)
    started: list[subprocess.Popen[bytes]] = []
    late = threading.Event()

    def stop_late() -> None:
        late.set()
        for process in started:
            kernels.stop(process.pid)

    timer = threading.Timer(job.timeout, stop_late)
    timer.daemon = True
    begin = time.monotonic()
    timer.start()
    try:
        with tempfile.TemporaryDirectory(prefix="rbm-ipython-") as profile:
            job.environment["IPYTHONDIR"] = profile  # no start-up files of the user
            papermill.execute_notebook(
                job.source,
                job.output,
                parameters=job.parameters,
                kernel_name="python3",
                progress_bar=False,
                coalesce_streams=True,
                extra_arguments=KERNEL_ARGUMENTS,
                kernel_manager_class=manager_class(job, kernels, started),
            )
    except PapermillExecutionError as error:
        raise RunFailed(first_error(job.output) or f"{error.ename}: {error.evalue}") from None
    except (DeadKernelError, CellTimeoutError, RuntimeError) as error:
        if late.is_set():
            raise RunFailed(f"stopped: it ran past its limit of {job.timeout:g} s") from None
        raise RunFailed("interrupted" if kernels.stopped else f"its kernel died: {death_of(started, error)}") from None
    finally:
        timer.cancel()
        for process in started:
            kernels.finished(process.pid)
    return time.monotonic() - begin
