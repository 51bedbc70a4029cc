"""A machine as a bundle: what comes out is what went in, no larger than asked, and says what it costs."""

import json

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from support.family_making import MEMBERS, draw_parameters, make_model
from support.user_bias_making import BIASED, model_of

from rbm_lib import RBM, ItemBased
from rbm_lib.analysis import films_of_units, portable_machine, unpacked
from rbm_lib.models import Gaussian, PolynomialSoftmax, tables_of

NUM_FILMS, NUM_HIDDEN = 61, 5


def films(number=NUM_FILMS, titles="Film {} (1999)"):
    return pd.DataFrame({"item_id": range(100, 100 + number), "title": [titles.format(n) for n in range(number)]})


def counts(number=NUM_FILMS, seed=3):
    return np.random.default_rng(seed).permutation(np.arange(1, number + 1))


def machine(**arguments):
    units = PolynomialSoftmax([1, 2, 3, 4, 5], degree=2)
    model = RBM(NUM_FILMS, NUM_HIDDEN, units=units, conditional=True, user_bias=1, hidden_offset=0.5, **arguments)
    rng, layer = np.random.default_rng(5), model.rbm_layer
    for name in ("interaction_weights", "visible_bias", "hidden_bias", "rated_weights"):
        weight = getattr(layer, name)
        weight.assign(rng.normal(0, 0.4, weight.shape))
    layer.visible_offset.assign(rng.dirichlet(np.ones(5), NUM_FILMS))
    return model


@pytest.mark.parametrize("name", MEMBERS)
def test_in_full_a_bundle_holds_the_machine_to_the_last_bit(name):
    model = make_model(MEMBERS[name], draw_parameters(MEMBERS[name]))
    bundle = portable_machine(model, films(7), np.arange(7, 0, -1), encoding="float32")
    expected = tables_of(model.rbm_layer)
    for part, found in unpacked(bundle)._asdict().items():
        np.testing.assert_array_equal(found, getattr(expected, part), err_msg=part)
    assert bundle["loss"] == {"mean": 0.0, "largest": 0.0, "encoding": "float32"}


def test_it_travels_as_json():
    bundle = portable_machine(machine(), films(), counts())
    again = json.loads(json.dumps(bundle, allow_nan=False))
    assert again == bundle
    np.testing.assert_array_equal(unpacked(again).weights, unpacked(bundle).weights)


def test_the_films_known_best_are_taken_in_their_order():
    known = counts()
    bundle = portable_machine(machine(), films(), known, num_films=23)
    order = np.argsort(-known)[:23]
    assert bundle["ids"] == (100 + order).tolist()
    assert bundle["titles"] == [f"Film {n} (1999)" for n in order]
    whole = tables_of(machine().rbm_layer)
    half = np.abs(whole.weights[order]).max(axis=0) / 254  # half a step of the scale
    assert (np.abs(unpacked(bundle).weights - whole.weights[order]) <= half * 1.01).all()
    assert unpacked(bundle).rated.shape == (23, NUM_HIDDEN)


def test_what_does_not_fit_is_left_out_film_by_film():
    sizes = {}
    for most_bytes in (5500, 6300, 7200):
        bundle = portable_machine(machine(), films(), counts(), most_bytes=most_bytes)
        sizes[most_bytes] = len(bundle["titles"])
        assert len(json.dumps(bundle, ensure_ascii=False).encode()) <= most_bytes
    assert 20 <= sizes[5500] < sizes[6300] < sizes[7200] <= NUM_FILMS
    long = films(titles="Film {} " + "of a long name " * 5)
    assert len(portable_machine(machine(), long, counts(), most_bytes=7200)["titles"]) < sizes[7200]


def test_the_loss_grows_with_what_is_left_out_of_the_numbers():
    loss = {
        encoding: portable_machine(machine(), films(), counts(), encoding=encoding)["loss"]
        for encoding in ("float32", "float16", "int8")
    }
    means = [loss[encoding]["mean"] for encoding in ("float32", "float16", "int8")]
    assert means[0] == 0 < means[1] < means[2] < 0.01
    assert loss["int8"]["largest"] > loss["int8"]["mean"]


