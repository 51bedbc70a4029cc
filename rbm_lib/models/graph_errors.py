"""Errors of checks inside a TensorFlow graph, raised with the same text as those of checks outside."""

import contextlib
import re
from collections.abc import Iterator

import tensorflow as tf

# A NumPy function's own error, or that of `tf.debugging.Assert`, which puts the value found into brackets. The patterns
# follow TensorFlow 2.21 (`_tensorflow.SEEN_WITH`); tests/models/test_graph_errors.py detects a change of its text.
REFUSED = re.compile(r"(?:ValueError: |assertion failed: \[)(\w+: expected [^\n]*)")


@contextlib.contextmanager
def as_value_errors() -> Iterator[None]:
    """Raises ValueError, naming the argument, for a batch that a check in the graph refuses; other errors pass."""
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        refused = REFUSED.search(error.message)
        if not refused:
            raise
        raise ValueError(refused[1].replace("] [", " ").rstrip("]")) from error
