"""A reader's own file: written, refused, split, judged; and the warning where it holds nothing to learn."""

import numpy as np
import pandas as pd
import pytest

from rbm_lib import load, random_fraction
from rbm_lib.collection.studies.own_ratings import distinct_titles, lesson, own_file, refusal, why_not_enough
from rbm_lib.data import Ratings, star_values
from rbm_lib.datasets.loading import Dataset
from rbm_lib.evaluation.stars import StarComparison

TITLES = ["Heat (1995)", "Hamlet (1996)", "Hamlet (1996)", "Good, the Bad and the Ugly, The (1966)"]


def small():
    ratings = Ratings.from_triples([7, 7, 11, 13], [2, 5, 3, 5], [4.5, 1, 2, 5])
    items = pd.DataFrame({"item_id": [2, 3, 5], "title": TITLES[:3]})
    return Dataset("small", ratings, items, None, "c0ffee")


def test_a_named_set_becomes_a_file_that_is_read_again(tmp_path):
    data = small()
    path = own_file("ml-1m", data, tmp_path)
    assert path.read_text().splitlines() == [
        "user,item,rating",
        "7,Heat (1995),4.5",
        "7,Hamlet (1996) #5,1",
        "11,Hamlet (1996) #3,2",
        "13,Hamlet (1996) #5,5",
    ]
    again = load(path).ratings
    assert again.num_ratings == 4
    assert again.item_id.tolist() == ["Hamlet (1996) #3", "Hamlet (1996) #5", "Heat (1995)"]
    assert again.rating[again.user_index == 0].tolist() == [1, 4.5]


def test_a_title_with_commas_survives(tmp_path):
    items = pd.DataFrame({"item_id": [2], "title": TITLES[3:]})
    data = Dataset("small", Ratings.from_triples([1, 3], [2, 2], [4, 5]), items, None, "c0ffee")
    assert load(own_file("ml-1m", data, tmp_path)).ratings.item_id.tolist() == TITLES[3:]


def test_a_path_is_taken_as_it_is(tmp_path):
    assert own_file("/somewhere/mine.csv", None, tmp_path).as_posix() == "/somewhere/mine.csv"
    assert list(tmp_path.iterdir()) == []


def test_only_shared_titles_get_their_id():
    items = pd.DataFrame({"item_id": [3, 5, 7], "title": ["Heat", "Hamlet", "Hamlet"]})
    assert distinct_titles(items).tolist() == ["Heat", "Hamlet #5", "Hamlet #7"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "user,item\n1,2\n",
            "faulty.csv, line 1: expected columns of a user, an item and a rating, the rating among them",
        ),
        ("user,item,rating\n1,2,3\n1,3,good\n", "faulty.csv, line 3: expected a rating, as a number, found 'good'"),
        ("user,item,rating\n1,2,3\n3,2,5\n1,2,4\n", "faulty.csv, line 4: expected one rating for each"),
        ("", "faulty.csv: expected ratings, found an empty file"),
        ("user,item,rating\n1,2,3\n", "accepted: Ratings(num_users=1, num_items=1, num_ratings=1)"),
    ],
)
def test_what_is_said_of_a_file_names_the_line_and_no_folder(text, message):
    assert refusal(text).startswith(message)


def test_the_values_are_those_of_the_file():
    assert star_values(Ratings.from_triples([1, 2, 3], [5, 5, 7], [4.5, 0.5, 3])) == (0.5, 3, 4.5)
    with pytest.raises(ValueError, match="at least two different ratings, found 5 everywhere"):
        star_values(Ratings.from_triples([1, 2], [5, 5], [5, 5]))
    many = np.linspace(1, 5, 23)
    with pytest.raises(ValueError, match="at most 20 values, found 23"):
        star_values(Ratings.from_triples(np.arange(23), np.zeros(23, int), many))


def drawn(rng, num_users, num_items, stars):
    """Everybody rates three quarters of everything."""
    user, item = np.nonzero(rng.random((num_users, num_items)) < 0.75)
    return Ratings.from_triples(user, item, stars(user, item))


def test_too_few_ratings_are_said_to_be_too_few(tmp_path):
    rng = np.random.default_rng(3)
    split = random_fraction(drawn(rng, 7, 11, lambda user, item: rng.integers(1, 6, len(user))), 0.1, seed=1)
    found = split.targets.num_ratings
    assert f"takes 30 ratings of at least 5 users to measure by; held out here are {found} of" in why_not_enough(split)
    assert not why_not_enough(random_fraction(drawn(rng, 23, 29, lambda user, item: item % 5 + 1.0), 0.1, seed=1))


def judged(stars, machine):
    """The lesson of a machine whose expectation is given as a function of (user, item)."""
    split = random_fraction(drawn(np.random.default_rng(5), 101, 31, stars), 0.2, seed=2)
    predicted = machine(split.targets.user_index, split.targets.item_index)
    return lesson(StarComparison(split, {"RBM": predicted}, seed=4), "RBM")


def taste(user, item):
    """Even users love even films: no film is better than another, and no user more generous."""
    return np.where((user + item) % 2, 1.0, 5.0)


def test_a_machine_that_knows_a_taste_has_learnt():
    verdict, sentence = judged(taste, taste)
    assert verdict == "better than"
    assert "is better than overall mean, the strongest base rate, by RMSE (+2." in sentence
    assert "Warning" not in sentence


def test_who_only_knows_averages_is_warned():
    """Films differ in quality, nobody has a taste: the machine can know no more than the mean of each film."""
    noise = np.random.default_rng(7)
    verdict, sentence = judged(
        lambda user, item: np.clip(item % 5 + 1 + noise.choice([-1, 0, 1], len(item)), 1, 5),
        lambda user, item: 3.0 * np.ones(len(item)),
    )
    assert verdict != "better than"
    assert sentence.startswith("**Warning: no gain of this machine over averages can be shown.**")
    assert "the RBM is worse than item mean" in sentence
    assert "noise" not in sentence


def test_noise_is_called_noise():
    """Biases fit the noise, and one number beats them: that must not count as a taste."""
    noise = np.random.default_rng(11)
    verdict, sentence = judged(
        lambda user, item: noise.integers(1, 6, len(item)), lambda user, item: np.full(len(item), 3.0)
    )
    assert verdict != "better than"
    assert "these ratings look like noise" in sentence
