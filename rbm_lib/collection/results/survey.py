"""What the notebooks have found, taken together, from their results files: who leads, what holds, what is missing."""

import re
from dataclasses import dataclass

from rbm_lib.evaluation import VERDICTS, compare

from .. import places
from .notebooks import Notebook, find_notebooks
from .reading import Results, load_results
from .wording import record_text, spoken

LOWER_IS_BETTER = ("log loss", "brier", "rmse", "mae", "calibration error")
_AT = r"(?:@\d+)?"
METRIC = re.compile(
    rf"(?:(?P<before>.+) )??(?P<metric>balanced accuracy|accuracy|auc|log loss|brier|rmse|mae|calibration error"
    rf"|ndcg{_AT}|recall{_AT}|precision{_AT})",
    re.IGNORECASE,
)
ALWAYS_LIKE, BEST_POSSIBLE = "always-like", "best possible"
BASE_RATES = (ALWAYS_LIKE, "popularity", "item mean", "item+user bias", "overall mean")  # they know nothing of tastes
KEYS = ("value", "low", "high", "unit", "name", "base_rate", "num_ratings")  # of a record
COLUMNS = ("notebook", "group", "predictor", "metric", *KEYS)
GAIN_COLUMNS = ("predictor", "over", "metric", "gain", "low", "high")  # of a table of gains on the same users
RANGE = re.compile(r"over (seeds|splits)")  # in a name: low and high are the lowest and the highest of them


@dataclass(frozen=True)
class Survey:
    """The results of every notebook before one, as far as they are there. Made by `take_survey`.

    Attributes:
        dataset, profile: of the report.
        results: `Results` by notebook, in reading order.
        notebooks: `Notebook` by name, those without results included.
    """

    dataset: str
    profile: str
    results: dict[str, Results]
    notebooks: dict[str, Notebook]

    @property
    def missing(self) -> list[str]:
        """Notebooks that have left no results."""
        return [slug for slug in self.notebooks if slug not in self.results]

    def coverage(self) -> str:
        """How many notebooks have answered, which have not, and the command that makes them."""
        run = f"{places.dataset_slug(self.dataset)}, {self.profile} profile"
        command = f"`{places.make_command(self.dataset, self.profile)}`"
        if not self.missing:
            return f"All {len(self.notebooks)} notebooks before this one have left their results on {run}."
        if self.results:
            return (
                f"{len(self.results)} of {len(self.notebooks)} notebooks have left their results on {run}. "
                f"Not there: {', '.join(self.missing)}; {command} makes them."
            )
        others = other_reports()
        offer = f" There are results of {'; '.join(others)}: set `DATASET` and `PROFILE` to them." if others else ""
        return f"No notebook has left results on {run}: there is nothing to report. {command} makes them.{offer}"


def take_survey(own: str, *, dataset: str, profile: str) -> Survey:
    """The results of every notebook before this one.

    Args:
        own: the surveying notebook's name, as `99-report`.
        dataset, profile: the parameters `DATASET` and `PROFILE`.
    Returns:
        survey: `Survey`; missing results are no error here.
    Raises:
        ResultsError: for a results file that cannot be read.
    """
    folder = places.report_folder(dataset, profile) / "results"
    notebooks = {notebook.slug: notebook for notebook in find_notebooks() if notebook.slug < own}
    paths = {slug: folder / f"{slug}.json" for slug in notebooks}
    results = {slug: load_results(path) for slug, path in paths.items() if path.exists()}
    return Survey(dataset, profile, results, notebooks)


def other_reports() -> list[str]:
    """Reports that hold results, as `ml-1m with PROFILE full`."""
    root = places.reports_root()
    found = {(path.parent.parent.name, "full") for path in root.glob("*/results/[0-9][0-9]-*.json")}
    found |= {(path.parent.parent.name, "quick") for path in root.glob("quick/*/results/[0-9][0-9]-*.json")}
    return [f"{dataset} with the profile {profile}" for dataset, profile in sorted(found)]


def answers(survey: Survey) -> str:
    """Every question with its answer, as Markdown; the notebook's number leads to its page."""
    parts = []
    for slug, notebook in survey.notebooks.items():
        results = survey.results.get(slug)
        said = results.answer if results else "*It has left no results.*"
        parts.append(f"[{notebook.number}]({slug}.ipynb) **{notebook.question}**\n{said}")
    return "\n\n".join(parts)


