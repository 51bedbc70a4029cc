"""Numbers that are no such numbers: every public argument that takes one refuses them by name, and takes NumPy's."""

import importlib
import inspect
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from support.numeric_arguments import CALLS
from support.numeric_kinds import BAD, GOOD, KINDS

import rbm_lib
from rbm_lib import _checks
from rbm_lib.collection import article, bench, studies
from rbm_lib.models.training.schedule import check_cd_steps

WINGS = [path.parent.name for path in sorted(Path(rbm_lib.__file__).parent.glob("*/__init__.pyi"))]
ALL = [(name, argument) for name, kinds in KINDS.items() for argument in kinds]
# What has to be within limits that other arguments set, or is slow with three.
ALSO_GOOD = {
    ("PlantedSettings", "num_users"): [np.int64(101)],
    ("PlantedSettings", "num_items"): [np.int64(53)],
    ("PlantedSettings", "num_ratings"): [np.int64(1499)],
    ("densify", "num_items"): [np.int64(7)],
    ("RBM.fit", "initial_epoch"): [np.int64(0)],
    ("RBM.fit", "steps_per_epoch"): [np.int64(1)],
    ("first_n", "n"): [np.int64(1)],
    ("random_n", "n"): [np.int64(1)],
    ("user_last", "n"): [np.int64(1)],
    ("portable_machine", "most_bytes"): [np.int64(9000)],
    # Each of these trains machines: once is enough.
    ("cross_fitted", "num_folds"): [np.int64(2)],
    ("cross_fitted", "seed"): [np.int64(3)],
    ("cross_fitted", "n_jobs"): [np.int64(1)],
    ("compare_recipes", "every"): [np.int64(3)],
    ("compare_recipes", "n_jobs"): [np.int64(1)],
    ("run_trials", "every"): [np.int64(3)],
    ("run_trials", "n_jobs"): [np.int64(1)],
    ("train_recipes", "n_jobs"): [np.int64(1)],
}
# What runs inside graphs and compiled loops, and containers that hold what was checked before.
INSIDE = {
    "DrawAddress", "DuplicateRatingError", "Increments", "OwnTable", "RBMParameters", "Scale", "SparseDirection",
    "batches_of",
    "fill_uniform", "fill_uniform_from_0", "gather_rows", "gibbs_step", "philox", "uniform", "check_users",
    "Bernoulli.shape", "Softmax.shape", "Gaussian.shape", "VisibleUnits.shape", "VisibleUnits.start",
    "ListedUnits.start", "Gaussian.start", "ListedUnits.tilts", "Bernoulli.tilts",
    "VisibleUnits.tilted", "ListedUnits.tilted", "Bernoulli.tilted", "infer_user_biases",
    "scored_pairs",
    "VisibleUnits.coupling_shape", "PolynomialSoftmax.coupling_shape", "ScoredTables", "Tables", "Biases",
    "BootstrapComparison", "Recommender.recommend", "RBMLayer.sample_hidden", "RBMLayer.sample_visible",
}  # fmt: skip
KERAS_CALLS = {"on_epoch_begin", "on_epoch_end", "begin"}  # what Keras, or `fit`, tells a callback
# Names of numbers that stand for something else there: an array, a table, a function that is asked for the epoch.
ASKED = ("batches_as_dataset", "endless_batches", "Ratings.to_dataset", "Shards.to_dataset", "Shards.endless_batches")
OTHERS = {("effect_of_settings", "trials"), ("Reading", "unrated"), ("Reading", "scale")}
NO_NUMBERS = {*OTHERS, *((name, "epoch") for name in ASKED)}


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path, monkeypatch):
    """What the calls write stays among the tests' own folders, which pytest clears away."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.mark.parametrize(("name", "argument"), ALL)
def test_what_is_no_such_number_is_refused_by_name(name, argument):
    for value in BAD[KINDS[name][argument]]:
        with pytest.raises(ValueError, match=rf"^[\w, ]*\b{argument}\b[\w, ]*: expected .*, found ") as raised:
            CALLS[name](**{argument: value})
        assert repr(value) in str(raised.value)


@pytest.mark.parametrize(("name", "argument"), ALL)
def test_a_number_of_numpy_is_taken_as_pythons(name, argument):
    for value in ALSO_GOOD.get((name, argument), GOOD[KINDS[name][argument]]):
        CALLS[name](**{argument: value})


def numeric(parameter):
    """Whether a parameter takes one number, by its default or by a name that others have."""
    of_default = isinstance(parameter.default, int | float) and not isinstance(parameter.default, bool)
    return of_default or parameter.name in {argument for _, argument in ALL} - {"user_index"}


def public_calls(wing):
    """Name and callable of all that a wing offers: functions, classes, and public methods of these."""
    module = importlib.import_module(f"rbm_lib.{wing}")
    for name in module.__all__:
        thing = getattr(module, name)
        if not callable(thing) or (inspect.isclass(thing) and issubclass(thing, Exception)):
            continue
        yield name, thing
        methods = [method for method in vars(thing) if not method.startswith("_")] if inspect.isclass(thing) else []
        yield from ((f"{name}.{m}", getattr(thing, m)) for m in methods if callable(getattr(thing, m)))


def public_arguments():
    """(name, argument) of every number that the wings take."""
    for wing in set(WINGS) - {"collection"}:
        for label, call in public_calls(wing):
            if label in INSIDE or label.split(".")[-1] in KERAS_CALLS:
                continue
            yield from ((label, one.name) for one in inspect.signature(call).parameters.values() if numeric(one))


def test_the_table_holds_every_number_that_the_library_takes():
    assert set(KINDS) == set(CALLS)
    assert sorted(set(public_arguments()) - set(ALL) - NO_NUMBERS) == []


@pytest.mark.parametrize("value", [1.0, np.float64(2), np.True_, np.array([3]), "3", None, 2 + 0j])
def test_only_what_has_an_index_is_a_whole_number(value):
    with pytest.raises(ValueError, match=r"^n: expected a whole number of at least 1, found "):
        _checks.check_count(value, "n")


def test_a_count_comes_back_as_pythons_int():
    assert type(_checks.check_count(np.uint8(5), "n", least=5, most=5)) is int
    with pytest.raises(ValueError, match=r"^n: expected a whole number from 5 to 6, found 7"):
        _checks.check_count(7, "n", least=5, most=6)


def test_ends_of_a_range_are_said_as_they_are():
    for limits, words in (
        ({}, ""),
        ({"above": 0}, " above 0"),
        ({"least": 0}, " of at least 0"),
        ({"least": 0, "most": 5}, " from 0 to 5"),
        ({"most": 5}, " up to 5"),
        ({"above": 0, "most": 5}, " above 0 and up to 5"),
    ):
        with pytest.raises(ValueError, match=rf"^n: expected a finite number{words}, found nan"):
            _checks.check_number(float("nan"), "n", **limits)
    assert _checks.check_number(5, "n", least=5, most=5) == 5
    with pytest.raises(ValueError, match=r"^n: expected a finite number, found 1000"):
        _checks.check_number(10**400, "n")
    with pytest.raises(ValueError, match="above 5"):
        _checks.check_number(5, "n", above=5)


def test_a_schedule_of_k_has_whole_epochs_from_0_on():
    assert check_cd_steps({"0": 1, np.int64(3): np.int64(5)}) == {0: 1, 3: 5}
    for schedule in ({0: 1, 2.5: 3}, {0: 1, -1: 3}, {0: 1, "x": 3}, {0: 1, True: 3}):
        with pytest.raises(ValueError, match=r"^cd_steps, epoch: expected a whole number of at least 0, found"):
            check_cd_steps(schedule)
    with pytest.raises(ValueError, match=r"^cd_steps: expected a schedule from epoch 0 on"):
        check_cd_steps({1: 1})


WORKSHOP = {
    "num_hidden": (lambda v: article.ArticleMachine(v), BAD["count"]),
    "batch_size": (lambda v: article.ArticleMachine(batch_size=v), BAD["count"]),
    "cd_steps": (lambda v: article.ArticleMachine(cd_steps=v), BAD["count"]),
    "epochs": (lambda v: article.ArticleMachine(epochs=v), BAD["count from 0"]),
    "learning_rate": (lambda v: article.ArticleMachine(learning_rate=v), BAD["above 0"]),
    "weight_decay": (lambda v: article.repairs(0.1, v), BAD["at least 0"]),
    "seed": (lambda v: article.ArticleMachine(seed=v), BAD["seed"]),
    "every": (lambda v: article.MachineLog(None, every=v), BAD["count"]),
    "repeats": (lambda v: bench.Plan(repeats=v), BAD["count"]),
    "level": (lambda v: studies.paired_gains(None, "auc", baseline=1, level=v), BAD["fraction"]),
}


@pytest.mark.parametrize("argument", WORKSHOP)
def test_the_workshop_refuses_them_too(argument):
    call, values = WORKSHOP[argument]
    for value in values:
        with pytest.raises(ValueError, match=rf"^{argument}: expected .*, found {re.escape(repr(value))}"):
            call(value)
