"""A record's fields: the rules they keep, the words made of them, base rates and headlines found by them."""

import json

import pytest

from rbm_lib.collection.results.metrics import METRICS
from rbm_lib.collection.results.payload import FIELDS
from rbm_lib.collection.results.reading import ResultsError, load_results, read_results
from rbm_lib.collection.results.records import NUMBERS
from rbm_lib.collection.results.wording import spoken
from rbm_lib.collection.results.writing import open_report
from rbm_lib.evaluation import HIGHER_IS_BETTER, LISTED, LONGEST, WITHIN_USERS, StarComparison, Verdict


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path))
    monkeypatch.delenv("RBM_STAGING", raising=False)
    return tmp_path


def opened():
    return open_report("07-taste", dataset="planted", profile="quick", seed=11, data="c0ffee")


def written(report):
    report.conclude("So.")
    report.write()
    return read_results("07-taste", dataset="planted", profile="quick")


@pytest.mark.parametrize(
    ("metric", "fields", "name"),
    [
        ("accuracy", {}, "accuracy of “RBM”"),
        ("log_loss", {"group": "within users"}, "log loss of “RBM”, within users"),
        ("auc", {"validation": True}, "AUC of “RBM” on the validation part"),
        ("rmse", {"over": "splits", "repeats": 5}, "rating error of “RBM”, mean over five splits"),
        ("rmse", {"over": "seeds", "repeats": 1}, "rating error of “RBM”, mean over one seed"),
        (
            "ndcg@100",
            {"group": "new users", "validation": True, "over": "seeds", "repeats": 13},
            "nDCG over 100 films of “RBM” on the validation part, new users, mean over 13 seeds",
        ),
    ],
)
def test_the_name_is_words_made_of_the_fields(metric, fields, name):
    report = opened()
    report.record(None, 0.5, 0.4, 0.6, predictor="RBM", metric=metric, **fields)
    (record,) = written(report).payload["records"]
    assert record["name"] == name
    assert set(record) == set(FIELDS)
    assert (record["predictor"], record["metric"], record["unit"]) == ("RBM", metric, METRICS[metric].unit)
    assert {field: record[field] for field in fields} == fields
    assert record["over"] == fields.get("over", "users")


def test_numbers_are_written_out_up_to_twelve():
    assert (NUMBERS[5], NUMBERS[12], len(NUMBERS)) == ("five", "twelve", 13)


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        (None, {"predictor": "RBM", "metric": "accurracy"}, "metric: expected one of 'accuracy', .* found 'accurracy'"),
        (None, {"predictor": "RBM"}, "expected predictor and metric, or neither; found predictor='RBM', metric=None"),
        (None, {"metric": "auc"}, "expected predictor and metric, or neither; found predictor=None, metric='auc'"),
        (None, {}, "expected a name, or a predictor and its metric"),
        ("accuracy", {"predictor": "RBM", "metric": "auc"}, "expected no name beside a metric of a predictor"),
        ("rmse.blend", {}, "expected words as a reader says them, found a key"),
        ("log_loss", {}, "expected words as a reader says them, found a key"),
        (None, {"predictor": "RBM", "metric": "auc", "group": "user_last"}, "record 'user_last': expected words"),
        ("gain", {"verdict": "better"}, "verdict: expected one of 'worse than', .* found 'better'"),
        (
            "gain",
            {"over": "splits of the seed"},
            "over: expected one of 'users', 'users and films', .* found 'splits of the seed'",
        ),
        ("gain", {"repeats": 5}, "over: expected one of 'seeds', 'splits', 'lines of the log'; found 'users'"),
        ("gain", {"over": "seeds", "repeats": 0}, "repeats: expected a whole number of at least 1, found 0"),
        (
            None,
            {"predictor": "RBM", "metric": "auc", "unit": "share"},
            "unit: expected one of None, 'AUC'; found 'share'",
        ),
    ],
)
def test_fields_that_mean_nothing_are_refused(name, fields, message):
    with pytest.raises(ResultsError, match=message):
        opened().record(name, 0.5, 0.4, 0.6, **fields)


@pytest.mark.parametrize("over", [None, "users", "users and films", "users, films and seeds"])
def test_an_interval_says_what_it_is_over(over):
    report = opened()
    report.record("gain", 0.5, 0.4, 0.6, over=over)
    report.conclude("It gains.")
    assert written(report).record("gain")["over"] == (over or "users")


def test_what_a_range_is_over_needs_a_range():
    with pytest.raises(ResultsError, match="expected low and high beside over='seeds', found neither"):
        opened().record("gain", 0.5, over="seeds")


def record_all(report, *rows):
    for predictor, fields in rows:
        report.record(None, 0.5, 0.4, 0.6, **({"predictor": predictor, "metric": "auc"} | fields))


