"""An exported graph answers in another process as the model does here, and never stands half written."""

import subprocess
import sys

import numpy as np
import pytest
from support.family_making import MEMBERS, draw_parameters, make_model, random_ratings
from support.user_bias_making import BIASED, model_of

from rbm_lib.models import exporting
from rbm_lib.models.model import RBM

ELSEWHERE = """
import sys
import numpy as np
import tensorflow as tf
for folder in sys.argv[1:]:
    served = tf.saved_model.load(folder)
    answers = served.serve(tf.constant(np.load(folder + ".npy")))
    np.save(folder + ".found.npy", answers.numpy())
print("rbm_lib" in sys.modules)
"""


def dense_of(ratings):
    """Ratings as a dense array, NaN where there is none."""
    rating = np.full((ratings.num_users, ratings.num_items), np.nan, np.float32)
    rating[ratings.user_index, ratings.item_index] = ratings.rating
    return rating


def test_another_process_answers_as_the_model_does(tmp_path):
    """Plain, conditional and centred, stars, and a machine whose users have biases."""
    makers = {name: (MEMBERS[name], make_model(MEMBERS[name], draw_parameters(MEMBERS[name]))) for name in
              ("bernoulli", "bernoulli conditional", "ordinal conditional")}  # fmt: skip
    biased = next(iter(BIASED))
    makers["biased"] = BIASED[biased][0], model_of(BIASED[biased])
    expected, folders = {}, []
    for number, (member, model) in enumerate(makers.values()):
        ratings, folder = random_ratings(member), str(tmp_path / f"served-{number}")
        expected[folder] = model.predict(ratings, verbose=0)
        np.save(f"{folder}.npy", dense_of(ratings))
        model.export(folder)
        folders.append(folder)
    command = [sys.executable, "-c", ELSEWHERE, *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.split()[-1] == "False"
    for folder in folders:
        np.testing.assert_allclose(np.load(f"{folder}.found.npy"), expected[folder], atol=1e-5)
        assert expected[folder].std() > 0.05


def test_nothing_half_written_and_nothing_overwritten(tmp_path, monkeypatch):
    model = RBM(num_items=4, num_hidden=2)
    (tmp_path / "taken").mkdir()
    with pytest.raises(ValueError, match=r"filepath: expected a name that is free, found .*taken; remove it"):
        model.export(tmp_path / "taken")
    with pytest.raises(ValueError, match="format"):
        model.export(tmp_path / "unknown", format="stone tablets")

    def fail(self, path, **arguments):
        raise OSError("the disk is full")

    monkeypatch.setattr(exporting.DenseAnswers, "export", fail)
    with pytest.raises(OSError, match="the disk is full"):
        model.export(tmp_path / "served")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
