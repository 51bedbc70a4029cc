"""`reports/bench`: the rows, their figures, and a page that shows both."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rbm_lib._files import write_atomically

from .. import places
from . import words as bench_words
from .computer import BANDWIDTH, PEAK
from .rows import Bench, Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SOURCES = {"nothing": "nothing (imports alone)", "memory": "memory", "shards": "shards"}
AXES = {
    "ratings": ("How does an epoch grow with the ratings?", "ratings"),
    "films": ("And with the films, the ratings staying the same?", "films in the catalogue"),
    "hidden units": ("How does it grow with the hidden units?", "hidden units"),
    "k": ("And with k?", "k, Gibbs sweeps in the negative phase"),
}


Shown = tuple[str, str, str, list[str]]  # question, file, alternative text, sentences


def write_page(rows: list[Row], *, about: str, provenance: Mapping[str, Any]) -> Path:
    """Write `results.json`, the figures and `RESULTS.md`, each completely or not at all.

    Args:
        rows: list of dicts from `rows.row`.
        about: str, a sentence on the measurement.
        provenance: dict from `rbm_lib.collection.results.origin.provenance`.
    Returns:
        path: of `RESULTS.md`.
    """
    folder, bench = places.reports_root() / "bench", Bench(rows)
    shown = draw_figures(bench, folder / "figures")
    write_atomically(folder / "RESULTS.md", page_text(bench, shown, about, provenance))
    write_atomically(folder / "results.json", json.dumps(rows, indent=1) + "\n")
    return folder / "RESULTS.md"


def page_text(bench: Bench, figures: list[Shown], about: str, provenance: Mapping[str, Any]) -> str:
    """The Markdown of the page.

    Args:
        bench: `Bench`.
        figures: from `draw_figures`.
        about, provenance: as for `write_page`.
    """
    from rbm_lib.collection.results import markdown_table

    opening = " ".join(filter(None, [about, bench_words.load_sentence(bench)]))
    parts = ["# What an epoch costs, measured", opening, bench_words.bars_sentence(bench)]
    for question, file, alt, said in figures:
        parts += [f"## {question}", *said, f"![{alt}]({file})"]
    holds = {None: "", True: "yes", False: "**no**"}
    table = [
        [row["name"], plain_number(row["value"]), row["unit"], row["bar"], holds[row["holds"]]] for row in bench.rows
    ]
    parts += ["## Every number", markdown_table(["what", "value", "unit", "bar", "holds"], table)]
    parts += [", ".join(f"{name} {value}" for name, value in provenance.items())]
    return "\n\n".join(parts) + "\n"


def plain_number(value: float) -> float:
    """A count as an integer, so that a table shows all of it."""
    return int(value) if abs(value) >= 1 and float(value).is_integer() else value


def draw_figures(bench: Bench, folder: Path) -> list[Shown]:
    """Draw the measurements.

    Args:
        bench: `Bench`.
        folder: folder of the PNG files.
    Returns:
        figures: list of (question, file relative to the page, alternative text, sentences beside it).
    """
    from rbm_lib.collection.figures import new_figure, plot_bars, plot_roofline, use_style

    use_style()
    shown: list[Shown] = []
    if bench.barred:
        fig, ax = new_figure(width=10.5, height=1.2 + 0.36 * len(bench.barred))
        plot_bars(bench.barred, ax)
        alt = "Each measured number beside its bar: how many times within it, or short of it."
        shown.append(("Which bars hold?", _save(fig, folder, "bars"), alt, []))
    for name, group in (("growth-with-data", ("ratings", "films")), ("growth-with-model", ("hidden units", "k"))):
        if all(bench.group(one) for one in group):
            shown.append(_growth_figure(bench, group, folder, name))
    points = bench.points((1, 10))
    if len(points) and BANDWIDTH in bench and PEAK in bench:
        fig, ax = new_figure()
        plot_roofline(points, ax, bandwidth=bench.value(BANDWIDTH), peak=bench.value(PEAK))
        alt = "Operations per second against operations per byte, both engines, under the limits of the computer."
        shown.append(
            ("How close do the engines come to what the computer can do?", _save(fig, folder, "roofline"), alt, [])
        )
    if bench.group("large seconds") and bench.group("large memory"):
        shown.append(_large_figure(bench, folder))
    return shown


def _growth_figure(bench: Bench, groups: Sequence[str], folder: Path, name: str) -> Shown:
    from rbm_lib.collection.figures import new_figure, plot_growth

    fig, axes = new_figure(2, width=11)
    for ax, group in zip(axes, groups, strict=True):
        plot_growth(bench.curve(group), ax, xlabel=AXES[group][1])
    question = " ".join(AXES[group][0] for group in groups)
    alt = f"Seconds of an epoch against {' and against '.join(groups)}, a line an engine."
    said = " ".join(bench_words.growth_sentence(bench, group) for group in groups)
    return question, _save(fig, folder, name), alt, [said]


def _large_figure(bench: Bench, folder: Path) -> Shown:
    from rbm_lib.collection.figures import new_figure, plot_sources

    fig, (left, right) = new_figure(2, width=11, height=2.6)
    plot_sources(bench.group("large seconds"), left, names=SOURCES, xlabel="time per epoch (s)")
    memory = sorted(bench.group("large memory"), key=lambda row: list(SOURCES).index(row["x"]))
    plot_sources(memory, right, names=SOURCES, xlabel="peak memory of the process (GB)")
    question = "What does an epoch at MovieLens-32M's size take, from memory and from shards?"
    alt = "Seconds of an epoch and peak memory, training from memory and from shards, with the limits set."
    return question, _save(fig, folder, "large"), alt, [bench_words.large_sentence(bench)]


def _save(figure: Figure, folder: Path, name: str) -> str:
    """Write a figure, with the same bytes for the same numbers; returns its path relative to the page."""
    import io

    from matplotlib import pyplot

    buffer = io.BytesIO()
    look: dict[str, Any] = {"dpi": 160, "bbox_inches": "tight", "facecolor": "white", "metadata": {"Software": None}}
    figure.savefig(buffer, format="png", **look)
    pyplot.close(figure)
    write_atomically(folder / f"{name}.png", buffer.getvalue())
    return f"{folder.name}/{name}.png"
