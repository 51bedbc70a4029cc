"""A made-up collection of four notebooks, for tests of what surveys them: 11 and 13 report, 17 is never run."""

from support.notebook_making import make_notebook

from rbm_lib.collection.results.writing import open_report

SLUGS = ("11-likes", "13-stars", "17-later")


def make_collection(root, monkeypatch):
    """The sources under `root`, with the environment that leads to them; 19 surveys the others."""
    monkeypatch.setenv("RBM_REPORTS_DIR", str(root / "reports"))
    monkeypatch.setenv("RBM_NOTEBOOKS_DIR", str(root / "notebooks"))
    monkeypatch.delenv("RBM_STAGING", raising=False)
    for slug in SLUGS:
        make_notebook(root / "notebooks" / f"{slug}.ipynb")
    make_notebook(root / "notebooks" / "19-report.ipynb", reads="`results/*.json` of all")


def write(slug, records, headline, *conclusions, dataset="planted", profile="quick"):
    """Write a results file.

    Args:
        slug: the notebook.
        records: tuples of predictor, metric, value, low, high, base rate, and a dict of further fields.
        headline: the fields of the headline.
        conclusions: texts, or tuples of a text and its verdicts.
    """
    report = open_report(slug, dataset=dataset, profile=profile, seed=5)
    for predictor, metric, value, low, high, base, *more in records:
        fields = {"predictor": predictor, "metric": metric, "base_rate": base} | dict(*more)
        report.record(None, value, low, high, **fields)
    report.headline(**headline)
    for text in conclusions:
        text, verdict = (text, None) if isinstance(text, str) else text
        report.conclude(text, verdict=verdict)
    report.write()


LIKES = [
    ("always-like", "accuracy", 0.87, 0.86, 0.88, None),
    ("item mean", "accuracy", 0.88, 0.87, 0.89, "always-like"),
    ("good RBM", "accuracy", 0.91, 0.90, 0.92, "always-like"),
    ("fair RBM", "accuracy", 0.885, 0.875, 0.895, "always-like"),
    ("bad RBM", "accuracy", 0.80, 0.79, 0.81, "always-like"),
    ("best possible", "accuracy", 0.95, 0.94, 0.96, "always-like"),
    ("always-like", "accuracy", 0.89, 0.88, 0.9, None, {"validation": True}),
    ("good RBM", "accuracy", 0.99, 0.98, 1.0, "always-like", {"validation": True}),
]
STARS = [
    ("item+user bias", "rmse", 0.90, 0.89, 0.91, None),
    ("user-based RBM", "rmse", 0.93, 0.92, 0.94, "item+user bias"),
    ("item-based RBM", "rmse", 0.895, 0.885, 0.905, "item+user bias"),
    ("chosen machine", "rmse", 0.895, 0.885, 0.905, "item+user bias"),  # another name of the same
    ("item-based RBM", "rmse", 0.7, 0.6, 0.8, "item+user bias", {"over": "splits", "repeats": 5}),
    ("always-like", "accuracy", 0.87, 0.86, 0.88, None, {"group": "article's split"}),
    ("user-based RBM", "accuracy", 0.86, 0.85, 0.875, "always-like", {"group": "article's split"}),
]
GOOD = {"predictor": "good RBM", "metric": "accuracy"}
USER = {"predictor": "user-based RBM", "metric": "rmse"}