def standing(record: dict, base: dict, lower_is_better: bool) -> str:
    """How a record stands beside its base rate, by their intervals; careful, as the two share their users.

    Args:
        record, base: with value, low and high, of which the ends may be None.
        lower_is_better: True for errors and losses.
    Returns:
        words: "better" or "worse" where the intervals lie apart, else "overlapping"; "no interval" for a bare value.
    """
    if record["low"] is None:
        return "no interval"
    low, high = (base["value"] if base[end] is None else base[end] for end in ("low", "high"))
    above, below = record["low"] > high, record["high"] < low
    if not (above or below):
        return "overlapping"
    return "better" if above != lower_is_better else "worse"


def headlines(survey: Survey):
    """One row a notebook with a headline, as text: DataFrame, its value beside its base rate."""
    import pandas as pd

    rows = []
    for slug, results in survey.results.items():
        if results.headline is None:
            continue
        record, base = results.headline, results.base_rate
        read = read_name(record["name"])
        lower = record["unit"] == "s" or (read is not None and read[2] in LOWER_IS_BETTER)
        spans = RANGE.search(record["name"])
        stands = f"no interval, but the range of {spans[1]}" if spans else standing(record, base, lower)
        beside = f"{spoken(base['name'])}: {record_text(base)}"
        rows.append((slug[:2], spoken(record["name"]), record_text(record), beside, stands))
    return pd.DataFrame(rows, columns=["notebook", "figure", "value", "beside it", "by the intervals"])


def read_name(name: str) -> tuple[str, str, str] | None:
    """What a record's name says: (group, predictor, metric), None if it names no metric of a predictor.

    `predictor: metric`, `predictor: part metric` and `group.metric.predictor: part` are understood.

    Args:
        name: as `centred RBM: accuracy` or `article.log_loss.user`.
    """
    name = spoken(name)
    head, _, tail = name.partition(": ")
    match = METRIC.fullmatch(tail)
    if match:
        return (match["before"] or "", head, match["metric"].lower())
    words = head.split(".")
    for place, word in enumerate(words):
        if METRIC.fullmatch(word) and place + 1 < len(words):
            group = " ".join(filter(None, [*words[:place], tail]))
            return (group, ".".join(words[place + 1 :]), word.lower())
    return None


def measurements(survey: Survey):
    """Every record that is a metric of a predictor: DataFrame with the columns `COLUMNS`, in reading order."""
    import pandas as pd

    rows = []
    for slug, results in survey.results.items():
        for record in results.payload["records"]:
            read = read_name(record["name"])
            if read is not None:
                rows.append((slug, *read, *(record[key] for key in KEYS)))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    unset = table[["low", "high", "unit", "base_rate"]].astype(object)  # pandas would read a missing end as NaN
    return table.assign(**unset.where(unset.notna(), None), num_ratings=table["num_ratings"].fillna(0).astype(int))


def comparisons(measured, metric: str):
    """What one notebook measured in one way, best first: yields DataFrames with `is_base` and `beside`.

    Parts that were used for tuning ("validation") and means over splits are left out, and so are comparisons without a
    base rate or without anything to compare with it. A second name of a machine's figure is left out too.

    Args:
        measured: DataFrame of `measurements`.
        metric: as `rmse`.
    Returns:
        parts: rows of `measured` with is_base (knows nothing of tastes, or knows the truth) and beside (name of the
            strongest base rate's record).
    """
    rows = measured[(measured["metric"] == metric) & ~measured["group"].str.contains("validation|mean over")]
    for _, part in rows.groupby(["notebook", "group"], sort=False):
        contender = ~part["predictor"].isin([*BASE_RATES, BEST_POSSIBLE])
        part = part[~(contender & part.assign(contender=contender).duplicated(["contender", "value", "low", "high"]))]
        part = part.sort_values("value", ascending=metric in LOWER_IS_BETTER, kind="stable")
        knows_nothing = part["predictor"].isin(BASE_RATES)
        if knows_nothing.any():
            is_base = knows_nothing | (part["predictor"] == BEST_POSSIBLE)
            part = part.assign(is_base=is_base, beside=part.loc[knows_nothing, "name"].iloc[0], compared=len(part))
            if not is_base.all():
                yield part


def leaders(measured, metric: str, best: int = 3):
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
        contenders = part[~part["is_base"]].head(best)["name"]
        kept = part["name"].isin([*contenders, part["beside"].iloc[0]])
        chosen.append(part[kept | part["predictor"].isin([ALWAYS_LIKE, BEST_POSSIBLE])])
    columns = [*measured.columns, "is_base", "beside", "compared"]
    return pd.concat(chosen, ignore_index=True) if chosen else pd.DataFrame(columns=columns)


