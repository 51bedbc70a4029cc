"""Errors of checks inside a TensorFlow graph, raised in the same words as those of checks outside."""

import contextlib
import re
from collections.abc import Iterator

import tensorflow as tf

# A NumPy function's own error, or that of `tf.debugging.Assert`, which puts the value found into brackets, as
# TensorFlow 2.21 (`_tensorflow.SEEN_WITH`) words them; tests/models/test_graph_errors.py notices other words.
REFUSED = re.compile(r"(?:ValueError: |assertion failed: \[)(\w+: expected [^\n]*)")


@contextlib.contextmanager
def as_value_errors() -> Iterator[None]:
    """Raises ValueError, naming the argument, for a batch that is refused in a graph; other errors stay as they are."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        refused = REFUSED.search(error.message)
        if not refused:
            raise
        raise ValueError(refused[1].replace("] [", " ").rstrip("]")) from error
