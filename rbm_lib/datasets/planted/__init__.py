"""Ratings drawn from a known Boltzmann machine."""
