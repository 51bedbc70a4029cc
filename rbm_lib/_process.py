"""Checks of the running process: Keras must use TensorFlow, and a process that has computed must not fork."""

import json
import os
import sys
from pathlib import Path

BACKEND = "tensorflow"
_computed_in: int | None = None  # the process in which threads have been started


def require_tensorflow() -> None:
    """Raises ImportError, in one line, if Keras is set to another backend than TensorFlow.

    The check comes before the import of Keras, which would fail at the first missing package of that backend.
    """
    keras = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "config"):
        found, source = keras.config.backend(), "Keras' backend"
    else:
        found, source = _told()
    if found != BACKEND:
        raise ImportError(
            f"{source}: expected {BACKEND}, with which rbm_lib's models compute, found {found}; set "
            f"KERAS_BACKEND={BACKEND} before Keras is imported"
        )


def _told() -> tuple[str, str]:
    """The backend that Keras will use, and where it is set: in the environment, or in Keras' settings file."""
    if os.environ.get("KERAS_BACKEND"):
        return os.environ["KERAS_BACKEND"], "KERAS_BACKEND"
    path = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "keras.json"
    try:
        return str(json.loads(path.read_text())["backend"]), str(path)
    except (OSError, ValueError, KeyError, TypeError):
        return BACKEND, str(path)  # Keras' own default


def refuse_forks() -> None:
    """Raises RuntimeError in a forked child of a process that has already computed.

    A fork has none of its parent's threads. TensorFlow waits for them for ever, and numba's runtime kills the
    process. A child that was forked before any computation works normally.
    """
    global _computed_in
    _computed_in = _computed_in or os.getpid()
    if _computed_in != os.getpid():
        raise RuntimeError(
            f"process: expected one that has its own threads, found {os.getpid()}, forked from {_computed_in} after "
            'that had computed; start it by `multiprocessing.get_context("spawn")`, or fork before a model is made'
        )
