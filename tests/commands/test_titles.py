"""Titles as people write them find those of the catalogue, and no others."""

import pytest

from rbm_lib.commands.titles import TitleIndex, key, match_titles, name_and_year, readings

UGLY = "Buono, il brutto, il cattivo, Il (Good, the Bad and the Ugly, The) (1966)"
KNOWN = [
    "Alien (1979)",
    "Alien³ (a.k.a. Alien 3) (1992)",
    "Matrix, The (1999)",
    "Seven (a.k.a. Se7en) (1995)",
    "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
    "Boot, Das (Boat, The) (1981)",
    "Enfer, L' (1994)",
    "Olvidados, Los (1950)",
    UGLY,
    "300 (2006)",
    "21 (2008)",
    "1917 (2019)",
    "1984 (Nineteen Eighty-Four) (1984)",
    "2001: A Space Odyssey (1968)",
    "Solaris (Solyaris) (1972)",
    "Solaris (2002)",
    "Emma (1996)",
    "Emma (1996)",
    "Bonnie and Clyde (1967)",
    "Fast & Furious (2009)",
    "8 1/2 (8½) (1963)",
    "WALL·E (2008)",
    "M*A*S*H (1970)",
    "(500) Days of Summer (2009)",
    "Birdman: Or (The Unexpected Virtue of Ignorance) (2014)",
    "Star Wars: Episode IV - A New Hope (1977)",
    "Star Wars: Episode V - The Empire Strikes Back (1980)",
    "Strike! (a.k.a. All I Wanna Do, The Hairy Bird) (1998)",
    "Moonlight",
    "Death Note: Desu nôto (2006–2007)",
    "Die Hard (1988)",
    "千と千尋の神隠し (2001)",
    "$ (1971)",
    "Kill Bill: Vol. 1 (2003)",
    "Kill Bill: Vol. 2 (2004)",
    "Ocean's Eleven (2001)",
    "Straße, Die (1923)",
    "Twin (1990)",
    "Twin (1992)",
]
# What is typed, and the title that is meant.
FOUND = {
    "Alien (1979)": "Alien (1979)",
    "alien": "Alien (1979)",
    "ALIEN 3 (1992)": "Alien³ (a.k.a. Alien 3) (1992)",
    "Alien³ (1992)": "Alien³ (a.k.a. Alien 3) (1992)",
    "The Matrix (1999)": "Matrix, The (1999)",
    "Matrix, The (1999)": "Matrix, The (1999)",
    "Matrix (1999)": "Matrix, The (1999)",
    "the matrix": "Matrix, The (1999)",
    "Se7en (1995)": "Seven (a.k.a. Se7en) (1995)",
    "Seven": "Seven (a.k.a. Se7en) (1995)",
    "The City of Lost Children (1995)": "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
    "La Cite des enfants perdus (1995)": "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
    "Das Boot (1981)": "Boot, Das (Boat, The) (1981)",
    "The Boat (1981)": "Boot, Das (Boat, The) (1981)",
    "L’Enfer (1994)": "Enfer, L' (1994)",
    "Los olvidados (1950)": "Olvidados, Los (1950)",
    "The Good, the Bad and the Ugly (1966)": UGLY,
    "Il buono, il brutto, il cattivo (1966)": UGLY,
    "300": "300 (2006)",
    "300 (2006)": "300 (2006)",
    "21": "21 (2008)",
    "1917": "1917 (2019)",
    "1984": "1984 (Nineteen Eighty-Four) (1984)",
    "Nineteen Eighty-Four (1984)": "1984 (Nineteen Eighty-Four) (1984)",
    "2001 - a space odyssey (1968)": "2001: A Space Odyssey (1968)",
    "Solaris (1972)": "Solaris (Solyaris) (1972)",
    "Solaris (2002)": "Solaris (2002)",
    "Solyaris": "Solaris (Solyaris) (1972)",
    "Bonnie & Clyde (1967)": "Bonnie and Clyde (1967)",
    "Fast and Furious (2009)": "Fast & Furious (2009)",
    "8½ (1963)": "8 1/2 (8½) (1963)",
    "8 1/2": "8 1/2 (8½) (1963)",
    "Wall-E (2008)": "WALL·E (2008)",
    "MASH (1970)": "M*A*S*H (1970)",
    "500 Days of Summer (2009)": "(500) Days of Summer (2009)",
    "Birdman or (The Unexpected Virtue of Ignorance) (2014)": "Birdman: Or (The Unexpected Virtue of Ignorance) (2014)",
    "Star Wars (1977)": "Star Wars: Episode IV - A New Hope (1977)",
    "The Empire Strikes Back (1980)": "Star Wars: Episode V - The Empire Strikes Back (1980)",
    "The Hairy Bird (1998)": "Strike! (a.k.a. All I Wanna Do, The Hairy Bird) (1998)",
    "Moonlight (2016)": "Moonlight",
    "Death Note: Desu noto (2006)": "Death Note: Desu nôto (2006–2007)",
    "千と千尋の神隠し": "千と千尋の神隠し (2001)",
    "$": "$ (1971)",
    "Kill Bill: Vol. 2 (2004)": "Kill Bill: Vol. 2 (2004)",
    "Oceans Eleven (2001)": "Ocean's Eleven (2001)",
    "Die Strasse (1923)": "Straße, Die (1923)",
    "300 (2007)": "300 (2006)",  # a year off, and no other is near
}
# What is typed and must not be found, and how the reason begins.
NOT_FOUND = {
    "Aliens (1986)": "not there; close to it: 'Alien (1979)'",
    "Solaris": "several are called so: 'Solaris (Solyaris) (1972)', 'Solaris (2002)'",
    "Solaris (1985)": "not of this year: 'Solaris (Solyaris) (1972)', 'Solaris (2002)'",
    "Alien (1981)": "not of this year: 'Alien (1979)'",  # two years off
    "Twin (1991)": "not of this year: 'Twin (1990)', 'Twin (1992)'",  # a year off twice
    "Star Wars": "not there",  # a part of a title needs the year
    "Kill Bill (2005)": "not there",
    "Barbie (2023)": "not there",
    "Vol. 1": "not there",
    "2019": "not there",  # a year is no title
    "": "not there",
    "()": "not there",
}


