"""A model on disk: saved, loaded, and trained on as if nothing had happened."""

from pathlib import Path

import keras
import pytest
from support.model_making import assert_same_weights, trained

from rbm_lib._files import atomic_file
from rbm_lib.models.model import RBM
from rbm_lib.models.saving import load_model


def test_resuming_equals_going_on(likes, tmp_path):
    whole = trained(likes, epochs=5, optimizer=keras.optimizers.Adam(0.05))[0]
    part = trained(likes, epochs=2, optimizer=keras.optimizers.Adam(0.05))[0]
    part.save(tmp_path / "part.keras")
    resumed = keras.saving.load_model(tmp_path / "part.keras")
    resumed.fit(likes, batch_size=5, epochs=5, initial_epoch=2, verbose=0)
    assert_same_weights(whole, resumed)


def test_an_untrained_model_saves_its_weights(tmp_path):
    model = RBM(7, 3, seed=5)
    model.save(tmp_path / "new.keras")
    assert_same_weights(model, load_model(tmp_path / "new.keras"))


def test_a_model_of_another_kind_is_not_loaded_as_an_rbm(tmp_path):
    other = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    other.save(tmp_path / "other.keras")
    with pytest.raises(ValueError, match="path: expected a saved RBM, found Sequential"):
        load_model(tmp_path / "other.keras")


def test_the_configuration_is_whole():
    arguments = {"cd_steps": 3, "weight_decay": 0.25, "inference": "sampled", "engine": "dense", "seed": 9}
    model = RBM(7, 3, **arguments)
    again = RBM.from_config(model.get_config())
    assert {name: getattr(again, name) for name in arguments} == arguments
    assert (again.num_items, again.num_hidden) == (7, 3)
    assert_same_weights(model, again)


class Broken(Exception):
    """What comes between."""


class Breaking(RBM):
    """A model whose files break off: everything is written but for what its layer holds."""

    error: type[BaseException] = Broken

    def save_own_variables(self, store):
        super().save_own_variables(store)
        raise self.error


@pytest.mark.parametrize("name", ["rbm.keras", "rbm.weights.h5"])
@pytest.mark.parametrize("error", [Broken, KeyboardInterrupt, OSError])
def test_a_file_is_written_whole_or_not_at_all(tmp_path, name, error):
    """Half a file takes no other's place, and none is left behind."""
    path, whole, broken = tmp_path / name, RBM(7, 3, seed=5), Breaking(7, 3, seed=6)
    broken.error = error

    def write(model):
        (model.save if name.endswith(".keras") else model.save_weights)(path)

    with pytest.raises(error):
        write(broken)
    assert list(tmp_path.iterdir()) == []
    write(whole)
    before = path.read_bytes()
    with pytest.raises(error):
        write(broken)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert path.read_bytes() == before


def test_a_file_takes_the_place_of_an_earlier_one_and_of_what_a_link_names(tmp_path):
    models = [RBM(7, 3, seed=seed) for seed in (5, 6)]
    (tmp_path / "link.keras").symlink_to(tmp_path / "rbm.keras")
    for model in models:
        model.save(tmp_path / "link.keras")
        assert_same_weights(model, load_model(tmp_path / "rbm.keras"))
    assert (tmp_path / "link.keras").is_symlink()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("answer", ["y", "n"])
def test_keras_still_asks_before_it_overwrites(tmp_path, monkeypatch, answer):
    monkeypatch.setattr("builtins.input", lambda question: answer)
    first, second = (RBM(7, 3, seed=seed) for seed in (5, 6))
    first.save(tmp_path / "rbm.keras", overwrite=False)  # there is nothing to ask about yet
    second.save(tmp_path / "rbm.keras", overwrite=False)
    assert_same_weights(second if answer == "y" else first, load_model(tmp_path / "rbm.keras"))


def test_a_folder_is_saved_as_keras_does(tmp_path):
    model = RBM(7, 3, seed=5)
    model.save(tmp_path / "folder", zipped=False)
    assert_same_weights(model, keras.saving.load_model(tmp_path / "folder"))
    with pytest.raises(ValueError, match=r"folder: expected .* found a folder, which `keras\.saving\.load_model` re"):
        load_model(tmp_path / "folder")


def test_half_a_file_of_kerass_own_function_is_refused_by_name(tmp_path):
    """Keras opens the file before it asks the model anything; should that change, the docstring of `Storing` errs."""
    path = tmp_path / "rbm.keras"
    RBM(7, 3, seed=5).save(path)
    with pytest.raises(Broken):
        keras.saving.save_model(Breaking(7, 3, seed=6), path)
    with pytest.raises(ValueError, match=r"rbm\.keras: expected a saved model, a \.keras file, found"):
        load_model(path)
    keras.saving.save_model(RBM(7, 3, seed=5), path)
    half = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(half)
    with pytest.raises(ValueError, match=r"rbm\.keras: expected a saved model, a \.keras file, found BadZipFile"):
        load_model(path)


def test_callbacks_of_keras_save_whole_files(likes, tmp_path, monkeypatch):
    """They call the model's methods, not the function that goes past them."""
    model, written = RBM(7, 3, seed=5), []
    monkeypatch.setattr("rbm_lib.models.storing.atomic_file", lambda path, ending: _noted(written, path, ending))
    model.compile()
    files = [tmp_path / "whole.keras", tmp_path / "only.weights.h5"]
    callbacks = [
        keras.callbacks.ModelCheckpoint(str(file), save_weights_only=file.suffix == ".h5", verbose=0) for file in files
    ]
    model.fit(likes, batch_size=5, epochs=1, verbose=0, callbacks=callbacks)
    assert [Path(path).name for path in written] == [file.name for file in files]
    assert all(file.exists() for file in files)


def _noted(written, path, ending):
    written.append(path)
    return atomic_file(path, ending)
