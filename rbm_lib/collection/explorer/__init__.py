"""The explorer: a trained machine in the reader's hands, in JupyterLab and as a page of its own."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
