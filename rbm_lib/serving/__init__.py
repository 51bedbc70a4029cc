"""Predictions of a trained machine without TensorFlow: NumPy and SciPy alone, for a web service or an app."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
