"""`python -m rbm_lib`: see `rbm_lib.commands`."""

import os
import signal
import sys


def interrupt(signum: int, frame: object) -> None:
    """Turn SIGTERM, and SIGHUP of a terminal that is closed, into the interrupt that Ctrl-C sends."""
    raise KeyboardInterrupt


def prepare() -> None:
    """No start-up messages of TensorFlow, the same matrix kernels on every processor, an orderly end at a signal."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    signal.signal(signal.SIGTERM, interrupt)
    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
    if hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN:
        signal.signal(hang_up, interrupt)


if __name__ == "__main__":
    prepare()
    from rbm_lib.commands import main

    sys.exit(main())
