"""The benchmark: what an epoch costs, on one processor and up to 32 million ratings."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
