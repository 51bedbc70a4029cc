"""What kind of number every public argument takes, and which values are of that kind and which are not."""

import numpy as np


def alike(names, kind):
    """The same for each of the names."""
    return {name: kind for name in names}


COUNT, COUNT_FROM_0, COUNT_FROM_2, SEED, LONG_SEED = "count", "count from 0", "count from 2", "seed", "long seed"
DEGREE, DEGREE_FROM_0, SHARE, JOBS = "degree", "degree from 0", "from 0 to 1", "processes"
POSITIVE, NOT_NEGATIVE, NUMBER, FRACTION, STARS = "above 0", "at least 0", "number", "fraction", "threshold of stars"

NEVER = (float("nan"), float("inf"), True, "3")
NO_COUNT = (2.5, -1, *NEVER)
BAD = {
    COUNT: (0, *NO_COUNT),
    COUNT_FROM_0: NO_COUNT,
    COUNT_FROM_2: (0, 1, *NO_COUNT),
    DEGREE: (0, *NO_COUNT),
    DEGREE_FROM_0: NO_COUNT,
    SHARE: (-1, 2.5, *NEVER),
    JOBS: (0, 2.5, *NEVER),
    SEED: (2**32, *NO_COUNT),
    LONG_SEED: (2**64, *NO_COUNT),
    POSITIVE: (0, -1, *NEVER),
    NOT_NEGATIVE: (-1, *NEVER),
    NUMBER: NEVER,
    STARS: NEVER,
    FRACTION: (0, 1, -1, 2.5, *NEVER),
}
COUNTED = (3, np.int64(3))
GOOD = {
    **alike((COUNT, COUNT_FROM_0, COUNT_FROM_2, SEED, LONG_SEED), COUNTED),
    **alike((POSITIVE, NOT_NEGATIVE, NUMBER), (*COUNTED, 0.5, np.float32(0.5))),
    **alike((DEGREE, DEGREE_FROM_0, JOBS), (1, np.int64(1))),
    STARS: (*COUNTED, 2.5, np.float32(2.5)),
    **alike((FRACTION, SHARE), (0.5, np.float32(0.5))),
}

