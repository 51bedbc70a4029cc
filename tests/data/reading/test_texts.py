"""Text tables as people bring them: separators, headers, encodings, what stands around the table."""

import numpy as np
import pytest
from support.table_making import ROWS, as_rows, lines, write

from rbm_lib.data import read_own_ratings, read_own_table

TITLE = '"Film No. {}, the Beta"'.format


def title(item):
    return TITLE(item)


@pytest.mark.parametrize(
    "text",
    [
        lines(),
        lines("\t"),
        lines(";"),
        lines("|"),
        lines("::"),
        lines(" "),
        lines(header="userId,movieId,rating"),
        lines(header="userID,itemID,rating"),
        lines(header="User,Item,Rating"),
        lines(header="user_id,item_id,score"),
        lines(header="user_id,book_id,rating"),
        lines(header="userId,jokeId,rating"),
        lines(header="uid,iid,rating"),
        lines(";", header="Benutzer,Film,Bewertung"),
        lines(";", header='"User-ID","ISBN","Book-Rating"'),
        lines(header="#user,item,rating"),
        lines(header=None),
        lines("::", header=None),
        lines("\t", header=None),
        "sep=;\n" + lines(";"),
        "# my ratings\n\n" + lines(),
        lines().replace("\n", "\n\n", 1),
        lines() + "\n\n",
        lines().rstrip("\n"),
        lines(end="\r\n"),
        lines(end="\r"),
        lines(end=",\n"),
        lines(end=",,\n").replace("rating,,", "rating"),
        lines(", "),
        lines(rating=lambda stars: f"{stars}.0"),
        lines(";", rating=lambda stars: f"{stars},0"),
        lines(rating=lambda stars: f"{stars}/5"),
        lines(rating=lambda stars: "★" * stars + "☆" * (5 - stars)),
        lines(rating=lambda stars: f'"{stars}"', user=lambda user: f'"{user}"'),
        lines(user=lambda user: f"{user}.0"),
        lines(rating=lambda stars: f"{stars} stars"),
        lines(header="user id,Item,Rating (1-5)"),
        lines(";", header="Utilisateur;Film;Note"),
        lines(header="ユーザー,映画,評価"),
        lines(header="Usuario,Película,Puntuación"),
        lines(header="Пользователь,Фильм,Оценка"),
        lines(header="data.user,data.item,data.rating"),
        lines() + ",,\n,,\n",
        lines("\t", rating=lambda stars: f"{stars},0"),
        lines("   ", header="user,item,rating"),
        "\ufeff" + lines(),
        lines().encode("utf-16"),
        lines().encode("utf-16-le"),
        b"\xfe\xff" + lines().encode("utf-16-be"),
    ],
)
def test_the_same_ratings_in_many_clothes(tmp_path, text):
    ratings = read_own_ratings(write(tmp_path, text))
    assert as_rows(ratings) == ROWS
    assert (ratings.user_id.dtype, ratings.item_id.dtype) == (np.int64, np.int64)
    assert ratings.timestamp is None


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".dat", ".data", ".CSV", ".ratings", ""])
def test_what_a_file_is_called_does_not_matter(tmp_path, suffix):
    assert as_rows(read_own_ratings(write(tmp_path, lines("\t"), f"été 'x' оценки{suffix}"))) == ROWS


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "::"])
def test_titles_in_quotes(tmp_path, separator, end):
    text = lines(separator, item=title, end=end)
    expected = [(user, title(item).strip('"'), stars) for user, item, stars in ROWS]
    assert as_rows(read_own_ratings(write(tmp_path, text))) == expected


