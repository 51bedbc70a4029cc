"""The same results from one process and from several, here or on a cluster; errors whole, and no process left."""

import math
import os
import signal
import subprocess
import sys
from dataclasses import replace

import joblib
import numpy as np
import pytest
from support import parallel_tasks as tasks

from rbm_lib import _parallel
from rbm_lib._parallel import CLUSTER, JOBS, run_all, runs_here

NUMBERS = [5, 3, 2, 7, 11]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    monkeypatch.delenv(JOBS, raising=False)
    monkeypatch.delenv(CLUSTER, raising=False)


def test_two_processes_say_what_one_says_in_the_same_order():
    table, seen = tasks.table(), []

    def watched(all_of_them):
        for one in all_of_them:
            seen.append(one)
            yield one

    expected = [number * float(len(table)) for number in NUMBERS]
    for n_jobs in (1, 2):
        assert run_all(tasks.scaled, NUMBERS, n_jobs, shared=(table,), progress=watched) == expected
    assert seen == NUMBERS * 2


def test_a_worker_has_one_thread_and_refers_to_what_is_shared():
    table = tasks.table()
    found = run_all(tasks.whereabouts, NUMBERS, joblib.cpu_count(), shared=(table,))
    processes = {process for process, _, _ in found}
    assert os.getpid() not in processes
    assert len(processes) <= joblib.cpu_count()
    assert all(threads == ["1", "1", "1"] for _, threads, _ in found)
    assert all(handed is table for _, _, handed in found)  # not a copy of it


def test_a_worker_is_not_replaced_because_it_has_grown():
    assert tasks.growth_allowed(0) < math.inf  # joblib would
    assert run_all(tasks.growth_allowed, [1, 2], 2) == [math.inf, math.inf]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_arrives_whole_and_names_its_task(n_jobs):
    names = [f"the task of {number}" for number in NUMBERS]
    with pytest.raises(ValueError, match="number: expected no 3") as raised:
        run_all(tasks.failing, NUMBERS, n_jobs, names=names)
    assert str(raised.value) == "number: expected no 3, found 3"
    assert raised.value.__notes__ == ["the task of 3"]


def test_an_error_that_cannot_be_sent_is_told_in_words():
    with pytest.raises(RuntimeError, match="three of four") as raised:
        run_all(tasks.failing, NUMBERS, 2, shared=(tasks.Untransportable,), names=[str(n) for n in NUMBERS])
    assert str(raised.value) == "Untransportable: three of four"
    assert raised.value.__notes__ == ["3"]


@pytest.mark.parametrize("bad", [0, 1.5, True, "2", float("nan")])
def test_a_number_of_jobs_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match=r"n_jobs: expected a whole number other than 0: .*, found ") as raised:
        run_all(tasks.process_of, NUMBERS, bad)
    assert repr(bad) in str(raised.value)


def test_context_before_environment_before_one(monkeypatch):
    def elsewhere(n_jobs=None):
        return os.getpid() not in run_all(tasks.process_of, NUMBERS, n_jobs)

    assert not elsewhere()
    with joblib.parallel_config(n_jobs=2):
        assert (elsewhere(), elsewhere(1)) == (True, False)
    monkeypatch.setenv(JOBS, "2")
    assert (elsewhere(), elsewhere(1)) == (True, False)
    assert (runs_here(None, 2), runs_here(None, 1), runs_here(1, 2)) == (False, True, True)
    for bad in ("0", "two"):
        monkeypatch.setenv(JOBS, bad)
        with pytest.raises(ValueError, match=rf"^RBM_JOBS: expected a whole number other than 0.*found '?{bad}"):
            elsewhere()
    monkeypatch.setenv(CLUSTER, "nowhere")
    with pytest.raises(ValueError, match=r"^RBM_CLUSTER: expected the address of a running scheduler.*'nowhere'"):
        elsewhere()


def test_what_is_nested_runs_in_its_worker():
    for process, inside in run_all(tasks.nested, [1, 2], 2):
        assert inside == [process, process]
        assert process != os.getpid()


def test_the_task_of_a_killed_worker_is_begun_again(tmp_path):
    found = run_all(tasks.dying_once, NUMBERS, 2, shared=(tmp_path, tasks.scaled, np.ones(7)))
    assert (tmp_path / "died").exists()
    assert found == [7.0 * number for number in NUMBERS]


