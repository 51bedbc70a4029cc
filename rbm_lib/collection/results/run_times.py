"""How long each notebook ran, kept beside the results: the README shows it. Standard library only."""

import json
import os
from pathlib import Path
from typing import Any

from rbm_lib._files import write_atomically

from .. import places

NAME = "run-times.json"


def read_run_times(folder: Path) -> dict[str, Any]:
    """The run times kept in a report folder.

    Returns:
        times: `processors`; `seconds` by notebook; `quick_seconds` by notebook, adopted from the embedded data set.
    """
    try:
        times = json.loads((folder / "results" / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        times = {}
    return {"processors": None, "seconds": {}, "quick_seconds": {}} | times


def write_run_times(folder: Path, seconds: dict[str, float]) -> None:
    """Keep new run times; a full report also adopts those of the quick profile, which are not committed."""
    times = read_run_times(folder)
    times["processors"] = os.cpu_count()
    times["seconds"] = {slug: round(value, 1) for slug, value in seconds.items()}
    quick = places.report_folder("planted", "quick")
    if folder != quick:
        times["quick_seconds"] |= read_run_times(quick)["seconds"]
    _write(folder, times)


def adopt_quick_times(folder: Path) -> None:
    """Fill in quick run times that a full report still lacks; those it has stay, and the README with them."""
    times = read_run_times(folder)
    quick = read_run_times(places.report_folder("planted", "quick"))["seconds"]
    missing = {slug: value for slug, value in quick.items() if slug not in times["quick_seconds"]}
    if missing and times["seconds"]:
        times["quick_seconds"] |= missing
        _write(folder, times)


def _write(folder: Path, times: dict[str, Any]) -> None:
    text = json.dumps(times, indent=1, sort_keys=True) + "\n"
    write_atomically(folder / "results" / NAME, text)