def test_ids_that_are_titles_stand_once():
    bundle = portable_machine(machine(), films().assign(title=lambda f: f["item_id"].astype(str)), counts())
    assert "ids" not in bundle


@pytest.mark.parametrize(
    ("member", "averages"),
    [
        ("softmax", None),
        ("bernoulli", None),
        ("bernoulli centred", "film averages"),
        ("softmax centred", "film averages"),
    ],
)
def test_a_machine_that_knows_no_averages_claims_none(member, averages):
    model = make_model(MEMBERS[member], draw_parameters(MEMBERS[member]))
    assert portable_machine(model, films(7), np.ones(7))["averages"] == averages
    assert portable_machine(model_of(BIASED["softmax"]), films(7), np.ones(7))["averages"] == "film and user averages"


def test_first_films_differ_from_each_other():
    model = machine()
    weights = np.zeros((NUM_FILMS, 2, NUM_HIDDEN), np.float32)
    weights[:, 0, 0] = 1.0  # all alike, but for five
    weights[[3, 17, 29, 31, 43], 0, [0, 1, 2, 3, 4]] = 3.0
    model.rbm_layer.interaction_weights.assign(weights)
    bundle = portable_machine(model, films(), -np.arange(NUM_FILMS))
    assert {3, 17, 29, 31, 43} <= set(bundle["first"])
    assert bundle["first"] == sorted(bundle["first"])


def test_units_are_described_by_what_they_move():
    model = machine()
    names = [f"taste {j}" for j in range(NUM_HIDDEN)]
    bundle = portable_machine(model, films(), counts(), encoding="float32", names=names)
    table = films_of_units(bundle, num_units=NUM_HIDDEN, num_films=2)
    assert sorted(table["unit"]) == names
    parameters, values = model.parameters, np.array(model.units.values)

    def expected(hidden):
        activation = np.einsum("isj,j->is", parameters.interaction_weights, hidden) + parameters.visible_bias
        return tf.nn.softmax(activation, axis=1).numpy() @ values

    rest = tf.sigmoid(parameters.hidden_bias).numpy()
    for _, row in table.iterrows():
        step = np.eye(NUM_HIDDEN)[names.index(row["unit"])] * 1e-2
        order = np.argsort(expected(rest - step) - expected(rest + step))
        assert row["lifts"] == [f"Film {n} (1999)" for n in order[:2]]
        assert row["lowers"] == [f"Film {n} (1999)" for n in order[::-1][:2]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": ItemBased(RBM(7, 3))}, "model: expected an RBM whose cases are users.*found ItemBased"),
        ({"model": RBM(NUM_FILMS, 3, units=Gaussian())}, "model: expected units with a list of values, found gaussian"),
        ({"items": films(5)}, "items: expected item_id and title of 61 films, found 5 rows"),
        ({"items": films().drop(columns="title")}, "found 61 rows, no column title"),
        ({"counts": [1, 2]}, r"counts: expected a number for each of 61 films, found shape \(2,\)"),
        ({"names": ["a"]}, "names: expected one for each of 5 units, found 1"),
        ({"most_bytes": 3000}, "most_bytes: expected room for 20 films, found room for .* take fewer units"),
        ({"encoding": "int4"}, "encoding: expected"),
        ({"num_films": 0}, "num_films: expected"),
    ],
)
def test_what_cannot_travel_is_refused_by_name(change, message):
    given = {"model": machine(), "items": films(), "counts": counts()} | change
    with pytest.raises(ValueError, match=message):
        portable_machine(given.pop("model"), given.pop("items"), given.pop("counts"), **given)


def test_numbers_that_are_none_are_refused():
    model = machine()
    model.rbm_layer.hidden_bias.assign(np.full(NUM_HIDDEN, np.nan))
    with pytest.raises(ValueError, match="model: expected finite parameters"):
        portable_machine(model, films(), counts())
