"""Named sets of ratings: MovieLens, simulated (planted) ratings from a known distribution, and your own files."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
