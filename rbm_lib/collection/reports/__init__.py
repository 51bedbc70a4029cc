"""Reports: run notebooks, keep what is fresh, publish pages. `python -m rbm_lib.collection.reports`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
