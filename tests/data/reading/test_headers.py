"""What stands around a table: titles above it, drawn lines, the end of a file, names in many languages, matrices."""

import pytest
from support.table_making import ROWS, as_rows, lines, write
from support.workbook_making import workbook

from rbm_lib.data import read_own_ratings, read_own_table

LANGUAGES = {
    "Arabic": "المستخدم,الفيلم,التقييم,التاريخ",
    "Czech": "uživatel,film,hodnocení,datum",
    "Danish": "bruger,film,karakter,dato",
    "Finnish": "käyttäjä,elokuva,arvosana,päivä",
    "Greek": "χρήστης,ταινία,βαθμολογία,ημερομηνία",
    "Hebrew": "משתמש,סרט,דירוג,תאריך",
    "Hindi": "उपयोगकर्ता,फ़िल्म,रेटिंग,दिनांक",
    "Hungarian": "felhasználó,film,értékelés,dátum",
    "Indonesian": "pengguna,film,nilai,tanggal",
    "Japanese": "ユーザー,映画,評価,日付",
    "Korean": "사용자,영화,평점,날짜",
    "Romanian": "utilizator,film,notă,data",
    "Turkish": "kullanıcı,film,puan,tarih",
    "Ukrainian": "користувач,фільм,оцінка,дата",
    "Vietnamese": "người dùng,phim,đánh giá,ngày",
    "Chinese": "用户,电影,评分,时间",
    "RecBole": "user_id:token,item_id:token,rating:float,timestamp:float",
    "units": "user [id],item (asin),rating /5,rated on",
}


def test_columns_are_known_in_many_languages(tmp_path):
    unknown = {}
    for language, header in LANGUAGES.items():
        path = write(tmp_path, f"{header}\n1,10,3,1188990585\n1,11,5,1188990586\n")
        try:
            times = read_own_ratings(path).timestamp
        except ValueError as error:
            times = error
        if not hasattr(times, "tolist") or times.tolist() != [1188990585, 1188990586]:
            unknown[language] = times
    assert unknown == {}


@pytest.mark.parametrize("above", ["Ratings of my films\n\n", "my ratings 2020,,\n", "Exported by,me\non,a day\n"])
def test_a_title_above_the_names_is_left_out_and_said(tmp_path, above):
    table = read_own_table(write(tmp_path, above + lines()))
    assert as_rows(table.ratings) == ROWS
    assert any("above the names of the columns left out" in note for note in table.notes)


def test_a_title_above_the_names_in_a_workbook(tmp_path):
    rows = [["user", "item", "rating"], *map(list, ROWS)]
    path = write(tmp_path, workbook({"Films": [["My films"], ["of", "2024"], *rows]}), "mine.xlsx")
    table = read_own_table(path)
    assert as_rows(table.ratings) == ROWS
    assert "2 rows above the names of the columns left out" in table.notes
    broken = workbook({"Films": [["My films"], *rows, [1, 2, "good"]]})
    with pytest.raises(ValueError, match="row 44: expected a rating, as a number, found 'good'"):
        read_own_ratings(write(tmp_path, broken, "mine.xlsx"))


def test_ratings_above_the_names_are_not_left_out(tmp_path):
    with pytest.raises(ValueError, match="expected"):
        read_own_ratings(write(tmp_path, "ann,Heat,5\nbob,Heat,3\n" + lines()))


@pytest.mark.parametrize(
    "text",
    [
        lines(" | ", " user,item,rating").replace("rating\n", "rating\n------+------+------\n", 1) + "(41 rows)\n\n",
        "+---+---+---+\n" + lines("|", "user,item,rating", "|{}".format, str, "{}|".format).replace(
            "user|item|rating", "|user|item|rating|\n+---+---+---+", 1
        ) + "+---+---+---+\n",
        lines() + "\x1a",
    ],
    ids=["psql", "mysql", "dos"],
)  # fmt: skip
def test_what_databases_and_dos_draw_around_a_table_is_no_rating(tmp_path, text):
    assert as_rows(read_own_ratings(write(tmp_path, text))) == ROWS


def test_the_sizes_of_a_sparse_matrix_are_no_rating(tmp_path):
    head = "%%MatrixMarket matrix coordinate {} general\n% films\n7 11 41\n"
    path = write(tmp_path, head.format("real") + lines(" ", header=None), "ratings.mtx")
    assert as_rows(read_own_ratings(path)) == ROWS
    with pytest.raises(ValueError, match="line 1: expected %%MatrixMarket matrix coordinate real general, found"):
        read_own_ratings(write(tmp_path, head.format("pattern") + lines(" ", header=None), "ratings.mtx"))


@pytest.mark.parametrize("header", ["user,Heat,Alien,Up\n", ""])
def test_a_column_for_each_item_is_called_so(tmp_path, header):
    body = "".join(f"{n},{n % 5},,4{'' if header else ',1,2,5'}\n" for n in range(1, 9))
    with pytest.raises(ValueError, match=r"line 1: .* found a column for each item, as in .*; write one line for each"):
        read_own_ratings(write(tmp_path, header + body))


def test_a_word_that_is_no_rating_has_a_way_out(tmp_path):
    path = write(tmp_path, lines() + lines().replace("1,", "31,").replace("\n", "0\n"))
    with pytest.raises(ValueError, match=r"line 43: .* found 'rating0'; unrated='rating0' leaves out such lines"):
        read_own_ratings(path)
