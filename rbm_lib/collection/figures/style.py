"""The look of every figure: colours that stand for the same thing in all notebooks, fonts, sizes."""

from __future__ import annotations

import re
import warnings
import zlib
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import seaborn as sns

from rbm_lib.collection.results import KNOW_NOTHING, one_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's colours, distinct for every kind of colour vision; one for each predictor, in all notebooks.
BLUE, ORANGE, GREEN, PURPLE, SKY, RED, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#6B6B6B",
)  # fmt: skip
PREDICTOR_COLOURS = {
    "always-like": "#9A9A9A",
    "popularity": "#7A7A7A",
    "item mean": ORANGE,
    "item+user bias": GREEN,
    "plain RBM, sampled": "#E8C1D8",
    "plain RBM": PURPLE,
    "centred RBM, sampled": SKY,
    "centred RBM": BLUE,
    "best possible": RED,
    # Paul Tol's muted colours, for the machines of likes and of stars.
    "overall mean": "#8A8A8A",
    "softmax RBM": "#AA4499",
    "ordinal RBM": "#88CCEE",
    "conditional ordinal RBM": "#6655BB",
    "centred ordinal RBM": "#4A4AA0",
    "user-based RBM": "#44449A",
    "item-based ordinal RBM": "#882255",
    "item-based RBM": "#994466",
    "average of two ordinal RBMs": "#000000",
    "average of RBMs": "#222222",
    "blend of RBMs": "#661100",
    "pool of RBMs": "#A03020",
    "time-aware pool of RBMs": "#D04010",
    "RBM of likes": "#C86FA0",
    "conditional RBM of likes": "#A0467C",
    # And for rivals and lists.
    "item neighbours": "#CCAA33",
    "biased factorisation": "#CC6677",
    "logistic factorisation": "#999933",
    "Bayesian factorisation machine": "#DDAA66",
    "EASE": "#117733",
    "popular films": "#7E7E7E",
    "RBM of ratings": "#44AA99",
    "RBM, liked or not": "#1166AA",
    "RBM with film couplings": "#AA1155",
}
RIVALS = ("item neighbours", "biased factorisation", "logistic factorisation", "Bayesian factorisation machine", "EASE")
# For predictors that are not listed above, as a new rival.
SPARE_COLOURS = ("#7B3F00", "#005F73", "#9B5DE5", "#6A994E", "#BC4749", "#2A6F97", "#B5838D", "#8D7B00")
ENGINE_COLOURS = {"sparse": BLUE, "dense": ORANGE, "scikit-learn": GREEN}
METRIC_LABELS = {
    "accuracy": "accuracy (share of ratings)",
    "balanced_accuracy": "balanced accuracy (share)",
    "auc": "AUC",
    "log_loss": "log loss (nats a rating)",
    "brier": "Brier score",
    "rmse": "RMSE (stars)",
    "mae": "mean absolute error (stars)",
    "seconds": "time per epoch (s)",
}


def label_of(text: str, width: int | None = None) -> str:
    """A name from a data set as a label: on one line, cut to a width, and never read as a formula.

    Args:
        text: a title or an id.
        width: most characters, None for all of them.
    """
    return one_line(text)[:width].replace("$", r"\$")


def colour_of(predictor: str) -> str:
    """The colour of a predictor in all notebooks: its own, or a spare one that depends on its name."""
    spare = SPARE_COLOURS[zlib.crc32(predictor.encode()) % len(SPARE_COLOURS)]
    return PREDICTOR_COLOURS.get(predictor, spare)


def family_colour(predictor: str) -> str:
    """The colour of a predictor's family: base rates grey, Boltzmann machines blue, known rivals orange, the truth red.

    Args:
        predictor: a name; one of no known family keeps `colour_of`.
    """
    if predictor in (*KNOW_NOTHING, "popular films"):
        return GREY
    if predictor in RIVALS:
        return ORANGE
    return BLUE if re.search(r"\bRBMs?\b", predictor) else colour_of(predictor)


def use_style() -> None:
    """The look of every figure; call it once, in the setup cell.

    A character that the font lacks is drawn as a box, without a warning: titles come in every script.
    """
    warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from", category=UserWarning)
    warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support", category=UserWarning)
    sns.set_theme(
        context="notebook",
        style="ticks",
        rc={
            "figure.figsize": (8, 4.2),
            "figure.dpi": 110,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": "#E6E6E6",
            "axes.axisbelow": True,
            "axes.titlelocation": "left",
            "axes.titlesize": "medium",
            "legend.frameon": False,
            "font.family": "DejaVu Sans",
        },
    )


def new_figure(columns: int = 1, *, width: float = 8.6, height: float = 4.2, **kwargs: Any) -> tuple[Figure, Any]:
    """A figure and its axes (one, or an array of `columns`), laid out tightly."""
    return plt.subplots(1, columns, figsize=(width, height), layout="constrained", **kwargs)
