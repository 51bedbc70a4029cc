"""Writes programs of training steps, their ratings and what TensorFlow makes of them on the processor, for `on_jax`."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import members as kinds
from .members import MEMBERS, ML_1M, TIMED, Shape, batches_of, make_member, random_ratings, values_of
from .program import Program, arguments_of, draws_of, program_of, small_training, step_of

if TYPE_CHECKING:
    from collections.abc import Iterable


def write_programs(
    folder: Path, *, members: Iterable[str] = tuple(MEMBERS), shapes: Iterable[Shape] = tuple(ML_1M.values())
) -> dict[str, Any]:
    """Write everything that a machine with a GPU and JAX needs.

    Args:
        folder: folder, made if missing.
        members: the machines to compare, keys of `members.MEMBERS`.
        shapes: the trainings to time.
    Returns:
        manifest: dict, also written as `manifest.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {
        "draws": [_write_draws(folder)],
        "members": [_write_member(folder, number, name) for number, name in enumerate(members)],
        "timed": [_write_timed(folder, name, shape) for name in TIMED for shape in shapes],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return manifest


def _write_draws(folder: Path) -> dict[str, Any]:
    import tensorflow as tf

    numbers = draws_of(kinds.SEED, kinds.PLACES)
    users, step = np.arange(kinds.USERS, dtype=np.int32), np.int64(kinds.STEP)
    arguments = (tf.constant(users), tf.constant(step))
    stablehlo = numbers.experimental_get_compiler_ir(*arguments)(stage="stablehlo_serialized")  # type: ignore[attr-defined]
    expected = numbers(*arguments).numpy()
    program = Program(stablehlo, [], [])
    arrays = {"fed0": users, "fed1": step, "expected": expected}
    return _write(folder, "draws", program, [users, step], [expected], arrays)


def _write_member(folder: Path, number: int, name: str) -> dict[str, Any]:
    model, steps = small_training(MEMBERS[name])
    step = step_of(model)
    program = program_of(model, step, steps[0])
    start = program.state()
    arrays: dict[str, Any] = {f"state{place}": one for place, one in enumerate(start)}
    for done, arguments in enumerate(steps):
        result, fed = step(*arguments).numpy(), [one.numpy() for one in arguments[1:]]
        arrays |= {f"fed{place}_{done}": one for place, one in enumerate(fed)}
        arrays |= {f"after{done}_{place}": one for place, one in enumerate(program.state())}
    results = [result, *(start[place] for place in program.carried)]
    learnt = [place for place in program.carried if "rbm_layer/" in program.variables[place].name]
    entry = _write(folder, f"member-{number}", program, fed, results, arrays)
    return entry | {"member": name, "steps": len(steps), "learnt": learnt}


def _write_timed(folder: Path, name: str, shape: Shape) -> dict[str, Any]:
    arguments = TIMED[name]
    values = values_of(arguments["units"])
    ratings = random_ratings(shape, values)
    model = make_member(shape, ratings, arguments)
    first = arguments_of(batches_of(ratings, shape.batch_size)[0], 0)
    program = program_of(model, step_of(model), first)
    fed, start = [one.numpy() for one in first[1:]], program.state()
    results = [np.float32(0), *(start[place] for place in program.carried)]
    state = [[one.name, *_aval(array)] for one, array in zip(program.variables, start, strict=True)]
    entry = _write(folder, f"timed-{name}-{shape.num_hidden}", program, fed, results, None)
    sizes = {
        "batch_size": shape.batch_size,
        "ratings_a_user": shape.ratings_a_user,
        "films": shape.num_items,
        "hidden": shape.num_hidden,
    }
    return entry | sizes | {"member": name, "steps": kinds.STEPS_AN_EPOCH, "values": values, "state": state}


def _write(
    folder: Path,
    stem: str,
    program: Program,
    fed: list[Any],
    results: list[Any],
    arrays: dict[str, Any] | None,
) -> dict[str, Any]:
    # The numbers of rows and films stand in a program as constants: it shrinks to less than a hundredth.
    (folder / f"{stem}.stablehlo.xz").write_bytes(lzma.compress(program.stablehlo, preset=3))
    entry = {
        "program": f"{stem}.stablehlo.xz",
        "fed": len(fed),
        "states": len(program.variables),
        "carried": program.carried,
        "arguments": [_aval(one) for one in [*fed, *program.state()]],
        "results": [_aval(one) for one in results],
    }
    if arrays is not None:
        np.savez_compressed(folder / f"{stem}.npz", **arrays)
        entry["arrays"] = f"{stem}.npz"
    return entry


def _aval(array: Any) -> list[Any]:
    return [list(np.shape(array)), str(np.asarray(array).dtype)]
