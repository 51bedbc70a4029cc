"""The API reference: a page for each face of the library, made from its docstrings."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