def test_a_base_rate_is_the_record_of_the_same_metric_and_group():
    report, mean = opened(), {"over": "splits", "repeats": 3}
    beside = {"base_rate": "bias"}
    record_all(
        report,
        ("RBM", beside), ("RBM", mean | beside), ("RBM", {"group": "new users"} | beside),
        ("RBM", {"group": "old users"} | beside), ("RBM", {"validation": True} | beside),
        ("bias", {"metric": "rmse"}), ("bias", {"group": "new users"}), ("bias", mean), ("bias", {"validation": True}),
        ("bias", {}),
    )  # fmt: skip
    found = [record["base_rate"] for record in written(report).payload["records"][:5]]
    assert found == [
        "AUC of “bias”", "AUC of “bias”, mean over three splits", "AUC of “bias”, new users", "AUC of “bias”",
        "AUC of “bias” on the validation part",
    ]  # fmt: skip


@pytest.mark.parametrize("fields", [{"metric": "rmse"}, {"validation": True}, {"group": "others"}])
def test_a_base_rate_that_was_not_recorded_so_is_refused(fields):
    report = opened()
    record_all(report, ("RBM", {"base_rate": "bias"}), ("bias", fields))
    report.conclude("So.")
    with pytest.raises(ResultsError, match="record 'AUC of “RBM”': its base rate 'bias' was never recorded"):
        report.write()


def test_the_headline_is_found_by_its_fields():
    report = opened()
    record_all(report, ("bias", {}), ("RBM", {"base_rate": "bias"}), ("RBM", {"group": "x", "base_rate": "bias"}))
    report.headline(predictor="RBM", metric="auc", group="x")
    assert written(report).headline["name"] == "AUC of “RBM”, x"
    report.headline(predictor="RBM", metric="rmse")
    with pytest.raises(ResultsError, match=r"headline \{'predictor': 'RBM', 'metric': 'rmse'\}: .*no such record"):
        report.write()
    for fields in ({}, {"value": 0.5}, {"name": "AUC of “RBM”", "metric": "auc"}):
        report.headline(**fields)
        with pytest.raises(ResultsError, match="expected a name, or fields of predictor, metric"):
            report.write()


def test_a_conclusion_keeps_the_verdicts_that_it_states():
    report = opened()
    report.conclude("Nothing is better than this sentence.")
    report.conclude("A wins.", verdict=Verdict(0.2, 0.1, 0.3))
    report.conclude("B wins and loses.", verdict=["better than", "worse than", "better than"])
    found = written(report).payload["conclusions"]
    assert [one["verdicts"] for one in found] == [[], ["better than"], ["worse than", "better than"], []]
    with pytest.raises(ResultsError, match=r"conclude: verdict: expected one of .* found 'best'"):
        report.conclude("C is best.", verdict="best")


@pytest.mark.parametrize("part", ["record", "conclusion"])
def test_a_file_of_an_earlier_release_is_one_clear_error(root, part):
    report = opened()
    report.record("share of likes", 0.5)
    path, payload = root / "quick/planted/results/07-taste.json", written(report).payload
    if part == "record":
        del payload["records"][0]["predictor"], payload["records"][0]["group"]
    else:
        payload["conclusions"] = ["So."]
    path.write_text(json.dumps(payload))
    lacking = {"record": "group, predictor", "conclusion": "verdicts"}[part]
    message = rf"07-taste\.json: .*one of an earlier release, without {lacking}; run its notebook again"
    with pytest.raises(ResultsError, match=message):
        load_results(path)


def test_the_metrics_agree_with_those_that_measure():
    measured = {key: higher for key, higher in HIGHER_IS_BETTER.items() if key != WITHIN_USERS}  # a group of the AUC
    assert all(METRICS[key].lower_is_better != higher for key, higher in measured.items())
    assert all(METRICS[key].lower_is_better for key in StarComparison.METRICS)
    assert {f"recall@{LISTED}", f"ndcg@{LONGEST}"} <= set(METRICS)
    assert len({metric.words for metric in METRICS.values()}) == len(METRICS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("log_loss", "log loss"),
        ("val_auc", "validation AUC"),
        ("rmse", "rating error"),
        ("cd_steps", "cd steps"),
        ("learning_rate=0.01, units=ordinal", "learning rate=0.01, units=ordinal"),
        ("always-like", "always-like"),
        ("a column user_id is missing", "a column user_id is missing"),
        ("rbm_lib.RBM", "rbm_lib.RBM"),
        ("rbm_lib", "rbm_lib"),
    ],
)
def test_keys_of_tables_become_words_and_sentences_stay(text, words):
    assert spoken(text) == words
