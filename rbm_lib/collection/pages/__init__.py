"""Pages: a finished notebook as one self-contained HTML file, and the index of them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
