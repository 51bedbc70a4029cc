"""Rivals and base rates: what a prediction is worth beside predictors that are not Boltzmann machines."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
