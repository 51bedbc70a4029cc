"""The recorded metrics: their words, their units, and whether lower is better. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One metric of a predictor.

    Attributes:
        key: its name in notebooks and tables, such as `log_loss`.
        words: its name for readers, such as `log loss`.
        unit: `share` (of one), `stars`, `nats`, or None for a bare number.
        lower_is_better: True for errors and losses.
    """

    key: str
    words: str
    unit: str | None
    lower_is_better: bool = False


METRICS = {
    metric.key: metric
    for metric in (
        Metric("accuracy", "accuracy", "share"),
        Metric("accuracy_over_users", "accuracy averaged over users", "share"),
        Metric("balanced_accuracy", "balanced accuracy", "share"),
        Metric("auc", "AUC", "AUC"),
        Metric("log_loss", "log loss", "nats", lower_is_better=True),
        Metric("brier", "Brier score", None, lower_is_better=True),
        Metric("calibration_error", "calibration error", "share", lower_is_better=True),
        Metric("rmse", "rating error", "stars", lower_is_better=True),
        Metric("mae", "mean absolute error", "stars", lower_is_better=True),
        Metric("log_likelihood", "log-likelihood per rating", "nats"),
        Metric("ndcg@10", "nDCG over 10 films", "nDCG"),
        Metric("ndcg@100", "nDCG over 100 films", "nDCG"),
        Metric("recall@20", "recall over 20 films", "share"),
        Metric("recall@50", "recall over 50 films", "share"),
    )
}
