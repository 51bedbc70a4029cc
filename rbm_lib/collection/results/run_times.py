"""The run times of the notebooks, stored beside the results for the README. Standard library only."""

import json
import os
from pathlib import Path
from typing import Any

from rbm_lib._files import read_json, write_atomically

from .. import places
from .notebooks import SLUG

NAME = "run-times.json"
LONGEST = 1e9  # an upper limit of seconds


def read_run_times(folder: Path) -> dict[str, Any]:
    """The run times stored in a report folder.

    Returns:
        times: `processors`; `seconds` by notebook; `quick_seconds` by notebook, taken from the embedded data set. Empty
            if there is no such file; damaged parts are left out.
    """
    try:
        found = read_json(folder / "results" / NAME)
    except (OSError, ValueError):
        found = {}
    found = found if isinstance(found, dict) else {}
    processors = found.get("processors")
    times = {name: _seconds(found.get(name)) for name in ("seconds", "quick_seconds")}
    return {"processors": processors if isinstance(processors, int) else None} | times


def _seconds(found: object) -> dict[str, float]:
    """The valid part of a mapping from notebooks to seconds."""
    if not isinstance(found, dict):
        return {}
    numbers = {name: value for name, value in found.items() if isinstance(value, int | float)}
    return {name: value for name, value in numbers.items() if SLUG.fullmatch(name) and 0 <= value < LONGEST}


def write_run_times(folder: Path, seconds: dict[str, float]) -> None:
    """Store new run times; a full report also takes those of the quick profile, which are not committed."""
    times = read_run_times(folder)
    times["processors"] = os.cpu_count()
    times["seconds"] = {slug: round(value, 1) for slug, value in seconds.items()}
    quick = places.report_folder("planted", "quick")
    if folder != quick:
        times["quick_seconds"] |= read_run_times(quick)["seconds"]
    _write(folder, times)


def adopt_quick_times(folder: Path) -> None:
    """Fill in missing quick run times of a full report; existing ones stay, and with them the README."""
    times = read_run_times(folder)
    quick = read_run_times(places.report_folder("planted", "quick"))["seconds"]
    missing = {slug: value for slug, value in quick.items() if slug not in times["quick_seconds"]}
    if missing and times["seconds"]:
        times["quick_seconds"] |= missing
        _write(folder, times)


def _write(folder: Path, times: dict[str, Any]) -> None:
    text = json.dumps(times, indent=1, sort_keys=True) + "\n"
    write_atomically(folder / "results" / NAME, text)
