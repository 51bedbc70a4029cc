"""The command line, `python -m rbm_lib`: look at a file of ratings, train on it, measure, recommend."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
