"""Compiles every loop that the tests use, once, in one process: `make test` does it while another process lints.

Two test processes would otherwise compile the same loops at the same time, each for itself.
"""

import keras
import numpy as np

from rbm_lib import RBM, Recipe, random_n
from rbm_lib.baselines import OrdinalBiases
from rbm_lib.data import Ratings
from rbm_lib.models import OrdinalSoftmax, Softmax


def some_ratings(values):
    rng = np.random.default_rng(1)
    return Ratings.from_dense(rng.choice(np.asarray(values, np.float32), (7, 5)), rng.random((7, 5)) < 0.9)


def run(model, split, **start):
    """Everything that a machine does, and the optimizer's loops."""
    if start:
        model.initialize_from_base_rates(split.inputs, **start)
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(split.inputs, batch_size=4, validation_data=split, verbose=0)
    for inference in ("mean_field", "exact", "sampled"):
        model.predict_ratings(split, inference=inference)
    model.recommend_positions(split.inputs, 2)
    model.free_energy(split.inputs)


def main():
    likes, stars = (random_n(some_ratings(values), 1, seed=1) for values in ((0, 1), (1, 2, 3)))
    for units, split in (("bernoulli", likes), (Softmax((1, 2, 3)), stars), (OrdinalSoftmax((1, 2, 3)), stars)):
        for conditional in (False, True):
            for chains in (0, 7):
                model = RBM(5, 2, units=units, conditional=conditional, engine="sparse", persistent_chains=chains)
                run(model, split, centred=bool(chains))
    for split in (likes, stars):
        OrdinalBiases().fit(split.inputs)
        for negative in ("sampled", "expected"):
            recipe = Recipe.for_ratings(split.inputs, based="user", num_hidden=2, epochs=1, negative=negative)
            run(recipe.make(split.inputs), split)


if __name__ == "__main__":
    main()
