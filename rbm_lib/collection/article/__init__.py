"""The article's machine with its rules as options, its faults, and its training log."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
