"""The measurement on a GPU: here the processor stands for the GPU, which must then give the same numbers."""

import json
import lzma

import numpy as np
import pytest

from rbm_lib.collection.bench.gpu import __main__ as command
from rbm_lib.collection.bench.gpu.export import write_programs
from rbm_lib.collection.bench.gpu.members import MEMBERS, SMALL, random_ratings
from rbm_lib.collection.bench.gpu.native import measure, trained
from rbm_lib.collection.bench.gpu.on_jax import compare_histories
from rbm_lib.collection.bench.gpu.page import draws_sentence, page_text
from rbm_lib.models import RBM, UNITS

LIKES = {"likes": MEMBERS["likes"]}


def test_each_user_rates_as_many_films():
    ratings = random_ratings(SMALL, [0.0, 1.0], users=7)
    assert np.diff(ratings.row_splits).tolist() == [SMALL.ratings_a_user] * 7
    assert ratings.num_items == SMALL.num_items
    assert set(np.unique(ratings.rating)) == {0.0, 1.0}


def test_every_kind_of_unit_is_compared():
    assert {arguments["units"] for arguments in MEMBERS.values()} == set(UNITS)


@pytest.fixture(scope="module")
def found():
    return measure("CPU:0", members=LIKES, timed=LIKES, shapes={SMALL.num_hidden: SMALL}, tell=lambda _: None)


def test_the_processor_agrees_with_itself(found):
    assert found["draws"] == [{"draws": 512 * 2 * 1000, "different": 0}]
    assert [row["largest"] for row in found["members"][0]["compared"]] == [0.0, 0.0]
    assert [(one["hidden"], one["on"]) for one in found["epochs"]] == [(24, "processor"), (24, "GPU")]


def test_its_steps_are_those_of_the_model():
    begun, history = trained(MEMBERS["likes"])
    ratings = random_ratings(SMALL, [0.0, 1.0], users=2 * SMALL.batch_size)
    model = RBM(SMALL.num_items, SMALL.num_hidden, engine="dense", seed=2007)
    model.initialize_from_base_rates(ratings)
    np.testing.assert_array_equal(begun[0], model.moving[0])
    model.compile("adam")
    model.optimizer.learning_rate = 0.003
    model.fit(ratings, batch_size=SMALL.batch_size, epochs=4, shuffle=False, verbose=0)
    for one, other in zip(history[-1], model.moving, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)  # it moved by 0.01; another step or batch makes 0.003


def test_a_difference_is_told():
    begun, learnt, other = [np.zeros(4)], [np.array([0.0, 0.0, 0.0, 2.0])], [np.array([0.0, 0.0, 1.0, 2.0])]
    first, last = compare_histories({"processor": [learnt, learnt], "GPU": [learnt, other]}, begun)
    assert (first["largest"], first["relative"]) == (0.0, 0.0)
    assert last == {"pair": "GPU and processor", "step": 2, "largest": 1.0, "relative": 0.5}
    assert "3 of 10 random numbers differ" in draws_sentence({"draws": [{"draws": 10, "different": 3}]})


def test_the_page_has_a_column_for_each_library(found):
    slow = [one | {"library": "another", "seconds": 12.0} for one in found["epochs"]]
    text = page_text(found | {"computer": {"device": "X100"}, "epochs": found["epochs"] + slow})
    assert "device X100" in text
    heads, *_, row = [line for line in text.splitlines() if "hidden units" in line or "| 24 |" in line]
    assert heads.count("rbm_lib, ") == heads.count("another, ") == 2
    assert row.count(" 12 ") == 2


def test_programs_carry_their_state(tmp_path):
    manifest = write_programs(tmp_path, members=LIKES, shapes=[])
    entry = json.loads((tmp_path / "manifest.json").read_text())["members"][0]
    assert entry == manifest["members"][0]
    arrays = np.load(tmp_path / entry["arrays"])
    state = [arrays[f"state{place}"] for place in range(entry["states"])]
    # What the program replaces has the shapes of its results, and changes from step to step; nothing else does.
    assert [list(state[place].shape) for place in entry["carried"]] == [shape for shape, _ in entry["results"][1:]]
    for place, one in enumerate(state):
        changed = not np.array_equal(one, arrays[f"after0_{place}"])
        assert changed == (place in entry["carried"])
    assert [state[place].shape for place in entry["learnt"]] == [(96, 24), (24,), (96,)]
    assert lzma.decompress((tmp_path / entry["program"]).read_bytes())[:4] == b"ML\xefR"  # MLIR's bytecode


def test_without_a_gpu_it_says_so(capsys):
    assert command.main([]) == 0
    assert "TensorFlow sees no GPU here" in capsys.readouterr().out


def test_a_page_needs_a_measurement(tmp_path, capsys):
    (tmp_path / "other.json").write_text("[]")
    assert command.main(["--page", str(tmp_path / "other.json")]) == 2
    assert "on_jax.py" in capsys.readouterr().err