@pytest.fixture(scope="module")
def index():
    return TitleIndex(KNOWN)


@pytest.mark.parametrize("typed", FOUND)
def test_a_title_is_found(index, typed):
    match = index.find(typed)
    assert match.place is not None, match.note
    assert KNOWN[match.place] == FOUND[typed]


@pytest.mark.parametrize("typed", NOT_FOUND)
def test_a_title_that_is_not_there_or_not_clear_is_not_found(index, typed):
    match = index.find(typed)
    assert match.place is None
    assert match.note.startswith(NOT_FOUND[typed])


@pytest.mark.parametrize(("title", "year"), [("The Matrix", 1999), ("300", 2006), ("1917", 2019), ("Solaris", 2002)])
def test_the_year_may_stand_beside_the_title(index, title, year):
    match = index.find(title, year)
    assert match == index.find(f"{title} ({year})")
    assert match.wanted == f"{title} ({year})"
    assert index.find(f"{title} ({year})", 1950) == match  # what stands behind the title is meant


def test_each_title_of_the_catalogue_finds_itself(index):
    for place, title in enumerate(KNOWN):
        assert KNOWN[index.find(title).place if KNOWN.count(title) == 1 else place] == title


def test_of_two_of_one_name_and_year_the_better_known_is_meant():
    for weights, place in (((3, 5), 1), ((5, 3), 0), ((5, 5), 0)):
        match = TitleIndex(["Emma (1996)", "Emma (1996)"], weights).find("Emma (1996)")
        assert match.place == place
        assert match.note == "as the best known of 2 called 'Emma (1996)'"


def test_what_was_left_out_is_said(index):
    assert index.find("Star Wars (1977)").note == "as 'Star Wars: Episode IV - A New Hope (1977)'"
    assert index.find("300 (2007)").note == "as '300 (2006)'"
    assert index.find("Matrix (1999)").note == "as 'Matrix, The (1999)'"
    assert index.find("The Matrix (1999)").note == ""


def test_no_title_is_given_to_two_and_the_exact_one_keeps_it():
    wanted = [("300 (2007)", None), ("300 (2006)", None), ("Alien", 1979), ("ALIEN (1979)", None)]
    loose, exact, first, second = match_titles(KNOWN, wanted)
    assert exact.place == KNOWN.index("300 (2006)")
    assert (loose.place, loose.note) == (None, "the same as '300 (2006)'")
    assert first.place == KNOWN.index("Alien (1979)")
    assert (second.place, second.note) == (None, "the same as 'Alien (1979)'")


def test_the_right_year_under_another_name_goes_before_the_right_name_a_year_off():
    known = ["Fire (1993)", "Ember (a.k.a. Fire) (1994)"]
    assert TitleIndex(known).find("Fire (1994)").place == 1


def test_an_article_is_left_out_only_where_nothing_else_fits():
    known = ["Hard (1988)", "Die Hard (1988)"]
    assert TitleIndex(known).find("Die Hard (1988)").place == 1
    assert TitleIndex(known).find("Hard (1988)").place == 0


def test_a_number_is_no_year():
    assert name_and_year("1917") == ("1917", None)
    assert name_and_year("(1917)") == ("(1917)", None)
    assert name_and_year("1917 (2019)") == ("1917", 2019)
    assert name_and_year("2012 (12)") == ("2012 (12)", None)


def test_letters_that_decompose_to_nothing_keep_apart():
    assert key("が") != key("か")  # the mark is part of the letter
    assert key("é") == key("e\u0301") == "e"
    assert key("Łódź") == "lodz"
    assert key("!!!") == "!!!"


def test_a_text_longer_than_any_title_is_not_taken_apart():
    """Its brackets and commas would be looked for from each of its characters on."""
    long = f"{'a (' * 300}x) (1999)"
    assert name_and_year(long) == (long, None)
    assert readings(long) == [{key(long)}, set(), set(), set()]
    assert TitleIndex([long, "Alien (1979)"]).find(long).place == 0
