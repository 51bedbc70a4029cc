"""Results files: what a notebook records, how it is read again, and how numbers become words."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
