"""A model on disk: saved, loaded, and trained on as if nothing had happened."""

import keras
import pytest
from support.model_making import assert_same_weights, trained

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
