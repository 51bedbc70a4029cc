"""A rival is added with two files: its own, and a line in the list of contenders. Notebook 07 does the rest."""

import json
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import rbm_lib
from rbm_lib.baselines import best_unseen
from rbm_lib.collection.figures.style import PREDICTOR_COLOURS, SPARE_COLOURS, colour_of
from rbm_lib.collection.studies import contenders
from rbm_lib.models import Recipe

NOTEBOOK = Path(rbm_lib.__file__).parent.parent / "notebooks" / "07-how-good.ipynb"


class Generosity:
    name = "user mean"

    def fit(self, train):
        self.seen = train
        total = np.bincount(train.user_index, train.rating, train.num_users)
        self.mean = (total + 5 * train.rating.mean()) / (train.ratings_per_user + 5)
        return self

    def predict(self, user_index, item_index):
        return self.mean[user_index]


class HighestNumber:
    name = "highest number"

    def fit(self, train):
        self.seen = self.inputs = train
        return self

    def fold_in(self, inputs):
        self.inputs = inputs
        return self

    def recommend(self, user_index, n):
        films = np.arange(self.inputs.num_items)
        return best_unseen(lambda users: np.tile(films, (len(users), 1)), self.inputs, user_index, n)


@pytest.fixture(scope="module")
def ratings(tmp_path_factory):
    """A reader's own file: 131 users, 43 films, stars from 1 to 5."""
    rng = np.random.default_rng(3)
    user, film = np.nonzero(rng.random((131, 43)) < 0.75)
    stars = 3 + rng.normal(0, 0.8, 131)[user] + rng.normal(0, 0.8, 43)[film] + rng.normal(0, 0.7, len(user))
    frame = pd.DataFrame({"user": user, "item": film, "rating": np.clip(np.rint(stars), 1, 5).astype(int)})
    path = tmp_path_factory.mktemp("own") / "mine.csv"
    frame.to_csv(path, index=False)
    return path


def cells(**parameters):
    """The code of notebook 07, with other parameters."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            yield cell.source
            if "parameters" in cell.metadata.get("tags", []):
                yield "\n".join(f"{name} = {value!r}" for name, value in parameters.items())


def test_a_rival_of_ten_lines_stands_in_the_tables_and_figures_of_the_notebook(ratings, tmp_path, monkeypatch):
    monkeypatch.setenv("RBM_REPORTS_DIR", str(tmp_path))
    for rivals in ("STAR_RIVALS", "LIKE_RIVALS"):
        monkeypatch.setattr(contenders, rivals, [*getattr(contenders, rivals), (Generosity, {})])
    monkeypatch.setattr(contenders, "LIST_RIVALS", [*contenders.LIST_RIVALS, (HighestNumber, {})])
    small = dict.fromkeys(("TRIALS", "EPOCHS", "LIST_EPOCHS", "COUPLED_EPOCHS", "MASKED_EPOCHS"), 1)
    small |= dict.fromkeys(("NUM_HIDDEN", "LIST_HIDDEN", "COUPLED_HIDDEN", "SWEEPS"), 2)
    names, shown = {}, {}
    for source in cells(DATASET=str(ratings), RESAMPLES=60, **small):
        exec(source, names)
        if "save_figure" in source:
            axes = np.ravel([names["ax"]] if "plot_forest" not in source else [names["left"], names["right"]])
            shown[len(shown)] = {text.get_text() for ax in axes for text in words_of(ax)}
    written = json.loads(next(tmp_path.rglob("results/07-how-good.json")).read_text())
    tables = {table: [*map(str, flat(rows))] for table, rows in written["tables"].items()}
    of_pairs = ["trials for likes", "trials for stars", "article's split", "AUC within users", "RMSE by protocol"]
    for table, rival in {**dict.fromkeys(of_pairs, "user mean"), "trials for lists": "highest number",
                         "lists for new users": "highest number"}.items():  # fmt: skip
        assert rival in tables[table], table
    assert "user mean" in names["rivals"]
    for rival, least in (("user mean", 2), ("highest number", 1)):
        assert sum(rival in words for words in shown.values()) >= least, shown
        assert any(rival in json.dumps(record) for record in written["records"])


def words_of(ax):
    legend = ax.get_legend()
    return [*ax.get_yticklabels(), *(legend.get_texts() if legend else [])]


def flat(value):
    """Every key and leaf of a nested value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from flat(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner)
    else:
        yield value


def test_a_predictor_that_is_not_listed_has_a_colour_of_its_own():
    assert colour_of("item mean") == PREDICTOR_COLOURS["item mean"]
    assert colour_of("user mean") == colour_of("user mean") != colour_of("highest number")
    assert colour_of("user mean") in SPARE_COLOURS
    assert not set(SPARE_COLOURS) & set(PREDICTOR_COLOURS.values())
    assert len(set(SPARE_COLOURS)) == len(SPARE_COLOURS)


def test_two_rivals_of_one_name_and_what_is_no_predictor_are_refused(monkeypatch):
    monkeypatch.setattr(contenders, "LIST_RIVALS", [(HighestNumber, {}), (HighestNumber, {})])
    with pytest.raises(ValueError, match="contenders: expected different names, found 'highest number' twice"):
        contenders.list_contenders(Recipe(units="bernoulli"), {}, {}, seed=1)
    monkeypatch.setattr(contenders, "LIST_RIVALS", [(object, {})])
    with pytest.raises(ValueError, match=r"contenders: expected name and fit\(train\), .* found 'object' without name"):
        contenders.list_contenders(Recipe(units="bernoulli"), {}, {}, seed=1)
