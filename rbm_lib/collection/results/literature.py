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
        credible: whether it was measured as its paper says, on ratings that chose nothing.
        why: what speaks for or against it, and in which file one can see that.
    """

    dataset: str
    protocol: str
    metric: str
    model: str
    reported: float
    source: str
    place: str
    credible: bool
    why: str


_AUTOREC = ("Sedhain and others, AutoRec, 2015", "Table 1", True, "five splits, a tenth of the inputs for validation")
_CF_NADE = (
    "Zheng and others, A Neural Autoregressive Approach to Collaborative Filtering, 2016",
    "tables of ML-1M",
    True,
    "best epoch by a validation part",
)
_MYFM = "Ohtsuki, myFM, its notebook of ML-1M"
_ARTICLE = "Oppermann, Deep Learning Meets Physics: Restricted Boltzmann Machines, Part II, 2018"
_RANDOM, _FIRST_TEN, _FOLD_1 = "random 90/10", "first ten ratings of each user", "fold u1"
_EPOCH_BY_TEST = "epoch chosen on the test part: the best of the epochs in its notebook, no validation part"
_GHRS = ("Zamanzadeh Darban and Valipour, GHRS, 2021", "its tables", False)
_GHRS_WHY = "features of users are made from all ratings, those of the test part too (Features1M.py)"

# fmt: off
PUBLISHED = (
    Published("ml-1m", _RANDOM, "rmse", "RBM, user-based", 0.881, *_AUTOREC),
    Published("ml-1m", _RANDOM, "rmse", "RBM, item-based", 0.854, *_AUTOREC),
    Published("ml-1m", _RANDOM, "rmse", "biased matrix factorisation", 0.845, *_AUTOREC),
    Published("ml-1m", _RANDOM, "rmse", "AutoRec, item-based", 0.831, *_AUTOREC),
    Published("ml-1m", _RANDOM, "rmse", "CF-NADE, item-based", 0.829, *_CF_NADE),
    Published("ml-1m", _RANDOM, "rmse", "GC-MC", 0.832, "van den Berg and others, GC-MC, 2017", "Table 3", True,
              "a fixed number of epochs (train.py); one split"),
    Published("ml-1m", _RANDOM, "rmse", "IGMC", 0.857, "Zhang and Chen, IGMC, 2020", "its tables",
              True, "the last epoch, or the mean of the last ones (train_eval.py)"),
    Published("ml-1m", _RANDOM, "rmse", "SparseFC", 0.824, "Muller and others, SparseFC, 2018",
              "its tables", False, "penalties chosen on the part that is reported (kernelNet_ml1m.py)"),
    Published("ml-1m", _RANDOM, "rmse", "GHRS", 0.833, *_GHRS, _GHRS_WHY),
    Published("ml-1m", _RANDOM, "rmse", "GLocal-K", 0.8227, "Han and others, GLocal-K, 2021", "its README", False,
              _EPOCH_BY_TEST),
    Published("ml-1m", _RANDOM, "rmse", "myFM with the day, ordered probit", 0.8140, _MYFM, "fold 0", True,
              "priors are sampled, nothing is chosen; one fold; told the day of the rating"),
    Published("ml-1m", _RANDOM, "rmse", "myFM with the day, Gaussian", 0.8161, _MYFM, "fold 0", True,
              "priors are sampled, nothing is chosen; one fold; told the day of the rating"),
    Published("ml-1m", _FIRST_TEN, "accuracy", "the article's RBM", 0.78, _ARTICLE, "at the end of training", True,
              "below 0.876, what always answering like has"),
    Published("ml-100k", _FOLD_1, "rmse", "myFM with the day and what is known of users and films", 0.8808,
              "Ohtsuki, myFM", "ml-100k-extended.ipynb", True, "priors are sampled, nothing is chosen"),
    Published("ml-100k", _FOLD_1, "rmse", "GLocal-K", 0.8889, "Han and others, GLocal-K, 2021", "its README", False,
              _EPOCH_BY_TEST),
    Published("ml-100k", _FOLD_1, "rmse", "GHRS", 0.887, *_GHRS, _GHRS_WHY),
    Published("ml-100k", _FOLD_1, "rmse", "IGMC", 0.905, "Zhang and Chen, IGMC, 2020",
              "its tables", True, "the last epoch, or the mean of the last (train_eval.py)"),
)
# fmt: on


def published(dataset: str, metric: str | None = None) -> pd.DataFrame:
    """What others report on a data set: DataFrame with the columns of `Published`, its figures under `reported`.

    Args:
        dataset: name of a data set; another than the known ones gives an empty table.
        metric: as `rmse`; None for all.
    """
    import pandas as pd

    rows = [asdict(one) for one in PUBLISHED if one.dataset == dataset and metric in (None, one.metric)]
    return pd.DataFrame(rows, columns=list(Published.__dataclass_fields__))
