"""Ratings in memory and on disk: CSR containers, mini-batches, TFRecords, shards, your own files."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
