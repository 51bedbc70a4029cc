"""Runs the programs of `export` on a GPU with JAX alone: `python on_jax.py FOLDER -o results.json`.

It imports nothing of this library, and neither TensorFlow nor Keras: the machine with the GPU needs NumPy and JAX.
Random numbers must be the processor's, bit for bit; parameters after some steps are compared with TensorFlow's and with
those of the same XLA on the processor; an epoch is timed on both.

The GPU must not round products to TF32 where results are compared; `NVIDIA_TF32_OVERRIDE=0` is set before JAX starts,
and `--tf32` leaves it alone, for timings as most people would have them.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import lzma
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

WARM, BEST_OF = 3, 5


def main() -> int:
    """Entry point; returns the exit status: 0, or 2 if there is no GPU."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder that `python -m rbm_lib.collection.bench.gpu --export` wrote")
    parser.add_argument("-o", "--output", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--tf32", action="store_true", help="let the GPU round products to TF32")
    parser.add_argument("--timed-only", action="store_true", help="time epochs on the GPU, compare nothing")
    parser.add_argument("--platform", default="gpu", help="JAX' name of what to measure (%(default)s)")
    parser.add_argument("--seconds", type=float, default=240, help="no further timing is begun after so long")
    chosen = parser.parse_args()
    if not chosen.tf32:
        os.environ["NVIDIA_TF32_OVERRIDE"] = "0"
    import jax

    jax.config.update("jax_enable_x64", True)  # steps and ids are 64-bit integers
    try:
        device, host = jax.devices(chosen.platform)[0], jax.devices("cpu")[0]
    except RuntimeError as error:
        print(f"--platform: expected one that JAX finds here, found {chosen.platform!r}: {error}", file=sys.stderr)
        return 2
    began = time.monotonic()
    found: dict[str, Any] = {"computer": describe(device, chosen), "draws": [], "members": [], "epochs": []}
    manifest = json.loads((chosen.folder / "manifest.json").read_text())

    def write() -> None:
        chosen.output.write_text(json.dumps(found, indent=1) + "\n")

    for entry in [] if chosen.timed_only else manifest["draws"]:
        found["draws"].append(compare_draws(chosen.folder, entry, device))
        print(found["draws"][-1], flush=True)
    for entry in [] if chosen.timed_only else manifest["members"]:
        found["members"].append(compare_member(chosen.folder, entry, device, host))
        print(found["members"][-1], flush=True)
        write()
    for where in [device] if chosen.timed_only else [device, host]:
        for entry in manifest["timed"]:
            if time.monotonic() - began < chosen.seconds:
                found["epochs"].append(time_epoch(chosen.folder, entry, where))
                print(found["epochs"][-1], flush=True)
                write()
    found["seconds"] = time.monotonic() - began
    write()
    return 0


def describe(device: Any, chosen: argparse.Namespace) -> dict[str, Any]:
    """The machine and the versions."""
    import jax

    return {
        "device": device.device_kind,
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "jax": jax.__version__,
        "numpy": np.__version__,
        "tf32": chosen.tf32,
    }


class Loaded:
    """A program on one device: its state goes from call to call."""

    def __init__(self, folder: Path, entry: dict[str, Any], device: Any) -> None:
        import jax

        self.device, self.entry = device, entry
        stablehlo = lzma.decompress((folder / entry["program"]).read_bytes())
        avals = [jax.ShapeDtypeStruct(tuple(shape), kind) for shape, kind in entry["arguments"]]
        results = [jax.ShapeDtypeStruct(tuple(shape), kind) for shape, kind in entry["results"]]
        with jax.default_device(device):
            # An export of the same arguments and results, whose program is replaced.
            like = jax.export.export(jax.jit(_like(results), keep_unused=True), platforms=[_platform(device)])(*avals)
            exported = dataclasses.replace(like, mlir_module_serialized=stablehlo)
            fed = entry["fed"]
            given_away = [fed + place for place in entry["carried"]]
            self.call = jax.jit(exported.call, donate_argnums=given_away)

    def put(self, arrays: list[np.ndarray]) -> list[Any]:
        import jax

        return [jax.device_put(np.asarray(one), self.device) for one in arrays]

    def step(self, fed: list[Any], state: list[Any]) -> tuple[Any, list[Any]]:
        """One call: its result, and the state with what it replaced."""
        first, *replaced = self.call(*fed, *state)
        state = list(state)
        for place, one in zip(self.entry["carried"], replaced, strict=True):
            state[place] = one
        return first, state


def _platform(device: Any) -> str:
    return "cuda" if device.platform == "gpu" else device.platform


def _like(results: list[Any]) -> Any:
    import jax.numpy as jnp

    return lambda *arguments: tuple(jnp.zeros(one.shape, one.dtype) for one in results)


def compare_draws(folder: Path, entry: dict[str, Any], device: Any) -> dict[str, Any]:
    """Random numbers on the device, and how many differ in a bit."""
    arrays = np.load(folder / entry["arrays"])
    loaded = Loaded(folder, entry, device)
    numbers, _ = loaded.step(loaded.put([arrays[f"fed{n}"] for n in range(entry["fed"])]), [])
    expected = arrays["expected"]
    different = int(np.sum(np.asarray(numbers).view(np.uint32) != expected.view(np.uint32)))
    return {"draws": int(expected.size), "different": different}


def compare_member(folder: Path, entry: dict[str, Any], device: Any, host: Any) -> dict[str, Any]:
    """Parameters after the first and the last of some steps: on the device, on the processor, and TensorFlow's."""
    arrays = np.load(folder / entry["arrays"])
    steps, learnt = entry["steps"], entry["learnt"]
    start = [arrays[f"state{n}"] for n in range(entry["states"])]
    histories = {"TensorFlow": [[arrays[f"after{at}_{place}"] for place in learnt] for at in range(steps)]}
    for name, where in (("processor", host), ("GPU", device)):
        states = after_steps(Loaded(folder, entry, where), arrays, start, steps)
        histories[name] = [[state[place] for place in learnt] for state in states]
    compared = compare_histories(histories, [start[place] for place in learnt])
    return {"member": entry["member"], "steps": steps, "compared": compared}


def compare_histories(histories: dict[str, list[list[np.ndarray]]], begun: list[np.ndarray]) -> list[dict[str, Any]]:
    """How far parameters of the same training on several computers are apart, after the first and the last step.

    Args:
        histories: dict from the computer to its parameters after each step.
        begun: the parameters before the first step.
    Returns:
        compared: list of dicts of pair, step, the largest difference, and the root mean square of the differences as
            a share of that of all that was learnt so far.
    """
    names, found = list(histories), []
    for at in sorted({0, len(histories[names[0]]) - 1}):
        moved = root_mean_square(histories[names[0]][at], begun)
        for place, name in enumerate(names):
            for other in names[:place]:
                one, two = histories[name][at], histories[other][at]
                largest = max(float(np.abs(a - b).max()) for a, b in zip(one, two, strict=True))
                relative = root_mean_square(one, two) / moved
                found.append({"pair": f"{name} and {other}", "step": at + 1, "largest": largest, "relative": relative})
    return found


def root_mean_square(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    """Of the difference of two lists of parameters."""
    difference = np.concatenate([(a.astype(float) - b).ravel() for a, b in zip(first, second, strict=True)])
    return float(np.sqrt(np.mean(difference**2)))


def after_steps(loaded: Loaded, arrays: Any, start: list[np.ndarray], steps: int) -> list[list[np.ndarray]]:
    """The state after each step, as NumPy arrays."""
    state, found = loaded.put(start), []
    for step in range(steps):
        fed = [arrays[f"fed{n}_{step}"] for n in range(loaded.entry["fed"])]
        _, state = loaded.step(loaded.put(fed), state)
        found.append([np.asarray(one) for one in state])
    return found


def time_epoch(folder: Path, entry: dict[str, Any], device: Any) -> dict[str, Any]:
    """Seconds of an epoch of the size of MovieLens-1M: ratings on the machine's memory, the best of some epochs."""
    loaded = Loaded(folder, entry, device)
    rng = np.random.default_rng(0)
    state = loaded.put([_first_state(rng, name, shape, kind) for name, shape, kind in entry["state"]])
    epoch = [_random_batch(rng, entry, number) for number in range(entry["steps"])]
    slow = device.platform == "cpu"

    def one(state: list[Any]) -> tuple[float, list[Any]]:
        start = time.perf_counter()
        for fed in epoch:
            _, state = loaded.step(loaded.put(fed), state)
        for array in state:
            array.block_until_ready()
        return time.perf_counter() - start, state

    began = time.perf_counter()
    seconds, state = one(state)
    first, best = seconds, np.inf
    for _ in range(1 if slow else WARM + BEST_OF):
        seconds, state = one(state)
        best = min(best, seconds)
    return {
        "library": "rbm_lib",
        "member": entry["member"],
        "hidden": entry["hidden"],
        "on": "processor" if slow else "GPU",
        "seconds": best,
        "first": first,
        "finite": all(bool(np.isfinite(np.asarray(one)).all()) for one in state),
        "took": time.perf_counter() - began,
    }


def _first_state(rng: np.random.Generator, name: str, shape: list[int], kind: str) -> np.ndarray:
    """Small weights; the learning rate; 0 for everything else."""
    if "learning_rate" in name:
        return np.full(shape, 0.003, kind)
    if "interaction_weights" in name and "momentum" not in name and "velocity" not in name:
        return rng.normal(0, 0.02, shape).astype(kind)
    return np.zeros(shape, kind)


def _random_batch(rng: np.random.Generator, entry: dict[str, Any], number: int) -> list[np.ndarray]:
    users, each, films = entry["batch_size"], entry["ratings_a_user"], entry["films"]
    item = np.sort(np.argsort(rng.random((users, films), np.float32), axis=1)[:, :each], axis=1).astype(np.int32)
    rating = rng.choice(np.asarray(entry["values"], np.float32), users * each)
    first = number * users
    return [item.ravel(), rating, np.arange(first, first + users, dtype=np.int32), np.int64(number)]


if __name__ == "__main__":
    sys.exit(main())
