"""Figures: each function takes data and axes, draws, and returns the axes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
