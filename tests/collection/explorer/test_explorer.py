"""The explorer as an object of Python: ratings go in and out, as pairs, as `Ratings`, as a file, through the widget."""

import numpy as np
import pytest
from support.explorer_making import NUM_FILMS, known_ratings, small_explorer, small_machine, titled

from rbm_lib import load
from rbm_lib.analysis import read_own_pairs
from rbm_lib.collection.explorer import __main__ as command
from rbm_lib.collection.explorer import taste_names, units_alike
from rbm_lib.collection.explorer.__main__ import main
from rbm_lib.collection.pages import EXPLORER_MIME

OWN = [("Film number 3, The (1903)", 5), (201, 0.5), ("amélie", 3.5)]


def test_ratings_go_in_as_pairs_and_come_out_as_ratings_over_all_films():
    explorer = small_explorer(own=OWN)
    assert sorted(explorer.own) == sorted(
        [("Film number 3, The (1903)", 5.0), ("</script><b>bold</b>", 0.5), ("Amélie (2001)", 3.5)]
    )
    row = explorer.row
    assert row.item_id.tolist() == known_ratings().item_id.tolist()
    assert dict(zip(row.item_id[row.item_index].tolist(), row.rating.tolist(), strict=True)) == {
        208: 5.0,
        201: 0.5,
        203: 3.5,
    }
    explorer.rate([])
    assert explorer.own == []
    with pytest.raises(ValueError, match="no ratings yet"):
        _ = explorer.row


def test_a_file_of_ratings_is_one_that_everything_else_reads(tmp_path):
    explorer = small_explorer(own=OWN)
    path = explorer.save(tmp_path / "my-ratings.csv")
    assert path.read_text(encoding="utf-8").splitlines()[0] == "item,title,rating"
    assert load(path, user="you").ratings.num_ratings == 3
    assert sorted(map(str, read_own_pairs(path, titled()))) == ["(201, 0.5)", "(203, 3.5)", "(208, 5.0)"]
    again = small_explorer(own=path)
    assert again.given == explorer.given


def test_films_of_another_catalogue_are_found_by_their_titles(tmp_path):
    path = tmp_path / "theirs.csv"
    path.write_text("item,title,rating\n203,Film number 3,5\n9,Amélie (2001),1\n", encoding="utf-8")
    assert sorted(read_own_pairs(path, titled())) == [("Amélie (2001)", 1.0), ("Film number 3", 5.0)]
    path.write_text("user,item,rating\nanna,203,5\nben,203,1\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"theirs\.csv: expected one person's ratings, found those of 2 users"):
        read_own_pairs(path, titled())


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ([("No such film", 5)], "expected one of 41 films, by title or id, found 'No such film'"),
        ([(203, 4.5)], "expected stars among .* found 4.5"),
        ([(240, 5)], "own: expected one of the explorer's 25 films, found 'Film number 35, The .*own=.*takes it in"),
    ],
)
def test_what_cannot_be_rated_is_refused_and_changes_nothing(own, message):
    explorer = small_explorer(own=OWN, num_films=25)
    with pytest.raises(ValueError, match=message):
        explorer.rate(own)
    assert len(explorer.own) == 3


def test_films_that_few_know_are_taken_in_where_they_are_rated():
    explorer = small_explorer(own=[(240, 5), (203, 3.5)], num_films=25)
    assert sorted(explorer.own) == [("Amélie (2001)", 3.5), ("Film number 35, The (1935)", 5.0)]
    assert len(explorer.bundle["titles"]) == 25
    assert explorer.row.item_id[explorer.row.item_index].tolist() == [203, 240]
    assert explorer.bundle["titles"][-1] == "Film number 35, The (1935)"  # still the least known


def test_in_a_report_an_output_carries_the_state_and_no_widget(monkeypatch):
    monkeypatch.setenv("RBM_STAGING", "somewhere")
    explorer = small_explorer(own=OWN)
    data, metadata = explorer._repr_mimebundle_()
    assert set(data) == {EXPLORER_MIME, "text/html", "text/plain"}
    assert metadata == {}
    assert data[EXPLORER_MIME] == {"bundle": explorer.bundle, "ratings": explorer.given}
    assert "widget" not in vars(explorer)
    assert "&lt;b&gt;bold" in data["text/html"] or "bold" not in data["text/html"]


