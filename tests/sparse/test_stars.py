"""The sparse engine's arguments where ratings are stars: what must never reach a kernel, and what comes out else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.family_making import MEMBERS, draw_parameters, make_model, numpy_parameters, random_ratings

from rbm_lib.data.ratings import Ratings
from rbm_lib.draws.layout import NOT_STARTED
from rbm_lib.sparse import engine as sparse
from rbm_lib.splits.split import Split

MEMBER = MEMBERS["softmax conditional"]
PARAMETERS = numpy_parameters(make_model(MEMBER, draw_parameters(MEMBER)))
KEYS = {"cd_steps": 1, "step": 0, "seed": 0, "values": MEMBER.values}


def good():
    return {
        "row_splits": np.array([0, 2, 3]),
        "item_index": np.array([0, 3, 1]),
        "rating": np.array([0.5, 3.5, 2.0]),
        "user_index": np.array([0, 1]),
    }


integers = st.lists(st.integers(-3, 9), max_size=9).map(np.array)
stars = st.sampled_from(MEMBER.values.tolist())
broken = {
    "row_splits": integers,
    "item_index": integers,
    "rating": st.lists(stars | st.sampled_from([1.0, 0.0, np.nan]), max_size=9),
    "user_index": integers,
    "persistent": st.lists(st.sampled_from([0, 1, 2, NOT_STARTED]), min_size=3, max_size=12).map(
        lambda found: np.resize(np.array(found, np.uint8), (len(found) // 3, 3))
    ),
}


@st.composite
def batches(draw):
    """A sound batch, or one in which one argument is something else: sound by chance, or not."""
    films = draw(st.lists(st.sets(st.integers(0, 6)).map(sorted), max_size=5))
    items = np.array([film for row in films for film in row], int)
    chain = st.lists(st.integers(0, 1), min_size=3, max_size=3) | st.just([NOT_STARTED] * 3)
    chains = draw(st.none() | st.lists(chain, min_size=len(films), max_size=len(films)))
    batch = {
        "row_splits": np.cumsum([0, *map(len, films)]),
        "item_index": items,
        "rating": draw(st.lists(stars, min_size=len(items), max_size=len(items))),
        "user_index": np.arange(len(films)),
        "persistent": None if chains is None else np.array(chains, np.uint8).reshape(-1, 3),
    }
    name = draw(st.none() | st.sampled_from(list(broken)))
    return batch if name is None else batch | {name: draw(broken[name])}, name


@settings(max_examples=300, deadline=None)
@given(batches())
def test_whatever_comes_in_either_an_error_or_sound_numbers_come_out(batch_and_broken):
    batch, name = batch_and_broken
    refused = None
    try:
        found = sparse.ascent_direction(**batch, parameters=PARAMETERS, **KEYS)
    except ValueError as error:
        refused = str(error).split(":")[0]
    if refused is not None:
        assert name is not None, refused  # a sound batch is taken
        assert refused in batch
        return
    for part in (found.interaction_weights, found.visible_bias, found.hidden_bias, found.rated_weights):
        assert np.isfinite(part).all()
    # A star more is a star less: the biases of a film gain nothing together; its couplings gain together what D does.
    np.testing.assert_allclose(found.visible_bias.sum(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose(found.interaction_weights.sum(axis=1), found.rated_weights, atol=1e-6)
    assert set(found.items) == set(np.asarray(batch["item_index"]).tolist())
    assert set(np.unique(found.persistent)) <= {0, 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rating": np.array([0.5, 1.0, 2.0])}, r"rating: expected 0\.5, 2 or 3\.5, found 1\.0"),
        ({"rating": np.array([0.5, np.nan, 2.0])}, r"rating: expected 0\.5, 2 or 3\.5, found nan"),
        ({"values": np.array([0.5, 2.0])}, "values: expected 3 numbers, as the visible biases have, found 2"),
        ({"values": 5.0}, "values: expected 3 numbers, as the visible biases have, found 1"),
        ({"persistent": np.zeros((2, 5), np.uint8)}, r"persistent: expected uint8 of shape \(2, 3\)"),
        ({"persistent": np.zeros((1, 3), np.uint8)}, r"persistent: expected uint8 of shape \(2, 3\)"),
        ({"persistent": np.zeros((2, 3))}, r"persistent: expected uint8 of shape \(2, 3\), found float64"),
        ({"persistent": np.full((2, 3), 2, np.uint8)}, "persistent: expected rows of 0 and 1"),
        ({"persistent": np.array([[0, 1, 1], [255, 255, 1]], np.uint8)}, "persistent: expected rows of 0 and 1"),
        ({"cd_steps": 0}, "cd_steps: expected a whole number of at least 1, found 0"),
    ],
)
def test_stars_and_chains_that_do_not_hold_together_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        sparse.ascent_direction(**(good() | {"parameters": PARAMETERS} | KEYS | change))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("rated_weights", (7, 2)),
        ("rated_weights", (6, 3)),
        ("rated_weights", (7,)),
        ("rated_weights", (7, 3, 3)),
        ("visible_bias", (7,)),
        ("visible_bias", (7, 2)),
        ("visible_offset", (7,)),
        ("visible_offset", (7, 2)),
        ("hidden_bias", (2,)),
    ],
)
def test_parameters_of_another_shape_are_refused(name, shape):
    changed = PARAMETERS._replace(**{name: np.zeros(shape, np.float32)})
    functions = {
        "direction": lambda: sparse.ascent_direction(**good(), parameters=changed, **KEYS),
        "prediction": lambda: sparse.predict_pairs(*rows(), [0, 1, 1], [2], changed, values=MEMBER.values),
        "free energy": lambda: sparse.free_energy(*rows(), changed, values=MEMBER.values),
        "best films": lambda: sparse.best_films(*rows(), changed, 3, values=MEMBER.values),
    }
    for compute in functions.values():
        with pytest.raises(ValueError, match=f"{name}: expected shape"):
            compute()


def rows():
    batch = good()
    return batch["row_splits"], batch["item_index"], batch["rating"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"inference": "guess"}, "inference: expected one of mean_field, exact, sampled, found 'guess'"),
        ({"inference": "sampled"}, "sampling: expected .user_index, repeat, seed. for sampled inference, found None"),
    ],
)
def test_a_prediction_says_how_and_a_sampled_one_by_which_draws(arguments, message):
    with pytest.raises(ValueError, match=message):
        sparse.predict_pairs(*rows(), np.array([0, 1, 1]), np.array([2]), PARAMETERS, values=MEMBER.values, **arguments)


@pytest.mark.parametrize("targets", [np.array([0, 1]), np.array([0, 1, 2, 2])])
def test_targets_have_the_rows_of_the_inputs(targets):
    films = np.arange(targets[-1])
    with pytest.raises(ValueError, match="target_row_splits: expected 3 numbers"):
        sparse.predict_pairs(*rows(), targets, films, PARAMETERS, values=MEMBER.values)


@pytest.mark.parametrize("engine", ["dense", "sparse"])
def test_a_star_that_is_no_value_stops_the_training_on_both_engines(engine):
    """Known at once from `Ratings`; in a dataset only the first batch can be looked at beforehand."""
    ratings = random_ratings(MEMBER)
    bad = Ratings(ratings.row_splits, ratings.item_index, ratings.rating + 1, ratings.user_id, ratings.item_id)
    model = make_model(MEMBER, engine=engine)
    with pytest.raises(ValueError, match=r"x: expected ratings among 0\.5, 2, 3\.5, found"):
        model.fit(bad, verbose=0)
    with pytest.raises(ValueError, match=r"^rating: expected .*0\.5, 2.*, found"):
        model.fit(ratings.to_dataset(5).concatenate(bad.to_dataset(5)), verbose=0)
    halves = np.arange(ratings.num_ratings) % 2 == 0
    split = Split(bad.select(halves), ratings.select(~halves), "half", ratings.user_id[:0])
    with pytest.raises(ValueError, match=r"split\.inputs: expected ratings among"):
        model.predict_ratings(split)
