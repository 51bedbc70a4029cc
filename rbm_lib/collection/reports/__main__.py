"""`python -m rbm_lib.collection.reports`: see `render`."""

import signal
import sys

from .render import main


def interrupt(signum: int, frame: object) -> None:
    """Turn SIGTERM, and SIGHUP of a terminal that is closed, into the interrupt that Ctrl-C sends."""
    raise KeyboardInterrupt


def catch_signals() -> None:
    """Stop in order at a signal; under `nohup`, which ignores SIGHUP, continue when the terminal is closed."""
    signal.signal(signal.SIGINT, interrupt)  # also if a shell started us in the background with SIGINT ignored
    signal.signal(signal.SIGTERM, interrupt)
    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        signal.signal(hang_up, interrupt)


if __name__ == "__main__":
    catch_signals()
    sys.exit(main())
