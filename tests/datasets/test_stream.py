"""Planted likes drawn user by user: the law of the draw, its size, and what it takes."""

import hashlib
import itertools
import tracemalloc

import numpy as np
import pytest

from rbm_lib.data.ratings import Ratings
from rbm_lib.datasets.planted import stream as planted_stream
from rbm_lib.datasets.planted.drawing import draw_planted
from rbm_lib.datasets.planted.stream import ML_32M, choose_films, draw_likes
from rbm_lib.datasets.planted.truth import PlantedSettings

SMALL = PlantedSettings(num_users=101, num_items=211, num_ratings=1499, num_hidden=5, seed=3, min_ratings=7)


def test_the_file_generator_draws_what_it_always_drew():
    """Stars, films and users of a fixed seed, to the last one: streaming must not have moved a draw."""
    draw = draw_planted(PlantedSettings(101, 53, 1499, 5, seed=3, min_ratings=7))
    digest = hashlib.sha256(b"".join(a.astype("<i8").tobytes() for a in (draw.user_index, draw.item_index, draw.stars)))
    assert digest.hexdigest()[:16] == "164b66795c847eaf"


def test_sizes_are_met_exactly(monkeypatch):
    monkeypatch.setattr(planted_stream, "_RATINGS_AT_ONCE", 97)  # many chunks, some of one user
    likes = draw_likes(SMALL)
    assert (likes.num_users, likes.num_items, likes.num_ratings) == (101, 211, 1499)
    assert likes.ratings_per_user.min() >= 7
    assert likes.ratings_per_item.min() >= 1
    assert set(np.unique(likes.rating)) == {0, 1}


def test_it_is_a_function_of_the_settings():
    one, again = draw_likes(SMALL), draw_likes(SMALL)
    other = draw_likes(PlantedSettings(**(SMALL.__dict__ | {"seed": 4})))
    assert one.checksum() == again.checksum() != other.checksum()


@pytest.mark.parametrize("rank_from", [0, 1], ids=["by ranking", "by repeated draws"])
def test_films_are_drawn_one_by_one_in_proportion_to_popularity(monkeypatch, rank_from):
    monkeypatch.setattr(planted_stream, "_RANK_FROM", rank_from)
    popularity, num_users = np.array([0.5, 0.3, 0.15, 0.05]), 20_011
    items = choose_films(np.random.default_rng(1), np.full(num_users, 2), popularity).reshape(-1, 2)
    pairs = {frozenset(pair): 0.0 for pair in itertools.combinations(range(4), 2)}
    for first, second in itertools.permutations(range(4), 2):
        pairs[frozenset((first, second))] += popularity[first] * popularity[second] / (1 - popularity[first])
    for pair, expected in pairs.items():
        found = np.mean(np.isin(items, list(pair)).all(axis=1))
        assert abs(found - expected) < 4.5 * np.sqrt(expected * (1 - expected) / num_users)


def test_a_user_may_rate_every_film(monkeypatch):
    monkeypatch.setattr(planted_stream, "_RANK_FROM", 1)
    items = choose_films(np.random.default_rng(1), np.array([3, 0, 2]), np.array([0.7, 0.2, 0.1]))
    assert sorted(items[:3].tolist()) == [0, 1, 2]
    assert len(set(items[3:].tolist())) == 2


def test_it_likes_what_the_file_generator_likes():
    """The same films, units and stars: shares of likes agree film by film within their error, and overall."""
    settings = PlantedSettings(num_users=5003, num_items=53, num_ratings=100_003, num_hidden=5, seed=3, min_ratings=7)
    draw, likes = draw_planted(settings), draw_likes(settings)
    other = Ratings.from_triples(draw.user_index + 1, draw.item_index + 1, draw.stars).binarize()
    shares, errors = [], 0
    for one in (likes, other):
        count = np.bincount(one.item_index, minlength=53)
        share = np.bincount(one.item_index, one.rating, 53) / count
        shares.append(share)
        errors = errors + share * (1 - share) / count
    enough = (other.ratings_per_item > 300) & (errors > 0)
    assert enough.sum() > 20
    # Users share hidden units, so that ratings of a film are a little more alike than independent ones.
    assert (np.abs(shares[0] - shares[1]) < 5 * np.sqrt(errors))[enough].all()
    assert np.std(shares[1][enough]) > 0.05


def test_a_wider_spread_makes_a_longer_tail():
    def half(spread):
        settings = PlantedSettings(1009, 1999, 50_021, 3, popularity_spread=spread)
        counts = np.sort(draw_likes(settings).ratings_per_item)[::-1]
        return np.searchsorted(np.cumsum(counts), counts.sum() / 2)

    assert half(2.0) < 0.7 * half(1.3)


@pytest.mark.parametrize("spread", [-0.1, 5.1, np.nan])
def test_a_spread_out_of_range_is_refused(spread):
    with pytest.raises(ValueError, match=r"popularity_spread: expected a finite number from 0 to 5, found"):
        PlantedSettings(popularity_spread=spread)


def test_memory_follows_the_ratings_and_not_users_times_films():
    """Twenty thousand users and thirty thousand films: one byte for each pair would take 600 MB."""
    settings = PlantedSettings(20_011, 30_011, 400_009, num_hidden=3, min_ratings=3)
    tracemalloc.start()
    draw_likes(settings)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 250e6


def test_the_large_shape_is_that_of_movielens_32m():
    assert (ML_32M.num_users, ML_32M.num_items, ML_32M.num_ratings) == (200_948, 84_432, 32_000_204)