@pytest.mark.parametrize(
    ("encoding", "name", "said"),
    [
        ("cp1252", "Fílm – “ü”", "cp1252"),
        ("latin-1", "Fílm ü", "cp1252"),
    ],
)
def test_other_encodings_are_read_and_said(tmp_path, encoding, name, said):
    text = lines(item=lambda item: f"{name} {item}")
    table = read_own_table(write(tmp_path, text.encode(encoding)))
    assert any(said in note for note in table.notes)
    assert as_rows(table.ratings) == [(user, f"{name} {item}", stars) for user, item, stars in ROWS]
    named = read_own_table(write(tmp_path, text.encode(encoding)), encoding=encoding)
    assert not any("read as" in note for note in named.notes)
    assert named.ratings.checksum() == table.ratings.checksum()


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1251", "Фильм номер"), ("shift_jis", "映画の題名です"), ("gb18030", "电影"), ("cp1253", "Ταινία")],
)
def test_an_encoding_that_can_only_be_guessed_is_asked_for(tmp_path, encoding, name):
    path = write(tmp_path, lines(item=lambda item: f"{name} {item}").encode(encoding))
    with pytest.raises(ValueError, match=r"mine\.csv: expected text in UTF-8, found .*; name the encoding: encoding='"):
        read_own_ratings(path)
    ratings = read_own_ratings(path, encoding=encoding)
    assert as_rows(ratings) == [(user, f"{name} {item}", stars) for user, item, stars in ROWS]


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850"])
def test_letters_of_another_machine_are_not_read_as_signs(tmp_path, encoding):
    path = write(tmp_path, lines(item=lambda item: f"Café Amélie {item}").encode(encoding))
    with pytest.raises(ValueError, match=rf"found bytes of another encoding, perhaps {encoding}; .*'{encoding}'"):
        read_own_ratings(path)
    assert read_own_ratings(path, encoding=encoding).item_id[0].startswith("Café Amélie")


def test_lines_of_two_encodings_are_not_read_as_one(tmp_path):
    own = lines(item=lambda item: f"Café {item}").splitlines(keepends=True)
    path = write(tmp_path, "".join(own[:9]).encode() + "".join(own[9:]).encode("cp1252"))
    with pytest.raises(ValueError, match=r"line 10: expected text in UTF-8, as in \d+ other lines?, found bytes that"):
        read_own_ratings(path)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_in_any_letters(tmp_path, encoding):
    text = lines(user=lambda user: f"Иван Иванов {user}", item=lambda item: f"Сталкер Тарковского {item}")
    ratings = read_own_ratings(write(tmp_path, text.encode(encoding)))
    assert (ratings.user_id[0], ratings.item_id[0]) == ("Иван Иванов 1", "Сталкер Тарковского 1")


def test_another_encoding_than_the_one_named_is_refused(tmp_path):
    path = write(tmp_path, lines(item="Fílm {}".format).encode("cp1252"))
    with pytest.raises(
        ValueError, match=r"mine\.csv: expected text in utf-8, found other bytes; name another encoding"
    ):
        read_own_ratings(path, encoding="utf-8")


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("person,thing,opinion", {"user": "person", "item": "thing", "rating": "opinion"}),
        ("person,thing,opinion", {"user": 1, "item": 2, "rating": 3}),
        ("person,thing,opinion", "user,item,rating"),
        ("Person,THING,opinion", {"user": "person", "item": "thing", "rating": "opinion"}),
        (None, "user,item,rating"),
        (None, ["user", "item", "rating"]),
        (None, {"user": 1, "item": 2, "rating": 3}),
        ("rating,rating of others,stars", {"user": "rating", "item": "rating of others", "rating": "stars"}),
    ],
)
def test_columns_can_be_named(tmp_path, header, columns):
    assert as_rows(read_own_ratings(write(tmp_path, lines(header=header)), columns=columns)) == ROWS


def test_columns_in_any_order_and_others_that_are_ignored_with_a_note(tmp_path):
    own = [f"{stars},{100 + item},x,{item},{user},Film {item}" for user, item, stars in ROWS]
    text = "\n".join([",rating,timestamp,mood,item,user,title", *(f"{n},{line}" for n, line in enumerate(own))]) + "\n"
    table = read_own_table(write(tmp_path, text))
    assert as_rows(table.ratings) == ROWS
    assert table.titles == [f"Film {item}" for item in table.ratings.item_id]
    assert "columns that are not read: 'mood'" in table.notes
    assert table.ratings.timestamp.min() >= 100