DRAWING = {"resamples": COUNT_FROM_2, "seed": LONG_SEED}
TRAINING = {"num_hidden": COUNT, "epochs": COUNT, "batch_size": COUNT, "learning_rate": POSITIVE, "seed": SEED}
LEANING = {"user_bias": DEGREE_FROM_0, "hidden_offset": SHARE}
BATCHES = {"batch_size": COUNT, "seed": LONG_SEED}
FACTORS = {"num_factors": COUNT, "epochs": COUNT, "learning_rate": POSITIVE, "penalty": POSITIVE, "seed": SEED}
KINDS = {
    "RBM": {
        **alike(("num_items", "num_hidden", "cd_steps"), COUNT),
        **{"persistent_chains": COUNT_FROM_0, "weight_decay": NOT_NEGATIVE, "seed": SEED},
        **LEANING,
    },
    "RBMLayer": {"num_items": COUNT, "num_hidden": COUNT, **LEANING},
    **alike(("gram_polynomials", "fit_biases", "OrdinalBiases", "PolynomialSoftmax"), {"degree": DEGREE}),
    **alike(("LogPool.predict_ratings", "OrdinalBiases.predict_ratings", "summarize_shares"), {"threshold": STARS}),
    "BayesianFactorisationMachine.predict_ratings": {"threshold": STARS},
    "AutomaticMachine": {"fraction": FRACTION, "threshold": NUMBER, "seed": SEED, "n_jobs": JOBS},
    "AutomaticMachine.predict_ratings": {"threshold": STARS},
    "UserDrift.fit": {"seed": SEED},
    "cross_fitted": {"num_folds": COUNT_FROM_2, "seed": LONG_SEED, "n_jobs": JOBS},
    "k_fold": {"num_folds": COUNT_FROM_2, "seed": LONG_SEED},
    "BayesianFactorisationMachine": {"rank": COUNT, "sweeps": COUNT_FROM_2, "threshold": NUMBER, "seed": SEED},
    "scored_direction": {"cd_steps": COUNT, "step": COUNT_FROM_0, "seed": SEED},
    "scored_best_films": {"count": COUNT},
    "Gaussian": {"low": NUMBER, "high": NUMBER, "scale": POSITIVE},
    "Reading": {"num_values": COUNT_FROM_2, "threshold": NUMBER},
    "RBM.fit": {"batch_size": COUNT, "epochs": COUNT_FROM_0, "initial_epoch": COUNT_FROM_0, "steps_per_epoch": COUNT},
    "RBM.evaluate": {"batch_size": COUNT},
    "RBM.predict": {"batch_size": COUNT},
    "RBM.predict_ratings": {"threshold": STARS, "repeat": COUNT_FROM_0, "batch_size": COUNT},
    "RBM.recommend": {"n": COUNT, "batch_size": COUNT},
    "RBM.recommend_positions": {"n": COUNT, "batch_size": COUNT},
    **alike(("ServedMachine.recommend", "ServedMachine.recommend_positions"), {"n": COUNT}),
    "RBM.free_energy": {"batch_size": COUNT},
    "RBM.begin_epoch": {"epoch": COUNT_FROM_0},
    "RBM.initialize_from_base_rates": {"smoothing": POSITIVE},
    "Checkpoints": alike(("every_batches", "every_epochs", "keep"), COUNT),
    "Recipe": {
        **TRAINING | LEANING,
        **{"weight_decay": NOT_NEGATIVE, "prior_precision": NOT_NEGATIVE, "cd_steps": COUNT, "degree": DEGREE},
    },
    **alike(("compare_recipes", "run_trials"), {"every": COUNT, "n_jobs": JOBS}),
    **alike(("train_recipes", "fit_predictors"), {"n_jobs": JOBS}),
    "Blend": {"threshold": STARS},
    "densify": {"num_items": COUNT},
    **alike(("iterate_batches", "Ratings.batches"), BATCHES | {"epoch": LONG_SEED}),
    **alike(("batches_as_dataset", "endless_batches", "Ratings.to_dataset"), BATCHES),
    **alike(("Shards.to_dataset", "Shards.endless_batches"), BATCHES),
    "Ratings.binarize": {"threshold": NUMBER},
    "Ratings.from_sentinel": {"unrated": NUMBER},
    "write_shards": {"num_shards": COUNT},
    "base_rate_logits": {"smoothing": POSITIVE},
    "star_base_rates": {"smoothing": POSITIVE},
    "read_movielens_ratings": {"num_ratings": COUNT_FROM_0},
    "PlantedSettings": {
        **alike(("num_users", "num_items", "num_ratings", "num_hidden", "min_ratings"), COUNT),
        **{"seed": LONG_SEED, "popularity_spread": NOT_NEGATIVE},
    },
    **alike(("draw_likes", "PlantedTruth.predict_like", "Dataset", "Machine"), {"threshold": NUMBER}),
    **alike(("first_n", "user_last"), {"n": COUNT, "more_than": COUNT_FROM_0}),
    "random_n": {"n": COUNT, "more_than": COUNT_FROM_0, "seed": LONG_SEED},
    **alike(("random_fraction", "Split.validation"), {"fraction": FRACTION, "seed": LONG_SEED}),
    "global_time": {"fraction": FRACTION},
    "new_users": {"fraction": FRACTION, "fold_in": FRACTION, "seed": LONG_SEED},
    "Split.binarize": {"threshold": NUMBER},
    "set_seed": {"seed": SEED},
    "ascent_direction": {"cd_steps": COUNT, "step": COUNT_FROM_0, "seed": SEED},
    "best_films": {"count": COUNT},
    "Memory": {"kept": COUNT},
    "rated_films": {"num_items": COUNT},
    "RowAdam": {**alike(("beta_1", "beta_2"), FRACTION), "learning_rate": NOT_NEGATIVE, "epsilon": POSITIVE},
    "predict_pairs": {"repeat": COUNT_FROM_0, "seed": SEED},
    **alike(("ItemMean", "StarItemMean"), {"smoothing": POSITIVE}),
    **alike(("ItemUserBias", "StarItemUserBias"), {"penalty": POSITIVE}),
    "Ease": {"penalty": POSITIVE, "dislike": NUMBER},
    "ItemNeighbours": {
        **{"num_neighbours": COUNT, "shrinkage": NOT_NEGATIVE, "user_penalty": POSITIVE, "item_penalty": POSITIVE},
    },
    "BiasedFactorisation": FACTORS,
    "LogisticFactorisation": FACTORS | {"batch_size": COUNT, "bias_penalty": POSITIVE},
    "SemiRestricted": {
        **TRAINING | {"hidden_out": FRACTION, "most_coupled": COUNT, "penalty": POSITIVE, "dislike": NUMBER},
        **alike(("weight_decay", "weight"), NOT_NEGATIVE),
    },
    "LikedOrNot": TRAINING | {"weight_decay": NOT_NEGATIVE},
    **alike(("PopularFilms.recommend", "Ease.recommend", "LikedOrNot.recommend", "Machine.recommend"), {"n": COUNT}),
    "SemiRestricted.recommend": {"n": COUNT},
    "best_unseen": {"n": COUNT},
    **alike(("Comparison", "StarComparison", "RankingComparison", "bootstrap_users"), DRAWING),
    "calibration": {"num_bins": COUNT_FROM_2},
    "interval": {"level": FRACTION},
    "evaluate": DRAWING | {"threshold": STARS, "n_jobs": JOBS},
    "by_genre": {"fewest": COUNT_FROM_0},
    "by_count": {"edges": COUNT_FROM_0},
    "draw_recipes": {"num_trials": COUNT_FROM_0, "seed": SEED},
    "draw_settings": {"num_others": COUNT_FROM_0, "seed": SEED},
    "tune": {"trials": COUNT, "seed": SEED, "threshold": STARS, "n_jobs": JOBS},
    "score": {"threshold": STARS},
    "compare": {"low": NUMBER, "high": NUMBER},
    "Verdict": {"low": NUMBER, "high": NUMBER},
    "base_rate_targets": {"smoothing": POSITIVE},
    "base_rate_log_likelihoods": {"smoothing": POSITIVE},
    "free_energy_gap": {"num_people": COUNT, "seed": COUNT_FROM_0},
    "chain_of_user": {"user_index": COUNT_FROM_0, "gibbs_steps": COUNT, "seed": SEED},
    "fantasy_ratings": {"num_temperatures": COUNT, "gibbs_steps": COUNT_FROM_0, "seed": COUNT_FROM_0},
    "fantasy_users": {
        **alike(("num_people", "num_temperatures"), COUNT),
        **alike(("gibbs_steps", "seed"), COUNT_FROM_0),
    },
    "films_of_hidden_units": {"num_units": COUNT, "num_films": COUNT, "min_ratings": COUNT_FROM_0},
    "log_partition_bounds": {
        **{"num_temperatures": COUNT, "num_chains": COUNT_FROM_2, "gibbs_steps": COUNT_FROM_0, "seed": COUNT_FROM_0},
    },
    "log_likelihood": {"seed": COUNT_FROM_0},
    "portable_machine": {"num_films": COUNT, "most_bytes": COUNT},
    "films_of_units": {"num_units": COUNT, "num_films": COUNT},
    "stand_in": {"count": COUNT, "among": COUNT},
    "recommendation_table": {"n": COUNT, "fewest": COUNT_FROM_0},
}  # fmt: skip
