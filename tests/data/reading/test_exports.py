"""Exports that people have, and the layouts of published sets."""

import json

import pytest
from support.table_making import as_rows, write

from rbm_lib.data import read_own_ratings, read_own_table

LETTERBOXD = (
    "Date,Name,Year,Letterboxd URI,Rating\n2024-01-01,Heat,1995,https://boxd.it/a,4.5\n"
    '2024-01-02,"Good, Bad",1966,https://boxd.it/b,3\n2024-01-03,Heat,1986,https://boxd.it/c,1.5\n'
)
IMDB = (
    "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres,Votes\n"
    "tt0113277,9,2024-01-01,Heat,Heat,https://x,Movie,8.3,170,1995,Crime,700000\n"
    "tt0060196,4,2024-01-02,The Good,Il buono,https://x,Movie,8.8,178,1966,Western,800000\n"
)
GOODREADS = (
    "Book Id,Title,Author,Author l-f,ISBN,ISBN13,My Rating,Average Rating,Date Read,Date Added,My Review\n"
    '7,"Dune",Frank Herbert,"Herbert, Frank","=""0441172717""","=""9780441172719""",5,4.3,,2024/01/01,"Two,\nlines"\n'
    '9,"Emma",Jane Austen,"Austen, Jane","=""""","=""""",0,4.1,2024/01/03,2024/01/02,\n'
    '11,"Ulysses",James Joyce,"Joyce, James","=""""","=""""",2,3.9,,2024/01/02,"said ""no"""\n'
)
TRAKT = (
    "rated_at,type,title,year,trakt_rating,trakt_id,imdb_id,tmdb_id,url,rating\n"
    "2024-01-01T10:00:00Z,movie,Heat,1995,8.1,1,tt0113277,949,https://x,9\n"
    "2024-01-02T10:00:00Z,movie,Heat,1986,6.0,2,tt0091187,950,https://x,3\n"
)
TRAKT_JSON = json.dumps([
    {"rated_at": "2024-01-01T10:00:00.000Z", "rating": 9, "type": "movie",
     "movie": {"title": "Heat", "year": 1995, "ids": {"trakt": 1, "slug": "heat-1995", "imdb": "tt0113277"}}},
    {"rated_at": "2024-01-02T10:00:00.000Z", "rating": 3, "type": "movie",
     "movie": {"title": "Heat", "year": 1986, "ids": {"trakt": 2, "slug": "heat-1986", "imdb": "tt0091187"}}},
])  # fmt: skip


@pytest.mark.parametrize(
    ("text", "items", "stars", "titles"),
    [
        (LETTERBOXD, ["Good, Bad (1966)", "Heat (1986)", "Heat (1995)"], [3, 1.5, 4.5], None),
        (IMDB, ["tt0060196", "tt0113277"], [4, 9], ["The Good (1966)", "Heat (1995)"]),
        (GOODREADS, [7, 11], [5, 2], ["Dune", "Ulysses"]),
        (TRAKT, ["Heat (1986)", "Heat (1995)"], [3, 9], None),
        (TRAKT_JSON, ["Heat (1986)", "Heat (1995)"], [3, 9], None),
    ],
    ids=["letterboxd", "imdb", "goodreads", "trakt", "trakt-json"],
)
def test_exports_are_one_persons_ratings(tmp_path, text, items, stars, titles):
    table = read_own_table(write(tmp_path, text))
    assert table.ratings.user_id.tolist() == ["me"]
    assert table.ratings.item_id.tolist() == items
    assert table.ratings.rating.tolist() == stars
    assert table.titles == titles
    assert table.ratings.timestamp.min() >= 1_704_067_200
    assert any("the layout of" in note for note in table.notes)
    assert read_own_ratings(write(tmp_path, text), user="ann").user_id.tolist() == ["ann"]


def test_a_persons_table_of_no_known_layout_needs_a_name(tmp_path):
    path = write(tmp_path, "film,stars\nHeat,3\nAlien,5\n")
    with pytest.raises(ValueError, match=r"line 1: .*the user among them.*user='me'"):
        read_own_ratings(path)
    assert read_own_ratings(path, user="me").rating.tolist() == [5, 3]


def test_the_layouts_of_published_sets(tmp_path):
    netflix = "1:\n30,3,2005-09-06\n7,5,2005-05-13\n2:\n30,4,2005-09-05\n"
    ratings = read_own_ratings(write(tmp_path, netflix))
    assert sorted(as_rows(ratings)) == [(7, 1, 5), (30, 1, 3), (30, 2, 4)]
    assert ratings.timestamp.min() == 1_115_942_400
    with pytest.raises(ValueError, match=r"line 3: expected user,rating,date or an item as '1:', found '7,5'"):
        read_own_ratings(write(tmp_path, netflix.replace("7,5,2005-05-13", "7,5")))
    crossing = '"User-ID";"ISBN";"Book-Rating"\n"276725";"034545104X";"0"\n"276726";"0155061224";"5"\n'
    crossing += '"276727";"0446520802";"10"\n'
    with pytest.raises(ValueError, match=r"found 0, 1 time; unrated=0 leaves those lines out"):
        read_own_ratings(write(tmp_path, crossing))
    assert read_own_ratings(write(tmp_path, crossing), unrated=0).item_id.tolist() == ["0155061224", "0446520802"]
    anime = "user_id,anime_id,rating\n1,20,-1\n1,24,8\n2,20,10\n"
    with pytest.raises(ValueError, match="found -1, 1 time; unrated=-1"):
        read_own_ratings(write(tmp_path, anime))
    assert read_own_ratings(write(tmp_path, anime), unrated=-1).rating.tolist() == [8, 10]
    jester = "userId,jokeId,rating\n1,5,-9.28\n1,7,99\n2,5,0.875\n"
    assert read_own_ratings(write(tmp_path, jester), unrated=99).rating.tolist() == pytest.approx([-9.28, 0.875])
