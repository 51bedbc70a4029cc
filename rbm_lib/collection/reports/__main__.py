"""`python -m rbm_lib.collection.reports`: see `render`."""

import signal
import sys

from .render import main


def interrupt(signum: int, frame: object) -> None:
    """Turn SIGTERM into the interrupt that Ctrl-C sends."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGINT, interrupt)  # also where a shell started us in the background with SIGINT ignored
    signal.signal(signal.SIGTERM, interrupt)
    sys.exit(main())
