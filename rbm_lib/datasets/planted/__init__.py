"""Ratings sampled from a known Boltzmann machine."""
