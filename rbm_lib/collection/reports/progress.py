"""Progress of a long run: a live line on a terminal, plain lines in a log."""

import contextlib
import shutil
import sys
import threading
import time
from typing import TextIO

from rbm_lib.collection.results import format_duration


class Progress:
    """A line per notebook with its state and time.

    Args:
        width: characters of the longest notebook name.
        stream: where to write; a terminal also gets a live line that names what is running.
    """

    def __init__(self, width: int, stream: TextIO | None = None) -> None:
        self.width = width
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self._running: dict[str, float] = {}
        self._guard = threading.Lock()

    def start(self, name: str, why: str) -> None:
        """Print that a notebook starts, and why."""
        with self._guard:
            self._running[name] = time.monotonic()
            if not self.live:
                self._line(name, "runs", why)

    def end(self, name: str, state: str, note: str = "") -> None:
        """Print that a notebook has ended: done, drawn, failed, skipped."""
        with self._guard:
            began = self._running.pop(name, None)
            took = format_duration(time.monotonic() - began) if began is not None else ""
            self._line(name, state, "  ".join(filter(None, [took, note])))

    def tick(self) -> None:
        """Refresh the live line."""
        if not self.live:
            return
        with self._guard:
            now = time.monotonic()
            running = [f"{name} {format_duration(now - began)}" for name, began in self._running.items()]
            if running:
                line = f"  runs: {', '.join(running)}"[: shutil.get_terminal_size().columns - 1]
                self._write(f"\r\033[K{line}")

    def clear(self) -> None:
        """Remove the live line."""
        if self.live:
            self._write("\r\033[K")

    def _line(self, name: str, state: str, note: str) -> None:
        start = "\r\033[K" if self.live else ""
        self._write(f"{start}  {name:<{self.width}}  {state:<8}{note}".rstrip() + "\n")

    def _write(self, text: str) -> None:
        """Write, unless the terminal has been closed: running notebooks continue, or are stopped in order."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(text)
            self.stream.flush()
