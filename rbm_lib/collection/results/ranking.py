"""Who leads each comparison, from the fields of the notebooks' records: measurements, leaders, their sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rbm_lib.baselines import BASE_RATES, STAR_BASE_RATES, AlwaysLike
from rbm_lib.evaluation import BEST_POSSIBLE, compare

from .metrics import METRICS
from .reading import Record
from .survey import Survey, standing
from .wording import record_text

if TYPE_CHECKING:
    import pandas as pd

ALWAYS_LIKE = AlwaysLike.name
KNOW_NOTHING = tuple(dict.fromkeys(make.name for make in (*BASE_RATES, *STAR_BASE_RATES)))  # of tastes
TAKEN = (
    "name", "predictor", "metric", "group", "validation", "over", "repeats", "value", "low", "high", "unit",
    "base_rate",
)  # fmt: skip
COLUMNS = ("notebook", *TAKEN, "num_ratings", "place")
GAIN_COLUMNS = ("predictor", "over", "metric", "gain", "low", "high")  # of a table of gains on the same users


# (gain, low, high, verdict) by notebook, predictor, over and metric.
Gains = dict[tuple[str, str, str, str], tuple[float, float, float, str]]


def measurements(survey: Survey) -> pd.DataFrame:
    """Every record that is a metric of a predictor: DataFrame with the columns `COLUMNS`, in reading order.

    `place` says where it was measured, in words: the notebook, and the group if there is one.
    """
    import pandas as pd

    rows = []
    for slug, results in survey.results.items():
        for record in results.payload["records"]:
            if record["metric"] is not None:
                place = ", ".join(filter(None, (f"notebook {slug[:2]}", record["group"])))
                rows.append((slug, *(record[field] for field in TAKEN), record["num_ratings"], place))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    missing = ["over", "repeats", "low", "high", "unit", "base_rate"]
    unset = table[missing].astype(object)  # pandas would read a missing end as NaN
    return table.assign(**unset.where(unset.notna(), None), num_ratings=table["num_ratings"].fillna(0).astype(int))


def comparisons(measured: pd.DataFrame, metric: str) -> Iterator[pd.DataFrame]:
    """What one notebook measured in one way, best first: yields DataFrames with `is_base` and `beside`.

    Validation parts and means over seeds or splits are left out, and so are comparisons without a base rate or without
    anything to compare with it. A second name of a machine's figure is left out too.

    Args:
        measured: DataFrame of `measurements`.
        metric: as `rmse`.
    Returns:
        parts: rows of `measured` with is_base (knows nothing of tastes, or knows the truth) and beside (the
            strongest base rate).
    """
    rows = measured[(measured["metric"] == metric) & ~measured["validation"].astype(bool) & measured["repeats"].isna()]
    for _, part in rows.groupby(["notebook", "group"], sort=False):
        contender = ~part["predictor"].isin([*KNOW_NOTHING, BEST_POSSIBLE])
        part = part[~(contender & part.assign(contender=contender).duplicated(["contender", "value", "low", "high"]))]
        part = part.sort_values("value", ascending=METRICS[metric].lower_is_better, kind="stable")
        knows_nothing = part["predictor"].isin(KNOW_NOTHING)
        if knows_nothing.any():
            is_base = knows_nothing | (part["predictor"] == BEST_POSSIBLE)
            part = part.assign(is_base=is_base, beside=part.loc[knows_nothing, "predictor"].iloc[0], compared=len(part))
            if not is_base.all():
                yield part


def leaders(measured: pd.DataFrame, metric: str, best: int = 3) -> pd.DataFrame:
    """Of each comparison the best predictors, the strongest base rate, always-like and, where known, the best possible.

    Args:
        measured, metric: as for `comparisons`.
        best: int >= 1, predictors of each comparison.
    Returns:
        rows: DataFrame, best first within a comparison.
    """
    import pandas as pd

    chosen = []
    for part in comparisons(measured, metric):
        contenders = part[~part["is_base"]].head(best)["predictor"]
        kept = part["predictor"].isin([*contenders, part["beside"].iloc[0]])
        chosen.append(part[kept | part["predictor"].isin([ALWAYS_LIKE, BEST_POSSIBLE])])
    columns = [*measured.columns, "is_base", "beside", "compared"]
    return pd.concat(chosen, ignore_index=True) if chosen else pd.DataFrame(columns=columns)


def leader(rows: pd.DataFrame) -> Record | None:
    """Who is first in the comparison with the most predictors; None without any.

    Among notebooks with equally many predictors, the one with the most ratings decides, then the earlier one; in a
    notebook, its first comparison.
    """
    rows = rows[~rows["is_base"].astype(bool)]
    if rows.empty:
        return None
    fullest = rows[rows["compared"] == rows["compared"].max()]
    asked = fullest.groupby("notebook")["num_ratings"].max()  # in the order of the notebooks, so idxmax is the earlier
    return fullest[fullest["notebook"] == asked.idxmax()].iloc[0].to_dict()


def paired_gains(survey: Survey) -> Gains:
    """Differences on the same users, from every table of them: (gain, low, high, verdict), positive is better.

    Returns:
        gains: dict by (notebook, predictor, over, metric), of the notebook's comparison without a group. The verdict is
            the table's, which may be corrected for the number of its rows; of a table without, the interval's.
    """
    found: Gains = {}
    for slug, results in survey.results.items():
        for table in results.payload["tables"].values():
            if set(GAIN_COLUMNS) <= set(table["columns"]):
                for values in table["rows"]:
                    row = dict(zip(table["columns"], values, strict=True))
                    numbers = all(type(row[part]) in (int, float) for part in ("gain", "low", "high"))
                    if not numbers or row["low"] > row["high"]:
                        continue  # a gain that does not exist for these ratings
                    where = (slug, row["predictor"], row["over"], row["metric"])
                    verdict = row.get("verdict") or compare(row["low"], row["high"])
                    found[where] = (row["gain"], row["low"], row["high"], str(verdict))
    return found


def gain_text(gain: float, low: float, high: float, unit: str | None) -> str:
    """A gain with its sign: `+0.6 points [+0.5, +0.8]`, `+0.0478 [+0.0431, +0.0513]`."""
    if unit == "share":
        return f"{100 * gain:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}]"
    return f"{gain:+.4f} [{low:+.4f}, {high:+.4f}]"


def leader_sentence(rows: pd.DataFrame, metric: str, gains: Gains | None = None, constant: str = "like") -> str:
    """The leader of the comparison with the most predictors, and the strongest base rate; empty without one.

    Args:
        rows: DataFrame of `leaders`.
        metric: as `rmse`.
        gains: from `paired_gains`: paired differences are more precise than two intervals, because they share users.
        constant: the answer of *always-like*, "dislike" if likes are the minority.
    """
    first = leader(rows)
    if first is None:
        return ""
    mine = rows[(rows["notebook"] == first["notebook"]) & (rows["group"] == first["group"])]
    base = mine[mine["predictor"] == first["beside"]].iloc[0].to_dict()
    words = {
        "better": "clear of",
        "worse": "short of",
        "overlapping": "its interval overlapping that of",
        "no interval": "beside",
    }
    stands, paired = words[standing(first, base, METRICS[metric].lower_is_better)], ""
    gain = (gains or {}).get((first["notebook"], first["predictor"], base["predictor"], metric))
    if gain and not first["group"]:
        stands, paired = gain[3], f" ({gain_text(*gain[:3], first['unit'])} on the same users)"
    sentence = (
        f"By {METRICS[metric].words} ({first['place']}) {first['predictor']} comes first with {record_text(first)}, "
        f"{stands} the strongest base rate, {base['predictor']}, with {record_text(base)}{paired}"
    )
    others = mine[(mine["predictor"] == ALWAYS_LIKE) & (mine["predictor"] != base["predictor"])].to_dict("records")
    return sentence + "".join(f"; always answering “{constant}” has {record_text(row)}" for row in others) + "."
