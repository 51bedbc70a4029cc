"""Visible units: what a rating is, how it is drawn, and the sums that energies and predictions need of it."""
