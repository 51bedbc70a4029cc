"""A call of every public function or class that takes a number: as it is given, and sound ones for the rest."""

import itertools
import tempfile
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from rbm_lib import analysis, baselines, data, datasets, draws, evaluation, models, sparse, splits
from rbm_lib.data import Ratings


@cache
def stars():
    rng = np.random.default_rng(5)
    rated = rng.random((11, 7)) < 0.7
    rated[:, :2] = True
    return Ratings.from_dense(rng.integers(1, 6, (11, 7)), rated)


@cache
def likes():
    return stars().binarize(3)


def even(ratings):
    return np.full((ratings.num_ratings, 5), 0.2)


@cache
def split():
    return splits.random_n(stars(), 1, seed=1)


@cache
def star_model(num_hidden=3):
    model = models.RBM(7, num_hidden, units="ordinal", seed=1)
    model.compile(keras.optimizers.SGD(0.01))
    return model


@cache
def shards():
    return data.write_shards(stars(), Path(tempfile.mkdtemp()) / "shards", 2)


def timed():
    return Ratings.from_triples(stars().user_index, stars().item_index, stars().rating, range(stars().num_ratings))


def films():
    titles = [f"Film {n}" for n in range(7)]
    return pd.DataFrame({"item_id": range(7), "title": titles, "genres": ["Drama"] * 7})


def portable(**arguments):
    return analysis.portable_machine(star_model(), films(), stars().ratings_per_item, **arguments)


def planted(**arguments):
    small = {"num_users": 101, "num_items": 53, "num_ratings": 1499, "num_hidden": 3, "min_ratings": 3}
    return datasets.PlantedSettings(**small | arguments)


@cache
def drawn():
    return datasets.load("planted", data_dir=tempfile.mkdtemp(), planted=planted())


def movielens(num_ratings):
    path = Path(tempfile.mkdtemp()) / "ratings.dat"
    path.write_text("1::1::5::7\n1::2::4::7\n2::1::4::7\n")
    return data.read_movielens_ratings(path, "::", num_ratings=num_ratings)


def resampled():
    return pd.Series(np.arange(7.0))


def csr():
    return likes().row_splits, likes().item_index, likes().rating


def parameters():
    return models.RBMParameters(np.zeros((7, 3)), np.zeros(7), np.zeros(3))


def tables():
    empty, scores = np.zeros((2, 0)), np.array([[0], [1]])
    return sparse.ScoredTables(
        np.zeros((7, 1, 3)),
        np.zeros((7, 2)),
        np.zeros(3),
        np.zeros((7, 2)),
        np.zeros((0, 3)),
        scores,
        empty,
        np.zeros(0),
    )


@cache
def pool():
    return models.LogPool((1, 2, 3, 4, 5)).fit([star_model()], split())


@cache
def ordinal():
    return baselines.OrdinalBiases(values=(1, 2, 3, 4, 5)).fit(split().inputs)


@cache
def bayesian():
    return baselines.BayesianFactorisationMachine(rank=1, sweeps=2, seed=1).fit(split().inputs)


@cache
def automatic():
    return evaluation.AutomaticMachine(kinds=["linear"], precisions=[1], fraction=0.5, num_hidden=2, epochs=1).fit(
        split().inputs
    )


def sampled(seed=1, repeat=0):
    targets = (likes().row_splits, likes().item_index)
    users = np.arange(11, dtype=np.int32)
    return sparse.predict_pairs(*csr(), *targets, parameters(), inference="sampled", sampling=(users, repeat, seed))


def first(iterable):
    return list(itertools.islice(iter(iterable), 1))


def tiny(**arguments):
    return models.Recipe(num_hidden=3, batch_size=5, epochs=1, **arguments)


@cache
def fitted(make):
    return make().fit(likes())


def rbm_of_lists():
    return baselines.LikedOrNot(3, 1, seed=1)


def semi_restricted():
    return baselines.SemiRestricted(3, 1, seed=1)


def rbm_of_likes():
    return evaluation.Machine(tiny(units="bernoulli"), "rbm")


