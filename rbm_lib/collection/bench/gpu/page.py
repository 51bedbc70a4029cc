"""`reports/bench-gpu`: the measurement on a GPU as JSON and as a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rbm_lib._files import write_atomically

from ... import places


def write_page(found: dict[str, Any]) -> Path:
    """Write `results.json` and `RESULTS.md`, each completely or not at all.

    Args:
        found: dict of "computer", "draws", "members" and "epochs"; see `native.measure`.
    Returns:
        path: of `RESULTS.md`.
    """
    folder = places.reports_root() / "bench-gpu"
    write_atomically(folder / "RESULTS.md", page_text(found))
    write_atomically(folder / "results.json", json.dumps(found, indent=1) + "\n")
    return folder / "RESULTS.md"


def page_text(found: dict[str, Any]) -> str:
    """The Markdown of the page."""
    from rbm_lib.collection.results import markdown_table

    computer = ", ".join(f"{name} {value}" for name, value in found["computer"].items())
    heads = ["machine", "pair", "after step", "largest difference", "root mean square / what was learnt"]
    compared = [
        [one["member"], row["pair"], row["step"], f"{row['largest']:.2g}", f"{row['relative']:.2g}"]
        for one in found["members"]
        for row in one["compared"]
    ]
    return (
        "\n\n".join(
            [
                "# The dense engine on a GPU",
                f"Measured by `make bench-gpu`: {computer}.",
                "## Does it draw the same numbers?",
                draws_sentence(found),
                "## Does it learn the same?",
                members_sentence(found),
                markdown_table(heads, compared),
                "## How long does an epoch take?",
                "Ratings at random of the size of MovieLens-1M: 6,144 users in mini-batches of 1,024, 165 ratings "
                "each, 3,706 films; CD-1, Adam; the best epoch.",
                epochs_table(found),
            ]
        )
        + "\n"
    )


def draws_sentence(found: dict[str, Any]) -> str:
    """How many random numbers are the same, bit for bit."""
    drawn, different = (sum(one[name] for one in found["draws"]) for name in ("draws", "different"))
    if not different:
        return f"All {drawn:,} random numbers compared are the processor's, bit for bit."
    return f"**{different:,} of {drawn:,} random numbers differ from the processor's.**"


def members_sentence(found: dict[str, Any]) -> str:
    """The machine whose training on the GPU is farthest from the processor's."""
    last = [
        (row["relative"], one["member"], row["step"])
        for one in found["members"]
        for row in one["compared"]
        if row["pair"] == "GPU and processor" and row["step"] == one["steps"]
    ]
    relative, member, step = max(last)
    return (
        f"{len(last)} machines of the family after {step} steps: GPU and processor are farthest apart for "
        f"“{member}”, by {relative:.2g} of what was learnt (root mean square). A sampled value changes where rounding "
        "moves a probability across its random number."
    )


def epochs_table(found: dict[str, Any]) -> str:
    """Seconds of an epoch, a row for each machine and number of hidden units, a column for each library and place."""
    from rbm_lib.collection.results import markdown_table

    columns = list(dict.fromkeys((one["library"], one["on"]) for one in found["epochs"]))
    rows = dict.fromkeys((one["member"], one["hidden"]) for one in found["epochs"])
    seconds = {(one["member"], one["hidden"], one["library"], one["on"]): one["seconds"] for one in found["epochs"]}
    table = [
        [member, hidden, *(_told(seconds.get((member, hidden, *column))) for column in columns)]
        for member, hidden in rows
    ]
    return markdown_table(["ratings", "hidden units", *(f"{library}, {on} (s)" for library, on in columns)], table)


def _told(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.3g}"
