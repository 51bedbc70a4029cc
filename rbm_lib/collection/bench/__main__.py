"""`python -m rbm_lib.collection.bench`: see `run`."""

import signal
import sys

from .run import main


def interrupt(signum: int, frame: object) -> None:
    """Turn SIGTERM into the interrupt that Ctrl-C sends."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupt)
    sys.exit(main())
