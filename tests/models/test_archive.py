"""Saved models of somebody else's, or damaged ones: one error with the path, before memory is taken."""

import io
import json
import resource
import zipfile

import h5py
import keras
import numpy as np
import pytest

from rbm_lib.models import RBM, load_model


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Bytes of a saved machine of stars, with chains of its own."""
    path = tmp_path_factory.mktemp("saved") / "rbm.keras"
    model = RBM(7, num_hidden=3, units="ordinal", conditional=True, persistent_chains=5, seed=1)
    model.compile(keras.optimizers.Adam(0.01))
    model.save(path)
    return path.read_bytes()


def rewritten(saved, change=None, weights=None, compression=zipfile.ZIP_STORED):
    """The same archive with `change(config)` made, or other weights."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved)) as old, zipfile.ZipFile(target, "w", compression) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json" and change:
                config = json.loads(content)
                content = change(config) or json.dumps(config)
            new.writestr(name, weights if weights and name.endswith(".h5") else content)
    return target.getvalue()


def refused(tmp_path, content, message):
    path = tmp_path / "given.keras"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_whole_one_is_loaded_packed_or_not(saved, tmp_path):
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = tmp_path / "rbm.keras"
        path.write_bytes(rewritten(saved, compression=compression))
        assert load_model(path).persistent_chains == 5


def test_nothing_and_a_folder_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"gone\.keras: expected a saved model, a \.keras file, found nothing"):
        load_model(tmp_path / "gone.keras")
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(ValueError, match=r"folder\.keras: expected .*, found a folder"):
        load_model(tmp_path / "folder.keras")


def test_damaged_bytes_are_one_error_with_the_path(saved, tmp_path):
    rng = np.random.default_rng(11)
    for length in (0, 1, 31, 1009, len(saved) // 2, len(saved) - 1):
        refused(tmp_path, saved[:length], "expected a saved")
    refused(tmp_path, rng.bytes(5003), "expected a saved")
    weights_at = saved.index(b"\x89HDF")
    for place in rng.integers(weights_at, len(saved) - 2000, 13):
        broken = bytearray(saved)
        broken[place : place + 7] = b"\xff" * 7 if broken[place] != 255 else b"\0" * 7
        refused(tmp_path, bytes(broken), "expected")


def settings(**changes):
    def change(config):
        config["config"].update(changes)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (settings(num_items=10**9), r"couplings of shape \(7, 5, 3\) for 1000000000 films and 3 hidden units"),
        (settings(num_hidden=10**9), "for 7 films and 1000000000 hidden units"),
        (settings(num_items="7"), "for '7' films"),
        (settings(num_items=None), "for None films"),
        (settings(persistent_chains=10**12), r"chains of shape \(5, 3\) for 1000000000000 users"),
        (settings(units={"class_name": "OrdinalSoftmax", "config": {"stars": list(range(10**5))}}), "100000 values"),
        (lambda config: config.update(config=[]), "no settings"),
        (lambda config: "[]", "without a mapping"),
        (lambda config: "[" * 10**5, "RecursionError"),
        (
            lambda config: config.update(class_name="Nobody", registered_name="no>Nobody", module="os"),
            "saved RBM, found",
        ),
        (lambda config: config["config"].update(units={"class_name": "Nobody"}), "saved RBM, found"),
        (lambda config: " " * 2**25, "config.json of more than"),
    ],
)
def test_a_size_that_the_weights_do_not_have_is_refused_before_memory_is_taken(saved, tmp_path, change, message):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(tmp_path, rewritten(saved, change), message)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


def test_weights_that_take_less_room_than_they_say_are_refused(saved, tmp_path):
    target = io.BytesIO()
    with h5py.File(target, "w") as file:
        file.create_dataset("layers/rbm_layer/vars/0", (10**8, 5, 3), "f4", chunks=(1000, 5, 3))
    refused(tmp_path, rewritten(saved, settings(num_items=10**8), target.getvalue()), "kept in 0 bytes")


def test_a_file_that_unpacks_into_absurdly_more_is_refused(saved, tmp_path):
    packed = rewritten(saved, weights=b"\0" * 10**8, compression=zipfile.ZIP_DEFLATED)
    refused(tmp_path, packed, r"model\.weights\.h5 of 100,000,000 bytes, packed into")


def test_another_model_is_named(tmp_path):
    path = tmp_path / "other.keras"
    keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)]).save(path)
    with pytest.raises(ValueError, match=r"path: expected a saved RBM, found Sequential in .*other"):
        load_model(path)
