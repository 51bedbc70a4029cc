"""Scored machines: weights multiply scores of the stars, users have biases; compiled loops, no TensorFlow."""
