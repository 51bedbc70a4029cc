"""The ladder: predictors from the article's model to the best one, on the same targets, from the records.

A rung is found by the fields of records: predictor, metric, number of ratings. Rungs without records are omitted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rbm_lib import baselines
from rbm_lib.baselines import AlwaysLike, ItemUserBias, OrdinalBiases

from .metrics import METRICS
from .ranking import KNOW_NOTHING, leader, leaders, measurements, paired_gains
from .survey import Survey, constant_answer, standing
from .wording import record_text

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
BASE_RATES, MACHINES, RIVALS = "base rates", "Boltzmann machines", "rivals"
TWO_WAY = "users and films"  # what the intervals are over
BY = ("accuracy", "auc")
COLUMNS = ("rung", "label", "predictor", "family", "reads", "notebook", "metric", "value", "low", "high", "over")


@dataclass(frozen=True)
class Rung:
    """One step of the ladder.

    Attributes:
        key: its name in code.
        label: its name for readers; `{predictor}` is replaced by the name in the records.
        reads: its training data.
        family: `BASE_RATES`, `MACHINES` or `RIVALS`, which determines its colour.
        predictors: its names in the records.
    """

    key: str
    label: str
    reads: str
    family: str
    predictors: tuple[str, ...]


def rival_names() -> tuple[str, ...]:
    """The names of rivals in the records: all predictors of `rbm_lib.baselines` except base rates."""
    offered = (getattr(baselines, name) for name in dir(baselines))
    named = {
        str(one.name) for one in offered if isinstance(getattr(one, "name", None), str) and hasattr(one, "predict")
    }
    return tuple(sorted(named - {*KNOW_NOTHING, OrdinalBiases.name}))


RUNGS = (
    Rung("article", "the article's RBM", "likes", MACHINES, ("as published",)),
    Rung("constant", "the same answer always", "nothing", BASE_RATES, (AlwaysLike.name,)),
    Rung("biases", "film and user biases", "likes", BASE_RATES, (ItemUserBias.name,)),
    Rung("likes", "RBM of likes", "likes", MACHINES, ("RBM of likes alone", "RBM of likes")),
    Rung(
        "conditional", "conditional RBM of likes", "likes, and which films were rated", MACHINES,
        ("conditional RBM of likes alone", "conditional RBM of likes"),
    ),
    Rung("stars", "{predictor}", "stars", MACHINES, ("item-based RBM", "user-based RBM")),
    Rung("several", "{predictor}", "stars", MACHINES, ("pool of RBMs", "average of RBMs", "blend of RBMs")),
    Rung("rival", "best rival: {predictor}", "likes or stars", RIVALS, rival_names()),
)  # fmt: skip


def ladder_rows(survey: Survey) -> pd.DataFrame:
    """Accuracy and AUC of every measured rung, on the targets of the largest comparison.

    Among several records of a rung, one with an interval over users and films is preferred, then one of the largest
    comparison, then the order of the rung's predictors and of the notebooks. Among rivals, the highest AUC is taken.

    Args:
        survey: `Survey`.
    Returns:
        rows: DataFrame with the columns `COLUMNS`, two rows per rung, the lowest rung first.
    """
    import pandas as pd

    measured = measurements(survey)
    first = leader(leaders(measured, BY[0]))
    rows: list[Row] = []
    if first is not None:
        asked = measured[(measured["num_ratings"] == first["num_ratings"]) & measured["metric"].isin(BY)]
        asked = asked[~asked["validation"].astype(bool) & asked["repeats"].isna()]
        for rung in RUNGS:
            rows += _found(rung, asked, first["notebook"])
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _found(rung: Rung, asked: pd.DataFrame, fullest: str) -> list[Row]:
    """The records of one rung, one per metric; an empty list unless all metrics were measured."""
    candidates = []
    for place, (_, part) in enumerate(asked.groupby(["notebook", "group", "predictor"], sort=False)):
        by = {row["metric"]: row for row in part.to_dict("records")}
        predictor, notebook = part["predictor"].iloc[0], part["notebook"].iloc[0]
        if predictor in rung.predictors and set(BY) <= by.keys():
            best = -by["auc"]["value"] if rung.family == RIVALS else rung.predictors.index(predictor)
            order = by["auc"]["over"] != TWO_WAY, notebook != fullest, best, place
            candidates.append((order, predictor, [by[metric] for metric in BY]))
    if not candidates:
        return []
    _, predictor, records = min(candidates, key=lambda one: one[0])
    said = {
        "rung": rung.key,
        "label": rung.label.format(predictor=predictor),
        "family": rung.family,
        "reads": rung.reads,
    }
    return [said | {column: record[column] for column in COLUMNS if column not in said} for record in records]


def ladder_table(rows: pd.DataFrame) -> list[list[str]]:
    """The ladder as text, one row per rung: label, training data, accuracy and AUC with intervals.

    Args:
        rows: DataFrame of `ladder_rows`.
    """
    table = []
    for _, part in rows.groupby("rung", sort=False):
        units = {metric: METRICS[metric].unit for metric in part["metric"]}
        values = [record_text(row | {"unit": units[row["metric"]]}) for row in part.to_dict("records")]
        table.append([part["label"].iloc[0], part["reads"].iloc[0], *values])
    return table


def ladder_brackets(rows: pd.DataFrame) -> str:
    """A sentence on what the intervals of the ladder's table are over, from the records; empty without intervals.

    Args:
        rows: DataFrame of `ladder_rows`.
    """
    kinds: dict[str, dict[str, None]] = {}
    for row in rows[rows["low"].notna()].to_dict("records"):
        kinds.setdefault(row["over"], {})[row["label"]] = None
    if len(kinds) == 1:
        return f"Brackets are 95 % intervals over {next(iter(kinds))}."
    others = [f"over {over} for {', '.join(labels)}" for over, labels in kinds.items() if over != TWO_WAY]
    return f"Brackets are 95 % intervals over {TWO_WAY}, {'; '.join(others)}." if kinds else ""


def ladder_verdict(survey: Survey, rows: pd.DataFrame) -> str:
    """The answer of the whole collection in at most 80 words; empty if no rung was measured.

    Args:
        survey: `Survey`.
        rows: DataFrame of `ladder_rows`.
    """
    return " ".join(_sentences(survey, rows))


def _sentences(survey: Survey, rows: pd.DataFrame) -> Iterator[str]:
    auc = rows[rows["metric"] == "auc"].set_index("rung")
    often = _beside(survey, rows, "article", "constant", "accuracy")
    if often:
        words = {"better than": "more often than", "worse than": "less often than"}.get(often, "about as often as")
        yield f"The article's machine is right {words} always answering “{constant_answer(survey)}”."
    likes, stars, top = (
        _beside(survey, rows, *pair, "auc") for pair in (("likes", "biases"), ("stars", "biases"), ("several", "rival"))
    )
    if likes:
        yield f"By AUC, an RBM of likes is {likes} two biases, one number a film and one a user."
    if stars:
        yield f"With stars, it is {stars} them."
    if top:
        rival = auc.loc["rival", "predictor"]
        yield f"The {auc.loc['several', 'predictor']} is {top} the best rival, {rival}."
    best = auc["value"].max()
    if "biases" in auc.index and best > 0.5:
        share = (auc.loc["biases", "value"] - 0.5) / (best - 0.5)
        most = ": most of an opinion is film and generosity, not taste" if 0.5 < share <= 1 else ""
        if share <= 0:
            yield "Two biases alone do no better than a coin."
            return
        yield f"Two biases alone go {share:.0%} of the way from a coin to the best of these{most}."


def _beside(survey: Survey, rows: pd.DataFrame, one: str, other: str, metric: str) -> str:
    """The comparison of two rungs: by a paired interval from a notebook, else by their two intervals."""
    chosen = rows[rows["metric"] == metric].set_index("rung")
    if not {one, other} <= set(chosen.index):
        return ""
    paired = _paired(survey, chosen.loc[[one, other]].to_dict("records"), metric)
    if paired:
        return paired
    mine, others = (chosen.loc[key].to_dict() for key in (one, other))
    stands = standing(mine, others, METRICS[metric].lower_is_better)
    return {"better": "better than", "worse": "worse than"}.get(stands, "about level with")


def _paired(survey: Survey, pair: Sequence[Row], metric: str) -> str:
    """The verdict of a notebook on two predictors; the notebook of the rung's record is preferred."""
    one, other = pair
    names = next(rung.predictors for rung in RUNGS if one["predictor"] in rung.predictors)
    found = [
        (notebook != one["notebook"], names.index(predictor), verdict)
        for (notebook, predictor, over, by), (_, _, _, verdict) in paired_gains(survey).items()
        if by == metric and predictor in names and over == other["predictor"]
    ]
    return min(found)[-1] if found else ""
