"""A tiny masked RBM whose every state can be listed, by enumeration in NumPy."""

import itertools

import numpy as np
import tensorflow as tf

from rbm_lib.models.parameters import RBMParameters
from rbm_lib.models.units.bernoulli import Bernoulli

NUM_HIDDEN, NUM_RATED, NUM_ITEMS = 3, 5, 7


class TinyModel:
    """Random parameters, one user's mask, and every joint state with its probability, by enumeration in float64."""

    def __init__(self, offset, seed=0):
        rng = np.random.default_rng(seed)
        self.weights = rng.normal(0, 0.8, (NUM_ITEMS, NUM_HIDDEN))
        self.visible_bias = rng.normal(0, 0.5, NUM_ITEMS)
        self.hidden_bias = rng.normal(0, 0.5, NUM_HIDDEN)
        self.rated = np.array([0, 2, 3, 4, 6])
        self.observed_mask = np.isin(np.arange(NUM_ITEMS), self.rated)
        self.visible_states = np.zeros((2**NUM_RATED, NUM_ITEMS))
        self.visible_states[:, self.rated] = list(itertools.product((0, 1), repeat=NUM_RATED))
        self.hidden_states = np.array(list(itertools.product((0, 1), repeat=NUM_HIDDEN)), float)
        self.offset = rng.uniform(0.2, 0.9, NUM_ITEMS) * offset
        log_weight = (
            self.surprises(self.visible_states) @ self.weights @ self.hidden_states.T
            + (self.visible_states @ self.visible_bias)[:, None]
            + (self.hidden_states @ self.hidden_bias)[None, :]
        )
        self.partition = np.exp(log_weight).sum()
        self.joint = np.exp(log_weight) / self.partition  # (visible states, hidden states)
        self.visible_distribution = self.joint.sum(axis=1)

    @property
    def parameters(self):
        values = (self.weights, self.visible_bias, self.hidden_bias, self.offset)
        return RBMParameters(*(tf.constant(value, tf.float32) for value in values), units=Bernoulli())

    def surprises(self, visible):
        return np.where(self.observed_mask, visible - self.offset, 0.0)

    def masks(self, batch):
        return tf.constant(np.tile(self.observed_mask, (batch, 1)))

    def hidden_mean(self, visible):
        return 1 / (1 + np.exp(-(self.surprises(visible) @ self.weights + self.hidden_bias)))

    def transition(self):
        """Matrix T[v, v'] of one Gibbs sweep on the rated films, exact."""
        to_hidden = self.hidden_mean(self.visible_states)
        to_visible = 1 / (1 + np.exp(-(self.hidden_states @ self.weights.T + self.visible_bias)))
        h_given_v = np.prod(np.where(self.hidden_states[None] == 1, to_hidden[:, None], 1 - to_hidden[:, None]), axis=2)
        rated_states = self.visible_states[:, self.rated]
        p = to_visible[:, None, self.rated]
        v_given_h = np.prod(np.where(rated_states[None] == 1, p, 1 - p), axis=2)
        return h_given_v @ v_given_h
