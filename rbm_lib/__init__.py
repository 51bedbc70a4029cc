"""Restricted Boltzmann machines as recommenders.

Importing the package is cheap: each name below is fetched from its module on first use, so reading a results file
does not start TensorFlow.
"""

import importlib
import logging
import os

# Before TensorFlow is imported anywhere: no start-up noise in notebooks, and the same matrix kernels on every CPU
# (oneDNN chooses its own by instruction set; measured here, it was not faster for this model).
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

# Every model has graphs of its own; TensorFlow takes the fifth model's for a mistake of the first and warns.
logging.getLogger("tensorflow").addFilter(lambda record: "triggered tf.function retracing" not in record.getMessage())

__version__ = "0.1.0"

_HOME = {
    "Checkpoints": "checkpoints",
    "Average": "predictors",
    "Blend": "blend",
    "ItemBased": "predictors",
    "RBM": "model",
    "RBMLayer": "layer",
    "RBMParameters": "conditionals",
    "Ratings": "ratings",
    "Shards": "shards",
    "Split": "splits",
    "first_n": "splits",
    "global_time": "time_splits",
    "random_fraction": "splits",
    "random_n": "splits",
    "new_users": "fold_in",
    "load": "datasets",
    "load_model": "model",
    "set_seed": "draws",
    "user_last": "time_splits",
    "write_shards": "shards",
    "open_report": "results",
    "read_results": "results",
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module 'rbm_lib' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(importlib.import_module(f"rbm_lib.{_HOME[name]}"), name)


def __dir__():
    return [*globals(), *__all__]