def test_a_task_that_kills_every_worker_is_named():
    with pytest.raises(RuntimeError, match=r"^n_jobs: a worker was killed, .* not finished: .*\btask of 2\b"):
        run_all(tasks.dying, NUMBERS, 2, names=[f"task of {number}" for number in NUMBERS])


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_outlives_what_it_works_for(tmp_path, number):
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's `&` has it ignored
        "from pathlib import Path; from support import parallel_tasks as tasks; from rbm_lib._parallel import run_all\n"
        f"run_all(tasks.waiting, [1, 2, 3], 2, shared=(Path({str(tmp_path)!r}),))"
    )
    quiet = {
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.PIPE,
        "env": os.environ | {"PYTHONPATH": tasks.PYTHONPATH},
    }
    parent = subprocess.Popen([sys.executable, "-c", program], start_new_session=True, **quiet)
    try:
        assert tasks.until(lambda: len(list(tmp_path.iterdir())) == 2)
        if number == signal.SIGINT:
            os.killpg(parent.pid, number)  # as a terminal sends Ctrl-C
        else:
            parent.send_signal(number)
        said = parent.communicate(timeout=10)[1].decode()
        workers = [int(path.name) for path in tmp_path.iterdir()]
        assert tasks.until(lambda: not any(map(tasks.is_alive, workers)), 10), said
        assert parent.returncode != 0
        assert number != signal.SIGINT or "KeyboardInterrupt" in said
    finally:
        parent.kill()


@pytest.fixture(scope="module")
def stars(tmp_path_factory):
    from rbm_lib import load, random_fraction
    from rbm_lib.datasets import PlantedSettings

    small = PlantedSettings(num_users=101, num_items=53, num_ratings=1499, num_hidden=3, min_ratings=3)
    data = load("planted", data_dir=str(tmp_path_factory.mktemp("planted")), planted=small)
    return random_fraction(data.ratings, 0.1, seed=1)


def check_what_is_compared(split, recipe):
    """Answers, trials and pools are the same from one process and from two; what was fitted there is fitted here."""
    from rbm_lib.baselines import StarItemMean
    from rbm_lib.evaluation import AutomaticMachine, Machine, evaluate, tune

    tables, trials = [], []
    for n_jobs in (1, 2):
        pool = AutomaticMachine(kinds=["linear"], precisions=[30], num_hidden=2, epochs=1, n_jobs=n_jobs)
        predictors = [pool, Machine(recipe, "machine"), StarItemMean()]
        tables.append(evaluate(predictors, split, resamples=5, seed=1, n_jobs=n_jobs).long())
        assert all(predictor.seen is split.train for predictor in predictors)
        kinds = {"mean": (lambda **settings: StarItemMean(**settings), {"smoothing": [1.0, 1000.0]})}
        trials.append(tune(kinds, split, 2, seed=1, metric="rmse", n_jobs=n_jobs)[1])
    assert tables[0].equals(tables[1])
    assert trials[0].drop(columns="seconds").equals(trials[1].drop(columns="seconds"))
    assert (trials[0]["seconds"] > 0).all()
    assert trials[1]["seconds"].isna().all()  # beside others nothing can be timed


def test_machines_are_the_same_here_in_two_processes_and_on_a_cluster_that_loses_a_worker(stars, tmp_path, monkeypatch):
    from rbm_lib import Recipe

    user = Recipe.for_ratings(stars.inputs, based="user", num_hidden=3, epochs=1)
    recipes = [user, replace(user, based="item"), replace(user, seed=2)]
    alone = run_all(tasks.prediction, recipes, 1, shared=(stars,))
    assert len(set(alone)) == len(recipes)
    assert run_all(tasks.prediction, recipes, 2, shared=(stars,)) == alone
    check_what_is_compared(stars, user)  # in the same two processes: each took seconds to start
    with tasks.cluster_of_two(tmp_path) as address:
        monkeypatch.setenv(CLUSTER, address)
        found = run_all(tasks.dying_once, recipes, shared=(tmp_path, tasks.prediction, stars))
        _parallel.cluster(address).close()
    assert (tmp_path / "died").exists()
    assert found == alone
