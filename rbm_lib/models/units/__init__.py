"""Visible units: the possible ratings, their sampling, and the sums for energies and predictions."""