def leader(rows) -> dict | None:
    """Who is first in the comparison with the most predictors; None without any.

    Of notebooks with comparisons as full, the one that asked about the most ratings answers, then the earlier one; in a
    notebook, its first.
    """
    rows = rows[~rows["is_base"].astype(bool)]
    if rows.empty:
        return None
    fullest = rows[rows["compared"] == rows["compared"].max()]
    asked = fullest.groupby("notebook")["num_ratings"].max()  # in the order of the notebooks, so idxmax is the earlier
    return fullest[fullest["notebook"] == asked.idxmax()].iloc[0].to_dict()


def paired_gains(survey: Survey) -> dict:
    """Differences on the same users, from every table of them: (gain, low, high), positive where the first is better.

    Returns:
        gains: dict by (notebook, predictor, over, metric), of the notebook's comparison without a group.
    """
    found = {}
    for slug, results in survey.results.items():
        for table in results.payload["tables"].values():
            if set(GAIN_COLUMNS) <= set(table["columns"]):
                for values in table["rows"]:
                    row = dict(zip(table["columns"], values, strict=True))
                    where = (slug, row["predictor"], row["over"], spoken(row["metric"]).lower())
                    found[where] = (row["gain"], row["low"], row["high"])
    return found


def gain_text(gain, low, high, unit) -> str:
    """A gain with its sign: `+0.6 points [+0.5, +0.8]`, `+0.0478 [+0.0431, +0.0513]`."""
    if unit == "share":
        return f"{100 * gain:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}]"
    return f"{gain:+.4f} [{low:+.4f}, {high:+.4f}]"


def leader_sentence(rows, metric: str, gains: dict | None = None) -> str:
    """Who leads the fullest comparison, and what the strongest base rate reaches; empty without one.

    Args:
        rows: DataFrame of `leaders`.
        metric: as `rmse`.
        gains: what `paired_gains` found: it tells more than two intervals do, which share their users.
    """
    first = leader(rows)
    if first is None:
        return ""
    mine = rows[(rows["notebook"] == first["notebook"]) & (rows["group"] == first["group"])]
    base = mine[mine["name"] == first["beside"]].iloc[0].to_dict()
    name = metric.upper() if metric in ("auc", "rmse", "mae") else metric
    where = f"notebook {first['notebook'][:2]}{', ' * bool(first['group'])}{first['group']}"
    words = {
        "better": "clear of",
        "worse": "short of",
        "overlapping": "its interval overlapping that of",
        "no interval": "beside",
    }
    stands, paired = words[standing(first, base, metric in LOWER_IS_BETTER)], ""
    gain = (gains or {}).get((first["notebook"], first["predictor"], base["predictor"], metric))
    if gain and not first["group"]:
        stands, paired = compare(*gain[1:]), f" ({gain_text(*gain, unit=first['unit'])} on the same users)"
    sentence = (
        f"By {name} ({where}) {first['predictor']} comes first with {record_text(first)}, {stands} the strongest base "
        f"rate, {base['predictor']}, with {record_text(base)}{paired}"
    )
    constant = mine[(mine["predictor"] == ALWAYS_LIKE) & (mine["name"] != base["name"])].to_dict("records")
    return sentence + "".join(f"; always answering “like” has {record_text(row)}" for row in constant) + "."


def below_always_like(measured) -> str:
    """Who is right less often than whoever always answers "like", intervals apart; a sentence, empty if nobody is."""
    found = []
    for part in comparisons(measured, "accuracy"):
        rows = part.to_dict("records")
        constant = next((row for row in rows if row["predictor"] == ALWAYS_LIKE), None)
        for row in rows if constant else ():
            if not row["is_base"] and standing(row, constant, lower_is_better=False) == "worse":
                found.append(f"“{row['predictor']}” in notebook {row['notebook'][:2]}, {record_text(row)}")
    return f"Right less often than whoever always answers “like”: {'; '.join(found)}." if found else ""


def judgements(survey: Survey) -> dict[str, list[str]]:
    """Sentences of the notebooks that hold a verdict, each once, behind the notebook's number.

    Returns:
        sentences: `holds`, those with nothing but "better than"; `fails`, those with "worse than" or "not
            distinguishable from" as well.
    """
    worse, unclear, _ = VERDICTS
    found: dict[str, list[str]] = {"holds": [], "fails": []}
    for slug, results in survey.results.items():
        for text in results.payload["conclusions"]:
            for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z*])", text):
                if not any(verdict in sentence for verdict in VERDICTS):
                    continue
                kind = "fails" if worse in sentence or unclear in sentence else "holds"
                line = f"{slug[:2]}: {sentence}"
                if line not in found[kind]:
                    found[kind].append(line)
    return found
