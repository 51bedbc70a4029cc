"""Named sets of ratings: MovieLens, planted ratings with a known truth, and files of a reader's own."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
