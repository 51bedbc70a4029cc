"""What the library asks of the process it runs in: Keras on TensorFlow, and no fork of one that has computed."""

import json
import os
import sys
from pathlib import Path

BACKEND = "tensorflow"
_computed_in: int | None = None  # the process in which threads have been started


def require_tensorflow() -> None:
    """Raises ImportError, in one line, if Keras is told to compute with another backend than TensorFlow.

    It looks before Keras is imported, which would stop at the first package of that backend that is missing.
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
    """The backend that Keras will take, and who says so: the environment, or else Keras' own file of settings."""
    if os.environ.get("KERAS_BACKEND"):
        return os.environ["KERAS_BACKEND"], "KERAS_BACKEND"
    path = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "keras.json"
    try:
        return str(json.loads(path.read_text())["backend"]), str(path)
    except (OSError, ValueError, KeyError, TypeError):
        return BACKEND, str(path)  # Keras' own default


def refuse_forks() -> None:
    """Raises RuntimeError in a child of a process that has computed here before it forked.

    A fork has none of its parent's threads. TensorFlow waits for them without an end, and numba's runtime kills the
    process. A child that was forked before anything was computed is a process as any other.
    """
    global _computed_in
    _computed_in = _computed_in or os.getpid()
    if _computed_in != os.getpid():
        raise RuntimeError(
            f"process: expected one that has its own threads, found {os.getpid()}, forked from {_computed_in} after "
            'that had computed; start it by `multiprocessing.get_context("spawn")`, or fork before a model is made'
        )
