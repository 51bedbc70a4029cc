"""What Keras offers: it works, or it is refused by name. Nothing is taken and then left unheard."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.model_making import assert_same_weights, trained

from rbm_lib.models.layer import RBMLayer
from rbm_lib.models.model import RBM
from rbm_lib.models.saving import load_model
from rbm_lib.models.units.gaussian import Gaussian
from rbm_lib.splits.held_out import random_n

ENGINES = ("dense", "sparse")


@pytest.fixture
def split(likes):
    return random_n(likes, 1, seed=1, more_than=1)


def compiled(engine="sparse", optimizer="sgd", **arguments):
    model = RBM(7, 3, seed=2, engine=engine, **arguments)
    model.compile(optimizer)
    return model


# -- what is not to be trained


@pytest.mark.parametrize("weight_decay", [0.0, 0.5])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_variable_that_is_not_trainable_stays_where_it_is(likes, engine, optimizer, weight_decay):
    """The others take the very step that they take beside it, on both ways through the sparse engine."""
    models = [RBM(7, 3, seed=2, conditional=True, engine=engine, weight_decay=weight_decay) for _ in range(2)]
    models[1].rbm_layer.hidden_bias.trainable = False
    models[1].rbm_layer.interaction_weights.trainable = False
    start = {variable.name: np.array(variable) for variable in models[0].rbm_layer.weights}
    for model in models:
        model.compile(getattr(keras.optimizers, optimizer)(0.1))
        model.fit(likes, batch_size=11, epochs=1, verbose=0)
    for every, some in zip(*(model.rbm_layer.trained for model in models), strict=True):
        frozen = some.name in ("hidden_bias", "interaction_weights")
        np.testing.assert_array_equal(some, start[some.name] if frozen else every, err_msg=some.name)
        assert not np.array_equal(every, start[every.name])


@pytest.mark.parametrize("part", ["layer", "model"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_layer_or_a_model_that_is_not_trainable_stays_as_it_is(likes, engine, part):
    model = RBM(7, 3, seed=2, engine=engine)
    (model if part == "model" else model.rbm_layer).trainable = False
    model.compile("adam")
    before = model.get_weights()
    with pytest.warns(UserWarning, match="does not have any trainable weights"):
        history = model.fit(likes, epochs=2, verbose=0)
    for left, right in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    assert len(history.history["loss"]) == 2
    (model if part == "model" else model.rbm_layer).trainable = True
    model.compile("adam")
    model.fit(likes, verbose=0)
    assert not np.array_equal(before[0], model.get_weights()[0])


def test_what_is_not_trainable_is_saved(likes, tmp_path):
    models = [compiled(optimizer=keras.optimizers.Adam(0.1)) for _ in range(2)]
    for model in models:
        model.rbm_layer.visible_bias.trainable = False
        model.fit(likes, batch_size=5, epochs=1, verbose=0)
    models[0].save(tmp_path / "rbm.keras")
    models[0] = load_model(tmp_path / "rbm.keras")
    for model in models:
        model.fit(likes, batch_size=5, epochs=2, verbose=0)
    assert_same_weights(*models)
    assert (models[0].get_weights()[1] == 0).all()
    for left, right in zip(*(model.optimizer.variables for model in models), strict=True):
        np.testing.assert_array_equal(left, right)


# -- optimizers


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("engine", ENGINES)
def test_accumulated_gradients_are_the_mean_of_their_steps(likes, engine, optimizer):
    """Two halves of the users, whose directions at the same parameters are known, make one step."""
    make = getattr(keras.optimizers, optimizer)
    model, plain = compiled(engine, make(0.1, gradient_accumulation_steps=2)), compiled("dense", make(0.1))
    batches, directions = list(likes.batches(6)), []
    for step, batch in enumerate(batches):
        tensors = {name: tf.constant(value) for name, value in batch.items()}
        directions.append(plain.engine_in_use.direction(plain, tensors, tf.constant(step, tf.int64))[0][:3])
    plain.optimizer.apply([-(a + b) / 2 for a, b in zip(*directions, strict=True)], plain.rbm_layer.trained)
    before = model.get_weights()
    model.train_on_batch(batches[0])
    for left, right in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    model.train_on_batch(batches[1])
    for left, right in zip(plain.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6 if optimizer == "SGD" else 1e-4)  # Adam divides by its size
    assert not np.array_equal(before[0], model.get_weights()[0])


@pytest.mark.parametrize("engine", ENGINES)
def test_accumulated_gradients_go_with_a_fit(likes, engine):
    model = compiled(engine, keras.optimizers.Adam(0.1, gradient_accumulation_steps=2))
    history = model.fit(likes, batch_size=3, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert int(model.optimizer.iterations) == 4
    assert model.steps_done == 8


def test_optimizers_that_scale_a_loss_are_refused():
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam())
    with pytest.raises(
        ValueError, match=r"optimizer: expected one that scales no loss, found LossScaleOptimizer; .* Adam"
    ):
        compiled(optimizer=scaled)
    with pytest.raises(ValueError, match=r"optimizer: expected loss_scale_factor=None, found 1024\.0"):
        compiled(optimizer=keras.optimizers.SGD(0.1, momentum=0.9, loss_scale_factor=1024.0))


def test_such_an_optimizer_put_in_place_of_the_compiled_one_is_refused_too(likes):
    model = compiled()
    model.optimizer = keras.optimizers.SGD(0.1, loss_scale_factor=1024.0)
    with pytest.raises(ValueError, match=r"optimizer: expected loss_scale_factor=None, found 1024\.0"):
        model.fit(likes, verbose=0)


# -- types


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "mixed_float16", "mixed_bfloat16"])
def test_other_types_are_refused(dtype):
    with pytest.raises(ValueError, match=f"dtype: expected float32, .*, found {dtype}; pass dtype='float32'"):
        RBM(7, 3, dtype=dtype)
    with pytest.raises(ValueError, match=f"dtype: expected float32, .*, found {dtype}"):
        RBMLayer(7, 3, dtype=dtype)


def test_a_policy_for_all_models_is_refused_and_can_be_overruled(likes):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        with pytest.raises(ValueError, match=r"dtype: expected float32, .*, found mixed_float16"):
            RBM(7, 3)
        model = RBM(7, 3, seed=2, dtype="float32")
        model.compile(keras.optimizers.SGD(0.1))
        model.fit(likes, batch_size=5, epochs=3, verbose=0)
    finally:
        keras.config.set_dtype_policy(before)
    assert_same_weights(model, trained(likes)[0])


# -- arguments


@pytest.mark.parametrize(
    ("argument", "value", "found"),
    [
        ("loss", "mse", "'mse'"),
        ("loss", keras.losses.MeanSquaredError(), "MeanSquaredError"),
        ("loss_weights", [1.0], r"\[1\.0\]"),
        ("metrics", ["auc"], r"\['auc'\]"),
        ("weighted_metrics", ["auc"], r"\['auc'\]"),
    ],
)
def test_compile_refuses_what_would_go_unheard(argument, value, found):
    with pytest.raises(ValueError, match=f"^{argument}: expected None, found {found}; "):
        RBM(7, 3).compile("sgd", **{argument: value})


@pytest.mark.parametrize("value", [0, -1, 2.5, True, "auto"])
def test_compile_takes_a_whole_number_of_steps_in_a_call(value):
    with pytest.raises(ValueError, match=r"^steps_per_execution: expected a whole number of at least 1, found "):
        RBM(7, 3).compile("sgd", steps_per_execution=value)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("y", np.ones(11)), ("sample_weight", np.ones(11)), ("class_weight", {0: 1.0}), ("validation_split", 0.1)],
)
def test_fit_refuses_what_would_go_unheard(likes, argument, value):
    with pytest.raises(ValueError, match=f"^{argument}: expected None, found "):
        compiled().fit(likes, verbose=0, **{argument: value})


def test_defaults_of_keras_may_be_said(likes, split):
    nothing = {"y": None, "sample_weight": None}
    history = compiled().fit(likes, verbose=0, class_weight=None, validation_split=0.0, **nothing).history
    assert set(history) == {"loss", "accuracy"}
    compiled().evaluate(split, verbose=0, **nothing)
    model = RBM(7, 3)
    model.compile("sgd", loss=None, metrics=None)


def test_evaluate_and_single_steps_refuse_them_too(split):
    model = compiled()
    for argument in ("y", "sample_weight"):
        for method, x in ((model.evaluate, split), (model.train_on_batch, split.inputs), (model.test_on_batch, split)):
            with pytest.raises(ValueError, match=re.escape(f"{argument}: expected None, found ndarray")):
                method(x, **{argument: np.ones(11)})
    with pytest.raises(ValueError, match="sample_weight: expected None"):
        model.train_on_batch(split.inputs, None, np.ones(11))


def test_regularizers_of_weights_are_refused(likes):
    model = compiled()
    model.rbm_layer.interaction_weights.regularizer = keras.regularizers.L2(0.1)
    with pytest.raises(
        ValueError, match=r"regularizer: expected None on rbm_layer/interaction_weights, found L2; `RBM\("
    ):
        model.fit(likes, verbose=0)
    with pytest.raises(ValueError, match="activity_regularizer: expected None, found L2"):
        RBM(7, 3, activity_regularizer=keras.regularizers.L2(0.1))


@pytest.mark.parametrize("engine", ENGINES)
def test_constraints_of_weights_are_kept(likes, engine):
    model = compiled(engine, keras.optimizers.SGD(0.5))
    model.rbm_layer.visible_bias.constraint = keras.constraints.NonNeg()
    model.fit(likes, batch_size=5, epochs=3, verbose=0)
    assert model.get_weights()[1].min() >= 0
    assert trained(likes, engine=engine, optimizer=keras.optimizers.SGD(0.5))[0].get_weights()[1].min() < 0


def test_a_model_without_an_optimizer_is_refused(likes, split):
    model = RBM(7, 3)
    with pytest.raises(ValueError, match="model: expected a compiled model, found one without an optimizer"):
        model.fit(likes, verbose=0)
    model.compile(None)
    with pytest.raises(ValueError, match="model: expected a compiled model, found one without an optimizer"):
        model.fit(likes, verbose=0)
    model.evaluate(split, verbose=0)


@pytest.mark.parametrize("engine", ENGINES)
def test_eager_steps_are_the_same_steps(likes, engine):
    model = RBM(7, 3, seed=2, engine=engine)
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    model.fit(likes, batch_size=5, epochs=3, verbose=0)
    for left, right in zip(model.get_weights(), trained(likes, engine=engine)[0].get_weights(), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6)


# -- files


@pytest.mark.parametrize("name", ["m.h5", "m.hdf5", "m", "m.tf"])
def test_formats_that_could_not_be_read_again_are_refused(tmp_path, name):
    with pytest.raises(
        ValueError, match=rf"filepath: expected a name that ends in \.keras, found .*{name}; other formats"
    ):
        compiled().save(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["m.h5", "m.hdf5"])
def test_kerass_own_function_is_refused_its_old_format_too(tmp_path, name):
    with pytest.raises(
        ValueError, match=r"filepath: expected a name that ends in \.keras, found Keras' old format, HDF5"
    ):
        keras.saving.save_model(compiled(), tmp_path / name)


class Percent(Gaussian):
    """Units that nobody has registered."""

    def __init__(self):
        super().__init__(low=0, high=100, scale=20)

    def get_config(self):
        return {}


def test_classes_of_ones_own_can_be_handed_over(tmp_path):
    RBM(7, 3, units=Percent()).save(tmp_path / "percent.keras")
    model = load_model(tmp_path / "percent.keras", custom_objects={"Percent": Percent})
    assert type(model.units) is Percent
