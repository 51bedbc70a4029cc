"""Two engines behind one model: dense matrix products, and compiled loops over the ratings.

Each has `direction`, what a training step adds, and `targets`, the predictions that were asked for. They make the same
draws, so they agree up to float rounding.
"""

import tensorflow as tf

from .dense import DenseEngine
from .sparse import SparseEngine

ENGINES = ("auto", "dense", "sparse")
INFERENCES = ("mean_field", "exact", "sampled")


def make_engine(name):
    """The engine of that name; "auto" takes the dense one where there is a GPU, the sparse one elsewhere."""
    if name == "auto":
        name = "dense" if tf.config.list_logical_devices("GPU") else "sparse"
    return {"dense": DenseEngine, "sparse": SparseEngine}[name]()
