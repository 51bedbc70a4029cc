"""Figures that others have published, each with its paper and table; none of them was measured here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Published:
    """One reported figure.

    Attributes:
        dataset, protocol: what it was measured on, and how the ratings were divided.
        metric: as `rmse`.
        model: as the paper calls it.
        reported: the figure.
        source, place: the paper or page, and where in it.
    """

    dataset: str
    protocol: str
    metric: str
    model: str
    reported: float
    source: str
    place: str


_AUTOREC = ("Sedhain and others, AutoRec, 2015", "Table 1")
_CF_NADE = ("Zheng and others, A Neural Autoregressive Approach to Collaborative Filtering, 2016", "tables of ML-1M")
_ARTICLE = "Oppermann, Deep Learning Meets Physics: Restricted Boltzmann Machines, Part II, 2018"
_RANDOM, _FIRST_TEN = "random 90/10", "first ten ratings of each user"

PUBLISHED = (
    Published("ml-1m", _RANDOM, "rmse", "RBM, users as cases", 0.881, *_AUTOREC),
    Published("ml-1m", _RANDOM, "rmse", "RBM, films as cases", 0.854, *_AUTOREC),
    Published("ml-1m", _RANDOM, "rmse", "biased matrix factorisation", 0.845, *_AUTOREC),
    Published("ml-1m", _RANDOM, "rmse", "AutoRec, films as cases", 0.831, *_AUTOREC),
    Published("ml-1m", _RANDOM, "rmse", "CF-NADE, films as cases", 0.829, *_CF_NADE),
    Published("ml-1m", _RANDOM, "rmse", "GLocal-K", 0.8227, "Han and others, GLocal-K, 2021", "its README"),
    Published("ml-1m", _FIRST_TEN, "accuracy", "the article's RBM", 0.78, _ARTICLE, "at the end of training"),
)


def published(dataset: str, metric: str | None = None) -> pd.DataFrame:
    """What others report on a data set: DataFrame with the columns of `Published`, its figures under `reported`.

    Args:
        dataset: name of a data set; another than the known ones gives an empty table.
        metric: as `rmse`; None for all.
    """
    import pandas as pd

    rows = [asdict(one) for one in PUBLISHED if one.dataset == dataset and metric in (None, one.metric)]
    return pd.DataFrame(rows, columns=list(Published.__dataclass_fields__))
