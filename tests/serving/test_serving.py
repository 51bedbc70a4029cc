"""Answers in NumPy are those of the model they were made from; files hold what was saved, or are refused."""

import subprocess
import sys

import numpy as np
import pytest
from support.family_making import MEMBERS, draw_parameters, make_model, random_ratings
from support.user_bias_making import BIASED, model_of

from rbm_lib import serving
from rbm_lib.models.model import RBM
from rbm_lib.models.recipes import Recipe
from rbm_lib.models.units.gaussian import Gaussian
from rbm_lib.splits.held_out import random_n


def rows_of(ratings):
    return ratings.row_splits, ratings.item_index, ratings.rating


def assert_the_same_answers(model, split):
    machine = model.to_numpy()
    asked = split.targets.row_splits, split.targets.item_index
    for inference in ("mean_field", "exact"):
        found = machine.shares(*rows_of(split.inputs), *asked, inference=inference)
        expected = model.predict_ratings(split, inference=inference, output="distribution")
        np.testing.assert_allclose(found, expected, atol=2e-5)
        assert expected.std() > 0.05
    films, score = machine.recommend_positions(*rows_of(split.inputs), n=4)
    theirs, expected = model.recommend_positions(split.inputs, 4)
    np.testing.assert_allclose(score, expected, atol=2e-5)
    np.testing.assert_array_equal(films, theirs)
    assert len(np.unique(films[:, 0])) > 1


@pytest.mark.parametrize("name", list(MEMBERS))
def test_every_member_of_the_family_answers_alike(name):
    member = MEMBERS[name]
    split = random_n(random_ratings(member), 1, seed=1, more_than=2)
    assert_the_same_answers(make_model(member, draw_parameters(member)), split)


@pytest.mark.parametrize("name", list(BIASED))
def test_machines_with_user_biases_answer_alike(name):
    split = random_n(random_ratings(BIASED[name][0]), 1, seed=1, more_than=2)
    assert_the_same_answers(model_of(BIASED[name]), split)


@pytest.fixture
def trained(likes):
    return Recipe.for_ratings(likes, based="user", num_hidden=3, epochs=2).train(likes)[0]


def test_one_user_is_asked_by_ids(trained, likes, tmp_path):
    ids = [f"film {place}" for place in range(likes.num_items)]
    trained.to_numpy(tmp_path / "rbm.npz", item_id=ids)
    machine = serving.load(tmp_path / "rbm.npz")
    user = likes.take_users([4])
    known = {ids[place]: rating for place, rating in zip(user.item_index, user.rating, strict=True)}
    backwards = dict(reversed(known.items()))
    films, score = trained.recommend_positions(user, likes.num_items)
    expected = [(ids[film], found) for film, found in zip(films[0], score[0], strict=True) if film >= 0]
    for asked in (known, backwards):
        found = machine.recommend(asked, n=likes.num_items)
        assert [film for film, _ in found] == [film for film, _ in expected]
        np.testing.assert_allclose([one for _, one in found], [one for _, one in expected], atol=1e-5)
    first = machine.predict(known, [expected[0][0]], inference="mean_field")
    np.testing.assert_allclose(first, expected[0][1], atol=1e-5)
    assert machine.recommend({}, n=2)  # of somebody unknown there are the films' own biases


def test_wrong_questions_are_refused(trained):
    machine = trained.to_numpy()
    with pytest.raises(ValueError, match="known: expected ids among the 7 of the machine, found 'Alien'"):
        machine.recommend({"Alien": 1})
    with pytest.raises(ValueError, match="rating: expected one of 0, 1, found 3"):
        machine.predict({1: 3}, [2])
    with pytest.raises(ValueError, match="items: expected ids"):
        machine.predict({1: 1}, [70])
    with pytest.raises(ValueError, match="inference: expected"):
        machine.predict({1: 1}, [2], inference="sampled")
    with pytest.raises(ValueError, match="item_index: expected numbers from 0 to 6"):
        machine.recommend_positions([0, 1], [9], [1])
    with pytest.raises(ValueError, match="n: expected"):
        machine.recommend({}, n=0)


def test_what_cannot_be_served_is_refused(trained):
    with pytest.raises(ValueError, match="units: expected units with listed values, found Gaussian"):
        RBM(4, 2, units=Gaussian()).to_numpy()
    with pytest.raises(ValueError, match="inference: expected"):
        RBM(4, 2, inference="sampled").to_numpy()
    with pytest.raises(ValueError, match="item_id: expected 7 different ids"):
        trained.to_numpy(item_id=[1, 1, 2, 3, 4, 5, 6])


def test_a_damaged_file_is_refused_with_its_path(trained, tmp_path):
    path = tmp_path / "rbm.npz"
    trained.to_numpy(path)
    whole = path.read_bytes()
    for damaged in (whole[:-100], whole[: len(whole) // 2], b"", b"PK" + whole[2:200], b"nothing of the kind"):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"^path: expected a machine for serving, found in .*rbm\.npz: .+$"):
            serving.load(path)
    tables = trained.to_numpy().tables
    for wrong in ({"weights": tables.weights[:-1]}, {"hidden_bias": tables.hidden_bias * np.float32(np.nan)}):
        serving.save(path, tables._replace(**wrong))
        with pytest.raises(ValueError, match=f"found in .*: {'|'.join(['visible_bias', 'hidden_bias'])}"):
            serving.load(path)
    with pytest.raises(ValueError, match=r"found in .*none\.npz: .*No such file"):
        serving.load(tmp_path / "none.npz")
    np.savez(path, weights=np.zeros(3))
    with pytest.raises(ValueError, match=r"no file of `RBM\.to_numpy`"):
        serving.load(path)


def test_it_needs_neither_tensorflow_nor_numba_nor_pandas(trained, tmp_path):
    """In a process of its own: what is loaded there."""
    trained.to_numpy(tmp_path / "rbm.npz")
    code = (
        "import sys; from rbm_lib import serving;"
        f"found = serving.load({str(tmp_path / 'rbm.npz')!r}).recommend({{0: 1}}, n=2);"
        "print(len(found), sorted({'tensorflow', 'keras', 'numba', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "[]"]
