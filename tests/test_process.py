"""What the library asks of its process: Keras on TensorFlow, and no fork of one that has computed."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from rbm_lib import _process, sparse
from rbm_lib.models.model import RBM
from rbm_lib.models.parameters import RBMParameters


def in_a_fork(ask):
    """What a child of this process says when it asks: the error in one line, or "done"."""
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        try:
            ask()
            said = "done"
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writes, said.encode())
        os._exit(0)
    os.close(writes)
    os.waitpid(child, 0)
    with os.fdopen(reads) as pipe:
        return pipe.read()


@pytest.fixture(scope="module")
def model():
    """One model for all forks, so that one graph is made."""
    model = RBM(7, 3, seed=1)
    model.compile("sgd")
    return model


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize(
    "what",
    ["fit", "train_on_batch", "predict", "predict_on_batch", "recommend", "free_energy", "a new model", "sparse"],
)
def test_a_fork_of_a_process_that_has_computed_is_told_so(likes, model, what):
    model.fit(likes, verbose=0)
    parameters = RBMParameters(np.zeros((7, 3)), np.zeros(7), np.zeros(3))
    ask = {
        "fit": lambda: model.fit(likes, verbose=0),
        "train_on_batch": lambda: model.train_on_batch(likes),
        "predict": lambda: model.predict(likes, verbose=0),
        "predict_on_batch": lambda: model.predict_on_batch(likes),
        "recommend": lambda: model.recommend(likes),
        "free_energy": lambda: model.free_energy(likes),
        "a new model": lambda: RBM(7, 3),
        "sparse": lambda: sparse.free_energy(likes.row_splits, likes.item_index, likes.rating, parameters),
    }[what]
    said = in_a_fork(ask)
    assert said.startswith("RuntimeError: process: expected one that has its own threads, found "), said
    assert f"forked from {os.getpid()} after that had computed; start it by `multiprocessing.get_context" in said
    assert "\n" not in said
    ask()  # the parent is as it was


def test_a_fork_from_before_is_a_process_as_any_other(monkeypatch):
    monkeypatch.setattr(_process, "_computed_in", None)
    assert in_a_fork(_process.refuse_forks) == "done"


def start(code, **environment):
    command = [sys.executable, "-c", code]
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"} | environment
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)


@pytest.mark.parametrize("name", ["RBM", "load_model", "Recipe"])
def test_another_backend_is_one_clear_line(name):
    done = start(f"from rbm_lib import {name}", KERAS_BACKEND="jax")
    assert done.stderr.splitlines()[-1] == (
        "ImportError: KERAS_BACKEND: expected tensorflow, with which rbm_lib's models compute, found jax; set "
        "KERAS_BACKEND=tensorflow before Keras is imported"
    )


def test_keras_own_settings_are_read_as_keras_reads_them(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert _process._told()[0] == "tensorflow"
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    assert _process._told() == ("torch", str(tmp_path / "keras.json"))
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert _process._told() == ("tensorflow", "KERAS_BACKEND")
    (tmp_path / "keras.json").write_text("{")
    monkeypatch.delenv("KERAS_BACKEND")
    assert _process._told()[0] == "tensorflow"
    _process.require_tensorflow()  # Keras is there, and computes with TensorFlow, whatever the file says


def test_a_keras_that_computes_otherwise_is_refused(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    with pytest.raises(ImportError, match=r"Keras' backend: expected tensorflow, .* found torch; set KERAS_BACKEND="):
        _process.require_tensorflow()
