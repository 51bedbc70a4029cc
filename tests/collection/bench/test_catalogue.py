"""The measurement of a wide catalogue: what it counts, and what its rows compare."""

import json
import subprocess

import numpy as np
import pytest

from rbm_lib.collection.bench import catalogue
from rbm_lib.collection.bench.rows import Bench
from rbm_lib.datasets.planted.truth import PlantedSettings

TINY = PlantedSettings(num_users=101, num_items=53, num_ratings=1499, num_hidden=3, seed=3, min_ratings=7)


def test_it_counts_parameters_moments_and_a_mini_batch(monkeypatch, capsys):
    monkeypatch.setattr(catalogue, "REPEATS", 1)
    monkeypatch.setattr(catalogue, "NUM_HIDDEN", 5)
    assert catalogue.main([json.dumps(TINY.__dict__)]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    parameters, gradients = 530 * 5 + 530 + 5, 53 * 6  # every film has a rating
    batch = 8 * 102 + 4 * (1499 + 1499 + 101)  # rows, films, ratings and users
    assert found["bytes"] == 4 * (3 * parameters + gradients) + batch
    assert found["wide"] > 0
    assert found["narrow"] > 0
    assert np.isfinite(found["grown"])


def test_its_rows_compare_the_two_catalogues(monkeypatch):
    found = {"narrow": 0.05, "wide": 0.06, "bytes": 2e9, "grown": 2.3e9}
    monkeypatch.setattr(
        subprocess, "run", lambda command, **how: subprocess.CompletedProcess(command, 0, json.dumps(found))
    )
    rows = Bench(list(catalogue.catalogue_rows(TINY)))
    assert rows.value("RowAdam step of 1,024 users, 530 films") == 60
    assert rows.value("RowAdam, ten times the films: step time ratio") == pytest.approx(1.2)
    assert [one["holds"] for one in rows.barred] == [True, False]


def test_a_failed_measurement_ends_it(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda command, **how: subprocess.CompletedProcess(command, 3, ""))
    with pytest.raises(RuntimeError, match="the measurement of a wide catalogue ended with status 3"):
        list(catalogue.catalogue_rows(TINY))
