"""The workshop of this collection: what its notebooks, reports and benchmark need, and no user of the library."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
