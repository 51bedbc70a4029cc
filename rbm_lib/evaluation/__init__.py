"""Evaluation of predictors on held-out ratings: metrics with intervals over users and films, comparisons, tuning."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
