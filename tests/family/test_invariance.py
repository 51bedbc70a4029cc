"""What must change nothing, for every member: films nobody rated, what stands behind a mask, order, threads, gauge."""

import numba
import numpy as np
import pytest
import tensorflow as tf
from support.family_making import (
    MEMBERS,
    NUM_ITEMS,
    NUM_USERS,
    densify,
    direction,
    draw_parameters,
    make_model,
    random_ratings,
    whole_batch,
)

from rbm_lib.data.ratings import Ratings
from rbm_lib.draws import tensors as draws
from rbm_lib.models import conditionals, contrastive_divergence, energy

NEAR = 3e-6  # nats, what float32 sums in another order may differ by


@pytest.fixture
def ratings(member):
    return random_ratings(member)


STATES = np.random.default_rng(7).integers(0, 2, (NUM_USERS, 3)).astype(np.uint8)


def predictions(model, batch, inference, item, told=False):
    """Of one film for each user of a batch, whether rated or not."""
    users = len(batch["user_index"])
    batch = batch | {
        "target_row_splits": np.arange(users + 1),
        "target_item_index": np.full(users, item, np.int32),
    }
    tensors = {name: tf.constant(value) for name, value in batch.items()}
    return model.engine_in_use.targets(model, tensors, inference, 0, told).numpy()


def test_a_film_nobody_rated_changes_nothing(member, engine, ratings):
    """Its own couplings and biases are large: were they read anywhere, it would show."""
    trained, batch = draw_parameters(member), whole_batch(ratings)
    wide = {
        name: value if name == "hidden_bias" else np.concatenate([value, 7.0 + 0 * value[:1]])
        for name, value in trained.items()
    }
    narrow, wider = make_model(member, trained, engine), make_model(member, wide, engine)
    found, agreement, stop = direction(narrow, batch, persistent=STATES)
    other, agreed, stopped = direction(wider, batch, persistent=STATES)
    np.testing.assert_array_equal(agreement, agreed)
    np.testing.assert_array_equal(stop, stopped)
    for name, value in found.items():
        np.testing.assert_allclose(other[name][: len(value)], value, atol=NEAR)
        assert (other[name][len(value) :] == 0).all()
    for inference in ("mean_field", "exact", "sampled"):
        left, right = (predictions(model, batch, inference, 5) for model in (narrow, wider))
        np.testing.assert_allclose(left, right, atol=NEAR)
    more = Ratings(ratings.row_splits, ratings.item_index, ratings.rating, ratings.user_id, np.arange(NUM_ITEMS + 1))
    np.testing.assert_allclose(wider.free_energy(more), narrow.free_energy(ratings), atol=NEAR)


@pytest.mark.parametrize("garbage", [-1.0, np.nan, np.inf])
def test_what_stands_behind_the_mask_is_never_read(member, ratings, garbage):
    batch = whole_batch(ratings)
    visible, observed_mask = densify(batch, member)
    hidden_by_mask = observed_mask if visible.ndim == 2 else observed_mask[..., None]
    parameters = make_model(member, draw_parameters(member)).parameters
    users = tf.constant(batch["user_index"])
    address = draws.DrawAddress(1, draws.TRAINING, tf.constant(2), users)
    states, mask = tf.constant(STATES), tf.constant(observed_mask)

    def everything(visible):
        common = (visible, mask, parameters)
        continued, end, stop = contrastive_divergence.persistent_direction(*common, address, 2, states)
        restarted, again = contrastive_divergence.ascent_direction(*common, address, 2)
        return [
            *continued,
            *restarted,
            end,
            again,
            stop,
            energy.free_energy(*common),
            energy.energy(visible, tf.cast(states, tf.float32), mask, parameters),
            conditionals.mean_field_prediction(*common),
            conditionals.sampled_prediction(*common, address),
        ]

    clean, soiled = (everything(tf.constant(np.where(hidden_by_mask, visible, v), tf.float32)) for v in (0.0, garbage))
    for left, right in zip(clean, soiled, strict=True):
        np.testing.assert_array_equal(left, right)


