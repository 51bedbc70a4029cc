"""Random numbers that are a pure function of (seed, step, user, sweep, place)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
