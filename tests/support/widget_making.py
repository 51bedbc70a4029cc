"""Widgets of made-up numbers: the figures of all combinations of repairs, and errors of CD-k."""

from itertools import product

import numpy as np
import pandas as pd

from rbm_lib.collection.article import SWITCHES, switch_board
from rbm_lib.collection.studies import chain_dial

REFERENCES = {
    "always-like": {"accuracy": 0.876, "auc": 0.5, "log_loss": 0.37},
    "item+user bias": {"accuracy": 0.878, "auc": 0.8, "log_loss": 0.31},
}


def all_figures():
    """DataFrame of all combinations, every accuracy another one; of bits an infinite log loss."""
    rng = np.random.default_rng(5)
    names = [switch.fault for switch in SWITCHES]
    figures = pd.DataFrame(list(product((True, False), repeat=7)), columns=names)
    figures["accuracy"] = rng.permutation(128) / 500 + 0.6
    figures["auc"] = rng.uniform(0.5, 0.8, 128).round(3)
    figures["log_loss"] = np.where(figures["sampled_inference"], np.inf, rng.uniform(0.3, 0.9, 128))
    return figures


def board():
    """`Widget` of these figures."""
    return switch_board(all_figures(), REFERENCES)


def errors_of(size):
    """DataFrame as `direction_table` returns, for k of 1, 2, 5 and 10."""
    rows = [
        (k, negative, size / k + floor, 2 * size + k / 20)
        for k in (1, 2, 5, 10)
        for negative, floor in (("sampled", 0.0), ("expected", 0.05))
    ]
    return pd.DataFrame(rows, columns=["cd_steps", "negative", "error", "noise"])


DIALS = {"weak": errors_of(0.03), "strong": errors_of(0.17)}


def dial():
    """`Widget` of these errors."""
    return chain_dial(DIALS, per_sweep=0.5, fixed=2.0)
