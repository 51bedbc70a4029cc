"""Machines whose couplings go by scores of the stars, with a bias of each user: compiled loops, no TensorFlow."""
