"""Restricted Boltzmann machines as recommenders: the public names, and which parts are not public.

Everyday names are here, as in `from rbm_lib import RBM, first_n, load`:

    ratings     `Ratings`, `Shards`, `write_shards`, and data sets by name: `load`
    splits      `Split`, made by `first_n`, `random_n`, `random_fraction`, `user_last`, `global_time`, `new_users`
    models      `RBM`, `RBMLayer`, `load_model`, `Checkpoints`, `RowAdam`; `Recipe`, `ItemBased`, `Average`, `Blend`
    randomness  `set_seed`

The rest is in the wings, as in `from rbm_lib.evaluation import evaluate`:

    data        reading and writing ratings, mini-batches
    datasets    MovieLens, and simulated (planted) ratings from a known distribution
    splits      checks of splits
    models      visible units, conditionals, energies, Gibbs sampling
    baselines   base rates and other recommenders that are no Boltzmann machines
    evaluation  metrics with intervals, comparisons, tuning
    analysis    likelihoods, free energies, hidden units, new users
    draws       random numbers as a function of seed and place, for your own sampling code
    sparse      the engine for CPUs: arrays in, arrays out, no TensorFlow
    serving     recommendations in a web service, with NumPy and SciPy alone
    workers     one training over several processes, by MPI
    commands    the command line, `python -m rbm_lib`

Not for users: `rbm_lib.collection`, the code behind the notebooks that come with the library; files inside the wings,
which may move (the `__init__.pyi` of each wing lists its names); and every name that starts with an underscore.

Importing the package is quick and changes nothing in the process. Each name is loaded at its first use, so TensorFlow
starts when a model is made. `make docs` writes the reference of all names.
"""

import lazy_loader

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
