"""Measures the dense engine on a GPU: `python -m rbm_lib.collection.bench.gpu`, or `make bench-gpu`.

Where TensorFlow sees no GPU it says so and ends with status 0. `--export FOLDER` writes the same training steps as
programs that JAX runs on a machine with a GPU and without TensorFlow (`on_jax.py` beside this file says how); `--page
FILE` makes the page of what that has measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from ...tools import exit_status


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit status: 0, 2 for a mistake, or 1 for a file that cannot be read or written."""
    parser = argparse.ArgumentParser(prog="python -m rbm_lib.collection.bench.gpu", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--export", type=Path, metavar="FOLDER", help="write programs for `on_jax.py` instead")
    what.add_argument("--page", type=Path, nargs="+", metavar="FILE", help="make the page of measurements elsewhere")
    chosen = parser.parse_args(arguments)
    return exit_status(lambda: act(chosen))


def act(chosen: argparse.Namespace) -> int:
    """What the command line asks for; returns the exit status."""
    if chosen.page:
        return _told(write_elsewhere(chosen.page))
    if chosen.export:
        from .export import write_programs

        write_programs(chosen.export)
        return _told(chosen.export)
    return measure_here()


def measure_here() -> int:
    """Measure on the first GPU that TensorFlow sees, if any, and write the page."""
    import tensorflow as tf

    from .native import measure
    from .page import write_page

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        print(
            "TensorFlow sees no GPU here, so nothing was measured; for one of NVIDIA's, "
            "`pip install 'rbm-lib[gpu]'` brings the libraries"
        )
        return 0
    tf.config.experimental.enable_tensor_float_32_execution(False)  # results are compared
    began = time.monotonic()
    about = tf.config.experimental.get_device_details(gpus[0]).get("device_name", gpus[0].name)
    found = {"computer": {"device": about, "TensorFlow": tf.__version__}} | measure()
    return _told(write_page(found | {"seconds": time.monotonic() - began}))


def write_elsewhere(files: list[Path]) -> Path:
    """The page of JSON files of `on_jax.py` and `beside_rbms.py`; returns its path."""
    from .page import write_page

    first, *others = (json.loads(file.read_text()) for file in files)
    if not isinstance(first, dict) or not {"computer", "draws", "members", "epochs"} <= set(first):
        raise ValueError(f"--page: expected first a file that on_jax.py wrote, found {files[0]}")
    for other in others:
        first["epochs"] += other["epochs"]
    return write_page(first)


def _told(path: Path) -> int:
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