def test_the_order_of_users_changes_no_chain(member, engine, ratings):
    model = make_model(member, draw_parameters(member), engine, cd_steps=2)
    forwards, shuffled = whole_batch(ratings), next(iter(ratings.batches(NUM_USERS, seed=3)))
    order = shuffled["user_index"]
    assert (order != forwards["user_index"]).any()
    first, _, stop = direction(model, forwards, persistent=STATES)
    second, _, stopped = direction(model, shuffled, persistent=STATES[order])
    np.testing.assert_array_equal(stopped, stop[order])
    for name, value in first.items():
        np.testing.assert_allclose(second[name], value, atol=NEAR)
    for inference in ("mean_field", "exact", "sampled"):
        found = predictions(model, forwards, inference, 5)
        np.testing.assert_allclose(predictions(model, shuffled, inference, 5), found[order], atol=NEAR)


def test_films_can_be_renumbered_with_their_parameters(member, engine, ratings):
    """Draws are keyed by the film's number, so chains differ; what is not drawn stays."""
    order = np.random.default_rng(1).permutation(NUM_ITEMS)
    trained = draw_parameters(member)
    renumbered = {name: value if name == "hidden_bias" else value[order] for name, value in trained.items()}
    model, other = make_model(member, trained, engine), make_model(member, renumbered, engine)
    matrix, observed_mask = ratings.to_dense()
    moved = Ratings.from_dense(matrix[:, order], observed_mask[:, order])
    np.testing.assert_allclose(other.free_energy(moved), model.free_energy(ratings), atol=2 * NEAR)
    for inference in ("mean_field", "exact"):
        found = predictions(model, whole_batch(ratings), inference, order[2])
        np.testing.assert_allclose(predictions(other, whole_batch(moved), inference, 2), found, atol=NEAR)


def test_the_number_of_threads_changes_no_bit(member, ratings):
    model, batch, results = make_model(member, draw_parameters(member), cd_steps=3), whole_batch(ratings), []
    kept = numba.get_num_threads()
    for threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(threads)
        found, agreement, stop = direction(model, batch, persistent=STATES)
        exact, drawn = (predictions(model, batch, inference, 5) for inference in ("exact", "sampled"))
        results.append([*found.values(), agreement, stop, exact, drawn, model.free_energy(ratings)])
    numba.set_num_threads(kept)
    for left, right in zip(*results, strict=True):
        np.testing.assert_array_equal(left, right)


FILM, SHIFT, LIFT = 3, np.array([0.9, -1.3, 0.4]), 1.7


def shifted(member, trained):
    """The same machine in another gauge: a vector for every star of one film, taken back where it is rated."""
    couplings, bias, heard = (trained[n].copy() for n in ("interaction_weights", "visible_bias", "rated_weights"))
    places = (FILM, 0) if member.kind == "ordinal" else FILM  # the first increment is common to all stars
    couplings[places] += SHIFT
    bias[places] += LIFT
    heard[FILM] -= (1.0 - trained["visible_offset"][FILM].sum()) * SHIFT
    return trained | {"interaction_weights": couplings, "visible_bias": bias, "rated_weights": heard}


# Of FILM itself where it is no input: told to be rated, all of it counts; not told, its visible side alone.
QUESTIONS = [
    *((0, inference, False) for inference in ("mean_field", "exact", "sampled")),
    *((FILM, "mean_field", False), (FILM, "sampled", False), (FILM, "exact", True)),
]


@pytest.mark.parametrize("name", ["softmax conditional", "ordinal conditional"])
def test_what_all_stars_share_is_the_rated_weights_to_tell(engine, name):
    member = MEMBERS[name]
    ratings, trained = random_ratings(member), draw_parameters(member)
    batch = whole_batch(ratings)
    one, other = (make_model(member, values, engine) for values in (trained, shifted(member, trained)))
    rated = np.add.reduceat(ratings.item_index == FILM, ratings.row_splits[:-1])
    np.testing.assert_allclose(one.free_energy(ratings) - LIFT * rated, other.free_energy(ratings), atol=1e-5)
    assert 0 < rated.sum() < NUM_USERS
    for film, inference, told in QUESTIONS:
        asked = (rated == 0) | (film != FILM)
        left, right = (predictions(model, batch, inference, film, told)[asked] for model in (one, other))
        np.testing.assert_allclose(left, right, atol=2 * NEAR)
    (first, agreed, stop), (second, agreement, stopped) = (direction(m, batch, persistent=STATES) for m in (one, other))
    np.testing.assert_array_equal(agreement, agreed)
    np.testing.assert_array_equal(stopped, stop)
    for part, value in first.items():
        np.testing.assert_allclose(second[part], value, atol=NEAR, err_msg=part)
