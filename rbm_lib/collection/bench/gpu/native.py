"""The dense engine on a GPU that TensorFlow sees, beside the processor: draws, results and epochs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from ..engines import epoch_seconds
from . import members as kinds
from .members import Shape, make_member, random_ratings, values_of
from .on_jax import compare_histories
from .program import draws_of, small_training, step_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

REPEATS = 3  # pairs of epochs, the best of which counts


def measure(
    device: str = "GPU:0",
    *,
    members: Mapping[str, Mapping[str, Any]] = kinds.MEMBERS,
    timed: Mapping[str, Mapping[str, Any]] = kinds.TIMED,
    shapes: Mapping[int, Shape] = kinds.ML_1M,
    tell: Callable[[dict[str, Any]], Any] = print,
) -> dict[str, Any]:
    """Compare a device with the processor, and time epochs on both.

    Args:
        device: TensorFlow's name.
        members: the machines to compare, arguments of `RBM` by name.
        timed: the machines to time.
        shapes: the trainings to time, by their hidden units.
        tell: called with each number as soon as it is known.
    Returns:
        found: dict of "draws", "members" and "epochs", as `on_jax` writes them.
    """
    found: dict[str, Any] = {"draws": [], "members": [], "epochs": []}
    parts: list[tuple[str, Iterator[dict[str, Any]]]] = [
        ("draws", iter([compare_draws(device)])),
        ("members", (compare_member(name, arguments, device) for name, arguments in members.items())),
        (
            "epochs",
            (row for name in timed for shape in shapes.values() for row in time_epochs(name, timed, shape, device)),
        ),
    ]
    for part, rows in parts:
        for row in rows:
            found[part].append(row)
            tell(row)
    return found


def compare_draws(device: str) -> dict[str, Any]:
    """Random numbers on both, and how many differ in a bit."""
    numbers = []
    for where in ("CPU:0", device):
        with tf.device(where):
            draw = draws_of(kinds.SEED, kinds.PLACES)(tf.range(kinds.USERS), tf.constant(kinds.STEP, tf.int64))
        numbers.append(draw.numpy().view(np.uint32))
    return {"draws": int(numbers[0].size), "different": int(np.sum(numbers[0] != numbers[1]))}


def compare_member(name: str, arguments: Mapping[str, Any], device: str) -> dict[str, Any]:
    """The same steps of training on both."""
    histories = {}
    for computer, where in (("processor", "CPU:0"), ("GPU", device)):
        with tf.device(where):
            begun, histories[computer] = trained(arguments)
    return {"member": name, "steps": kinds.STEPS, "compared": compare_histories(histories, begun)}


def trained(arguments: Mapping[str, Any]) -> tuple[list[NDArray[Any]], list[list[NDArray[Any]]]]:
    """The parameters before training, and after each step."""
    model, steps = small_training(arguments)
    step, begun, history = step_of(model), [np.asarray(one) for one in model.moving], []
    for fed in steps:
        step(*fed)
        history.append([np.asarray(one) for one in model.moving])
    return begun, history


def time_epochs(
    name: str, timed: Mapping[str, Mapping[str, Any]], shape: Shape, device: str
) -> Iterator[dict[str, Any]]:
    """Seconds of an epoch of `fit` on both, in turns."""
    ratings = random_ratings(shape, values_of(timed[name]["units"]), users=kinds.STEPS_AN_EPOCH * shape.batch_size)
    best = {}
    for computer, where in (("processor", "CPU:0"), ("GPU", device)):
        with tf.device(where):
            model = make_member(shape, ratings, timed[name])
            best[computer] = epoch_seconds({name: (model, ratings)}, shape.batch_size, REPEATS)[name]
    for computer, seconds in best.items():
        yield {"library": "rbm_lib", "member": name, "hidden": shape.num_hidden, "on": computer, "seconds": seconds}