def test_a_title_alone_is_the_item(tmp_path):
    table = read_own_table(write(tmp_path, lines(header="user,title,rating", item="Film {}".format)))
    assert table.titles is None
    assert table.ratings.item_id[0].startswith("Film ")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "user,item,z\n1,2,3\n",
            r"line 1: expected columns of .* the rating among them, found the columns 'user', .*'rating': 'z'",
        ),
        ("item,rating\n1,2\n", r"line 1: expected .* the user among them.*; say which .*user='me'"),
        ("user,item,itemId,rating\n1,2,2,3\n", r"line 1: expected one column of the item, found 'item', 'itemId'; say"),
        ("user,item,rating\n1,2,3\n1;3;4\n", r"line 3: expected 3 values \(user, item, rating\) .* found 1 in '1;3;4'"),
        (
            "user,item,rating\n1,2,3\n1,a,b,4\n",
            r"line 3: expected 3 values .* found 4 .*; a value that holds a separator",
        ),
        ("user,item,rating\n1,2,3\n1,3\n", r"line 3: expected 3 values .* found 2 in '1,3'"),
        ("user,item,rating\n1,2,3\n,3,4\n", r"line 3: expected an id of a user, found ''"),
        ("user,item,rating\n1,2,3\n4,\u200b ,4\n", r"line 3: expected an id of an item, found"),
        ("user,item,rating\n", r"expected ratings, found none"),
        ("user,item,rating", r"expected ratings, found none"),
        ("# nothing\n\n", r"expected ratings, found none"),
        ("user,item,rating\n1,2,3\n#1,Good, Bad,5\n", r"line 3: expected 3 values .* found 4"),
        ("0,1,1,3\n1,1,2,4\n2,2,1,5\n", r"line 1: expected a first column of users, found one that numbers the lines"),
        ('user,item,rating\n1,2,"1,000"\n', r"line 2: expected a rating, as a number, found '1,000'"),
        ("user   item  rating\n1      The Heat  3\n", r"line 2: expected 3 values .* found 4 in"),
        ("user,item\n1,2\n", r"line 1: .* the rating among them, .*; add a column of ratings"),
        ("user,item,rating,rating\n1,2,3,3\n", r"line 1: expected one column of the rating.*columns=\{'rating': 3\}"),
        ("1,Good, Bad,5\n1,Heat,3\n", r"line 1: .*no line that names the columns, and values as '1 Good Bad 5'; name"),
        ("5,ann,Heat\n3,bob,Heat\n", r"line 1: .*no line that names the columns.*columns='user,item,rating'"),
        ("1,2,1119687179,3\n", r"line 1: expected ratings from .*, found 1119687179; say which column is which"),
        ("user~item~rating\n1~2~3\n", r"line 1: expected values separated by a comma.*separator=';'"),
        ("one two\nthree\n", r"line 1: expected"),
        ("<!DOCTYPE html><html>", r"expected a table of ratings, found a web page"),
        (b"\x00\x01\x02\x03" * 99, r"expected a table of ratings, found bytes that are no text"),
        (
            b"SQLite format 3\x00" + b"\x00" * 99,
            r"expected a table of ratings, found a database; write the table of ratings as CSV",
        ),
        (b"\x80\x04\x95abc", r"expected a table of ratings, found a pickle; .*can run anything"),
    ],
)
def test_a_fault_is_named_with_its_line_and_a_way_out(tmp_path, text, found):
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=r"mine\.csv(, |: )" + found) as refused:
        read_own_ratings(path)
    assert str(refused.value).startswith(str(tmp_path))
    assert "\n" not in str(refused.value)


def test_remarks_between_lines_do_no_harm(tmp_path):
    own = lines().splitlines(keepends=True)
    text = "".join([*own[:9], "# half of, the ratings, follow, here\n", "#more\n", *own[9:]])
    assert as_rows(read_own_ratings(write(tmp_path, text))) == ROWS


def test_a_column_that_numbers_the_lines_can_be_left_out(tmp_path):
    text = "".join(f"{n},{user},{item},{stars}\n" for n, (user, item, stars) in enumerate(ROWS))
    assert as_rows(read_own_ratings(write(tmp_path, text), columns="-,user,item,rating")) == ROWS


def test_no_control_character_of_a_file_reaches_an_error(tmp_path):
    text = "user,item,rating\n1,2,3\n1,a,\x1b[31mred\x07\u202e\n"
    for content, found in (
        (text, r"line 3: expected a rating"),
        (text.replace("item", "it\x1b[1mem").replace("1,a", "a"), r"line 3: expected 3 values"),
        (text.replace("item", "it\x00em"), r"line 3: expected a rating"),
    ):
        with pytest.raises(ValueError, match=found) as refused:
            read_own_ratings(write(tmp_path, content, "\x1b[2Jmine.csv"), columns={"item": 2})
        assert str(refused.value).isprintable()


def test_nothing_is_lost_where_pyarrow_and_lines_could_differ(tmp_path):
    """A header that is repeated, as in files put together, is not a rating; the line is named."""
    path = write(tmp_path, lines() + lines())
    with pytest.raises(ValueError, match=r"line 43: expected a rating, as a number, found 'rating'"):
        read_own_ratings(path)


def test_missing_and_empty_files_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no\.csv: expected a file, found nothing"):
        read_own_ratings(tmp_path / "no.csv")
    with pytest.raises(ValueError, match=r"mine\.csv: expected ratings, found an empty file"):
        read_own_ratings(write(tmp_path, ""))
