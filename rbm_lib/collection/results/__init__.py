"""Results files: writing and reading a notebook's records, and turning numbers into words."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