def test_in_a_session_the_widget_and_python_hold_the_same_ratings(monkeypatch):
    monkeypatch.delenv("RBM_STAGING", raising=False)
    explorer = small_explorer(own=OWN)
    data, _ = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert explorer.widget.ratings == explorer.given
    explorer.widget.ratings = {"7": 2.0}  # as a click does
    assert explorer.own == [(explorer.bundle["titles"][7], 2.0)]
    assert explorer.row.rating.tolist() == [2.0]
    heard = []
    explorer.widget.observe(lambda change: heard.append(change["new"]), "ratings")
    explorer.rate([(201, 5)])
    assert heard == [{"1": 5.0}]
    assert explorer.widget._esm.endswith("export default { render: module_view.render };\n")


def test_units_are_called_by_the_tastes_that_they_follow():
    data = load("planted")
    model = small_machine(data.ratings.num_items, 2)  # of half stars: its ratings hold those of planted
    truth = data.truth
    assert taste_names(model, known_ratings(), truth) is None
    assert taste_names(model, data.ratings, None) is None
    names = np.array(truth.hidden_names)

    class Follows:
        units = model.units

        class rbm_layer:
            @staticmethod
            def hidden_probabilities(visible, observed_mask):
                return np_tensor(
                    np.stack([truth.hidden[:, 5], 1.0 - truth.hidden[:, 2], truth.hidden[:, 0] * 0 + 0.5], axis=1)
                )

    found = taste_names(Follows, data.ratings, truth)
    assert found == [f"unit 1, {names[5]}", f"unit 2, against {names[2]}", "unit 3"]


def test_units_are_alike_where_they_say_the_same_of_everybody(monkeypatch):
    monkeypatch.setattr("rbm_lib.collection.explorer.tastes.ROWS", 7)
    ratings, model = known_ratings(), small_machine(num_hidden=3)
    means = model.rbm_layer.hidden_probabilities(*dense_of(ratings, model)).numpy()
    one, two, three = np.abs(np.corrcoef(means.T))[[0, 0, 1], [1, 2, 2]]
    assert units_alike(model, ratings) == pytest.approx(np.mean([one, two, three]), abs=1e-5)
    assert 0.01 < units_alike(model, ratings) < 0.9
    for part in (model.rbm_layer.interaction_weights, model.rbm_layer.rated_weights):
        first = part.numpy()[..., :1]
        part.assign(np.concatenate([first, -first, first], axis=-1))
    model.rbm_layer.hidden_bias.assign([0.0, 0.0, 0.0])
    assert units_alike(model, ratings) == pytest.approx(1.0, abs=1e-3)  # the second says the opposite
    assert units_alike(small_machine(num_hidden=1), ratings) == 0.0


def dense_of(ratings, model):
    from rbm_lib.models import densify

    return densify(ratings.row_splits, ratings.item_index, ratings.rating, ratings.num_items, model.units)


def np_tensor(array):
    import tensorflow as tf

    return tf.constant(array)


def test_the_command_writes_a_page_of_a_readers_own_file(tmp_path, capsys):
    rng = np.random.default_rng(3)
    lines = [
        f"{user},Film {film},{rng.integers(1, 6)}" for user in range(30) for film in range(25) if rng.random() < 0.6
    ]
    table, page = tmp_path / "ratings.csv", tmp_path / "explorer.html"
    table.write_text("\n".join(["user,item,rating", *lines]) + "\n", encoding="utf-8")
    arguments = [str(table), "-o", str(page), "--hidden", "3"]
    assert main(arguments) == 0
    assert "Explorer(25 films, 3 hidden units, 0 ratings)" in capsys.readouterr().out
    html = page.read_text(encoding="utf-8")
    assert "trained on " in html
    assert "What would it say about you?" in html
    assert main(arguments) == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert main(["no/such.csv", "-o", str(tmp_path / "other.html")]) == 2
    assert NUM_FILMS == 41


def test_the_command_looks_for_what_draws_its_page_before_it_trains(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "DRAWING", ("bs4", "no_such_package"))
    monkeypatch.setattr(command, "load", None)  # the next step, which fails if it is reached
    assert main(["planted", "-o", str(tmp_path / "explorer.html")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith('error: explorer: expected the dependency group "notebooks" of pyproject.toml')
    assert line.endswith("found no no_such_package")
