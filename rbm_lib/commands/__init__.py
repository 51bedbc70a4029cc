"""The command line, `python -m rbm_lib`: inspect a file of ratings, train on it, evaluate, recommend."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
