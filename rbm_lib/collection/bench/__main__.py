"""`python -m rbm_lib.collection.bench`: see `run`."""

import signal
import sys

from .run import main


def interrupt(signum: int, frame: object) -> None:
    """Turn SIGTERM, and SIGHUP of a terminal that is closed, into the interrupt that Ctrl-C sends."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupt)
    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none, and under `nohup` it is ignored
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        signal.signal(hang_up, interrupt)
    sys.exit(main())