SPACE = {"smoothing": [1.0, 2.0, 3.0, 4.0, 5.0]}
NEVER_EPOCH = {"epoch": lambda: 0}
ENDLESS = NEVER_EPOCH | {"first_batch": lambda: 0}
CALLS = {
    "RBM": lambda **a: models.RBM(**{"num_items": 7, "num_hidden": 3} | a),
    "RBMLayer": lambda **a: models.RBMLayer(**{"num_items": 7, "num_hidden": 3} | a),
    "Reading": lambda **a: data.Reading(**a),
    "RBM.fit": lambda **a: star_model().fit(stars(), verbose=0, **a),
    "RBM.evaluate": lambda **a: star_model().evaluate(split(), verbose=0, **a),
    "RBM.predict": lambda **a: star_model().predict(stars(), verbose=0, **a),
    "RBM.predict_ratings": lambda **a: star_model().predict_ratings(split(), inference="sampled", **a),
    "RBM.recommend": lambda **a: star_model().recommend(stars(), **a),
    "ServedMachine.recommend": lambda **a: star_model().to_numpy().recommend({}, **a),
    "ServedMachine.recommend_positions": lambda **a: star_model().to_numpy().recommend_positions([0, 0], [], [], **a),
    "RBM.recommend_positions": lambda **a: star_model().recommend_positions(stars(), **a),
    "RBM.free_energy": lambda **a: star_model().free_energy(stars(), **a),
    "RBM.begin_epoch": lambda **a: star_model().begin_epoch(**a),
    "RBM.initialize_from_base_rates": lambda **a: star_model(2).initialize_from_base_rates(stars(), **a),
    "Checkpoints": lambda **a: models.Checkpoints(tempfile.mkdtemp(), **a),
    "Recipe": lambda **a: models.Recipe(**a),
    "gram_polynomials": lambda **a: models.gram_polynomials((1, 2, 3, 4), **a),
    "fit_biases": lambda **a: models.fit_biases(stars(), models.PolynomialSoftmax(), **a),
    "PolynomialSoftmax": lambda **a: models.PolynomialSoftmax(**a),
    "LogPool.predict_ratings": lambda **a: pool().predict_ratings([star_model()], split(), output="like", **a),
    "OrdinalBiases.predict_ratings": lambda **a: ordinal().predict_ratings(split(), output="like", **a),
    "BayesianFactorisationMachine.predict_ratings": lambda **a: bayesian().predict_ratings(split(), output="like", **a),
    "summarize_shares": lambda **a: models.summarize_shares(np.full((3, 5), 0.2), np.arange(1.0, 6.0), "like", **a),
    "OrdinalBiases": lambda **a: baselines.OrdinalBiases(**a),
    "BayesianFactorisationMachine": lambda **a: baselines.BayesianFactorisationMachine(**{"seed": 1} | a),
    "AutomaticMachine": lambda **a: evaluation.AutomaticMachine(**a),
    "AutomaticMachine.predict_ratings": lambda **a: automatic().predict_ratings(split(), output="like", **a),
    "UserDrift.fit": lambda **a: models.UserDrift(range(1, 6)).fit(*[timed(), even(timed())] * 2, **a),
    "cross_fitted": lambda **a: models.cross_fitted(tiny(), stars(), **{"num_folds": 2} | a),
    "k_fold": lambda **a: splits.k_fold(stars(), **{"seed": 1} | a),
    "scored_direction": lambda **a: sparse.scored_direction(
        *csr(), np.arange(11, dtype=np.int32), tables(), values=(0, 1), **{"cd_steps": 1, "step": 0, "seed": 1} | a
    ),
    "scored_best_films": lambda **a: sparse.scored_best_films(*csr(), tables(), values=(0, 1), **a),
    "compare_recipes": lambda **a: models.compare_recipes({"a": tiny()}, split(), **a),
    "train_recipes": lambda **a: models.train_recipes([tiny()], stars(), **a),
    "fit_predictors": lambda **a: evaluation.fit_predictors([baselines.StarItemMean()], split(), **a),
    "Blend": lambda **a: models.Blend((1, 2, 3, 4, 5), **a),
    "densify": lambda **a: models.densify(*csr(), **{"num_items": 7, "units": models.Bernoulli()} | a),
    "iterate_batches": lambda **a: first(data.iterate_batches(stars(), **{"batch_size": 5, "seed": 1} | a)),
    "batches_as_dataset": lambda **a: first(data.batches_as_dataset(stars(), **{"batch_size": 5} | a)),
    "endless_batches": lambda **a: data.endless_batches(stars(), **{"batch_size": 5, "seed": 1} | ENDLESS | a),
    "Ratings.batches": lambda **a: first(stars().batches(**{"batch_size": 5, "seed": 1} | a)),
    "Ratings.to_dataset": lambda **a: first(stars().to_dataset(**{"batch_size": 5} | a)),
    "Ratings.binarize": lambda **a: stars().binarize(**a),
    "Ratings.from_sentinel": lambda **a: Ratings.from_sentinel(np.eye(3), **a),
    "Shards.to_dataset": lambda **a: first(shards().to_dataset(**{"batch_size": 5} | a)),
    "Shards.endless_batches": lambda **a: shards().endless_batches(**{"batch_size": 5, "seed": 1} | ENDLESS | a),
    "write_shards": lambda **a: data.write_shards(stars(), Path(tempfile.mkdtemp()) / "new", **a),
    "base_rate_logits": lambda **a: data.base_rate_logits(likes(), **a),
    "star_base_rates": lambda **a: data.star_base_rates(stars(), (1, 2, 3, 4, 5), **a),
    "read_movielens_ratings": movielens,
    "PlantedSettings": planted,
    "draw_likes": lambda **a: datasets.draw_likes(planted(), **a),
    "PlantedTruth.predict_like": lambda **a: drawn().truth.predict_like(drawn().ratings, drawn().ratings, **a),
    "Dataset": lambda **a: datasets.Dataset("a", stars(), films(), None, "", **a),
    "first_n": lambda **a: splits.first_n(stars(), **{"n": 1, "more_than": 3} | a),
    "random_n": lambda **a: splits.random_n(stars(), **{"n": 1, "seed": 1, "more_than": 3} | a),
    "random_fraction": lambda **a: splits.random_fraction(stars(), **{"fraction": 0.5, "seed": 1} | a),
    "user_last": lambda **a: splits.user_last(timed(), **{"n": 1, "more_than": 3} | a),
    "global_time": lambda **a: splits.global_time(timed(), **a),
    "new_users": lambda **a: splits.new_users(stars(), **{"fraction": 0.5, "seed": 1} | a),
    "Split.binarize": lambda **a: split().binarize(**a),
    "Split.validation": lambda **a: split().validation(**{"seed": 1} | a),
    "set_seed": lambda seed: draws.set_seed(seed),
    "ascent_direction": lambda **a: sparse.ascent_direction(
        *csr(), np.arange(11, dtype=np.int32), parameters(), **{"cd_steps": 1, "step": 0, "seed": 1} | a
    ),
    "best_films": lambda **a: sparse.best_films(*csr(), parameters(), **a),
    "Memory": sparse.Memory,
    "rated_films": lambda **a: sparse.rated_films(np.array([0, 1]), np.array([2]), **a),
    "RowAdam": models.RowAdam,
    "Gaussian": lambda **a: models.Gaussian(**a),
    "predict_pairs": sampled,
    "ItemMean": baselines.ItemMean,
    "ItemUserBias": baselines.ItemUserBias,
    "StarItemMean": baselines.StarItemMean,
    "StarItemUserBias": baselines.StarItemUserBias,
    "Ease": baselines.Ease,
    "ItemNeighbours": baselines.ItemNeighbours,
    "BiasedFactorisation": lambda **a: baselines.BiasedFactorisation(**{"seed": 1} | a),
    "LogisticFactorisation": lambda **a: baselines.LogisticFactorisation(**{"seed": 1} | a),
    "SemiRestricted": lambda **a: baselines.SemiRestricted(**{"seed": 1} | a),
    "LikedOrNot": lambda **a: baselines.LikedOrNot(**{"seed": 1} | a),
    "PopularFilms.recommend": lambda **a: fitted(baselines.PopularFilms).recommend([1], **a),
    "Ease.recommend": lambda **a: fitted(baselines.Ease).recommend([1], **a),
    "SemiRestricted.recommend": lambda **a: fitted(semi_restricted).recommend([1], **a),
    "LikedOrNot.recommend": lambda **a: fitted(rbm_of_lists).recommend([1], **a),
    "Machine.recommend": lambda **a: fitted(rbm_of_likes).recommend([1], **a),
    "best_unseen": lambda **a: baselines.best_unseen(lambda users: np.ones((len(users), 7)), stars(), [1], **a),
    "Comparison": lambda **a: evaluation.Comparison(split().binarize(), {}, **{"resamples": 2, "seed": 1} | a),
    "StarComparison": lambda **a: evaluation.StarComparison(split(), {}, **{"resamples": 2, "seed": 1} | a),
    "RankingComparison": lambda **a: evaluation.RankingComparison(
        split().binarize(), {}, **{"resamples": 2, "seed": 1} | a
    ),
    "calibration": lambda **a: evaluation.calibration([0, 1, 1], [0.2, 0.3, 0.9], **a),
    "bootstrap_users": lambda **a: evaluation.bootstrap_users(
        [0, 1, 1], {"a": np.array([0.2, 0.3, 0.9])}, [0, 1, 2], only=("accuracy",), **{"resamples": 2, "seed": 1} | a
    ),
    "interval": lambda **a: evaluation.interval(resampled(), **a),
    "evaluate": lambda **a: evaluation.evaluate([], split(), **{"resamples": 2, "seed": 1, "threshold": 3} | a),
    "Machine": lambda **a: evaluation.Machine(tiny(), "a", **a),
    "by_genre": lambda **a: evaluation.by_genre(films(), stars().item_index, **a),
    "by_count": lambda edges: evaluation.by_count([1, 2], [edges]),
    "draw_recipes": lambda **a: evaluation.draw_recipes(tiny(), {"epochs": [1, 2]}, **{"num_trials": 1, "seed": 1} | a),
    "run_trials": lambda **a: evaluation.run_trials([tiny()], split(), **a),
    "draw_settings": lambda **a: evaluation.draw_settings(SPACE, **{"num_others": 1, "seed": 1} | a),
    "tune": lambda **a: evaluation.tune(
        {"a": (baselines.ItemMean, SPACE)}, split(), metric="log_loss", **{"trials": 1, "seed": 1, "threshold": 3} | a
    ),
    "score": lambda **a: evaluation.score(baselines.ItemMean(), split(), "log_loss", **a),
    "compare": lambda **a: evaluation.compare(**{"low": -7, "high": 7} | a),
    "Verdict": lambda **a: evaluation.Verdict(**{"mean": 0, "low": -7, "high": 7} | a),
    "base_rate_targets": lambda **a: analysis.base_rate_targets(stars(), split(), star_model().units, **a),
    "base_rate_log_likelihoods": lambda **a: analysis.base_rate_log_likelihoods(
        stars(), stars(), star_model().units, **a
    ),
    "free_energy_gap": lambda **a: analysis.free_energy_gap(
        star_model(), stars(), stars(), **{"num_people": 2, "seed": 1} | a
    ),
    "chain_of_user": lambda **a: analysis.chain_of_user(
        star_model(), stars(), **{"user_index": 0, "gibbs_steps": 1, "seed": 1} | a
    ),
    "fantasy_ratings": lambda **a: analysis.fantasy_ratings(star_model(), stars(), **{"gibbs_steps": 1, "seed": 1} | a),
    "fantasy_users": lambda **a: analysis.fantasy_users(
        star_model(), [0, 1], **{"num_people": 2, "num_temperatures": 2, "gibbs_steps": 1, "seed": 1} | a
    ),
    "films_of_hidden_units": lambda **a: analysis.films_of_hidden_units(models.RBM(7, 3), likes(), [*"abcdefg"], **a),
    "log_partition_bounds": lambda **a: analysis.log_partition_bounds(
        stars(), star_model().parameters, **{"num_temperatures": 2, "num_chains": 2, "gibbs_steps": 1, "seed": 1} | a
    ),
    "log_likelihood": lambda **a: analysis.log_likelihood(star_model(), stars(), num_temperatures=2, num_chains=2, **a),
    "portable_machine": portable,
    "films_of_units": lambda **a: analysis.films_of_units(portable(), **a),
    "stand_in": lambda **a: analysis.stand_in(stars(), films(), **a),
    "recommendation_table": lambda **a: analysis.recommendation_table(
        star_model(), stars().take_users([0]), stars(), films(), **a
    ),
}  # fmt: skip
